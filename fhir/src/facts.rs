//! What can be told about every Observation of a template, looked at once.

use crate::datetime::{DateTime, parse_datetime};
use crate::json::{Document, SyntaxError, Value};
use crate::measure::{Measure, Unit, UnitFit, by_code, conversion};
use crate::shape::{Corrupt, HoleKind, kinds, numbered};

#[cfg(test)]
mod tests;

/// A `Coding` by system and code; the system is empty where none was sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coding {
    /// The system.
    pub system: String,
    /// The code.
    pub code: String,
}

/// A number among the holes that a measure is known for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// Its place among the holes.
    pub place: usize,
    /// What it measures, if that is known.
    pub measure: Option<Measure>,
    /// How its unit becomes the canonical one; [`UnitFit::Unknown`] without a measure.
    pub fit: UnitFit,
    /// Whether it is the value of the Observation and not of a component.
    pub main: bool,
}

/// Where the effective time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effective {
    /// There is none.
    Nowhere,
    /// A moment, at this place among the holes.
    Moment(usize),
    /// A period, whose ends are at these places.
    Period {
        /// Its start.
        start: Option<usize>,
        /// Its end.
        end: Option<usize>,
    },
    /// In the template itself.
    Fixed(DateTime),
}

/// What a template says.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// `Observation.status`.
    pub status: String,
    /// `Observation.category`.
    pub categories: Vec<Coding>,
    /// `Observation.code`.
    pub codings: Vec<Coding>,
    /// The codes of the components.
    pub component_codings: Vec<Coding>,
    /// The codings of `Observation.code` in one canonical text; the text where there is no coding.
    pub concept: String,
    /// The values with a number, in the order of the holes.
    pub numbers: Vec<Number>,
    /// UCUM code of the main value, if it has one.
    pub unit: Option<String>,
    /// Whether the effective time may be a range of more than a second.
    pub has_period: bool,
    /// Where the effective time is.
    pub effective: Effective,
    /// The place of `valueString`, and what it stands for if that is known.
    pub word: Option<(usize, Measure)>,
    /// The kinds of the holes.
    pub holes: Vec<HoleKind>,
}

/// Why a template cannot be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// It is not a template.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// It is not JSON.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
}

impl Facts {
    /// Looks at a template.
    ///
    /// # Errors
    /// When the text is not a template that [`crate::shape::Splitter`] has made.
    pub fn of_template(template: &str) -> Result<Self, FactsError> {
        let text = numbered(template)?;
        let document = Document::parse(text.as_bytes())?;
        Ok(Self::of(document.root(), kinds(template)?))
    }

    /// Looks at a resource in which every hole has been replaced by its place.
    fn of(resource: Value<'_>, holes: Vec<HoleKind>) -> Self {
        let status = resource.str_at("status").unwrap_or_default().into_owned();
        let code = resource.get("code");
        let codings = code.map(codings).unwrap_or_default();
        let mut numbers = Vec::new();
        if let Some(number) =
            resource.get("valueQuantity").and_then(|quantity| number(quantity, code))
        {
            numbers.push(Number { main: true, ..number });
        }
        let mut component_codings = Vec::new();
        for component in resource.each("component") {
            let code = component.get("code");
            component_codings.extend(code.map(self::codings).unwrap_or_default());
            numbers
                .extend(component.get("valueQuantity").and_then(|quantity| number(quantity, code)));
        }
        numbers.sort_unstable_by_key(|number| number.place);
        Self {
            status,
            categories: resource.each("category").flat_map(self::codings).collect(),
            concept: concept(&codings, code),
            codings,
            component_codings,
            numbers,
            unit: resource
                .at(&["valueQuantity", "code"])
                .and_then(Value::as_str)
                .map(std::borrow::Cow::into_owned),
            has_period: resource.get("effectivePeriod").is_some(),
            effective: effective(resource),
            word: resource
                .get("valueString")
                .and_then(|word| Some((place(word)?, code.and_then(measure)?))),
            holes,
        }
    }

    /// Whether the status lets the reading take part in scores at all.
    pub fn is_final(&self) -> bool {
        matches!(self.status.as_str(), "final" | "amended" | "corrected")
    }
}

/// The place among the holes that stands where a text was.
fn place(value: Value<'_>) -> Option<usize> {
    value.raw_string()?.parse().ok()
}

fn effective(resource: Value<'_>) -> Effective {
    for name in ["effectiveDateTime", "effectiveInstant"] {
        if let Some(value) = resource.get(name) {
            return place(value).map_or(Effective::Nowhere, Effective::Moment);
        }
    }
    if let Some(period) = resource.get("effectivePeriod") {
        let end = |name| period.get(name).and_then(place);
        return Effective::Period { start: end("start"), end: end("end") };
    }
    resource
        .get("effectiveTiming")
        .and_then(|timing| {
            timing.each("event").find_map(|event| event.raw_string().and_then(parse_datetime))
        })
        .map_or(Effective::Nowhere, Effective::Fixed)
}

fn number(quantity: Value<'_>, code: Option<Value<'_>>) -> Option<Number> {
    let place = usize::try_from(quantity.get("value")?.as_i64()?).ok()?;
    let measure = code.and_then(measure);
    let (system, unit_code, unit) =
        (quantity.str_at("system"), quantity.str_at("code"), quantity.str_at("unit"));
    let fit = measure.map_or(UnitFit::Unknown, |measure| {
        conversion(
            measure,
            Unit { system: system.as_deref(), code: unit_code.as_deref(), unit: unit.as_deref() },
        )
    });
    Some(Number { place, measure, fit, main: false })
}

/// The first of the codings that names a known measure.
fn measure(code: Value<'_>) -> Option<Measure> {
    code.each("coding").find_map(|coding| {
        by_code(&coding.str_at("system").unwrap_or_default(), &coding.str_at("code")?)
    })
}

fn codings(concept: Value<'_>) -> Vec<Coding> {
    concept
        .each("coding")
        .filter_map(|coding| {
            Some(Coding {
                system: coding.str_at("system").unwrap_or_default().into_owned(),
                code: coding.str_at("code")?.into_owned(),
            })
        })
        .collect()
}

/// Codings sorted, so that their order does not make another concept; wording does not count
/// where there is a coding.
fn concept(codings: &[Coding], code: Option<Value<'_>>) -> String {
    if codings.is_empty() {
        let text = code.and_then(|code| code.str_at("text")).unwrap_or_default();
        return format!("text:{text}");
    }
    let mut tokens: Vec<String> =
        codings.iter().map(|coding| format!("{}|{}", coding.system, coding.code)).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens.join("\n")
}
