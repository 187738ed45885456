//! Simulated citizens, without a database.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use pulsvagt_analytics::replay::Version;
use pulsvagt_fhir::Document;
use pulsvagt_fhir::datetime::parse_datetime;

use super::{BacktestError, Person, Truth};
use crate::clock::Micros;
use crate::ingest::Offline;
use crate::simulate::{self, Citizen, Episode, Options};
use crate::store::plans::PlanInForce;

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Simulated {
    options: Options,
    citizens: Vec<Citizen>,
    episodes: BTreeMap<String, Vec<Episode>>,
}

/// Readings of simulated citizens by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Received, duplicates too.
    pub received: u64,
    /// Received before.
    pub duplicate: u64,
    /// Never scored.
    pub quarantined: u64,
}

impl Simulated {
    /// Prepares a simulation.
    pub fn new(options: Options) -> Self {
        let citizens = simulate::citizens(&options).collect();
        let mut episodes: BTreeMap<String, Vec<Episode>> = BTreeMap::new();
        for episode in simulate::episodes(&options) {
            episodes.entry(episode.citizen.clone()).or_default().push(episode);
        }
        Self { options, citizens, episodes }
    }

    /// How many citizens there are.
    pub fn len(&self) -> u32 {
        self.options.citizens
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.options.citizens == 0
    }

    /// Some of the citizens with everything received from them. The plan is in force from `from` on.
    ///
    /// # Errors
    /// When a simulated reading cannot be taken apart.
    pub fn people(
        &self,
        range: Range<u32>,
        from: Micros,
    ) -> Result<(Vec<Person>, Tally), BacktestError> {
        let mut tally = Tally::default();
        let mut offline = Offline::new(self.options.zone.clone());
        let first = range.start;
        let mut people: Vec<Person> =
            range.clone().filter_map(|index| self.person(index, from)).collect();
        let mut known: HashSet<(u32, u64)> = HashSet::new();
        for event in simulate::events_of(&self.options, range) {
            let received = Micros(event.received.as_microsecond());
            let taken = offline.take(&event.line, received)?;
            tally.received += 1;
            tally.quarantined += u64::from(taken.quarantine.is_some());
            let mut is_new = taken.samples.is_empty();
            let place = usize::try_from(event.citizen - first).unwrap_or(usize::MAX);
            let Some(person) = people.get_mut(place) else { continue };
            for sample in taken.samples {
                if known.insert((event.citizen, sample.identity)) {
                    is_new = true;
                    person.versions.push(Version { day: taken.day, sample, replaced: None });
                }
            }
            tally.duplicate += u64::from(!is_new);
        }
        Ok((people, tally))
    }

    fn person(&self, index: u32, from: Micros) -> Option<Person> {
        let citizen = self.citizens.get(usize::try_from(index).ok()?)?;
        let document = Document::parse(citizen.patient_json.as_bytes()).ok();
        let born = document.as_ref().and_then(|document| {
            let date = document.root().get("birthDate")?.raw_string().and_then(parse_datetime)?;
            Some(Micros(date.start_us(&self.options.zone)))
        });
        let plan = PlanInForce { plan: simulate::plan(citizen), version: 1, since: from };
        let episodes = self.episodes.get(&citizen.id).into_iter().flatten();
        Some(Person {
            index,
            born,
            plans: vec![plan],
            truths: episodes.map(truth).collect(),
            ..Person::default()
        })
    }
}

fn truth(episode: &Episode) -> Truth {
    let kind = serde_json::to_value(episode.kind).ok();
    let kind = kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let micros = |at: jiff::Timestamp| Micros(at.as_microsecond());
    Truth {
        kind,
        onset: micros(episode.onset),
        reference: micros(episode.peak),
        end: micros(episode.end),
    }
}
