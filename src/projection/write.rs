//! Hands what was projected to the store, in the transaction of the alert's change.
//!
//! Whoever changes an alert calls [`tell`] in the same transaction. What could not be told then,
//! because a claim ran out on its own or an older server was at work, [`catch_up`] tells later.

use pulsvagt_fhir::validate::{Context, validate};
use pulsvagt_fhir::{Document, Issue};

use std::collections::BTreeMap;

use pulsvagt_analytics::Screening;

use super::json::MOST_REFERENCES;
use super::{Case, PackFacts, Projected, project};
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo};
use crate::store::resources::{NewResource, Updated, known_kind};
use crate::store::{Store, StoreError, Tx};
use crate::triage::Alert;

/// Why a projection was not written.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The resource is not FHIR: a fault of this program. Names where and what rule, no values.
    #[error("the projected {kind} is not valid at {at}: {key}")]
    Invalid {
        /// Its type.
        kind: &'static str,
        /// Where.
        at: String,
        /// Which rule.
        key: String,
    },
}

/// Tells other systems what an alert is now, and says how many resources are new versions.
/// `screening` is the one that changed it, if one did.
///
/// # Errors
/// When the store fails or a resource is not valid; then the transaction must not be committed.
pub async fn tell(
    store: &Store,
    tx: &mut Tx,
    alert: AlertId,
    screening: Option<&Screening>,
    pack: &PackFacts,
    now: Micros,
) -> Result<usize, ProjectionError> {
    let Some(untold) = store.untold_in(tx, alert).await? else { return Ok(0) };
    let readings = match screening {
        Some(screening) => readings(store, tx, &untold.alert, screening).await?,
        None => BTreeMap::new(),
    };
    let resources = project(&Case {
        alert: &untold.alert,
        events: &untold.events,
        told: untold.told,
        citizen: &untold.citizen_id,
        screening,
        readings: &readings,
        pack,
    });
    let changed = write(store, tx, Some(untold.alert.citizen), &resources, now).await?;
    store.told_in(tx, &untold.alert).await?;
    Ok(changed)
}

/// How many alerts [`catch_up`] tells of at a time.
const BATCH: u16 = 100;

/// Tells of all alerts whose present version was not told of, each in its own transaction, and says
/// how many there were. For the job that ends what has run out.
///
/// # Errors
/// When the store fails or a resource is not valid.
pub async fn catch_up(
    store: &Store,
    pack: &PackFacts,
    now: Micros,
) -> Result<usize, ProjectionError> {
    let mut told = 0;
    loop {
        let alerts = store.untold(BATCH).await?;
        for alert in &alerts {
            let citizen = store.alert(*alert).await?.map(|alert| alert.citizen);
            let mut tx = store.begin().await?;
            tell(store, &mut tx, *alert, None, pack, now).await?;
            let entry = Entry::of_system("triage", "tell-alert", now).with("Alert", alert, 0);
            tx.commit(&Block::of(entry.about(citizen))).await?;
        }
        told += alerts.len();
        if alerts.len() < usize::from(BATCH) {
            return Ok(told);
        }
    }
}

/// The readings that each rule of the alert rests on.
async fn readings(
    store: &Store,
    tx: &mut Tx,
    alert: &Alert,
    screening: &Screening,
) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let mut days = Vec::new();
    let verdicts: Vec<_> = screening
        .verdicts
        .iter()
        .filter(|verdict| alert.findings.iter().any(|finding| *finding.rule == *verdict.rule))
        .map(|verdict| {
            let mut inputs: Vec<_> =
                verdict.inputs.iter().map(|input| (input.signal, input.day)).collect();
            // The newest days have the most to say, and twenty readings are enough.
            inputs.sort_unstable_by_key(|(signal, day)| (std::cmp::Reverse(*day), *signal));
            inputs.truncate(MOST_REFERENCES);
            days.extend_from_slice(&inputs);
            (verdict.rule.to_string(), inputs)
        })
        .collect();
    days.sort_unstable();
    days.dedup();
    let limit = u16::try_from(MOST_REFERENCES).unwrap_or(u16::MAX);
    let found = store.readings_in(tx, alert.citizen, &days, limit).await?;
    Ok(verdicts
        .into_iter()
        .map(|(rule, inputs)| {
            let of_day = |day| found.get(&day).cloned().unwrap_or_default();
            let readings = inputs.into_iter().flat_map(of_day).take(MOST_REFERENCES);
            (rule, readings.collect())
        })
        .collect())
}

/// Writes the resources of one citizen, or of nobody, and says how many of them are new versions.
/// What says what is stored already is left alone, so writing again does nothing.
///
/// # Errors
/// When the store fails, or when a resource is not valid; then nothing of the transaction may be
/// committed.
pub async fn write(
    store: &Store,
    tx: &mut Tx,
    citizen: Option<CitizenNo>,
    resources: &[Projected],
    now: Micros,
) -> Result<usize, ProjectionError> {
    let mut changed = 0;
    for projected in resources {
        let new = prepared(store, citizen, projected)?;
        match store.update_resource_in(tx, new, None, now).await? {
            Updated::Created(_) | Updated::Version(_) => changed += 1,
            Updated::Unchanged(_) | Updated::Stale(_) => {}
        }
    }
    Ok(changed)
}

fn prepared(
    store: &Store,
    citizen: Option<CitizenNo>,
    projected: &Projected,
) -> Result<NewResource, ProjectionError> {
    let invalid = |at: &str, key: &str| ProjectionError::Invalid {
        kind: projected.kind,
        at: at.to_owned(),
        key: key.to_owned(),
    };
    let text = projected.resource.to_string();
    let document = Document::parse(text.as_bytes()).map_err(|_| invalid("", "not-json"))?;
    let kind = known_kind(projected.kind).ok_or_else(|| invalid("", "not-kept"))?;
    let mut issues: Vec<Issue> = Vec::new();
    validate(document.root(), kind, Context::default(), &mut issues);
    if let Some(issue) = issues.iter().find(|issue| issue.is_error()) {
        return Err(invalid(&issue.expression, issue.key));
    }
    let id = projected.id.clone();
    Ok(NewResource::new(kind, id, citizen, document.root(), store.zone(), ""))
}
