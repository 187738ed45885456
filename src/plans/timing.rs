//! How often: `Timing.repeat` to whole hours and back
//! (<http://hl7.org/fhir/R4/datatypes.html#Timing>).

use jiff::tz::TimeZone;
use pulsvagt_fhir::Value;
use pulsvagt_fhir::datetime::parse_datetime;
use serde_json::{Value as Json, json};

use crate::clock::Micros;

/// Hours of the longest month, so that a measurement a month is never asked for too early.
const MONTH: u32 = 31 * 24;

/// A time that is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Every {
    /// Hours from one to the next.
    pub(super) hours: u16,
    /// From when on, if it says so.
    pub(super) from: Option<Micros>,
}

/// A timing that cannot be kept: where, below the Timing, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotKept {
    pub(super) place: String,
    pub(super) why: &'static str,
}

/// What would make it rarer or bind it to moments, neither of which is kept.
const NOT_KEPT: [&str; 10] = [
    "count",
    "countMax",
    "frequencyMax",
    "periodMax",
    "dayOfWeek",
    "timeOfDay",
    "when",
    "offset",
    "boundsDuration",
    "boundsRange",
];

/// How often a Timing asks for something. Times without an offset are taken in `zone`.
pub(super) fn read(timing: Value<'_>, zone: &TimeZone) -> Result<Every, NotKept> {
    let not = |place: &str, why| NotKept { place: place.to_owned(), why };
    if timing.get("event").is_some() {
        return Err(not("event", "single moments are not kept: say how often in repeat"));
    }
    let Some(repeat) = timing.get("repeat") else {
        return Err(not("repeat", "it has to say how often: frequency, period and periodUnit"));
    };
    if let Some(name) = NOT_KEPT.iter().find(|name| repeat.get(name).is_some()) {
        let why = "this is not kept, and without it the timing would mean something else";
        return Err(not(&format!("repeat.{name}"), why));
    }
    let from = match repeat.get("boundsPeriod") {
        None => None,
        Some(bounds) if bounds.get("end").is_some() => {
            let why = "an end is not kept: when it has come, send the plan without the activity";
            return Err(not("repeat.boundsPeriod.end", why));
        }
        Some(bounds) => bounds
            .str_at("start")
            .and_then(|start| parse_datetime(&start).map(|at| Micros(at.range_us(zone).0))),
    };
    let unit = match repeat.str_at("periodUnit").as_deref() {
        Some("h") => 1,
        Some("d") => 24,
        Some("wk") => 7 * 24,
        Some("mo") => MONTH,
        _ => {
            return Err(not("repeat.periodUnit", "expected h, d, wk or mo"));
        }
    };
    let frequency = repeat.get("frequency").map_or(Some(1), whole);
    let Some(frequency) = frequency.filter(|frequency| *frequency > 0) else {
        return Err(not("repeat.frequency", "expected a whole number of times"));
    };
    let Some(period) = repeat.get("period").and_then(whole) else {
        return Err(not("repeat.period", "expected a whole number of units"));
    };
    let hours = period.checked_mul(unit).filter(|hours| hours % frequency == 0);
    let hours = hours.and_then(|hours| u16::try_from(hours / frequency).ok());
    match hours {
        Some(hours) => Ok(Every { hours, from }),
        None => Err(not("repeat", "it has to come down to whole hours from one to the next")),
    }
}

/// A number without a fraction, also where it is written with one: `1.0`.
fn whole(value: Value<'_>) -> Option<u32> {
    let text = value.number_text()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    fraction.bytes().all(|digit| digit == b'0').then(|| whole.parse().ok())?
}

/// The Timing that asks for it that often.
pub(super) fn write(every: Every) -> Json {
    let hours = u32::from(every.hours);
    let (frequency, period, unit) = match hours {
        0 => (1, 0, "h"),
        _ if hours.is_multiple_of(7 * 24) => (1, hours / (7 * 24), "wk"),
        _ if hours.is_multiple_of(24) => (1, hours / 24, "d"),
        _ if 24 % hours == 0 => (24 / hours, 1, "d"),
        _ => (1, hours, "h"),
    };
    let mut repeat = json!({"frequency": frequency, "period": period, "periodUnit": unit});
    if let Some(from) = every.from {
        repeat["boundsPeriod"] = json!({"start": from.to_string()});
    }
    json!({"repeat": repeat})
}
