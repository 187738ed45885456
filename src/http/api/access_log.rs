//! `GET /api/me/access-log`: a citizen sees who has seen or changed what is kept about them.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiCaller, ApiQuery, needs};
use super::language::Lang;
use super::problem::Problem;
use super::worklist::wrong;
use crate::audit::search::{Place, Wanted, newest};
use crate::audit::{Entry, Outcome, words};
use crate::clock::Micros;

const PAGE: u16 = 50;
const LARGEST: u16 = 200;

/// What is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// At this moment or later.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Before this moment.
    #[param(format = DateTime)]
    before: Option<String>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
    /// Most rows, 1–200; else 50.
    limit: Option<u16>,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccessLog {
    /// The newest first.
    entries: Vec<Access>,
    /// Where the next page begins; left out on the last one. A page may be short, or empty,
    /// although there is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Somebody has seen or changed something, or tried to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Access {
    #[schema(format = DateTime)]
    at: String,
    /// Who, by role.
    #[schema(example = "Sygeplejerske")]
    who: &'static str,
    /// The organisation that answers for it.
    #[schema(example = "Slagelse")]
    organisation: String,
    /// What was done.
    #[schema(example = "Så dine målinger")]
    what: &'static str,
    /// Why.
    #[schema(example = "Behandling og pleje")]
    why: &'static str,
    /// Whether it was refused, so that nothing was told or changed.
    refused: bool,
    /// Whether it was somebody of another team than yours, who has said why.
    break_glass: bool,
}

impl Access {
    fn new(entry: &Entry, organisation: &str, lang: Lang) -> Self {
        let pick = |text: crate::projection::words::Text<'static>| match lang.0 {
            pulsvagt_analytics::Language::Danish => text.da,
            pulsvagt_analytics::Language::English => text.en,
        };
        Self {
            at: entry.at.to_string(),
            who: pick(words::who(entry)),
            organisation: organisation.to_owned(),
            what: pick(words::what(entry)),
            why: pick(words::why(entry)),
            refused: entry.outcome != Outcome::Success,
            break_glass: !entry.break_glass.is_empty() || entry.operation == "breakGlass",
        }
    }
}

/// Who has seen what is kept about me
///
/// Every reading, writing and attempt, by whom (role and organisation), when, what and why. Names of
/// staff are not told; the municipality can say who it was.
#[utoipa::path(
    get,
    path = "/me/access-log",
    operation_id = "getAccessLog",
    tag = "citizens",
    security(("bearer" = ["access-log:read"])),
    params(
        Asked,
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((status = 200, description = "A page of it.", body = AccessLog)),
)]
pub(super) async fn get(
    caller: ApiCaller<needs::AccessLogRead>,
    lang: Lang,
    ApiQuery(asked): ApiQuery<Asked>,
) -> Result<Response, Problem> {
    let own = caller.principal().citizen().ok_or_else(Problem::not_found)?.to_owned();
    let citizen = caller.citizen(&own).await?;
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=LARGEST).contains(&limit) {
        return Err(wrong("limit", "expected 1 to 200"));
    }
    let cursor = match asked.cursor.as_deref().map(str::parse::<Place>) {
        None => None,
        Some(Ok(place)) => Some(place),
        Some(Err(_)) => return Err(wrong("cursor", "expected `next` of the page before")),
    };
    let wanted = Wanted {
        citizen: Some(citizen),
        from: moment("since", asked.since.as_deref())?,
        to: moment("before", asked.before.as_deref())?,
        ..Wanted::default()
    };
    let store = caller.store();
    let page = newest(&store.chain(), &wanted, cursor, usize::from(limit)).await?;
    let entries = page.entries.iter().map(|(_, entry)| Access::new(entry, store.name(), lang));
    let log =
        AccessLog { entries: entries.collect(), next: page.next.map(|place| place.to_string()) };
    Ok(lang.tell(super::json(&log)))
}

fn moment(name: &'static str, text: Option<&str>) -> Result<Option<Micros>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let at = text.parse::<jiff::Timestamp>();
    let at = at.map_err(|_| wrong(name, "expected a moment such as 2026-01-31T12:00:00Z"))?;
    Ok(Some(Micros(at.as_microsecond())))
}
