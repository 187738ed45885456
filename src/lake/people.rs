//! The small tables, written anew each time: citizens, conditions, encounters, alerts.

use std::collections::BTreeMap;

use jiff::civil::Date;
use pulsvagt_analytics::lake::{ALERT, CITIZEN_TABLE, CONDITION, Cell, ENCOUNTER, Table};
use serde_json::Value;

use super::place::Place;
use super::{Known, LakeError, Manifest, Part, Partition, TOGETHER};
use crate::clock::Micros;
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
        resources.sort_by_cached_key(|it| (pseudonym(some, it.citizen), it.id.clone()));
        let mut alerts = store.alerts_then(&numbers, then).await?;
        alerts.sort_by_cached_key(|it| (pseudonym(some, it.citizen), it.opened.0));
        let [people, conditions, encounters, of_alerts] = &mut tables;
        for resource in resources {
            let citizen = Cell::Whole(pseudonym(some, resource.citizen));
            // What cannot be read says nothing; an error of serde would quote it.
            let json: Value = serde_json::from_str(&resource.body).unwrap_or_default();
            match resource.kind.as_str() {
                "Patient" => person(people, citizen, &json)?,
                "Condition" => condition(conditions, citizen, &json)?,
                _ => encounter(encounters, citizen, &json)?,
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

/// The date that a text begins with.
fn date(json: &Value, paths: &[&str]) -> Option<Date> {
    let found = paths.iter().find_map(|path| json.pointer(path).and_then(Value::as_str));
    found.and_then(|text| text.get(..10)).and_then(|text| text.parse().ok())
}

fn day<'j>(date: Option<Date>) -> Cell<'j> {
    let number = |date: Date| date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
    Cell::whole(date.map(number))
}

fn person(table: &mut Months<'_>, citizen: Cell<'_>, json: &Value) -> Result<(), LakeError> {
    let born = json["birthDate"].as_str().and_then(|text| text.get(..4)?.parse::<i32>().ok());
    let died = date(json, &["/deceasedDateTime"]).map(jiff::civil::Date::first_of_month);
    table.push(None, &[citizen, Cell::whole(born), text(json, "/gender"), day(died)])
}

fn condition(table: &mut Months<'_>, citizen: Cell<'_>, json: &Value) -> Result<(), LakeError> {
    table.push(
        None,
        &[
            citizen,
            text(json, "/code/coding/0/system"),
            text(json, "/code/coding/0/code"),
            day(date(json, &["/onsetDateTime", "/onsetPeriod/start"])),
            day(date(json, &["/recordedDate"])),
            text(json, "/clinicalStatus/coding/0/code"),
            text(json, "/verificationStatus/coding/0/code"),
        ],
    )
}

fn encounter(table: &mut Months<'_>, citizen: Cell<'_>, json: &Value) -> Result<(), LakeError> {
    let begun = date(json, &["/period/start"]);
    // As Hive calls the partition of what has no value.
    let month = begun.map_or_else(|| "__HIVE_DEFAULT_PARTITION__".to_owned(), month);
    table.push(
        Some(&month),
        &[
            citizen,
            text(json, "/class/code"),
            text(json, "/status"),
            day(begun),
            day(date(json, &["/period/end"])),
            text(json, "/reasonCode/0/coding/0/system"),
            text(json, "/reasonCode/0/coding/0/code"),
        ],
    )
}
