use std::collections::BTreeSet;

use super::*;
use crate::triage::state::{TABLE, Verb, Who, is_legal, step_of};
use crate::triage::{Cursor, EscalateTo, Order};

/// An alert in each state, and one that is green.
fn in_state(state: State) -> Case {
    let mut case = Case::new();
    let confirm_minutes = if state == State::Pending { 30 } else { 0 };
    case.sees(Observed { confirm_minutes, ..says("a", Outcome::Yellow, case.now) });
    if !matches!(state, State::Pending | State::New) {
        case.must("ane", &Action::Claim);
    }
    let later = Micros(case.now.0 + HOUR);
    match state {
        State::Pending | State::New | State::Claimed => {}
        State::Waiting => case.must("ane", &Action::RequestRemeasure),
        State::Escalated => case.must("ane", &Action::Escalate { to: EscalateTo::Gp }),
        State::Snoozed => {
            case.must("ane", &Action::Snooze { until: later, reason: "known".to_owned() });
        }
        State::Closed => case.must("ane", &close()),
    }
    case
}

fn every_action(now: Micros) -> Vec<Action> {
    let later = Micros(now.0 + HOUR);
    vec![
        Action::Claim,
        Action::Release,
        Action::RequestRemeasure,
        Action::CallBack { at: later },
        Action::Escalate { to: EscalateTo::Emergency },
        Action::Snooze { until: later, reason: "known".to_owned() },
        Action::Note { text: "rang; no answer".to_owned() },
        close(),
        Action::Reopen,
    ]
}

/// The whole matrix, as nurses meet it: what is possible in which state for whoever has claimed it
/// (upper case) and for anybody (lower case).
#[test]
fn who_may_do_what() {
    let mut matrix = Vec::new();
    for state in State::ALL {
        let mut possible = Vec::new();
        let case = in_state(state);
        for action in every_action(case.now) {
            let name = action.verb().to_string();
            let holder = case.clone().does("ane", &action).is_ok();
            let other = case.clone().does("bo", &action).is_ok();
            assert!(holder || !other, "{action:?} in {state}");
            match (holder, other) {
                (true, true) => possible.push(name),
                (true, false) => possible.push(name.to_uppercase()),
                _ => {}
            }
        }
        matrix.push(format!("{state}: {}", possible.join(" ")));
    }
    assert_eq!(
        matrix,
        [
            "pending: claim note",
            "new: claim note",
            "claimed: CLAIM RELEASE REQUEST-REMEASURE CALL-BACK ESCALATE SNOOZE note CLOSE",
            "waiting: claim note close",
            "escalated: claim note close",
            "snoozed: claim note",
            "closed: reopen",
        ]
    );
}

#[test]
fn greens_may_be_closed_unclaimed() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Yellow, case.now));
    assert_eq!(case.does("ane", &close()), Err(Refusal::ClaimFirst(Verb::Close)));
    case.pass(HOUR);
    case.sees(says("a", Outcome::Clear, case.now));
    assert_eq!((case.alert().level, case.alert().state), (Level::Green, State::New));
    case.must("ane", &close());
}

#[test]
fn the_table_has_no_step_twice_and_none_by_machine_to_closed() {
    let mut seen = BTreeSet::new();
    for step in TABLE {
        assert!(seen.insert((step.verb, step.from, step.to)), "{step:?}");
        assert!(step.who != Who::Machine || step.to != State::Closed, "{step:?}");
        assert_ne!(step.from, Some(State::Closed), "{step:?}");
        if let Some(from) = step.from.filter(|_| step.who != Who::Machine) {
            // Where a person's step leads is never a matter of chance.
            assert_eq!(step_of(step.verb, from), Some(step));
        }
    }
    assert!(!is_legal(Verb::Close, Some(State::Snoozed), State::Closed));
}

#[test]
fn texts_and_times_are_checked() {
    let mut case = in_state(State::Claimed);
    let now = case.now;
    let snooze = |until, reason: &str| Action::Snooze { until, reason: reason.to_owned() };
    let hours = |hours: i64| Micros(now.0 + hours * HOUR);
    for bad in [
        snooze(now, "known"),
        snooze(hours(169), "known"),
        snooze(hours(1), "  \n"),
        snooze(hours(1), &"x".repeat(4_001)),
        Action::Note { text: String::new() },
        Action::Close { outcome: CloseOutcome::NoAction, note: " ".to_owned() },
        Action::CallBack { at: hours(-1) },
        Action::CallBack { at: hours(32 * 24) },
        Action::Escalate { to: EscalateTo::Role(String::new()) },
    ] {
        let before = case.open.clone();
        assert!(case.does("ane", &bad).is_err(), "{bad:?}");
        assert_eq!(case.open, before);
    }
    case.must("ane", &snooze(hours(168), "known"));
}

#[test]
fn red_is_not_snoozed_unless_the_policy_lets_it() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Red, case.now));
    case.must("ane", &Action::Claim);
    let snooze = Action::Snooze { until: Micros(case.now.0 + HOUR), reason: "GP knows".to_owned() };
    assert_eq!(case.does("ane", &snooze), Err(Refusal::NoSnooze(Level::Red)));
    case.policy.snooze_hours.red = 2;
    case.must("ane", &snooze);
    // The same red stays snoozed, another rule's does not.
    case.pass(MINUTE);
    assert!(suppressed(Reason::Snoozed)(case.sees(says("a", Outcome::Red, case.now))));
    assert_eq!(case.sees(says("b", Outcome::Red, case.now)), Some(Ended::Merged));
    assert_eq!(case.alert().state, State::New);
}

#[test]
fn opened_again_it_is_another_alert() {
    let mut case = in_state(State::Closed);
    let closed = case.closed.clone().expect("closed");
    case.pass(DAY);
    case.must("bo", &Action::Reopen);
    let alert = case.alert();
    assert_eq!(alert.reopened_from, Some(closed.id));
    assert_ne!(alert.id, closed.id);
    assert_eq!((alert.version, alert.state, &alert.closing), (1, State::New, &None));
    assert_eq!((alert.opened, alert.level), (case.now, Level::Yellow));
    assert_eq!(alert.findings, closed.findings);
    assert_eq!(case.closed, Some(closed));
}

#[test]
fn a_closing_says_who_and_why() {
    let case = in_state(State::Closed);
    let closing = case.closed.expect("closed").closing.expect("a closing");
    assert_eq!((closing.by, closing.at), (nurse("ane"), case.now));
    assert_eq!((closing.outcome, closing.note.as_str()), (CloseOutcome::Advice, "rang; salt"));
}

#[test]
fn actions_are_json() {
    let parse = |json: &str| serde_json::from_str::<Action>(json);
    let action = parse(r#"{"action":"close","outcome":"re-measure-normal","note":"n"}"#);
    let note = "n".to_owned();
    let expected = Action::Close { outcome: CloseOutcome::RemeasureNormal, note };
    assert_eq!(action.expect("an action"), expected);
    let action = parse(r#"{"action":"escalate","to":"112"}"#).expect("an action");
    assert_eq!(action, Action::Escalate { to: EscalateTo::Emergency });
    let action = parse(r#"{"action":"escalate","to":{"role":"lead"}}"#).expect("an action");
    assert_eq!(action, Action::Escalate { to: EscalateTo::Role("lead".to_owned()) });
    assert!(parse(r#"{"action":"close","outcome":"advice"}"#).is_err(), "the note is mandatory");
    assert!(parse(r#"{"action":"erase"}"#).is_err());
    for outcome in CloseOutcome::ALL {
        let json = serde_json::to_string(&outcome).expect("json");
        assert_eq!(json, format!("\"{}\"", outcome.as_str()));
    }
    for reason in Reason::ALL {
        let json = serde_json::to_string(&reason).expect("json");
        assert_eq!(json, format!("\"{}\"", reason.as_str()));
    }
}

#[test]
fn the_order_of_the_worklist() {
    let now = at("2026-01-12T10:00+01:00");
    let id = |n: u8| AlertId::from_bytes([n; 16]);
    let order = |level, overdue, trend, opened, n| Order {
        level,
        overdue,
        silent: false,
        trend,
        opened: Micros(now.0 + opened),
        id: id(n),
    };
    let sorted = [
        order(Level::Red, true, 0.0, 5, 9),
        order(Level::Red, false, 2.0, 5, 8),
        order(Level::Red, false, 1.0, 3, 7),
        order(Level::Red, false, 1.0, 4, 1),
        order(Level::Red, false, 1.0, 4, 2),
        order(Level::Red, false, -1.0, 9, 7),
        // Who has measured badly comes before who has not measured.
        Order { silent: true, ..order(Level::Red, false, 5.0, 0, 6) },
        order(Level::Yellow, true, 9.0, 0, 3),
        order(Level::Blue, true, -1.0, 0, 4),
        order(Level::Green, true, 9.0, 0, 5),
    ];
    assert!(sorted.is_sorted());
    for last in sorted {
        let cursor = Cursor { as_of: now, last };
        let text = cursor.to_string();
        assert_eq!(text.parse(), Ok(cursor), "{text}");
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
    }
    let cursor = Cursor { as_of: now, last: sorted[0] }.to_string();
    for bad in ["", "1_2_3", &format!("{cursor}_"), &cursor.replacen("_0_", "_9_", 1)] {
        assert!(bad.parse::<Cursor>().is_err(), "{bad}");
    }
}
