//! What new evidence, or the lack of it, makes of an open alert.

use super::action::relevel;
use super::alert::{Alert, Level};
use super::event::{Event, Seen, SeenAs};
use super::policy::Policy;
use super::state::{State, Verb};
use super::targets::due;
use crate::clock::Micros;

/// Brings level, state, version and response target of `next` in line with its findings, which have
/// changed as `seen` says. `cause` is what happened where nothing more particular did.
pub(super) fn settle(
    before: &Alert,
    mut next: Alert,
    seen: Vec<Seen>,
    cause: Verb,
    now: Micros,
    policy: &Policy,
) -> (Alert, Event) {
    relevel(&mut next, before, now);
    let (verb, to) = consequence(before, &next, &seen, cause);
    next.state = to;
    if to == State::New && before.state != State::New {
        (next.holder, next.claim_until, next.parked) = (None, None, None);
    }
    let target = due(next.level, now, policy);
    next.due = match verb {
        // It asks for an answer anew.
        Verb::Confirm | Verb::BreakThrough | Verb::Answer | Verb::Clear => target,
        Verb::RunOut if before.state == State::Pending => target,
        // Machines only bring answers forward.
        _ if next.level > before.level && next.parked.is_none() => before.due.min(target),
        _ => before.due,
    };
    next.version += 1;
    next.updated = before.updated.max(now);
    let news = next.findings.iter().any(|finding| {
        before.finding(&finding.rule).is_none_or(|known| {
            known.level < finding.level || known.counts_as() < finding.counts_as()
        })
    });
    if news || next.level != before.level || to != before.state {
        next.material_version = next.version;
    }
    let event = Event { seen, ..Event::between(Some(before), &next, verb, None) };
    (next, event)
}

/// Which step of the table it is, and where it leads.
fn consequence(before: &Alert, next: &Alert, seen: &[Seen], cause: Verb) -> (Verb, State) {
    let state = before.state;
    let over = next.level == Level::Green;
    let counts = next.findings.iter().any(|finding| finding.counts_as() > Level::Green);
    let newly_over = over && before.level != Level::Green;
    match state {
        State::Pending if over => (Verb::Clear, State::New),
        State::Pending if counts && cause == Verb::RunOut => (Verb::RunOut, State::New),
        State::Pending if counts => (Verb::Confirm, State::New),
        State::Waiting | State::Escalated | State::Snoozed if breaks_through(next) => {
            (Verb::BreakThrough, State::New)
        }
        State::Waiting if over => (Verb::Clear, State::New),
        State::Waiting if cause == Verb::Merge && answers(before, seen) => {
            (Verb::Answer, State::New)
        }
        _ if newly_over => (Verb::Clear, state),
        _ => (cause, state),
    }
}

/// Whether it is worse than what was put aside.
fn breaks_through(alert: &Alert) -> bool {
    alert.parked.as_ref().is_some_and(|parked| {
        let counting = alert.findings.iter().map(super::AlertFinding::counts_as).max();
        counting.is_some_and(|level| level > parked.level)
            || alert.red_rules().iter().any(|rule| !parked.red.contains(rule))
    })
}

/// Whether the re-measure that was asked for has come.
fn answers(before: &Alert, seen: &[Seen]) -> bool {
    before.parked.as_ref().is_some_and(|parked| parked.remeasure)
        && seen.iter().any(|seen| seen.how != SeenAs::Over && seen.evidence_at > before.evidence_at)
}
