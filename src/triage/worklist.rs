//! The order of the worklist, what is asked of it, and where a page ends.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use pulsvagt_analytics::plan::Programme;

use super::alert::{Alert, Level};
use super::state::State;
use crate::clock::Micros;
use crate::ids::AlertId;

/// What is asked of the worklist.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of these levels only; empty = all.
    pub levels: Vec<Level>,
    /// Of this problem only.
    pub problem: Option<String>,
    /// Claimed by this principal only.
    pub claimed_by: Option<String>,
    /// With those that wait to be confirmed.
    pub pending: bool,
    /// With those that are snoozed.
    pub snoozed: bool,
    /// Of citizens who are in this programme now only.
    pub programme: Option<Programme>,
    /// Only those whose response target has passed.
    pub overdue: bool,
}

impl Filter {
    /// Whether alerts in this state are let through.
    pub fn shows(&self, state: State) -> bool {
        match state {
            State::New | State::Claimed | State::Waiting | State::Escalated => true,
            State::Pending => self.pending,
            State::Snoozed => self.snoozed,
            State::Closed => false,
        }
    }

    /// Whether an alert is let through, of a citizen in these programmes. The worklist's statement
    /// says the same in SQL.
    pub fn fits(&self, alert: &Alert, programmes: &BTreeSet<Programme>, now: Micros) -> bool {
        let claimed = alert.claim_until.and(alert.holder.as_ref());
        self.shows(alert.state)
            && (self.levels.is_empty() || self.levels.contains(&alert.level))
            && self.problem.as_ref().is_none_or(|problem| *problem == alert.problem)
            && self.claimed_by.as_ref().is_none_or(|id| claimed.is_some_and(|it| it.id == *id))
            && self.programme.is_none_or(|programme| programmes.contains(&programme))
            && (!self.overdue || alert.is_overdue(now))
    }
}

/// The problem of those who have not measured.
pub const SILENCE: &str = "silence";

/// An alert's place in the worklist: severity, overdue, measured before silent, trend, age, id.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Order {
    /// How urgent.
    pub level: Level,
    /// Whether its response target has passed.
    pub overdue: bool,
    /// Whether it is about readings that did not come: what was measured comes first.
    pub silent: bool,
    /// How the citizen moves; greater is worse.
    pub trend: f64,
    /// When it was opened.
    pub opened: Micros,
    /// Its id.
    pub id: AlertId,
}

impl Order {
    /// The place of an alert as of a moment.
    pub fn of(alert: &Alert, as_of: Micros) -> Self {
        Self {
            level: alert.level,
            overdue: alert.is_overdue(as_of),
            silent: alert.problem == SILENCE,
            trend: alert.trend,
            opened: alert.opened,
            id: alert.id,
        }
    }
}

impl Eq for Order {}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Order {
    /// Less = further up.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.level.rank().cmp(&other.level.rank()))
            .then(other.overdue.cmp(&self.overdue))
            .then(self.silent.cmp(&other.silent))
            .then(other.trend.total_cmp(&self.trend))
            .then(self.opened.cmp(&other.opened))
            .then(self.id.cmp(&other.id))
    }
}

/// Where a page of the worklist ends. All pages show the list as of the first one, so that nothing
/// is passed over or met twice while alerts change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// As of when the list is.
    pub as_of: Micros,
    /// The place of its last alert.
    pub last: Order,
}

/// Not a cursor of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of the worklist")]
pub struct BadCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { as_of, last } = self;
        write!(
            f,
            "{}_{}_{}_{}_{:x}_{}_{}",
            as_of.0,
            last.level.rank(),
            u8::from(last.overdue),
            u8::from(last.silent),
            last.trend.to_bits(),
            last.opened.0,
            last.id
        )
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let mut parts = text.split('_');
            let as_of = Micros(parts.next()?.parse().ok()?);
            let level = Level::from_rank(parts.next()?.parse().ok()?)?;
            let mut flag = || match parts.next()? {
                "0" => Some(false),
                "1" => Some(true),
                _ => None,
            };
            let (overdue, silent) = (flag()?, flag()?);
            let trend = f64::from_bits(u64::from_str_radix(parts.next()?, 16).ok()?);
            let opened = Micros(parts.next()?.parse().ok()?);
            let id = parts.next()?.parse().ok()?;
            let last = Order { level, overdue, silent, trend, opened, id };
            (parts.next().is_none() && trend.is_finite()).then_some(Self { as_of, last })
        };
        parse().ok_or(BadCursor)
    }
}
