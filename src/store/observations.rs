//! Readings: written once, corrected as new versions, read back as they were sent.

mod doubtful;
mod gone;
mod inbox;
mod insert;
mod newest;
mod read;
mod rows;
mod update;

use std::sync::Arc;

use pulsvagt_fhir::Document;
use pulsvagt_fhir::shape::{Anchor, Detail, Packed, Server, Splitter, push_resource};

use super::vault::{Field, is_sealed};
use super::{Shape, Store, StoreError};
use crate::clock::Micros;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey, ShapeNo, SourceNo};

pub use doubtful::Doubtful;
pub use inbox::{Decided, Decision, Doubt, DoubtCount, DoubtFilter, DoubtPage, Usual};
pub use insert::Inserted;
pub use newest::Heard;
pub use update::Updated;

/// A reading that is ready to be stored: valid, normalised, its citizen and device known.
#[derive(Debug, Clone)]
pub struct NewObservation {
    /// Its identity.
    pub key: ObservationKey,
    /// Its template.
    pub shape: Arc<Shape>,
    /// Its number in the canonical unit, if it has one.
    pub value: Option<f64>,
    /// Seconds from start to end of the effective time; -1 for open.
    pub span: i32,
    /// Why it is never scored; 0 where it may be.
    pub quarantine: i16,
    /// What changes.
    pub packed: Packed,
    /// The sender's local day, days since 1970, if the reading has a time.
    pub day: Option<i32>,
    /// Hashes of the identifiers that have a value.
    pub identifiers: Vec<i64>,
    /// Only to be created if no reading with this identifier exists.
    pub if_none_exist: Option<Condition>,
    /// The fingerprint it would have had before those of readings that name somebody got a key;
    /// `None` for readings that name nobody.
    pub unkeyed: Option<u32>,
    /// The citizen's logical id, as the holes refer to it.
    pub citizen_id: Arc<str>,
    /// The device reference, as the holes refer to it.
    pub source_id: Arc<str>,
}

/// When a reading is only to be created if there is none yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    /// The identifier that none may have.
    pub identifier: Identifier,
    /// Whose readings are looked at, where the sender may not know of others'.
    pub within: Option<CitizenNo>,
}

/// `Identifier.system` and `.value`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier {
    /// The system; `None` = any, empty = none.
    pub system: Option<String>,
    /// The value.
    pub value: String,
}

/// A stored reading.
#[derive(Debug, Clone)]
pub struct StoredObservation {
    /// Its identity.
    pub key: ObservationKey,
    /// When this version was received.
    pub received: Micros,
    /// Which version this is, from 1.
    pub version: u32,
    /// Why it is never scored; 0 where it may be.
    pub quarantine: i16,
    /// Its number in the canonical unit.
    pub value: Option<f64>,
    /// Its template.
    pub shape: Arc<Shape>,
    pub(super) packed: Packed,
    citizen: Arc<str>,
    source: Arc<str>,
}

impl StoredObservation {
    /// Logical id of the citizen.
    pub fn citizen(&self) -> &str {
        &self.citizen
    }

    /// The device reference.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Appends the FHIR resource.
    pub fn push_json(&self, out: &mut String, id: &str) -> Result<(), StoreError> {
        let server = Server { id, version: self.version, updated_us: self.received.0 };
        let anchor = anchor(self.key, &self.citizen, &self.source);
        let (holes, extra) = (&self.packed.holes, &self.packed.extra);
        push_resource(out, &self.shape.template, holes, extra, anchor, server)
            .map_err(|error| StoreError::damaged("observation", error))
    }

    /// The FHIR resource.
    pub fn json(&self, id: &str) -> Result<String, StoreError> {
        let mut out = String::with_capacity(self.shape.template.len() + 256);
        self.push_json(&mut out, id)?;
        Ok(out)
    }

    /// Whether the reading really has one of the identifiers; their hashes only suggest it.
    pub(super) fn carries(&self, one_of: &[Identifier]) -> Result<bool, StoreError> {
        let json = self.json("x")?;
        let document = Document::parse(json.as_bytes())
            .map_err(|error| StoreError::damaged("observation", error))?;
        Ok(document.root().each("identifier").any(|listed| {
            let system = listed.str_at("system").unwrap_or_default();
            listed.str_at("value").is_some_and(|value| {
                one_of.iter().any(|wanted| {
                    wanted.value == value
                        && wanted.system.as_ref().is_none_or(|wanted| *wanted == system)
                })
            })
        }))
    }

    fn content(&self) -> Result<String, StoreError> {
        content(&self.json("x")?)
    }
}

impl NewObservation {
    /// Appends the FHIR resource as it will be read back.
    pub fn push_json(
        &self,
        out: &mut String,
        id: &str,
        version: u32,
        received: Micros,
    ) -> Result<(), StoreError> {
        let server = Server { id, version, updated_us: received.0 };
        let anchor = anchor(self.key, &self.citizen_id, &self.source_id);
        let (holes, extra) = (&self.packed.holes, &self.packed.extra);
        push_resource(out, &self.shape.template, holes, extra, anchor, server)
            .map_err(|error| StoreError::damaged("observation", error))
    }

    fn content(&self) -> Result<String, StoreError> {
        let mut json = String::new();
        self.push_json(&mut json, "x", 1, Micros(0))?;
        content(&json)
    }

    /// The longest value of [`Self::span`] that searches have to reckon with.
    pub fn needs_span(&self) -> Option<(ConceptNo, i32)> {
        let span = if self.span < 0 { i32::MAX } else { self.span };
        (span > self.shape.concept.max_span()).then_some((self.key.code, span))
    }
}

/// What a reading says, apart from when it was sent and how it is worded.
fn content(json: &str) -> Result<String, StoreError> {
    let document = Document::parse(json.as_bytes())
        .map_err(|error| StoreError::damaged("observation", error))?;
    Ok(Splitter::default().split(document.root(), Detail::Fine).content.to_owned())
}

/// The part of a device reference that holes may refer to: its logical id.
fn device_id(source: &str) -> &str {
    source.strip_prefix("Device/").unwrap_or(source)
}

fn anchor<'a>(key: ObservationKey, citizen: &'a str, source: &'a str) -> Anchor<'a> {
    Anchor { effective_us: key.effective.0, citizen, device: device_id(source) }
}

/// The anchor that holes of a new reading are to be packed with.
pub fn anchor_for<'a>(effective: Micros, citizen: &'a str, source: &'a str) -> Anchor<'a> {
    Anchor { effective_us: effective.0, citizen, device: device_id(source) }
}

/// A row as the queries of this module read it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) effective: Micros,
    pub(super) received: Micros,
    pub(super) value: Option<f64>,
    pub(super) citizen: i32,
    pub(super) code: i32,
    pub(super) source: i32,
    pub(super) fingerprint: i32,
    pub(super) shape: i32,
    pub(super) version: i16,
    pub(super) quarantine: i16,
    pub(super) holes: Vec<u8>,
    pub(super) extra: Vec<u8>,
}

impl Row {
    pub(super) fn key(&self) -> ObservationKey {
        ObservationKey {
            citizen: CitizenNo(self.citizen),
            code: ConceptNo(self.code),
            effective: self.effective,
            source: SourceNo(self.source),
            fingerprint: self.fingerprint.cast_unsigned(),
        }
    }
}

impl Store {
    /// Gives rows their names and templates.
    pub(super) async fn stored(
        &self,
        rows: Vec<Row>,
    ) -> Result<Vec<StoredObservation>, StoreError> {
        let missing = |row: &Row| {
            self.citizen_by_no(CitizenNo(row.citizen)).is_none()
                || self.source_by_no(SourceNo(row.source)).is_none()
        };
        if rows.iter().any(missing) {
            let citizens: Vec<_> = rows.iter().map(|row| CitizenNo(row.citizen)).collect();
            let sources: Vec<_> = rows.iter().map(|row| SourceNo(row.source)).collect();
            self.load_names(&citizens, &sources).await?;
        }
        if rows.iter().any(|row| self.shape_by_no(ShapeNo(row.shape)).is_none()) {
            self.load_shapes().await?;
        }
        let keys = if rows.iter().any(|row| is_sealed(&row.extra)) {
            Some(self.keys().await?)
        } else {
            None
        };
        rows.into_iter()
            .map(|row| {
                let key = row.key();
                let version = u32::try_from(row.version).unwrap_or(0);
                let found = (
                    self.shape_by_no(ShapeNo(row.shape)),
                    self.citizen_by_no(key.citizen),
                    self.source_by_no(key.source),
                );
                let (Some(shape), Some(citizen), Some(source)) = found else {
                    return Err(StoreError::damaged("observation", "a name is missing"));
                };
                let private = is_sealed(&row.extra);
                let extra = match &keys {
                    Some(keys) if private => keys
                        .open_bytes(&Field::of_observation(key, version), &row.extra)?
                        .into_owned(),
                    _ => row.extra,
                };
                Ok(StoredObservation {
                    key,
                    received: row.received,
                    version,
                    quarantine: row.quarantine,
                    value: row.value,
                    shape,
                    packed: Packed { holes: row.holes, extra, private },
                    citizen,
                    source,
                })
            })
            .collect()
    }
}
