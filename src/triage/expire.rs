//! What happens to alerts because time passes.

use super::alert::Alert;
use super::event::{Event, Seen, SeenAs};
use super::merge::settle;
use super::policy::Policy;
use super::state::{State, Verb};
use super::targets::due;
use crate::clock::Micros;

/// Ends what has run out by now: a claim, a snooze, a wait, the time for a re-measure. `None` when
/// nothing has. There may be more than one: call it until there is none.
pub fn expire(alert: &Alert, now: Micros, policy: &Policy) -> Option<(Alert, Event)> {
    if !alert.is_open() {
        return None;
    }
    let passed = |until: Option<Micros>| until.is_some_and(|until| until <= now);
    if passed(alert.claim_until) || passed(alert.parked.as_ref().and_then(|parked| parked.until)) {
        return Some(back_to_list(alert, now, policy));
    }
    let mut next = alert.clone();
    let mut seen = Vec::new();
    for finding in &mut next.findings {
        if passed(finding.unconfirmed.map(|unconfirmed| unconfirmed.until)) {
            finding.unconfirmed = None;
            seen.push(Seen {
                rule: finding.rule.clone(),
                level: finding.level,
                evidence_at: finding.last_at,
                as_of: finding.as_of,
                how: SeenAs::Unanswered,
            });
        }
    }
    (!seen.is_empty()).then(|| settle(alert, next, seen, Verb::RunOut, now, policy))
}

/// A snooze asks for an answer anew. A wait was to have been answered by now, and a claim does not
/// stop the clock.
fn back_to_list(alert: &Alert, now: Micros, policy: &Policy) -> (Alert, Event) {
    let mut next = alert.clone();
    if alert.state == State::Snoozed {
        next.due = due(alert.level, now, policy);
    }
    next.state = State::New;
    (next.holder, next.claim_until, next.parked) = (None, None, None);
    next.version += 1;
    next.material_version = next.version;
    next.updated = alert.updated.max(now);
    let event = Event::between(Some(alert), &next, Verb::RunOut, None);
    (next, event)
}
