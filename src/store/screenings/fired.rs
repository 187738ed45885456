//! How often rules have said something: numbers for those who look after the rules.

use std::collections::HashMap;

use crate::clock::Micros;
use crate::store::{Store, StoreError};
use crate::triage::Reason;

/// New findings of a rule of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fired {
    /// Red ones.
    pub red: u64,
    /// Yellow ones.
    pub yellow: u64,
    /// Blue ones.
    pub blue: u64,
    /// Citizens whom they were about.
    pub citizens: u64,
}

/// How far two packs have said different things of the same time: citizens, by the worst level that
/// each pack has reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared {
    /// The rule; `None`: whatever the rule.
    pub rule: Option<String>,
    /// Citizens of whom only the other one has said something.
    pub only_other: u64,
    /// Citizens of whom only the one has said something.
    pub only_one: u64,
    /// Citizens of whom the other one says something more urgent.
    pub higher: u64,
    /// Less urgent.
    pub lower: u64,
    /// As urgent.
    pub same: u64,
}

impl Store {
    /// What two packs, by content hash, have said as of that moment or later. The line of all rules
    /// first, then by rule.
    ///
    /// # Errors
    /// When the database does.
    pub async fn packs_compared_since(
        &self,
        (one, other): (&str, &str),
        since: Micros,
    ) -> Result<Vec<Compared>, StoreError> {
        let rows = sqlx::query!(
            r#"-- screenings.compared
             with told as (
                 select rule, citizen, max(level) filter (where pack = $1) as one,
                        max(level) filter (where pack = $2) as other
                 from finding where as_of >= $3 and pack in ($1, $2)
                 group by grouping sets ((rule, citizen), (citizen))
             )
             select rule as "rule?", count(*) filter (where one is null) as "only_other!",
                    count(*) filter (where other is null) as "only_one!",
                    count(*) filter (where other > one) as "higher!",
                    count(*) filter (where other < one) as "lower!",
                    count(*) filter (where other = one) as "same!"
             from told group by rule order by rule nulls first"#,
            one,
            other,
            since as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(rows
            .into_iter()
            .map(|row| Compared {
                rule: row.rule,
                only_other: number(row.only_other),
                only_one: number(row.only_one),
                higher: number(row.higher),
                lower: number(row.lower),
                same: number(row.same),
            })
            .collect())
    }

    /// New findings as of that moment or later, by pack and rule.
    ///
    /// # Errors
    /// When the database does.
    pub async fn fired_since(
        &self,
        since: Micros,
    ) -> Result<HashMap<(String, String), Fired>, StoreError> {
        let rows = sqlx::query!(
            r#"-- screenings.fired
             select pack, rule, count(*) filter (where level = 3) as "red!",
                    count(*) filter (where level = 2) as "yellow!",
                    count(*) filter (where level = 1) as "blue!",
                    count(distinct citizen) as "citizens!"
             from finding where as_of >= $1 group by pack, rule"#,
            since as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(rows
            .into_iter()
            .map(|row| {
                let fired = Fired {
                    red: number(row.red),
                    yellow: number(row.yellow),
                    blue: number(row.blue),
                    citizens: number(row.citizens),
                };
                ((row.pack, row.rule), fired)
            })
            .collect())
    }

    /// Findings that were kept out of the list at that moment or later because their rule is on
    /// trial, by rule.
    ///
    /// # Errors
    /// When the database does.
    pub async fn kept_for_trial_since(
        &self,
        since: Micros,
    ) -> Result<HashMap<String, u64>, StoreError> {
        let rows = sqlx::query!(
            r#"-- screenings.kept_for_trial
             select rule, count(*) as "count!" from suppression
             where reason = $1 and last_at >= $2 group by rule"#,
            Reason::Shadow.as_str(),
            since as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.rule, u64::try_from(row.count).unwrap_or(0))).collect())
    }
}
