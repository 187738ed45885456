//! Deciding about one reading.

use axum::http::StatusCode;
use pulsvagt_fhir::cpr::names_somebody;

use super::view::{Doubted, one};
use crate::app::App;
use crate::http::api::extract::{ApiCaller, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::caller::actor;
use crate::http::fhir::Outcome;
use crate::http::fhir::{Fix, Ruled, Ruling, is_decimal, rule_in};
use crate::ids::ObservationKey;
use crate::ingest::Quarantine;
use crate::store::Tx;
use crate::store::observations::{Decided, Decision};

/// What is expected of a reason.
pub(super) const WHY: &str = "expected 3 to 1,000 characters without a CPR number";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) enum Ask {
    /// It counts as it is.
    Accept,
    /// It was entered in error.
    Reject,
    /// It should have said this.
    Fix(Vec<Fix>),
    /// It does not count after all.
    Undo,
}

impl Ask {
    /// The last part of the operation's address.
    pub(in crate::http) const fn as_str(&self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Fix(_) => "fix",
            Self::Undo => "undo",
        }
    }

    /// What the reading is, once it is done; `None` = it waits again.
    const fn decision(&self) -> Option<Decision> {
        match self {
            Self::Accept => Some(Decision::Accepted),
            Self::Reject => Some(Decision::Rejected),
            Self::Fix(_) => Some(Decision::Fixed),
            Self::Undo => None,
        }
    }

    pub(super) fn ruling(&self, reason: Quarantine) -> Ruling {
        match self {
            Self::Accept => Ruling::Accept,
            Self::Reject => Ruling::Reject,
            Self::Fix(fixes) => Ruling::Fix(fixes.clone()),
            Self::Undo => Ruling::Doubt(reason),
        }
    }

    /// What is wrong with the values.
    pub(super) fn check(&self) -> Result<(), Refused> {
        let Self::Fix(fixes) = self else { return Ok(()) };
        if fixes.iter().all(|fix| fix.value.is_none() && fix.unit.is_none()) {
            return Err(Refused::Same);
        }
        for fix in fixes {
            if fix.value.as_deref().is_some_and(|value| !is_decimal(value)) {
                return Err(Refused::Value(fix.place));
            }
            // UCUM has no white space, and no unit is as long as this.
            let is_code = |unit: &str| {
                (1..=40).contains(&unit.len()) && unit.bytes().all(|it| it.is_ascii_graphic())
            };
            if fix.unit.as_deref().is_some_and(|unit| !is_code(unit)) {
                return Err(Refused::Unit(fix.place));
            }
        }
        Ok(())
    }
}

/// Why something cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Refused {
    /// Not with this reading as it is now.
    NotNow,
    /// The reason is too short, too long, or names somebody.
    Why,
    /// No number.
    Value(usize),
    /// No unit.
    Unit(usize),
    /// There is no number in that place of the reading.
    NoNumber(usize),
    /// It would not be a valid reading, or one that is kept.
    Invalid,
    /// It says so already.
    Same,
    /// It still would not count.
    Still(Quarantine),
}

/// What came of it.
#[derive(Debug)]
pub(in crate::http) enum Came {
    /// It is done, or was before by the same person; the reading as it is now.
    Done(Box<Doubted>),
    /// Somebody was faster; the reading as it is now.
    Conflict(Box<Doubted>),
    /// It is not possible; the reading as it is now.
    Refused(Refused, Box<Doubted>),
}

/// Decides about the reading that was read in version `expected`, in one transaction: its new
/// version, the mark of its day, the Provenance, the decision and the entry in the audit trail.
/// Whoever asks for the same again is told that it is done.
pub(in crate::http) async fn decide(
    app: &App,
    caller: &ApiCaller<needs::QuarantineDecide>,
    lang: Lang,
    id: &str,
    expected: u32,
    ask: &Ask,
    why: &str,
) -> Result<Came, Problem> {
    let store = caller.store();
    let key = store.sealer().open(id).ok_or_else(Problem::not_found)?;
    caller.trail().about([key.citizen]);
    caller.may_see(key.citizen).await?;
    let why = why.trim();
    let now = Box::new(one(app, caller, lang, key).await?);
    let me = actor(caller.principal(), store).subject;
    if is_done_by(&now, ask, &me, why) {
        return Ok(Came::Done(now));
    }
    if now.version != expected {
        return Ok(Came::Conflict(now));
    }
    if !is_reason(why) {
        return Ok(Came::Refused(Refused::Why, now));
    }
    if !now.legal.contains(&ask.as_str()) {
        return Ok(Came::Refused(Refused::NotNow, now));
    }
    if let Err(refused) = ask.check() {
        return Ok(Came::Refused(refused, now));
    }
    let _turn = caller.municipality().transactions.acquire().await;
    let mut tx = store.begin().await?;
    let ruling = ask.ruling(now.reason);
    let refused = match rule_in(&mut tx, app, caller.caller(), id, &ruling, why, expected).await {
        Ok(Ruled::Done(_)) => {
            keep(app, caller, &mut tx, key, ask, why).await?;
            caller.commit(tx, app.clock().now()).await?;
            return Ok(Came::Done(Box::new(one(app, caller, lang, key).await?)));
        }
        Ok(Ruled::Still(reason)) => Refused::Still(reason),
        Ok(Ruled::Same) => Refused::Same,
        Ok(Ruled::NoNumber(place)) => Refused::NoNumber(place),
        Err(outcome) if is_stale(&outcome) => {
            drop(tx);
            return Ok(Came::Conflict(Box::new(one(app, caller, lang, key).await?)));
        }
        Err(outcome) if is_invalid(&outcome) => Refused::Invalid,
        Err(outcome) => return Err(outcome.into()),
    };
    Ok(Came::Refused(refused, now))
}

/// Writes the decision down, in the transaction that carries it out.
pub(super) async fn keep(
    app: &App,
    caller: &ApiCaller<needs::QuarantineDecide>,
    tx: &mut Tx,
    key: ObservationKey,
    ask: &Ask,
    why: &str,
) -> Result<(), Problem> {
    // The new version that does not count has made it wait again.
    let Some(decision) = ask.decision() else { return Ok(()) };
    let (by, at) = (actor(caller.principal(), caller.store()).subject, app.clock().now());
    let decided = Decided { decision, at, by: Some(by), why: Some(why.to_owned()) };
    Ok(caller.store().decide_in(tx, key, &decided).await?)
}

/// Whether somebody else has written the reading since it was read.
pub(super) fn is_stale(outcome: &Outcome) -> bool {
    outcome.status() == StatusCode::PRECONDITION_FAILED
}

/// Whether the reading that was to be written was refused, as a sender's would be.
pub(super) fn is_invalid(outcome: &Outcome) -> bool {
    matches!(outcome.status(), StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
}

/// Whether it can stand as a reason.
pub(super) fn is_reason(why: &str) -> bool {
    (3..=1_000).contains(&why.chars().count())
        && !names_somebody(why)
        && !why.chars().any(|it| it.is_control() && it != '\n' && it != '\r' && it != '\t')
}

/// Whether the same person has done the same with the same reason: the request came twice.
fn is_done_by(now: &Doubted, ask: &Ask, me: &str, why: &str) -> bool {
    let (Some(decided), Some(asked)) = (&now.decided, ask.decision()) else { return false };
    decided.decision == asked.as_str()
        && decided.by.as_deref() == Some(me)
        && decided.why.as_deref() == Some(why)
}
