//! What a view is asked for with.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use pulsvagt_fhir::datetime::parse_instant;
use pulsvagt_fhir::view::View;
use pulsvagt_fhir::{Issue, IssueCode, Value};

use super::super::pairs;
use super::{Outcome, bulk, resource};
use crate::clock::Micros;
use crate::http::Caller;
use crate::ids::{CitizenNo, is_fhir_id};
use crate::store::StoreError;
use crate::store::bulk::Members;

/// The parameters that may stand in the address too.
pub(in crate::http::fhir) const PARAMETERS: [&str; 6] =
    ["_format", "header", "patient", "group", "_since", "_limit"];

/// Parameters of the operation that are not offered.
const NOT_OFFERED: [&str; 3] = ["viewReference", "resource", "source"];

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// An array of objects.
    Json,
    /// An object a line.
    Ndjson,
    /// RFC 4180.
    Csv,
}

impl Format {
    /// Of a parameter, where media types are understood too.
    fn named(name: &str) -> Option<Self> {
        match name.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
            "json" | "application/json" | "application/fhir+json" | "application/fhir json" => {
                Some(Self::Json)
            }
            "ndjson"
            | "application/x-ndjson"
            | "application/ndjson"
            | "application/fhir+ndjson"
            | "application/fhir ndjson" => Some(Self::Ndjson),
            "csv" | "text/csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// The media type, with whether CSV begins with the names of the columns.
    pub(super) fn kind(self, header: bool) -> &'static str {
        match (self, header) {
            (Self::Json, _) => "application/json; charset=utf-8",
            (Self::Ndjson, _) => "application/x-ndjson",
            (Self::Csv, true) => "text/csv; charset=utf-8; header=present",
            (Self::Csv, false) => "text/csv; charset=utf-8; header=absent",
        }
    }
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) view: View,
    pub(super) format: Format,
    pub(super) header: bool,
    pub(super) since: Option<Micros>,
    /// Most rows.
    pub(super) limit: Option<u64>,
    patient: Option<String>,
    groups: Vec<String>,
}

/// Reads a `Parameters` resource, or a `ViewDefinition` alone, and the address.
pub(super) fn parse(headers: &HeaderMap, query: &str, root: Value<'_>) -> Result<Asked, Outcome> {
    let mut parameters: Vec<(String, String)> = pairs(query);
    let mut view: Option<(Value<'_>, String)> = None;
    match root.str_at("resourceType").as_deref() {
        Some("ViewDefinition") => view = Some((root, "ViewDefinition".to_owned())),
        Some("Parameters") => {
            for (number, parameter) in root.each("parameter").enumerate() {
                let place = format!("Parameters.parameter[{number}]");
                let name = parameter.str_at("name").unwrap_or_default();
                if name == "viewResource" {
                    let place = format!("{place}.resource");
                    let given = parameter.get("resource");
                    let given = given.ok_or_else(|| wrong(&place, "is missing"))?;
                    if view.replace((given, place.clone())).is_some() {
                        return Err(wrong(&place, "there is one view at a time"));
                    }
                } else {
                    let value = value(parameter);
                    let value = value.ok_or_else(|| wrong(&place, "has no value"))?;
                    parameters.push((name.into_owned(), value));
                }
            }
        }
        _ => return Err(wrong("", "send a Parameters resource or a ViewDefinition")),
    }
    let mut asked = parsed(headers, &parameters)?;
    let (view, place) = view.ok_or_else(|| wrong("viewResource", "is missing"))?;
    let refused = |issue: Issue| Outcome::new(StatusCode::UNPROCESSABLE_ENTITY, vec![issue]);
    let view = View::parse(view, &place).map_err(refused)?;
    if !bulk::is_exported(view.resource(), crate::store::bulk::Level::System) {
        let (key, text) = ("view-not-supported", "resources of this type are not kept here");
        let place = format!("{place}.resource");
        return Err(refused(Issue::error(IssueCode::NotSupported, key, place, text)));
    }
    asked.view = Some(view);
    asked.whole().ok_or_else(|| wrong("viewResource", "is missing"))
}

/// The value of a parameter, as it would stand in an address.
fn value(parameter: Value<'_>) -> Option<String> {
    if let Some((_, value)) = parameter.members().find(|(name, _)| name.starts_with("value")) {
        let value = value.get("reference").unwrap_or(value);
        return match value.as_str() {
            Some(text) => Some(text.into_owned()),
            None => (!value.is_object() && !value.is_array()).then(|| value.raw().to_owned()),
        };
    }
    // Its name alone decides.
    parameter.get("resource").map(|_| String::new())
}

/// What has been read so far.
#[derive(Default)]
struct Draft {
    view: Option<View>,
    format: Option<Format>,
    header: Option<bool>,
    since: Option<Micros>,
    limit: Option<u64>,
    patient: Option<String>,
    groups: Vec<String>,
}

impl Draft {
    fn whole(self) -> Option<Asked> {
        Some(Asked {
            view: self.view?,
            format: self.format.unwrap_or(Format::Json),
            header: self.header.unwrap_or(true),
            since: self.since,
            limit: self.limit,
            patient: self.patient,
            groups: self.groups,
        })
    }
}

fn parsed(headers: &HeaderMap, parameters: &[(String, String)]) -> Result<Draft, Outcome> {
    let mut draft = Draft::default();
    for (name, value) in parameters {
        let value = value.trim();
        let twice = match name.as_str() {
            "_format" => {
                let format = Format::named(value)
                    .ok_or_else(|| not_supported("_format", "offered are json, ndjson and csv"))?;
                draft.format.replace(format).is_some()
            }
            "header" => {
                let header = value.parse().map_err(|_| wrong(name, "has to be true or false"))?;
                draft.header.replace(header).is_some()
            }
            "_since" => {
                let since = parse_instant(&value.replace(' ', "+"));
                let since = since.ok_or_else(|| wrong(name, "has to be an instant"))?;
                draft.since.replace(Micros(since.range_utc().0)).is_some()
            }
            "_limit" => {
                let limit = value.parse().ok().filter(|limit| *limit > 0);
                let limit = limit.ok_or_else(|| wrong(name, "has to be a number of rows"))?;
                draft.limit.replace(limit).is_some()
            }
            "patient" => draft.patient.replace(value.to_owned()).is_some(),
            "group" => {
                draft.groups.push(value.to_owned());
                false
            }
            _ if NOT_OFFERED.contains(&name.as_str()) => {
                let text = "not offered: the view comes inline, and the data is what is kept here";
                return Err(not_supported(name, text));
            }
            _ => return Err(not_supported("", "a parameter is not one of this operation")),
        };
        if twice {
            return Err(wrong(name, "is there twice"));
        }
    }
    if draft.format.is_none() {
        draft.format = Some(accepted(headers)?);
    }
    Ok(draft)
}

/// The first of the accepted media types that is offered.
fn accepted(headers: &HeaderMap) -> Result<Format, Outcome> {
    let mut any = false;
    for value in headers.get_all(ACCEPT) {
        for range in value.to_str().unwrap_or("").split(',') {
            any = true;
            let refused = range.split(';').any(|part| part.trim().eq_ignore_ascii_case("q=0"));
            let format = match range.split(';').next().unwrap_or("").trim() {
                "*/*" | "application/*" => Some(Format::Json),
                "text/*" => Some(Format::Csv),
                kind => Format::named(kind),
            };
            if let (false, Some(format)) = (refused, format) {
                return Ok(format);
            }
        }
    }
    if !any {
        return Ok(Format::Json);
    }
    Err(Outcome::one(
        StatusCode::NOT_ACCEPTABLE,
        IssueCode::NotSupported,
        "not-acceptable",
        "answers are application/json, application/x-ndjson or text/csv",
    ))
}

/// Whose resources are asked for.
pub(super) async fn members(caller: &Caller, asked: &Asked) -> Result<Members, Outcome> {
    let store = &caller.municipality().store;
    let mut members: Option<Vec<CitizenNo>> = None;
    for group in &asked.groups {
        let id = id(caller, group, "Group").ok_or_else(|| wrong("group", "has to be a Group"))?;
        bulk::may_read(caller, "Group")?;
        let group = resource::group(caller, id).await;
        let group = group.map_err(|outcome| unknown(outcome, "group"))?;
        let group = bulk::people(group)?;
        members.get_or_insert_default().extend(store.group_members(&group, caller.base()).await?);
    }
    if let Some(patient) = &asked.patient {
        let id = id(caller, patient, "Patient");
        let id = id.ok_or_else(|| wrong("patient", "has to be a Patient"))?;
        let gone = || unknown(Outcome::not_found(), "patient");
        let no = store.citizen_no(id).await?.ok_or_else(gone)?;
        match caller.may_see(Some(no)).await {
            Err(StoreError::OutOfSight) => return Err(gone()),
            other => other?,
        }
        match &mut members {
            Some(members) => members.retain(|member| *member == no),
            None => members = Some(vec![no]),
        }
    }
    Ok(members.map_or_else(Members::everybody, Members::of))
}

/// The id of a reference of that type to what is kept here.
fn id<'r>(caller: &Caller, reference: &'r str, kind: &str) -> Option<&'r str> {
    let own = reference.strip_prefix(caller.base()).and_then(|rest| rest.strip_prefix('/'));
    let id = own.unwrap_or(reference).strip_prefix(kind)?.strip_prefix('/')?;
    is_fhir_id(id).then_some(id)
}

/// The definition of the operation wants 400 where what is asked about is not there.
fn unknown(outcome: Outcome, place: &str) -> Outcome {
    if outcome.status() != StatusCode::NOT_FOUND {
        return outcome;
    }
    let issue = Issue::error(IssueCode::NotFound, "not-found", place, "no such resource");
    Outcome::new(StatusCode::BAD_REQUEST, vec![issue])
}

fn wrong(place: &str, text: &str) -> Outcome {
    let issue = Issue::error(IssueCode::Invalid, "bad-parameter", place, text);
    Outcome::new(StatusCode::BAD_REQUEST, vec![issue])
}

fn not_supported(place: &str, text: &str) -> Outcome {
    let issue = Issue::error(IssueCode::NotSupported, "unknown-parameter", place, text);
    Outcome::new(StatusCode::BAD_REQUEST, vec![issue])
}
