//! What cohorts are made from, as it was known at a moment, and what was told of them.

mod definitions;
mod runs;

use std::collections::HashMap;

use super::vault::{Field, resource_row};
use super::{Store, StoreError, Tx};
use crate::clock::Micros;
use crate::ids::{CitizenNo, RegionCode};

pub use definitions::SavedDefinition;
pub use runs::{NewRun, OpenRuns, Run, RunBy, RunState, Taken};

/// A resource as it was at a moment.
#[derive(Debug, Clone)]
pub struct ResourceThen {
    /// Whose.
    pub citizen: CitizenNo,
    /// Its type.
    pub kind: String,
    /// Its logical id.
    pub id: String,
    /// JSON.
    pub body: String,
}

/// An alert as it was at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertThen {
    /// Whose.
    pub citizen: CitizenNo,
    /// When it was opened.
    pub opened: Micros,
    /// Of what.
    pub problem: String,
    /// The worst it had been until then: 0 red, 1 yellow, 2 blue.
    pub worst: i16,
}

/// A rule that had fired by a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingThen {
    /// Whose.
    pub citizen: CitizenNo,
    /// As of when it was screened.
    pub at: Micros,
    /// The rule.
    pub rule: String,
    /// 1 blue, 2 yellow, 3 red.
    pub level: i16,
}

/// The programmes of a version of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanThen {
    /// Whose.
    pub citizen: CitizenNo,
    /// In force from then until the next version's.
    pub valid_from: Micros,
    /// JSON.
    pub body: String,
}

/// A release that is to be noted.
#[derive(Debug, Clone)]
pub struct NewRelease<'a> {
    /// When.
    pub at: Micros,
    /// Who asked.
    pub actor: &'a str,
    /// A code of HL7 v3 `PurposeOfUse`.
    pub purpose: &'a str,
    /// The purpose in words.
    pub reason: &'a str,
    /// What was known before this moment was looked at.
    pub as_of: Micros,
    /// Hash of the definition.
    pub definition: &'a str,
    /// Its canonical form.
    pub body: String,
    /// Which code made the answer.
    pub engine: &'a str,
    /// The least number of citizens that a count was about.
    pub least: u32,
    /// The region that is told; `None` where somebody of the municipality is.
    pub region: Option<&'a RegionCode>,
}

/// A set of citizens whose size was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldSet {
    /// The region that was told; `None` where somebody of the municipality was.
    pub region: Option<String>,
    /// Their numbers.
    pub citizens: Vec<u32>,
}

impl Store {
    /// Patients, Conditions and Encounters of citizens in the versions that stood before `as_of`, by
    /// citizen, type and id.
    ///
    /// # Errors
    /// When the database does, or a body cannot be opened.
    pub async fn resources_then(
        &self,
        citizens: &[CitizenNo],
        as_of: Micros,
    ) -> Result<Vec<ResourceThen>, StoreError> {
        let numbers: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query!(
            r#"-- cohorts.resources
             select r.citizen as "citizen!", r.type as "kind!", r.id as "id!",
                    v.version as "version!", v.body as "body!"
             from resource r
             cross join lateral (
                 select r.version, r.body where r.updated < $2
                 union all
                 select h.version, h.body from resource_history h
                 where h.type = r.type and h.id = r.id and h.updated < $2
                 order by version desc limit 1) v
             where r.citizen = any($1) and r.type in ('Patient', 'Condition', 'Encounter')
             order by 1, 2, 3"#,
            &numbers,
            as_of as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let keys = self.keys().await?;
        rows.into_iter()
            .map(|row| {
                let place = resource_row(&row.kind, &row.id, row.version);
                let body = keys.open_text(&Field::of_resource(&place), row.body)?;
                let citizen = CitizenNo(row.citizen);
                Ok(ResourceThen { citizen, kind: row.kind, id: row.id, body })
            })
            .collect()
    }

    /// The versions of citizens' plans that were in force before `as_of`, by citizen and version.
    ///
    /// # Errors
    /// When the database does.
    pub async fn plans_then(
        &self,
        citizens: &[CitizenNo],
        as_of: Micros,
    ) -> Result<HashMap<CitizenNo, Vec<PlanThen>>, StoreError> {
        let numbers: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query!(
            r#"-- cohorts.plans
             select citizen, valid_from as "valid_from: Micros", body
             from plan where citizen = any($1) and valid_from < $2
             order by citizen, version"#,
            &numbers,
            as_of as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let mut plans: HashMap<CitizenNo, Vec<PlanThen>> = HashMap::new();
        for row in rows {
            let citizen = CitizenNo(row.citizen);
            let plan = PlanThen { citizen, valid_from: row.valid_from, body: row.body };
            plans.entry(citizen).or_default().push(plan);
        }
        Ok(plans)
    }

    /// Alerts of citizens that were opened before `as_of`, and the worst they had been by then.
    ///
    /// # Errors
    /// When the database does.
    pub async fn alerts_then(
        &self,
        citizens: &[CitizenNo],
        as_of: Micros,
    ) -> Result<Vec<AlertThen>, StoreError> {
        let numbers: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query!(
            r#"-- cohorts.alerts
             select a.citizen, a.opened as "opened: Micros", a.problem,
                    min(e.severity) as "worst!"
             from alert a join alert_event e on e.alert = a.id
             where a.citizen = any($1) and a.opened < $2 and e.at < $2
             group by a.id having min(e.severity) < 3
             order by 1, 2, 3"#,
            &numbers,
            as_of as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let alert = |citizen, opened, problem, worst| AlertThen {
            citizen: CitizenNo(citizen),
            opened,
            problem,
            worst,
        };
        Ok(rows
            .into_iter()
            .map(|row| alert(row.citizen, row.opened, row.problem, row.worst))
            .collect())
    }

    /// Findings of citizens by the rule packs that were active, screened before `as_of`.
    ///
    /// # Errors
    /// When the database does.
    pub async fn findings_then(
        &self,
        citizens: &[CitizenNo],
        as_of: Micros,
    ) -> Result<Vec<FindingThen>, StoreError> {
        let numbers: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query!(
            r#"-- cohorts.findings
             select citizen, as_of as "at: Micros", rule, level from finding
             where citizen = any($1) and as_of < $2 and not shadow
             order by citizen, as_of, rule"#,
            &numbers,
            as_of as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let finding =
            |citizen, at, rule, level| FindingThen { citizen: CitizenNo(citizen), at, rule, level };
        Ok(rows.into_iter().map(|row| finding(row.citizen, row.at, row.rule, row.level)).collect())
    }

    /// The sets of citizens whose sizes were told so far. Nobody else can tell anything until the
    /// transaction ends.
    ///
    /// # Errors
    /// When the database does.
    pub async fn told_of_cohorts_in(&self, tx: &mut Tx) -> Result<Vec<ToldSet>, StoreError> {
        sqlx::query!(
            "-- cohorts.lock
             lock table cohort_release in share row exclusive mode"
        )
        .execute(&mut *tx.0)
        .await?;
        let rows = sqlx::query!(
            "-- cohorts.told
             select r.region, s.citizens
             from cohort_release_set s join cohort_release r on r.id = s.release
             order by s.release, s.place"
        )
        .fetch_all(&mut *tx.0)
        .await?;
        let set = |region, citizens: Vec<i32>| {
            let citizens = citizens.into_iter().map(i32::cast_unsigned).collect();
            ToldSet { region, citizens }
        };
        Ok(rows.into_iter().map(|row| set(row.region, row.citizens)).collect())
    }

    /// Notes what is about to be told.
    ///
    /// # Errors
    /// When the database does.
    pub async fn note_release_in(
        &self,
        tx: &mut Tx,
        release: &NewRelease<'_>,
        sets: &[Vec<u32>],
    ) -> Result<(), StoreError> {
        let id = sqlx::query_scalar!(
            "-- cohorts.note
             insert into cohort_release
                 (at, actor, purpose, reason, as_of, definition, body, engine, least, region)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id",
            release.at as Micros,
            release.actor,
            release.purpose,
            release.reason,
            release.as_of as Micros,
            release.definition,
            release.body,
            release.engine,
            release.least.cast_signed(),
            release.region.map(RegionCode::as_str)
        )
        .fetch_one(&mut *tx.0)
        .await?;
        for (place, set) in (0_i32..).zip(sets) {
            let citizens: Vec<i32> = set.iter().map(|citizen| citizen.cast_signed()).collect();
            sqlx::query!(
                "-- cohorts.note_set
                 insert into cohort_release_set (release, place, citizens) values ($1, $2, $3)",
                id,
                place,
                &citizens
            )
            .execute(&mut *tx.0)
            .await?;
        }
        Ok(())
    }
}
