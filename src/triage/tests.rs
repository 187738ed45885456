mod actions;
mod laws;
mod observing;
mod policies;
mod screened;
mod targets;
mod time;

use std::sync::Arc;

use super::{
    Acted, Action, Actor, Alert, Change, CloseOutcome, Context, Effects, Ended, Level, Observed,
    Outcome, Policy, Reason, Refusal, State, Streak, Texts, act, expire, observe,
};
use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A moment, as `2026-01-12T10:00+01:00`.
fn at(text: &str) -> Micros {
    Micros(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
}

fn nurse(name: &str) -> Actor {
    Actor::new(name, "nurse")
}

fn says(rule: &str, outcome: Outcome, evidence_at: impl Into<Option<Micros>>) -> Observed {
    Observed {
        rule: Arc::from(rule),
        outcome,
        evidence_at: evidence_at.into(),
        persist: 1,
        confirm_minutes: 0,
        shadow: false,
        text: Texts { da: format!("{rule} da"), en: format!("{rule} en") },
    }
}

/// One problem of one citizen, run as the store runs it.
#[derive(Debug, Clone)]
struct Case {
    policy: Policy,
    now: Micros,
    open: Option<Alert>,
    closed: Option<Alert>,
    streaks: Vec<Streak>,
    ids: u8,
}

impl Case {
    /// Monday 12 January 2026, 10 o'clock in Denmark.
    fn new() -> Self {
        Self {
            policy: Policy::default(),
            now: at("2026-01-12T10:00+01:00"),
            open: None,
            closed: None,
            streaks: Vec::new(),
            ids: 0,
        }
    }

    fn alert(&self) -> &Alert {
        self.open.as_ref().expect("an open alert")
    }

    fn id(&mut self) -> AlertId {
        self.ids += 1;
        AlertId::from_bytes([self.ids; 16])
    }

    fn run_out(&mut self) {
        while let Some((next, _)) =
            self.open.as_ref().and_then(|alert| expire(alert, self.now, &self.policy))
        {
            self.open = Some(next);
        }
    }

    fn pass(&mut self, micros: i64) {
        self.now.0 += micros;
        self.run_out();
    }

    fn see(&mut self, observed: &[Observed]) -> Effects {
        self.run_out();
        let context = Context {
            citizen: CitizenNo(1),
            problem: "heart-failure",
            as_of: self.now,
            pack: "abc",
            trend: 0.5,
            policy: &self.policy,
            now: self.now,
        };
        let effects =
            observe(self.open.as_ref(), self.closed.as_ref(), &self.streaks, observed, &context);
        match effects.change.clone() {
            Some(Change::Raise(draft, _)) => self.open = Some(draft.with_id(self.id())),
            Some(Change::Update(next, _)) => self.open = Some(*next),
            None => {}
        }
        for streak in &effects.streaks {
            self.streaks.retain(|known| known.rule != streak.rule);
            self.streaks.push(streak.clone());
        }
        effects
    }

    /// One verdict; how it ended.
    fn sees(&mut self, one: Observed) -> Option<Ended> {
        self.see(&[one]).fates.first().map(|fate| fate.ended)
    }

    fn does(&mut self, who: &str, action: &Action) -> Result<(), Refusal> {
        self.run_out();
        let alert = self.open.clone().or_else(|| self.closed.clone()).expect("an alert");
        match act(&alert, action, &nurse(who), self.now, &self.policy)? {
            Acted::Changed(next, _) if next.state == State::Closed => {
                self.closed = Some(*next);
                self.open = None;
            }
            Acted::Changed(next, _) => self.open = Some(*next),
            Acted::Reopened(draft, _) => self.open = Some(draft.with_id(self.id())),
        }
        Ok(())
    }

    fn must(&mut self, who: &str, action: &Action) {
        self.does(who, action).unwrap_or_else(|refusal| panic!("{action:?}: {refusal}"));
    }
}

fn close() -> Action {
    Action::Close { outcome: CloseOutcome::Advice, note: "rang; salt".to_owned() }
}

fn suppressed(reason: Reason) -> impl Fn(Option<Ended>) -> bool {
    move |ended| matches!(ended, Some(Ended::Suppressed { reason: is, .. }) if is == reason)
}
