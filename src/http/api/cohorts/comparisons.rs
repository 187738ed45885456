//! `/api/comparisons`: what regions have put beside each other and given back.

use axum::response::Response;
use pulsvagt_analytics::cohort::compare::Comparison;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::extract::{ApiCaller, ApiPath, Needs, needs};
use crate::http::api::problem::Problem;
use crate::store::StoreError;
use crate::store::comparisons::GivenComparison;

/// A comparison of municipalities that let each other see their numbers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ComparisonLine)]
pub(in crate::http) struct ComparisonLine {
    /// Its id.
    pub(in crate::http) id: String,
    /// The region that gave it, by its code.
    pub(in crate::http) region: String,
    /// The name of the cohort's definition.
    pub(in crate::http) name: String,
    /// What for: a code of HL7 v3 `PurposeOfUse`.
    pub(in crate::http) purpose: String,
    /// What for, in words.
    pub(in crate::http) reason: String,
    /// When it was given.
    #[schema(format = DateTime)]
    pub(in crate::http) given: String,
    /// Who asked for it.
    pub(in crate::http) given_by: String,
}

impl ComparisonLine {
    fn of(given: &GivenComparison) -> Self {
        Self {
            id: given.id.clone(),
            region: given.region.clone(),
            name: given.name.clone(),
            purpose: given.purpose.clone(),
            reason: given.reason.clone(),
            given: given.given.to_string(),
            given_by: given.given_by.clone(),
        }
    }
}

/// A comparison with its numbers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comparison)]
pub(in crate::http) struct ComparisonView {
    #[serde(flatten)]
    pub(in crate::http) line: ComparisonLine,
    /// Members of each municipality and what came after, with rates per 1,000 person-years and their
    /// intervals; as `pulsvagt cohort run --region --json` tells it. A count that is null is left out.
    #[schema(value_type = Object)]
    pub(in crate::http) comparison: Comparison,
}

/// Comparisons of municipalities
///
/// What regions have put beside each other of municipalities that let each other see their numbers,
/// this one among them. Newest first.
#[utoipa::path(
    get,
    path = "/comparisons",
    operation_id = "getComparisons",
    tag = "analysis",
    security(("bearer" = ["cohorts:read"])),
    responses((status = 200, description = "The comparisons.", body = Vec<ComparisonLine>)),
)]
pub(in crate::http::api) async fn all(
    caller: ApiCaller<needs::CohortRead>,
) -> Result<Response, Problem> {
    let lines = given(&caller).await?;
    caller.trail().nobody();
    Ok(crate::http::api::json(&lines))
}

/// All comparisons, newest first.
///
/// # Errors
/// When the database does not answer.
pub(in crate::http) async fn given<N: Needs>(
    caller: &ApiCaller<N>,
) -> Result<Vec<ComparisonLine>, Problem> {
    let given = caller.store().comparisons().await?;
    Ok(given.iter().map(ComparisonLine::of).collect())
}

/// A comparison
#[utoipa::path(
    get,
    path = "/comparisons/{id}",
    operation_id = "getComparison",
    tag = "analysis",
    security(("bearer" = ["cohorts:read"])),
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The comparison.", body = ComparisonView)),
)]
pub(in crate::http::api) async fn get(
    caller: ApiCaller<needs::CohortRead>,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    Ok(crate::http::api::json(&comparison(&caller, &id).await?))
}

/// A comparison by its id.
///
/// # Errors
/// 404 where there is none.
pub(in crate::http) async fn comparison<N: Needs>(
    caller: &ApiCaller<N>,
    id: &str,
) -> Result<ComparisonView, Problem> {
    let given = caller.store().comparison(id).await?.ok_or_else(Problem::not_found)?;
    let comparison = serde_json::from_str(&given.body)
        .map_err(|error| StoreError::damaged("region_comparison", error))?;
    caller.trail().resource("Comparison", id, 0, None);
    Ok(ComparisonView { line: ComparisonLine::of(&given), comparison })
}
