//! Whether what names somebody is encrypted with the current key.

use super::{Findings, Verdict};
use crate::cli::site::Site;
use crate::telemetry::chain;

/// Looks at every municipality that can be opened; others are told elsewhere.
pub(super) async fn look(site: &Site, findings: &mut Findings) {
    let Ok(catalog) = site.catalog() else { return };
    let Ok(tenants) = catalog.tenants().await else { return };
    for tenant in tenants {
        let Ok(store) = catalog.open(&tenant) else { continue };
        let check = format!("data key of {}", tenant.code);
        match store.key_use().await {
            Ok(found) => {
                let due = found.clear || found.older > 0 || found.current < found.newest;
                let clear = if found.clear { ", some perhaps in clear text" } else { "" };
                findings.judge(
                    &check,
                    if due { Verdict::Warn } else { Verdict::Ok },
                    format!(
                        "key {} is current, the ring has {}; {} rows use an older one{clear}",
                        found.current, found.newest, found.older
                    ),
                    &format!("run pulsvagt rekey --tenant {}", tenant.code),
                );
            }
            Err(error) => findings.fault(
                &check,
                chain(&error),
                "run pulsvagt migrate if migrations are due, or bring the key files back",
            ),
        }
        store.close().await;
    }
}
