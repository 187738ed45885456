//! `RiskAssessment`: what an approved risk model says of a citizen. It is made when it is asked for, so
//! that nothing is told any more from the moment at which the approval ends.

use jiff::civil;
use pulsvagt_analytics::explain::Language;
use pulsvagt_analytics::risk::home::{Event, Target, words};
use serde_json::{Value, json};

use super::json::{MOST_REFERENCES, citizen, coding, moment, pruned, software};
use crate::clock::Micros;
use crate::risk::live::Told;

const MODEL: &str = "urn:pulsvagt:risk-model";
const EVENT: &str = "urn:pulsvagt:risk-event";

/// The assessment, without id. R4 has probabilities as percentages.
pub fn predicted(told: &Told, subject: &str) -> Value {
    let (model, approval) = (&told.by.model, &told.by.approval.approval);
    let basis: Vec<Value> = told
        .explanation
        .parts
        .iter()
        .take(MOST_REFERENCES)
        .map(|part| {
            let text = words(&part.feature, Language::Danish);
            let value = part.value.map_or_else(|| "mangler".to_owned(), |it| format!("{it:.2}"));
            let display = format!("{text}: {value} (sædvanligt {:.2})", part.usual);
            json!({"identifier": {"system": "urn:pulsvagt:feature", "value": part.feature},
                   "display": display})
        })
        .collect();
    let percent = (told.explanation.probability * 1_000_000.0).round() / 10_000.0;
    pruned(json!({
        "resourceType": "RiskAssessment",
        "identifier": [{"system": MODEL, "value": model.hash}],
        "status": "final",
        "method": {
            "coding": [{"system": MODEL, "version": model.fitted.engine, "code": model.hash,
                        "display": model.name}],
            "text": format!("{}: straffet logistisk regression", model.name)
        },
        "subject": citizen(subject),
        "occurrenceDateTime": date(told.day, 0),
        "performer": software(),
        "basis": basis,
        "prediction": [{
            "outcome": outcome(model.target, &model.outcome),
            "probabilityDecimal": percent,
            "whenPeriod": model.target.map(|target| json!({
                "start": date(told.day, 0),
                "end": date(told.day, target.span().saturating_sub(1)),
            })),
            "rationale": "Støtter et menneskes beslutning. Aldrig en grund til at afvise pleje, og en lav \
                sandsynlighed er ikke en rask borger."
        }],
        "note": [{"text": format!(
            "Modellen er evalueret på kommunens egne borgere (evaluering {}) og godkendt af {} til {}.",
            approval.evaluation,
            approval.approved_by,
            moment(Micros(approval.until)).as_str().unwrap_or_default(),
        )}]
    }))
}

fn outcome(target: Option<Target>, text: &str) -> Value {
    let Some(target) = target else { return json!({"text": text}) };
    let days = target.days;
    let (code, display, text) = match target.event {
        Event::Admission => {
            ("admission", "Unplanned admission", format!("Akut indlæggelse inden for {days} dage"))
        }
        Event::Death => ("death", "Death", format!("Død inden for {days} dage")),
    };
    json!({"coding": [coding(EVENT, code, display)], "text": text})
}

/// A date so many days after a local day, days since 1970; none outside the calendar.
fn date(day: i32, more: i32) -> Option<String> {
    let span = jiff::Span::new().try_days(i64::from(day) + i64::from(more)).ok()?;
    Some(civil::date(1970, 1, 1).checked_add(span).ok()?.to_string())
}
