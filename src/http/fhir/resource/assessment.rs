//! `RiskAssessment`s of approved risk models. They stand in no table of resources: each is the newest
//! score of a citizen by a model that may score at this moment. Its version is the day that it is of.

use super::query::Understood;
use super::{note, reached};
use crate::access::Interaction;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::api::risk::NEWEST;
use crate::http::fhir::{Outcome, within};
use crate::ids::CitizenNo;
use crate::projection::predicted;
use crate::risk::home::HomeError;
use crate::risk::live::{LiveError, Told, told};
use crate::store::resources::{Criterion, Found, Place, StoredResource};
use crate::store::{Store, StoreError};

pub(super) const KIND: &str = "RiskAssessment";
const SEALED: &[u8] = b"risk-assessment";
/// Characters of a model's hash in an id.
const HASH: usize = 16;

/// The assessment of that id, if it is one of a model that may score now.
pub(super) async fn one(
    caller: &Caller,
    id: &str,
    now: Micros,
) -> Result<Option<StoredResource>, Outcome> {
    let Some(citizen) = open(&caller.municipality().store, id) else { return Ok(None) };
    let all = of(caller, citizen, now).await?;
    Ok(all.into_iter().find(|made| made.id == id))
}

/// Adds the assessments of the citizens that are asked for, and of ids, to the first page of a search. They
/// are found by the citizen or the id, and not by going through everybody.
pub(super) async fn add(
    caller: &Caller,
    understood: &Understood,
    now: Micros,
    found: &mut Found,
) -> Result<(), Outcome> {
    let (query, store) = (&understood.query, &caller.municipality().store);
    if query.after.is_some() {
        return Ok(());
    }
    let mut named: Vec<(String, CitizenNo)> = Vec::new();
    for id in query.citizens_named() {
        if let Some(citizen) = store.citizen_no(id).await? {
            named.push((id.to_owned(), citizen));
        }
    }
    let ids = query.filters.iter().flat_map(|filter| &filter.any).filter_map(|one| match one {
        Criterion::Id(id) => open(store, id),
        _ => None,
    });
    let mut citizens: Vec<CitizenNo> =
        named.iter().map(|(_, citizen)| *citizen).chain(ids).collect();
    citizens.sort_unstable();
    citizens.dedup();
    let mut made = Vec::new();
    for citizen in store.seen(caller.sight(), &citizens).await? {
        for assessment in of(caller, citizen, now).await? {
            let fits = assessment.fits(&query.filters, &named, store.zone(), caller.base())?;
            if !fits || !within::covers_stored(caller, Interaction::Search, &assessment)? {
                continue;
            }
            match reached(caller, Some(assessment)).await {
                Ok(assessment) => {
                    caller.may_see(Some(citizen)).await?;
                    note(caller, &assessment);
                    made.push(assessment);
                }
                Err(refused) if refused.status() == axum::http::StatusCode::NOT_FOUND => {}
                Err(error) => return Err(error),
            }
        }
    }
    let count = made.len();
    if let Some(total) = &mut found.total {
        *total += u64::try_from(count).unwrap_or(0);
    }
    if understood.only_count || count == 0 {
        return Ok(());
    }
    // No more than the page may hold, as long as there is something to go on from.
    let kept = usize::try_from(query.limit).unwrap_or(usize::MAX).saturating_sub(count).max(1);
    if found.resources.len() > kept {
        found.resources.truncate(kept);
        let last = found.resources.last();
        found.next = last.map(|last| Place { updated: last.updated, id: last.id.clone() });
    }
    made.append(&mut found.resources);
    found.resources = made;
    Ok(())
}

async fn of(
    caller: &Caller,
    citizen: CitizenNo,
    now: Micros,
) -> Result<Vec<StoredResource>, Outcome> {
    let (store, denials) = (&caller.municipality().store, caller.denials().await?);
    let offset = store.zone().to_offset(now.to_jiff()).seconds();
    let since = pulsvagt_analytics::summary::local_day(now.0, offset) - NEWEST;
    let scores = told(store, citizen, since, &denials, now).await.map_err(|error| match error {
        LiveError::Home(HomeError::Store(error)) => error,
        error => StoreError::damaged("risk_model", error),
    })?;
    if scores.is_empty() {
        return Ok(Vec::new());
    }
    let subject = store.citizen_id(citizen).await?;
    let made = scores.iter().map(|told| make(store, told, citizen, &subject));
    Ok(made.collect::<Result<_, StoreError>>()?)
}

fn make(
    store: &Store,
    told: &Told,
    citizen: CitizenNo,
    subject: &str,
) -> Result<StoredResource, StoreError> {
    let mut key = citizen.0.to_le_bytes().to_vec();
    key.extend(told.by.model.hash.bytes().take(HASH));
    let id = store.sealer().seal_bytes(SEALED, key);
    let json = predicted(told, subject).to_string();
    let day = u32::try_from(told.day).unwrap_or(0);
    StoredResource::made(KIND, id, (day, told.at), citizen, &json)
}

/// The citizen of an id.
fn open(store: &Store, id: &str) -> Option<CitizenNo> {
    let key = store.sealer().open_bytes(SEALED, id)?;
    let (citizen, _) = key.split_first_chunk()?;
    Some(CitizenNo(i32::from_le_bytes(*citizen)))
}
