//! Watches that nobody is forgotten: tells how far screening is behind, has everybody screened once
//! a night, and ends what has run out of alerts.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use xxhash_rust::xxh3::xxh3_64;

use super::Settings;
use crate::clock::{Clock, Micros};
use crate::projection::{PackFacts, catch_up, tell_lag};
use crate::screening::{PackShelf, ScreeningError};
use crate::store::Store;
use crate::telemetry::chain;

/// How often to look.
const EVERY: Duration = Duration::from_secs(15);
/// The nightly round begins at 02:00 on the municipality's wall clock at the earliest…
const FIRST: i64 = 2 * 3_600;
/// …and is spread over three hours, so that municipalities do not all begin at once.
const SPREAD: u64 = 3 * 3_600;

/// Watches until told to stop.
pub(super) async fn run(
    store: Store,
    clock: Clock,
    settings: Settings,
    stopping: CancellationToken,
) {
    let mut behind = false;
    let shelf = PackShelf::default();
    loop {
        if let Err(error) = look(&store, &shelf, clock.now(), settings, &mut behind).await {
            let tenant = store.code();
            tracing::warn!(%tenant, error = chain(&error), "the watchdog cannot look");
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn look(
    store: &Store,
    shelf: &PackShelf,
    now: Micros,
    settings: Settings,
    behind: &mut bool,
) -> Result<(), ScreeningError> {
    let tenant = store.code();
    store.refresh_retention(now).await?;
    let lag = store.screening_lag(now).await?;
    let label = tenant.to_string();
    gauge("pulsvagt_screening_lag_seconds", &label, lag.seconds);
    gauge("pulsvagt_screening_backlog", &label, lag.backlog);
    gauge("pulsvagt_screening_parked", &label, lag.parked);
    let is_behind = lag.seconds > settings.lag_alarm.as_secs();
    if is_behind && !*behind {
        tracing::error!(
            %tenant, lag_s = lag.seconds, backlog = lag.backlog, "screening is behind"
        );
    } else if *behind && !is_behind {
        tracing::info!(%tenant, lag_s = lag.seconds, "screening has caught up");
    }
    *behind = is_behind;
    if let Some(day) = round_of(store, now)
        && let Some(citizens) = store.begin_round(day, now).await?
    {
        tracing::info!(%tenant, citizens, "nightly round");
    }
    tell_lag(store, lag.oldest.filter(|_| is_behind).map(|since| (since, lag.backlog)), now)
        .await?;
    store.expire_alerts(now).await?;
    let pack = shelf.in_force(store, now).await?.active;
    catch_up(store, &PackFacts::from(&pack), now).await?;
    Ok(())
}

fn gauge(name: &'static str, tenant: &str, value: u64) {
    let value = f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    metrics::gauge!(name, "tenant" => tenant.to_owned()).set(value);
}

/// The day whose nightly round has to have begun by now, days since 1970; `None` before its hour.
/// A server that was away at that hour does it late rather than not at all.
pub fn round_of(store: &Store, now: Micros) -> Option<i32> {
    let local = now.to_jiff().to_zoned(store.zone().clone());
    let wall = now.as_second() + i64::from(local.offset().seconds());
    let spread = i64::try_from(xxh3_64(store.code().as_str().as_bytes()) % SPREAD).unwrap_or(0);
    let (day, second) = (wall.div_euclid(86_400), wall.rem_euclid(86_400));
    if second < FIRST + spread { None } else { i32::try_from(day).ok() }
}
