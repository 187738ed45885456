use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use pulsvagt_analytics::plan::{Cadence, Programme, Spo2Scale};
use pulsvagt_analytics::{Pack, Plan, Signal};
use pulsvagt_fhir::validate::{Context, validate};
use pulsvagt_fhir::{Document, Issue};
use serde_json::{Value as Json, json};

use super::codes::{self, PROGRAMMES, known_elsewhere, measure_of};
use super::timing::{self, Every};
use super::{FhirPlan, Setting, care_plan, check, is_in_force, is_ours, read};
use crate::clock::Micros;

const SINCE: Micros = Micros(1_767_225_600_000_000);

fn reread(json: &Json) -> Result<FhirPlan, Vec<Issue>> {
    let text = json.to_string();
    let document = Document::parse(text.as_bytes()).expect("JSON");
    let pack = Pack::default_pack();
    let setting = Setting { pack, zone: &TimeZone::UTC, base: "", goals: &[] };
    assert!(is_ours(document.root()) && is_in_force(document.root()));
    read(document.root(), "CarePlan", setting)
}

#[test]
fn programmes_have_the_names_that_plans_use() {
    for (programme, code, ..) in PROGRAMMES {
        assert_eq!(serde_json::to_value(programme).expect("a name"), code);
        assert_eq!(codes::programme(code), Some(programme));
    }
    assert_eq!(codes::programme(codes::NO_PROGRAMME), None);
}

#[test]
fn codes_lead_back_to_the_signals_they_stand_for() {
    for &signal in Signal::ALL {
        let measure = measure_of(signal).expect("a measure of that number");
        assert_eq!(measure.unit(), signal.unit(), "{}", signal.name());
        assert_eq!(codes::signals(codes::SIGNAL, signal.name()), [signal]);
        if let Some((system, code)) = known_elsewhere(signal) {
            assert_eq!(codes::signals(system, code), [signal], "{system} {code}");
        }
    }
    let pressure = [Signal::SystolicBloodPressure, Signal::DiastolicBloodPressure];
    assert_eq!(codes::signals("http://loinc.org", "85354-9"), pressure);
    assert_eq!(codes::signals("urn:oid:1.2.208.176.2.1", "NPU03804"), [Signal::BodyWeight]);
    assert_eq!(codes::signals("http://loinc.org", "8302-2"), []);
    assert_eq!(codes::signals("urn:x", "body_weight"), []);
}

#[test]
fn a_timing_comes_down_to_whole_hours() {
    let every = |timing: Json| {
        let text = timing.to_string();
        let document = Document::parse(text.as_bytes()).expect("JSON");
        timing::read(document.root(), &TimeZone::UTC).map_err(|not| not.place)
    };
    let of = |repeat: Json| every(json!({"repeat": repeat})).map(|every| every.hours);
    for (frequency, period, unit, hours) in [
        (1, json!(1), "d", 24),
        (2, json!(1), "d", 12),
        (4, json!(1), "d", 6),
        (1, json!(12), "h", 12),
        (1, json!(1), "wk", 168),
        (3, json!(1), "wk", 56),
        (2, json!(1.0), "wk", 84),
        (1, json!(1), "mo", 744),
        (24, json!(1), "d", 1),
    ] {
        let repeat = json!({"frequency": frequency, "period": period, "periodUnit": unit});
        assert_eq!(of(repeat.clone()), Ok(hours), "{repeat}");
    }
    assert_eq!(of(json!({"period": 2, "periodUnit": "d"})), Ok(48));
    for (repeat, place) in [
        (json!({"frequency": 5, "period": 1, "periodUnit": "d"}), "repeat"),
        (json!({"frequency": 1, "period": 3000, "periodUnit": "wk"}), "repeat"),
        (json!({"frequency": 1, "period": 4_294_967_295_u32, "periodUnit": "wk"}), "repeat"),
        (json!({"frequency": 0, "period": 1, "periodUnit": "d"}), "repeat.frequency"),
        (json!({"frequency": 1, "period": 1.5, "periodUnit": "d"}), "repeat.period"),
        (json!({"frequency": 1, "periodUnit": "d"}), "repeat.period"),
        (json!({"frequency": 1, "period": 30, "periodUnit": "min"}), "repeat.periodUnit"),
        (json!({"frequency": 1, "period": 1}), "repeat.periodUnit"),
        (
            json!({"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}),
            "repeat.frequencyMax",
        ),
        (json!({"period": 1, "periodUnit": "d", "when": ["MORN"]}), "repeat.when"),
        (
            json!({"period": 1, "periodUnit": "d", "boundsPeriod": {"end": "2026-02-01"}}),
            "repeat.boundsPeriod.end",
        ),
    ] {
        assert_eq!(of(repeat.clone()), Err(place.to_owned()), "{repeat}");
    }
    assert_eq!(every(json!({"code": {"text": "QD"}})), Err("repeat".to_owned()));
    assert_eq!(every(json!({"event": ["2026-01-01"]})), Err("event".to_owned()));
    let bounds = json!({"boundsPeriod": {"start": "2026-01-01"}, "period": 1, "periodUnit": "d"});
    assert_eq!(every(json!({"repeat": bounds})).expect("kept").from, Some(SINCE));
}

fn cadences() -> impl Strategy<Value = Vec<Cadence>> {
    let from = prop::option::of(946_684_800_000_000..4_102_444_800_000_000_i64);
    let one = (prop::sample::select(Signal::ALL), 1..=744_u16, from, any::<bool>());
    prop::collection::vec(one, 0..8).prop_map(|all| {
        let mut seen = BTreeSet::new();
        all.into_iter()
            .filter(|(signal, ..)| seen.insert(*signal))
            .map(|(signal, every_hours, from, safety_critical)| Cadence {
                signal,
                every_hours,
                from,
                safety_critical,
            })
            .collect()
    })
}

fn plans() -> impl Strategy<Value = Plan> {
    let programmes: Vec<Programme> = PROGRAMMES.iter().map(|(one, ..)| *one).collect();
    let limits = prop::option::of((1.5..2.0_f64, 2.0..5.0_f64)).prop_map(|pair| {
        pair.map_or_else(BTreeMap::new, |(yellow, red)| {
            BTreeMap::from([
                ("weight_gain_3d_yellow".to_owned(), yellow),
                ("weight_gain_3d_red".to_owned(), red),
            ])
        })
    });
    let baselines = prop::option::of((40.0..120.0_f64, 85.0..99.0_f64)).prop_map(|pair| {
        pair.map_or_else(BTreeMap::new, |(pulse, saturation)| {
            BTreeMap::from([(Signal::HeartRate, pulse), (Signal::OxygenSaturation, saturation)])
        })
    });
    let scale = prop::sample::select(vec![Spo2Scale::One, Spo2Scale::Two]);
    let programmes = prop::collection::btree_set(prop::sample::select(programmes), 0..4);
    (programmes, cadences(), limits, scale, any::<bool>(), baselines).prop_map(
        |(programmes, cadence, limits, spo2_scale, oxygen, baselines)| Plan {
            programmes,
            cadence,
            limits,
            spo2_scale,
            oxygen,
            baselines,
        },
    )
}

proptest! {
    #[test]
    fn a_plan_survives_the_way_through_fhir(plan in plans()) {
        prop_assert_eq!(check(&plan, Pack::default_pack()), []);
        let json = care_plan(&plan, "plan-ane", "ane", SINCE, Pack::default_pack());
        let text = json.to_string();
        let document = Document::parse(text.as_bytes()).expect("JSON");
        let mut issues = Vec::new();
        validate(document.root(), "CarePlan", Context::default(), &mut issues);
        prop_assert!(issues.is_empty(), "{:?}", issues);
        let read = reread(&json).expect("our own words");
        prop_assert_eq!(read.warnings, []);
        prop_assert_eq!(read.plan, plan);
    }
}

#[test]
fn places_are_those_of_the_elements_that_say_it() {
    let mut plan = Plan::default();
    plan.limits.insert("weight_gain_3d_red".to_owned(), 2.5);
    plan.baselines.insert(Signal::HeartRate, 60.0);
    plan.cadence.push(Cadence {
        signal: Signal::Glucose,
        every_hours: 6,
        from: None,
        safety_critical: false,
    });
    let json = care_plan(&plan, "plan-ane", "ane", SINCE, Pack::default_pack());
    let read = reread(&json).expect("our own words");
    for (pointer, place) in [
        ("/limits/weight_gain_3d_red", "CarePlan.contained[0].target[0].detail"),
        ("/cadence/0/everyHours", "CarePlan.activity[0].detail.scheduled"),
        ("/cadence/0/signal", "CarePlan.activity[0].detail.code"),
        ("/baselines/heart_rate", "CarePlan.extension[2]"),
        ("/limits/weight_gain_3d_yellow", "CarePlan"),
        ("", "CarePlan"),
    ] {
        assert_eq!(read.place_of(pointer), place, "{pointer}");
    }
}

#[test]
fn hours_are_written_as_people_say_them() {
    let said = |hours| {
        let repeat = timing::write(Every { hours, from: None })["repeat"].clone();
        let number = |name: &str| repeat[name].as_u64().expect("a number");
        let unit = repeat["periodUnit"].as_str().expect("a unit").to_owned();
        (number("frequency"), number("period"), unit)
    };
    assert_eq!(said(24), (1, 1, "d".to_owned()));
    assert_eq!(said(6), (4, 1, "d".to_owned()));
    assert_eq!(said(48), (1, 2, "d".to_owned()));
    assert_eq!(said(336), (1, 2, "wk".to_owned()));
    assert_eq!(said(56), (1, 56, "h".to_owned()));
}
