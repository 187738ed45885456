//! Everything that is stored about one citizen, for the citizen (GDPR articles 15 and 20).
//!
//! One JSON object a line: FHIR resources, each version of each, and what FHIR has no place for as
//! `{"record": table, …}`. Readings are streamed: however many there are, few are in memory.

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use pulsvagt_fhir::json::push_string;
use pulsvagt_fhir::view::RunError;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tokio::sync::mpsc::Sender;
use tokio::time::timeout;

use super::erasure::names;
use super::holdings::{Counts, holding};
use super::observations::{Row, StoredObservation};
use super::{Store, StoreError};
use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo};

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database did not answer, or a row cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody takes what is exported any more, or not for a minute.
    #[error("the export is not taken any more")]
    NotTaken,
    /// A view cannot be made of a resource.
    #[error("a view cannot be made of a resource: {0}")]
    View(RunError),
}

/// Readings that are decoded at a time.
const TOGETHER: usize = 500;
/// Bytes that are passed on at a time.
const PIECE: usize = 64 << 10;
/// How long somebody may take to take a piece: as long, a connection to the database is held.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the lines go, and how many rows of each table are in them.
struct Lines<'w> {
    out: &'w Sender<Vec<u8>>,
    held: Vec<u8>,
    counts: Counts,
}

impl Lines<'_> {
    async fn line(&mut self, table: &str, text: &str) -> Result<(), ExportError> {
        self.held.extend_from_slice(text.as_bytes());
        self.held.push(b'\n');
        *self.counts.entry(table.to_owned()).or_default() += 1;
        if self.held.len() >= PIECE { self.pass_on().await } else { Ok(()) }
    }

    async fn record(&mut self, table: &str, row: &Value) -> Result<(), ExportError> {
        self.line(table, &json!({"record": table, "row": row}).to_string()).await
    }

    async fn pass_on(&mut self) -> Result<(), ExportError> {
        let piece = std::mem::take(&mut self.held);
        match timeout(PATIENCE, self.out.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ExportError::NotTaken),
        }
    }
}

impl Store {
    /// Tells everything about a citizen, in pieces of text, and says how many rows of each table that
    /// was. Rows that come in meanwhile may or may not be in it.
    ///
    /// # Errors
    /// When the database does not answer, a row cannot be read, or nobody takes the pieces; what was
    /// told until then is not the whole.
    pub async fn export_citizen(
        &self,
        citizen: CitizenNo,
        logical_id: &str,
        out: &Sender<Vec<u8>>,
    ) -> Result<Counts, ExportError> {
        let mut lines = Lines { out, held: Vec::new(), counts: Counts::new() };
        self.load_shapes().await?;
        self.export_resources(citizen, logical_id, &mut lines).await?;
        self.export_readings(citizen, &mut lines).await?;
        self.export_alerts(citizen, &mut lines).await?;
        for version in self.plan_history(citizen).await? {
            lines
                .record(
                    "plan",
                    &json!({"version": version.version, "validFrom": version.valid_from.to_string(),
                        "author": version.author, "source": version.source.as_str(),
                        "carePlan": version.care_plan, "plan": version.plan}),
                )
                .await?;
        }
        self.export_days(citizen, &mut lines).await?;
        for account in self.accounts_of(citizen).await? {
            lines
                .record(
                    "account",
                    &json!({"user": account.about.user, "name": account.about.name,
                        "created": account.created.to_string(),
                        "disabled": account.disabled.map(|at| at.to_string())}),
                )
                .await?;
        }
        for table in [
            "screened",
            "finding",
            "suppression",
            "risk_score",
            "triage_streak",
            "citizen_restriction",
            "legal_hold",
            "doubtful_reading",
            "citizen",
        ] {
            self.export_rows(table, citizen, &mut lines).await?;
        }
        self.export_accesses(citizen, &mut lines).await?;
        lines.pass_on().await?;
        Ok(lines.counts)
    }

    /// The resources of the compartment with all versions, the Patient first; then versions of
    /// others' resources that name the citizen.
    async fn export_resources(
        &self,
        citizen: CitizenNo,
        logical_id: &str,
        lines: &mut Lines<'_>,
    ) -> Result<(), ExportError> {
        let rows = sqlx::query!(
            r#"-- export.resources
             select type as kind, id from resource where citizen = $1
             order by (type = 'Patient') desc, type, id"#,
            citizen.0
        )
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::from)?;
        for row in rows {
            for (place, version) in
                self.resource_history(&row.kind, &row.id).await?.iter().enumerate()
            {
                let table = if place == 0 { "resource" } else { "resource_history" };
                lines.line(table, &version.json()).await?;
            }
        }
        for (kind, id) in self.mentioning(citizen.0, logical_id).await? {
            for version in self.resource_history(&kind, &id).await? {
                if names(&version, logical_id) {
                    lines.line("mentions", &version.json()).await?;
                }
            }
        }
        Ok(())
    }

    async fn export_readings(
        &self,
        citizen: CitizenNo,
        lines: &mut Lines<'_>,
    ) -> Result<(), ExportError> {
        let current = sqlx::query_as!(
            Row,
            r#"-- export.readings
             select effective, received, value, citizen, code, source,
                    fingerprint::int4 as "fingerprint!", shape, version, quarantine, holes, extra
             from observation where citizen = $1"#,
            citizen.0
        )
        .fetch(&self.pool);
        self.export_versions("observation", current, lines).await?;
        let earlier = sqlx::query_as!(
            Row,
            r#"-- export.corrected
             select effective, received, value, citizen, code, source,
                    fingerprint::int4 as "fingerprint!", shape, version, quarantine, holes, extra
             from observation_history where citizen = $1"#,
            citizen.0
        )
        .fetch(&self.pool);
        self.export_versions("observation_history", earlier, lines).await
    }

    async fn export_versions(
        &self,
        table: &str,
        mut rows: BoxStream<'_, Result<Row, sqlx::Error>>,
        lines: &mut Lines<'_>,
    ) -> Result<(), ExportError> {
        let mut some = Vec::with_capacity(TOGETHER);
        let mut text = String::new();
        loop {
            let row = rows.try_next().await.map_err(StoreError::from)?;
            let last = row.is_none();
            some.extend(row);
            if some.len() == TOGETHER || (last && !some.is_empty()) {
                for stored in self.stored(std::mem::take(&mut some)).await? {
                    self.push_version(&mut text, &stored)?;
                    lines.line(table, &text).await?;
                    text.clear();
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    /// The FHIR resource; after one in quarantine a second line says why it is.
    fn push_version(&self, out: &mut String, stored: &StoredObservation) -> Result<(), StoreError> {
        let id = self.sealer().seal(stored.key);
        stored.push_json(out, &id)?;
        if stored.quarantine != 0 {
            out.push_str("\n{\"record\":\"quarantine\",\"row\":{\"observation\":");
            push_string(out, &format!("Observation/{id}"));
            let (version, reason) = (stored.version, stored.quarantine);
            let _ = write!(out, ",\"version\":{version},\"reason\":{reason}}}}}");
        }
        Ok(())
    }

    /// Alerts with everything that happened to them, notes included.
    async fn export_alerts(
        &self,
        citizen: CitizenNo,
        lines: &mut Lines<'_>,
    ) -> Result<(), ExportError> {
        let ids = sqlx::query_scalar!(
            r#"-- export.alerts
             select id as "id: AlertId" from alert where citizen = $1 order by opened, id"#,
            citizen.0
        )
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::from)?;
        for id in ids {
            let Some(alert) = self.alert(id).await? else { continue };
            let whole = |value: Result<Value, serde_json::Error>| {
                value.map_err(|error| StoreError::damaged("alert", error))
            };
            lines.record("alert", &whole(serde_json::to_value(&alert))?).await?;
            for event in self.alert_events(id).await? {
                let mut event = whole(serde_json::to_value(&event))?;
                event["alert"] = json!(id.to_string());
                lines.record("alert_event", &event).await?;
            }
        }
        Ok(())
    }

    /// Accesses to the citizen beyond teams, with why they were opened.
    async fn export_accesses(
        &self,
        citizen: CitizenNo,
        lines: &mut Lines<'_>,
    ) -> Result<(), ExportError> {
        for opened in self.break_glasses_of(citizen).await? {
            lines.record(
                "break_glass",
                &json!({"id": opened.id.0, "issuer": opened.issuer, "subject": opened.subject,
                        "role": opened.role, "reason": opened.reason,
                        "begun": opened.begun.to_string(), "expires": opened.expires.to_string(),
                        "ended": opened.ended.map(|at| at.to_string()), "endedBy": opened.ended_by}),
            )
                .await?;
        }
        Ok(())
    }

    /// Daily summaries in readable form.
    async fn export_days(
        &self,
        citizen: CitizenNo,
        lines: &mut Lines<'_>,
    ) -> Result<(), ExportError> {
        let mut found = self.summaries(&[citizen], -719_000, 2_900_000).await?;
        if let Some(error) = found.broken.remove(&citizen) {
            return Err(error.into());
        }
        for day in found.days.remove(&citizen).unwrap_or_default() {
            let date = Micros(i64::from(day.day) * 86_400_000_000).to_string();
            let date = date.get(..10).unwrap_or_default();
            lines.record("daily_summary", &json!({"day": date, "signals": day.summaries})).await?;
        }
        Ok(())
    }

    /// The rows of a table as they are.
    async fn export_rows(
        &self,
        table: &str,
        citizen: CitizenNo,
        lines: &mut Lines<'_>,
    ) -> Result<(), ExportError> {
        let Some(rows) = holding(table).and_then(|holding| holding.rows) else { return Ok(()) };
        let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(format!(
            "-- export.rows\nselect to_jsonb(t)::text from {table} t where {rows}"
        )))
        .bind(citizen.0)
        .fetch(&self.pool);
        while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
            let row: Value = serde_json::from_str(&row)
                .map_err(|_| StoreError::damaged("export", "a row is no JSON"))?;
            lines.record(table, &row).await?;
        }
        Ok(())
    }
}
