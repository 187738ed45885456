//! Whatever happens, in whatever order.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::triage::state::is_legal;
use crate::triage::{EscalateTo, Event, SeenAs, State};

const RULES: [&str; 4] = ["plain", "lasting", "single", "trial"];

/// One verdict of the rule of this number; its evidence so many minutes before now.
#[derive(Debug, Clone)]
struct Says {
    rule: usize,
    outcome: Outcome,
    minutes_ago: Option<i64>,
}

#[derive(Debug, Clone)]
enum Step {
    Pass(i64),
    See(Vec<Says>),
    Do(&'static str, Action),
    Snooze(&'static str, i64),
    CallBack(&'static str, i64),
}

fn says_any() -> impl Strategy<Value = Says> {
    let outcome = select(vec![
        Outcome::NotApplicable,
        Outcome::NotEvaluable,
        Outcome::Clear,
        Outcome::Clear,
        Outcome::Holding,
        Outcome::Blue,
        Outcome::Yellow,
        Outcome::Yellow,
        Outcome::Red,
    ]);
    let minutes = option::weighted(0.9, prop_oneof![Just(0_i64), 0..30_i64, 0..3_000_i64]);
    (0..RULES.len(), outcome, minutes).prop_map(|(rule, outcome, minutes_ago)| Says {
        rule,
        outcome,
        minutes_ago,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let who = || select(vec!["ane", "bo"]);
    let action = prop_oneof![
        4 => Just(Action::Claim),
        1 => Just(Action::Release),
        2 => Just(Action::RequestRemeasure),
        1 => Just(Action::Escalate { to: EscalateTo::Gp }),
        1 => Just(Action::Note { text: "note".to_owned() }),
        2 => Just(close()),
        1 => Just(Action::Reopen),
    ];
    prop_oneof![
        2 => prop_oneof![0..40_i64, 0..5_000_i64].prop_map(Step::Pass),
        3 => vec(says_any(), 1..5).prop_map(|mut all| {
            // A screening has each rule once.
            all.sort_by_key(|says| says.rule);
            all.dedup_by_key(|says| says.rule);
            Step::See(all)
        }),
        3 => (who(), action).prop_map(|(who, action)| Step::Do(who, action)),
        1 => (who(), 1..10_000_i64).prop_map(|(who, minutes)| Step::Snooze(who, minutes)),
        1 => (who(), 1..10_000_i64).prop_map(|(who, minutes)| Step::CallBack(who, minutes)),
    ]
}

/// A citizen's problem, with everything that ever happened to it.
struct History {
    case: Case,
    log: Vec<(AlertId, Event)>,
    closed: Vec<Alert>,
}

impl History {
    fn wrote(&mut self, before: Option<&Alert>, after: &Alert, event: Event) {
        assert!(is_legal(event.verb, event.from, event.to), "not in the table: {event:?}");
        assert_eq!(event.from, before.map(|alert| alert.state));
        assert_eq!((event.to, event.level), (after.state, after.level));
        assert_eq!(event.version, after.version);
        assert_eq!(after.version, before.map_or(1, |alert| alert.version + 1));
        assert!(after.material_version <= after.version);
        assert!(event.by.is_some() || after.is_open(), "a machine closed it: {event:?}");
        if let Some(before) = before {
            assert!(before.is_open(), "a closed alert changed");
            assert_eq!(after.id, before.id);
            assert_eq!(after.opened, before.opened);
            assert!(after.worst >= before.worst);
            assert!(after.updated >= before.updated && after.evidence_at >= before.evidence_at);
            let rules = |alert: &Alert| -> Vec<String> {
                alert.findings.iter().map(|finding| finding.rule.clone()).collect()
            };
            assert!(rules(after).starts_with(&rules(before)), "a finding was removed");
        }
        if let Some((_, last)) = self.log.last() {
            assert!(event.at >= last.at, "the log is out of order");
        }
        self.log.push((after.id, event));
    }

    fn run_out(&mut self) {
        while let Some(before) = self.case.open.clone() {
            let Some((after, event)) = expire(&before, self.case.now, &self.case.policy) else {
                break;
            };
            self.wrote(Some(&before), &after, event);
            self.case.open = Some(after);
        }
    }

    fn see(&mut self, all: &[Says]) {
        let now = self.case.now;
        let observed: Vec<Observed> = all
            .iter()
            .map(|said| Observed {
                persist: if said.rule == 1 { 3 } else { 1 },
                confirm_minutes: if said.rule == 2 { 30 } else { 0 },
                shadow: said.rule == 3,
                ..says(
                    RULES[said.rule],
                    said.outcome,
                    said.minutes_ago.map(|minutes| Micros(now.0 - minutes * MINUTE)),
                )
            })
            .collect();
        self.run_out();
        let before = self.case.open.clone();
        let effects = self.case.see(&observed);
        let after = self.case.open.clone();

        // Each finding has exactly one end, and it is what happened.
        let fired: Vec<_> = observed
            .iter()
            .filter_map(|one| one.level().map(|level| (one.rule.clone(), level)))
            .collect();
        let ended: Vec<_> =
            effects.fates.iter().map(|fate| (fate.rule.clone(), fate.level)).collect();
        assert_eq!(fired, ended, "accounting");
        let event = match &effects.change {
            None => None,
            Some(Change::Raise(_, event) | Change::Update(_, event)) => Some(event.clone()),
        };
        for fate in &effects.fates {
            let went_in = event.iter().flat_map(|event| &event.seen).any(|seen| {
                seen.rule == *fate.rule && seen.level == fate.level && seen.how != SeenAs::Over
            });
            match fate.ended {
                Ended::Raised => assert!(went_in && before.is_none()),
                Ended::Merged => assert!(went_in && before.is_some()),
                Ended::Suppressed { reason: Reason::Snoozed, .. } => {
                    assert!(went_in);
                    assert_eq!(after.as_ref().map(|alert| alert.state), Some(State::Snoozed));
                }
                Ended::Suppressed { .. } => assert!(!went_in),
            }
        }
        if event.is_none() {
            assert_eq!(before, after);
        }
        // Only newer evidence ends a finding.
        for was in before.iter().flat_map(|alert| &alert.findings) {
            let is = after.as_ref().and_then(|alert| alert.finding(&was.rule)).expect("a finding");
            assert!(is.last_at >= was.last_at && is.count >= was.count);
            if was.level > Level::Green && is.level == Level::Green {
                let one = observed.iter().find(|one| *one.rule == was.rule).expect("a verdict");
                assert_eq!(one.outcome, Outcome::Clear);
                match one.evidence_at {
                    Some(at) => assert!(at > was.last_at),
                    None => assert!(was.from_silence && now > was.as_of),
                }
            }
        }
        if let (Some(after), Some(event)) = (after, event) {
            self.wrote(before.as_ref(), &after, event);
        }
    }

    fn act(&mut self, who: &str, action: &Action) {
        self.run_out();
        let now = self.case.now;
        let before = match (&self.case.open, &self.case.closed) {
            (Some(open), _) => open.clone(),
            (None, Some(closed)) => closed.clone(),
            (None, None) => return,
        };
        match act(&before, action, &nurse(who), now, &self.case.policy) {
            Err(_) => {}
            Ok(Acted::Changed(after, event)) => {
                assert_eq!(event.by, Some(nurse(who)));
                self.wrote(Some(&before), &after, event);
                if after.is_open() {
                    self.case.open = Some(*after);
                } else {
                    self.case.open = None;
                    self.closed.push((*after).clone());
                    self.case.closed = Some(*after);
                }
            }
            Ok(Acted::Reopened(draft, event)) => {
                assert!(!before.is_open());
                let after = draft.with_id(self.case.id());
                assert_eq!(after.reopened_from, Some(before.id));
                self.wrote(None, &after, event);
                self.case.open = Some(after);
            }
        }
    }

    fn check(&self) {
        let now = self.case.now;
        for closed in &self.closed {
            assert_eq!(expire(closed, now, &self.case.policy), None);
            for action in [Action::Claim, Action::Note { text: "x".to_owned() }, close()] {
                assert!(act(closed, &action, &nurse("bo"), now, &self.case.policy).is_err());
            }
        }
        let Some(alert) = &self.case.open else { return };
        assert!(alert.is_open() && !alert.findings.is_empty());
        assert_eq!(alert.level, alert.worst_finding());
        assert!(alert.worst >= alert.level);
        let parked = matches!(alert.state, State::Waiting | State::Escalated | State::Snoozed);
        assert_eq!(alert.parked.is_some(), parked);
        assert_eq!(alert.claim_until.is_some(), alert.state == State::Claimed);
        assert_eq!(alert.holder.is_some(), parked || alert.state == State::Claimed);
        if let Some(parked) = &alert.parked {
            for finding in &alert.findings {
                assert!(finding.counts_as() <= parked.level, "worse is hidden");
                let red = finding.counts_as() == Level::Red;
                assert!(!red || parked.red.contains(&finding.rule), "red is hidden");
            }
        }
        if alert.state == State::Pending {
            assert!(alert.findings.iter().all(|finding| finding.counts_as() == Level::Green));
            assert!(alert.level > Level::Green && alert.expires_at().is_some());
        }
        let json = serde_json::to_string(alert).expect("json");
        assert_eq!(serde_json::from_str::<Alert>(&json).expect("an alert"), *alert);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_of_triage(steps in vec(step(), 1..60), red_may_snooze: bool) {
        let mut case = Case::new();
        if red_may_snooze {
            case.policy.snooze_hours.red = 24;
        }
        let mut history = History { case, log: Vec::new(), closed: Vec::new() };
        for step in steps {
            match step {
                Step::Pass(minutes) => {
                    history.case.now.0 += minutes * MINUTE;
                    history.run_out();
                }
                Step::See(all) => history.see(&all),
                Step::Do(who, action) => history.act(who, &action),
                Step::Snooze(who, minutes) => {
                    let until = Micros(history.case.now.0 + minutes * MINUTE);
                    let reason = "known".to_owned();
                    history.act(who, &Action::Snooze { until, reason });
                }
                Step::CallBack(who, minutes) => {
                    let at = Micros(history.case.now.0 + minutes * MINUTE);
                    history.act(who, &Action::CallBack { at });
                }
            }
            history.check();
        }
    }

    #[test]
    fn what_is_due_is_due_while_somebody_is_there(minutes in 0..5_000_000_i64, level in 0..4_i16) {
        let policy = Policy::default();
        let since = Micros(at("2024-01-01T00:00Z").0 + minutes * MINUTE);
        let level = Level::from_rank(level).expect("a level");
        let due = crate::triage::due(level, since, &policy);
        prop_assert!(due > since);
        // A shift's end counts as part of it.
        prop_assert!(crate::triage::targets::is_staffed(Micros(due.0 - 1), &policy)
            || crate::triage::targets::is_staffed(due, &policy));
        let later = crate::triage::due(level, Micros(since.0 + MINUTE), &policy);
        prop_assert!(later >= due, "later evidence is never due earlier");
    }
}
