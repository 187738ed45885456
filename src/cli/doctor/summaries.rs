//! Whether daily summaries are what the readings come to.

use std::str::FromStr;

use super::Findings;
use crate::cli::output::{self, Unit};
use crate::cli::site::Site;
use crate::clock::Clock;
use crate::ids::CitizenNo;
use crate::screening::{ScreeningError, Verified, verify};
use crate::store::Store;
use crate::telemetry::chain;

/// Citizens that are listed at a time.
const PAGE: u32 = 1_000;

/// Whose summaries are recomputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Everybody's.
    All,
    /// Those of about so many citizens, spread over all.
    About(u64),
}

impl FromStr for Extent {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<u64>() {
            Ok(citizens) if citizens > 0 => Ok(Self::About(citizens)),
            _ if text == "all" => Ok(Self::All),
            _ => Err("give a number of citizens, or all"),
        }
    }
}

/// Looks at every municipality.
pub(super) async fn look(site: &Site, extent: Extent, findings: &mut Findings) {
    let tenants = match site.catalog() {
        Ok(catalog) => match catalog.tenants().await {
            Ok(tenants) => {
                tenants.into_iter().map(|tenant| (catalog.open(&tenant), tenant)).collect()
            }
            Err(error) => {
                findings.fault("summaries", chain(&error), "see above");
                return;
            }
        },
        Err(_) => Vec::new(),
    };
    for (store, tenant) in tenants {
        let check = format!("summaries of {}", tenant.code);
        let verified = match &store {
            Ok(store) => look_at(store, extent).await,
            Err(error) => {
                findings.fault(&check, chain(error), "see above");
                continue;
            }
        };
        match verified {
            Err(error) => findings.fault(&check, chain(&error), "mend the database first"),
            Ok(verified) => report(&check, &verified, findings),
        }
    }
}

fn report(check: &str, verified: &Verified, findings: &mut Findings) {
    let Verified { days, different, broken } = verified;
    if !broken.is_empty() {
        findings.fault(
            check,
            format!("{} citizens have rows that cannot be read", broken.len()),
            "restore the database from a backup; their numbers are in screening_lease",
        );
    }
    if different.is_empty() {
        findings.ok(check, format!("{days} citizen-days are as the readings say"));
    } else {
        findings.fault(
            check,
            format!("{} of {days} citizen-days are not what the readings come to", different.len()),
            "have them recomputed: insert the citizens and days into touched_day, and find out why \
             they were not",
        );
    }
}

async fn look_at(store: &Store, extent: Extent) -> Result<Verified, ScreeningError> {
    let citizens = store.count_citizens().await?;
    let step = match extent {
        Extent::All => 1,
        Extent::About(wanted) => (citizens / wanted).max(1),
    };
    let bar = output::progress(citizens / step, Unit::Items, "summaries");
    let now = Clock::system().now();
    let mut total = Verified::default();
    let (mut after, mut number) = (CitizenNo(i32::MIN), 0_u64);
    loop {
        let page = store.citizens_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = *last;
        for citizen in page {
            number += 1;
            if number % step == 0 {
                let found = verify(store, &[citizen], now).await?;
                total.days += found.days;
                total.different.extend(found.different);
                total.broken.extend(found.broken);
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    store.close().await;
    Ok(total)
}
