//! What `doctor` asks the databases.

use super::{Findings, Verdict};
use crate::cli::site::Site;
use crate::clock::Clock;
use crate::store::edition::Edition;
use crate::store::health::DatabaseHealth;
use crate::store::{Catalog, Tenant};
use crate::telemetry;

/// The oldest PostgreSQL that will do.
const OLDEST: i32 = 150_000;
/// Clocks may differ by this much before readings are dated wrongly, milliseconds.
const CLOCK: i64 = 2_000;

/// Looks at the catalogue's server and at every municipality.
pub(super) async fn look(site: &Site, findings: &mut Findings) -> Option<DatabaseHealth> {
    let catalog = match site.catalog() {
        Ok(catalog) => catalog,
        Err(error) => {
            let error = telemetry::chain(error.as_ref());
            findings.fault("key", error, "bring the key file back from the backup");
            return None;
        }
    };
    // Connecting takes its time, and must not blur the clocks' difference.
    let _ = catalog.ping().await;
    let before = Clock::system().now().0;
    let health = match catalog.health().await {
        Ok(health) => health,
        Err(error) => {
            let error = telemetry::chain(&error);
            findings.fault("database", error, "start PostgreSQL, or correct database_url");
            return None;
        }
    };
    let after = Clock::system().now().0;
    findings.ok("database", "it answers");
    server(&health, findings);
    let drift = (health.now.0 - i64::midpoint(before, after)).abs() / 1_000;
    // Half of the round trip is not known.
    let doubt = (after - before) / 2_000;
    findings.judge(
        "clock",
        if drift > CLOCK + doubt { Verdict::Fault } else { Verdict::Ok },
        format!("the database's differs from this machine's by {drift} ms"),
        "keep both machines' clocks with NTP (chrony, systemd-timesyncd)",
    );
    municipalities(&catalog, site.config.database_connections, &health, findings).await;
    Some(health)
}

fn server(health: &DatabaseHealth, findings: &mut Findings) {
    let version = health.version_number;
    findings.judge(
        "PostgreSQL",
        if version < OLDEST { Verdict::Fault } else { Verdict::Ok },
        format!("version {}", health.version),
        "upgrade to PostgreSQL 17",
    );
    match &health.timescaledb {
        Some(version) => {
            let edition = health.edition.as_str();
            findings.ok("TimescaleDB", format!("version {version}, {edition} edition"));
            if health.edition == Edition::Apache {
                findings.ok(
                    "columnstore",
                    "not in this edition; old readings take about eight times the room",
                );
            }
        }
        None => findings.fault(
            "TimescaleDB",
            "it is not installed in the catalogue's database",
            "run pulsvagt migrate; it says how to install TimescaleDB if that is missing",
        ),
    }
    for (name, why) in [
        ("fsync", "a crash destroys the database"),
        ("synchronous_commit", "a crash loses readings that were acknowledged"),
        ("full_page_writes", "a crash destroys pages that were half written"),
    ] {
        let value = health.setting(name).unwrap_or("not known");
        let is_on = matches!(value, "on" | "remote_apply" | "remote_write" | "local");
        findings.judge(
            name,
            if is_on { Verdict::Ok } else { Verdict::Fault },
            if is_on { value.to_owned() } else { format!("{value}: {why}") },
            &format!("alter system set {name} = on; select pg_reload_conf();"),
        );
    }
    let checksums = health.setting("data_checksums") == Some("on");
    findings.judge(
        "data_checksums",
        if checksums { Verdict::Ok } else { Verdict::Warn },
        if checksums { "on" } else { "off: a failing disk goes unnoticed" }.to_owned(),
        "stop PostgreSQL, run pg_checksums --enable on its data folder, and start it",
    );
}

async fn municipalities(
    catalog: &Catalog,
    connections: u32,
    health: &DatabaseHealth,
    findings: &mut Findings,
) {
    migrations(findings, "migrations of the catalogue", catalog.pending().await);
    let tenants = match catalog.tenants().await {
        Ok(tenants) => tenants,
        Err(error) => {
            let error = telemetry::chain(&error);
            findings.fault("municipalities", error, "run pulsvagt migrate");
            return;
        }
    };
    findings.ok("municipalities", tenants.len().to_string());
    let here = tenants.iter().filter(|tenant| tenant.database_url.is_none()).count() as u64;
    let wanted = here * u64::from(connections) + 4;
    let reserved = health.number("superuser_reserved_connections").unwrap_or(3);
    if let Some(most) = health.number("max_connections") {
        findings.judge(
            "connections",
            if wanted + reserved > most { Verdict::Fault } else { Verdict::Ok },
            format!("this server may want {wanted} of {most}, of which {reserved} are reserved"),
            "raise max_connections of PostgreSQL, or lower database_connections",
        );
    }
    for tenant in &tenants {
        municipality(catalog, tenant, findings).await;
    }
}

async fn municipality(catalog: &Catalog, tenant: &Tenant, findings: &mut Findings) {
    let name = format!("{} {}", tenant.code, tenant.name);
    let health = match catalog.municipality_health(tenant).await {
        Ok(health) => health,
        Err(error) => {
            findings.fault(
                &name,
                telemetry::chain(&error),
                "start its database; if the password is refused, the key file is not the one \
                 that made the role",
            );
            return;
        }
    };
    migrations(findings, &format!("migrations of {name}"), Ok(health.pending));
    if health.holes.is_empty() {
        findings.ok(&name, "open, and its role reaches its own schema only");
    } else {
        let holes = health.holes.join(", ");
        let cure = "revoke what the role should not have; it may touch its own schema only";
        findings.fault(&name, format!("its role {holes}"), cure);
    }
}

fn migrations(
    findings: &mut Findings,
    check: &str,
    pending: Result<usize, crate::store::StoreError>,
) {
    match pending {
        Ok(0) => findings.ok(check, "up to date"),
        Ok(due) => findings.fault(check, format!("{due} are due"), "run pulsvagt migrate"),
        Err(error) => {
            findings.fault(check, telemetry::chain(&error), "start PostgreSQL");
        }
    }
}
