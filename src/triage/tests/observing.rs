use super::*;
use crate::triage::SeenAs;

#[test]
fn findings_gather_in_one_alert_and_the_worst_counts() {
    let mut case = Case::new();
    let first = case.now;
    assert_eq!(case.sees(says("a", Outcome::Blue, first)), Some(Ended::Raised));
    assert_eq!(case.alert().level, Level::Blue);
    case.pass(HOUR);
    let effects =
        case.see(&[says("a", Outcome::Blue, case.now), says("b", Outcome::Red, case.now)]);
    assert!(effects.fates.iter().all(|fate| fate.ended == Ended::Merged));
    let alert = case.alert();
    assert_eq!((alert.level, alert.level_since, alert.version), (Level::Red, case.now, 2));
    assert_eq!(alert.due, at("2026-01-12T13:00+01:00"));
    assert_eq!(alert.findings.len(), 2);
    let a = alert.finding("a").expect("a finding");
    assert_eq!((a.count, a.first_at, a.last_at), (2, first, case.now));
    assert_eq!(a.text.en, "a en");
    assert_eq!((alert.evidence_at, alert.trend.to_bits()), (case.now, 0.5_f64.to_bits()));
    let Some(Change::Update(_, event)) = effects.change else { panic!("no change") };
    let how: Vec<_> = event.seen.iter().map(|seen| (seen.rule.as_str(), seen.how)).collect();
    assert_eq!(how, [("a", SeenAs::Again), ("b", SeenAs::First)]);
}

#[test]
fn the_same_evidence_again_changes_nothing() {
    let mut case = Case::new();
    let evidence = case.now;
    case.sees(says("a", Outcome::Yellow, evidence));
    let before = case.alert().clone();
    case.pass(HOUR);
    assert!(suppressed(Reason::SameEvidence)(case.sees(says("a", Outcome::Yellow, evidence))));
    // Nor does it become better by being looked at again.
    assert!(suppressed(Reason::SameEvidence)(case.sees(says("a", Outcome::Blue, evidence))));
    assert_eq!(*case.alert(), before);
    // But worse: a limit was changed, or silence has grown.
    assert_eq!(case.sees(says("a", Outcome::Red, evidence)), Some(Ended::Merged));
    assert_eq!(case.alert().level, Level::Red);
}

#[test]
fn only_newer_clear_evidence_turns_it_green_and_only_a_nurse_closes() {
    let mut case = Case::new();
    let evidence = case.now;
    case.see(&[says("a", Outcome::Red, evidence), says("b", Outcome::Yellow, evidence)]);
    case.pass(DAY);
    for nothing in [
        says("a", Outcome::NotEvaluable, None),
        says("a", Outcome::NotApplicable, None),
        says("a", Outcome::Holding, case.now),
        says("a", Outcome::Clear, evidence),
        says("a", Outcome::Clear, Micros(evidence.0 - HOUR)),
        says("a", Outcome::Clear, None),
    ] {
        let before = case.alert().clone();
        assert_eq!(case.see(std::slice::from_ref(&nothing)), Effects::default(), "{nothing:?}");
        assert_eq!(*case.alert(), before);
    }
    case.see(&[says("a", Outcome::Clear, case.now)]);
    assert_eq!(case.alert().level, Level::Yellow);
    assert_eq!(case.alert().worst, Level::Red);
    assert_eq!(case.alert().due, at("2026-01-12T12:00+01:00"), "it does not become less urgent");
    case.see(&[says("b", Outcome::Clear, case.now)]);
    let alert = case.alert();
    assert_eq!((alert.level, alert.state), (Level::Green, State::New));
    assert_eq!(alert.due, at("2026-01-20T10:00+01:00"));
    assert_eq!(alert.findings.len(), 2, "findings stay");
    // It comes back in the same alert.
    let old = says("a", Outcome::Red, Micros(case.now.0 - HOUR));
    assert!(suppressed(Reason::SameEvidence)(case.sees(old)));
    case.pass(HOUR);
    assert_eq!(case.sees(says("a", Outcome::Yellow, case.now)), Some(Ended::Merged));
    assert_eq!(case.alert().level, Level::Yellow);
}

#[test]
fn silence_is_its_own_evidence_once_a_day() {
    let mut case = Case::new();
    assert_eq!(case.sees(says("silence", Outcome::Blue, None)), Some(Ended::Raised));
    case.pass(HOUR);
    let again = case.sees(says("silence", Outcome::Blue, None));
    assert!(suppressed(Reason::SameEvidence)(again));
    case.pass(DAY);
    assert_eq!(case.sees(says("silence", Outcome::Blue, None)), Some(Ended::Merged));
    case.must("ane", &Action::Claim);
    case.must("ane", &close());
    case.pass(DAY);
    let quiet = case.sees(says("silence", Outcome::Blue, None));
    assert!(suppressed(Reason::QuietAfterClosing)(quiet));
    // Somebody who goes on measuring nothing is not forgotten.
    case.pass(2 * DAY);
    assert_eq!(case.sees(says("silence", Outcome::Blue, None)), Some(Ended::Raised));
    case.pass(HOUR);
    case.see(&[says("silence", Outcome::Clear, None)]);
    assert_eq!(case.alert().level, Level::Green);
}

#[test]
fn silence_is_over_on_the_day_on_which_it_was_noticed() {
    let mut case = Case::new();
    for outcome in [Outcome::Blue, Outcome::Yellow, Outcome::Red] {
        case.see(&[says("silence", outcome, None)]);
        case.pass(HOUR);
    }
    assert_eq!((case.alert().level, case.alert().version), (Level::Red, 3));
    let due = case.alert().due;
    // Still silent: nothing is over because nothing came.
    case.see(&[says("silence", Outcome::NotEvaluable, None)]);
    assert_eq!((case.alert().level, case.alert().due), (Level::Red, due));
    case.see(&[says("silence", Outcome::Clear, None)]);
    assert_eq!((case.alert().level, case.alert().state), (Level::Green, State::New));
}

#[test]
fn silence_that_is_over_does_not_count_as_a_day_of_the_next() {
    let lasting = |outcome| Observed { persist: 2, ..says("silence", outcome, None) };
    let not_yet = suppressed(Reason::NotYetPersistent);
    let mut case = Case::new();
    assert!(not_yet(case.sees(lasting(Outcome::Yellow))));
    case.pass(HOUR);
    case.see(&[lasting(Outcome::Clear)]);
    case.pass(DAY);
    assert!(not_yet(case.sees(lasting(Outcome::Yellow))), "the first day of another silence");
    case.pass(DAY);
    assert_eq!(case.sees(lasting(Outcome::Yellow)), Some(Ended::Raised));
}

#[test]
fn silence_that_is_over_ends_no_snooze_and_no_quiet_time() {
    let mut case = Case::new();
    case.sees(says("silence", Outcome::Yellow, None));
    case.must("ane", &Action::Claim);
    let until = Micros(case.now.0 + 2 * DAY);
    case.must("ane", &Action::Snooze { until, reason: "on holiday".to_owned() });
    case.pass(HOUR);
    case.see(&[says("silence", Outcome::Clear, None)]);
    assert_eq!((case.alert().level, case.alert().state), (Level::Green, State::Snoozed));
    case.pass(2 * DAY);
    assert_eq!(case.alert().state, State::New, "a nurse looks at it again");

    let mut case = Case::new();
    case.sees(says("silence", Outcome::Yellow, None));
    case.must("ane", &Action::Claim);
    case.must("ane", &close());
    case.pass(HOUR);
    assert_eq!(case.see(&[says("silence", Outcome::Clear, None)]), Effects::default());
    case.pass(DAY);
    let quiet = case.sees(says("silence", Outcome::Yellow, None));
    assert!(suppressed(Reason::QuietAfterClosing)(quiet));
}

#[test]
fn quiet_after_closing_by_level() {
    // Level then, level now, whether the same rule, hours since; whether it is quiet.
    let cases = [
        (Outcome::Yellow, Outcome::Yellow, true, 71, true),
        (Outcome::Yellow, Outcome::Yellow, true, 72, false),
        (Outcome::Yellow, Outcome::Yellow, false, 71, true),
        (Outcome::Yellow, Outcome::Blue, true, 71, true),
        (Outcome::Yellow, Outcome::Red, true, 1, false),
        (Outcome::Red, Outcome::Red, true, 11, true),
        (Outcome::Red, Outcome::Red, true, 12, false),
        // A red that the nurse has not seen.
        (Outcome::Red, Outcome::Red, false, 1, false),
        (Outcome::Red, Outcome::Yellow, true, 71, true),
        (Outcome::Blue, Outcome::Yellow, true, 1, false),
    ];
    for (then, now, same, hours, quiet) in cases {
        let mut case = Case::new();
        case.sees(says("a", then, case.now));
        case.must("ane", &Action::Claim);
        case.must("ane", &close());
        case.pass(hours * HOUR);
        let ended = case.sees(says(if same { "a" } else { "b" }, now, case.now));
        assert_eq!(
            suppressed(Reason::QuietAfterClosing)(ended),
            quiet,
            "{then:?} {now:?} {same} {hours}: {ended:?}"
        );
        assert_eq!(case.open.is_some(), !quiet);
    }
}

#[test]
fn what_a_nurse_has_closed_does_not_come_back_on_the_same_evidence() {
    let mut case = Case::new();
    let evidence = case.now;
    case.sees(says("a", Outcome::Yellow, evidence));
    case.must("ane", &Action::Claim);
    case.must("ane", &close());
    case.pass(100 * DAY);
    assert!(suppressed(Reason::SameEvidence)(case.sees(says("a", Outcome::Yellow, evidence))));
    assert!(suppressed(Reason::SameEvidence)(case.sees(says("a", Outcome::Blue, evidence))));
    assert_eq!(case.open, None);
    assert_eq!(case.sees(says("a", Outcome::Red, evidence)), Some(Ended::Raised));
}

#[test]
fn a_reading_from_before_the_closing_that_came_late_is_seen() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Yellow, case.now));
    case.pass(DAY);
    let before_closing = Micros(case.now.0 - HOUR);
    case.must("ane", &Action::Claim);
    case.must("ane", &close());
    case.pass(HOUR);
    assert_eq!(case.sees(says("a", Outcome::Red, before_closing)), Some(Ended::Raised));
}

#[test]
fn nothing_is_quiet_after_a_green_was_closed() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Yellow, case.now));
    case.pass(HOUR);
    case.see(&[says("a", Outcome::Clear, case.now)]);
    case.must("ane", &close());
    case.pass(HOUR);
    assert_eq!(case.sees(says("a", Outcome::Yellow, case.now)), Some(Ended::Raised));
}

#[test]
fn what_was_over_when_it_was_closed_does_not_come_back_on_older_evidence() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Yellow, case.now));
    case.pass(2 * HOUR);
    case.see(&[says("a", Outcome::Clear, case.now)]);
    case.must("ane", &close());
    let before_it_was_over = Micros(case.now.0 - HOUR);
    case.pass(HOUR);
    let late = case.sees(says("a", Outcome::Red, before_it_was_over));
    assert!(suppressed(Reason::SameEvidence)(late));
}

#[test]
fn evidence_from_before_it_was_over_does_not_count_as_a_day() {
    let lasting = |outcome, at| Observed { persist: 2, ..says("a", outcome, at) };
    let not_yet = suppressed(Reason::NotYetPersistent);
    let mut case = Case::new();
    let first = case.now;
    assert!(not_yet(case.sees(lasting(Outcome::Yellow, first))));
    case.pass(DAY);
    case.see(&[lasting(Outcome::Clear, case.now)]);
    assert!(not_yet(case.sees(lasting(Outcome::Yellow, first))), "the reading of the day before");
    case.pass(DAY);
    assert!(not_yet(case.sees(lasting(Outcome::Yellow, case.now))), "the first day since");
    case.pass(DAY);
    assert_eq!(case.sees(lasting(Outcome::Yellow, case.now)), Some(Ended::Raised));
}

#[test]
fn one_reading_does_not_confirm_itself() {
    let mut case = Case::new();
    case.policy.confirm_apart_minutes = 0;
    let single = |outcome, at| Observed { confirm_minutes: 30, ..says("a", outcome, at) };
    let first = case.now;
    case.sees(single(Outcome::Yellow, first));
    // A limit was changed: the same reading is red now.
    assert_eq!(case.sees(single(Outcome::Red, first)), Some(Ended::Merged));
    assert_eq!((case.alert().state, case.alert().level), (State::Pending, Level::Red));
    case.pass(MINUTE);
    case.sees(single(Outcome::Red, case.now));
    assert_eq!(case.alert().state, State::New);
}

#[test]
fn a_rule_that_has_to_persist() {
    let lasting = |outcome, at| Observed { persist: 3, ..says("a", outcome, at) };
    let not_yet = suppressed(Reason::NotYetPersistent);
    let mut case = Case::new();
    assert!(not_yet(case.sees(lasting(Outcome::Yellow, case.now))));
    case.pass(HOUR);
    assert!(not_yet(case.sees(lasting(Outcome::Yellow, case.now))), "the same day");
    case.pass(DAY);
    assert!(not_yet(case.sees(lasting(Outcome::Yellow, case.now))), "the second day");
    // Screened a day later on the evidence of the day before.
    let evidence = case.now;
    case.pass(DAY);
    assert!(not_yet(case.sees(lasting(Outcome::Yellow, evidence))));
    assert_eq!(case.open, None);
    assert_eq!(case.sees(lasting(Outcome::Yellow, case.now)), Some(Ended::Raised));

    // Red counts at once.
    let mut case = Case::new();
    assert_eq!(case.sees(lasting(Outcome::Red, case.now)), Some(Ended::Raised));

    // Over in between, or too far apart: it begins anew.
    for (clear, gap) in [(true, 1), (false, 7)] {
        let mut case = Case::new();
        assert!(not_yet(case.sees(lasting(Outcome::Yellow, case.now))));
        case.pass(DAY);
        assert!(not_yet(case.sees(lasting(Outcome::Yellow, case.now))));
        if clear {
            case.pass(HOUR);
            case.see(&[lasting(Outcome::Clear, case.now)]);
        }
        case.pass(gap * DAY);
        assert!(not_yet(case.sees(lasting(Outcome::Yellow, case.now))));
    }
}

#[test]
fn days_of_persistence_are_local() {
    let mut case = Case::new();
    let lasting = |at| Observed { persist: 2, ..says("a", Outcome::Yellow, at) };
    case.now = at("2026-01-12T23:30+01:00");
    case.sees(lasting(case.now));
    // Another day in Denmark, the same in UTC.
    case.pass(HOUR);
    assert_eq!(case.sees(lasting(case.now)), Some(Ended::Raised));
}

#[test]
fn a_first_sight_waits_for_a_second_reading() {
    let single = |outcome, at| Observed { confirm_minutes: 30, ..says("a", outcome, at) };
    let mut case = Case::new();
    let first = case.now;
    assert_eq!(case.sees(single(Outcome::Red, first)), Some(Ended::Raised));
    assert_eq!(case.alert().state, State::Pending);
    assert!(suppressed(Reason::AwaitingRemeasure)(case.sees(single(Outcome::Red, first))));
    // Two readings of one sitting are no confirmation.
    case.pass(2 * MINUTE);
    assert_eq!(case.sees(single(Outcome::Red, case.now)), Some(Ended::Merged));
    assert_eq!(case.alert().state, State::Pending);
    case.pass(3 * MINUTE);
    assert_eq!(case.sees(single(Outcome::Yellow, case.now)), Some(Ended::Merged));
    assert_eq!((case.alert().state, case.alert().level), (State::New, Level::Yellow));

    // The second reading is normal: green, for a nurse to look through.
    let mut case = Case::new();
    case.sees(single(Outcome::Red, case.now));
    case.pass(6 * MINUTE);
    case.see(&[single(Outcome::Clear, case.now)]);
    assert_eq!((case.alert().state, case.alert().level), (State::New, Level::Green));

    // Another rule is sure: it is on the list at once, and as urgent as that one says.
    let mut case = Case::new();
    case.see(&[single(Outcome::Red, case.now), says("b", Outcome::Yellow, case.now)]);
    assert_eq!((case.alert().state, case.alert().level), (State::New, Level::Yellow));
    // Whoever takes it on sees the single reading.
    case.must("ane", &Action::Claim);
    assert_eq!(case.alert().level, Level::Red);
}

#[test]
fn worse_breaks_through_whatever_it_was_put_aside_for() {
    let later = |case: &Case| Micros(case.now.0 + DAY);
    for state in ["snoozed", "waiting", "escalated"] {
        let mut case = Case::new();
        case.sees(says("a", Outcome::Yellow, case.now));
        case.must("ane", &Action::Claim);
        let until = later(&case);
        case.must(
            "ane",
            &match state {
                "snoozed" => Action::Snooze { until, reason: "known".to_owned() },
                "waiting" => Action::CallBack { at: until },
                _ => Action::Escalate { to: crate::triage::EscalateTo::Gp },
            },
        );
        case.pass(HOUR);
        let ended = case.sees(says("a", Outcome::Yellow, case.now));
        assert_eq!(case.alert().state.as_str(), state, "as it was");
        assert_eq!(suppressed(Reason::Snoozed)(ended), state == "snoozed");
        assert_eq!(case.alert().finding("a").map(|finding| finding.count), Some(2), "but known");
        case.pass(HOUR);
        assert_eq!(case.sees(says("b", Outcome::Red, case.now)), Some(Ended::Merged));
        let alert = case.alert();
        assert_eq!((alert.state, &alert.parked, &alert.holder), (State::New, &None, &None));
        assert_eq!(alert.due, at("2026-01-12T14:00+01:00"));
    }
}

#[test]
fn the_answer_to_a_re_measure_brings_it_back() {
    for outcome in [Outcome::Yellow, Outcome::Clear] {
        let mut case = Case::new();
        case.sees(says("a", Outcome::Yellow, case.now));
        case.must("ane", &Action::Claim);
        case.must("ane", &Action::RequestRemeasure);
        let until = case.alert().parked.as_ref().and_then(|parked| parked.until);
        assert_eq!(until, Some(Micros(case.now.0 + 4 * HOUR)));
        case.pass(HOUR);
        case.see(&[says("a", outcome, case.now)]);
        assert_eq!(case.alert().state, State::New, "{outcome:?}");
    }
}

#[test]
fn a_rule_on_trial_is_recorded_and_raises_nothing() {
    let mut case = Case::new();
    let trial = Observed { shadow: true, ..says("a", Outcome::Red, case.now) };
    assert!(suppressed(Reason::Shadow)(case.sees(trial)));
    case.policy.shadow.insert("b".to_owned());
    assert!(suppressed(Reason::Shadow)(case.sees(says("b", Outcome::Red, case.now))));
    assert_eq!(case.open, None);
}

#[test]
fn newer_evidence_of_what_is_known_does_not_disturb_who_works_on_it() {
    let mut case = Case::new();
    case.sees(says("a", Outcome::Yellow, case.now));
    case.must("ane", &Action::Claim);
    let read = case.alert().version;
    case.pass(MINUTE);
    case.sees(says("a", Outcome::Yellow, case.now));
    assert_eq!(case.alert().version, read + 1);
    assert!(case.alert().material_version <= read);
    case.pass(MINUTE);
    case.sees(says("b", Outcome::Blue, case.now));
    assert_eq!(case.alert().material_version, read + 2, "another rule is news");
}

#[test]
fn numbers_that_are_none_do_not_become_a_trend() {
    let mut case = Case::new();
    let context_trend = f64::NAN;
    let context = Context {
        citizen: CitizenNo(1),
        problem: "p",
        as_of: case.now,
        pack: "abc",
        trend: context_trend,
        policy: &case.policy,
        now: case.now,
    };
    let effects = observe(None, None, &[], &[says("a", Outcome::Red, case.now)], &context);
    let Some(Change::Raise(draft, _)) = effects.change else { panic!("no alert") };
    let alert = draft.with_id(case.id());
    assert_eq!(alert.trend.to_bits(), 0);
    let json = serde_json::to_string(&alert).expect("json");
    assert_eq!(serde_json::from_str::<Alert>(&json).expect("an alert"), alert);
}
