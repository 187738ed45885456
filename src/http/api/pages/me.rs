//! What a citizen sees of their own.

use pulsvagt_analytics::{Language, Plan};

use super::citizen::{DAYS, measured};
use super::programmes;
use crate::access::{ApiRight, Extent};
use crate::app::App;
use crate::audit::search::{Wanted, newest};
use crate::http::api::extract::{ApiCaller, needs};
use crate::http::api::problem::Problem;
use crate::http::api::view::{CitizenView, local_day};
use crate::http::web::model::{Access, Chart, Identity, Standing};
use crate::projection::words;

/// What was measured of the citizen whose app or session this is, and when somebody looks at it.
pub(in crate::http) async fn own(
    app: &App,
    caller: &ApiCaller<needs::SummaryRead>,
    language: Language,
) -> Result<(Identity, Vec<Chart>, Standing), Problem> {
    let id = caller.principal().citizen().ok_or_else(Problem::not_found)?.to_owned();
    let no = caller.citizen(&id).await?;
    let (store, now) = (caller.store(), app.clock().now());
    let plans = store.plans(&[no]).await?;
    let nothing = Plan::default();
    let in_force = plans.get(&no).map_or(&nothing, |plan| &plan.plan);
    let today = local_day(now, store.zone());
    let charts = measured(store, no, in_force, (today - DAYS + 1, today), language).await?;
    let persons = store.persons(&[no]).await?;
    let who = CitizenView::new(&id, persons.get(&no), now).into();
    Ok((
        Identity { who, programmes: programmes(in_force, language), ..Identity::default() },
        charts,
        super::standing_of(app, store, no, language).await?,
    ))
}

/// Entries of the access log that are looked at, and lines that they make at most.
const ENTRIES: usize = 400;
const ACCESSES: usize = 30;

/// Who has seen the data of the citizen whose app or session this is, newest first.
/// A list that stands open asks every minute: what is the same on a day is one line.
pub(in crate::http) async fn seen_by(
    caller: &ApiCaller<needs::SummaryRead>,
    language: Language,
) -> Result<Vec<Access>, Problem> {
    if caller.principal().extent(ApiRight::AccessLogRead) != Extent::Own {
        return Ok(Vec::new());
    }
    let own = caller.principal().citizen().ok_or_else(Problem::not_found)?.to_owned();
    let citizen = Some(caller.citizen(&own).await?);
    let store = caller.store();
    let wanted = Wanted { citizen, ..Wanted::default() };
    let page = newest(&store.chain(), &wanted, None, ENTRIES).await?;
    let pick = |text: words::Text<'static>| match language {
        Language::Danish => text.da,
        Language::English => text.en,
    };
    let mut told: Vec<(i32, Access)> = Vec::new();
    for (_, entry) in &page.entries {
        let access = Access {
            at: entry.at,
            who: pick(crate::audit::words::who(entry)),
            what: pick(crate::audit::words::what(entry)),
            why: pick(crate::audit::words::why(entry)),
            refused: entry.outcome != crate::audit::Outcome::Success,
            times: 1,
        };
        let key = |day: i32, it: &Access| (day, it.who, it.what, it.why, it.refused);
        let day = local_day(access.at, store.zone());
        let same = told.iter_mut().find(|(on, known)| key(*on, known) == key(day, &access));
        match same {
            Some((_, known)) => known.times += 1,
            None => told.push((day, access)),
        }
    }
    Ok(told.into_iter().take(ACCESSES).map(|(_, access)| access).collect())
}
