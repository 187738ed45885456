//! Every table of a municipality, and what of it is about a citizen: the one list that exporting,
//! erasing and their tests go by. A test compares it with the database, so that a new table cannot
//! be forgotten.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, PgConnection};

use super::{Store, StoreError};
use crate::ids::CitizenNo;

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Something about citizens, which an export tells.
    Exported,
    /// Something that is computed or copied from what is exported, or says what the machine is about
    /// to do. Erased with it.
    Derived,
    /// Nothing about any citizen.
    NotPersonal,
    /// What has to be kept although it is about citizens; the text says why.
    Kept(&'static str),
}

/// A table.
#[derive(Debug, Clone, Copy)]
pub struct Holding {
    /// Its name.
    pub table: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// Which of its rows `t` are about the citizen with the number $1.
    pub rows: Option<&'static str>,
}

const OWN: &str = "t.citizen = $1";
const OF_ALERTS: &str = "t.alert in (select a.id from alert a where a.citizen = $1)";
const OF_ACCOUNTS: &str = "t.account in (select a.id from account a where a.citizen = $1)";
const OF_RESOURCES: &str =
    "(t.type, t.id) in (select r.type, r.id from resource r where r.citizen = $1)";

const fn exported(table: &'static str, rows: &'static str) -> Holding {
    Holding { table, holds: Holds::Exported, rows: Some(rows) }
}

const fn derived(table: &'static str, rows: &'static str) -> Holding {
    Holding { table, holds: Holds::Derived, rows: Some(rows) }
}

const fn not_personal(table: &'static str) -> Holding {
    Holding { table, holds: Holds::NotPersonal, rows: None }
}

const fn kept(table: &'static str, why: &'static str) -> Holding {
    Holding { table, holds: Holds::Kept(why), rows: None }
}

/// All tables, in an order in which rows of them can be deleted. Some are of other migrations than
/// those that every municipality has.
pub const HOLDINGS: &[Holding] = &[
    exported("doubtful_reading", OWN),
    exported("observation", OWN),
    exported("observation_history", OWN),
    derived("observation_identifier", OWN),
    derived("touched_day", OWN),
    exported("daily_summary", OWN),
    exported("screened", OWN),
    exported("finding", OWN),
    exported("suppression", OWN),
    exported("risk_score", OWN),
    exported("triage_streak", OWN),
    derived("alert_projection", OF_ALERTS),
    exported("alert_event", OF_ALERTS),
    exported("alert", OWN),
    exported("plan", OWN),
    derived(
        "patient_unlabelled",
        "t.id in (select r.id from resource r where r.type = 'Patient' and r.citizen = $1)",
    ),
    derived("resource_token", OF_RESOURCES),
    derived("resource_date", OF_RESOURCES),
    exported("resource_history", OF_RESOURCES),
    exported("resource", OWN),
    derived("screening_lease", OWN),
    derived("account_recovery", OF_ACCOUNTS),
    derived("session", OWN),
    exported("account", OWN),
    exported("citizen_restriction", OWN),
    exported("legal_hold", OWN),
    exported("break_glass", OWN),
    derived("consent_rule", OWN),
    derived("consent_turn", OWN),
    exported("citizen", "t.id = $1"),
    // What measures and what templates of readings look like. A device's reference is kept with the
    // number that readings of others may have, and says nobody's name.
    not_personal("concept"),
    not_personal("source"),
    not_personal("shape"),
    not_personal("import_progress"),
    // Who of the staff answers for a pack, and who put it in force.
    not_personal("rule_pack_sign_off"),
    not_personal("rule_pack_use"),
    // Numbers by sending system or role.
    not_personal("refusal"),
    not_personal("rule_pack"),
    not_personal("screening_round"),
    not_personal("triage_policy"),
    not_personal("retention_policy"),
    not_personal("retention_run"),
    not_personal("retention_night"),
    not_personal("retention_horizon"),
    not_personal("_sqlx_migrations"),
    not_personal("identity_key"),
    not_personal("identity_state"),
    // Hashes of what was typed as a user name, for a day.
    not_personal("sign_in_delay"),
    not_personal("client"),
    not_personal("client_assertion"),
    not_personal("team"),
    not_personal("team_member"),
    // Weights, numbers about all citizens together, and who answers for them.
    not_personal("risk_watch"),
    not_personal("risk_approval"),
    not_personal("risk_evaluation"),
    not_personal("risk_model"),
    // What somebody asked to export, and ranges of keys.
    not_personal("export_file"),
    not_personal("export_job"),
    // What the municipality has agreed to with regions.
    not_personal("region_agreement"),
    // What regions gave: counts that municipalities released.
    not_personal("region_comparison"),
    // Who asked for which cohort, and why.
    not_personal("cohort_release"),
    not_personal("cohort_definition"),
    // Who asked for which cohort, and what was told: nothing of any citizen.
    not_personal("cohort_run"),
    kept(
        "cohort_release_set",
        "without it the next answer could be compared with an earlier one and single somebody out; \
         numbers only, and that of an erased citizen leads to nobody",
    ),
    kept("erasure", "says that and why something was erased, and not whose it was"),
    kept("audit_block", "legal obligation: who has seen what; holds no name and no CPR number"),
];

/// Rows by table.
pub type Counts = BTreeMap<String, u64>;

/// The list's entry for a table.
pub fn holding(table: &str) -> Option<&'static Holding> {
    HOLDINGS.iter().find(|holding| holding.table == table)
}

impl Store {
    /// Tables of the municipality that the list does not know; none, unless somebody forgot one.
    pub async fn unlisted_tables(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.tables().await?.into_iter().filter(|name| holding(name).is_none()).collect())
    }

    /// All tables of the municipality but the parts of its time-ordered table; also those that its
    /// role may not read, which is why it is not `information_schema` that is asked.
    pub async fn tables(&self) -> Result<Vec<String>, StoreError> {
        let tables = sqlx::query_scalar!(
            r#"-- holdings.tables
             select c.relname::text as "name!"
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = current_schema() and c.relkind in ('r', 'p')
               and not exists (select from pg_inherits i where i.inhrelid = c.oid)
               and c.relname not like 'compress\_hyper\_%'
               and c.relname not like '\_compressed\_hypertable\_%'
             order by 1"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(tables)
    }

    /// How many rows of each table are about a citizen.
    pub async fn citizen_rows(&self, citizen: CitizenNo) -> Result<Counts, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let mut counts = Counts::new();
        for Holding { table, rows, .. } in HOLDINGS {
            if let Some(rows) = rows {
                let count = count(&mut connection, table, rows, citizen).await?;
                counts.insert((*table).to_owned(), count);
            }
        }
        Ok(counts)
    }
}

async fn count(
    connection: &mut PgConnection,
    table: &str,
    rows: &str,
    citizen: CitizenNo,
) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
        "-- holdings.count\nselect count(*) from {table} t where {rows}"
    )))
    .bind(citizen.0)
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}
