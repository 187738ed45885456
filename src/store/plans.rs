//! Citizens' plans. Versions are only ever added.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use pulsvagt_analytics::Plan;

use super::{Store, StoreError, Tx};
use crate::clock::Micros;
use crate::ids::CitizenNo;

/// The plan that is in force for a citizen.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanInForce {
    /// What was agreed.
    pub plan: Plan,
    /// Which version it is, from 1.
    pub version: u32,
    /// Since when.
    pub since: Micros,
}

/// Which door a plan came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanSource {
    /// `/api`.
    Api,
    /// A CarePlan.
    Fhir,
}

impl PlanSource {
    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Fhir => "fhir",
        }
    }
}

/// A version of a plan with where it is from.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanVersion {
    /// What was agreed.
    pub plan: Plan,
    /// Which version it is, from 1.
    pub version: u32,
    /// From when on; until the next version's.
    pub valid_from: Micros,
    /// Who agreed it, in the words of the issuer of the token.
    pub author: String,
    /// By which door.
    pub source: PlanSource,
    /// Logical id of the CarePlan that says the same; `None` where the plan has ended.
    pub care_plan: Option<String>,
}

/// A plan that is to be put in force.
#[derive(Debug, Clone, Copy)]
pub struct NewPlan<'a> {
    /// What was agreed.
    pub plan: &'a Plan,
    /// Who agreed it, in the words of the issuer of the token.
    pub author: &'a str,
    /// By which door.
    pub source: PlanSource,
    /// Logical id of the CarePlan that says the same; `None` where the plan ends.
    pub care_plan: Option<&'a str>,
}

/// What became of a plan that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutPlan {
    /// It is in force, as this version, from that moment on.
    Written(u32, Micros),
    /// It is what was in force already, as this version, since that moment.
    Unchanged(u32, Micros),
    /// The version that was to be replaced is not the current one, which is this; 0 = there is none.
    Stale(u32),
}

struct Row {
    citizen: i32,
    version: i32,
    valid_from: Micros,
    author: String,
    source: String,
    care_plan: Option<String>,
    body: String,
}

impl Row {
    fn version(self) -> Result<PlanVersion, StoreError> {
        let plan =
            serde_json::from_str(&self.body).map_err(|error| StoreError::damaged("plan", error))?;
        let source = match self.source.as_str() {
            "api" => PlanSource::Api,
            "fhir" => PlanSource::Fhir,
            _ => return Err(StoreError::damaged("plan", "its source is unknown")),
        };
        Ok(PlanVersion {
            plan,
            version: u32::try_from(self.version)
                .map_err(|error| StoreError::damaged("plan", error))?,
            valid_from: self.valid_from,
            author: self.author,
            source,
            care_plan: self.care_plan,
        })
    }
}

impl Store {
    /// The plans in force for these citizens; nothing for those who never had one.
    pub async fn plans(
        &self,
        citizens: &[CitizenNo],
    ) -> Result<HashMap<CitizenNo, PlanInForce>, StoreError> {
        let numbers: Vec<i32> = citizens.iter().map(|no| no.0).collect();
        let rows = sqlx::query_as!(
            Row,
            r#"-- plans.in_force
             select p.citizen, p.version, p.valid_from, p.author, p.source, p.care_plan, p.body
             from unnest($1::int4[]) as wanted (citizen)
             cross join lateral (
                 select * from plan where plan.citizen = wanted.citizen
                 order by plan.version desc limit 1) p"#,
            &numbers
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let citizen = CitizenNo(row.citizen);
                let PlanVersion { plan, version, valid_from: since, .. } = row.version()?;
                Ok((citizen, PlanInForce { plan, version, since }))
            })
            .collect()
    }

    /// All versions of a citizen's plan, newest first.
    pub async fn plan_history(&self, citizen: CitizenNo) -> Result<Vec<PlanVersion>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            "-- plans.history
             select citizen, version, valid_from, author, source, care_plan, body
             from plan where citizen = $1 order by version desc",
            citizen.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::version).collect()
    }

    /// The version of a citizen's plan that was in force then, if there was one.
    pub async fn plan_as_of(
        &self,
        citizen: CitizenNo,
        at: Micros,
    ) -> Result<Option<PlanVersion>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "-- plans.as_of
             select citizen, version, valid_from, author, source, care_plan, body
             from plan where citizen = $1 and valid_from <= $2
             order by version desc limit 1",
            citizen.0,
            at as Micros
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(Row::version).transpose()
    }

    /// The newest version of a citizen's plan, as a transaction sees it.
    pub async fn plan_in(
        &self,
        tx: &mut Tx,
        citizen: CitizenNo,
    ) -> Result<Option<PlanVersion>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "-- plans.newest
             select citizen, version, valid_from, author, source, care_plan, body
             from plan where citizen = $1 order by version desc limit 1",
            citizen.0
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        row.map(Row::version).transpose()
    }

    /// The logical id of the CarePlan that said last what was agreed, also where that has ended.
    pub async fn last_care_plan_in(
        &self,
        tx: &mut Tx,
        citizen: CitizenNo,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query!(
            r#"-- plans.last_care_plan
             select care_plan as "care_plan!"
             from plan where citizen = $1 and care_plan is not null
             order by version desc limit 1"#,
            citizen.0
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        Ok(row.map(|row| row.care_plan))
    }

    /// Waits until no other transaction changes the citizen's plan; holds others up until this one
    /// ends. Rows of `resource` are locked before.
    pub async fn lock_plan_in(&self, tx: &mut Tx, citizen: CitizenNo) -> Result<(), StoreError> {
        sqlx::query!(
            "-- plans.lock
             select id from citizen where id = $1 for no key update",
            citizen.0
        )
        .fetch_one(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Puts a plan in force from `now` on and makes the citizen due for screening. `expected` is
    /// the version that is to be replaced, if the caller insists on one; 0 = there is none yet.
    ///
    /// The plan of a citizen changes in one transaction at a time: others wait here.
    pub async fn put_plan(
        &self,
        tx: &mut Tx,
        citizen: CitizenNo,
        expected: Option<u32>,
        new: &NewPlan<'_>,
        now: Micros,
    ) -> Result<PutPlan, StoreError> {
        self.lock_plan_in(tx, citizen).await?;
        let current = self.plan_in(tx, citizen).await?;
        let version = current.as_ref().map_or(0, |current| current.version);
        if expected.is_some_and(|expected| expected != version) {
            return Ok(PutPlan::Stale(version));
        }
        let same = current.as_ref().filter(|current| {
            current.plan == *new.plan && current.care_plan.as_deref() == new.care_plan
        });
        if let Some(same) = same {
            return Ok(PutPlan::Unchanged(version, same.valid_from));
        }
        let body =
            serde_json::to_string(new.plan).map_err(|error| StoreError::damaged("plan", error))?;
        // A clock that was put back must not make a new version look older.
        let valid_from = current.map_or(now, |current| now.max(current.valid_from));
        sqlx::query!(
            "-- plans.add
             insert into plan (citizen, version, valid_from, author, source, care_plan, body)
             values ($1, $2, $3, $4, $5, $6, $7)",
            citizen.0,
            i32::try_from(version + 1).unwrap_or(i32::MAX),
            valid_from as Micros,
            new.author,
            new.source.as_str(),
            new.care_plan,
            body
        )
        .execute(&mut *tx.0)
        .await?;
        // The row is locked where it is there already, so that whoever screens the citizen for it
        // does so after this has been committed.
        sqlx::query!(
            "-- plans.mark_due
             insert into touched_day (citizen, day, since)
             values ($1, date '1970-01-01' + $2::int4, $3)
             on conflict (citizen, day) do update set since = touched_day.since where false",
            citizen.0,
            local_day(now, self.zone()),
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(PutPlan::Written(version + 1, valid_from))
    }
}

/// Days since 1970 on the wall clock.
fn local_day(now: Micros, zone: &TimeZone) -> i32 {
    let offset = i64::from(zone.to_offset(now.to_jiff()).seconds());
    i32::try_from((now.as_second() + offset).div_euclid(86_400)).unwrap_or(i32::MAX)
}
