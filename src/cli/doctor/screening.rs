//! Whether screening keeps up.

use super::Findings;
use super::Verdict;
use crate::cli::site::Site;
use crate::clock::Clock;
use crate::store::screenings::Lag;
use crate::store::{Store, StoreError};
use crate::telemetry::chain;

/// Somebody who has been due for so long is a warning, seconds.
const LATE: u64 = 10 * 60;

/// Looks at every municipality that can be opened; others are told elsewhere.
pub(super) async fn look(site: &Site, findings: &mut Findings) {
    let Ok(catalog) = site.catalog() else { return };
    let Ok(tenants) = catalog.tenants().await else { return };
    for tenant in tenants {
        let Ok(store) = catalog.open(&tenant) else { continue };
        let check = format!("screening of {}", tenant.code);
        match lag(&store).await {
            Ok(lag) => report(&check, lag, findings),
            Err(error) => {
                findings.warn(&check, chain(&error), "run pulsvagt migrate if migrations are due");
            }
        }
        store.close().await;
    }
}

async fn lag(store: &Store) -> Result<Lag, StoreError> {
    store.screening_lag(Clock::system().now()).await
}

fn report(check: &str, lag: Lag, findings: &mut Findings) {
    let Lag { backlog, parked, seconds, .. } = lag;
    let found = format!("{backlog} citizens are due, the first for {seconds} s");
    let verdict = if seconds > LATE { Verdict::Warn } else { Verdict::Ok };
    findings.judge(check, verdict, found, "see that a server with [screening] enabled runs");
    if parked > 0 {
        findings.fault(
            check,
            format!("{parked} citizens cannot be screened; screening_lease has their numbers"),
            "pulsvagt screen --citizen says what is wrong; usually a row is damaged",
        );
    }
}
