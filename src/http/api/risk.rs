//! `GET /api/citizens/{id}/risk`: what the approved risk models say of one citizen, term by term.

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::risk::home;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{ApiCaller, ApiPath, needs};
use super::language::Lang;
use super::problem::Problem;
use super::view::{iso_day, local_day};
use crate::app::App;
use crate::clock::Micros;
use crate::projection::words::Text;
use crate::risk::live::{LiveError, Told, told};
use crate::store::StoreError;

/// Scores older than so many days are not told.
pub(in crate::http) const NEWEST: i32 = 7;

/// What the models say.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Risk {
    /// How a probability is to be read.
    caveat: &'static str,
    /// The newest score of each model that may score now, if it is at most seven days old. Without any,
    /// nothing is known: that is no low risk.
    scores: Vec<ScoreOfModel>,
}

/// What a model says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScoreOfModel {
    model: ModelView,
    /// What is known before this local day counts.
    #[schema(format = Date)]
    day: String,
    /// When it was computed.
    #[schema(format = DateTime)]
    at: String,
    /// The probability of the outcome, 0–1.
    probability: f64,
    /// The log-odds of somebody with the mean of everything.
    intercept: f64,
    /// What each feature adds, the greatest first; with the intercept they are the log-odds.
    terms: Vec<TermView>,
    approval: ApprovalView,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModelView {
    name: String,
    /// Hash over its content.
    hash: String,
    /// The engine that computed its features and weights.
    version: String,
    /// The probability of what, within what time.
    outcome: String,
}

/// What a feature adds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TermView {
    feature: String,
    /// What it is, in words.
    text: String,
    /// Left out where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    /// The mean of those that the model was fitted on.
    usual: f64,
    log_odds: f64,
}

/// Who answers for the model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApprovalView {
    by: String,
    #[schema(format = DateTime)]
    at: String,
    #[schema(format = DateTime)]
    until: String,
    /// Hash of the evaluation on this municipality's rows that it rests on.
    evaluation: String,
}

impl ScoreOfModel {
    fn new(told: Told, lang: Lang) -> Self {
        let (model, approval) = (told.by.model, told.by.approval.approval);
        let terms = told.explanation.parts.into_iter().map(|part| TermView {
            text: home::words(&part.feature, lang.0),
            feature: part.feature,
            value: part.value,
            usual: part.usual,
            log_odds: part.log_odds,
        });
        Self {
            terms: terms.collect(),
            day: iso_day(told.day),
            at: told.at.to_string(),
            probability: told.explanation.probability,
            intercept: told.explanation.intercept,
            model: ModelView {
                name: model.name,
                hash: model.hash,
                version: model.fitted.engine,
                outcome: model.outcome,
            },
            approval: ApprovalView {
                by: approval.approved_by,
                at: Micros(approval.approved_at).to_string(),
                until: Micros(approval.until).to_string(),
                evaluation: approval.evaluation,
            },
        }
    }
}

/// What a nurse has to know who sees a probability.
const CAVEAT: Text<'static> = Text {
    da: "En sandsynlighed støtter et menneskes beslutning. Den er aldrig en grund til at afvise pleje, \
         og en lav sandsynlighed er ikke en rask borger.",
    en: "A probability supports a person's decision. It is never a reason to refuse care, and a low one \
         is no clean bill of health.",
};

/// The risk of one citizen
///
/// The newest score of each risk model that was evaluated on this municipality's citizens and approved
/// by a named person, term by term. Empty where no model may score, or the citizen denies readings,
/// diagnoses or stays.
#[utoipa::path(
    get,
    path = "/citizens/{id}/risk",
    operation_id = "getRisk",
    tag = "citizens",
    security(("bearer" = ["risk:read"])),
    params(
        ("id" = String, Path, description = "Logical id of the citizen"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((status = 200, description = "What the models say.", body = Risk)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::RiskRead>,
    lang: Lang,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let citizen = caller.citizen(&id).await?;
    let (store, now) = (caller.store(), app.clock().now());
    let since = local_day(now, store.zone()) - NEWEST;
    let denials = caller.caller().denials().await?;
    let scores = told(store, citizen, since, &denials, now).await.map_err(problem)?;
    let scores = scores.into_iter().map(|told| ScoreOfModel::new(told, lang)).collect();
    Ok(lang.tell(super::json(&Risk { caveat: lang.pick(CAVEAT), scores })))
}

/// What is told of a failure.
pub(super) fn problem(error: LiveError) -> Problem {
    match error {
        LiveError::Home(crate::risk::home::HomeError::Store(error)) => Problem::from(error),
        error => Problem::from(StoreError::damaged("risk_model", error)),
    }
}
