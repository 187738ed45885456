use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use pulsvagt_fhir::measure::HOME_REPORT_SYSTEM;

use super::*;

const LOINC: &str = "http://loinc.org";

fn options(seed: u64, citizens: u32, days: u32, end: &str) -> Options {
    // Denmark's rule written out, so that the tests need no time zone database.
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    Options { seed, citizens, days, end: end.parse().unwrap(), zone, density: Density::Demo }
}

fn lines(options: &Options) -> String {
    let mut text = String::new();
    for event in events(options) {
        text.push_str(&event.line);
        text.push('\n');
    }
    text
}

fn seconds(at: &str) -> i64 {
    at.parse::<Timestamp>().unwrap().as_second()
}

#[test]
fn the_seed_decides_every_byte() {
    let autumn = options(7, 40, 10, "2026-11-01T00:00:00+01:00");
    let again = autumn.clone();
    assert_eq!(lines(&autumn), lines(&again));
    assert_eq!(citizens(&autumn).collect::<Vec<_>>(), citizens(&again).collect::<Vec<_>>());
    assert_eq!(episodes(&autumn).collect::<Vec<_>>(), episodes(&again).collect::<Vec<_>>());
    let other = Options { seed: 8, ..autumn.clone() };
    assert_ne!(lines(&autumn), lines(&other));
    assert_ne!(citizens(&autumn).next(), citizens(&other).next());
}

#[test]
fn a_later_end_only_adds_to_what_was_there() {
    let short = options(3, 30, 5, "2026-06-10T00:00:00+02:00");
    let cut = options(3, 30, 5, "2026-06-09T13:30:00+02:00");
    let long = options(3, 30, 6, "2026-06-11T00:00:00+02:00");
    assert!(lines(&long).starts_with(&lines(&short)));
    assert!(lines(&short).starts_with(&lines(&cut)));
}

#[test]
fn every_line_is_an_observation_with_what_must_be_there() {
    let options = options(1, 60, 20, "2026-11-01T00:00:00+01:00");
    let ids: Vec<String> = citizens(&options).map(|citizen| citizen.id).collect();
    let mut last = Timestamp::MIN;
    let mut kinds = BTreeMap::<String, u32>::new();
    for event in events(&options) {
        let json: Value = serde_json::from_str(&event.line).unwrap();
        assert_eq!(json["resourceType"], "Observation");
        assert_eq!(json["status"], "final");
        let coding = json["code"]["coding"].as_array().unwrap();
        let told = coding[0]["system"] == HOME_REPORT_SYSTEM;
        assert!(told || coding.iter().any(|coding| coding["system"] == LOINC), "{json}");
        assert!(!told || json["category"][0]["coding"][0]["code"] == "survey", "{json}");
        let id = &ids[usize::try_from(event.citizen).unwrap()];
        assert_eq!(json["subject"]["reference"], format!("Patient/{id}"));
        let device = json["device"]["reference"].as_str().unwrap();
        assert!(device.starts_with(&format!("Device/{id}-")));
        let effective = [&json["effectiveDateTime"], &json["effectivePeriod"]["start"]];
        let effective = effective.into_iter().find_map(Value::as_str).unwrap();
        assert!(effective.ends_with("+01:00") || effective.ends_with("+02:00"));
        let clock = matches!(
            event.truth.fault,
            Some(Fault::ClockHours | Fault::ClockDays | Fault::ClockEpoch | Fault::ClockFuture)
        );
        assert_eq!(seconds(effective) != event.truth.effective.as_second(), clock, "{json}");
        let absent = json.to_string().contains("not-a-number");
        assert_eq!(absent, event.truth.fault == Some(Fault::NotANumber));
        assert!(absent || json["component"].is_array() || json["valueQuantity"].is_object());
        assert!(event.received >= event.truth.effective && event.received < options.end);
        assert!(event.received >= last, "not in upload order");
        last = event.received;
        assert!(!event.line.contains('\n') && !event.line.contains('@'));
        *kinds.entry(coding[0]["code"].to_string()).or_default() += 1;
    }
    assert!(kinds.len() > 20, "{kinds:?}");
}

#[test]
fn duplicates_are_the_lines_that_were_sent_before() {
    let options = options(11, 100, 30, "2026-04-10T00:00:00+02:00");
    let mut seen = HashSet::new();
    let (mut declared, mut found, mut late, mut all) = (0, 0, 0, 0);
    for event in events(&options) {
        all += 1;
        let known = !seen.insert(event.line);
        assert_eq!(known, event.truth.is_duplicate);
        found += u32::from(known);
        declared += u32::from(event.truth.is_duplicate);
        late += u32::from(event.truth.is_late);
    }
    assert_eq!(found, declared);
    assert!(declared > all / 500 && declared < all / 50, "{declared} of {all}");
    assert!(late > all / 100 && late < all / 10, "{late} of {all}");
}

#[test]
fn every_fault_happens() {
    let options = options(5, 200, 30, "2026-04-10T00:00:00+02:00");
    let faults: BTreeSet<_> = events(&options).filter_map(|event| event.truth.fault).collect();
    assert_eq!(faults.len(), 7, "{faults:?}");
}

/// Hourly heart rates of one night, with the offset that each was written with.
fn hourly(options: &Options, date: &str) -> Vec<Vec<String>> {
    let mut by_citizen = BTreeMap::<u32, BTreeSet<(Timestamp, String)>>::new();
    for event in events(options) {
        let json: Value = serde_json::from_str(&event.line).unwrap();
        let code = &json["code"]["coding"][0]["code"];
        let watch = json["device"]["reference"].as_str().unwrap().ends_with("-watch");
        if watch && code == "8867-4" {
            let at = json["effectiveDateTime"].as_str().unwrap().to_owned();
            if at.starts_with(date) {
                by_citizen.entry(event.citizen).or_default().insert((event.truth.effective, at));
            }
        }
    }
    by_citizen.into_values().map(|times| times.into_iter().map(|(_, at)| at).collect()).collect()
}

#[test]
fn the_night_when_clocks_go_back_has_25_hours() {
    let nights = hourly(&options(2, 60, 3, "2026-10-27T00:00:00+01:00"), "2026-10-25T");
    assert_eq!(nights.iter().map(Vec::len).max(), Some(25));
    let night = nights.iter().find(|night| night.len() == 25).unwrap();
    let offset = |at: &String| at[at.len() - 6..].to_owned();
    assert!(night[..3].iter().all(|at| offset(at) == "+02:00"));
    assert!(night[3..].iter().all(|at| offset(at) == "+01:00"));
    assert!(night[2].contains("T02:") && night[3].contains("T02:"));
}

#[test]
fn the_night_when_clocks_go_forward_has_23_hours() {
    let nights = hourly(&options(2, 60, 3, "2026-03-31T00:00:00+02:00"), "2026-03-29T");
    assert_eq!(nights.iter().map(Vec::len).max(), Some(23));
    let night = nights.iter().find(|night| night.len() == 23).unwrap();
    assert!(night[1].contains("T01:") && night[1].ends_with("+01:00"));
    assert!(night[2].contains("T03:") && night[2].ends_with("+02:00"));
}

#[test]
fn the_pulse_rests_at_night() {
    let (mut night, mut day) = (vec![], vec![]);
    for event in events(&options(4, 80, 7, "2026-06-10T00:00:00+02:00")) {
        let json: Value = serde_json::from_str(&event.line).unwrap();
        if json["code"]["coding"][0]["code"] == "8867-4" && event.truth.fault.is_none() {
            let value = json["valueQuantity"]["value"].as_f64().unwrap();
            match event.truth.effective.to_zoned(TimeZone::fixed(jiff::tz::offset(2))).hour() {
                0..5 => night.push(value),
                10..18 => day.push(value),
                _ => {}
            }
        }
    }
    assert!(mean(&day) - mean(&night) > 6.0);
}

fn mean(values: &[f64]) -> f64 {
    assert!(!values.is_empty());
    values.iter().sum::<f64>() / draw::real(i64::try_from(values.len()).unwrap())
}

/// A measure that a kind of episode moves: its LOINC codes, and by how much at least (or at most,
/// when negative) readings within a day of the peak differ from the same citizen's well days.
type Probe = (EpisodeKind, &'static [&'static str], f64);

#[test]
fn episodes_move_the_measures_the_right_way() {
    use EpisodeKind::{
        CopdExacerbation, HeartFailureDecompensation, Hyperglycaemia, Hypoglycaemia, Infection,
        PsychiatricRelapse,
    };
    const GLUCOSE: &[&str] = &["41653-7", "14743-9", "99504-3", "105272-9"];
    const PROBES: [Probe; 11] = [
        (CopdExacerbation, &["2708-6", "59408-5"], -1.5),
        (CopdExacerbation, &["9279-1"], 2.0),
        (HeartFailureDecompensation, &["29463-7"], 1.5),
        (Infection, &["40443-4"], 4.0),
        (Hypoglycaemia, GLUCOSE, -1.5),
        (Hyperglycaemia, GLUCOSE, 3.0),
        (PsychiatricRelapse, &["93832-4"], -1.2),
        (CopdExacerbation, &["dyspnoea-change"], 1.0),
        (CopdExacerbation, &["cough-change"], 0.8),
        (CopdExacerbation, &["sputum-colour"], 0.5),
        (PsychiatricRelapse, &["self-reported-change"], 0.8),
    ];
    let options = options(21, 300, 45, "2026-06-01T00:00:00+02:00");
    let mut courses = BTreeMap::<String, Vec<Episode>>::new();
    for course in episodes(&options) {
        assert!(course.onset < course.peak && course.peak < course.end);
        courses.entry(course.citizen.clone()).or_default().push(course);
    }
    // Per probe and citizen: values when well, and when ill.
    let mut values = BTreeMap::<(usize, u32), [Vec<f64>; 2]>::new();
    for event in events(&options).filter(|event| event.truth.fault.is_none()) {
        let Some(courses) = courses.get(&citizen_id(event.citizen)) else { continue };
        let at = event.truth.effective;
        let ill = courses.iter().any(|course| course.onset <= at && at < course.end);
        for (place, (kind, codes, _)) in PROBES.iter().enumerate() {
            let near = courses.iter().any(|course| {
                course.kind == *kind && at.duration_since(course.peak).as_secs().abs() < 86_400
            });
            let named = codes.iter().any(|code| event.line.contains(&format!("\"{code}\"")));
            if named && (near || !ill) {
                let value = canonical(&event.line);
                values.entry((place, event.citizen)).or_default()[usize::from(near)].push(value);
            }
        }
    }
    for (place, probe) in PROBES.iter().enumerate() {
        let shifts: Vec<f64> = values
            .iter()
            .filter(|((of, _), [well, ill])| *of == place && !well.is_empty() && !ill.is_empty())
            .map(|(_, [well, ill])| mean(ill) - mean(well))
            .collect();
        let shift = mean(&shifts);
        assert!(shift * probe.2.signum() > probe.2.abs(), "{probe:?}: {shift}");
    }
}

/// The value of a line, in percent, kilograms or mmol/L whatever the sender's unit.
fn canonical(line: &str) -> f64 {
    let json: Value = serde_json::from_str(line).unwrap();
    let value = json["valueQuantity"]["value"].as_f64().unwrap();
    match json["valueQuantity"]["code"].as_str() {
        Some("1") => value * 100.0,
        Some("[lb_av]") => value * 0.453_592_37,
        Some("mg/dL") => value / 18.016,
        _ => value,
    }
}

#[test]
fn answers_are_as_usual_but_for_episodes_and_a_day_in_fifty() {
    let options = options(21, 300, 45, "2026-06-01T00:00:00+02:00");
    let people: Vec<Citizen> = citizens(&options).collect();
    let mut courses = BTreeMap::<String, Vec<Episode>>::new();
    for course in episodes(&options) {
        courses.entry(course.citizen.clone()).or_default().push(course);
    }
    // Per citizen and moment: the answers of one morning.
    let mut sets = BTreeMap::<(u32, Timestamp), BTreeMap<String, i64>>::new();
    let (mut falls, mut confused) = (0, 0);
    let told = |event: &Event| event.line.contains(HOME_REPORT_SYSTEM);
    for event in events(&options).filter(|event| told(event) && !event.truth.is_duplicate) {
        let json: Value = serde_json::from_str(&event.line).unwrap();
        let coding = &json["code"]["coding"][0];
        assert_eq!(coding["system"], HOME_REPORT_SYSTEM);
        assert_ne!(event.truth.fault, Some(Fault::NotANumber));
        let person = &people[usize::try_from(event.citizen).unwrap()];
        let code = coding["code"].as_str().unwrap().to_owned();
        let value = json["valueQuantity"]["value"].as_i64().unwrap();
        let patient: Value = serde_json::from_str(&person.patient_json).unwrap();
        let born: i64 = patient["birthDate"].as_str().unwrap()[..4].parse().unwrap();
        match code.as_str() {
            "fall" => {
                assert!(value == 1 && 2026 - born >= 75);
                falls += 1;
            }
            "new-confusion" => confused += value,
            "self-reported-change" => {
                assert!(person.programmes.contains(&Programme::Psychiatry) && value <= 2);
            }
            _ => {
                assert!(person.programmes.contains(&Programme::Copd) && value <= 2);
                let set = sets.entry((event.citizen, event.truth.effective)).or_default();
                assert_eq!(set.insert(code, value), None);
            }
        }
    }
    let (mut well, mut off) = (0_i64, 0_i64);
    for ((citizen, at), set) in &sets {
        assert_eq!(set.len(), 4, "{set:?}");
        let courses = courses.get(&citizen_id(*citizen)).map_or(&[][..], Vec::as_slice);
        if courses.iter().all(|course| *at < course.onset || course.end <= *at) {
            well += 1;
            let sum: i64 = set.values().sum();
            assert!(sum <= 1, "{set:?}");
            off += sum;
        }
    }
    let share = draw::real(off) / draw::real(well);
    assert!(well > 2000 && (0.012..0.028).contains(&share), "{off} of {well}");
    assert!((2..40).contains(&falls) && confused > 0, "{falls} falls, {confused} confused");
}

#[test]
fn cpr_numbers_look_right_and_are_nobodys() {
    let options = options(99, 5_000, 1, "2026-06-01T00:00:00+02:00");
    let mut numbers = HashSet::new();
    for citizen in citizens(&options) {
        let json: Value = serde_json::from_str(&citizen.patient_json).unwrap();
        let cpr = json["identifier"][0]["value"].as_str().unwrap().to_owned();
        let born = json["birthDate"].as_str().unwrap();
        assert_eq!(cpr.len(), 10);
        assert_eq!(cpr[..6], [&born[8..], &born[5..7], &born[2..4]].concat());
        assert!(born.parse::<jiff::civil::Date>().is_ok() && !born.ends_with("-01-01"));
        let male = (cpr.as_bytes()[9] - b'0') % 2 == 1;
        assert_eq!(json["gender"], if male { "male" } else { "female" });
        assert!(born.starts_with("19") && cpr.as_bytes()[6] <= b'3');
        assert!(!profile::controlled(&cpr));
        assert!(numbers.insert(cpr));
        assert!(!citizen.programmes.is_empty());
        for device in &citizen.device_json {
            let device: Value = serde_json::from_str(device).unwrap();
            assert_eq!(device["resourceType"], "Device");
            assert!(device["id"].as_str().unwrap().starts_with(&citizen.id));
        }
    }
}

#[test]
fn decimals_are_written_as_they_are() {
    let write = |value, decimals| {
        let mut out = String::new();
        time::push_decimal(&mut out, value, decimals);
        out
    };
    assert_eq!(write(365, 1), "36.5");
    assert_eq!(write(-178, 1), "-17.8");
    assert_eq!(write(97, 2), "0.97");
    assert_eq!(write(100, 2), "1.00");
    assert_eq!(write(0, 0), "0");
}
