//! One citizen's alerts and the model nurse who deals with them.
//!
//! The nurse deals with every alert exactly when its response target falls due, which the policy
//! always puts into staffed hours: takes it on and closes it at once, red with a visit, yellow with
//! advice, blue as technical and green without action. She knows nothing of the truth, never asks
//! for a re-measure and never snoozes, and what she does changes nothing about the citizen. So the
//! number of alerts is what the rules and the quiet time after closing make it, whoever works there.

use std::collections::BTreeMap;
use std::sync::Arc;

use pulsvagt_analytics::{Pack, Screening, Verdict};

use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo};
use crate::triage::{
    Acted, Action, Actor, Alert, Change, CloseOutcome, Context, Ended, Level, Policy, Reason,
    RuleBook, RuleFacts, State, Streak, Texts, act, by_problem, expire, observe,
};

/// An alert from the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What kind of problem.
    pub problem: Arc<str>,
    /// When it was opened.
    pub opened: Micros,
    /// The worst it was.
    pub worst: Level,
    /// When it came before a nurse as yellow or red, and by which rule; `None` if it never did.
    pub manual: Option<Manual>,
    /// When it first came before a nurse as red.
    pub red: Option<Micros>,
    /// When it was closed.
    pub closed: Option<Micros>,
}

/// An alert that somebody has to deal with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manual {
    /// Since when.
    pub at: Micros,
    /// At which level it was then.
    pub level: Level,
    /// The rule that made it so: of those at that level the one that came first.
    pub rule: String,
}

/// What triage has to know of a pack's rules. Nobody reads a back-test's texts.
#[derive(Debug, Clone, Copy)]
pub struct Book<'a>(pub &'a Pack);

impl RuleBook for Book<'_> {
    fn facts(&self, rule: &str) -> RuleFacts {
        self.0.rule(rule).map_or_else(RuleFacts::default, |rule| RuleFacts {
            persist: u32::from(rule.persist),
            confirm_minutes: rule.confirm_minutes.unwrap_or(0),
            shadow: false,
        })
    }

    fn explain(&self, _: &Verdict) -> Texts {
        Texts::default()
    }
}

/// One citizen's alerts.
#[derive(Debug)]
pub struct Ward<'a> {
    policy: &'a Policy,
    book: Book<'a>,
    citizen: CitizenNo,
    nurse: Actor,
    /// By problem: the open alert and its place among the cases.
    open: BTreeMap<Arc<str>, (Alert, usize)>,
    /// By problem: the one closed last.
    closed: BTreeMap<Arc<str>, Alert>,
    streaks: Vec<Streak>,
    cases: Vec<Case>,
    /// How many findings were kept out, by reason.
    suppressed: BTreeMap<Reason, u64>,
    /// The last finding that was kept out of each rule, so that it counts once.
    kept_out: BTreeMap<Arc<str>, (Micros, Reason)>,
}

impl<'a> Ward<'a> {
    /// Without any alert yet.
    pub fn new(citizen: u32, pack: &'a Pack, policy: &'a Policy) -> Self {
        Self {
            policy,
            book: Book(pack),
            citizen: CitizenNo(i32::try_from(citizen).unwrap_or(i32::MAX)),
            nurse: Actor::new("model", "nurse"),
            open: BTreeMap::new(),
            closed: BTreeMap::new(),
            streaks: Vec::new(),
            cases: Vec::new(),
            suppressed: BTreeMap::new(),
            kept_out: BTreeMap::new(),
        }
    }

    /// Takes in the screening of a moment that is later than all before.
    pub fn take(&mut self, screening: &Screening) {
        let now = Micros(screening.as_of);
        self.work_until(now);
        for (problem, observed) in by_problem(screening, &self.book) {
            let context = Context {
                citizen: self.citizen,
                problem: &problem,
                as_of: now,
                pack: &screening.pack,
                trend: screening.deterioration.unwrap_or_default(),
                policy: self.policy,
                now,
            };
            let open = self.open.get(&problem).map(|(alert, _)| alert);
            let closed = self.closed.get(&problem);
            let effects = observe(open, closed, &self.streaks, &observed, &context);
            for fate in effects.fates {
                if let Ended::Suppressed { reason, .. } = fate.ended {
                    let kept_out = (fate.evidence_at, reason);
                    if self.kept_out.insert(fate.rule, kept_out) != Some(kept_out) {
                        *self.suppressed.entry(reason).or_default() += 1;
                    }
                }
            }
            for streak in effects.streaks {
                self.streaks.retain(|known| known.rule != streak.rule);
                self.streaks.push(streak);
            }
            match effects.change {
                Some(Change::Raise(draft, _)) => {
                    let number = u128::try_from(self.cases.len()).unwrap_or_default() + 1;
                    let alert = draft.with_id(AlertId::from_bytes(number.to_be_bytes()));
                    self.cases.push(Case {
                        problem: Arc::clone(&problem),
                        opened: now,
                        worst: alert.level,
                        manual: None,
                        red: None,
                        closed: None,
                    });
                    let place = self.cases.len() - 1;
                    self.keep(problem, alert, place);
                }
                Some(Change::Update(alert, _)) => {
                    if let Some((_, place)) = self.open.get(&problem) {
                        let place = *place;
                        self.keep(problem, *alert, place);
                    }
                }
                None => {}
            }
        }
    }

    /// The alerts in the order in which they were opened, and how many findings were kept out. What
    /// is due by `now` is dealt with first.
    pub fn end(mut self, now: Micros) -> (Vec<Case>, BTreeMap<Reason, u64>) {
        self.work_until(now);
        (self.cases, self.suppressed)
    }

    /// Everything that falls due by now: what runs out, and what the nurse does.
    fn work_until(&mut self, now: Micros) {
        let problems: Vec<Arc<str>> = self.open.keys().cloned().collect();
        for problem in problems {
            while let Some((alert, place)) = self.open.get(&problem) {
                let runs_out = alert.expires_at().filter(|at| *at <= now);
                let nurse = (alert.state != State::Pending).then_some(alert.due.max(alert.updated));
                let nurse = nurse.filter(|at| *at <= now);
                let next = match (runs_out, nurse) {
                    (Some(out), nurse) if nurse.is_none_or(|nurse| out <= nurse) => {
                        expire(alert, out, self.policy).map(|(next, _)| next)
                    }
                    (_, Some(at)) => self.deal_with(alert, at),
                    (_, None) => None,
                };
                let (Some(next), place) = (next, *place) else { break };
                self.keep(Arc::clone(&problem), next, place);
            }
        }
    }

    /// Takes the alert on and closes it.
    fn deal_with(&self, alert: &Alert, at: Micros) -> Option<Alert> {
        let outcome = match alert.level {
            Level::Red => CloseOutcome::Visit,
            Level::Yellow => CloseOutcome::Advice,
            Level::Blue => CloseOutcome::Technical,
            Level::Green => CloseOutcome::NoAction,
        };
        let close = Action::Close { outcome, note: "model".to_owned() };
        let step =
            |alert: &Alert, action: &Action| match act(alert, action, &self.nurse, at, self.policy)
                .ok()?
            {
                Acted::Changed(next, _) => Some(*next),
                Acted::Reopened(..) => None,
            };
        step(&step(alert, &Action::Claim)?, &close)
    }

    /// Notes what an alert has become.
    fn keep(&mut self, problem: Arc<str>, alert: Alert, place: usize) {
        let is_closed = alert.state == State::Closed;
        if let Some(case) = self.cases.get_mut(place) {
            case.worst = case.worst.max(alert.level);
            let is_seen = alert.state != State::Pending && !is_closed;
            if is_seen && alert.level >= Level::Yellow && case.manual.is_none() {
                let leading = alert.findings.iter().find(|it| it.counts_as() == alert.level);
                let rule = leading.or(alert.findings.first()).map(|it| it.rule.clone());
                let rule = rule.unwrap_or_default();
                case.manual = Some(Manual { at: alert.updated, level: alert.level, rule });
            }
            if is_seen && alert.level == Level::Red && case.red.is_none() {
                case.red = Some(alert.updated);
            }
            if is_closed {
                case.closed = Some(alert.updated);
            }
        }
        if is_closed {
            self.open.remove(&problem);
            self.closed.insert(problem, alert);
        } else {
            self.open.insert(problem, (alert, place));
        }
    }
}
