use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::bootstrap::clustered;
use super::glm::{Design, Errors, Family, Fit, fit};
use super::*;
use crate::evaluation::area;

/// What scikit-learn, statsmodels and lifelines say.
pub(super) fn reference() -> Value {
    let text = include_str!("../../tests/fixtures/statistics/reference.json");
    serde_json::from_str(text).unwrap()
}

pub(super) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect()
}

pub(super) fn close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() < within, "{found} is not {expected}");
}

fn units() -> Vec<Scored> {
    let reference = reference();
    let scores = numbers(&reference["metrics"]["p"]);
    let cases = reference["metrics"]["case"].as_array().unwrap().clone();
    (0..)
        .zip(scores.into_iter().zip(cases))
        .map(|(cluster, (score, case))| Scored { score, case: case.as_bool().unwrap(), cluster })
        .collect()
}

#[test]
fn metrics_are_those_of_scikit_learn_and_statsmodels() {
    let (units, reference) = (units(), reference());
    let expected = |name: &str| reference["metrics"][name].as_f64().unwrap();
    close(auroc(&units).unwrap(), expected("auroc"), 1e-12);
    close(area(&units).unwrap().value, expected("auroc"), 1e-12);
    close(auprc(&units).unwrap(), expected("auprc"), 1e-12);
    close(brier(&units).unwrap(), expected("brier"), 1e-12);
    let line = calibration(&units).unwrap();
    close(line.slope, expected("slope"), 1e-9);
    close(line.intercept, expected("intercept"), 1e-9);
    close(line.in_the_large, expected("in_the_large"), 1e-9);
    for (threshold, benefit) in reference["metrics"]["net_benefit"].as_object().unwrap() {
        let found = net_benefit(&units, threshold.parse().unwrap()).unwrap().model;
        close(found, benefit.as_f64().unwrap(), 1e-12);
    }
}

#[test]
fn a_budget_is_never_exceeded_and_ties_stay_together() {
    let unit = |score, case| Scored { score, case, cluster: 0 };
    let units =
        [unit(0.9, true), unit(0.5, true), unit(0.5, false), unit(0.1, false), unit(0.1, true)];
    let at = |budget| at_budget(&units, budget).unwrap();
    assert_eq!((at(0.2).flagged.part, at(0.2).nne), (1, Some(1.0)));
    // Two tie for the second place.
    assert_eq!(at(0.4).flagged.part, 1);
    assert_eq!((at(0.6).flagged.part, at(0.6).ppv.part, at(0.6).threshold), (3, 2, Some(0.5)));
    close(at(0.6).nne.unwrap(), 1.5, 1e-12);
    // Nobody can be flagged without going beyond.
    let none = at(0.1);
    assert_eq!(
        (none.flagged.part, none.threshold, none.nne, none.ppv.share),
        (0, None, None, None)
    );
}

#[test]
fn what_cannot_be_measured_says_why() {
    let unit = |score, case| Scored { score, case, cluster: 0 };
    assert_eq!(auroc(&[]), Err(Refusal::Empty));
    assert_eq!(auroc(&[unit(0.1, false)]), Err(Refusal::NoCases));
    assert_eq!(auprc(&[unit(0.1, true)]), Err(Refusal::NoControls));
    let nan = [unit(f64::NAN, true), unit(0.2, false)];
    assert_eq!(brier(&nan), Err(Refusal::NotFinite("a score".to_owned())));
    let beyond = [unit(1.2, true), unit(0.2, false)];
    assert!(matches!(calibration(&beyond), Err(Refusal::Range(_))));
    assert!(matches!(
        net_benefit(&[unit(0.2, true), unit(0.1, false)], 1.0),
        Err(Refusal::Range(_))
    ));
    let apart: Vec<Scored> =
        (0..20).map(|at| unit(f64::from(at) / 20.0 + 0.01, at >= 10)).collect();
    assert_eq!(calibration(&apart), Err(Refusal::Separation("the prediction".to_owned())));
    let alike: Vec<Scored> = (0..20).map(|at| unit(0.3, at % 2 == 0)).collect();
    assert_eq!(calibration(&alike), Err(Refusal::Collinear("the prediction".to_owned())));
}

#[test]
fn the_bootstrap_draws_clusters_and_repeats_itself() {
    // Ten citizens with a hundred equal rows each: rows say nothing that citizens do not.
    let rows: Vec<(u64, f64)> =
        (0..1000_u32).map(|at| (u64::from(at % 10), f64::from(at % 10))).collect();
    let mean = |rows: &[(u64, f64)]| {
        let sum: f64 = rows.iter().map(|(_, value)| value).sum();
        [Some(sum / crate::evaluation::length(rows.len())), None]
    };
    let run = |seed| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        clustered(&rows, |row| row.0, 2000, &mut random, mean)
    };
    let [by_citizen, nothing] = run(1);
    let interval = by_citizen.unwrap().interval.unwrap();
    // The standard error of a mean of ten: sqrt(8.25 / 10) = 0.908.
    close(interval.high - interval.low, 2.0 * 1.96 * 0.908, 0.3);
    assert_eq!(nothing, None);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let one: Vec<(u64, f64)> = rows.iter().map(|row| (0, row.1)).collect();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let [alone, _] = clustered(&one, |row| row.0, 100, &mut random, mean);
    assert_eq!(alone.unwrap().interval, None);
}

pub(super) fn compare(found: &Fit, expected: &Value, within: f64) {
    for (at, coefficient) in found.coefficients.iter().enumerate() {
        close(coefficient.value, numbers(&expected["value"])[at], within);
        close(coefficient.error, numbers(&expected["error"])[at], within);
        close(coefficient.interval.low, numbers(&expected["low"])[at], within);
        close(coefficient.interval.high, numbers(&expected["high"])[at], within);
        close(coefficient.p, numbers(&expected["p"])[at], within);
    }
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

#[test]
fn count_models_are_those_of_statsmodels() {
    let reference = reference();
    let counts = &reference["counts"];
    let design = Design {
        names: ["constant", "treated", "post", "both"].map(str::to_owned).into(),
        rows: rows(&counts["x"]),
        outcome: numbers(&counts["y"]),
        offset: numbers(&counts["time"]).iter().map(|time| time.ln()).collect(),
        clusters: counts["cluster"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_u64().unwrap())
            .collect(),
    };
    let plain = fit(&design, Family::Poisson, Errors::Model).unwrap();
    compare(&plain, &counts["model"], 1e-8);
    close(plain.dispersion, counts["dispersion"].as_f64().unwrap(), 1e-8);
    compare(&fit(&design, Family::Poisson, Errors::Quasi).unwrap(), &counts["quasi"], 1e-8);
    let clustered = fit(&design, Family::Poisson, Errors::Clustered).unwrap();
    compare(&clustered, &counts["clustered"], 1e-8);
    assert_eq!(clustered.clusters, 24);
}

#[test]
fn series_models_are_those_of_statsmodels() {
    let reference = reference();
    let series = &reference["series"];
    let outcome = numbers(&series["y"]);
    let row = |at: u32| {
        let (t, after) = (f64::from(at), f64::from(u8::from(at >= 20)));
        vec![1.0, t, after, after * (t - 20.0)]
    };
    let design = Design {
        names: ["constant", "month", "step", "slope"].map(str::to_owned).into(),
        rows: (0..36).map(row).collect(),
        outcome,
        ..Design::default()
    };
    let plain = fit(&design, Family::Gaussian, Errors::Model).unwrap();
    compare(&plain, &series["plain"], 1e-8);
}

#[test]
fn models_without_an_answer_are_refused() {
    let design = |rows: Vec<Vec<f64>>, outcome: Vec<f64>| Design {
        names: vec!["constant".to_owned(), "x".to_owned()],
        rows,
        outcome,
        ..Design::default()
    };
    let line = |at: u32| vec![1.0, f64::from(at)];
    let apart = design((0..20).map(line).collect(), (0..20).map(|at| f64::from(at / 10)).collect());
    let found = fit(&apart, Family::Binomial, Errors::Model);
    assert_eq!(found, Err(Refusal::Separation("x".to_owned())));
    // A group without any event has a rate ratio of 0.
    let group = |at: u32| vec![1.0, f64::from(at % 2)];
    let none = design((0..20).map(group).collect(), (0..20).map(|at| f64::from(at % 2)).collect());
    let found = fit(&none, Family::Poisson, Errors::Model);
    assert_eq!(found, Err(Refusal::Separation("x".to_owned())));
    let same = design(vec![vec![1.0, 2.0]; 20], (0..20).map(|at| f64::from(at % 3)).collect());
    let found = fit(&same, Family::Gaussian, Errors::Model);
    assert_eq!(found, Err(Refusal::Collinear("x".to_owned())));
    let bad = design((0..20).map(line).collect(), vec![f64::NAN; 20]);
    assert!(matches!(fit(&bad, Family::Gaussian, Errors::Model), Err(Refusal::NotFinite(_))));
    let few = design((0..2).map(line).collect(), vec![0.0, 1.0]);
    assert!(matches!(fit(&few, Family::Gaussian, Errors::Model), Err(Refusal::TooFew { .. })));
    let mut one =
        design((0..20).map(line).collect(), (0..20).map(|at| f64::from(at % 3)).collect());
    one.clusters = vec![7; 20];
    let found = fit(&one, Family::Poisson, Errors::Clustered);
    assert_eq!(found, Err(Refusal::TooFew { what: "clusters", found: 1, needed: 2 }));
}

proptest! {
    #[test]
    fn areas_are_those_of_all_pairs(units in prop::collection::vec((0_u8..6, any::<bool>()), 2..60)) {
        let units: Vec<Scored> = units
            .into_iter()
            .map(|(score, case)| Scored { score: f64::from(score), case, cluster: 0 })
            .collect();
        let (mut won, mut pairs) = (0.0, 0.0);
        for case in units.iter().filter(|unit| unit.case) {
            for control in units.iter().filter(|unit| !unit.case) {
                pairs += 1.0;
                won += match case.score.total_cmp(&control.score) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
            }
        }
        match auroc(&units) {
            Ok(area) => prop_assert!((area - won / pairs).abs() < 1e-12),
            Err(_) => prop_assert!(pairs == 0.0),
        }
    }
}
