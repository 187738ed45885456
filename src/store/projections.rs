//! What projecting alerts to FHIR has to know, as the transaction of the alert's change sees it.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;
use pulsvagt_analytics::Signal;

use super::{Store, StoreError, Tx};
use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo, ConceptNo, ObservationKey, SourceNo};
use crate::triage::{Alert, Event};

/// An alert with its log, and how far others have been told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Untold {
    /// The alert.
    pub alert: Alert,
    /// Everything that happened to it, oldest first.
    pub events: Vec<Event>,
    /// The citizen's logical id.
    pub citizen_id: String,
    /// The version that others were told of last; 0 = none.
    pub told: u32,
}

impl Store {
    /// An alert as the transaction sees it. It stays so until the end of the transaction.
    pub async fn untold_in(&self, tx: &mut Tx, id: AlertId) -> Result<Option<Untold>, StoreError> {
        let row = sqlx::query!(
            r#"-- projections.alert
             select a.body, c.logical_id, coalesce(p.version, 0) as "told!"
             from alert a join citizen c on c.id = a.citizen
             left join alert_projection p on p.alert = a.id
             where a.id = $1
             for update of a"#,
            id as AlertId
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let events = sqlx::query_scalar!(
            "-- projections.events
             select body from alert_event where alert = $1 order by version",
            id as AlertId
        )
        .fetch_all(&mut *tx.0)
        .await?;
        let keys = self.keys_on(&mut tx.0).await?;
        Ok(Some(Untold {
            alert: keys.open_alert(&row.body)?,
            events: events
                .iter()
                .map(|body| keys.open_event(id, body))
                .collect::<Result<_, _>>()?,
            citizen_id: row.logical_id,
            told: row.told.cast_unsigned(),
        }))
    }

    /// Remembers that others have been told of this version.
    pub async fn told_in(&self, tx: &mut Tx, alert: &Alert) -> Result<(), StoreError> {
        let version = i32::try_from(alert.version)
            .map_err(|error| StoreError::damaged("alert_projection", error))?;
        sqlx::query!(
            "-- projections.told
             insert into alert_projection (alert, version) values ($1, $2)
             on conflict (alert) do update set version = excluded.version",
            alert.id as AlertId,
            version
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Alerts whose present version others have not been told of, oldest change first.
    pub async fn untold(&self, limit: u16) -> Result<Vec<AlertId>, StoreError> {
        let ids = sqlx::query_scalar!(
            r#"-- projections.untold
             select a.id as "id: AlertId"
             from alert a left join alert_projection p on p.alert = a.id
             where p.version is distinct from a.version
               and a.citizen not in (select citizen from citizen_restriction)
             order by a.updated, a.id limit $1"#,
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids)
    }

    /// The newest readings of each of these signals on each of these local days, given as days since
    /// 1970: `Observation/…`, newest first, at most `limit` of a signal and day. Days are the
    /// municipality's; what must not be scored is left out.
    pub async fn readings_in(
        &self,
        tx: &mut Tx,
        citizen: CitizenNo,
        days: &[(Signal, i32)],
        limit: u16,
    ) -> Result<BTreeMap<(Signal, i32), Vec<String>>, StoreError> {
        let mut found: BTreeMap<(Signal, i32), Vec<String>> = BTreeMap::new();
        let mut codes: BTreeMap<Signal, Vec<i32>> = BTreeMap::new();
        let (mut places, mut numbers) = (Vec::new(), Vec::new());
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        for (place, (signal, day)) in (0_i32..).zip(days) {
            let Some((from, to)) = self.bounds(*day) else { continue };
            for code in codes.entry(*signal).or_insert_with(|| self.concepts_of(*signal)) {
                places.push(place);
                numbers.push(*code);
                lower.push(from);
                upper.push(to);
            }
        }
        if places.is_empty() {
            return Ok(found);
        }
        let rows = sqlx::query!(
            r#"-- projections.readings
             select w.place as "place!", o.code as "code!", o.effective as "effective!: Micros",
                    o.source as "source!", o.fingerprint::int4 as "fingerprint!"
             from unnest($2::int4[], $3::int4[], $4::timestamptz[], $5::timestamptz[])
                  as w (place, code, lower, upper)
             cross join lateral (
                 select * from observation o
                 where o.citizen = $1 and o.code = w.code
                   and o.effective >= w.lower and o.effective < w.upper and o.quarantine = 0
                 order by o.effective desc limit $6) o
             order by w.place, o.effective desc"#,
            citizen.0,
            &places,
            &numbers,
            &lower as &[Micros],
            &upper as &[Micros],
            i64::from(limit)
        )
        .fetch_all(&mut *tx.0)
        .await?;
        for row in rows {
            let day = usize::try_from(row.place).ok().and_then(|place| days.get(place));
            let Some(day) = day else { continue };
            let key = ObservationKey {
                citizen,
                code: ConceptNo(row.code),
                effective: row.effective,
                source: SourceNo(row.source),
                fingerprint: row.fingerprint.cast_unsigned(),
            };
            let readings = found.entry(*day).or_default();
            if readings.len() < usize::from(limit) {
                readings.push(format!("Observation/{}", self.sealer().seal(key)));
            }
        }
        Ok(found)
    }

    /// The numbers of the codings that measure a signal, alone or as a component.
    fn concepts_of(&self, signal: Signal) -> Vec<i32> {
        let shapes = self.shapes_where(|shape| {
            shape
                .facts
                .numbers
                .iter()
                .any(|number| number.measure.is_some_and(|known| known.name() == signal.name()))
        });
        let mut numbers: Vec<i32> = shapes.iter().map(|shape| shape.concept.no.0).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The first moment of a local day and of the next.
    fn bounds(&self, day: i32) -> Option<(Micros, Micros)> {
        let start = |day: i32| {
            let date = Date::constant(1970, 1, 1).checked_add(Span::new().days(day)).ok()?;
            let zoned = date.to_zoned(self.zone().clone()).ok()?;
            Some(Micros(zoned.timestamp().as_microsecond()))
        };
        Some((start(day)?, start(day.checked_add(1)?)?))
    }
}
