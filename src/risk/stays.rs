//! Stays in hospital of a municipality's citizens as rows of risk models.
//!
//! What is known so many hours after a stay began, and how it ended, is decided in
//! [`pulsvagt_analytics::risk::stays`]; here it is read from the store. Anybody with an Encounter that is
//! an admission has a row for it, enrolled or not.

use std::collections::{BTreeMap, HashMap};

use jiff::civil;
use pulsvagt_analytics::risk::home::{After, Person, Stay};
use pulsvagt_analytics::risk::stays::{Columns, Ending, Seen, Setup, SetupError};
use pulsvagt_analytics::risk::{Row, Table};
use pulsvagt_analytics::{Plan, Signal, Subject};
use pulsvagt_fhir::facts::Coding;
use pulsvagt_fhir::measure::Measure;

use super::home::{HomeError, ended, groups, local, parse, pseudonym, said, since, turns};
use crate::audit::Purpose;
use crate::clock::Micros;
use crate::cohorts::read::Encounter;
use crate::ids::CitizenNo;
use crate::screening::{Knowing, age_years, days, samples_as_of};
use crate::store::cohorts::ResourceThen;
use crate::store::samples::What;
use crate::store::{Store, StoreError};

/// Citizens that are in memory at a time.
const TOGETHER: u32 = 32;
const HOUR: i64 = 3_600_000_000;

/// Why there are no rows of a municipality's stays.
#[derive(Debug, thiserror::Error)]
pub enum StaysError {
    /// The database, a stored row, or the calendar.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The set-up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A measure that there is none of.
    #[error("there is no measure {0}")]
    Measure(String),
    /// A code without a system.
    #[error("{0} is not system|code")]
    Code(String),
}

impl From<StoreError> for StaysError {
    fn from(error: StoreError) -> Self {
        Self::Home(error.into())
    }
}

/// What rows are asked for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// What is looked at, and what is predicted.
    pub setup: &'a Setup,
    /// Stays that began on this local day or later.
    pub first: Option<civil::Date>,
    /// Stays that began on this local day or earlier.
    pub last: Option<civil::Date>,
    /// When readings and stays count as known.
    pub knowing: Knowing,
    /// Outcomes are those known at this moment.
    pub as_of: Micros,
    /// What for. There are no rows of whoever denies anything for it.
    pub purpose: Purpose,
}

/// Stays that there is no row of, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Ended on a day before the moment.
    pub ended: u64,
    /// Nobody knows yet how they end, or the moment has not come.
    pub unfinished: u64,
}

/// Rows of stays. They are about citizens and must not leave the machine by themselves.
#[derive(Debug)]
pub struct Rows {
    /// The rows, by moment and citizen.
    pub table: Table,
    /// What tells citizens apart in a file of the rows, row by row.
    pub citizens: Vec<String>,
    /// What there is no row of.
    pub left_out: LeftOut,
}

/// What the store is asked for, worked out once.
struct Plans {
    columns: Columns,
    /// Measures that screening has a signal for.
    signals: Vec<(Signal, String)>,
    /// Other measures, then what was recorded at all.
    asked: Vec<What>,
    /// The names of those other measures.
    measures: Vec<String>,
}

impl Plans {
    fn new(setup: &Setup) -> Result<Self, StaysError> {
        let columns = Columns::new(setup)?;
        let (mut signals, mut asked, mut measures) = (Vec::new(), Vec::new(), Vec::new());
        for name in setup.measures() {
            if let Some(signal) = Signal::from_name(name) {
                signals.push((signal, name.to_owned()));
            } else {
                let measure = Measure::from_name(name);
                let measure = measure.ok_or_else(|| StaysError::Measure(name.to_owned()))?;
                asked.push(What::Measure(measure));
                measures.push(name.to_owned());
            }
        }
        for named in &setup.recorded {
            let coding = |text: &String| {
                let (system, code) =
                    text.split_once('|').ok_or_else(|| StaysError::Code(text.clone()))?;
                Ok(Coding { system: system.to_owned(), code: code.to_owned() })
            };
            let codes: Result<Vec<Coding>, StaysError> = named.codes.iter().map(coding).collect();
            asked.push(What::Coded(codes?));
        }
        Ok(Self { columns, signals, asked, measures })
    }
}

/// A stay that has a row.
#[derive(Debug)]
struct Spell {
    citizen: CitizenNo,
    /// When it began.
    began: Micros,
    from: i32,
    kinds: Vec<bool>,
    /// Days until the outcome.
    lead: Option<i32>,
}

/// Makes the rows of everybody's stays but of those whose data must not be processed, or who deny it. `seen` is told how
/// many citizens were read.
///
/// # Errors
/// When the database does not answer, or the set-up names what there is none of.
pub async fn rows(
    store: &Store,
    wanted: &Wanted<'_>,
    seen: impl Fn(u64) + Send,
) -> Result<Rows, StaysError> {
    let plans = Plans::new(wanted.setup)?;
    let mut found: Vec<(Micros, CitizenNo, Row)> = Vec::new();
    let mut left_out = LeftOut::default();
    let denied = store.denials(wanted.purpose.as_str(), wanted.as_of).await?.anybody();
    let mut after = CitizenNo(i32::MIN);
    loop {
        let mut citizens = store.citizens_after(after, TOGETHER).await?;
        let Some(newest) = citizens.last() else { break };
        after = *newest;
        citizens.retain(|citizen| !denied.contains(citizen));
        let resources = store.resources_then(&citizens, wanted.as_of).await?;
        let deaths: HashMap<CitizenNo, Option<i32>> = said(store, &resources)
            .into_iter()
            .map(|(citizen, said)| (citizen, said.died))
            .collect();
        let mut spells: BTreeMap<Micros, Vec<Spell>> = BTreeMap::new();
        for resource in resources.iter().filter(|it| it.kind == "Encounter") {
            let death = deaths.get(&resource.citizen).copied().flatten();
            if let Some((at, spell)) = spell(store, wanted, resource, death, &mut left_out) {
                spells.entry(at).or_default().push(spell);
            }
        }
        for (at, spells) in spells {
            for (spell, row) in look(store, wanted, &plans, at, spells).await? {
                found.push((at, spell.citizen, row));
            }
        }
        seen(u64::try_from(citizens.len()).unwrap_or(0));
    }
    found.sort_by_key(|(at, citizen, _)| (*at, *citizen));
    let citizens = found.iter().map(|(_, citizen, _)| pseudonym(store, *citizen)).collect();
    let rows = found.into_iter().map(|(.., row)| row).collect();
    let table = Table { features: plans.columns.names().to_vec(), rows };
    Ok(Rows { table, citizens, left_out })
}

/// A stay and the moment that its row is of.
fn spell(
    store: &Store,
    wanted: &Wanted<'_>,
    resource: &ResourceThen,
    death: Option<i32>,
    left_out: &mut LeftOut,
) -> Option<(Micros, Spell)> {
    let zone = store.zone();
    let encounter: Encounter = serde_json::from_str(&resource.body).unwrap_or_default();
    let admission = encounter.admission(zone)?;
    let began = Micros(encounter.began(zone)?.as_microsecond());
    let date = began.to_jiff().to_zoned(zone.clone()).date();
    let is_wanted = wanted.first.is_none_or(|first| date >= first)
        && wanted.last.is_none_or(|last| date <= last);
    if !is_wanted {
        return None;
    }
    let at = Micros(began.0.saturating_add(i64::from(wanted.setup.hours).saturating_mul(HOUR)));
    if at > wanted.as_of {
        left_out.unfinished += 1;
        return None;
    }
    let (day, died) = (local(store, at), encounter.ended_with_death());
    // A death after a discharge to life is not the end of the stay.
    let end = admission.to.into_iter().chain(death.filter(|_| died != Some(false))).min();
    if end.is_some_and(|end| end < local(store, Micros(at.0 - 1))) {
        left_out.ended += 1;
        return None;
    }
    let lead = match (Ending { to: admission.to, died, death }).after(day) {
        After::Case(lead) => Some(lead),
        After::Free => None,
        After::Censored => {
            left_out.unfinished += 1;
            return None;
        }
    };
    let kinds = wanted.setup.kinds.iter().map(|kind| encounter.is_one_of(&kind.codes)).collect();
    Some((at, Spell { citizen: resource.citizen, began, from: admission.from, kinds, lead }))
}

/// The rows of stays whose moment is the same.
async fn look(
    store: &Store,
    wanted: &Wanted<'_>,
    plans: &Plans,
    at: Micros,
    spells: Vec<Spell>,
) -> Result<Vec<(Spell, Row)>, StaysError> {
    let (knowing, now, as_of) = (wanted.knowing, wanted.as_of, Micros(at.0 - 1));
    let citizens: Vec<CitizenNo> = spells.iter().map(|spell| spell.citizen).collect();
    let until = if knowing == Knowing::Taken { now } else { at };
    let first = spells.iter().map(|spell| spell.began).min().unwrap_or(at);
    let (samples, births, resources, versions, alerts, readings) = tokio::try_join!(
        samples_as_of(store, &citizens, as_of, now, knowing),
        store.births(&citizens),
        store.resources_then(&citizens, until),
        store.plans_then(&citizens, until),
        store.alerts_then(&citizens, until),
        store.past_readings(&citizens, &plans.asked, first, at, now)
    )?;
    let (by_day, said) = (days(&samples), said(store, &resources));
    let day = local(store, at);
    let offset = store.zone().to_offset(as_of.to_jiff()).seconds();
    let nobody = Plan::default();
    let mut rows = Vec::with_capacity(spells.len());
    for spell in spells {
        let mut numbers: BTreeMap<&str, Vec<(i64, f64)>> = BTreeMap::new();
        let of_citizen = (spell.citizen, i32::MIN)..=(spell.citizen, i32::MAX);
        for sample in samples.range(of_citizen).flat_map(|(_, samples)| samples) {
            let mut signals = plans.signals.iter();
            if let Some((_, name)) = signals.find(|(signal, _)| *signal == sample.signal)
                && sample.at >= spell.began.0
            {
                numbers.entry(name).or_default().push((sample.at, sample.value));
            }
        }
        let mut recorded = vec![false; wanted.setup.recorded.len()];
        let own = readings.iter().filter(|it| it.citizen == spell.citizen && it.at >= spell.began);
        for reading in own.filter(|it| knowing.counts((it.at, it.received, it.replaced), as_of)) {
            match (plans.measures.get(reading.what), reading.value) {
                (Some(name), Some(value)) => {
                    numbers.entry(name).or_default().push((reading.at.0, value));
                }
                (Some(_), None) => {}
                (None, _) => recorded[reading.what - plans.measures.len()] = true,
            }
        }
        let versions = versions.get(&spell.citizen).map_or(&[][..], Vec::as_slice);
        let plan = versions.last().map(parse).transpose()?;
        let enrolled = match knowing {
            Knowing::Received => since(&turns(store, versions)?),
            Knowing::Taken => None,
        };
        let of = said.get(&spell.citizen);
        let earlier: Vec<Stay> = of
            .iter()
            .flat_map(|said| &said.stays)
            .filter(|stay| stay.from < spell.from)
            .map(|stay| ended(*stay, day))
            .collect();
        let opened: Vec<i32> = alerts
            .iter()
            .filter(|alert| alert.citizen == spell.citizen)
            .map(|alert| local(store, alert.opened))
            .collect();
        let age_years = births.get(&spell.citizen).and_then(|born| age_years(*born, as_of));
        let woman = of.and_then(|said| said.woman);
        let measured = by_day.get(&spell.citizen).map_or(&[][..], Vec::as_slice);
        let subject = Subject {
            as_of: as_of.0,
            offset,
            plan: plan.as_ref().unwrap_or(&nobody),
            plan_version: 0,
            plan_since: versions.last().map_or(0, |version| version.valid_from.0),
            age_years,
            days: measured,
        };
        let person = Person {
            subject,
            day,
            woman,
            enrolled,
            stays: &earlier,
            alerts: (knowing == Knowing::Received).then_some(opened.as_slice()),
        };
        let seen = Seen { person, readings: &numbers, recorded: &recorded, kinds: &spell.kinds };
        let row = Row {
            cluster: pulsvagt_analytics::risk::ndjson::cluster(&pseudonym(store, spell.citizen)),
            municipality: store.code().as_str().to_owned(),
            period: i64::from(day),
            weeks: f64::from(wanted.setup.hours) / 168.0,
            case: spell.lead.is_some(),
            lead_days: spell.lead.map(f64::from),
            groups: groups(woman, age_years),
            values: plans.columns.row(&seen),
        };
        rows.push((spell, row));
    }
    Ok(rows)
}
