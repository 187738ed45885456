//! Readings of citizens who were erased while somebody still knew their numbers.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::{Inserted, NewObservation};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::{Store, StoreError};

/// The citizens of readings, each once.
pub(super) fn citizens_of<'r>(rows: impl Iterator<Item = &'r NewObservation>) -> Vec<i32> {
    let mut citizens: Vec<i32> = rows.map(|row| row.key.citizen.0).collect();
    citizens.sort_unstable();
    citizens.dedup();
    citizens
}

/// Those of the citizens that exist. They do so until the transaction ends.
pub(super) async fn existing(
    connection: &mut PgConnection,
    citizens: &[i32],
) -> Result<HashSet<i32>, StoreError> {
    let rows = sqlx::query_scalar!(
        "-- observations.existing
         select c.id from citizen c
         where c.id = any($1)
           and not exists (select from erasure e where e.citizen = c.id)
         order by c.id for key share of c",
        citizens
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().collect())
}

impl Store {
    /// Stores the readings of citizens that exist and answers the others with
    /// [`Inserted::Gone`]. A citizen who was entered anew under the same logical id exists.
    pub(super) async fn insert_but_gone(
        &self,
        connection: &mut PgConnection,
        rows: &[NewObservation],
        existing: &HashSet<i32>,
        received: Micros,
    ) -> Result<Vec<Inserted>, StoreError> {
        let is_gone = |row: &&NewObservation| !existing.contains(&row.key.citizen.0);
        let gone: Vec<CitizenNo> =
            citizens_of(rows.iter().filter(is_gone)).into_iter().map(CitizenNo).collect();
        self.forget_citizens(&gone);
        let ids: Vec<String> =
            rows.iter().filter(is_gone).map(|row| row.citizen_id.to_string()).collect();
        let found = sqlx::query!(
            "-- observations.entered_anew
             select id, logical_id from citizen where logical_id = any($1)
             order by id for key share",
            &ids
        )
        .fetch_all(&mut *connection)
        .await?;
        let anew: HashMap<String, i32> =
            found.into_iter().map(|row| (row.logical_id, row.id)).collect();
        let mut answers = vec![Inserted::Gone; rows.len()];
        let (mut places, mut known) = (Vec::new(), Vec::new());
        for (place, row) in rows.iter().enumerate() {
            let mut row = row.clone();
            if !existing.contains(&row.key.citizen.0) {
                let Some(citizen) = anew.get(row.citizen_id.as_ref()) else { continue };
                row.key.citizen = CitizenNo(*citizen);
            }
            places.push(place);
            known.push(row);
        }
        let stored = self.insert_known(connection, &known, received).await?;
        for (place, answer) in places.into_iter().zip(stored) {
            answers[place] = answer;
        }
        Ok(answers)
    }
}
