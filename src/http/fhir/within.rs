//! What the scopes of a token cover: searches are narrowed to it, and one resource is compared
//! with it.

use pulsvagt_fhir::facts::{Coding, Facts};
use pulsvagt_fhir::{Document, Value};

use super::Outcome;
use crate::access::scope::{Code, Element, Limit};
use crate::access::{Interaction, Within};
use crate::http::Caller;
use crate::ingest::out_of_scope;
use crate::store::observations::Identifier;
use crate::store::resources::{Criterion, Filter, How, Parameter, StoredResource, parameters};
use crate::store::search::{About, ObservationQuery, Test, Token};
use crate::store::{Store, StoreError};

/// Which readings a search may find, as conditions on their templates; no list where all. Who may
/// find none has been refused before.
pub(super) fn tests(caller: &Caller) -> Vec<Vec<Test>> {
    let test = |limit: Limit| Test {
        about: match limit.element {
            Element::Category => About::Category,
            Element::Code => About::Code,
        },
        tokens: limit.any.into_iter().map(|Code { system, code }| Token { system, code }).collect(),
        negate: false,
    };
    lists(caller, "Observation")
        .into_iter()
        .map(|limits| limits.into_iter().map(test).collect())
        .collect()
}

/// Which resources of another type a search may find; no list where all.
pub(super) fn filters(caller: &Caller, kind: &str) -> Vec<Vec<Filter>> {
    let filter = |limit: Limit| {
        let name = limit.element.as_str();
        let Some(parameter) = parameters(kind).iter().find(|listed| listed.name == name) else {
            return Filter { parameter: &NOTHING, any: Vec::new() };
        };
        let any = limit
            .any
            .into_iter()
            .map(|Code { system, code }| Criterion::Token { system, code })
            .collect();
        Filter { parameter, any }
    };
    lists(caller, kind).into_iter().map(|limits| limits.into_iter().map(filter).collect()).collect()
}

/// Stands where a limit is by what the type does not have: with no value to be equal to, nothing
/// is.
static NOTHING: Parameter = Parameter { name: "_id", how: How::Id, paths: &[] };

/// Leaves out citizens out of the caller's sight, as if there were none such, and those whose data
/// must not be processed. The citizen's own access stays.
///
/// # Errors
/// 403 when one of the latter is asked for.
pub(super) async fn leave_out(
    store: &Store,
    caller: &Caller,
    query: &mut ObservationQuery,
) -> Result<(), Outcome> {
    query.sight = caller.sight().clone();
    if let Some(asked) = &query.citizens {
        query.citizens = Some(store.seen(caller.sight(), asked).await?);
    }
    query.denied = (*caller.denials().await?).clone();
    if caller.is_citizen() {
        return Ok(());
    }
    query.except = store.restricted().await?;
    let mut asked = query.citizens.iter().flatten();
    if asked.any(|citizen| query.except.contains(citizen)) {
        return Err(StoreError::Restricted.into());
    }
    Ok(())
}

/// The logical id of the one citizen in sight who has this identifier: the address of a result tells
/// it.
pub(super) async fn named(
    store: &Store,
    caller: &Caller,
    identifier: &Identifier,
) -> Result<Option<String>, StoreError> {
    let Some(id) = store.citizen_by_identifier(identifier).await? else { return Ok(None) };
    let Some(citizen) = store.citizen_no(&id).await? else { return Ok(None) };
    Ok(store.sees(caller.sight(), citizen).await?.then_some(id))
}

fn lists(caller: &Caller, kind: &str) -> Vec<Vec<Limit>> {
    match caller.principal().within(Interaction::Search, kind) {
        Within::Everything => Vec::new(),
        Within::Any(lists) => lists,
        // A limit that nothing fits.
        Within::Nothing => vec![vec![Limit { element: Element::Code, any: Vec::new() }]],
    }
}

/// Whether the scopes cover a reading of that template.
pub(super) fn covers_reading(caller: &Caller, interaction: Interaction, facts: &Facts) -> bool {
    caller.principal().covers(interaction, "Observation", &facts.categories, &facts.codings)
}

/// Whether the scopes cover a resource that is not a reading.
pub(super) fn covers(
    caller: &Caller,
    interaction: Interaction,
    kind: &str,
    resource: Value<'_>,
) -> bool {
    if caller.principal().scopes().is_none() {
        return true;
    }
    let (categories, codes) = (codings(resource, "category"), codings(resource, "code"));
    caller.principal().covers(interaction, kind, &categories, &codes)
}

/// Refuses to write a resource that the scopes do not cover.
pub(super) fn require(
    caller: &Caller,
    interaction: Interaction,
    kind: &str,
    resource: Value<'_>,
    at: &str,
) -> Result<(), Outcome> {
    if covers(caller, interaction, kind, resource) {
        Ok(())
    } else {
        Err(Outcome::refused(vec![out_of_scope(at)]))
    }
}

/// Whether the scopes cover a version of a resource that is stored.
pub(super) fn covers_stored(
    caller: &Caller,
    interaction: Interaction,
    stored: &StoredResource,
) -> Result<bool, Outcome> {
    match caller.principal().within(interaction, &stored.kind) {
        Within::Everything => Ok(true),
        Within::Nothing => Ok(false),
        Within::Any(_) => {
            let json = stored.json();
            let document = Document::parse(json.as_bytes())
                .map_err(|error| Outcome::failed(StoreError::damaged("resource", error)))?;
            Ok(covers(caller, interaction, &stored.kind, document.root()))
        }
    }
}

/// The codings of an element that is a `CodeableConcept`, or a list of them; the same that a search
/// by it looks at.
fn codings(resource: Value<'_>, name: &str) -> Vec<Coding> {
    let Some(element) = resource.get(name) else { return Vec::new() };
    let concepts: Vec<Value<'_>> =
        if element.is_array() { element.items().collect() } else { vec![element] };
    concepts
        .into_iter()
        .flat_map(|concept| concept.each("coding"))
        .filter_map(|coding| {
            let system = coding.str_at("system").unwrap_or_default().into_owned();
            Some(Coding { system, code: coding.str_at("code")?.into_owned() })
        })
        .collect()
}
