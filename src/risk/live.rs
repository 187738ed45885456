//! Models that score citizens: which may, the scores of a night, and whether things have moved.
//!
//! A night's scores are as of the beginning of the local day, from the rows that fitting and evaluating
//! see ([`home`](super::home)). Any number of servers may do the same night; the first score of a citizen
//! and day stays, and all would write the same.

use std::collections::{BTreeMap, HashMap};

use jiff::civil;
use pulsvagt_analytics::risk::drift::{self, Drift, Watch};
use pulsvagt_analytics::risk::gate::may_score;
use pulsvagt_analytics::risk::home::{After, Course, Features, Target};
use pulsvagt_analytics::risk::ndjson::cluster;
use pulsvagt_analytics::risk::{Cleared, Explanation, GateError, Model, ModelError, Row, Table};
use pulsvagt_analytics::statistics::Scored;

use super::home::{HomeError, Looked, courses, known};
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::consent::Denials;
use crate::ids::CitizenNo;
use crate::screening::Knowing;
use crate::store::risk::{RiskNight, RiskScore, StoredApproval};
use crate::store::{Store, StoreError};

/// Citizens that are in memory at a time.
const TOGETHER: u32 = 32;
/// What scores are made for (HL7 v3 `PurposeOfUse`).
const CARE: &str = "TREAT";
/// Outcomes are compared with the scores of so many days, each so many days before the next.
const LOOKED_BACK: i32 = 4;
const APART: i32 = 28;

/// Why a night was not done.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Rows, or the database.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// What had moved could not be written as JSON.
    #[error("what has moved could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl From<StoreError> for LiveError {
    fn from(error: StoreError) -> Self {
        Self::Home(error.into())
    }
}

/// A model that somebody has approved here, whether or not that still holds.
#[derive(Debug, Clone)]
pub struct InUse {
    /// The model.
    pub model: Model,
    /// Who answers for it.
    pub approval: StoredApproval,
}

impl InUse {
    /// The model, if it may score at the moment.
    ///
    /// # Errors
    /// What is missing.
    pub fn cleared(&self, store: &Store, now: Micros) -> Result<Cleared<'_>, GateError> {
        let StoredApproval { approval, evaluation, .. } = &self.approval;
        may_score(&self.model, store.code().as_str(), Some(evaluation), Some(approval), now.0)
    }
}

/// The models that were approved and not retired.
///
/// # Errors
/// When the database does not answer, or a model was changed there.
pub async fn in_use(store: &Store) -> Result<Vec<InUse>, StoreError> {
    let approvals = store.risk_approvals().await?;
    if approvals.is_empty() {
        return Ok(Vec::new());
    }
    let mut models: HashMap<String, Model> = store
        .risk_models()
        .await?
        .into_iter()
        .map(|it| (it.model.hash.clone(), it.model))
        .collect();
    let found = approvals.into_iter().filter_map(|approval| {
        Some(InUse { model: models.remove(&approval.approval.model)?, approval })
    });
    Ok(found.collect())
}

/// What a model says of a citizen, and why.
#[derive(Debug, Clone)]
pub struct Told {
    /// The model and who answers for it.
    pub by: InUse,
    /// As of the beginning of which local day, days since 1970.
    pub day: i32,
    /// When it was computed.
    pub at: Micros,
    /// The probability, term by term.
    pub explanation: Explanation,
}

/// The newest score of each model that may score now, not older than since a day; none of whoever denies
/// what it rests on.
///
/// # Errors
/// When the database does not answer, or a model was changed there.
pub async fn told(
    store: &Store,
    citizen: CitizenNo,
    since: i32,
    denials: &Denials,
    now: Micros,
) -> Result<Vec<Told>, LiveError> {
    let mut told = Vec::new();
    if !denials.allows_risk(citizen) {
        return Ok(told);
    }
    let used = in_use(store).await?;
    if used.is_empty() {
        return Ok(told);
    }
    let scores = store.risk_scores(citizen, since).await?;
    for by in used {
        let newest = scores.iter().find(|(model, _)| *model == by.model.hash);
        let Some((_, score)) = newest else { continue };
        let Ok(cleared) = by.cleared(store, now) else { continue };
        let explanation = cleared.score(&names(&by.model), &score.values)?;
        told.push(Told { day: score.day, at: score.at, explanation, by: by.clone() });
    }
    Ok(told)
}

/// The features of a model, in the order of its terms.
fn names(model: &Model) -> Vec<String> {
    model.terms.iter().map(|term| term.feature.clone()).collect()
}

/// A night of a model that was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Night {
    /// The model's hash.
    pub model: String,
    /// Citizens that were scored.
    pub scored: u32,
    /// How far things have moved.
    pub watch: Watch,
}

/// Scores everybody who is enrolled and at home by each model that may score, as of the beginning of a
/// local day (days since 1970), unless that was done.
///
/// # Errors
/// When the database does not answer, or a model cannot be applied; what is missing is done the next
/// time.
pub async fn night(store: &Store, day: i32, now: Micros) -> Result<Vec<Night>, LiveError> {
    let mut done = Vec::new();
    for used in in_use(store).await? {
        let hash = used.model.hash.clone();
        if store.risk_night(&hash).await?.is_some_and(|night| night.day >= day) {
            continue;
        }
        let cleared = match used.cleared(store, now) {
            Ok(cleared) => cleared,
            Err(refused) => {
                tracing::warn!(tenant = %store.code(), model = hash, %refused, "a risk model does not score");
                continue;
            }
        };
        let table = score_all(store, cleared, used.approval.id, day, now).await?;
        let mut watch =
            tokio::task::block_in_place(|| drift::watch(&used.model, &table, false, 1))?;
        if let Some(target) = used.model.target {
            let units = followed(store, &hash, target, day, now).await?;
            watch.calibrate((!units.is_empty()).then_some(&units[..]), 1);
        }
        let scored = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
        let body = serde_json::to_string(&watch)?;
        let mut tx = store.begin().await?;
        store.put_risk_night_in(&mut tx, &hash, &RiskNight { day, at: now, scored, body }).await?;
        let entry = Entry::of_system("risk", "risk-night", now);
        tx.commit(&Block::of(entry.with("RiskModel", &hash, 0))).await?;
        done.push(Night { model: hash, scored, watch });
    }
    Ok(done)
}

/// The worst that has moved, and whether somebody has to look.
pub fn worst(watch: &Watch) -> (Drift, f64) {
    (watch.worst(), watch.features.first().map_or(0.0, |moved| moved.index))
}

async fn score_all(
    store: &Store,
    cleared: Cleared<'_>,
    approval: i64,
    day: i32,
    now: Micros,
) -> Result<Table, LiveError> {
    let outside = || HomeError::Days("there is no such day");
    let date = civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day));
    let date = date.map_err(|_| outside())?;
    let model = cleared.model();
    let names = names(model);
    let features = Features::new(names.iter().map(String::as_str)).map_err(HomeError::from)?;
    let mut table = Table { features: names.clone(), rows: Vec::new() };
    let denials = store.denials(CARE, now).await?;
    let mut after = CitizenNo(i32::MIN);
    loop {
        let mut citizens = store.citizens_after(after, TOGETHER).await?;
        let Some(newest) = citizens.last() else { break };
        after = *newest;
        citizens.retain(|citizen| denials.allows_risk(*citizen));
        let mut begun = BTreeMap::new();
        let looked =
            known(store, &features, &citizens, date, now, Knowing::Received, &mut begun).await?;
        let mut scores = Vec::new();
        for (citizen, looked) in looked {
            let Looked::Home(known) = looked else { continue };
            let probability = cleared.score(&names, &known.values)?.probability;
            let cluster = cluster(&citizen.0.to_string());
            table.rows.push(Row { cluster, values: known.values.clone(), ..Row::default() });
            let values = known.values;
            scores.push(RiskScore { citizen, day, approval, at: now, probability, values });
        }
        if scores.is_empty() {
            continue;
        }
        let mut tx = store.begin().await?;
        store.put_risk_scores_in(&mut tx, &model.hash, &scores).await?;
        let entry = Entry::of_system("risk", "risk-score", now).with("RiskModel", &model.hash, 0);
        tx.commit(&Block::of(entry.about(scores.iter().map(|it| it.citizen)))).await?;
    }
    Ok(table)
}

/// Scores of earlier days whose outcomes are known.
async fn followed(
    store: &Store,
    model: &str,
    target: Target,
    day: i32,
    now: Micros,
) -> Result<Vec<Scored>, LiveError> {
    let last = day.saturating_sub(target.span());
    let days: Vec<i32> = (0..LOOKED_BACK).map(|back| last.saturating_sub(back * APART)).collect();
    let scores = store.risk_scores_on(model, &days).await?;
    let mut units = Vec::new();
    // They come by citizen.
    let own: Vec<_> = scores.chunk_by(|one, other| one.0 == other.0).collect();
    for some in own.chunks(usize::try_from(TOGETHER).unwrap_or(1)) {
        let citizens: Vec<CitizenNo> =
            some.iter().filter_map(|own| own.first()).map(|(citizen, ..)| *citizen).collect();
        let courses = courses(store, &citizens, now, Knowing::Received).await?;
        for (citizen, day, score) in some.iter().copied().flatten() {
            let Some(ending) = courses.get(citizen) else { continue };
            let course = Course {
                stays: &ending.stays,
                died: ending.died,
                left: ending.left_after(*day),
                last: ending.last,
            };
            let case = match course.after(target, *day) {
                After::Case(_) => true,
                After::Free => false,
                After::Censored => continue,
            };
            let cluster = cluster(&citizen.0.to_string());
            units.push(Scored { score: *score, case, cluster });
        }
    }
    Ok(units)
}
