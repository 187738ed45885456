//! Whose a resource is.

use pulsvagt_fhir::Value;

use super::known_kind;
use crate::ids::{CitizenNo, is_fhir_id};
use crate::store::observations::Identifier;
use crate::store::{Store, StoreError, Tx};

/// What a resource says about whose it is, in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where it says so, below the resource: `subject.reference`.
    pub place: String,
    /// What it says.
    pub who: Who,
}

/// Whom a reference means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The citizen with this logical id.
    Patient(String),
    /// The citizen with this identifier.
    Identifier(Identifier),
    /// The citizen of the reading with this id.
    Observation(String),
    /// The citizen of a resource: its type and logical id.
    Resource(&'static str, String),
    /// Something that is not kept here.
    Elsewhere,
}

/// Whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// This citizen's.
    Citizen(CitizenNo),
    /// The municipality's, or something that is not kept here.
    Nobody,
    /// There is no such citizen or resource.
    Unknown,
}

/// A reference as it is compared: relative where it points here, without a version.
pub(super) fn local<'a>(reference: &'a str, base: &str) -> &'a str {
    let relative = reference
        .strip_prefix(base)
        .and_then(|path| path.strip_prefix('/'))
        .filter(|_| !base.is_empty())
        .unwrap_or(reference);
    relative.split_once("/_history/").map_or(relative, |(current, _)| current)
}

/// Whether resources of that type that are nobody's are so because they are about several citizens.
/// Then only who may know of everybody may know of them.
pub(in crate::store) fn is_about_several(kind: &str) -> bool {
    matches!(kind, "Provenance" | "Group")
}

/// What a resource of that type says about whose it is; nothing for a Patient, which is its own.
pub fn claims(kind: &str, resource: Value<'_>, base: &str) -> Vec<Claim> {
    match kind {
        "Patient" => Vec::new(),
        "Provenance" => resource
            .each("target")
            .enumerate()
            .map(|(position, target)| claim(target, &format!("target[{position}]"), base, true))
            .collect(),
        // One for each member, in their order.
        "Group" => resource
            .each("member")
            .enumerate()
            .map(|(position, member)| {
                let place = format!("member[{position}].entity");
                let nothing = Claim { place: place.clone(), who: Who::Elsewhere };
                member.get("entity").map_or(nothing, |entity| claim(entity, &place, base, false))
            })
            .collect(),
        "Consent" | "Device" | "EpisodeOfCare" | "DetectedIssue" => {
            single(resource, "patient", base)
        }
        "Task" => single(resource, "for", base),
        _ => single(resource, "subject", base),
    }
}

fn single(resource: Value<'_>, name: &str, base: &str) -> Vec<Claim> {
    resource.get(name).map(|reference| claim(reference, name, base, false)).into_iter().collect()
}

fn claim(reference: Value<'_>, place: &str, base: &str, any_kind: bool) -> Claim {
    match (reference.str_at("reference"), reference.get("identifier")) {
        (Some(text), _) => {
            let who = pointed_at(local(&text, base), any_kind);
            Claim { place: format!("{place}.reference"), who }
        }
        (None, Some(identifier))
            if reference.str_at("type").is_none_or(|kind| kind == "Patient") =>
        {
            let text = |name| identifier.str_at(name).unwrap_or_default().into_owned();
            let identifier = Identifier { system: Some(text("system")), value: text("value") };
            Claim { place: format!("{place}.identifier"), who: Who::Identifier(identifier) }
        }
        _ => Claim { place: place.to_owned(), who: Who::Elsewhere },
    }
}

fn pointed_at(reference: &str, any_kind: bool) -> Who {
    match reference.split_once('/').filter(|(_, id)| is_fhir_id(id)) {
        Some(("Patient", id)) => Who::Patient(id.to_owned()),
        Some(("Observation", id)) if any_kind => Who::Observation(id.to_owned()),
        Some((kind, id)) if any_kind => {
            known_kind(kind).map_or(Who::Elsewhere, |kind| Who::Resource(kind, id.to_owned()))
        }
        _ => Who::Elsewhere,
    }
}

impl Store {
    /// A citizen's number by logical id. The database is asked: the citizen may have been erased
    /// since it was asked before.
    pub async fn citizen_no(&self, logical_id: &str) -> Result<Option<CitizenNo>, StoreError> {
        let row = sqlx::query!(
            "-- resources.citizen_no
             select id from citizen where logical_id = $1",
            logical_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| {
            let no = CitizenNo(row.id);
            self.learn_citizen(no, logical_id);
            no
        }))
    }

    /// Whose it is that a claim points at, as this transaction sees it.
    pub async fn owner_in(&self, tx: &mut Tx, who: &Who) -> Result<Owner, StoreError> {
        let owner = match who {
            Who::Elsewhere => Owner::Nobody,
            Who::Observation(id) => {
                self.sealer().open(id).map_or(Owner::Unknown, |key| Owner::Citizen(key.citizen))
            }
            Who::Patient(id) => {
                let row = sqlx::query!(
                    "-- resources.owner
                     select id from citizen where logical_id = $1",
                    id
                )
                .fetch_optional(&mut *tx.0)
                .await?;
                row.map_or(Owner::Unknown, |row| Owner::Citizen(CitizenNo(row.id)))
            }
            Who::Resource(kind, id) => {
                let row = sqlx::query!(
                    "-- resources.owner_of_resource
                     select citizen from resource where type = $1 and id = $2",
                    *kind,
                    id
                )
                .fetch_optional(&mut *tx.0)
                .await?;
                match row {
                    None => Owner::Unknown,
                    Some(row) => {
                        row.citizen.map_or(Owner::Nobody, |no| Owner::Citizen(CitizenNo(no)))
                    }
                }
            }
            Who::Identifier(identifier) => {
                match self.patients_by_identifier(&mut tx.0, identifier).await?.as_slice() {
                    [(_, Some(no))] => Owner::Citizen(*no),
                    _ => Owner::Unknown,
                }
            }
        };
        Ok(owner)
    }
}
