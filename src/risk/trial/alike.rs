//! What members of a pilot are matched by beside stays, age and sex, as known before the start.

use std::collections::BTreeMap;

use pulsvagt_analytics::pilot::stays::Member;
use pulsvagt_fhir::facts::Coding;

use super::{Setup, TrialError};
use crate::clock::Micros;
use crate::cohorts::read::Condition;
use crate::ids::CitizenNo;
use crate::screening::Knowing;
use crate::store::Store;
use crate::store::samples::What;

/// A number that is older than so many days at the start is not a citizen's any more.
const DAYS: i64 = 90;
const DAY: i64 = 86_400 * 1_000_000;

/// Adds to the members what the set-up asks for.
///
/// # Errors
/// When the database does not answer, or a code has no system.
pub(super) async fn add(
    store: &Store,
    setup: &Setup,
    members: &mut BTreeMap<CitizenNo, Member>,
    now: Micros,
) -> Result<(), TrialError> {
    let coding = |text: &String| {
        let (system, code) = text.split_once('|').ok_or_else(|| TrialError::Code(text.clone()))?;
        Ok(Coding { system: system.to_owned(), code: code.to_owned() })
    };
    let mut asked = Vec::new();
    for number in &setup.numbers {
        let codes: Result<Vec<Coding>, TrialError> = number.codes.iter().map(coding).collect();
        asked.push(What::Coded(codes?));
    }
    let names = setup.diagnoses.iter().chain(&setup.numbers).map(|it| &it.name);
    for member in members.values_mut() {
        member.more.extend(names.clone().map(|name| (name.clone(), 0.0)));
    }
    let numbers: Vec<CitizenNo> = members.keys().copied().collect();
    for these in numbers.chunks(super::TOGETHER) {
        diagnoses(store, setup, members, these, now).await?;
        last(store, setup, members, (these, &asked), now).await?;
    }
    Ok(())
}

async fn diagnoses(
    store: &Store,
    setup: &Setup,
    members: &mut BTreeMap<CitizenNo, Member>,
    these: &[CitizenNo],
    now: Micros,
) -> Result<(), TrialError> {
    if setup.diagnoses.is_empty() {
        return Ok(());
    }
    for resource in store.resources_then(these, now).await? {
        let Some(member) = members.get_mut(&resource.citizen) else { continue };
        if resource.kind != "Condition" {
            continue;
        }
        let condition: Condition = serde_json::from_str(&resource.body).unwrap_or_default();
        let Some((day, code)) = condition.diagnosis(store.zone()) else { continue };
        let of =
            setup.diagnoses.iter().filter(|it| it.codes.iter().any(|own| code.starts_with(own)));
        for diagnosis in of.filter(|_| day < member.index) {
            member.more.insert(diagnosis.name.clone(), 1.0);
        }
    }
    Ok(())
}

/// The last number before the start.
async fn last(
    store: &Store,
    setup: &Setup,
    members: &mut BTreeMap<CitizenNo, Member>,
    (these, asked): (&[CitizenNo], &[What]),
    now: Micros,
) -> Result<(), TrialError> {
    let starts =
        || these.iter().filter_map(|it| members.get(it)).map(|it| i64::from(it.index) * DAY);
    let (Some(first), Some(end)) = (starts().min(), starts().max()) else { return Ok(()) };
    if asked.is_empty() {
        return Ok(());
    }
    let (from, to) = (Micros(first - (DAYS + 1) * DAY), Micros(end + DAY));
    let mut readings = store.past_readings(these, asked, from, to, now).await?;
    readings.retain(|it| Knowing::Taken.counts((it.at, it.received, it.replaced), now));
    readings.sort_by_key(|it| (it.at, it.received));
    for reading in readings {
        let (Some(value), Some(member)) = (reading.value, members.get_mut(&reading.citizen)) else {
            continue;
        };
        let day = i64::from(super::super::home::local(store, reading.at));
        let start = i64::from(member.index);
        if (start - DAYS..start).contains(&day) {
            member.more.insert(setup.numbers[reading.what].name.clone(), value);
        }
    }
    Ok(())
}
