//! What the web pages show, from the same functions as the API's answers.

mod citizen;
pub(in crate::http) mod cohorts;
mod consent;
mod list;
mod me;
mod opened;
mod plan;
mod rows;

pub(in crate::http) use super::alerts::{Acted, act, see};
pub(in crate::http) use super::break_glass::{Wanted as Opening, close, open};
pub(in crate::http) use super::ingestion::{
    CertificateLine, Ingestion, RefusedLine, load as ingestion,
};
#[cfg(test)]
pub(in crate::http) use super::ingestion::{
    DelayLine, DeviceLine, Keeping, SilentLine, WaitingLine,
};
pub(in crate::http) use super::policy::{
    Decided as PolicyDecided, decide as decide_policy, versions as policy_versions,
};
pub(in crate::http) use super::quarantine::{
    Ask, Came, Doubted, DoubtedValue, Refused, Waiting, decide, decide_all, list as doubts,
    one as doubted,
};
#[cfg(test)]
pub(in crate::http) use super::quarantine::{Count as DoubtCount, UsualView, Whose};
pub(in crate::http) use super::rules::decide::{put_in_force, sign as sign_pack};
pub(in crate::http) use super::rules::pack::{
    CompareLine, LimitMisfits, PacksCompared, RulePack, load as rule_pack,
};
pub(in crate::http) use super::rules::packs::{
    EarlierPack, PackChange, PackLines, RuleLine, Rules, SignOffLine, load as rules_told,
};
#[cfg(test)]
pub(in crate::http) use super::rules::packs::{LimitLine, PackUseLine, ThresholdLine};
pub(in crate::http) use super::rules::trial::{
    FAULTS, Tried as PackTried, end as end_trial, put_on_trial,
};
pub(in crate::http) use super::teams::{
    add_member, end_member, member_id, write as put_team, write_hours as put_team_hours,
};
pub(in crate::http) use citizen::{citizen, people, plan_of, readings};
pub(in crate::http) use consent::{consents, give_consent, withdraw_consent};
pub(super) use list::teams;
pub(in crate::http) use list::{Asked, List, list, some};
pub(in crate::http) use me::{own, seen_by};
pub(in crate::http) use opened::opened;
pub(in crate::http) use plan::{Put, Tried, preview_plan, put_plan};
pub(in crate::http) use rows::{Panel, happened, panel, rows_by_id, rows_of};

use pulsvagt_analytics::{Language, Signal};

use super::language::Lang;
use super::problem::Problem;
use super::worklist::{Coverage, banner};
use crate::app::App;
use crate::clock::Micros;
use crate::http::web::model::Standing;
use crate::ids::CitizenNo;
use crate::plans::codes::{PROGRAMMES, measure_of};
use crate::store::Store;
use crate::triage::Policy;

/// What holds for everything that is shown.
pub(in crate::http) async fn standing(
    app: &App,
    store: &Store,
    language: Language,
    now: Micros,
) -> Result<Standing, Problem> {
    let lang = Lang(language);
    let policy = store.policy().await?.policy;
    let coverage = Coverage::new(&policy, lang, now);
    let banner = banner(app, store, lang, now).await?.map(|banner| banner.text);
    Ok(Standing { banner, staffed: coverage.staffed, hours: coverage.text })
}

/// What holds for a citizen: what holds for everything, and the hours of the citizen's own team.
pub(in crate::http) async fn standing_of(
    app: &App,
    store: &Store,
    citizen: CitizenNo,
    language: Language,
) -> Result<Standing, Problem> {
    let now = app.clock().now();
    let standing = standing(app, store, language, now).await?;
    let Some(staffed) = store.team_hours_of(citizen).await? else { return Ok(standing) };
    let policy = Policy { staffed, ..store.policy().await?.policy };
    let coverage = Coverage::new(&policy, Lang(language), now);
    Ok(Standing { staffed: coverage.staffed, hours: coverage.text, ..standing })
}

/// What a signal is called.
pub(in crate::http) fn signal_name(signal: Signal, language: Language) -> String {
    let Some(measure) = measure_of(signal) else { return signal.name().to_owned() };
    match language {
        Language::Danish => measure.display_da(),
        Language::English => measure.display_en(),
    }
    .to_owned()
}

/// What programmes are called.
fn programmes(plan: &pulsvagt_analytics::Plan, language: Language) -> Vec<String> {
    PROGRAMMES
        .iter()
        .filter(|(programme, ..)| plan.programmes.contains(programme))
        .map(|(_, _, en, da)| match language {
            Language::Danish => (*da).to_owned(),
            Language::English => (*en).to_owned(),
        })
        .collect()
}
