//! Incidents: what happens to a citizen now, while somebody looks at the worklist.
//!
//! Two readings of the home kit, the second of which confirms the first. When they are received and
//! when they were taken is told in seconds from the moment at which the incident begins.

use jiff::Timestamp;

use super::day::Sample;
use super::draw::{Draw, Topic};
use super::encode::Kind;
use super::profile::Profile;
use super::send::Inbox;
use super::story::Start;
use super::time::{LocalDay, day_number};
use super::trouble::Source;
use super::{Event, Options, Programme};

/// What happens.
#[derive(Debug)]
pub struct Incident {
    /// What it is, for whoever is shown around.
    pub about: &'static str,
    /// The rule that says so.
    pub rule: &'static str,
    /// To whom it happens.
    programme: Programme,
    readings: [Live; 2],
}

/// A reading of an incident.
#[derive(Debug)]
struct Live {
    received: i64,
    taken: i64,
    kind: Kind,
    value: f64,
    /// Diastolic pressure.
    second: f64,
}

static INCIDENTS: [Incident; 3] = [
    Incident {
        about: "saturation far too low, confirmed by a second reading",
        rule: "COPD-SPO2-ABS",
        programme: Programme::Copd,
        readings: [
            Live { received: 0, taken: -420, kind: Kind::Saturation, value: 84.0, second: 0.0 },
            Live { received: 15, taken: -5, kind: Kind::Saturation, value: 83.0, second: 0.0 },
        ],
    },
    Incident {
        about: "glucose far too low, confirmed by a second reading",
        rule: "DM-HYPO",
        programme: Programme::Diabetes,
        readings: [
            Live { received: 0, taken: -960, kind: Kind::Glucose, value: 2.7, second: 0.0 },
            Live { received: 15, taken: -5, kind: Kind::Glucose, value: 2.5, second: 0.0 },
        ],
    },
    Incident {
        about: "blood pressure far too high, confirmed by a second reading",
        rule: "BP-SEVERE",
        programme: Programme::Hypertension,
        readings: [
            Live { received: 0, taken: -480, kind: Kind::Pressure, value: 189.0, second: 112.0 },
            Live { received: 15, taken: -5, kind: Kind::Pressure, value: 193.0, second: 114.0 },
        ],
    },
];

/// What may happen to somebody in these programmes, main programme first.
pub fn incident_of(programmes: &[Programme]) -> Option<&'static Incident> {
    programmes
        .iter()
        .find_map(|programme| INCIDENTS.iter().find(|incident| incident.programme == *programme))
}

impl Incident {
    /// What is received of it if it begins at that moment with the citizen of that index.
    pub fn events(&self, options: &Options, citizen: u32, at: Timestamp) -> Vec<Event> {
        let profile = Profile::of(options.seed, citizen, Start::new(at, &options.zone));
        let Some(day) = LocalDay::new(day_number(at, &options.zone), &options.zone) else {
            return Vec::new();
        };
        let (mut readings, mut samples) = (Vec::new(), Vec::new());
        let (seed, density) = (options.seed, options.density);
        let mut inbox = Inbox {
            seed,
            density,
            profile: &profile,
            readings: &mut readings,
            samples: &mut samples,
        };
        // No two incidents of a citizen are the same.
        let mut draw = Draw::new(seed, citizen, Topic::Incident, at.as_second());
        let source = Source::Hub;
        for live in &self.readings {
            let value = live.value + [0.0, 0.1, 0.2][usize::try_from(draw.below(3)).unwrap_or(0)];
            let moment = at.as_second() + live.taken;
            let (kind, second) = (live.kind, live.second);
            let sample = Sample { kind, source, at: moment, lasts: 0, value, second };
            inbox.receive(sample, &day, at.as_second() + live.received);
        }
        readings.iter().filter_map(|reading| super::event(reading, seed)).collect()
    }
}
