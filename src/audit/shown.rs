//! What an open list has shown to whom. A list that is open asks for its rows again and again; who was
//! shown to whom is recorded when it is first shown, when it has changed, and again each hour, so
//! that an hour's refreshing is not sixty entries about each citizen.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::clock::Micros;
use crate::ids::AlertId;

/// How long what was recorded counts, microseconds.
const HOLDS: i64 = 3_600_000_000;
/// What is remembered; more than all lists of a large municipality show. What is forgotten is recorded
/// again.
const MOST: usize = 100_000;

/// What lists have shown, by session.
#[derive(Debug)]
pub struct Shown(Cache<(Arc<str>, AlertId), (u32, Micros)>);

impl Default for Shown {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Shown {
    /// Whether it is recorded within the hour that the session was shown that version of the alert.
    pub fn is_recorded(&self, session: &str, alert: AlertId, version: u32, now: Micros) -> bool {
        let key: (Arc<str>, AlertId) = (Arc::from(session), alert);
        let known = self.0.get(&key);
        known.is_some_and(|(shown, at)| shown == version && now.0 - at.0 < HOLDS)
    }
}

/// Rows of an answer that its entry will name; in the extensions of the answer. They count as recorded
/// when the entry is.
#[derive(Debug, Clone)]
pub struct ShownNow {
    shown: Arc<Shown>,
    session: Arc<str>,
    rows: Vec<(AlertId, u32)>,
    at: Micros,
}

impl ShownNow {
    /// Of that session.
    pub fn new(shown: Arc<Shown>, session: &str, rows: Vec<(AlertId, u32)>, at: Micros) -> Self {
        Self { shown, session: Arc::from(session), rows, at }
    }

    /// The entry is recorded.
    pub fn recorded(&self) {
        for (alert, version) in &self.rows {
            self.shown.0.insert((Arc::clone(&self.session), *alert), (*version, self.at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_counts_for_an_hour_for_one_session_and_version() {
        let shown = Arc::new(Shown::default());
        let (alert, at) = (AlertId::default(), Micros(5 * HOLDS));
        let now = ShownNow::new(Arc::clone(&shown), "one", vec![(alert, 3)], at);
        assert!(!shown.is_recorded("one", alert, 3, at), "the entry is not there yet");
        now.recorded();
        let last = Micros(at.0 + HOLDS - 1);
        assert!(shown.is_recorded("one", alert, 3, last));
        assert!(!shown.is_recorded("one", alert, 3, Micros(at.0 + HOLDS)));
        assert!(!shown.is_recorded("one", alert, 4, last));
        assert!(!shown.is_recorded("another", alert, 3, last));
    }
}
