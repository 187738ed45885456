//! Invariants that look at values. Each is told at the element that it is published for.

use crate::datetime::parse_datetime;
use crate::issue::IssueCode;
use crate::json::Value;
use crate::measure::UCUM_SYSTEM as UCUM;

use super::path::Path;
use super::quantity;
use super::walk::Walk;

const CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
const CONDITION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/condition-category";

/// Types with a rule of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    None,
    Age,
    Condition,
    Count,
    Distance,
    Duration,
    Group,
    Observation,
    Organization,
    Period,
    Prediction,
    Quantity,
    Range,
    Ratio,
    SampledData,
    Task,
    TimingRepeat,
}

impl Special {
    /// The rule of a type, else of the nearest type that it builds on.
    pub(super) fn of<'n>(lineage: impl Iterator<Item = &'n str>) -> Self {
        lineage.map(Self::named).find(|special| *special != Self::None).unwrap_or(Self::None)
    }

    fn named(name: &str) -> Self {
        match name {
            "Age" => Self::Age,
            "Condition" => Self::Condition,
            "Count" => Self::Count,
            "Distance" => Self::Distance,
            "Duration" => Self::Duration,
            "Group" => Self::Group,
            "Observation" => Self::Observation,
            "Organization" => Self::Organization,
            "Period" => Self::Period,
            "Quantity" => Self::Quantity,
            "Range" => Self::Range,
            "Ratio" => Self::Ratio,
            "RiskAssessment.prediction" => Self::Prediction,
            "SampledData" => Self::SampledData,
            "Task" => Self::Task,
            "Timing.repeat" => Self::TimingRepeat,
            _ => Self::None,
        }
    }

    pub(super) fn check<'d>(self, walk: &mut Walk<'d, '_>, value: Value<'d>, path: Path<'_>) {
        let broken = |walk: &mut Walk<'d, '_>, key, message| {
            walk.error(IssueCode::Invariant, key, path, message);
        };
        match self {
            Self::Quantity => quantity::check(walk, value, path),
            Self::Age | Self::Count | Self::Distance | Self::Duration => {
                quantity::check(walk, value, path);
                self.measured(walk, value, path);
            }
            Self::Period if ends_before_start(value) => {
                walk.warning(
                    IssueCode::Invariant,
                    "per-1",
                    path,
                    "the period ends before it starts",
                );
            }
            Self::None | Self::Period => {}
            Self::Range => {
                let (low, high) = (value.get("low"), value.get("high"));
                if low.zip(high).is_some_and(|(low, high)| is_above(low, high)) {
                    broken(walk, "rng-2", "low is above high");
                }
            }
            Self::Ratio => {
                let (top, bottom) = (value.get("numerator"), value.get("denominator"));
                let bare = top.is_none() && value.get("extension").is_none();
                if top.is_some() != bottom.is_some() || bare {
                    broken(walk, "rat-1", "numerator and denominator come together");
                }
            }
            Self::SampledData => sampled(walk, value, path),
            Self::Observation => {
                if has_choice(value, "value") && has_own_code_as_component(value) {
                    broken(
                        walk,
                        "obs-7",
                        "a component repeats the code of a reading that has a value",
                    );
                }
            }
            Self::Condition => condition(walk, value, path),
            Self::Organization => {
                for (name, key) in [("telecom", "org-3"), ("address", "org-2")] {
                    if value
                        .each(name)
                        .any(|one| one.str_at("use").is_some_and(|usage| usage == "home"))
                    {
                        broken(walk, key, "an organization has no home");
                    }
                }
            }
            Self::Group => {
                if value.get("member").is_some()
                    && value.get("actual").and_then(Value::as_bool) == Some(false)
                {
                    broken(walk, "grp-1", "only an actual group has members");
                }
            }
            Self::Task => {
                let time = |name| value.str_at(name).and_then(|text| parse_datetime(&text));
                if let (Some(authored), Some(modified)) = (time("authoredOn"), time("lastModified"))
                    && modified.range_utc().1 < authored.range_utc().0
                {
                    broken(walk, "inv-1", "last modified before it was authored");
                }
            }
            Self::Prediction => prediction(walk, value, path),
            Self::TimingRepeat => timing(walk, value, path),
        }
    }

    /// `age-1`, `cnt-3`, `dis-1`, `drt-1`.
    fn measured<'d>(self, walk: &mut Walk<'d, '_>, value: Value<'d>, path: Path<'_>) {
        let number = value.get("value").and_then(Value::as_f64);
        let code = value.str_at("code");
        let is_ucum = value.str_at("system").is_none_or(|system| system == UCUM);
        let coded = number.is_none() || code.is_some();
        let (key, holds) = match self {
            Self::Age => ("age-1", coded && is_ucum && number.is_none_or(|number| number > 0.0)),
            Self::Count => (
                "cnt-3",
                coded
                    && is_ucum
                    && code.is_none_or(|code| code == "1")
                    && value.get("value").is_none_or(|value| !value.raw().contains('.')),
            ),
            Self::Distance => ("dis-1", coded && is_ucum),
            _ => (
                "drt-1",
                code.is_none()
                    || number.is_some()
                        && value.str_at("system").is_some_and(|system| system == UCUM),
            ),
        };
        if !holds {
            let message = "the unit must be a UCUM code, and the number one that makes sense";
            walk.error(IssueCode::Invariant, key, path, message);
        }
    }
}

/// Whether `name[x]` is there in any type.
pub(super) fn has_choice(value: Value<'_>, name: &str) -> bool {
    value.members().any(|(member, _)| {
        let member = member.strip_prefix('_').unwrap_or(member);
        member
            .strip_prefix(name)
            .is_some_and(|kind| kind.starts_with(|first: char| first.is_ascii_uppercase()))
    })
}

/// Whether a `CodeableConcept` has a coding with this system and code.
fn has_coding(concept: Option<Value<'_>>, system: &str, codes: &[&str]) -> bool {
    concept.is_some_and(|concept| {
        concept.each("coding").any(|coding| {
            coding.str_at("system").is_some_and(|given| given == system)
                && coding.str_at("code").is_some_and(|code| codes.contains(&&*code))
        })
    })
}

fn ends_before_start(period: Value<'_>) -> bool {
    let time = |name| period.str_at(name).and_then(|text| parse_datetime(&text));
    match (time("start"), time("end")) {
        (Some(start), Some(end)) => end.range_utc().1 <= start.range_utc().0,
        _ => false,
    }
}

/// Whether one Quantity is above another of the same unit.
fn is_above(low: Value<'_>, high: Value<'_>) -> bool {
    let number = |quantity: Value<'_>| quantity.get("value").and_then(Value::as_f64);
    let unit = |quantity: Value<'_>| {
        ["system", "code", "unit"]
            .map(|name| quantity.str_at(name).unwrap_or_default().into_owned())
    };
    number(low).zip(number(high)).is_some_and(|(low, high)| low > high) && {
        let (low, high) = (unit(low), unit(high));
        if low[1].is_empty() && high[1].is_empty() {
            low[2] == high[2]
        } else {
            low[..2] == high[..2]
        }
    }
}

fn has_own_code_as_component(observation: Value<'_>) -> bool {
    let own = || observation.get("code").into_iter().flat_map(|code| code.each("coding"));
    observation
        .each("component")
        .filter_map(|component| component.get("code"))
        .flat_map(|code| code.each("coding"))
        .any(|coding| {
            let code = coding.str_at("code");
            let system = coding.str_at("system");
            code.is_some()
                && own()
                    .take(MAX_CODINGS)
                    .any(|own| own.str_at("code") == code && own.str_at("system") == system)
        })
}

/// How many codings of one concept are compared with all the others.
const MAX_CODINGS: usize = 32;

fn condition<'d>(walk: &mut Walk<'d, '_>, value: Value<'d>, path: Path<'_>) {
    let clinical = value.get("clinicalStatus");
    let is_mistake =
        has_coding(value.get("verificationStatus"), VERIFICATION, &["entered-in-error"]);
    let is_problem = value
        .each("category")
        .any(|category| has_coding(Some(category), CONDITION_CATEGORY, &["problem-list-item"]));
    if is_problem && clinical.is_none() && !is_mistake {
        let message = "a problem should have a clinical status";
        walk.warning(IssueCode::Invariant, "con-3", path, message);
    }
    if has_choice(value, "abatement")
        && !has_coding(clinical, CLINICAL, &["inactive", "resolved", "remission"])
    {
        let message = "a condition that has abated is inactive, resolved or in remission";
        walk.error(IssueCode::Invariant, "con-4", path, message);
    }
    if is_mistake && clinical.is_some() {
        let message = "a condition entered in error has no clinical status";
        walk.error(IssueCode::Invariant, "con-5", path, message);
    }
}

fn prediction<'d>(walk: &mut Walk<'d, '_>, value: Value<'d>, path: Path<'_>) {
    if value.get("probabilityDecimal").and_then(Value::as_f64).is_some_and(|number| number > 100.0)
    {
        walk.error(IssueCode::Invariant, "ras-2", path, "a probability is at most 100");
    }
    if let Some(range) = value.get("probabilityRange") {
        let is_percent = |quantity: Value<'_>| {
            quantity.str_at("code").is_some_and(|code| code == "%")
                && quantity.str_at("system").is_some_and(|system| system == UCUM)
        };
        if !["low", "high"].into_iter().filter_map(|end| range.get(end)).all(is_percent) {
            let at = path.name("probabilityRange");
            walk.error(IssueCode::Invariant, "ras-1", at, "a probability range is in UCUM %");
        }
    }
}

fn timing<'d>(walk: &mut Walk<'d, '_>, value: Value<'d>, path: Path<'_>) {
    for (name, key) in [("duration", "tim-4"), ("period", "tim-5")] {
        if value.get(name).and_then(Value::as_f64).is_some_and(|number| number < 0.0) {
            walk.error(IssueCode::Invariant, key, path, "must not be negative");
        }
    }
    if value.get("offset").is_some() {
        let mut when = value.each("when").filter_map(Value::as_str).peekable();
        if when.peek().is_none() || when.any(|when| ["C", "CM", "CD", "CV"].contains(&&*when)) {
            let message = "an offset needs an event, and not a meal itself";
            walk.error(IssueCode::Invariant, "tim-9", path, message);
        }
    }
}

/// "decimal values separated by a single space … the special values E, L and U can also be used".
fn sampled<'d>(walk: &mut Walk<'d, '_>, value: Value<'d>, path: Path<'_>) {
    let Some(data) = value.str_at("data").filter(|data| !data.is_empty()) else { return };
    if !data.split(' ').all(|sample| matches!(sample, "E" | "L" | "U") || is_decimal(sample)) {
        let message = "samples are decimals, E, L or U, separated by one space each";
        walk.error(IssueCode::Value, "bad-sampled-data", path.name("data"), message);
    }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
fn is_decimal(text: &str) -> bool {
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    all_digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent.is_none_or(|exponent| {
            all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
        })
}
