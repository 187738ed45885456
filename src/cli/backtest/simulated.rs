//! The back-test of simulated citizens.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::tz::TimeZone;
use pulsvagt_analytics::Pack;

use super::{Backtest, END, Seen, watch_by_each};
use crate::backtest::{Simulated, Source, Tally, Target};
use crate::cli::output::{self, Unit};
use crate::cli::usage;
use crate::simulate::{Density, Options};
use crate::triage::Policy;

/// How many citizens are in memory at a time, for each thread.
const TOGETHER: u32 = 16;
/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

impl Backtest {
    /// Simulates citizens, some at a time, and watches them by each pack.
    pub(super) fn simulated(&self, citizens: u32) -> anyhow::Result<Seen> {
        let packs = self.packs(|| Pack::default_pack().clone())?;
        let zone = TimeZone::get(&self.zone)
            .map_err(|_| usage(format!("--zone: {} is not an IANA time zone", self.zone)))?;
        let (span, begin) = self.span(&zone, END.parse()?)?;
        let end = span.to.to_jiff();
        let days = (span.to.0 - begin.0 + DAY - 1) / DAY;
        let simulated = Simulated::new(Options {
            seed: self.seed,
            citizens,
            days: u32::try_from(days).unwrap_or(u32::MAX),
            end,
            zone,
            density: Density::Demo,
        });
        let policy = Policy::default();
        let bar = output::progress(u64::from(citizens), Unit::Items, "citizens");
        let next = AtomicU32::new(0);
        let done = Mutex::new(Ok((vec![Vec::new(); packs.len()], Tally::default())));
        let work = || {
            loop {
                let first = next.fetch_add(TOGETHER, Ordering::Relaxed);
                if first >= citizens {
                    return;
                }
                let range = first..(first + TOGETHER).min(citizens);
                let length = u64::from(range.end - range.start);
                let result = simulated.people(range, begin).and_then(|(people, tally)| {
                    Ok((watch_by_each(people, &span, &packs, &policy)?, tally))
                });
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                match (&mut *done, result) {
                    (Ok((all, sum)), Ok((watched, tally))) => {
                        all.iter_mut().zip(watched).for_each(|(all, some)| all.extend(some));
                        sum.received += tally.received;
                        sum.duplicate += tally.duplicate;
                        sum.quarantined += tally.quarantined;
                    }
                    (Ok(_), Err(error)) => *done = Err(error),
                    (Err(_), _) => return,
                }
                drop(done);
                bar.inc(length);
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        bar.finish_and_clear();
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (mut watched, Tally { received, duplicate, quarantined }) = done?;
        // Whichever thread was first.
        for watched in &mut watched {
            watched.sort_by_key(|one| one.index);
        }
        let source = Source::Simulated { seed: self.seed, received, duplicate, quarantined };
        let target =
            Target { of: "simulated episodes".to_owned(), days_before: self.before.unwrap_or(0) };
        Ok(Seen { packs, watched, span, source, target })
    }
}
