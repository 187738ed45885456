//! What citizens consent to, as rules that reading and screening ask for.

use crate::clock::Micros;
use crate::consent::{Denials, Rule, categories};
use crate::ids::CitizenNo;

use super::{Store, StoreError, Tx};

/// Days before today that are summarised anew when a Consent changes: as far as screening looks.
const DAYS: i32 = 120;

impl Store {
    /// Puts the rules of a Consent in the place of those that it had. The citizen's days are due to be
    /// summarised anew, because readings may now be left out, or no longer.
    pub async fn put_consent_rules_in(
        &self,
        tx: &mut Tx,
        citizen: CitizenNo,
        consent: &str,
        rules: &[Rule],
        now: Micros,
    ) -> Result<(), StoreError> {
        let gone = sqlx::query!(
            "-- consents.forget
             delete from consent_rule where citizen = $1 and consent = $2",
            citizen.0,
            consent
        )
        .execute(&mut *tx.0)
        .await?;
        for rule in rules {
            sqlx::query!(
                "-- consents.put
                 insert into consent_rule (citizen, consent, category, permit, actor, purpose,
                                           begins, ends, since)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                citizen.0,
                consent,
                rule.category,
                rule.permit,
                rule.actor,
                rule.purpose,
                rule.begins as Micros,
                rule.ends as Micros,
                now as Micros
            )
            .execute(&mut *tx.0)
            .await?;
        }
        if gone.rows_affected() == 0 && rules.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "-- consents.forget_turns
             delete from consent_turn where citizen = $1",
            citizen.0
        )
        .execute(&mut *tx.0)
        .await?;
        sqlx::query!(
            "-- consents.put_turns
             insert into consent_turn (citizen, at)
             select distinct r.citizen, v.at
             from consent_rule r cross join lateral (values (r.begins), (r.ends)) as v (at)
             where r.citizen = $1 and v.at > $2 and v.at < timestamptz '9999-12-31'
             order by 1, 2",
            citizen.0,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        sqlx::query!(
            "-- consents.summarise_anew
             insert into touched_day (citizen, day, since)
             select $1, d.day, $2
             from (select s.day from daily_summary s where s.citizen = $1
                   union
                   select ($2::timestamptz at time zone 'utc')::date - n
                   from generate_series(0, $3::int4) as n) as d
             order by 2
             on conflict (citizen, day) do update set since = touched_day.since where false",
            citizen.0,
            now as Micros,
            DAYS
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Has the days of those citizens summarised anew for whom something that a Consent says has
    /// begun or ended by its own period. Says how many they are.
    pub async fn turn_consents(&self, now: Micros) -> Result<u64, StoreError> {
        // Screening looks twice a second, and hardly ever finds any.
        let due = sqlx::query_scalar!(
            r#"-- consents.turns_due
             select exists (select from consent_turn where at <= $1) as "due!""#,
            now as Micros
        )
        .fetch_one(&self.pool)
        .await?;
        if !due {
            return Ok(0);
        }
        let turned = sqlx::query_scalar!(
            r#"-- consents.turn
             with turned as (delete from consent_turn where at <= $1 returning citizen),
             citizens as (select distinct citizen from turned),
             marked as (
                 insert into touched_day (citizen, day, since)
                 select c.citizen, d.day, $1
                 from citizens c cross join lateral (
                     select s.day from daily_summary s where s.citizen = c.citizen
                     union
                     select ($1::timestamptz at time zone 'utc')::date - n
                     from generate_series(0, $2::int4) as n) as d
                 order by 1, 2
                 on conflict (citizen, day) do update set since = touched_day.since where false)
             select count(*) as "turned!" from citizens"#,
            now as Micros,
            DAYS
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(u64::try_from(turned).unwrap_or(0))
    }

    /// Whose data of which category nobody may see who looks after citizens, for that purpose.
    pub async fn denials(&self, purpose: &str, now: Micros) -> Result<Denials, StoreError> {
        let rows = sqlx::query!(
            r#"-- consents.denials
             select citizen, category, max(greatest(begins, since)) as "since!: Micros"
             from consent_rule
             where not permit and actor is null and (purpose is null or purpose = $1)
               and begins <= $2 and ends > $2
             group by citizen, category"#,
            purpose,
            now as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let mut denials = Denials::default();
        for row in rows {
            if let Some(category) = categories().find(|category| *category == row.category) {
                denials.deny(category, CitizenNo(row.citizen), row.since);
            }
        }
        Ok(denials)
    }

    /// What of a citizen a relative may not see: all that no Consent in force permits, and what one
    /// denies. `None` where nothing is permitted at all.
    pub async fn denials_for_relative(
        &self,
        citizen: CitizenNo,
        relative: &str,
        purpose: &str,
        now: Micros,
    ) -> Result<Option<Denials>, StoreError> {
        let rows = sqlx::query!(
            "-- consents.of_relative
             select category, permit from consent_rule
             where citizen = $1 and (actor = $2 or (actor is null and not permit))
               and (purpose is null or purpose = $3) and begins <= $4 and ends > $4",
            citizen.0,
            relative,
            purpose,
            now as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let says = |category: &str, permit: bool| {
            rows.iter().any(|row| row.category == category && row.permit == permit)
        };
        let mut denials = Denials::default();
        let mut any = false;
        for category in categories() {
            if says(category, true) && !says(category, false) {
                any = true;
            } else {
                denials.deny(category, citizen, Micros(i64::MAX));
            }
        }
        Ok(any.then_some(denials))
    }
}
