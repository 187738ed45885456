//! The only source of "now".

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z, as PostgreSQL keeps a `timestamptz`. A plain number in
/// JSON.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// Stands in the time column of an Observation that has no effective time: year 1.
    pub const NO_TIME: Self = Self(-62_135_596_800_000_000);

    /// Seconds since 1970, rounded down.
    pub fn as_second(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The moment as a jiff timestamp; the nearest one it can hold.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(27);
        pulsvagt_fhir::datetime::push_datetime(&mut text, self.0, 0, true, 6);
        f.write_str(&text)
    }
}

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The computer's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until it is moved; for tests.
    pub fn fixed(at: Micros) -> Self {
        Self(Some(Arc::new(AtomicI64::new(at.0))))
    }

    /// Moves a fixed clock; does nothing to the computer's.
    pub fn advance(&self, micros: i64) {
        if let Some(fixed) = &self.0 {
            fixed.fetch_add(micros, Ordering::SeqCst);
        }
    }

    /// The time now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(&self) -> Micros {
        match &self.0 {
            Some(fixed) => Micros(fixed.load(Ordering::SeqCst)),
            None => Micros(jiff::Timestamp::now().as_microsecond()),
        }
    }
}
