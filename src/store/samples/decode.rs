//! A row → samples.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::tz::TimeZone;
use pulsvagt_analytics::{Sample, Signal};
use pulsvagt_fhir::facts::Effective;
use pulsvagt_fhir::shape::{Anchor, Filling, Time, scan};
use xxhash_rust::xxh3::xxh3_64;

use super::day::{Wall, day_of};
use super::series::{Reading, glucose_word};
use crate::clock::Micros;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey, ShapeNo, SourceNo};
use crate::store::vault::{Field, Keys, is_sealed};
use crate::store::{Shape, Store, StoreError};

/// A row as the queries of this module read it.
#[derive(Debug)]
pub(super) struct SampleRow {
    pub(super) citizen: i32,
    pub(super) code: i32,
    pub(super) effective: Micros,
    pub(super) source: i32,
    pub(super) fingerprint: i32,
    pub(super) received: Micros,
    pub(super) value: Option<f64>,
    pub(super) shape: i32,
    pub(super) span: i32,
    pub(super) version: i16,
    pub(super) holes: Vec<u8>,
    pub(super) extra: Vec<u8>,
    pub(super) replaced: Option<Micros>,
}

impl SampleRow {
    fn key(&self) -> ObservationKey {
        ObservationKey {
            citizen: CitizenNo(self.citizen),
            code: ConceptNo(self.code),
            effective: self.effective,
            source: SourceNo(self.source),
            fingerprint: self.fingerprint.cast_unsigned(),
        }
    }
}

/// Reads rows, mostly many of one shape in a row.
pub(super) struct Decoder<'s> {
    store: &'s Store,
    vault: &'s Keys,
    shape: Option<Arc<Shape>>,
    scratch: String,
    values: Vec<f64>,
}

impl<'s> Decoder<'s> {
    pub(super) fn new(store: &'s Store, vault: &'s Keys) -> Self {
        Self { store, vault, shape: None, scratch: String::new(), values: Vec::new() }
    }

    /// Tells the samples of a row with their local day.
    pub(super) fn read(
        &mut self,
        row: &SampleRow,
        mut tell: impl FnMut(i32, Sample),
    ) -> Result<(), StoreError> {
        let shape = self.shape(ShapeNo(row.shape))?;
        if row.effective == Micros::NO_TIME || shape.series.is_empty() {
            return Ok(());
        }
        // Names of citizen and device are text, which is not looked at here.
        let anchor = Anchor { effective_us: row.effective.0, citizen: "-", device: "-" };
        let Self { scratch, values, store, vault, .. } = self;
        let extra = if is_sealed(&row.extra) {
            let version = u32::try_from(row.version).unwrap_or(0);
            vault.open_bytes(&Field::of_observation(row.key(), version), &row.extra)?
        } else {
            Cow::Borrowed(row.extra.as_slice())
        };
        values.clear();
        values.resize(shape.series.len(), f64::NAN);
        let mut ends = Ends::of(shape.facts.effective);
        scan(
            &shape.facts.holes,
            &row.holes,
            &extra,
            anchor,
            scratch,
            |place, filling| match filling {
                Filling::Time(time) => ends.see(place, time, store.zone()),
                Filling::Number(_) | Filling::Text(_) => {
                    for (series, value) in shape.series.iter().zip(values.iter_mut()) {
                        if series.place == place {
                            *value = number(series.reading, filling, row.value);
                        }
                    }
                }
            },
        )
        .map_err(|error| StoreError::damaged("observation", error))?;
        let zone = store.zone();
        let (first, end) = ends.known(row.effective, zone);
        let day = day_of(first, end, shape.is_sleep(), zone);
        let offset = first.offset_in(zone);
        for (series, value) in shape.series.iter().zip(values.iter()) {
            if value.is_finite() {
                let sample = Sample {
                    signal: series.signal,
                    at: row.effective.0,
                    offset,
                    span: row.span.max(0),
                    value: *value,
                    is_day_total: series.is_day_total,
                    received: row.received.0,
                    identity: identity(row, series.signal, series.place),
                };
                tell(day, sample);
            }
        }
        Ok(())
    }

    fn shape(&mut self, no: ShapeNo) -> Result<Arc<Shape>, StoreError> {
        match &self.shape {
            Some(shape) if shape.no == no => Ok(Arc::clone(shape)),
            _ => {
                let shape = self
                    .store
                    .shape_by_no(no)
                    .ok_or_else(|| StoreError::damaged("observation", "its shape is missing"))?;
                self.shape = Some(Arc::clone(&shape));
                Ok(shape)
            }
        }
    }
}

/// Not a number where there is none.
fn number(reading: Reading, filling: Filling<'_>, main: Option<f64>) -> f64 {
    let number = match (reading, filling) {
        (Reading::Main, Filling::Number(_)) => main,
        (Reading::Component(conversion), Filling::Number(digits)) => {
            digits.parse().ok().map(|sent| conversion.apply(sent))
        }
        (Reading::Word, Filling::Text(word)) => glucose_word(word),
        _ => None,
    };
    number.unwrap_or(f64::NAN)
}

/// Of a reading in one of its versions.
fn identity(row: &SampleRow, signal: Signal, place: usize) -> u64 {
    let mut bytes = [0; 32];
    bytes[0..4].copy_from_slice(&row.citizen.to_le_bytes());
    bytes[4..8].copy_from_slice(&row.code.to_le_bytes());
    bytes[8..16].copy_from_slice(&row.effective.0.to_le_bytes());
    bytes[16..20].copy_from_slice(&row.source.to_le_bytes());
    bytes[20..24].copy_from_slice(&row.fingerprint.to_le_bytes());
    bytes[24..26].copy_from_slice(&row.version.to_le_bytes());
    bytes[26] = signal.number();
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    bytes[28..32].copy_from_slice(&place.to_le_bytes());
    xxh3_64(&bytes)
}

/// Both ends of the effective time.
struct Ends {
    places: Effective,
    start: Option<Wall>,
    end: Option<Wall>,
}

impl Ends {
    fn of(places: Effective) -> Self {
        Self { places, start: None, end: None }
    }

    fn see(&mut self, place: usize, time: Option<Time>, zone: &TimeZone) {
        let wall = || match time? {
            Time::Instant { utc_us, offset_minutes, zulu } => Some(Wall {
                at: Micros(utc_us),
                offset: (!zulu).then_some(i32::from(offset_minutes) * 60),
            }),
            Time::Date(date) => Some(Wall::of(&date, zone)),
        };
        match self.places {
            Effective::Moment(at) if at == place => self.start = wall(),
            Effective::Period { start: Some(at), .. } if at == place => self.start = wall(),
            Effective::Period { end: Some(at), .. } if at == place => self.end = wall(),
            _ => {}
        }
    }

    /// When it was taken or began, and when it ended.
    fn known(&self, effective: Micros, zone: &TimeZone) -> (Wall, Option<Wall>) {
        let fixed = match self.places {
            Effective::Fixed(date) => Some(Wall::of(&date, zone)),
            _ => None,
        };
        let end = self.start.and(self.end);
        let first = self.start.or(self.end).or(fixed);
        (first.unwrap_or(Wall { at: effective, offset: None }), end)
    }
}

/// The local day of a stored version, if it has a time.
pub(in crate::store) fn stored_day(
    shape: &Shape,
    effective: Micros,
    holes: &[u8],
    extra: &[u8],
    zone: &TimeZone,
) -> Result<Option<i32>, StoreError> {
    if effective == Micros::NO_TIME {
        return Ok(None);
    }
    let anchor = Anchor { effective_us: effective.0, citizen: "-", device: "-" };
    let mut ends = Ends::of(shape.facts.effective);
    scan(&shape.facts.holes, holes, extra, anchor, &mut String::new(), |place, filling| {
        if let Filling::Time(time) = filling {
            ends.see(place, time, zone);
        }
    })
    .map_err(|error| StoreError::damaged("observation", error))?;
    let (first, end) = ends.known(effective, zone);
    Ok(Some(day_of(first, end, shape.is_sleep(), zone)))
}
