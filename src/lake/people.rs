//! The small tables, written anew each time: citizens, conditions, encounters, alerts.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pulsvagt_analytics::lake::{ALERT, CITIZEN_TABLE, CONDITION, Cell, ENCOUNTER, Table};
use serde_json::Value;

use super::leave::Leave;
use super::place::Place;
use super::{Known, LakeError, Manifest, Part, Partition, TOGETHER};
use crate::clock::Micros;
use crate::cohorts::read;
use crate::ids::CitizenNo;
use crate::store::Store;

/// The one file of a partition.
const FILE: &str = "part-0";

/// Partitions of a table that are being written.
struct Months<'f> {
    part: &'f Part,
    table: &'static Table,
    open: BTreeMap<String, Place>,
}

impl Months<'_> {
    fn push(&mut self, month: Option<&str>, cells: &[Cell<'_>]) -> Result<(), LakeError> {
        let name = month.unwrap_or("");
        if let Some(place) = self.open.get_mut(name) {
            return place.push(self.table, FILE, cells);
        }
        let mut place = self.part.place(self.table.name, month)?;
        place.push(self.table, FILE, cells)?;
        self.open.insert(name.to_owned(), place);
        Ok(())
    }
}

/// Writes them.
pub(super) async fn write(
    store: &Store,
    citizens: &[Known],
    leave: &Leave,
    now: Micros,
    part: &Part,
    manifest: &mut Manifest,
    done: &mut (impl FnMut(&'static str, &str, &Partition) + Send),
) -> Result<(), LakeError> {
    let months = |table| Months { part, table, open: BTreeMap::new() };
    let mut tables =
        [months(&CITIZEN_TABLE), months(&CONDITION), months(&ENCOUNTER), months(&ALERT)];
    for some in citizens.chunks(TOGETHER) {
        let numbers: Vec<CitizenNo> = some.iter().map(|(_, citizen)| *citizen).collect();
        let then = Micros(now.0 + 1);
        let mut resources = store.resources_then(&numbers, then).await?;
        resources.retain(|it| leave.allows_resource(&it.kind, it.citizen));
        resources.sort_by_cached_key(|it| (pseudonym(some, it.citizen), it.id.clone()));
        let mut alerts = store.alerts_then(&numbers, then).await?;
        alerts.retain(|it| leave.allows_alert(it.citizen, it.opened));
        alerts.sort_by_cached_key(|it| (pseudonym(some, it.citizen), it.opened.0));
        let [people, conditions, encounters, of_alerts] = &mut tables;
        for resource in resources {
            let citizen = Cell::Whole(pseudonym(some, resource.citizen));
            // What cannot be read says nothing; an error of serde would quote it.
            let json: Value = serde_json::from_str(&resource.body).unwrap_or_default();
            match resource.kind.as_str() {
                "Patient" => person(people, citizen, &json, store.zone())?,
                "Condition" => condition(conditions, citizen, &json, store.zone())?,
                _ => encounter(encounters, citizen, &json, store.zone())?,
            }
        }
        for alert in alerts {
            let worst = ["red", "yellow"].get(usize::try_from(alert.worst).unwrap_or(2));
            let local = alert.opened.to_jiff().to_zoned(store.zone().clone()).date();
            of_alerts.push(
                Some(&month(local)),
                &[
                    Cell::Whole(pseudonym(some, alert.citizen)),
                    Cell::Whole(alert.opened.0),
                    Cell::Text(&alert.problem),
                    Cell::Text(worst.unwrap_or(&"blue")),
                ],
            )?;
        }
    }
    for Months { table, open, .. } in tables {
        for (month, place) in open {
            let partition = place.finish().await?;
            done(table.name, &month, &partition);
            manifest.put(table.name, &month, partition);
        }
    }
    Ok(())
}

fn pseudonym(citizens: &[Known], citizen: CitizenNo) -> i64 {
    let found = citizens.iter().find(|(_, known)| *known == citizen);
    found.map_or(0, |(pseudonym, _)| *pseudonym)
}

fn month(date: Date) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}

fn text<'j>(json: &'j Value, path: &str) -> Cell<'j> {
    json.pointer(path).and_then(Value::as_str).map_or(Cell::Missing, Cell::Text)
}

/// The local day of the first of these that says one, days since 1970.
fn day(json: &Value, paths: &[&str], zone: &TimeZone) -> Option<i32> {
    let mut found = paths.iter().filter_map(|path| json.pointer(path).and_then(Value::as_str));
    found.find_map(|text| read::day(text, zone))
}

fn date(day: i32) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(day.days()).ok()
}

fn person(
    table: &mut Months<'_>,
    citizen: Cell<'_>,
    json: &Value,
    zone: &TimeZone,
) -> Result<(), LakeError> {
    let born = json["birthDate"].as_str().and_then(|text| text.get(..4)?.parse::<i32>().ok());
    let died = day(json, &["/deceasedDateTime"], zone);
    // The first day of its month.
    let died = died.and_then(|day| Some(day + 1 - i32::from(date(day)?.day())));
    table.push(None, &[citizen, Cell::whole(born), text(json, "/gender"), Cell::whole(died)])
}

fn condition(
    table: &mut Months<'_>,
    citizen: Cell<'_>,
    json: &Value,
    zone: &TimeZone,
) -> Result<(), LakeError> {
    table.push(
        None,
        &[
            citizen,
            text(json, "/code/coding/0/system"),
            text(json, "/code/coding/0/code"),
            Cell::whole(day(json, &["/onsetDateTime", "/onsetPeriod/start"], zone)),
            Cell::whole(day(json, &["/recordedDate"], zone)),
            text(json, "/clinicalStatus/coding/0/code"),
            text(json, "/verificationStatus/coding/0/code"),
        ],
    )
}

fn encounter(
    table: &mut Months<'_>,
    citizen: Cell<'_>,
    json: &Value,
    zone: &TimeZone,
) -> Result<(), LakeError> {
    let begun = day(json, &["/period/start"], zone);
    // As Hive calls the partition of what has no value.
    let month = begun.and_then(date).map_or_else(|| "__HIVE_DEFAULT_PARTITION__".to_owned(), month);
    table.push(
        Some(&month),
        &[
            citizen,
            text(json, "/class/code"),
            text(json, "/status"),
            Cell::whole(begun),
            Cell::whole(day(json, &["/period/end"], zone)),
            text(json, "/reasonCode/0/coding/0/system"),
            text(json, "/reasonCode/0/coding/0/code"),
        ],
    )
}
