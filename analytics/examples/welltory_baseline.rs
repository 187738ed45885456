//! Rules on resting heart rate on real wearable data.
//!
//! ```text
//! cargo run -p pulsvagt-analytics --example welltory_baseline -- FOLDER
//! ```
//!
//! `FOLDER` holds `wearables.csv` and `participants.csv` of Welltory's open data (CC0, consenting
//! volunteers). Prints JSON: for each rule of `welltory_baseline.toml`, how many onsets of symptoms
//! it could and did alert, and on how many days it alerts otherwise. Screening is the live engine
//! over a replay: one pass per person, as of the end of each day with a resting heart rate.
//!
//! What is decided here:
//!
//! - `resting_pulse`, the vendor's value of the day, stands for the night mean.
//! - An onset can be detected if a rule could be evaluated on any day from 10 days before until 7
//!   days after it, and is if the rule fired on one of them.
//! - All other days of all people are away from an onset, though nobody verified that they were
//!   healthy. The rate is days with an alert per 30 days on which the rule could be evaluated.
//!
//! The people are few, self-selected and not the chronic citizens that this is for: the numbers
//! show that the features are the published ones, and how much persistence saves.
#![expect(clippy::print_stdout, reason = "the result is printed")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use jiff::civil::Date;
use pulsvagt_analytics::evaluation::{Proportion, Rate};
use pulsvagt_analytics::replay::{Known, Moment, Replay, Version, screen_over};
use pulsvagt_analytics::{Outcome, Pack, Plan, Sample, Signal};
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// Days around an onset in which an alert counts for it.
const WINDOW: std::ops::RangeInclusive<i32> = -10..=7;

/// What one rule did.
#[derive(Default)]
struct Tally {
    evaluable: BTreeSet<usize>,
    detected: BTreeSet<usize>,
    /// By person: days with an alert, and days on which the rule could be evaluated.
    away: BTreeMap<usize, (u32, u32)>,
}

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).map(PathBuf::from);
    let folder = folder.ok_or("usage: welltory_baseline FOLDER")?;
    let mut pulses: BTreeMap<String, BTreeMap<i32, f64>> = BTreeMap::new();
    for row in rows(&folder.join("wearables.csv"), ["user_code", "day", "resting_pulse"])? {
        let [person, day, pulse] = row;
        if !pulse.is_empty() {
            pulses.entry(person).or_default().insert(day_number(day.parse()?), pulse.parse()?);
        }
    }
    let mut onsets = BTreeMap::new();
    for [person, onset] in rows(&folder.join("participants.csv"), ["user_code", "symptoms_onset"])?
    {
        if !onset.is_empty() {
            onsets.insert(person, day_number(Date::strptime("%m/%d/%Y", &onset)?));
        }
    }

    let pack = Pack::parse(include_str!("welltory_baseline.toml"))?;
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for (person, (name, days)) in pulses.iter().enumerate() {
        let mut replays = [replay(days)];
        let end = |day: &i32| Moment { as_of: i64::from(*day) * DAY + DAY - 1, offset: 0 };
        let moments: Vec<Moment> = days.keys().map(end).collect();
        let plan = Plan::default();
        let known = Known { plan: &plan, plan_version: 0, plan_since: 0, age_years: None };
        screen_over(
            &mut replays,
            &moments,
            &pack,
            |_, _| Some(known),
            |_, place, screening| {
                let from_onset = onsets
                    .get(name)
                    .zip(days.keys().nth(place))
                    .map(|(onset, day)| day.saturating_sub(*onset));
                for verdict in &screening.verdicts {
                    let tally = tallies.entry(verdict.rule.as_ref().to_owned()).or_default();
                    if verdict.outcome == Outcome::NotEvaluable {
                        continue;
                    }
                    let fired = verdict.outcome >= Outcome::Blue;
                    if from_onset.is_some_and(|days| WINDOW.contains(&days)) {
                        tally.evaluable.insert(person);
                        if fired {
                            tally.detected.insert(person);
                        }
                    } else {
                        let away = tally.away.entry(person).or_default();
                        away.0 += u32::from(fired);
                        away.1 += 1;
                    }
                }
            },
        )?;
    }

    let count = |people: &BTreeSet<usize>| u64::try_from(people.len()).unwrap_or(u64::MAX);
    let results: Vec<_> = pack
        .rules()
        .iter()
        .filter_map(|rule| {
            let tally = tallies.get(&*rule.id)?;
            let months = |days: u32| f64::from(days) / 30.0;
            let away =
                tally.away.values().map(|(alerts, days)| (u64::from(*alerts), months(*days)));
            let away: Vec<(u64, f64)> = away.collect();
            Some(json!({
                "rule": &*rule.id,
                "onsets_detected": Proportion::new(count(&tally.detected), count(&tally.evaluable)),
                "alert_days_per_30": Rate::clustered(&away),
            }))
        })
        .collect();
    let days: usize = pulses.values().map(BTreeMap::len).sum();
    println!("{:#}", json!({ "people": pulses.len(), "days": days, "rules": results }));
    Ok(())
}

/// The values of a person, taken at noon and received at once.
fn replay(days: &BTreeMap<i32, f64>) -> Replay {
    Replay::new((0..).zip(days).map(|(identity, (day, value))| {
        let at = i64::from(*day) * DAY + 12 * HOUR;
        let sample = Sample {
            signal: Signal::RestingHeartRate,
            at,
            offset: 0,
            span: 0,
            value: *value,
            is_day_total: false,
            received: at,
            identity,
        };
        Version { day: *day, sample, replaced: None }
    }))
}

/// Days since 1970.
fn day_number(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

/// Some columns of a CSV file; the fields wanted hold no commas, and no field holds a line feed.
fn rows<const N: usize>(path: &PathBuf, columns: [&str; N]) -> Result<Vec<[String; N]>> {
    let text = fs::read_to_string(path)?;
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().ok_or("the file is empty")?;
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = names.iter().position(|name| *name == column);
        *place = found.ok_or_else(|| format!("{} has no column {column}", path.display()))?;
    }
    let field = |line: &[&str], place: usize| {
        line.get(place).map_or_else(String::new, |field| field.trim_matches('"').to_owned())
    };
    Ok(lines.map(|line| places.map(|place| field(&line, place))).collect())
}
