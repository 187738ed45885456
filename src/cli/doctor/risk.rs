//! Whether risk models in use score, and are still what they were.

use pulsvagt_analytics::risk::drift::Drift;
use serde::Deserialize;

use super::{Findings, Verdict};
use crate::cli::site::Site;
use crate::clock::{Clock, Micros};
use crate::jobs::round_of;
use crate::risk::live::{InUse, in_use};
use crate::store::risk::RiskNight;
use crate::store::{Store, StoreError};
use crate::telemetry::chain;

/// An approval that ends so soon is spoken of, microseconds.
const SOON: i64 = 30 * 86_400 * 1_000_000;

/// Looks at every municipality that can be opened; others are told elsewhere.
pub(super) async fn look(site: &Site, findings: &mut Findings) {
    let Ok(catalog) = site.catalog() else { return };
    let Ok(tenants) = catalog.tenants().await else { return };
    let now = Clock::system().now();
    for tenant in tenants {
        let Ok(store) = catalog.open(&tenant) else { continue };
        let check = format!("risk models of {}", tenant.code);
        if let Err(error) = municipality(&store, &check, now, findings).await {
            findings.warn(&check, chain(&error), "run pulsvagt migrate if migrations are due");
        }
        store.close().await;
    }
}

async fn municipality(
    store: &Store,
    check: &str,
    now: Micros,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    for used in in_use(store).await? {
        let night = store.risk_night(&used.model.hash).await?;
        report(check, &used, night.as_ref(), (round_of(store, now), now), findings);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Watched {
    features: Vec<Moved>,
    outcome: Option<Drift>,
}

#[derive(Deserialize)]
struct Moved {
    feature: String,
    index: f64,
    drift: Drift,
}

fn report(
    check: &str,
    used: &InUse,
    night: Option<&RiskNight>,
    (round, now): (Option<i32>, Micros),
    findings: &mut Findings,
) {
    let name = &used.model.name;
    let left = used.approval.approval.until - now.0;
    if left <= 0 {
        let cure = "evaluate it anew, then pulsvagt model approve or retire";
        findings.warn(
            check,
            format!("the approval of {name} has run out: it does not score"),
            cure,
        );
        return;
    }
    if left < SOON {
        let days = left / (86_400 * 1_000_000);
        let cure = "evaluate it anew, then pulsvagt model approve";
        findings.warn(check, format!("the approval of {name} ends in {days} days"), cure);
    }
    let Some(night) = night else {
        findings.ok(check, format!("{name} has not scored yet; it does at night"));
        return;
    };
    let is_late = round.is_some_and(|day| day - night.day > 1);
    let verdict = if is_late { Verdict::Warn } else { Verdict::Ok };
    let cure = "see the server's log for why nobody was scored";
    findings.judge(check, verdict, format!("{name} scored {} citizens", night.scored), cure);
    let Ok(watched) = serde_json::from_str::<Watched>(&night.body) else { return };
    let changed: Vec<String> = watched
        .features
        .iter()
        .filter(|moved| moved.drift == Drift::Changed)
        .map(|moved| format!("{} ({:.2})", moved.feature, moved.index))
        .collect();
    let cure = "pulsvagt model evaluate says whether it is still good; else fit it anew";
    if !changed.is_empty() {
        let all = changed.join(", ");
        findings.warn(check, format!("{name}: no longer as when it was fitted: {all}"), cure);
    }
    if watched.outcome == Some(Drift::Changed) {
        findings.warn(check, format!("{name}: outcomes are no longer as it says"), cure);
    }
}
