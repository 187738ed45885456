//! Alerts on a real database: locks, versions, pages, announcements.

mod acting;
mod filtering;
mod listing;
mod screening;

use std::sync::Arc;

use pulsvagt::clock::Micros;
use pulsvagt::ids::{AlertId, CitizenNo, new_alert_id};
use pulsvagt::store::alerts::{Acting, AlertChange, Triaged};
use pulsvagt::store::{Store, StoreError};
use pulsvagt::triage::{Action, Actor, CloseOutcome, RuleBook, RuleFacts, Texts};
use pulsvagt_analytics::screening::{ENGINE, Outcome, Scores};
use pulsvagt_analytics::{Screening, Verdict};

use crate::world::World;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A rule pack in which `…-single` waits to be confirmed and `…-lasting` has to persist.
struct Book;

impl RuleBook for Book {
    fn facts(&self, rule: &str) -> RuleFacts {
        RuleFacts {
            persist: if rule.ends_with("-lasting") { 2 } else { 1 },
            confirm_minutes: if rule.ends_with("-single") { 30 } else { 0 },
            shadow: rule.ends_with("-trial"),
        }
    }

    fn explain(&self, verdict: &Verdict) -> Texts {
        Texts { da: format!("{}: alt for meget", verdict.rule), en: "too much".to_owned() }
    }
}

/// A municipality with its citizen Ane.
struct Ward {
    world: World,
    store: Store,
    ane: CitizenNo,
}

fn nurse(name: &str) -> Actor {
    Actor::new(name, "nurse")
}

/// Problem, rule, outcome, when the evidence was taken.
type Says<'a> = (&'a str, &'a str, Outcome, Micros);

fn screening(as_of: Micros, says: &[Says<'_>]) -> Screening {
    let verdict = |(problem, rule, outcome, at): &Says<'_>| Verdict {
        rule: Arc::from(*rule),
        problem: Arc::from(*problem),
        outcome: *outcome,
        evidence_at: Some(at.0),
        features: Vec::new(),
        thresholds: Vec::new(),
        missing: Vec::new(),
        inputs: Vec::new(),
    };
    Screening {
        as_of: as_of.0,
        engine: Arc::from(ENGINE),
        pack: Arc::from("abc"),
        plan_version: 1,
        verdicts: says.iter().map(verdict).collect(),
        scores: Scores::default(),
        deterioration: Some(1.5),
    }
}

impl Ward {
    async fn new() -> Self {
        let world = World::new().await;
        let store = municipality(&world, "0330").await;
        let ane = citizen(&world, "0330", "ane").await;
        Self { world, store, ane }
    }

    fn now(&self) -> Micros {
        self.world.clock.now()
    }

    fn pass(&self, micros: i64) {
        self.world.clock.advance(micros);
    }

    async fn screen(&self, says: &[Says<'_>]) -> Triaged {
        screen(&self.store, self.ane, self.now(), says).await.expect("triaged")
    }

    /// One alert of this level for the problem.
    async fn alert(&self, problem: &str, outcome: Outcome) -> AlertId {
        let triaged = self.screen(&[(problem, "rule", outcome, self.now())]).await;
        triaged.changes[0].alert.id
    }

    async fn act(&self, id: AlertId, version: u32, action: &Action, who: &str) -> Acting {
        let now = self.now();
        let mut mint = || new_alert_id(now);
        self.store.act(id, version, action, &nurse(who), now, &mut mint).await.expect("an answer")
    }

    /// Does it to the alert as it is now.
    async fn must(&self, id: AlertId, action: &Action, who: &str) -> AlertChange {
        let version = self.store.alert(id).await.expect("read").expect("an alert").version;
        match self.act(id, version, action, who).await {
            Acting::Done(change) => *change,
            other => panic!("{action:?}: {other:?}"),
        }
    }

    async fn count(&self, query: &str) -> i64 {
        self.world.count("0330", query).await
    }
}

async fn municipality(world: &World, code: &str) -> Store {
    let code = code.parse().expect("a code");
    let found = world.app.municipality(&code).await.expect("an answer");
    found.expect("a municipality").store.clone()
}

async fn citizen(world: &World, tenant: &str, id: &str) -> CitizenNo {
    let query = format!("select id::bigint from citizen where logical_id = '{id}'");
    CitizenNo(i32::try_from(world.count(tenant, &query).await).expect("a number"))
}

async fn screen(
    store: &Store,
    citizen: CitizenNo,
    now: Micros,
    says: &[Says<'_>],
) -> Result<Triaged, StoreError> {
    let policy = store.policy().await?.policy;
    let mut tx = store.begin().await?;
    let mut mint = || new_alert_id(now);
    let screening = screening(now, says);
    let triaged =
        store.triage(&mut tx, citizen, &screening, &Book, &policy, now, &mut mint).await?;
    tx.commit_unrecorded("a test").await?;
    Ok(triaged)
}

fn close() -> Action {
    Action::Close { outcome: CloseOutcome::Advice, note: "rang; salt".to_owned() }
}
