//! What a human decides of a reading that cannot be right: a correction like any other, made here,
//! with a Provenance that says who and why.

use pulsvagt_fhir::json::push_string;
use pulsvagt_fhir::{Document, Issue, IssueCode, Value};
use serde_json::json;

use super::update::{examined, reached, stale};
use super::{key, update_in};
use crate::app::App;
use crate::http::Caller;
use crate::http::caller::actor;
use crate::http::fhir::{Outcome, resource};
use crate::ingest::Quarantine;
use crate::store::observations::{StoredObservation, Updated};
use crate::store::{StoreError, Tx};

const AT: &str = "Observation";
const UCUM: &str = "http://unitsofmeasure.org";
/// <http://terminology.hl7.org/CodeSystem/v3-DataOperation>: the content was changed.
const OPERATION: &str = "http://terminology.hl7.org/CodeSystem/v3-DataOperation";
const PARTICIPANT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";

/// What a human says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) enum Ruling {
    /// It counts as it is.
    Accept,
    /// It does not count after all, for this reason: the way back from [`Self::Accept`].
    Doubt(Quarantine),
    /// It was entered in error.
    Reject,
    /// It should have said this.
    Fix(Vec<Fix>),
}

impl Ruling {
    /// The word for it.
    pub(in crate::http) const fn as_str(&self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Doubt(_) => "undo",
            Self::Reject => "reject",
            Self::Fix(_) => "fix",
        }
    }
}

/// Another number or unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) struct Fix {
    /// Of what: 0 = the value, 1 = the first component, and so on.
    pub(in crate::http) place: usize,
    /// The number, as JSON writes it; `None` = as it was sent.
    pub(in crate::http) value: Option<String>,
    /// The unit, a UCUM code; `None` = as it was sent.
    pub(in crate::http) unit: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Ruled {
    /// The reading is now this version.
    Done(u32),
    /// With these values it would still not count; nothing was written.
    Still(Quarantine),
    /// It says what it said before; nothing was written.
    Same,
    /// There is no number in that place.
    NoNumber(usize),
}

/// Decides about the reading in version `expected`, as part of a transaction.
pub(in crate::http) async fn rule_in(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: &str,
    ruling: &Ruling,
    why: &str,
    expected: u32,
) -> Result<Ruled, Outcome> {
    let key = key(caller, id)?;
    let current = reached(tx, caller, key).await?;
    // Before anything is made of a version that somebody else has changed; and again with the row
    // locked, below.
    if current.version != expected {
        return Err(stale());
    }
    let text = current.json(id)?;
    let version = match ruling {
        Ruling::Accept => counted(tx, app, caller, id, &current, &text, None).await?,
        Ruling::Doubt(reason) => {
            counted(tx, app, caller, id, &current, &text, Some(*reason)).await?
        }
        Ruling::Reject => {
            let text = with_status(&text, "entered-in-error")?;
            let document = parsed(&text)?;
            let root = document.root();
            let done = update_in(tx, app, caller, id, root, AT, Some(expected)).await?;
            Some(done.version)
        }
        Ruling::Fix(fixes) => {
            let text = match fixed(&text, fixes)? {
                Ok(text) => text,
                Err(place) => return Ok(Ruled::NoNumber(place)),
            };
            let document = parsed(&text)?;
            let (new, _) = examined(app, caller, &current, document.root(), AT).await?;
            if let Some(reason) = Quarantine::from_number(new.quarantine) {
                return Ok(Ruled::Still(reason));
            }
            let root = document.root();
            let done = update_in(tx, app, caller, id, root, AT, Some(expected)).await?;
            (done.version > expected).then_some(done.version)
        }
    };
    let Some(version) = version else { return Ok(Ruled::Same) };
    provenance(tx, app, caller, id, version, ruling, why).await?;
    Ok(Ruled::Done(version))
}

/// The same content as a version that counts, or does not for this reason.
async fn counted(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: &str,
    current: &StoredObservation,
    text: &str,
    reason: Option<Quarantine>,
) -> Result<Option<u32>, Outcome> {
    let document = parsed(text)?;
    let (mut new, _) = examined(app, caller, current, document.root(), AT).await?;
    new.quarantine = reason.map_or(0, Quarantine::number);
    let (store, received) = (&caller.municipality().store, app.clock().now());
    let expected = Some(current.version);
    match store.rule_in(tx, current.key, &new, expected, received).await? {
        Updated::Version(version) => {
            caller.trail().readings([current.key]);
            caller.trail().resource(AT, id, version, Some(current.key.citizen));
            Ok(Some(version))
        }
        Updated::Unchanged(_) => Ok(None),
        Updated::Stale(_) => Err(stale()),
        Updated::Missing => Err(Outcome::not_found()),
    }
}

/// Who decided what and why, for whoever reads the reading's history.
async fn provenance(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: &str,
    version: u32,
    ruling: &Ruling,
    why: &str,
) -> Result<(), Outcome> {
    let who = actor(caller.principal(), &caller.municipality().store);
    let body = json!({
        "resourceType": "Provenance",
        "target": [{"reference": format!("Observation/{id}/_history/{version}")}],
        "recorded": app.clock().now().to_string(),
        "activity": {
            "coding": [{"system": OPERATION, "code": "UPDATE"}],
            "text": ruling.as_str(),
        },
        "reason": [{"text": why}],
        "agent": [{
            "type": {"coding": [{"system": PARTICIPANT, "code": "author"}]},
            "role": [{"text": who.role}],
            "who": {"identifier": {"system": who.issuer, "value": who.subject}},
        }],
    })
    .to_string();
    let document = parsed(&body)?;
    let kind = "Provenance";
    resource::create_in(tx, app, caller, kind, document.root(), kind, None).await?;
    Ok(())
}

/// Our own JSON.
fn parsed(text: &str) -> Result<Document<'_>, StoreError> {
    Document::parse(text.as_bytes()).map_err(|error| StoreError::damaged("observation", error))
}

/// The text with the value at that place written anew.
fn replaced(text: &str, value: Value<'_>, new: &str) -> String {
    let (start, end) = (value.offset(), value.offset() + value.raw().len());
    [text.get(..start).unwrap_or(""), new, text.get(end..).unwrap_or("")].concat()
}

fn with_status(text: &str, status: &str) -> Result<String, StoreError> {
    let document = parsed(text)?;
    let sent = document.root().get("status");
    let sent = sent.ok_or_else(|| StoreError::damaged("observation", "no status"))?;
    Ok(replaced(text, sent, &format!("\"{status}\"")))
}

/// The text with other values, or the place where there is none.
fn fixed(text: &str, fixes: &[Fix]) -> Result<Result<String, usize>, Outcome> {
    let mut text = text.to_owned();
    for fix in fixes {
        let document = parsed(&text)?;
        let Some(quantity) = quantity(document.root(), fix.place) else {
            return Ok(Err(fix.place));
        };
        let new = with_value(quantity, fix)?;
        text = replaced(&text, quantity, &new);
    }
    Ok(Ok(text))
}

/// The quantity of that place: 0 = the value, 1 = that of the first component, and so on.
pub(in crate::http) fn quantity(resource: Value<'_>, place: usize) -> Option<Value<'_>> {
    match place.checked_sub(1) {
        None => resource.get("valueQuantity"),
        Some(component) => resource.each("component").nth(component)?.get("valueQuantity"),
    }
}

/// The quantity with another number or unit; what else it says stays.
fn with_value(quantity: Value<'_>, fix: &Fix) -> Result<String, Outcome> {
    let mut out = String::from("{");
    let mut push = |name: &str, raw: &str| {
        if out.len() > 1 {
            out.push(',');
        }
        push_string(&mut out, name);
        out.push(':');
        out.push_str(raw);
    };
    match &fix.value {
        Some(value) if is_decimal(value) => push("value", value),
        Some(_) => return Err(not_a_number()),
        None => {
            if let Some(value) = quantity.get("value") {
                push("value", value.raw());
            }
        }
    }
    let replaced: &[&str] =
        if fix.unit.is_some() { &["value", "unit", "system", "code"] } else { &["value"] };
    for (name, member) in quantity.members().filter(|(name, _)| !replaced.contains(name)) {
        push(name, member.raw());
    }
    if let Some(unit) = &fix.unit {
        let mut written = String::new();
        push_string(&mut written, unit);
        push("unit", &written);
        push("system", &format!("\"{UCUM}\""));
        push("code", &written);
    }
    out.push('}');
    Ok(out)
}

/// Whether it is a decimal as FHIR has it, without an exponent and of at most 18 digits.
pub(in crate::http) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let leading = whole.len() > 1 && whole.starts_with('0');
    all_digits(whole) && !leading && fraction.is_none_or(all_digits) && digits.len() <= 19
}

fn not_a_number() -> Outcome {
    Outcome::refused(vec![Issue::error(
        IssueCode::Value,
        "not-a-number",
        AT,
        "expected a decimal number",
    )])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = r#"{"status":"final","valueQuantity":{"value":176.40,"comparator":"<","unit":"kg","system":"http://unitsofmeasure.org","code":"kg","_value":{"id":"x"}},"component":[{"code":{"text":"a"}},{"valueQuantity":{"value":1,"unit":"odd"}}]}"#;

    fn fix(place: usize, value: Option<&str>, unit: Option<&str>) -> Fix {
        Fix { place, value: value.map(str::to_owned), unit: unit.map(str::to_owned) }
    }

    #[test]
    fn only_what_is_fixed_is_written_anew() {
        let pounds = fixed(SENT, &[fix(0, None, Some("[lb_av]"))]).expect("JSON").expect("there");
        let was = r#""value":176.40,"comparator":"<","unit":"kg","system":"http://unitsofmeasure.org","code":"kg","_value":{"id":"x"}"#;
        let is = r#""value":176.40,"comparator":"<","_value":{"id":"x"},"unit":"[lb_av]","system":"http://unitsofmeasure.org","code":"[lb_av]""#;
        assert_eq!(pounds, SENT.replace(was, is));
        let both = [fix(0, Some("80.0"), None), fix(2, Some("7"), Some("kg"))];
        let both = fixed(SENT, &both).expect("JSON").expect("there");
        assert!(both.contains(r#""value":80.0,"comparator""#), "{both}");
        assert!(both.contains(r#"{"value":7,"unit":"kg","system""#), "{both}");
        assert_eq!(fixed(SENT, &[fix(1, None, Some("kg"))]).expect("JSON"), Err(1));
        assert_eq!(fixed(SENT, &[fix(3, None, Some("kg"))]).expect("JSON"), Err(3));
        assert_eq!(
            with_status(SENT, "entered-in-error").expect("JSON"),
            SENT.replace("final", "entered-in-error")
        );
    }

    #[test]
    fn numbers_are_decimals() {
        for good in ["0", "80", "80.5", "-1.20", "0.001"] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in ["", "-", "1.", ".5", "01", "1e3", "1,5", "NaN", "+1", "1 ", "\"1\"", "1}"] {
            assert!(!is_decimal(bad), "{bad}");
        }
    }
}
