//! A plan, as a CarePlan.

use pulsvagt_analytics::plan::{Cadence, Spo2Scale};
use pulsvagt_analytics::{Pack, Plan, Signal};
use pulsvagt_fhir::measure::UCUM_SYSTEM;
use serde_json::{Value as Json, json};

use super::codes::{
    BASELINE, NO_PROGRAMME, OXYGEN, PROGRAMME, PROGRAMMES, SAFETY_CRITICAL, SIGNAL, SPO2_SCALE,
    THRESHOLD, known_elsewhere, measure_of,
};
use super::timing::{self, Every};
use crate::clock::Micros;

/// The CarePlan that says what the plan says, for the citizen with that logical id, in force from
/// `since` on. Limits are contained Goals.
pub fn care_plan(plan: &Plan, id: &str, citizen: &str, since: Micros, pack: &Pack) -> Json {
    let subject = json!({"reference": format!("Patient/{citizen}")});
    let goals: Vec<Json> = plan
        .limits
        .iter()
        .enumerate()
        .map(|(nth, (name, value))| goal(nth, name, *value, &subject, pack))
        .collect();
    let mut out = json!({
        "resourceType": "CarePlan",
        "id": id,
        "extension": extensions(plan),
        "status": "active",
        "intent": "plan",
        "category": categories(plan),
        "subject": subject,
        "period": {"start": since.to_string()},
    });
    // An empty list is nothing that FHIR knows.
    if !goals.is_empty() {
        let references = (0..goals.len()).map(|nth| json!({"reference": format!("#limit-{nth}")}));
        out["goal"] = references.collect();
        out["contained"] = goals.into();
    }
    if !plan.cadence.is_empty() {
        out["activity"] = plan.cadence.iter().map(activity).collect();
    }
    out
}

fn categories(plan: &Plan) -> Json {
    if plan.programmes.is_empty() {
        let coding = json!({"system": PROGRAMME, "code": NO_PROGRAMME});
        return json!([{"coding": [coding]}]);
    }
    PROGRAMMES
        .iter()
        .filter(|(programme, ..)| plan.programmes.contains(programme))
        .map(|(_, code, en, da)| {
            json!({"coding": [{"system": PROGRAMME, "code": code, "display": en}], "text": da})
        })
        .collect()
}

fn extensions(plan: &Plan) -> Json {
    let scale = match plan.spo2_scale {
        Spo2Scale::One => "one",
        Spo2Scale::Two => "two",
    };
    let fixed = [
        json!({"url": SPO2_SCALE, "valueCode": scale}),
        json!({"url": OXYGEN, "valueBoolean": plan.oxygen}),
    ];
    let baselines = plan.baselines.iter().map(|(signal, value)| {
        json!({"url": BASELINE, "extension": [
            {"url": "signal", "valueCode": signal.name()},
            {"url": "value", "valueQuantity": quantity(*value, signal.unit())},
        ]})
    });
    fixed.into_iter().chain(baselines).collect()
}

fn activity(cadence: &Cadence) -> Json {
    let every = Every { hours: cadence.every_hours, from: cadence.from.map(Micros) };
    json!({"detail": {
        "extension": [{"url": SAFETY_CRITICAL, "valueBoolean": cadence.safety_critical}],
        "code": code(cadence.signal),
        "status": "in-progress",
        "scheduledTiming": timing::write(every),
    }})
}

fn code(signal: Signal) -> Json {
    let mut coding = vec![json!({"system": SIGNAL, "code": signal.name()})];
    if let Some((system, code)) = known_elsewhere(signal) {
        coding.push(json!({"system": system, "code": code}));
    }
    let mut out = json!({"coding": coding});
    if let Some(measure) = measure_of(signal) {
        out["text"] = measure.display_da().into();
    }
    out
}

fn goal(nth: usize, name: &str, value: f64, subject: &Json, pack: &Pack) -> Json {
    let threshold = pack.threshold(name);
    let text = threshold.map_or(name, |threshold| &threshold.text.da);
    let unit = threshold.map_or("1", |threshold| &threshold.unit);
    json!({
        "resourceType": "Goal",
        "id": format!("limit-{nth}"),
        "lifecycleStatus": "active",
        "description": {"text": text},
        "subject": subject,
        "target": [{
            "measure": {"coding": [{"system": THRESHOLD, "code": name}]},
            "detailQuantity": quantity(value, unit),
        }],
    })
}

fn quantity(value: f64, unit: &str) -> Json {
    json!({"value": value, "unit": unit, "system": UCUM_SYSTEM, "code": unit})
}
