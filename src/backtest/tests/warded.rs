use pulsvagt_analytics::Pack;

use super::*;
use crate::backtest::ward::{Case, Ward};
use crate::triage::{Level, Policy, Reason};

fn run(screenings: &[Screening], until: i64) -> (Vec<Case>, u64) {
    let policy = Policy::default();
    let mut ward = Ward::new(1, Pack::default_pack(), &policy);
    for screening in screenings {
        ward.take(screening);
    }
    let (cases, suppressed) = ward.end(Micros(until));
    let quiet = suppressed.get(&Reason::QuietAfterClosing).copied().unwrap_or_default();
    (cases, quiet)
}

#[test]
fn a_red_alert_is_closed_after_two_staffed_hours() {
    // Sunday noon: the nurse comes on Monday at 8.
    let at = MONDAY - 12 * HOUR;
    let (cases, _) = run(&[says("RULE", Outcome::Red, at)], at + 7 * DAY);
    let [case] = &cases[..] else { panic!("{cases:?}") };
    assert_eq!((case.opened, case.worst), (Micros(at), Level::Red));
    let manual = case.manual.as_ref().unwrap();
    assert_eq!((manual.at, manual.level, manual.rule.as_str()), (Micros(at), Level::Red, "RULE"));
    assert_eq!(case.closed, Some(Micros(MONDAY + 10 * HOUR)));
}

#[test]
fn what_fires_again_while_it_is_quiet_raises_nothing() {
    let at = MONDAY + 12 * HOUR;
    let days: Vec<Screening> =
        (0..6).map(|day| says("RULE", Outcome::Yellow, at + day * DAY)).collect();
    let (cases, quiet) = run(&days, at + 5 * DAY);
    // Raised on Monday at 12, due and closed on Tuesday at 12 before that day's screening; quiet
    // for 72 hours until Friday at 12, when it is raised again.
    let opened: Vec<i64> = cases.iter().map(|case| (case.opened.0 - at) / DAY).collect();
    assert_eq!(opened, [0, 4]);
    assert_eq!(cases[0].closed, Some(Micros(at + DAY)));
    assert_eq!(quiet, 3);
}

#[test]
fn blue_is_not_manual_but_turning_yellow_makes_it_so() {
    let at = MONDAY + 9 * HOUR;
    let blue = says("RULE", Outcome::Blue, at);
    let (cases, _) = run(std::slice::from_ref(&blue), at + 7 * DAY);
    assert_eq!(cases[0].manual, None);
    let worse = says("RULE", Outcome::Yellow, at + 3 * HOUR);
    let (cases, _) = run(&[blue, worse], at + 7 * DAY);
    let [case] = &cases[..] else { panic!("{cases:?}") };
    assert_eq!(case.manual.as_ref().unwrap().at, Micros(at + 3 * HOUR));
    assert_eq!(case.opened, Micros(at));
    assert_eq!(case.red, None);
}

#[test]
fn a_single_reading_waits_before_a_nurse_sees_it() {
    // The rule of the default pack waits 15 minutes for another reading.
    let at = MONDAY + 9 * HOUR;
    let (cases, _) = run(&[says("BP-SEVERE", Outcome::Red, at)], at + HOUR);
    assert_eq!(cases[0].red, Some(Micros(at + HOUR / 4)));
    let early = run(&[says("BP-SEVERE", Outcome::Red, at)], at + HOUR / 8).0;
    assert_eq!((early[0].manual.as_ref(), early[0].worst), (None, Level::Red));
}
