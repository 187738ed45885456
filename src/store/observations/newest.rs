//! When each device was heard of last.

use std::collections::BTreeMap;
use std::sync::Arc;

use pulsvagt_fhir::Document;

use super::Row;
use crate::clock::Micros;
use crate::consent::Denials;
use crate::ids::{CitizenNo, ShapeNo, SourceNo};
use crate::store::intern::Shape;
use crate::store::{Store, StoreError};

/// `MDC_ATTR_VAL_BATT_CHARGE` of ISO/IEEE 11073-10101: how full a battery is, percent. Personal
/// health devices send it as an Observation (HL7 PHD implementation guide, Device profile).
const BATTERY: (&str, &str) = ("urn:iso:std:iso:11073:10101", "67996");

/// What was heard of a device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// When its newest reading was taken.
    pub newest: Micros,
    /// How full the battery was, percent, and when.
    pub battery: Option<(f64, Micros)>,
}

impl Store {
    /// What was heard of each device reference among the readings of a citizen taken from `from`
    /// until before `to` that are not denied. Readings that say no device are under the empty text.
    ///
    /// # Errors
    /// When the database does not answer, or a reading cannot be unpacked.
    pub async fn heard_of_devices(
        &self,
        citizen: CitizenNo,
        from: Micros,
        to: Micros,
        denials: &Denials,
    ) -> Result<BTreeMap<Arc<str>, Heard>, StoreError> {
        let rows = sqlx::query!(
            r#"-- observations.newest_by_device
            select source, shape, max(effective) as "newest!: Micros"
            from observation
            where citizen = $1 and effective >= $2 and effective < $3
            group by source, shape"#,
            citizen.0,
            from as Micros,
            to as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        self.load_shapes().await?;
        let sources: Vec<SourceNo> = rows.iter().map(|row| SourceNo(row.source)).collect();
        self.load_names(&[], &sources).await?;
        let mut heard: BTreeMap<Arc<str>, Heard> = BTreeMap::new();
        for row in rows {
            let Some(shape) = self.shape_by_no(ShapeNo(row.shape)) else { continue };
            if !denials.allows_reading(&shape.facts, citizen) {
                continue;
            }
            let (source, newest) = (SourceNo(row.source), row.newest);
            let name = self.source_by_no(source).unwrap_or_else(|| Arc::from(""));
            let of = heard.entry(name).or_insert(Heard { newest, battery: None });
            of.newest = of.newest.max(newest);
            let is_newer = of.battery.is_none_or(|(_, at)| at < newest);
            if is_newer && is_battery(&shape) {
                let percent = self.percent(citizen, source, row.shape, newest).await?;
                of.battery = percent.map(|percent| (percent, newest)).or(of.battery);
            }
        }
        Ok(heard)
    }

    /// The value of one reading as it was sent.
    async fn percent(
        &self,
        citizen: CitizenNo,
        source: SourceNo,
        shape: i32,
        at: Micros,
    ) -> Result<Option<f64>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- observations.battery
            select effective, received, value, citizen, code, source,
                   fingerprint::int4 as "fingerprint!", shape, version, quarantine, holes, extra
            from observation
            where citizen = $1 and source = $2 and shape = $3 and effective = $4 limit 1"#,
            citizen.0,
            source.0,
            shape,
            at as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let Some(stored) = self.stored(rows).await?.pop() else { return Ok(None) };
        let json = stored.json("x")?;
        let document = Document::parse(json.as_bytes())
            .map_err(|error| StoreError::damaged("observation", error))?;
        let value = document.root().get("valueQuantity").and_then(|it| it.get("value"));
        let percent = value.and_then(pulsvagt_fhir::Value::as_f64);
        Ok(percent.filter(|percent| (0.0..=100.0).contains(percent)))
    }
}

fn is_battery(shape: &Shape) -> bool {
    let (system, code) = BATTERY;
    shape.facts.codings.iter().any(|coding| coding.system == system && coding.code == code)
}
