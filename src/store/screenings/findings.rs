//! Rules that fired. Findings are only ever added.

use std::collections::HashMap;

use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::{Store, StoreError, Tx};

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFinding {
    /// For whom.
    pub citizen: CitizenNo,
    /// The rule's id.
    pub rule: String,
    /// What kind of problem it points at.
    pub problem: String,
    /// The pack's hash.
    pub pack: String,
    /// Whether the pack is in the shadow of the active one.
    pub shadow: bool,
    /// 1 blue, 2 yellow, 3 red.
    pub level: i16,
    /// As of when.
    pub as_of: Micros,
    /// When the newest reading behind it was taken.
    pub evidence_at: Option<Micros>,
    /// The plan's version; 0 without one.
    pub plan_version: u32,
    /// Which code made it.
    pub engine: String,
    /// Of what it says and rests on.
    pub digest: i64,
    /// The verdict as JSON.
    pub body: String,
}

/// A stored finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFinding {
    /// Its number.
    pub id: i64,
    /// The rule's id.
    pub rule: String,
    /// What kind of problem it points at.
    pub problem: String,
    /// The pack's hash.
    pub pack: String,
    /// Whether the pack was in the shadow of the active one.
    pub shadow: bool,
    /// 1 blue, 2 yellow, 3 red.
    pub level: i16,
    /// As of when.
    pub as_of: Micros,
    /// When the newest reading behind it was taken.
    pub evidence_at: Option<Micros>,
    /// The verdict as JSON: a [`Verdict`](pulsvagt_analytics::Verdict).
    pub body: String,
}

impl Store {
    /// Adds the findings that are new, or rest on something else than the last one of the same
    /// citizen, rule and pack. Returns how many.
    pub async fn add_findings_in(
        &self,
        tx: &mut Tx,
        new: &[NewFinding],
    ) -> Result<u64, StoreError> {
        if new.is_empty() {
            return Ok(0);
        }
        let last = self.last_digests_in(tx, new).await?;
        let new: Vec<&NewFinding> = new
            .iter()
            .filter(|new| {
                let key = (new.citizen.0, new.pack.clone(), new.rule.clone());
                last.get(&key) != Some(&new.digest)
            })
            .collect();
        if new.is_empty() {
            return Ok(0);
        }
        let citizens: Vec<i32> = new.iter().map(|new| new.citizen.0).collect();
        let rules: Vec<&str> = new.iter().map(|new| new.rule.as_str()).collect();
        let problems: Vec<&str> = new.iter().map(|new| new.problem.as_str()).collect();
        let packs: Vec<&str> = new.iter().map(|new| new.pack.as_str()).collect();
        let shadows: Vec<bool> = new.iter().map(|new| new.shadow).collect();
        let levels: Vec<i16> = new.iter().map(|new| new.level).collect();
        let as_of: Vec<Micros> = new.iter().map(|new| new.as_of).collect();
        let evidence: Vec<Option<Micros>> = new.iter().map(|new| new.evidence_at).collect();
        let plans: Vec<i32> =
            new.iter().map(|new| i32::try_from(new.plan_version).unwrap_or(i32::MAX)).collect();
        let engines: Vec<&str> = new.iter().map(|new| new.engine.as_str()).collect();
        let digests: Vec<i64> = new.iter().map(|new| new.digest).collect();
        let bodies: Vec<&str> = new.iter().map(|new| new.body.as_str()).collect();
        let added = sqlx::query!(
            "-- screenings.add_findings
             insert into finding (citizen, rule, problem, pack, shadow, level, as_of, evidence_at,
                                  plan_version, engine, digest, body)
             select * from unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::bool[],
                                  $6::int2[], $7::timestamptz[], $8::timestamptz[], $9::int4[],
                                  $10::text[], $11::int8[], $12::text[])
             -- Only a clock that stands still screens twice as of the same moment.
             on conflict (citizen, pack, rule, as_of) do update
             set level = excluded.level, evidence_at = excluded.evidence_at,
                 digest = excluded.digest, body = excluded.body",
            &citizens,
            &rules as &[&str],
            &problems as &[&str],
            &packs as &[&str],
            &shadows,
            &levels,
            &as_of as &[Micros],
            &evidence as &[Option<Micros>],
            &plans,
            &engines as &[&str],
            &digests,
            &bodies as &[&str]
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(added.rows_affected())
    }

    /// By citizen, pack and rule, the digest of the last finding.
    async fn last_digests_in(
        &self,
        tx: &mut Tx,
        new: &[NewFinding],
    ) -> Result<HashMap<(i32, String, String), i64>, StoreError> {
        let citizens: Vec<i32> = new.iter().map(|new| new.citizen.0).collect();
        let packs: Vec<&str> = new.iter().map(|new| new.pack.as_str()).collect();
        let rules: Vec<&str> = new.iter().map(|new| new.rule.as_str()).collect();
        let rows = sqlx::query!(
            r#"-- screenings.last_findings
             select f.citizen as "citizen!", f.pack as "pack!", f.rule as "rule!",
                    f.digest as "digest!"
             from unnest($1::int4[], $2::text[], $3::text[]) as wanted (citizen, pack, rule)
             cross join lateral (
                 select * from finding
                 where finding.citizen = wanted.citizen and finding.pack = wanted.pack
                   and finding.rule = wanted.rule
                 order by as_of desc limit 1) f"#,
            &citizens,
            &packs as &[&str],
            &rules as &[&str]
        )
        .fetch_all(&mut *tx.0)
        .await?;
        Ok(rows.into_iter().map(|row| ((row.citizen, row.pack, row.rule), row.digest)).collect())
    }

    /// The findings of a citizen, newest first.
    pub async fn findings(
        &self,
        citizen: CitizenNo,
        most: u32,
    ) -> Result<Vec<StoredFinding>, StoreError> {
        let rows = sqlx::query!(
            r#"-- screenings.findings
             select id, rule, problem, pack, shadow, level, as_of as "as_of: Micros",
                    evidence_at as "evidence_at: Micros", body
             from finding where citizen = $1 order by as_of desc, id desc limit $2"#,
            citizen.0,
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| StoredFinding {
                id: row.id,
                rule: row.rule,
                problem: row.problem,
                pack: row.pack,
                shadow: row.shadow,
                level: row.level,
                as_of: row.as_of,
                evidence_at: row.evidence_at,
                body: row.body,
            })
            .collect())
    }
}
