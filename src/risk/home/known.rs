//! Citizens as they were known before a local day began, and their courses as known in the end.

use std::collections::{BTreeMap, HashMap};

use jiff::civil;
use pulsvagt_analytics::cohort::Sex;
use pulsvagt_analytics::risk::home::{Features, Person, Stay};
use pulsvagt_analytics::{Plan, Subject};

use super::HomeError;
use crate::clock::Micros;
use crate::cohorts::read::{Encounter, Patient};
use crate::ids::CitizenNo;
use crate::screening::{Knowing, age_years, days_as_of};
use crate::store::cohorts::{PlanThen, ResourceThen};
use crate::store::{Store, StoreError};

/// A citizen at home, as known before a day began.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The day, days since 1970.
    pub day: i32,
    /// In the order of the features.
    pub values: Vec<Option<f64>>,
    /// Whether a woman.
    pub woman: Option<bool>,
    /// Age, years.
    pub age: Option<f64>,
}

/// What is found of a citizen on a day.
#[derive(Debug, Clone, PartialEq)]
pub enum Looked {
    /// Enrolled and at home.
    Home(Known),
    /// In hospital as the day began.
    InHospital,
    /// Not enrolled in anything, not known yet, or dead.
    NotEnrolled,
}

/// What resources say of a citizen.
#[derive(Debug, Default)]
pub(in crate::risk) struct Said {
    is_known: bool,
    pub(in crate::risk) woman: Option<bool>,
    pub(in crate::risk) died: Option<i32>,
    pub(in crate::risk) stays: Vec<Stay>,
}

/// What became of a citizen.
#[derive(Debug, Default)]
pub(in crate::risk) struct Ending {
    pub(in crate::risk) stays: Vec<Stay>,
    pub(in crate::risk) died: Option<i32>,
    pub(in crate::risk) last: i32,
    /// The days from which on the citizen was enrolled in something, or no longer.
    turns: Vec<(i32, bool)>,
}

impl Ending {
    /// The last day of being enrolled, if that lies on the day or after it.
    pub(in crate::risk) fn left_after(&self, day: i32) -> Option<i32> {
        let ends = self.turns.iter().filter(|(from, enrolled)| *from > day && !enrolled);
        ends.map(|(from, _)| from - 1).min()
    }
}

/// Looks at citizens as of the last moment before a local day; what is denied at the moment `now` is
/// left out. Where nobody was enrolled because a history was imported ([`Knowing::Taken`]), everybody is
/// from the first reading on, which `begun` keeps from one index day to the next.
pub async fn known(
    store: &Store,
    features: &Features,
    citizens: &[CitizenNo],
    date: civil::Date,
    now: Micros,
    knowing: Knowing,
    begun: &mut BTreeMap<CitizenNo, i32>,
) -> Result<Vec<(CitizenNo, Looked)>, HomeError> {
    let outside = |_| HomeError::Days("there is no such day in this zone");
    let begin = date.to_zoned(store.zone().clone()).map_err(outside)?;
    let begin = Micros(begin.timestamp().as_microsecond());
    let as_of = Micros(begin.0 - 1);
    let offset = store.zone().to_offset(as_of.to_jiff()).seconds();
    let today = pulsvagt_analytics::summary::local_day(as_of.0, offset) + 1;
    // Before this moment versions of resources and plans have to be there.
    let until = if knowing == Knowing::Taken { now } else { begin };
    let (mut days, births, resources, plans, alerts) = tokio::try_join!(
        days_as_of(store, citizens, as_of, now, knowing),
        store.births(citizens),
        store.resources_then(citizens, until),
        store.plans_then(citizens, until),
        store.alerts_then(citizens, until)
    )?;
    let mut said = said(store, &resources);
    let mut opened: HashMap<CitizenNo, Vec<i32>> = HashMap::new();
    for alert in alerts {
        opened.entry(alert.citizen).or_default().push(local(store, alert.opened));
    }
    let mut found = Vec::with_capacity(citizens.len());
    for citizen in citizens {
        let said = said.remove(citizen).unwrap_or_default();
        let days = days.remove(citizen).unwrap_or_default();
        let versions = plans.get(citizen).map_or(&[][..], Vec::as_slice);
        let enrolled = match knowing {
            Knowing::Received => since(&turns(store, versions)?),
            Knowing::Taken => {
                let first = days.first().map(|day| day.day);
                first
                    .map(|first| *begun.entry(*citizen).or_insert(first))
                    .or_else(|| begun.get(citizen).copied())
            }
        };
        let stays: Vec<Stay> =
            said.stays.iter().filter(|it| it.from < today).map(|it| ended(*it, today)).collect();
        let is_dead = said.died.is_some_and(|died| died < today);
        let looked = if !said.is_known || is_dead || enrolled.is_none() {
            Looked::NotEnrolled
        } else if stays.iter().any(|it| it.is_in(today)) {
            Looked::InHospital
        } else {
            let (plan, plan_since) = match versions.last() {
                Some(version) => (parse(version)?, version.valid_from.0),
                None => (Plan::default(), 0),
            };
            let age = births.get(citizen).and_then(|born| age_years(*born, as_of));
            let nobody = Vec::new();
            let subject = Subject {
                as_of: as_of.0,
                offset,
                plan: &plan,
                plan_version: 0,
                plan_since,
                age_years: age,
                days: &days,
            };
            let alerts = opened.get(citizen).unwrap_or(&nobody).as_slice();
            let person = Person {
                subject,
                day: today,
                woman: said.woman,
                enrolled,
                stays: &stays,
                // Those of an imported history were never opened.
                alerts: (knowing == Knowing::Received).then_some(alerts),
            };
            let values = features.row(&person);
            Looked::Home(Known { day: today, values, woman: said.woman, age })
        };
        found.push((*citizen, looked));
    }
    Ok(found)
}

/// A stay as known before a day: an end that lies later was not.
pub(in crate::risk) fn ended(stay: Stay, today: i32) -> Stay {
    Stay { to: stay.to.filter(|to| *to < today), ..stay }
}

/// The courses of citizens as known at a moment. The day of the moment is not over, so it does not count.
pub(in crate::risk) async fn courses(
    store: &Store,
    citizens: &[CitizenNo],
    as_of: Micros,
    knowing: Knowing,
) -> Result<BTreeMap<CitizenNo, Ending>, StoreError> {
    let (resources, plans) =
        tokio::try_join!(store.resources_then(citizens, as_of), store.plans_then(citizens, as_of))?;
    let last = local(store, as_of) - 1;
    let mut endings = BTreeMap::new();
    for (citizen, said) in said(store, &resources) {
        let versions = plans.get(&citizen).map_or(&[][..], Vec::as_slice);
        let turns = match knowing {
            Knowing::Received => turns(store, versions)?,
            Knowing::Taken => Vec::new(),
        };
        endings.insert(citizen, Ending { stays: said.stays, died: said.died, last, turns });
    }
    Ok(endings)
}

pub(in crate::risk) fn local(store: &Store, at: Micros) -> i32 {
    let offset = store.zone().to_offset(at.to_jiff()).seconds();
    pulsvagt_analytics::summary::local_day(at.0, offset)
}

pub(in crate::risk) fn parse(version: &PlanThen) -> Result<Plan, StoreError> {
    serde_json::from_str(&version.body).map_err(|error| StoreError::damaged("plan", error))
}

/// From which days on the citizen was enrolled in something, or no longer.
pub(in crate::risk) fn turns(
    store: &Store,
    versions: &[PlanThen],
) -> Result<Vec<(i32, bool)>, StoreError> {
    let turn = |version: &PlanThen| {
        Ok((local(store, version.valid_from), !parse(version)?.programmes.is_empty()))
    };
    versions.iter().map(turn).collect()
}

/// Since when the citizen is enrolled without a break.
pub(in crate::risk) fn since(turns: &[(i32, bool)]) -> Option<i32> {
    turns.iter().fold(None, |since, (from, enrolled)| enrolled.then(|| since.unwrap_or(*from)))
}

/// What resources say, by citizen. What cannot be read says nothing.
pub(in crate::risk) fn said(
    store: &Store,
    resources: &[ResourceThen],
) -> BTreeMap<CitizenNo, Said> {
    let zone = store.zone();
    let mut all: BTreeMap<CitizenNo, Said> = BTreeMap::new();
    for resource in resources {
        let said = all.entry(resource.citizen).or_default();
        match resource.kind.as_str() {
            "Patient" => {
                let patient: Patient = serde_json::from_str(&resource.body).unwrap_or_default();
                said.is_known = true;
                said.died = patient.died(zone);
                said.woman = match patient.sex() {
                    Some(Sex::Female) => Some(true),
                    Some(Sex::Male) => Some(false),
                    _ => None,
                };
            }
            "Encounter" => {
                let encounter: Encounter = serde_json::from_str(&resource.body).unwrap_or_default();
                said.stays.extend(encounter.admission(zone).map(|it| Stay {
                    from: it.from,
                    to: it.to,
                    planned: it.acute == Some(false),
                }));
            }
            _ => {}
        }
    }
    all
}
