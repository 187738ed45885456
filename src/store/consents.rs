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
                                           begins, ends)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
                citizen.0,
                consent,
                rule.category,
                rule.permit,
                rule.actor,
                rule.purpose,
                rule.begins as Micros,
                rule.ends as Micros
            )
            .execute(&mut *tx.0)
            .await?;
        }
        if gone.rows_affected() == 0 && rules.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "-- consents.summarise_anew
             insert into touched_day (citizen, day, since)
             select $1, d.day, $2
             from (select s.day from daily_summary s where s.citizen = $1
                   union
                   select ($2::timestamptz at time zone 'utc')::date - n
                   from generate_series(0, $3::int4) as n) as d
             on conflict (citizen, day) do update set since = touched_day.since where false",
            citizen.0,
            now as Micros,
            DAYS
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Whose data of which category nobody may see who looks after citizens, for that purpose.
    pub async fn denials(&self, purpose: &str, now: Micros) -> Result<Denials, StoreError> {
        let rows = sqlx::query!(
            "-- consents.denials
             select distinct citizen, category from consent_rule
             where not permit and actor is null and (purpose is null or purpose = $1)
               and begins <= $2 and ends > $2",
            purpose,
            now as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let mut denials = Denials::default();
        for row in rows {
            if let Some(category) = categories().find(|category| *category == row.category) {
                denials.deny(category, CitizenNo(row.citizen));
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
                denials.deny(category, citizen);
            }
        }
        Ok(any.then_some(denials))
    }
}
