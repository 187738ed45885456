//! Findings that raised nothing.

use std::sync::Arc;

use sqlx::PgConnection;

use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo};
use crate::store::{Sight, Store, StoreError};
use crate::triage::{Fate, Level, Reason};

/// A finding that is kept out.
pub(super) struct Kept {
    pub(super) problem: Arc<str>,
    pub(super) fate: Fate,
    pub(super) reason: Reason,
    pub(super) until: Option<Micros>,
    pub(super) alert: Option<AlertId>,
}

/// A finding that raised nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Its number; the newest has the greatest.
    pub id: i64,
    /// Whose.
    pub citizen: CitizenNo,
    /// Logical id of the citizen.
    pub citizen_id: String,
    /// What kind of problem.
    pub problem: String,
    /// The rule.
    pub rule: String,
    /// At which level it fired.
    pub level: Level,
    /// Why it raised nothing.
    pub reason: Reason,
    /// When the newest evidence was taken.
    pub evidence_at: Micros,
    /// Until when the reason holds, where time alone ends it.
    pub until: Option<Micros>,
    /// The open alert that it would have gone into, or the closed one it was measured against.
    pub alert: Option<AlertId>,
    /// When it was first kept out.
    pub first_at: Micros,
    /// When it was last kept out.
    pub last_at: Micros,
    /// How often.
    pub times: u32,
}

/// Which suppressions are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SuppressionFilter {
    /// Of this citizen only.
    pub citizen: Option<CitizenNo>,
    /// For this reason only.
    pub reason: Option<Reason>,
    /// Kept out at or after this moment.
    pub since: Option<Micros>,
    /// First kept out before this moment.
    pub before: Option<Micros>,
}

/// Some suppressions, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressionPage {
    /// They.
    pub suppressions: Vec<Suppression>,
    /// After which one the next page begins, if there is more.
    pub next: Option<i64>,
}

/// Writes them down. The same one again only counts up.
pub(super) async fn keep(
    connection: &mut PgConnection,
    citizen: CitizenNo,
    kept: &[Kept],
    now: Micros,
) -> Result<(), StoreError> {
    for one in kept {
        sqlx::query!(
            "-- alerts.suppress
             insert into suppression (citizen, problem, rule, severity, reason, evidence_at, until,
                                      alert, first_at, last_at, times)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 1)
             on conflict (citizen, rule, reason, severity, evidence_at) do update
             set until = excluded.until, alert = excluded.alert, last_at = excluded.last_at,
                 times = suppression.times + 1",
            citizen.0,
            one.problem.as_ref(),
            one.fate.rule.as_ref(),
            one.fate.level.rank(),
            one.reason.as_str(),
            one.fate.evidence_at as Micros,
            one.until as Option<Micros>,
            one.alert as Option<AlertId>,
            now as Micros
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Store {
    /// Findings of citizens in sight that raised nothing, newest first, from after the one with this number.
    pub async fn suppressions(
        &self,
        sight: &Sight,
        filter: &SuppressionFilter,
        after: Option<i64>,
        limit: u16,
    ) -> Result<SuppressionPage, StoreError> {
        let rows = sqlx::query!(
            r#"-- alerts.suppressions
            select s.id, s.citizen, c.logical_id, s.problem, s.rule, s.severity, s.reason,
                   s.evidence_at, s.until, s.alert as "alert: AlertId", s.first_at, s.last_at,
                   s.times
            from suppression s join citizen c on c.id = s.citizen
            where ($1::integer is null or s.citizen = $1)
              and s.citizen not in (select citizen from citizen_restriction)
              and ($2::text is null or s.reason = $2)
              and ($3::timestamptz is null or s.last_at >= $3)
              and ($4::timestamptz is null or s.first_at < $4)
              and ($5::bigint is null or s.id < $5)
              and ($7::int4[] is null or c.team = any($7) or c.id = any($8))
            order by s.id desc limit $6"#,
            filter.citizen.map(|citizen| citizen.0),
            filter.reason.map(Reason::as_str),
            filter.since as Option<Micros>,
            filter.before as Option<Micros>,
            after,
            i64::from(limit) + 1,
            sight.teams(),
            &sight.also()
        )
        .fetch_all(&self.pool)
        .await?;
        let more = rows.len() > usize::from(limit);
        let suppressions: Vec<Suppression> = rows
            .into_iter()
            .take(usize::from(limit))
            .map(|row| {
                let (Some(level), Some(reason)) =
                    (Level::from_rank(row.severity), Reason::from_code(&row.reason))
                else {
                    return Err(StoreError::damaged("suppression", "a code is not known"));
                };
                Ok(Suppression {
                    id: row.id,
                    citizen: CitizenNo(row.citizen),
                    citizen_id: row.logical_id,
                    problem: row.problem,
                    rule: row.rule,
                    level,
                    reason,
                    evidence_at: row.evidence_at,
                    until: row.until,
                    alert: row.alert,
                    first_at: row.first_at,
                    last_at: row.last_at,
                    times: row.times.cast_unsigned(),
                })
            })
            .collect::<Result<_, _>>()?;
        let next = suppressions.last().filter(|_| more).map(|last| last.id);
        Ok(SuppressionPage { suppressions, next })
    }
}
