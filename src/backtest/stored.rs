//! Citizens of a municipality's store.

use std::collections::BTreeMap;

use pulsvagt_analytics::replay::Version;
use pulsvagt_analytics::summary::local_day;

use super::{Person, Truth};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::screening::DAYS_BACK;
use crate::store::plans::PlanInForce;
use crate::store::{Store, StoreError};

/// A citizen with the summaries that are kept, from as many days before `from` as screening looks
/// back; the plan is for the caller to say.
///
/// # Errors
/// When the database does, or a row cannot be read.
pub async fn kept(
    store: &Store,
    citizen: CitizenNo,
    from: Micros,
    to: Micros,
) -> Result<Person, StoreError> {
    let day = |at: Micros| local_day(at.0, store.zone().to_offset(at.to_jiff()).seconds());
    let mine = [citizen];
    let (mut found, births) = tokio::try_join!(
        store.summaries(&mine, day(from) - DAYS_BACK, day(to) + 1),
        store.births(&mine)
    )?;
    if let Some(error) = found.broken.remove(&citizen) {
        return Err(error);
    }
    Ok(Person {
        index: u32::try_from(citizen.0).unwrap_or(0),
        born: births.get(&citizen).copied(),
        days: found.days.remove(&citizen).unwrap_or_default(),
        ..Person::default()
    })
}

/// Some citizens with all that became known of them from `begin` until before `to`. What screening
/// should have found are stays in hospital and visits to emergency departments.
///
/// # Errors
/// When the database does, or a row cannot be read.
pub async fn people(
    store: &Store,
    citizens: &[CitizenNo],
    begin: Micros,
    to: Micros,
) -> Result<Vec<Person>, StoreError> {
    let (versions, births, contacts) = tokio::try_join!(
        store.readings_over_time(citizens, begin, to, to),
        store.births(citizens),
        store.hospital_contacts(citizens, begin, to)
    )?;
    let mut people = BTreeMap::new();
    for citizen in citizens {
        let mut plans: Vec<PlanInForce> = store
            .plan_history(*citizen)
            .await?
            .into_iter()
            .map(|it| PlanInForce { plan: it.plan, version: it.version, since: it.valid_from })
            .collect();
        plans.reverse();
        let person = Person {
            index: u32::try_from(citizen.0).unwrap_or(0),
            born: births.get(citizen).copied(),
            plans,
            ..Person::default()
        };
        people.insert(*citizen, person);
    }
    for version in versions {
        if let Some(person) = people.get_mut(&version.citizen) {
            let replaced = version.replaced.map(|at| at.0);
            person.versions.push(Version { day: version.day, sample: version.sample, replaced });
        }
    }
    for contact in contacts {
        if let Some(person) = people.get_mut(&contact.citizen) {
            let kind = if contact.class == "EMER" { "emergency" } else { "inpatient" };
            // Whatever is alerted after the arrival comes too late.
            let (onset, reference, end) = (contact.began, contact.began, contact.began);
            person.truths.push(Truth { kind: kind.to_owned(), onset, reference, end });
        }
    }
    Ok(people.into_values().collect())
}
