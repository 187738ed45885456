//! Stays in hospital of the members of a pilot and of their comparison group, as what a report is made
//! of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::report::{Citizen, Series, Stretch};
use crate::evaluation::{length, real};
use crate::risk::home::Stay;

/// The year before the start, days.
const YEAR: i32 = 365;
/// A month, days: all alike, so that none has more time than another.
const MONTH: i32 = 30;

/// How long each stretch is, days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lengths {
    /// Long before the start.
    pub run_in: u16,
    /// Just before it.
    pub before: u16,
    /// From it.
    pub after: u16,
}

/// A member of a pilot, or somebody to compare with. Days are since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Whether they had what is tried.
    pub treated: bool,
    /// The day of the start.
    pub index: i32,
    /// Stays, before and after.
    pub stays: Vec<Stay>,
    /// The day of death.
    pub died: Option<i32>,
    /// The last day of which everything is known.
    pub last: i32,
    /// Age at the start, years.
    pub age: f64,
    /// Whether a woman; of whom nobody said so, not.
    pub woman: bool,
    /// What else members are matched by, as known before the start. All have the same.
    pub more: BTreeMap<String, f64>,
}

impl Member {
    /// The days from one to before the other on which the member lived and is known.
    fn followed(&self, from: i32, to: i32) -> i32 {
        let end = self.died.map_or(self.last, |died| died.min(self.last)).saturating_add(1);
        (to.min(end) - from).max(0)
    }

    /// Unplanned stays that began from a day to before another.
    fn began(&self, from: i32, to: i32) -> usize {
        let own = self.stays.iter().filter(|stay| !stay.planned);
        own.filter(|stay| (from..to).contains(&stay.from)).count()
    }

    fn stretch(&self, from: i32, to: i32) -> Stretch {
        let days = self.followed(from, to);
        Stretch { events: count(self.began(from, from + days)), days: f64::from(days) }
    }

    /// Nights in hospital from a day to before another, of stays of any kind.
    fn nights(&self, from: i32, to: i32) -> i32 {
        let end = from + self.followed(from, to);
        let within = |stay: &Stay| (stay.to.unwrap_or(end).min(end) - stay.from.max(from)).max(0);
        self.stays.iter().map(within).sum()
    }

    /// The stretch from the start.
    pub fn after(&self, lengths: Lengths) -> (i32, i32) {
        (self.index, self.index + i32::from(lengths.after))
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The members as a report takes them: events are unplanned stays that began; matched by unplanned stays
/// in the year before the start, age, sex and whatever more is known of them.
pub fn citizens(members: &[Member], lengths: Lengths) -> Vec<Citizen> {
    let citizen = |member: &Member| {
        let just = member.index - i32::from(lengths.before);
        let long = just - i32::from(lengths.run_in);
        let (from, to) = member.after(lengths);
        Citizen {
            treated: member.treated,
            run_in: member.stretch(long, just),
            before: member.stretch(just, member.index),
            after: member.stretch(from, to),
            covariates: covariates(member),
        }
    };
    varying(members.iter().map(citizen).collect())
}

fn covariates(member: &Member) -> BTreeMap<String, f64> {
    let own = [
        ("admissions_12m", length(member.began(member.index - YEAR, member.index))),
        ("age", member.age),
        ("woman", f64::from(u8::from(member.woman))),
    ];
    let mut all = member.more.clone();
    all.extend(own.map(|(name, value)| (name.to_owned(), value)));
    all
}

/// Leaves out covariates that are the same for everybody: they tell nothing, and cannot be fitted.
fn varying(mut citizens: Vec<Citizen>) -> Vec<Citizen> {
    let Some(first) = citizens.first().map(|it| it.covariates.clone()) else { return citizens };
    let differs = |name: &String, value: &f64| {
        let mut others = citizens.iter().map(|it| it.covariates.get(name));
        others.any(|other| other.is_none_or(|other| other.total_cmp(value).is_ne()))
    };
    let same: Vec<&String> =
        first.iter().filter(|(name, value)| !differs(name, value)).map(|(name, _)| name).collect();
    for citizen in &mut citizens {
        citizen.covariates.retain(|name, _| !same.contains(&name));
    }
    citizens
}

/// Unplanned stays of the treated per 1,000 days, in months of thirty days counted from each one's own
/// start. Months in which fewer than half of them are followed are not told.
pub fn series(members: &[Member], lengths: Lengths) -> Series {
    let treated: Vec<&Member> = members.iter().filter(|it| it.treated).collect();
    let before = (i32::from(lengths.run_in) + i32::from(lengths.before)) / MONTH;
    let after = i32::from(lengths.after) / MONTH;
    let (mut values, mut start) = (Vec::new(), 0);
    for month in -before..after {
        let from = |it: &&&Member| it.index + month * MONTH;
        let days: i32 = treated.iter().map(|it| it.followed(from(&it), from(&it) + MONTH)).sum();
        let all = length(treated.len()) * f64::from(MONTH);
        if days <= 0 || f64::from(days) * 2.0 < all {
            continue;
        }
        let began = |it: &&Member| it.began(from(&it), from(&it) + MONTH);
        values.push(length(treated.iter().map(began).sum()) / f64::from(days) * 1_000.0);
        start += usize::from(month < 0);
    }
    Series { values, start }
}

/// Unplanned stays and nights in hospital after the start per 1,000 days, and how many stays there were.
pub fn burden(members: &[Member], treated: bool, lengths: Lengths) -> Option<(f64, f64, u64)> {
    let own = || members.iter().filter(|it| it.treated == treated);
    let stretch = |it: &Member| it.after(lengths);
    let days: i32 = own().map(|it| it.followed(stretch(it).0, stretch(it).1)).sum();
    if days <= 0 {
        return None;
    }
    let thousand = f64::from(days) / 1_000.0;
    let stays: u64 = own().map(|it| it.stretch(stretch(it).0, stretch(it).1).events).sum();
    let nights: i32 = own().map(|it| it.nights(stretch(it).0, stretch(it).1)).sum();
    Some((real(stays) / thousand, f64::from(nights) / thousand, stays))
}
