//! Whether deteriorations were alerted in time.

use std::collections::BTreeMap;

use super::{length, real};

/// A true deterioration of one citizen. Times are microseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Episode {
    /// Whose.
    pub citizen: u32,
    /// When it begins.
    pub onset: i64,
    /// What the lead time is counted to: its peak, or the admission.
    pub reference: i64,
    /// When it is over.
    pub end: i64,
}

/// One alert of one citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alerted {
    /// Whose.
    pub citizen: u32,
    /// When it was raised, microseconds since 1970 UTC.
    pub at: i64,
}

/// Which episodes were alerted, and which alerts belong to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// For each episode, in order: the first alert in its window.
    pub first: Vec<Option<i64>>,
    /// For each alert, in order: whether it lies in the window of any episode.
    pub is_true: Vec<bool>,
}

impl Matching {
    /// How many episodes have an alert.
    pub fn detected(&self) -> usize {
        self.first.iter().flatten().count()
    }

    /// For each episode, in order: days from the first alert to the reference moment, negative
    /// after it.
    pub fn lead_days(&self, episodes: &[Episode]) -> Vec<Option<f64>> {
        let each = self.first.iter().zip(episodes).map(|(first, episode)| {
            let lead = episode.reference - (*first)?;
            let sign = if lead < 0 { -1.0 } else { 1.0 };
            Some(sign * real(lead.unsigned_abs()) / 86_400e6)
        });
        each.collect()
    }
}

/// Matches alerts to episodes of the same citizen: an alert belongs to an episode if it was raised
/// in [onset − `before`, end]. One alert may belong to several episodes.
pub fn match_episodes(episodes: &[Episode], alerts: &[Alerted], before: i64) -> Matching {
    let mut by_citizen: BTreeMap<u32, Vec<(i64, usize)>> = BTreeMap::new();
    for (place, alert) in alerts.iter().enumerate() {
        by_citizen.entry(alert.citizen).or_default().push((alert.at, place));
    }
    for alerts in by_citizen.values_mut() {
        alerts.sort_unstable();
    }
    let mut is_true = vec![false; alerts.len()];
    let first = episodes
        .iter()
        .map(|episode| {
            let alerts = by_citizen.get(&episode.citizen)?;
            let from = alerts.partition_point(|(at, _)| *at < episode.onset - before);
            let within = alerts.get(from..)?.iter().take_while(|(at, _)| *at <= episode.end);
            let mut first = None;
            for (at, place) in within {
                first = first.or(Some(*at));
                if let Some(is_true) = is_true.get_mut(*place) {
                    *is_true = true;
                }
            }
            first
        })
        .collect();
    Matching { first, is_true }
}

/// How many parts of the period the episodes are moved by in [`by_chance`].
const TURNS: i64 = 11;

/// What share of the episodes would be called detected if alerts knew nothing of them: the mean
/// over episodes moved around the period (`from`..`until`) in eleven equal steps, those that leave
/// it at the end coming in again at the beginning. `None` without episodes or without a period.
pub fn by_chance(
    episodes: &[Episode],
    alerts: &[Alerted],
    before: i64,
    (from, until): (i64, i64),
) -> Option<f64> {
    let period = until - from;
    if episodes.is_empty() || period <= 0 {
        return None;
    }
    let mut detected = 0;
    for turn in 1..=TURNS {
        let step = period / (TURNS + 1) * turn;
        let moved: Vec<Episode> = episodes
            .iter()
            .map(|episode| {
                let onset = from + (episode.onset - from + step).rem_euclid(period);
                let by = onset - episode.onset;
                Episode {
                    onset,
                    reference: episode.reference + by,
                    end: episode.end + by,
                    ..*episode
                }
            })
            .collect();
        detected += match_episodes(&moved, alerts, before).detected();
    }
    let tried = length(episodes.len()) * real(TURNS.unsigned_abs());
    Some(length(detected) / tried)
}
