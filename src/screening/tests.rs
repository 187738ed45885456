use std::collections::BTreeSet;

use pulsvagt_analytics::plan::{Cadence, Plan};
use pulsvagt_analytics::summary::Held;
use pulsvagt_analytics::{Day, Pack, Sample, Signal, summary};

use super::evaluate::{Subject, evaluate};
use super::packs::Packs;
use super::summarise::{slices, summarise};
use super::{DEFAULT_PACK, next_time};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::plans::PlanInForce;
use crate::store::samples::Placed;

const HOUR: i64 = 3_600 * 1_000_000;
const DAY: i32 = 20_453;
/// Noon of that day, by a wall clock that shows UTC.
const NOON: i64 = DAY as i64 * 24 * HOUR + 12 * HOUR;
const SECOND: i64 = 1_000_000;

fn sample(signal: Signal, at: i64, value: f64) -> Sample {
    Sample {
        signal,
        at,
        offset: 0,
        span: 0,
        value,
        is_day_total: false,
        received: at,
        identity: at.cast_unsigned(),
    }
}

fn subject(citizen: i32, samples: &[Sample], plan: Option<Plan>) -> Subject {
    let summaries = summary::summarise(samples);
    let days = if summaries.is_empty() { Vec::new() } else { vec![Day { day: DAY, summaries }] };
    Subject {
        citizen: CitizenNo(citizen),
        plan: plan.map(|plan| PlanInForce { plan, version: 1, since: Micros(NOON - 240 * HOUR) }),
        age_years: Some(80.0),
        days,
    }
}

fn weighing(every_hours: u16) -> Plan {
    let signal = Signal::BodyWeight;
    let cadence = Cadence { signal, every_hours, from: None, safety_critical: false };
    Plan { cadence: vec![cadence], ..Plan::default() }
}

#[test]
fn the_default_pack_is_the_text_that_municipalities_get() {
    let pack = Pack::parse(DEFAULT_PACK).expect("valid");
    assert_eq!(pack.hash(), Pack::default_pack().hash());
}

#[test]
fn a_backlog_is_cut_into_pieces_and_nothing_is_left_out() {
    let touched = vec![
        (CitizenNo(1), vec![1, 2, 3]),
        (CitizenNo(2), vec![]),
        (CitizenNo(3), (0..25).collect()),
    ];
    let pieces = slices(&touched, 10);
    let sizes: Vec<usize> =
        pieces.iter().map(|piece| piece.iter().map(|(_, days)| days.len()).sum()).collect();
    assert_eq!(sizes, [10, 10, 8]);
    let all: BTreeSet<(CitizenNo, i32)> = pieces
        .iter()
        .flatten()
        .flat_map(|(citizen, days)| days.iter().map(|day| (*citizen, *day)))
        .collect();
    assert_eq!(all.len(), 28);
    assert_eq!(slices(&[], 10), Vec::<super::Touched>::new());
    assert_eq!(slices(&[(CitizenNo(1), vec![5])], 0).len(), 1, "no size is no reason to hang");
}

#[test]
fn exactly_the_touched_days_are_summarised() {
    let placed = |citizen, day| Placed {
        citizen: CitizenNo(citizen),
        day,
        sample: sample(Signal::BodyWeight, NOON, 80.0),
    };
    let touched = [(CitizenNo(1), vec![DAY - 1, DAY])];
    let found = summarise(&touched, &[placed(1, DAY), placed(1, DAY + 1), placed(2, DAY)]);
    let found: Vec<_> =
        found.iter().map(|new| (new.citizen.0, new.day, new.summaries.len())).collect();
    assert_eq!(found, [(1, DAY - 1, 0), (1, DAY, 1)]);
}

#[test]
fn the_next_look_is_when_something_can_have_changed() {
    let as_of = Micros(NOON);
    // Nothing agreed and nothing measured: nothing can change.
    assert_eq!(next_time(&subject(1, &[], None), as_of), None);
    // Daily weighing: a day and a half after the last one, but the reading is old before that.
    let weight = [sample(Signal::BodyWeight, NOON - 10 * HOUR, 80.0)];
    let at = |hours: i64| Some(Micros(NOON + hours * HOUR + SECOND));
    assert_eq!(next_time(&subject(1, &weight, Some(weighing(24))), as_of), at(14));
    let later = Micros(NOON + 15 * HOUR);
    assert_eq!(next_time(&subject(1, &weight, Some(weighing(24))), later), at(26));
    assert_eq!(next_time(&subject(1, &weight, Some(weighing(168))), later), at(62));
    // Silence that lasts is looked at again, in time for the levels that grow with it.
    let silent = subject(1, &[], Some(weighing(24)));
    assert_eq!(next_time(&silent, as_of), Some(Micros(NOON + 6 * HOUR)));
    // Never at once, or one citizen would keep everybody busy.
    let edge = Micros(NOON + 14 * HOUR);
    assert_eq!(next_time(&subject(1, &weight, None), edge), Some(Micros(edge.0 + HOUR / 6)));
}

#[test]
fn a_confirmed_level_is_looked_at_when_it_has_lasted_a_day() {
    let mut held = subject(1, &[sample(Signal::Glucose, NOON, 2.5)], None);
    held.days[0].summaries[0].held_low = Some(Held { level: 2.8, at: NOON - 20 * HOUR });
    assert_eq!(next_time(&held, Micros(NOON)), Some(Micros(NOON + 4 * HOUR + SECOND)));
}

#[test]
fn nobody_is_changed_by_who_else_is_screened() {
    let packs =
        Packs { active: Pack::default_pack().clone(), shadows: vec![Pack::default_pack().clone()] };
    let subjects: Vec<Subject> = (0..7_i32)
        .map(|n| {
            let weight = sample(Signal::BodyWeight, NOON - HOUR, 60.0 + f64::from(n));
            let odd =
                sample(Signal::Glucose, NOON - HOUR, [2.0, f64::NAN][usize::from(n % 2 == 1)]);
            subject(n, &[weight, odd], (n % 3 == 0).then(|| weighing(24)))
        })
        .collect();
    let all = evaluate(&subjects, Micros(NOON), 0, &packs).expect("evaluated");
    assert_eq!(all.len(), subjects.len());
    for (subject, among_all) in subjects.iter().zip(&all) {
        let alone = evaluate(std::slice::from_ref(subject), Micros(NOON), 0, &packs);
        let alone = alone.expect("evaluated").remove(0);
        let json = |screening| serde_json::to_string(screening).expect("json");
        assert_eq!(json(&alone.screening), json(&among_all.screening));
        assert_eq!(json(&among_all.screening), json(&among_all.shadows[0]));
        assert_eq!((alone.citizen, alone.next), (among_all.citizen, among_all.next));
    }
}
