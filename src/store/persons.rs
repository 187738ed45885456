//! Who citizens are, as nurses see them. Nothing of it is for logs.

use std::collections::HashMap;
use std::fmt;

use pulsvagt_fhir::Document;
use serde::Deserialize;

use super::vault::{Field, resource_row};
use super::{Store, StoreError};
use crate::identity::protected::{is_protected, shorten};
use crate::ids::CitizenNo;

/// A citizen's name and date of birth, as far as the Patient says them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The name in one line.
    pub name: Option<String>,
    /// `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
    pub birth_date: Option<String>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patient {
    #[serde(default)]
    name: Vec<Name>,
    birth_date: Option<String>,
}

/// A name of which only the first letters are told.
fn shortened(name: &str) -> Option<String> {
    let mut words = name.split_whitespace();
    let (first, last) = (words.next(), words.next_back());
    let parts: Vec<String> = first.into_iter().chain(last).filter_map(shorten).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[derive(Deserialize)]
struct Name {
    #[serde(rename = "use")]
    usage: Option<String>,
    text: Option<String>,
    #[serde(default)]
    given: Vec<Option<String>>,
    family: Option<String>,
}

impl Name {
    fn line(&self) -> Option<String> {
        let parts = self.given.iter().flatten().chain(&self.family).map(String::as_str);
        let line = parts.collect::<Vec<_>>().join(" ");
        if line.is_empty() { self.text.clone() } else { Some(line) }
    }

    /// Official names first, those that are no longer used last.
    fn rank(&self) -> u8 {
        match self.usage.as_deref() {
            Some("official") => 0,
            Some("usual") => 1,
            None => 2,
            Some("old") => 4,
            Some(_) => 3,
        }
    }
}

impl Store {
    /// Who these citizens are, protected names by their initials; nothing for those without a Patient.
    pub async fn persons(
        &self,
        citizens: &[CitizenNo],
    ) -> Result<HashMap<CitizenNo, Person>, StoreError> {
        self.persons_for(citizens, |_| false).await
    }

    /// As [`Self::persons`], with the names of those protected citizens for whom `whole` says so.
    pub async fn persons_for(
        &self,
        citizens: &[CitizenNo],
        whole: impl Fn(CitizenNo) -> bool + Send,
    ) -> Result<HashMap<CitizenNo, Person>, StoreError> {
        let numbers: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query!(
            r#"-- persons.of_citizens
             select citizen as "citizen!", id, version, body from resource
             where citizen = any($1) and type = 'Patient'"#,
            &numbers
        )
        .fetch_all(&self.pool)
        .await?;
        if rows.is_empty() {
            return Ok(HashMap::new());
        }
        let keys = self.keys().await?;
        rows.into_iter()
            .map(|row| {
                let place = resource_row("Patient", &row.id, row.version);
                let body = keys.open_text(&Field::of_resource(&place), row.body)?;
                // Errors of serde quote what they could not read, which is somebody's.
                let mut patient: Patient = serde_json::from_str(&body)
                    .map_err(|_| StoreError::damaged("resource", "a Patient cannot be read"))?;
                patient.name.sort_by_key(Name::rank);
                let mut name = patient.name.iter().find_map(Name::line);
                let citizen = CitizenNo(row.citizen);
                let document = Document::parse(body.as_bytes())
                    .map_err(|_| StoreError::damaged("resource", "a Patient cannot be read"))?;
                if is_protected(document.root()) && !whole(citizen) {
                    name = name.as_deref().and_then(shortened);
                }
                Ok((citizen, Person { name, birth_date: patient.birth_date }))
            })
            .collect()
    }

    /// A citizen's logical id.
    pub async fn citizen_id(&self, citizen: CitizenNo) -> Result<String, StoreError> {
        if let Some(id) = self.citizen_by_no(citizen) {
            return Ok(id.to_string());
        }
        let id = sqlx::query_scalar!(
            "-- persons.citizen_id
             select logical_id from citizen where id = $1",
            citizen.0
        )
        .fetch_optional(&self.pool)
        .await?;
        id.ok_or_else(|| StoreError::damaged("citizen", "there is no citizen of this number"))
    }
}
