//! `GET /api/rules`: the rule packs in force and in trial, rule by rule, what is different between
//! them, and how often each has said something. Numbers only, nothing of any citizen.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::Pack;
use pulsvagt_analytics::pack::{Evidence, Rule};
use serde::Serialize;
use utoipa::ToSchema;

use super::in_force;
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, Needs, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::screening::{Change, Limit};
use crate::store::Store;
use crate::store::screenings::{Fired, Mode, PackUse, SignOff, StoredPack};
use crate::triage::Policy;

/// Packs that were put in force and are told.
const USES: u16 = 20;
/// Days that are counted.
pub(in crate::http) const DAYS: u16 = 30;

/// The rule packs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Rules {
    /// The one in force first, then those in trial.
    pub(in crate::http) packs: Vec<PackLines>,
    /// Those that are used no more, newest first.
    pub(in crate::http) earlier: Vec<EarlierPack>,
    /// What was put in force, newest first.
    pub(in crate::http) uses: Vec<PackUseLine>,
    /// Days that `fired` and `kept` count.
    pub(in crate::http) days: u16,
}

/// A pack that is used no more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct EarlierPack {
    /// Its name.
    pub(in crate::http) name: String,
    /// Its version.
    pub(in crate::http) version: String,
    /// Hash of its content.
    pub(in crate::http) hash: String,
    /// Since when it is used no more.
    #[schema(format = DateTime)]
    pub(in crate::http) since: String,
    /// The same for the page.
    #[serde(skip)]
    pub(in crate::http) since_moment: Micros,
    /// Whether somebody has signed it.
    pub(in crate::http) is_signed: bool,
    /// Whether it is the one before the one in force, to which one may always go back.
    pub(in crate::http) is_before: bool,
}

/// A pack that was put in force.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct PackUseLine {
    /// When.
    #[schema(format = DateTime)]
    pub(in crate::http) at: String,
    /// The same for the page.
    #[serde(skip)]
    pub(in crate::http) at_moment: Micros,
    /// Its name.
    pub(in crate::http) name: String,
    /// Its version.
    pub(in crate::http) version: String,
    /// Hash of its content.
    pub(in crate::http) hash: String,
    /// By whom.
    pub(in crate::http) by: String,
    /// Why; left out where an operator gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) reason: Option<String>,
}

/// Somebody's word for a pack.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SignOffLine {
    /// The person who answers for it.
    pub(in crate::http) signed_by: String,
    /// As what.
    pub(in crate::http) signed_as: String,
    /// Who put it in.
    pub(in crate::http) recorded_by: String,
    /// When.
    #[schema(format = DateTime)]
    pub(in crate::http) at: String,
    /// The same for the page.
    #[serde(skip)]
    pub(in crate::http) at_moment: Micros,
}

/// A rule pack.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct PackLines {
    /// active, shadow or retired.
    pub(in crate::http) mode: &'static str,
    /// Its name.
    pub(in crate::http) name: String,
    /// Its version.
    pub(in crate::http) version: String,
    /// Hash of its content.
    pub(in crate::http) hash: String,
    /// Since when it is what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub(in crate::http) since: Option<String>,
    /// The same for the page.
    #[serde(skip)]
    pub(in crate::http) since_moment: Option<Micros>,
    /// What it is meant for, and what not.
    pub(in crate::http) intended_use: String,
    /// Who answers for it.
    pub(in crate::http) sign_offs: Vec<SignOffLine>,
    /// Its rules.
    pub(in crate::http) rules: Vec<RuleLine>,
    /// Of one in trial: what would change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) changes: Option<PackChange>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct RuleLine {
    /// Its id.
    #[schema(example = "HF-WT-FAST")]
    pub(in crate::http) id: String,
    /// What it is called.
    pub(in crate::http) title: String,
    /// Whether it is evaluated.
    pub(in crate::http) active: bool,
    /// Whether the policy has it in trial: its findings are recorded and raise nothing.
    pub(in crate::http) on_trial: bool,
    /// S published, C computed on open data, M remembered, P proposed.
    pub(in crate::http) evidence: &'static str,
    /// Whether a clinician has still to sign it.
    pub(in crate::http) needs_sign_off: bool,
    /// Where it comes from.
    pub(in crate::http) sources: Vec<String>,
    /// New findings of the pack's rule in those days: red, yellow, blue.
    pub(in crate::http) fired: [u64; 3],
    /// Citizens whom they were about.
    pub(in crate::http) citizens: u64,
    /// Findings of the rule, of whatever pack, that were kept out of the list because it is on trial.
    pub(in crate::http) kept: u64,
}

/// What screening by a pack would change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct PackChange {
    /// Rules that would be evaluated and are not.
    pub(in crate::http) added: Vec<String>,
    /// Rules that would not be evaluated any more.
    pub(in crate::http) removed: Vec<String>,
    /// Rules that would fire, clear, wait or apply otherwise, thresholds apart.
    pub(in crate::http) changed: Vec<String>,
    /// Thresholds that are not the same.
    pub(in crate::http) thresholds: Vec<ThresholdLine>,
}

/// A threshold that is new, gone or another.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ThresholdLine {
    /// Its name.
    pub(in crate::http) name: String,
    /// What it limits.
    pub(in crate::http) text: String,
    /// What it is in the pack in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) before: Option<LimitLine>,
    /// What it would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) after: Option<LimitLine>,
}

/// What a threshold is.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LimitLine {
    /// The default.
    pub(in crate::http) value: f64,
    /// UCUM code of its unit.
    pub(in crate::http) unit: String,
    /// The least and the greatest that a plan may set; left out where it is the same for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) allowed: Option<[f64; 2]>,
}

/// The rule packs, rule by rule
///
/// The one in force and those in trial beside it (`pulsvagt rules use --shadow`), what would be
/// different, and how often each rule has said something new in 30 days. Numbers only.
#[utoipa::path(
    get,
    path = "/rules",
    operation_id = "getRules",
    tag = "administration",
    security(("bearer" = ["policy:read"])),
    params(("Accept-Language" = Option<String>, Header, description = "da or en; else da")),
    responses((status = 200, description = "The packs.", body = Rules)),
)]
pub(in crate::http::api) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::PolicyRead>,
    lang: Lang,
) -> Result<Response, Problem> {
    caller.trail().nobody();
    let rules = load(&app, &caller, lang).await?;
    Ok(lang.tell(crate::http::api::json(&rules)))
}

/// The packs as they are told.
pub(in crate::http) async fn load<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    lang: Lang,
) -> Result<Rules, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let packs = in_force(store, now).await?;
    let known = Known::of(store, now).await?;
    let mut told = vec![known.lines(Mode::Active, &packs.active, lang, None)];
    for shadow in &packs.shadows {
        let changes = Some(change(&packs.active, shadow, lang));
        told.push(known.lines(Mode::Shadow, shadow, lang, changes));
    }
    let retired = known.stored.iter().filter(|pack| pack.mode == Mode::Retired);
    let earlier = retired.map(|pack| EarlierPack {
        name: pack.name.clone(),
        version: pack.version.clone(),
        hash: pack.hash.clone(),
        since: pack.since.to_string(),
        since_moment: pack.since,
        is_signed: known.signed.contains_key(&pack.hash),
        is_before: known.back() == Some(&pack.hash),
    });
    let uses = known.uses.iter().map(|it| PackUseLine {
        at: it.at.to_string(),
        at_moment: it.at,
        name: it.name.clone(),
        version: it.version.clone(),
        hash: it.hash.clone(),
        by: it.recorded_by.clone(),
        reason: it.reason.clone(),
    });
    Ok(Rules { packs: told, earlier: earlier.collect(), uses: uses.collect(), days: DAYS })
}

/// What the municipality knows of its packs.
pub(super) struct Known {
    policy: Policy,
    fired: HashMap<(String, String), Fired>,
    kept: HashMap<String, u64>,
    stored: Vec<StoredPack>,
    signed: HashMap<String, Vec<SignOff>>,
    uses: Vec<PackUse>,
}

impl Known {
    pub(super) async fn of(store: &Store, now: Micros) -> Result<Self, Problem> {
        let since = Micros(now.0 - i64::from(DAYS) * 86_400_000_000);
        Ok(Self {
            policy: store.policy().await?.policy,
            fired: store.fired_since(since).await?,
            kept: store.kept_for_trial_since(since).await?,
            stored: store.all_rule_packs().await?,
            signed: store.rule_pack_sign_offs().await?,
            uses: store.rule_pack_uses(USES).await?,
        })
    }

    pub(super) fn stored(&self, hash: &str) -> Option<&StoredPack> {
        self.stored.iter().find(|pack| pack.hash == hash)
    }

    /// The one that was in force before this one.
    pub(super) fn back(&self) -> Option<&str> {
        self.uses.first().and_then(|newest| newest.instead_of.as_deref())
    }

    pub(super) fn lines(
        &self,
        mode: Mode,
        pack: &Pack,
        lang: Lang,
        changes: Option<PackChange>,
    ) -> PackLines {
        let rules = pack.rules().iter().map(|rule| {
            let counts = self.fired.get(&(pack.hash().to_owned(), rule.id.to_string()));
            let on_trial = self.policy.shadow.contains(&*rule.id);
            line(rule, lang, on_trial, counts, &self.kept)
        });
        let since = self.stored(pack.hash()).map(|stored| stored.since);
        let sign_offs = self.signed.get(pack.hash()).into_iter().flatten();
        PackLines {
            mode: mode.as_str(),
            name: pack.name().to_owned(),
            version: pack.version().to_owned(),
            hash: pack.hash().to_owned(),
            since: since.map(|since| since.to_string()),
            since_moment: since,
            intended_use: lang.of_pack(pack.intended_use()),
            sign_offs: sign_offs
                .map(|it| SignOffLine {
                    signed_by: it.signed_by.clone(),
                    signed_as: it.signed_as.clone(),
                    recorded_by: it.recorded_by.clone(),
                    at: it.at.to_string(),
                    at_moment: it.at,
                })
                .collect(),
            rules: rules.collect(),
            changes,
        }
    }
}

fn line(
    rule: &Rule,
    lang: Lang,
    on_trial: bool,
    counts: Option<&Fired>,
    kept: &HashMap<String, u64>,
) -> RuleLine {
    RuleLine {
        id: rule.id.to_string(),
        title: lang.of_pack(&rule.title),
        active: rule.active,
        on_trial,
        evidence: match rule.evidence {
            Evidence::Published => "S",
            Evidence::Computed => "C",
            Evidence::Remembered => "M",
            Evidence::Proposal => "P",
        },
        needs_sign_off: rule.needs_sign_off,
        sources: rule.sources.clone(),
        fired: counts.map(|it| [it.red, it.yellow, it.blue]).unwrap_or_default(),
        citizens: counts.map_or(0, |it| it.citizens),
        kept: kept.get(&*rule.id).copied().unwrap_or(0),
    }
}

pub(super) fn change(active: &Pack, shadow: &Pack, lang: Lang) -> PackChange {
    let change = Change::between(active, shadow);
    let limit = |Limit { value, unit, allowed }: Limit| LimitLine {
        value,
        unit,
        allowed: allowed.map(|(least, most)| [least, most]),
    };
    PackChange {
        added: change.rules_added,
        removed: change.rules_removed,
        changed: change.rules_changed,
        thresholds: change
            .thresholds
            .into_iter()
            .map(|threshold| {
                let known = shadow.threshold(&threshold.name);
                let known = known.or_else(|| active.threshold(&threshold.name));
                ThresholdLine {
                    text: known.map(|it| lang.of_pack(&it.text)).unwrap_or_default(),
                    name: threshold.name,
                    before: threshold.before.map(limit),
                    after: threshold.now.map(limit),
                }
            })
            .collect(),
    }
}
