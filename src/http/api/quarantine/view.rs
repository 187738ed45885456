//! A reading that cannot be right, as a person has to see it to decide.

use std::collections::HashMap;

use pulsvagt_analytics::Language;
use pulsvagt_fhir::measure::{Measure, by_code};
use pulsvagt_fhir::{Document, Value};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Interaction;
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, Needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::view::CitizenView;
use crate::http::fhir::quantity;

use crate::ids::{CitizenNo, ConceptNo, ObservationKey};
use crate::ingest::Quarantine;
use crate::projection::words::Text;
use crate::store::StoreError;
use crate::store::observations::{Decision, Doubt, DoubtCount, DoubtFilter, Usual};
use crate::store::persons::Person;

/// A page of readings that cannot be right.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Waiting {
    /// They, newest first.
    pub(in crate::http) readings: Vec<Doubted>,
    /// How many wait, by reason and device, most first; whatever the filter.
    pub(in crate::http) counts: Vec<Count>,
    /// Where the next page begins; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) next: Option<i64>,
}

/// How many wait for one reason from one device.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Count {
    /// Why.
    #[schema(example = "implausible")]
    pub(in crate::http) reason: &'static str,
    /// The device's reference; empty = none was sent.
    pub(in crate::http) device: String,
    /// How many.
    pub(in crate::http) count: u64,
    /// Since when the first of them.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "moment")]
    pub(in crate::http) oldest: Micros,
}

/// A reading that cannot be right.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Doubted {
    /// Id of the Observation.
    pub(in crate::http) id: String,
    /// Its version, for `If-Match`.
    pub(in crate::http) version: u32,
    /// Whose.
    #[schema(inline)]
    pub(in crate::http) citizen: Whose,
    /// The device's reference; empty = none was sent.
    pub(in crate::http) device: String,
    /// What was measured.
    pub(in crate::http) what: String,
    /// When, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) at: Option<String>,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "moment")]
    pub(in crate::http) received: Micros,
    /// Why it cannot be right: implausible, clock-ahead, clock-behind, unit-unknown or
    /// end-before-start.
    #[schema(value_type = String, example = "implausible")]
    #[serde(serialize_with = "code")]
    pub(in crate::http) reason: Quarantine,
    /// Its numbers.
    pub(in crate::http) values: Vec<DoubtedValue>,
    /// The newest reading of the same kind that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) usual: Option<UsualView>,
    /// What can be done now: accept, reject, fix, undo.
    pub(in crate::http) legal: Vec<&'static str>,
    /// What was decided; left out while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) decided: Option<DecidedView>,
}

/// Whose a reading is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::http) struct Whose {
    /// Logical id of the Patient.
    pub(in crate::http) id: String,
    /// The name, for roles that may read Patients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) name: Option<String>,
    /// Age in whole years, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) age: Option<i16>,
}

/// A number of a reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::http) struct DoubtedValue {
    /// 0 = the value, 1 = the first component, and so on.
    pub(in crate::http) place: usize,
    /// What it is of.
    pub(in crate::http) what: String,
    /// The number as it was sent.
    pub(in crate::http) value: String,
    /// The unit as it was sent; a UCUM code, if it has one.
    pub(in crate::http) unit: String,
    /// The unit that is usual here, a UCUM code; empty = not known.
    pub(in crate::http) usual_unit: &'static str,
}

/// The newest reading that counts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::http) struct UsualView {
    /// When it was taken.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "moment")]
    pub(in crate::http) at: Micros,
    /// What it was.
    pub(in crate::http) value: f64,
    /// UCUM code of its unit.
    pub(in crate::http) unit: &'static str,
}

/// What was decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::http) struct DecidedView {
    /// accepted, rejected, fixed, or changed by the sender.
    pub(in crate::http) decision: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "moment")]
    pub(in crate::http) at: Micros,
    /// By whom, as the issuer of the token calls them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) why: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over so")]
fn moment<S: serde::Serializer>(at: &Micros, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.to_string())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over so")]
fn code<S: serde::Serializer>(reason: &Quarantine, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(reason.as_str())
}

/// A page of them, with how many wait.
pub(in crate::http) async fn list<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    lang: Lang,
    filter: &DoubtFilter,
    after: Option<i64>,
    limit: u16,
) -> Result<Waiting, Problem> {
    let store = caller.store();
    let denials = caller.caller().denials().await?;
    let page = store.doubts(caller.sight(), &denials, filter, after, limit).await?;
    caller.trail().readings(page.doubts.iter().map(|doubt| doubt.reading.key));
    let readings = described(caller, lang, &page.doubts, app.clock().now()).await?;
    let counts = store.doubt_counts(caller.sight(), &denials).await?;
    let count = |count: DoubtCount| {
        let DoubtCount { reason, device, count, oldest } = count;
        let reason = Quarantine::from_number(reason).map_or("", Quarantine::as_str);
        Count { reason, device, count, oldest }
    };
    Ok(Waiting { readings, counts: counts.into_iter().map(count).collect(), next: page.next })
}

/// One of them, as it is now.
pub(in crate::http) async fn one<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    lang: Lang,
    key: ObservationKey,
) -> Result<Doubted, Problem> {
    let doubt = caller.store().doubt(key).await?.ok_or_else(Problem::not_found)?;
    let denials = caller.caller().denials().await?;
    if !denials.allows_reading(&doubt.reading.shape.facts, key.citizen) {
        return Err(Problem::not_found());
    }
    let mut described = described(caller, lang, &[doubt], app.clock().now()).await?;
    described.pop().ok_or_else(Problem::not_found)
}

async fn described<N: Needs>(
    caller: &ApiCaller<N>,
    lang: Lang,
    doubts: &[Doubt],
    now: Micros,
) -> Result<Vec<Doubted>, Problem> {
    let store = caller.store();
    let keys: Vec<ObservationKey> = doubts.iter().map(|doubt| doubt.reading.key).collect();
    let usual = store.usual(&keys).await?;
    let mut citizens: Vec<CitizenNo> = keys.iter().map(|key| key.citizen).collect();
    citizens.sort_unstable();
    citizens.dedup();
    let persons = if caller.principal().may(Interaction::Read, "Patient") {
        let whole = |citizen| caller.caller().unmasks(Some(citizen));
        store.persons_for(&citizens, whole).await?
    } else {
        HashMap::default()
    };
    let described = doubts.iter().map(|doubt| {
        let id = store.sealer().seal(doubt.reading.key);
        describe(doubt, id, &usual, persons.get(&doubt.reading.key.citizen), lang, now)
    });
    Ok(described.collect::<Result<_, StoreError>>()?)
}

fn describe(
    doubt: &Doubt,
    id: String,
    usual: &HashMap<(CitizenNo, ConceptNo), Usual>,
    person: Option<&Person>,
    lang: Lang,
    now: Micros,
) -> Result<Doubted, StoreError> {
    let damaged = |what: &'static str| StoreError::damaged("doubtful_reading", what);
    let reading = &doubt.reading;
    let json = reading.json(&id)?;
    let document =
        Document::parse(json.as_bytes()).map_err(|_| damaged("the reading is no JSON"))?;
    let resource = document.root();
    let reason =
        Quarantine::from_number(doubt.reason).ok_or_else(|| damaged("an unknown reason"))?;
    let main = resource.get("code").and_then(measure);
    let usual = usual.get(&(reading.key.citizen, reading.key.code)).zip(main);
    let CitizenView { id: citizen, name, age } = CitizenView::new(reading.citizen(), person, now);
    let decided = doubt.decided.as_ref().map(|decided| DecidedView {
        decision: decided.decision.as_str(),
        at: decided.at,
        by: decided.by.clone(),
        why: decided.why.clone(),
    });
    let legal = match doubt.decided.as_ref().map(|decided| decided.decision) {
        None => waiting(reason, reading.key.effective != Micros::NO_TIME),
        Some(Decision::Accepted) => vec!["undo"],
        Some(_) => Vec::new(),
    };
    Ok(Doubted {
        version: reading.version,
        citizen: Whose { id: citizen, name, age },
        device: reading.source().to_owned(),
        what: named(resource.get("code"), main, lang),
        at: effective(resource),
        received: doubt.since,
        reason,
        values: values(resource, main, lang),
        usual: usual.map(|(usual, measure)| UsualView {
            at: usual.at,
            value: usual.value,
            unit: measure.unit(),
        }),
        legal,
        decided,
        id,
    })
}

/// What can be done with one that waits. Without a place in time there is no day it could count in.
fn waiting(reason: Quarantine, has_time: bool) -> Vec<&'static str> {
    let mut legal = Vec::new();
    if reason.can_be_accepted() && has_time {
        legal.push("accept");
    }
    legal.push("reject");
    if reason.can_be_fixed() && has_time {
        legal.push("fix");
    }
    legal
}

fn values(resource: Value<'_>, main: Option<Measure>, lang: Lang) -> Vec<DoubtedValue> {
    let components = resource.each("component").count();
    (0..=components)
        .filter_map(|place| {
            let quantity = quantity(resource, place)?;
            let value = quantity.get("value")?.number_text()?.to_owned();
            let code = match place.checked_sub(1) {
                None => resource.get("code"),
                Some(component) => resource.each("component").nth(component)?.get("code"),
            };
            let measure = if place == 0 { main } else { code.and_then(measure) };
            let unit = quantity.str_at("code").or_else(|| quantity.str_at("unit"));
            Some(DoubtedValue {
                place,
                what: named(code, measure, lang),
                value,
                unit: unit.unwrap_or_default().into_owned(),
                usual_unit: measure.map_or("", Measure::unit),
            })
        })
        .collect()
}

fn measure(code: Value<'_>) -> Option<Measure> {
    code.each("coding").find_map(|coding| {
        by_code(&coding.str_at("system").unwrap_or_default(), &coding.str_at("code")?)
    })
}

/// What people call it; else what the sender does.
fn named(code: Option<Value<'_>>, measure: Option<Measure>, Lang(language): Lang) -> String {
    if let Some(measure) = measure {
        let text = Text { da: measure.display_da(), en: measure.display_en() };
        let text = if language == Language::Danish { text.da } else { text.en };
        return text.to_owned();
    }
    let Some(code) = code else { return String::new() };
    let coding = |name: &str| code.each("coding").find_map(|coding| coding.str_at(name));
    let text = code.str_at("text").or_else(|| coding("display")).or_else(|| coding("code"));
    text.unwrap_or_default().into_owned()
}

/// The time as it was sent: of one that has no place in time it is all there is.
fn effective(resource: Value<'_>) -> Option<String> {
    let text = |value: Value<'_>| value.as_str().map(std::borrow::Cow::into_owned);
    for name in ["effectiveDateTime", "effectiveInstant"] {
        if let Some(value) = resource.get(name) {
            return text(value);
        }
    }
    let period = resource.get("effectivePeriod")?;
    let (start, end) = (period.get("start").and_then(text), period.get("end").and_then(text));
    Some(format!("{} – {}", start.unwrap_or_default(), end.unwrap_or_default()))
}
