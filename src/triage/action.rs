//! What people do to alerts.

use serde::{Deserialize, Serialize};

use super::alert::{Actor, Alert, Draft, EscalateTo, Level, Parked};
use super::event::{CloseOutcome, Closing, Event};
use super::policy::Policy;
use super::state::{State, Verb, Who, step_of};
use super::targets::due;
use crate::clock::Micros;
use crate::ids::AlertId;

/// The longest text of a note or reason, characters.
pub const MAX_TEXT: usize = 4_000;
/// The longest name of a role, characters.
pub const MAX_ROLE: usize = 64;
/// How far ahead a call back may be agreed, days.
pub const MAX_CALL_BACK_DAYS: i64 = 31;

/// What somebody does. In JSON an object with `action` and the fields beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Takes it on, or takes longer over it.
    Claim,
    /// Gives it back.
    Release,
    /// Asks the citizen to measure again.
    RequestRemeasure,
    /// Agrees to call back.
    CallBack {
        /// When.
        at: Micros,
    },
    /// Asks somebody else.
    Escalate {
        /// Whom.
        to: EscalateTo,
    },
    /// Puts it off.
    Snooze {
        /// Until when.
        until: Micros,
        /// Why.
        reason: String,
    },
    /// Writes a note.
    Note {
        /// What.
        text: String,
    },
    /// Closes it.
    Close {
        /// What came of it.
        outcome: CloseOutcome,
        /// Why.
        note: String,
    },
    /// Opens it again, as a new alert.
    Reopen,
}

impl Action {
    /// What it is in the table.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Claim => Verb::Claim,
            Self::Release => Verb::Release,
            Self::RequestRemeasure => Verb::RequestRemeasure,
            Self::CallBack { .. } => Verb::CallBack,
            Self::Escalate { .. } => Verb::Escalate,
            Self::Snooze { .. } => Verb::Snooze,
            Self::Note { .. } => Verb::Note,
            Self::Close { .. } => Verb::Close,
            Self::Reopen => Verb::Reopen,
        }
    }
}

/// Why somebody cannot do it. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such step.
    #[error("{verb} is not possible while the alert is {state}")]
    NotInState {
        /// What was tried.
        verb: Verb,
        /// The alert's state.
        state: State,
    },
    /// It has to be claimed first, so that no two work on it.
    #[error("{0} needs a claim: claim the alert first")]
    ClaimFirst(Verb),
    /// Somebody else has it.
    #[error("somebody else has claimed the alert until {until}")]
    HeldBy {
        /// Who.
        holder: Actor,
        /// Until when.
        until: Micros,
    },
    /// Another alert of the same citizen and problem is open.
    #[error("alert {0} of the same problem is open")]
    AlreadyOpen(AlertId),
    /// A text is missing or too long.
    #[error("{field} has to have 1–{most} characters")]
    Text {
        /// Which.
        field: &'static str,
        /// The most it may have.
        most: usize,
    },
    /// A time that has passed or is too far ahead.
    #[error("{field} has to be after now and not after {latest}")]
    Time {
        /// Which.
        field: &'static str,
        /// The latest it may be.
        latest: Micros,
    },
    /// The policy allows no snooze at this level.
    #[error("a {0} alert cannot be snoozed")]
    NoSnooze(Level),
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Acted {
    /// The alert is another version.
    Changed(Box<Alert>, Event),
    /// A new alert, linked to this one, which stays closed.
    Reopened(Draft, Event),
}

/// Does it, if [`TABLE`](super::state::TABLE) and the policy allow it. An alert whose time has run
/// out has to go through [`expire`](super::expire()) first.
///
/// # Errors
/// Why not.
pub fn act(
    alert: &Alert,
    action: &Action,
    actor: &Actor,
    now: Micros,
    policy: &Policy,
) -> Result<Acted, Refusal> {
    let verb = action.verb();
    if *action == Action::Reopen {
        return match alert.state {
            State::Closed => Ok(reopen(alert, actor, now, policy)),
            state => Err(Refusal::NotInState { verb, state }),
        };
    }
    let to = target(alert, verb, actor, now)?;
    let mut next = alert.clone();
    next.state = to;
    next.version += 1;
    next.material_version = next.version;
    next.updated = alert.updated.max(now);
    let mut text = None;
    let mut to_whom = None;
    let mut until = None;
    let mut outcome = None;
    match action {
        Action::Claim => {
            until = Some(minutes_after(now, policy.claim_minutes));
            next.holder = Some(actor.clone());
            next.claim_until = until;
            // Whoever takes it on sees the single readings as well.
            next.findings.iter_mut().for_each(|finding| finding.unconfirmed = None);
            relevel(&mut next, alert, now);
            if next.parked.take().is_some() || next.level > alert.level {
                next.due = due(next.level, now, policy);
            }
        }
        Action::Release => {
            next.holder = None;
            next.claim_until = None;
        }
        Action::RequestRemeasure => {
            until = Some(minutes_after(now, policy.remeasure_minutes));
            park(&mut next, until, actor, now, policy).remeasure = true;
        }
        Action::CallBack { at } => {
            let latest = Micros(now.0.saturating_add(MAX_CALL_BACK_DAYS * 86_400_000_000));
            until = Some(time("at", *at, now, latest)?);
            park(&mut next, until, actor, now, policy);
        }
        Action::Escalate { to } => {
            if let EscalateTo::Role(role) = to {
                written("to.role", role, MAX_ROLE)?;
            }
            to_whom = Some(to.clone());
            park(&mut next, None, actor, now, policy).to = Some(to.clone());
        }
        Action::Snooze { until: wanted, reason } => {
            let hours = policy.snooze_hours.of(alert.level);
            if hours == 0 {
                return Err(Refusal::NoSnooze(alert.level));
            }
            let latest = minutes_after(now, hours.saturating_mul(60));
            until = Some(time("until", *wanted, now, latest)?);
            text = Some(written("reason", reason, MAX_TEXT)?);
            park(&mut next, until, actor, now, policy).reason.clone_from(&text);
        }
        Action::Note { text: note } => text = Some(written("text", note, MAX_TEXT)?),
        Action::Close { outcome: code, note } => {
            let note = written("note", note, MAX_TEXT)?;
            (next.holder, next.claim_until, next.parked) = (None, None, None);
            text = Some(note.clone());
            outcome = Some(*code);
            let (at, by) = (next.updated, actor.clone());
            next.closing = Some(Closing { at, by, outcome: *code, note });
        }
        Action::Reopen => {}
    }
    let event = Event {
        text,
        to_whom,
        until,
        outcome,
        ..Event::between(Some(alert), &next, verb, Some(actor.clone()))
    };
    Ok(Acted::Changed(Box::new(next), event))
}

/// Where the table leads, if it lets this person.
fn target(alert: &Alert, verb: Verb, actor: &Actor, now: Micros) -> Result<State, Refusal> {
    let state = alert.state;
    let Some(step) = step_of(verb, state) else {
        let needs_claim = alert.is_open() && step_of(verb, State::Claimed).is_some();
        return Err(if needs_claim && state != State::Claimed {
            Refusal::ClaimFirst(verb)
        } else {
            Refusal::NotInState { verb, state }
        });
    };
    match step.who {
        Who::Holder => match (alert.claimed_by(now), alert.claim_until) {
            (Some(holder), _) if holder.id == actor.id => {}
            (Some(holder), Some(until)) => {
                return Err(Refusal::HeldBy { holder: holder.clone(), until });
            }
            _ => return Err(Refusal::ClaimFirst(verb)),
        },
        Who::NurseIfGreen if alert.level != Level::Green => return Err(Refusal::ClaimFirst(verb)),
        Who::Nurse | Who::NurseIfGreen | Who::Machine => {}
    }
    Ok(step.to)
}

/// Puts it aside. What is due then is what was agreed, or, if nobody said when, a new answer.
fn park<'a>(
    next: &'a mut Alert,
    until: Option<Micros>,
    actor: &Actor,
    now: Micros,
    policy: &Policy,
) -> &'a mut Parked {
    next.holder = Some(actor.clone());
    next.claim_until = None;
    next.due = until.unwrap_or_else(|| due(next.level, now, policy));
    let red = next.red_rules();
    let (level, remeasure, reason, to) = (next.level, false, None, None);
    next.parked.insert(Parked { until, level, red, remeasure, reason, to })
}

fn reopen(closed: &Alert, actor: &Actor, now: Micros, policy: &Policy) -> Acted {
    let next = Alert {
        id: AlertId::default(),
        state: State::New,
        version: 1,
        material_version: 1,
        opened: now,
        updated: now,
        level_since: now,
        worst: closed.level,
        due: due(closed.level, now, policy),
        closing: None,
        reopened_from: Some(closed.id),
        ..closed.clone()
    };
    let event = Event {
        reopened: Some(closed.id),
        ..Event::between(None, &next, Verb::Reopen, Some(actor.clone()))
    };
    Acted::Reopened(Draft(Box::new(next)), event)
}

/// Brings the level in line with the findings.
pub(super) fn relevel(next: &mut Alert, before: &Alert, now: Micros) {
    next.level = next.worst_finding();
    next.worst = next.worst.max(next.level);
    if next.level != before.level {
        next.level_since = now;
    }
}

fn written(field: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most {
        return Err(Refusal::Text { field, most });
    }
    Ok(text.to_owned())
}

fn time(field: &'static str, at: Micros, now: Micros, latest: Micros) -> Result<Micros, Refusal> {
    if at <= now || at > latest { Err(Refusal::Time { field, latest }) } else { Ok(at) }
}

/// So many minutes later.
pub(super) fn minutes_after(now: Micros, minutes: u32) -> Micros {
    Micros(now.0.saturating_add(i64::from(minutes) * 60_000_000))
}
