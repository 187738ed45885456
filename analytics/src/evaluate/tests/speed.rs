//! How long screening takes. Worth nothing without optimisation:
//!
//! ```text
//! cargo test --release -p pulsvagt-analytics --lib speed -- --ignored --nocapture
//! ```

use std::time::Instant;

use super::*;
use crate::summary::DaySummary;

/// Citizens of a batch.
const BATCH: usize = 5_000;

/// 90 days of ten signals, no two citizens alike.
fn citizen(number: usize) -> Vec<Day> {
    let signals = [
        Signal::HeartRate,
        Signal::RestingHeartRate,
        Signal::RespiratoryRate,
        Signal::OxygenSaturation,
        Signal::BodyTemperature,
        Signal::BodyWeight,
        Signal::SystolicBloodPressure,
        Signal::DiastolicBloodPressure,
        Signal::Steps,
        Signal::SleepDuration,
    ];
    let mut state = u64::try_from(number).unwrap() * 2 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        f64::from(u16::try_from(state >> 48).unwrap()) / 65_536.0
    };
    (TODAY - 89..=TODAY)
        .map(|day| Day {
            day,
            summaries: signals
                .iter()
                .map(|signal| -> DaySummary { summary(*signal, day, 60.0 + 20.0 * next()) })
                .collect(),
        })
        .collect()
}

#[test]
#[ignore = "measures"]
fn speed() {
    let pack = Pack::default_pack();
    let plan = Plan {
        programmes: [
            Programme::HeartFailure,
            Programme::Copd,
            Programme::Hypertension,
            Programme::ElderlyInfection,
            Programme::Frailty,
            Programme::Psychiatry,
            Programme::Diabetes,
        ]
        .into(),
        ..Plan::default()
    };
    let citizens: Vec<Vec<Day>> = (0..BATCH).map(citizen).collect();

    let start = Instant::now();
    let mut batch = Batch::new(pack);
    for days in &citizens {
        batch.push(&subject(&plan, days));
    }
    let pushed = start.elapsed();
    let start = Instant::now();
    let screenings = screen(batch, pack).unwrap();
    let screened = start.elapsed();
    println!(
        "{BATCH} citizens: push {pushed:?}, screen {screened:?}, {} rules",
        pack.rules().len()
    );
    assert_eq!(screenings.len(), BATCH);

    let start = Instant::now();
    for days in &citizens[..100] {
        alone(pack, &subject(&plan, days));
    }
    println!("1 citizen: {:?}", start.elapsed() / 100);
}
