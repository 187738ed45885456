//! `GET /api/citizens/{id}/plan/history`: who agreed what when.

use axum::response::Response;
use pulsvagt_analytics::{Pack, Plan};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::PlanBody;
use crate::app::App;
use crate::http::api::extract::{ApiCaller, ApiPath, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::{pages, rules};
use crate::plans::codes::PROGRAMMES;
use crate::plans::{Change, changes};
use crate::projection::words::Text;

/// One version of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct PlanOfHistory {
    /// Which version, from 1.
    version: u32,
    /// From when on it was in force; until the next version's.
    #[schema(value_type = String, format = DateTime)]
    valid_from: String,
    /// Who agreed it, as the issuer of the token calls them. Not told to a citizen's own app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    author: Option<String>,
    /// By which door it came: `api`, or `fhir` for a CarePlan.
    #[schema(example = "api")]
    source: &'static str,
    /// What was agreed.
    plan: PlanBody,
    /// What is different from the version before, or from a plan with nothing in it.
    changes: Vec<PlanDifference>,
}

/// What is different between two versions of a plan.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http::api) struct PlanDifference {
    /// Which part of the plan, as a JSON pointer into it (RFC 6901); of lists with the name of the
    /// programme or signal in place of a number.
    #[schema(example = "/limits/weight_gain_3d_red")]
    pointer: String,
    /// What that is.
    text: String,
    /// What it was; left out where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, nullable = false)]
    before: Option<Value>,
    /// What it is; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, nullable = false)]
    after: Option<Value>,
}

/// Every version there was
///
/// Newest first, each with what it changed. What was computed at some time was computed with the
/// version in force then.
#[utoipa::path(
    get,
    path = "/citizens/{id}/plan/history",
    operation_id = "getPlanHistory",
    tag = "plans",
    security(("bearer" = ["plan:read"])),
    params(
        ("id" = String, Path, description = "Logical id of the citizen"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((status = 200, description = "The versions.", body = Vec<PlanOfHistory>)),
)]
pub(in crate::http::api) async fn history(
    axum::extract::State(app): axum::extract::State<App>,
    caller: ApiCaller<needs::PlanRead>,
    lang: Lang,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let citizen = caller.citizen(&id).await?;
    let to_citizen = caller.principal().citizen().is_some();
    let pack = rules::active(caller.store(), app.clock().now()).await?;
    let versions = caller.store().plan_history(citizen).await?;
    let nothing = Plan::default();
    let told: Vec<PlanOfHistory> = versions
        .iter()
        .enumerate()
        .map(|(place, version)| {
            let before = versions.get(place + 1).map_or(&nothing, |before| &before.plan);
            let changes = changes(before, &version.plan).into_iter();
            PlanOfHistory {
                version: version.version,
                valid_from: version.valid_from.to_string(),
                author: (!to_citizen).then(|| version.author.clone()),
                source: version.source.as_str(),
                plan: PlanBody(version.plan.clone()),
                changes: changes.map(|change| difference(change, &pack, lang)).collect(),
            }
        })
        .collect();
    Ok(lang.tell(crate::http::api::json(&told)))
}

fn difference(change: Change, pack: &Pack, lang: Lang) -> PlanDifference {
    let (pointer, text, before, after) = match change {
        Change::Programme { programme, joined } => {
            let known = PROGRAMMES.iter().find(|(listed, ..)| *listed == programme);
            let (code, en, da) = known.map_or(("", "", ""), |(_, code, en, da)| (code, en, da));
            let text = lang.pick(Text { da, en }).to_owned();
            let there = |is: bool| is.then(|| json!(code));
            (format!("/programmes/{code}"), text, there(!joined), there(joined))
        }
        Change::Cadence { signal, before, after } => {
            let whole = |it: Option<_>| it.map(|it| json!(it));
            let pointer = format!("/cadence/{}", signal.name());
            (pointer, pages::signal_name(signal, lang.0), whole(before), whole(after))
        }
        Change::Limit { name, before, after } => {
            let text = pack.threshold(&name).map(|threshold| lang.of_pack(&threshold.text));
            let text = text.unwrap_or_else(|| name.clone());
            (format!("/limits/{name}"), text, before.map(Value::from), after.map(Value::from))
        }
        Change::Baseline { signal, before, after } => {
            let pointer = format!("/baselines/{}", signal.name());
            let text = pages::signal_name(signal, lang.0);
            (pointer, text, before.map(Value::from), after.map(Value::from))
        }
        Change::Spo2Scale { after } => {
            use pulsvagt_analytics::plan::Spo2Scale::{One, Two};
            let before = if after == One { Two } else { One };
            let text = lang.pick(Text {
                da: "NEWS2-skala for iltmætning",
                en: "NEWS2 scale of oxygen saturation",
            });
            ("/spo2Scale".to_owned(), text.to_owned(), Some(json!(before)), Some(json!(after)))
        }
        Change::Oxygen { after } => {
            let text = lang.pick(Text { da: "Ilttilskud", en: "Supplemental oxygen" }).to_owned();
            ("/oxygen".to_owned(), text, Some(json!(!after)), Some(json!(after)))
        }
    };
    PlanDifference { pointer, text, before, after }
}

#[cfg(test)]
mod tests {
    use pulsvagt_analytics::Language;

    use super::*;

    #[test]
    fn a_difference_says_where_it_is_and_what_it_was() {
        let pack = Pack::default_pack();
        let name = "weight_gain_3d_red".to_owned();
        let change = Change::Limit { name, before: None, after: Some(1.5) };
        let told = difference(change, pack, Lang(Language::English));
        assert_eq!(told.pointer, "/limits/weight_gain_3d_red");
        assert_eq!((told.before, told.after), (None, Some(json!(1.5))));
        assert!(!told.text.is_empty() && told.text != "weight_gain_3d_red");
        let change = Change::Oxygen { after: true };
        let told = difference(change, pack, Lang(Language::Danish));
        assert_eq!((told.before, told.after), (Some(json!(false)), Some(json!(true))));
    }
}
