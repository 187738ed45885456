//! Readings without a database: a resource → samples, judged as ingestion judges them.
//!
//! For back-tests of simulated citizens. A test sends the same resources through the server and
//! compares what the store has of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use jiff::tz::TimeZone;
use pulsvagt_analytics::Sample;
use pulsvagt_fhir::Document;
use pulsvagt_fhir::facts::{Facts, FactsError};
use pulsvagt_fhir::json::SyntaxError;
use pulsvagt_fhir::measure::Measure;
use pulsvagt_fhir::shape::{Detail, HoleKind, Split, Splitter};
use xxhash_rust::xxh3::Xxh3;

use super::Quarantine;
use super::moment::{ends, moment};
use super::quarantine::judge;
use crate::clock::Micros;
use crate::store::samples::{Reading, Series, Wall, glucose_word};

/// Why a resource has no samples.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// It is not JSON.
    #[error("it is not JSON")]
    Syntax(#[from] SyntaxError),
    /// It cannot be taken apart.
    #[error("it cannot be taken apart")]
    Facts(#[from] FactsError),
}

/// What one resource came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The local day that it belongs to, days since 1970.
    pub day: i32,
    /// Its samples; none if it has no number of a signal, or may not be scored.
    pub samples: Vec<Sample>,
    /// Why it is never scored.
    pub quarantine: Option<Quarantine>,
}

/// What a template says.
#[derive(Debug)]
struct Template {
    facts: Facts,
    series: Box<[Series]>,
    is_sleep: bool,
}

/// Takes resources of one municipality apart. What was found about a template is kept.
#[derive(Debug)]
pub struct Offline {
    zone: TimeZone,
    splitter: Splitter,
    templates: HashMap<Box<str>, Arc<Template>>,
}

impl Offline {
    /// For a municipality in this zone.
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, splitter: Splitter::default(), templates: HashMap::new() }
    }

    /// Takes one Observation apart that is known to be valid.
    ///
    /// # Errors
    /// When it is not an Observation in JSON.
    pub fn take(&mut self, json: &str, received: Micros) -> Result<Taken, OfflineError> {
        let document = Document::parse(json.as_bytes())?;
        let resource = document.root();
        let split = self.splitter.split(resource, Detail::Fine);
        let template = match self.templates.entry(split.template.into()) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(new) => {
                let facts = Facts::of_template(split.template)?;
                let series = Series::of(&facts);
                let sleep = Some(Measure::SleepDuration);
                let is_sleep = facts.numbers.iter().any(|number| number.measure == sleep);
                Arc::clone(new.insert(Arc::new(Template { facts, series, is_sleep })))
            }
        };
        let moment = moment(resource, &self.zone, received, template.is_sleep);
        let digits = |place: usize| {
            let hole = split.holes.get(place)?;
            (hole.kind == HoleKind::Number).then_some(hole.text)
        };
        let (main, implausible) = judge(&template.facts, digits);
        let not_final = (!template.facts.is_final()).then_some(Quarantine::NotFinal);
        let quarantine = not_final.or(moment.quarantine).or(implausible);
        let nothing = Taken { day: 0, samples: Vec::new(), quarantine };
        let (start, end) = ends(resource);
        let (Some(day), None, Some(first)) = (moment.day, quarantine, start.or(end)) else {
            return Ok(nothing);
        };
        let offset = Wall::of(&first, &self.zone).offset_in(&self.zone);
        let source = resource.at(&["device", "reference"]);
        let source = source.and_then(pulsvagt_fhir::Value::as_str).unwrap_or_default();
        let mut samples = Vec::new();
        for series in &template.series {
            let value = number(series, &split, main);
            if let Some(value) = value.filter(|value| value.is_finite()) {
                let mut identity = Xxh3::new();
                identity.update(template.facts.concept.as_bytes());
                identity.update(&moment.effective.0.to_le_bytes());
                identity.update(source.as_bytes());
                identity.update(split.content.as_bytes());
                identity.update(&[series.signal.number()]);
                identity.update(&series.place.to_le_bytes());
                samples.push(Sample {
                    signal: series.signal,
                    at: moment.effective.0,
                    offset,
                    span: moment.span.max(0),
                    value,
                    is_day_total: series.is_day_total,
                    received: received.0,
                    identity: identity.digest(),
                });
            }
        }
        Ok(Taken { day, samples, quarantine })
    }
}

/// The number of a series in the signal's unit.
fn number(series: &Series, split: &Split<'_, '_>, main: Option<f64>) -> Option<f64> {
    let hole = split.holes.get(series.place)?;
    match (series.reading, hole.kind) {
        (Reading::Main, HoleKind::Number) => main,
        (Reading::Component(conversion), HoleKind::Number) => {
            hole.text.parse().ok().map(|sent| conversion.apply(sent))
        }
        (Reading::Word, HoleKind::Text) => glucose_word(hole.text),
        _ => None,
    }
}
