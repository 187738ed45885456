use super::*;

#[test]
fn a_claim_runs_out_and_the_alert_is_free_again() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Red, case.now));
    let due = case.alert().due;
    case.must("ane", &Action::Claim);
    case.pass(29 * MINUTE);
    assert_eq!(case.alert().claimed_by(case.now), Some(&nurse("ane")));
    assert!(matches!(case.does("bo", &Action::Claim), Err(Refusal::HeldBy { .. })));
    // Claiming again takes longer over it.
    case.must("ane", &Action::Claim);
    case.pass(29 * MINUTE);
    assert_eq!(case.alert().state, State::Claimed);
    case.pass(MINUTE);
    let alert = case.alert();
    assert_eq!((alert.state, &alert.holder, alert.claim_until), (State::New, &None, None));
    assert_eq!(alert.due, due, "a claim does not stop the clock");
    case.must("bo", &Action::Claim);
}

#[test]
fn a_call_back_that_was_not_made_is_overdue() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Yellow, case.now));
    case.must("ane", &Action::Claim);
    let when = Micros(case.now.0 + 3 * HOUR);
    case.must("ane", &Action::CallBack { at: when });
    assert_eq!((case.alert().state, case.alert().due), (State::Waiting, when));
    case.pass(3 * HOUR - 1);
    assert_eq!(case.alert().state, State::Waiting);
    case.pass(2);
    assert_eq!(case.alert().state, State::New);
    assert!(case.alert().is_overdue(case.now));
}

#[test]
fn a_snooze_ends_and_asks_anew() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Yellow, case.now));
    case.must("ane", &Action::Claim);
    let until = Micros(case.now.0 + 2 * DAY);
    case.must("ane", &Action::Snooze { until, reason: "on holiday".to_owned() });
    let parked = case.alert().parked.clone().expect("parked");
    assert_eq!(parked.reason.as_deref(), Some("on holiday"));
    case.pass(2 * DAY);
    let alert = case.alert();
    assert_eq!((alert.state, &alert.parked), (State::New, &None));
    assert_eq!(alert.due, at("2026-01-15T10:00+01:00"));
}

#[test]
fn a_single_reading_that_nobody_repeats_comes_to_the_list() {
    let mut case = Case::new();
    let one = Observed { confirm_minutes: 30, ..says("a", Outcome::Red, case.now) };
    assert_eq!(case.sees(one), Some(Ended::Raised));
    assert_eq!((case.alert().state, case.alert().level), (State::Pending, Level::Red));
    case.pass(30 * MINUTE - 1);
    assert_eq!(case.alert().state, State::Pending);
    case.pass(1);
    assert_eq!((case.alert().state, case.alert().level), (State::New, Level::Red));
    assert_eq!(case.alert().due, at("2026-01-12T12:30+01:00"));
}

#[test]
fn a_single_red_reading_breaks_a_snooze_once_its_time_is_over() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Yellow, case.now));
    case.must("ane", &Action::Claim);
    let until = Micros(case.now.0 + 2 * DAY);
    case.must("ane", &Action::Snooze { until, reason: "known".to_owned() });
    let one = Observed { confirm_minutes: 30, ..says("b", Outcome::Red, case.now) };
    assert!(suppressed(Reason::Snoozed)(case.sees(one)));
    assert_eq!((case.alert().state, case.alert().level), (State::Snoozed, Level::Yellow));
    case.pass(30 * MINUTE);
    assert_eq!((case.alert().state, case.alert().level), (State::New, Level::Red));
}

#[test]
fn nothing_runs_out_of_a_closed_alert() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Yellow, case.now));
    case.must("ane", &Action::Claim);
    case.must("ane", &close());
    let closed = case.closed.expect("closed");
    assert_eq!(closed.expires_at(), None);
    let far = Micros(case.now.0 + 1_000 * DAY);
    assert_eq!(expire(&closed, far, &case.policy), None);
}
