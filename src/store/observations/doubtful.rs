//! Readings in quarantine, which are shown and never scored.

use pulsvagt_analytics::Signal;

use crate::clock::Micros;
use crate::consent::Denials;
use crate::ids::CitizenNo;
use crate::store::samples::Reading;
use crate::store::{Store, StoreError};

/// Most that are told.
const MOST: i64 = 200;

/// A reading in quarantine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubtful {
    /// When it says that it was taken.
    pub at: Micros,
    /// Of what.
    pub signal: Signal,
    /// What was sent, in the signal's unit.
    pub value: f64,
}

impl Store {
    /// A citizen's readings in quarantine that were taken from `from` until before `to`, newest
    /// first, at most 200. Only those with one number, of what is screened, and that are not denied.
    ///
    /// # Errors
    /// When the database does.
    pub async fn quarantined(
        &self,
        citizen: CitizenNo,
        from: Micros,
        to: Micros,
        denials: &Denials,
    ) -> Result<Vec<Doubtful>, StoreError> {
        let rows = sqlx::query!(
            r#"-- observations.quarantined
            select effective as "effective: Micros", shape, value as "value!"
            from observation
            where citizen = $1 and effective >= $2 and effective < $3
              and quarantine <> 0 and value is not null
            order by effective desc limit $4"#,
            citizen.0,
            from as Micros,
            to as Micros,
            MOST
        )
        .fetch_all(&self.pool)
        .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.load_shapes().await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                let shape = self.shape_by_no(crate::ids::ShapeNo(row.shape))?;
                if !denials.allows_reading(&shape.facts, citizen) {
                    return None;
                }
                let main = shape.series.iter().find(|series| series.reading == Reading::Main)?;
                Some(Doubtful { at: row.effective, signal: main.signal, value: row.value })
            })
            .collect())
    }
}
