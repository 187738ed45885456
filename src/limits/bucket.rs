//! One token bucket in one atomic number (GCRA, the generic cell rate algorithm of ITU-T I.371).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Quota;

/// When it will be full again, nanoseconds after the limiter began. How much is missing until then
/// is what has been taken.
#[derive(Debug, Default)]
pub(super) struct Bucket(AtomicU64);

impl Bucket {
    /// Takes what is asked for, at most a full bucket, or says how long to wait for it.
    pub(super) fn take(&self, now: u64, cost: u32, quota: Quota) -> Result<(), Duration> {
        let whole = quota.interval() * u64::from(quota.burst);
        let cost = quota.interval() * u64::from(cost.min(quota.burst));
        let mut full_at = self.0.load(Ordering::Relaxed);
        loop {
            let next = full_at.max(now) + cost;
            let over = next.saturating_sub(now.saturating_add(whole));
            if over > 0 {
                return Err(Duration::from_nanos(over));
            }
            let swapped =
                self.0.compare_exchange_weak(full_at, next, Ordering::Relaxed, Ordering::Relaxed);
            match swapped {
                Ok(_) => return Ok(()),
                Err(other) => full_at = other,
            }
        }
    }

    /// Whole units that are left, and how long until all are.
    pub(super) fn left(&self, now: u64, quota: Quota) -> (u32, Duration) {
        let missing = self.0.load(Ordering::Relaxed).saturating_sub(now);
        let taken = u32::try_from(missing.div_ceil(quota.interval())).unwrap_or(u32::MAX);
        (quota.burst.saturating_sub(taken), Duration::from_nanos(missing))
    }
}
