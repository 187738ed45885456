//! Numbers of any measure, and what was recorded at all, for looking back at what was known when.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use pulsvagt_fhir::facts::{Coding, Facts};
use pulsvagt_fhir::measure::Measure;

use super::SCREENING;
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::{Store, StoreError};

/// What readings are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Numbers of a measure that are the value of the Observation.
    Measure(Measure),
    /// Whatever has one of these codes.
    Coded(Vec<Coding>),
}

/// A version of a reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PastReading {
    /// Whose.
    pub citizen: CitizenNo,
    /// Which of what was asked for.
    pub what: usize,
    /// When it was taken.
    pub at: Micros,
    /// When this version was received.
    pub received: Micros,
    /// When another version took its place, if one has.
    pub replaced: Option<Micros>,
    /// In the measure's canonical unit, as sent where there is no measure; none of what has no single
    /// number.
    pub value: Option<f64>,
}

impl What {
    fn is_in(&self, facts: &Facts) -> bool {
        let is_own = |measure: Measure| {
            let mut numbers = facts.numbers.iter().filter(|number| number.main);
            numbers.any(|it| it.measure == Some(measure) && it.fit.conversion().is_some())
        };
        facts.is_final()
            && match self {
                Self::Measure(measure) => is_own(*measure),
                Self::Coded(codes) => facts.codings.iter().any(|coding| codes.contains(coding)),
            }
    }
}

impl Store {
    /// All versions of readings of citizens that were taken from `from` until before `to` and are not
    /// in quarantine. In no order, and without what is denied at the moment `at`.
    ///
    /// # Errors
    /// When the database does.
    pub async fn past_readings(
        &self,
        citizens: &[CitizenNo],
        asked: &[What],
        from: Micros,
        to: Micros,
        at: Micros,
    ) -> Result<Vec<PastReading>, StoreError> {
        self.load_shapes().await?;
        let shapes = self.shapes_where(|shape| asked.iter().any(|what| what.is_in(&shape.facts)));
        let whats: HashMap<i32, Vec<usize>> = shapes
            .iter()
            .map(|shape| {
                let all = asked.iter().enumerate();
                let own = all.filter(|(_, what)| what.is_in(&shape.facts)).map(|(place, _)| place);
                (shape.no.0, own.collect())
            })
            .collect();
        let mut codes: Vec<i32> = shapes.iter().map(|shape| shape.concept.no.0).collect();
        codes.sort_unstable();
        codes.dedup();
        let denials = self.denials(SCREENING, at).await?;
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let mut rows = sqlx::query!(
            r#"-- samples.past
             select citizen as "citizen!", effective as "effective!: Micros",
                    received as "received!: Micros", value, shape as "shape!",
                    null::timestamptz as "replaced: Micros"
             from observation
             where citizen = any($1) and code = any($2) and effective >= $3 and effective < $4
               and quarantine = 0
             union all
             select citizen, effective, received, value, shape, replaced
             from observation_history
             where citizen = any($1) and code = any($2) and effective >= $3 and effective < $4
               and quarantine = 0"#,
            &citizens,
            &codes,
            from as Micros,
            to as Micros
        )
        .fetch(&self.pool);
        let mut found = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let citizen = CitizenNo(row.citizen);
            let Some(whats) = whats.get(&row.shape) else { continue };
            if !self.allows_shape(&denials, row.shape, citizen) {
                continue;
            }
            for what in whats {
                let is_number = matches!(asked[*what], What::Measure(_));
                if is_number && row.value.is_none() {
                    continue;
                }
                found.push(PastReading {
                    citizen,
                    what: *what,
                    at: row.effective,
                    received: row.received,
                    replaced: row.replaced,
                    value: row.value,
                });
            }
        }
        Ok(found)
    }
}
