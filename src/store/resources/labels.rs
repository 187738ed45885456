//! Labels of protection of Patients that were stored before labels were among their search values.

use pulsvagt_fhir::Document;

use super::extract::extract;
use super::write::add_tokens;
use crate::store::{Store, StoreError};

/// Patients looked at before the job asks whether it is to stop.
const BATCH: i64 = 100;
const LABEL: &str = "_security";

impl Store {
    /// Gives some of them their labels, each in a transaction of its own, and lets them be found by
    /// name again. Says how many; none when all have theirs.
    pub async fn label_patients(&self) -> Result<usize, StoreError> {
        let ids = sqlx::query_scalar!(
            "-- resources.unlabelled
             select id from patient_unlabelled order by id limit $1",
            BATCH
        )
        .fetch_all(&self.pool)
        .await?;
        for id in &ids {
            self.label_patient(id).await?;
        }
        Ok(ids.len())
    }

    async fn label_patient(&self, id: &str) -> Result<(), StoreError> {
        let keys = self.keys().await?;
        let mut tx = self.begin().await?;
        if let Some(stored) = self.locked_resource_in(&mut tx, "Patient", id).await? {
            let json = stored.json();
            let document = Document::parse(json.as_bytes())
                .map_err(|error| StoreError::damaged("resource", error))?;
            let values = extract("Patient", document.root(), self.zone(), "");
            let mut tokens = values.stored_tokens("Patient", &keys);
            tokens.retain(|(name, ..)| *name == LABEL);
            add_tokens(&mut tx, "Patient", id, tokens).await?;
        }
        sqlx::query!(
            "-- resources.labelled
             delete from patient_unlabelled where id = $1",
            id
        )
        .execute(&mut *tx.0)
        .await?;
        tx.commit_unrecorded("what is stored is found, or not found, by what it says").await
    }
}
