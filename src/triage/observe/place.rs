//! Where a finding goes: into the alert, or kept out, and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Context, Ended, Fate, Observed, Reason, Streak, blank, seen};
use crate::clock::Micros;
use crate::triage::action::minutes_after;
use crate::triage::alert::{Alert, AlertFinding, Level, Unconfirmed};
use crate::triage::event::{Seen, SeenAs};

/// An alert while findings are put into it.
pub(super) struct Gathering<'a> {
    /// The open alert, or one that begins.
    pub(super) alert: Option<Alert>,
    pub(super) seen: Vec<Seen>,
    pub(super) fates: Vec<Fate>,
    /// Those that have changed.
    pub(super) streaks: Vec<Streak>,
    is_open: bool,
    closed: Option<&'a Alert>,
    before: &'a [Streak],
    context: &'a Context<'a>,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(
        open: Option<&Alert>,
        closed: Option<&'a Alert>,
        before: &'a [Streak],
        context: &'a Context<'a>,
    ) -> Self {
        Self {
            alert: open.cloned(),
            seen: Vec::new(),
            fates: Vec::new(),
            streaks: Vec::new(),
            is_open: open.is_some(),
            closed,
            before,
            context,
        }
    }

    /// A rule says that it is over. Only evidence that is newer than the finding's counts; a finding
    /// that rests on there being no reading is over on a later screening, too, however long ago the
    /// reading was taken that has come.
    pub(super) fn clear(&mut self, one: &Observed) {
        let at = self.evidence_at(one);
        // Silence has the same evidence all day, also on the day on which it ends.
        let is_over = |streak: &&Streak| {
            at > streak.last_at || (one.evidence_at.is_none() && at == streak.last_at)
        };
        if let Some(streak) = self.streak(&one.rule).filter(is_over) {
            let ended = Streak { days: BTreeSet::new(), last_at: at, ..streak.clone() };
            self.keep(ended);
        }
        let context = self.context;
        let Some(alert) = &mut self.alert else { return };
        let there = alert.findings.iter_mut().find(|finding| *finding.rule == *one.rule);
        let Some(finding) = there.filter(|finding| finding.level > Level::Green) else { return };
        let newer = match one.evidence_at {
            Some(at) => at > finding.last_at,
            None => finding.from_silence && context.as_of > finding.as_of,
        };
        if !newer {
            return;
        }
        finding.level = Level::Green;
        finding.unconfirmed = None;
        finding.last_at = finding.last_at.max(at);
        finding.as_of = context.as_of;
        context.pack.clone_into(&mut finding.pack);
        alert.evidence_at = alert.evidence_at.max(at);
        alert.trend = trend(context.trend);
        self.seen.push(seen(one, Level::Green, at, context.as_of, SeenAs::Over));
    }

    /// A rule fires.
    pub(super) fn finding(&mut self, one: &Observed, level: Level) {
        let at = self.evidence_at(one);
        let ended = self.place(one, level, at);
        let rule = Arc::clone(&one.rule);
        self.fates.push(Fate { rule, level, evidence_at: at, ended });
    }

    fn place(&mut self, one: &Observed, level: Level, at: Micros) -> Ended {
        let kept_out = |reason| Ended::Suppressed { reason, until: None };
        if one.shadow || self.context.policy.shadow.contains(one.rule.as_ref()) {
            return kept_out(Reason::Shadow);
        }
        let persistent = self.persists(one, at);
        let there = self.alert.as_ref().and_then(|alert| alert.finding(&one.rule));
        if let Some(finding) = there.filter(|finding| finding.level > Level::Green) {
            // The same evidence may still become worse: limits change, and silence grows.
            if at <= finding.last_at && level <= finding.level {
                return match finding.unconfirmed {
                    Some(Unconfirmed { until, .. }) => {
                        Ended::Suppressed { reason: Reason::AwaitingRemeasure, until: Some(until) }
                    }
                    None => kept_out(Reason::SameEvidence),
                };
            }
        } else {
            if there.is_some_and(|finding| at <= finding.last_at && !self.is_back(one, finding))
                || self.was_closed(one, level, at)
            {
                return kept_out(Reason::SameEvidence);
            }
            if level < Level::Red && !persistent {
                return kept_out(Reason::NotYetPersistent);
            }
            if let Some(until) = self.quiet_until(one, level) {
                return Ended::Suppressed { reason: Reason::QuietAfterClosing, until: Some(until) };
            }
        }
        self.put(one, level, at);
        if self.is_open { Ended::Merged } else { Ended::Raised }
    }

    /// Whether a nurse has closed an alert that rested on this evidence, or on newer.
    fn was_closed(&self, one: &Observed, level: Level, at: Micros) -> bool {
        let known = self.closed.and_then(|closed| closed.finding(&one.rule));
        known.is_some_and(|known| {
            at <= known.last_at
                && (level <= known.level || known.level == Level::Green)
                && !self.is_back(one, known)
        })
    }

    /// Whether it is silence that was over and is there again, on the same day or not: its evidence
    /// is of the day and cannot tell.
    fn is_back(&self, one: &Observed, known: &AlertFinding) -> bool {
        one.evidence_at.is_none()
            && known.from_silence
            && known.level == Level::Green
            && self.context.as_of > known.as_of
    }

    /// Until when the problem stays quiet after it was closed at this level or above. Red only
    /// where the nurse has seen this rule red.
    fn quiet_until(&self, one: &Observed, level: Level) -> Option<Micros> {
        let closed = self.closed.filter(|closed| !self.is_open && level <= closed.level)?;
        if level == Level::Red
            && closed.finding(&one.rule).is_none_or(|known| known.level != Level::Red)
        {
            return None;
        }
        let hours = self.context.policy.quiet_hours.of(level);
        let until = minutes_after(closed.closing.as_ref()?.at, hours.saturating_mul(60));
        (self.context.now < until).then_some(until)
    }

    /// Whether the rule has fired on enough days, this one counted.
    fn persists(&mut self, one: &Observed, at: Micros) -> bool {
        if one.persist <= 1 {
            return true;
        }
        let day = self.local_day(at);
        let known = self.streak(&one.rule).cloned();
        let mut streak = known.unwrap_or_else(|| Streak {
            rule: one.rule.as_ref().to_owned(),
            days: BTreeSet::new(),
            last_at: at,
        });
        let window = i32::try_from(self.context.policy.persistence_window_days).unwrap_or(7);
        // Evidence from before it was last over does not bring it back.
        if !streak.days.is_empty() || at >= streak.last_at {
            streak.days.insert(day);
            streak.last_at = streak.last_at.max(at);
        }
        let newest = streak.days.last().copied().unwrap_or(day);
        streak.days.retain(|day| *day > newest.saturating_sub(window));
        let enough = u32::try_from(streak.days.len()).is_ok_and(|days| days >= one.persist);
        self.keep(streak);
        enough
    }

    /// Puts the finding into the alert.
    fn put(&mut self, one: &Observed, level: Level, at: Micros) {
        let context = self.context;
        let waits = (one.confirm_minutes > 0).then(|| Unconfirmed {
            since: at,
            until: minutes_after(context.now, one.confirm_minutes),
        });
        let begins = self.alert.is_none();
        let alert = self.alert.get_or_insert_with(|| blank(context));
        alert.evidence_at = if begins { at } else { alert.evidence_at.max(at) };
        alert.trend = trend(context.trend);
        let there = alert.findings.iter_mut().find(|finding| *finding.rule == *one.rule);
        let how = if let Some(finding) = there {
            let how = if finding.level == Level::Green {
                finding.unconfirmed = waits;
                SeenAs::Again
            } else if let Some(first) = finding.unconfirmed
                && at >= minutes_after(first.since, context.policy.confirm_apart_minutes)
                && at > first.since
            {
                finding.unconfirmed = None;
                SeenAs::Confirmed
            } else {
                SeenAs::Again
            };
            finding.level = level;
            finding.worst = finding.worst.max(level);
            finding.last_at = finding.last_at.max(at);
            finding.count = finding.count.saturating_add(1);
            finding.as_of = context.as_of;
            context.pack.clone_into(&mut finding.pack);
            finding.from_silence = one.evidence_at.is_none();
            finding.text.clone_from(&one.text);
            how
        } else {
            alert.findings.push(AlertFinding {
                rule: one.rule.as_ref().to_owned(),
                level,
                worst: level,
                first_at: at,
                last_at: at,
                count: 1,
                as_of: context.as_of,
                pack: context.pack.to_owned(),
                from_silence: one.evidence_at.is_none(),
                unconfirmed: waits,
                text: one.text.clone(),
            });
            SeenAs::First
        };
        self.seen.push(seen(one, level, at, context.as_of, how));
    }

    /// When the evidence was taken. Silence is its own evidence, once a local day.
    fn evidence_at(&self, one: &Observed) -> Micros {
        one.evidence_at.unwrap_or_else(|| {
            let as_of = self.context.as_of;
            let local = as_of.to_jiff().to_zoned(self.context.policy.zone.get().clone());
            let start = local.start_of_day();
            start.map_or(as_of, |start| Micros(start.timestamp().as_microsecond()))
        })
    }

    fn local_day(&self, at: Micros) -> i32 {
        let offset = self.context.policy.zone.get().to_offset(at.to_jiff());
        let seconds = at.as_second().saturating_add(i64::from(offset.seconds()));
        i32::try_from(seconds.div_euclid(86_400)).unwrap_or(0)
    }

    fn streak(&self, rule: &str) -> Option<&Streak> {
        let changed = self.streaks.iter().find(|streak| streak.rule == rule);
        changed.or_else(|| self.before.iter().find(|streak| streak.rule == rule))
    }

    fn keep(&mut self, streak: Streak) {
        self.streaks.retain(|known| known.rule != streak.rule);
        if self.before.iter().all(|known| *known != streak) {
            self.streaks.push(streak);
        }
    }
}

/// A number that can be ordered and written as JSON.
fn trend(trend: f64) -> f64 {
    // Adding zero makes a negative zero a positive one, which the database cannot tell apart.
    if trend.is_finite() { trend + 0.0 } else { 0.0 }
}
