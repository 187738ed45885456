//! On which days something happened to a citizen.

use super::definition::{Admission, Event};
use super::preventable;
use super::world::{Citizen, Days, Enrolment, Known, of};
use super::{Date, Gap, Sequence};
use crate::plan::Programme;

/// A programme as it is written.
pub(super) const fn programme(programme: Programme) -> &'static str {
    match programme {
        Programme::Copd => "copd",
        Programme::HeartFailure => "heart-failure",
        Programme::Diabetes => "diabetes",
        Programme::Hypertension => "hypertension",
        Programme::ElderlyInfection => "elderly-infection",
        Programme::Psychiatry => "psychiatry",
        Programme::Frailty => "frailty",
    }
}

/// The days on which an event happened, ascending, none twice.
pub(super) fn days(event: &Event, known: &Known, citizen: &Citizen) -> Vec<i32> {
    let id = citizen.citizen;
    let mut days: Vec<i32> = match event {
        Event::Diagnosis(codes) => {
            let is_one = |code: &str| codes.iter().any(|it| code.starts_with(it.as_str()));
            let found = of(&known.diagnoses, id).filter(|(_, code)| is_one(code));
            found.map(|(day, _)| *day).collect()
        }
        Event::Admission(admission) => admissions(admission, known, citizen),
        Event::Enrolment(programmes) => {
            let found = of(&known.enrolments, id).filter(|it| is_in(it, programmes));
            found.map(|it| it.from).collect()
        }
        Event::Alert(alert) => {
            let found = of(&known.alerts, id).filter(|(_, problem, severity)| {
                is_any(&alert.problem, problem)
                    && (alert.severity.is_empty()
                        || alert.severity.iter().any(|it| it.name() == severity))
            });
            found.map(|(day, ..)| *day).collect()
        }
        Event::Finding(finding) => {
            let found = of(&known.findings, id).filter(|(_, rule, level)| {
                is_any(&finding.rule, rule)
                    && (finding.level.is_empty()
                        || finding.level.iter().any(|it| it.name() == level))
            });
            found.map(|(day, ..)| *day).collect()
        }
        Event::Measured(measured) => match known.days.get(&measured.what) {
            None => Vec::new(),
            Some(days) => {
                let is_in = |value: f64| {
                    measured.from.is_none_or(|from| value >= from)
                        && measured.to.is_none_or(|to| value <= to)
                };
                let found = days.of(id).filter(|place| is_in(days.value[*place]));
                found.map(|place| days.day[place]).collect()
            }
        },
        Event::Death(_) => citizen.died.into_iter().collect(),
    };
    days.sort_unstable();
    days.dedup();
    days
}

fn is_any(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|it| it == name)
}

fn is_in(enrolment: &Enrolment, programmes: &[Programme]) -> bool {
    programmes.is_empty() || programmes.iter().any(|it| programme(*it) == enrolment.programme)
}

fn admissions(admission: &Admission, known: &Known, citizen: &Citizen) -> Vec<i32> {
    let set = admission.set.as_deref().and_then(preventable::set);
    let is_one = |stay: &super::world::Stay| {
        if admission.acute.is_some() && admission.acute != stay.acute {
            return false;
        }
        let Some(code) = &stay.code else {
            return admission.codes.is_empty() && admission.set.is_none();
        };
        if !admission.codes.is_empty() {
            return admission.codes.iter().any(|it| code.starts_with(it.as_str()));
        }
        let Some(set) = set else { return admission.set.is_none() };
        let last = stay.to.unwrap_or(stay.from);
        let during = |day: i32| (stay.from..=last).contains(&day);
        let others = of(&known.diagnoses, citizen.citizen).filter(|(day, _)| during(*day));
        let others: Vec<&str> = others.map(|(_, code)| code.as_str()).collect();
        let (age, acute) = (age(citizen, stay.from), stay.acute);
        set.contains(&preventable::Stay { code, others: &others, age, acute }) == Some(true)
    };
    of(&known.admissions, citizen.citizen).filter(|it| is_one(it)).map(|it| it.from).collect()
}

/// Completed years on a day.
pub(super) fn age(citizen: &Citizen, day: i32) -> Option<i32> {
    Some(Date::from_day(citizen.born?)?.years_until(Date::from_day(day)?))
}

/// The days of an uninterrupted enrolment around a day, both ends within.
pub(super) fn enrolled(
    known: &Known,
    citizen: u32,
    programmes: &[Programme],
    day: i32,
) -> Option<(i32, i32)> {
    let mut around = None;
    loop {
        let before = around;
        for enrolment in of(&known.enrolments, citizen).filter(|it| is_in(it, programmes)) {
            let (from, to) = around.unwrap_or((day, day));
            let touches = match around {
                None => enrolment.from <= day && day <= enrolment.to,
                Some(_) => {
                    enrolment.from <= to.saturating_add(1) && enrolment.to >= from.saturating_sub(1)
                }
            };
            if touches && enrolment.from <= enrolment.to {
                around = Some((from.min(enrolment.from), to.max(enrolment.to)));
            }
        }
        if around == before {
            return around;
        }
    }
}

/// How many of the days lie in the range.
pub(super) fn count(days: &[i32], (from, to): (i32, i32)) -> u32 {
    let within = slice(days, from, to).len();
    u32::try_from(within).unwrap_or(u32::MAX)
}

/// The days in the range.
pub(super) fn slice(days: &[i32], from: i32, to: i32) -> &[i32] {
    let start = days.partition_point(|day| *day < from);
    let end = days.partition_point(|day| *day <= to);
    &days[start..end.max(start)]
}

/// Whether events came in an order within a window.
pub(super) fn in_order(sequence: &Sequence, known: &Known, citizen: &Citizen, index: i32) -> bool {
    let (from, to) = sequence.within.around(index);
    let mut reached: Option<Vec<i32>> = None;
    for event in &sequence.of {
        let all = days(event, known, citizen);
        let within = slice(&all, from, to);
        let next: Vec<i32> = match &reached {
            None => within.to_vec(),
            Some(before) => {
                within.iter().copied().filter(|day| follows(before, sequence.gap, *day)).collect()
            }
        };
        if next.is_empty() {
            return false;
        }
        reached = Some(next);
    }
    true
}

/// Whether the day lies in the gap after one of those before.
fn follows(before: &[i32], gap: Gap, day: i32) -> bool {
    before.iter().any(|before| {
        let (from, to) = gap.after(*before);
        (from..=to).contains(&day)
    })
}

/// Whether a measure has any days.
pub(super) fn is_empty(days: Option<&Days>) -> bool {
    days.is_none_or(|days| days.day.is_empty())
}
