use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use pulsvagt_analytics::plan::Programme;
use pulsvagt_analytics::{Pack, Signal};
use serde_json::Value;

use super::standard;
use crate::plans::check;
use crate::plans::codes::{PROGRAMMES, signals};
use crate::simulate::{Density, Options, citizens, events};

/// What an Observation or a component of it is about.
fn measured(resource: &Value) -> BTreeSet<Signal> {
    let components = resource["component"].as_array().into_iter().flatten();
    std::iter::once(resource)
        .chain(components)
        .flat_map(|part| part["code"]["coding"].as_array().into_iter().flatten())
        .flat_map(|coding| {
            let text = |name: &str| coding[name].as_str().unwrap_or_default();
            signals(text("system"), text("code"))
        })
        .collect()
}

#[test]
fn every_standard_plan_is_acceptable_and_asks_for_something() {
    for (programme, code, ..) in PROGRAMMES {
        let plan = standard(&BTreeSet::from([programme]));
        assert_eq!(check(&plan, Pack::default_pack()), [], "{code}");
        assert_eq!(plan.cadence.is_empty(), programme == Programme::Frailty, "{code}");
    }
    let all = standard(&PROGRAMMES.iter().map(|(programme, ..)| *programme).collect());
    assert_eq!(check(&all, Pack::default_pack()), []);
    let of = |signal| all.cadence.iter().find(|cadence| cadence.signal == signal).expect("asked");
    assert_eq!(of(Signal::OxygenSaturation).every_hours, 24, "the shortest of several counts");
    assert_eq!(of(Signal::SystolicBloodPressure).every_hours, 24);
    assert!(of(Signal::BodyWeight).safety_critical && !of(Signal::Glucose).safety_critical);
}

#[test]
fn what_is_asked_for_is_what_simulated_citizens_do() {
    let options = Options {
        seed: 11,
        citizens: 40,
        days: 45,
        end: "2026-11-01T00:00:00+01:00".parse().expect("a time"),
        zone: TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone"),
        density: Density::Demo,
    };
    let mut times: BTreeMap<(u32, Signal), Vec<i64>> = BTreeMap::new();
    for event in events(&options) {
        let resource: Value = serde_json::from_str(&event.line).expect("JSON");
        for signal in measured(&resource) {
            let series = times.entry((event.citizen, signal)).or_default();
            series.push(event.truth.effective.as_second());
        }
    }
    let mut pauses: BTreeMap<Signal, (u32, u32)> = BTreeMap::new();
    for (index, citizen) in (0..).zip(citizens(&options)) {
        let programmes = citizen.programmes.iter().map(|programme| (*programme).into()).collect();
        for cadence in standard(&programmes).cadence {
            let name = cadence.signal.name();
            let series = times.get_mut(&(index, cadence.signal));
            let series = series.unwrap_or_else(|| panic!("{} never measures {name}", citizen.id));
            series.sort_unstable();
            let hours = i64::from(cadence.every_hours);
            let allowed = if hours <= 24 { hours * 3 / 2 } else { hours + 24 };
            let (all, long) = pauses.entry(cadence.signal).or_default();
            for pair in series.windows(2) {
                *all += 1;
                *long += u32::from(pair[1] - pair[0] > allowed * 3600);
            }
            assert!(series.len() > 1, "{} measures {name} once", citizen.id);
        }
    }
    assert!(pauses.len() >= 12, "{pauses:?}");
    for (signal, (all, long)) in pauses {
        // Citizens forget now and then; that is what silence is for.
        assert!(long * 4 < all, "{}: {long} of {all} pauses are too long", signal.name());
    }
}
