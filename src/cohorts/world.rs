//! Citizens as they were known at a moment, as rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pulsvagt_analytics::cohort::{
    AdmissionRow, CitizenRow, Date, DayRow, Definition, DiagnosisRow, EnrolmentRow, Level, Rows,
};
use pulsvagt_analytics::plan::Programme;
use pulsvagt_analytics::{Day, Plan, Sample, summary};

use super::CohortError;
use super::read::{Condition, Encounter, Patient, day};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::cohorts::{PlanThen, ResourceThen};
use crate::store::samples::ReplaySample;
use crate::store::{Store, StoreError};

/// How many citizens are read at a time.
const TOGETHER: u32 = 200;

const DAY: i64 = 86_400 * 1_000_000;

/// Reads everybody but those whose data must not be processed, and those who deny it.
pub(super) async fn read(
    store: &Store,
    definition: &Definition,
    as_of: Micros,
    last: Date,
    denied: &BTreeSet<CitizenNo>,
    seen: impl Fn(u64) + Send,
) -> Result<Rows, CohortError> {
    let (mut rows, measures) = (Rows::default(), definition.measures());
    let first = definition.first_day_of_measures();
    let mut after = CitizenNo(i32::MIN);
    loop {
        let mut citizens = store.citizens_after(after, TOGETHER).await?;
        let Some(newest) = citizens.last() else { break };
        after = *newest;
        let read = citizens.len();
        citizens.retain(|citizen| !denied.contains(citizen));
        let (resources, plans, alerts, findings) = tokio::try_join!(
            store.resources_then(&citizens, as_of),
            store.plans_then(&citizens, as_of),
            store.alerts_then(&citizens, as_of),
            store.findings_then(&citizens, as_of)
        )?;
        let known = resources_of(store, &resources, last, &mut rows);
        for (citizen, plans) in &plans {
            enrolments(store, *citizen, plans, &mut rows)?;
        }
        let local = |at: Micros| day(&at.to_jiff().to_string(), store.zone());
        for alert in alerts {
            let level = match alert.worst {
                0 => Level::Red,
                1 => Level::Yellow,
                _ => Level::Blue,
            };
            let day = local(alert.opened);
            rows.alerts.extend(day.map(|day| (number(alert.citizen), day, alert.problem, level)));
        }
        for finding in findings {
            let level = match finding.level {
                3 => Level::Red,
                2 => Level::Yellow,
                _ => Level::Blue,
            };
            let day = local(finding.at);
            rows.findings
                .extend(day.map(|day| (number(finding.citizen), day, finding.rule, level)));
        }
        if !measures.is_empty() {
            let known: Vec<CitizenNo> =
                citizens.iter().copied().filter(|it| known.contains(it)).collect();
            days(store, &known, &measures, (first, last.day()), as_of, &mut rows).await?;
        }
        seen(u64::try_from(read).unwrap_or(0));
    }
    // Whoever was not yet known then is nobody.
    let known: BTreeSet<u32> = rows.citizens.iter().map(|it| it.citizen).collect();
    rows.enrolments.retain(|it| known.contains(&it.citizen));
    rows.alerts.retain(|it| known.contains(&it.0));
    rows.findings.retain(|it| known.contains(&it.0));
    Ok(rows)
}

fn number(citizen: CitizenNo) -> u32 {
    citizen.0.cast_unsigned()
}

/// Takes resources in, and says whose Patient was known.
fn resources_of(
    store: &Store,
    resources: &[ResourceThen],
    last: Date,
    rows: &mut Rows,
) -> BTreeSet<CitizenNo> {
    let zone = store.zone();
    let mut known = BTreeMap::new();
    let mut codes: HashMap<(CitizenNo, &str), String> = HashMap::new();
    // What cannot be read says nothing; an error of serde would quote it.
    for resource in resources {
        match resource.kind.as_str() {
            "Patient" => {
                let patient: Patient = serde_json::from_str(&resource.body).unwrap_or_default();
                known.entry(resource.citizen).or_insert_with(|| CitizenRow {
                    citizen: number(resource.citizen),
                    born: patient.born(zone),
                    sex: patient.sex(),
                    municipality: store.code().as_str().to_owned(),
                    died: patient.died(zone).filter(|day| *day <= last.day()),
                    left: None,
                });
            }
            "Condition" => {
                let condition: Condition = serde_json::from_str(&resource.body).unwrap_or_default();
                if let Some(code) = condition.code() {
                    codes.insert((resource.citizen, resource.id.as_str()), code);
                }
                let diagnosis = condition.diagnosis(zone).filter(|(day, _)| *day <= last.day());
                rows.diagnoses.extend(diagnosis.map(|(day, code)| DiagnosisRow {
                    citizen: number(resource.citizen),
                    day,
                    code,
                }));
            }
            _ => {}
        }
    }
    for resource in resources.iter().filter(|it| it.kind == "Encounter") {
        let encounter: Encounter = serde_json::from_str(&resource.body).unwrap_or_default();
        let admission = encounter.admission(zone).filter(|it| it.from <= last.day());
        rows.admissions.extend(admission.map(|it| {
            let named = it.condition.as_deref();
            let named = named.and_then(|id| codes.get(&(resource.citizen, id))).cloned();
            AdmissionRow {
                citizen: number(resource.citizen),
                from: it.from,
                to: it.to.filter(|to| *to <= last.day()),
                acute: it.acute,
                code: named.or(it.code),
            }
        }));
    }
    let whose = known.keys().copied().collect();
    rows.citizens.extend(known.into_values());
    rows.diagnoses.retain(|it| !it.code.is_empty());
    whose
}

/// The programmes of each plan, from its day until the day before the next one's.
fn enrolments(
    store: &Store,
    citizen: CitizenNo,
    plans: &[PlanThen],
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let local = |at: Micros| day(&at.to_jiff().to_string(), store.zone());
    let mut open: BTreeMap<Programme, i32> = BTreeMap::new();
    let close = |programme, from, to: Option<i32>, rows: &mut Rows| {
        rows.enrolments.push(EnrolmentRow { citizen: number(citizen), programme, from, to });
    };
    for plan in plans {
        let Some(from) = local(plan.valid_from) else { continue };
        let parsed: Plan =
            serde_json::from_str(&plan.body).map_err(|error| StoreError::damaged("plan", error))?;
        let ended: Vec<Programme> =
            open.keys().copied().filter(|it| !parsed.programmes.contains(it)).collect();
        for programme in ended {
            if let Some(began) = open.remove(&programme)
                && began < from
            {
                close(programme, began, Some(from - 1), rows);
            }
        }
        for programme in parsed.programmes {
            open.entry(programme).or_insert(from);
        }
    }
    for (programme, began) in open {
        close(programme, began, None, rows);
    }
    Ok(())
}

/// The days of measures, from the readings that were known then.
async fn days(
    store: &Store,
    citizens: &[CitizenNo],
    measures: &BTreeSet<&'static str>,
    (first, last): (Option<i32>, i32),
    as_of: Micros,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    // A reading's local day may differ from that of UTC, and a sleep began the day before.
    let from = first.map_or(0, |first| i64::from(first.saturating_sub(3)) * DAY);
    let versions = store.readings_over_time(citizens, Micros(from), as_of, as_of).await?;
    // It takes long; other tasks are moved to other threads meanwhile.
    tokio::task::block_in_place(|| summarised(versions, measures, (first, last), as_of, rows));
    Ok(())
}

/// The days of measures of readings, of those versions that were known.
fn summarised(
    versions: Vec<ReplaySample>,
    measures: &BTreeSet<&'static str>,
    (first, last): (Option<i32>, i32),
    as_of: Micros,
    rows: &mut Rows,
) {
    let mut samples: BTreeMap<(CitizenNo, i32), Vec<Sample>> = BTreeMap::new();
    for version in versions {
        let is_known = version.sample.received < as_of.0
            && version.replaced.is_none_or(|replaced| replaced.0 >= as_of.0);
        let in_time = version.day <= last && first.is_none_or(|first| version.day >= first);
        if is_known && in_time {
            samples.entry((version.citizen, version.day)).or_default().push(version.sample);
        }
    }
    for ((citizen, day), samples) in samples {
        let day = Day { day, summaries: summary::summarise(&samples) };
        rows.days.extend(DayRow::of(number(citizen), &day, measures));
    }
}
