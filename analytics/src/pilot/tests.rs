use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::report::{Input, report};
use super::*;
use crate::evaluation::length;
use crate::statistics::Refusal;
use crate::statistics::rates::{Exposure, Method, power, ratio, survival};

fn close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() < within, "{found} is not {expected}");
}

fn reference(name: &str) -> Value {
    let text = include_str!("../../tests/fixtures/statistics/reference.json");
    let all: Value = serde_json::from_str(text).unwrap();
    all[name].clone()
}

/// Knuth's way; means are small here.
fn poisson(mean: f64, random: &mut ChaCha8Rng) -> u64 {
    let (limit, mut product, mut count) = ((-mean).exp(), 1.0, 0);
    loop {
        product *= random.random::<f64>();
        if product <= limit {
            return count;
        }
        count += 1;
    }
}

/// Gamma with mean 1 and shape 2: the citizens' own rates vary more than chance alone.
fn frailty(random: &mut ChaCha8Rng) -> f64 {
    -(1.0 - random.random::<f64>()).ln() / 2.0 - (1.0 - random.random::<f64>()).ln() / 2.0
}

/// Admissions a year of somebody of the mean kind.
const RATE: f64 = 1.2;

/// A pilot whose truth is known: half a year each of run-in, just before, and after; rates fall by a
/// tenth for everybody; in the pilot they are `effect` times what they would be. Everybody is taken
/// in because of an admission just before.
fn pilot(effect: f64, random: &mut ChaCha8Rng) -> Vec<Panel> {
    let mut panels = Vec::new();
    while panels.len() < 240 {
        let own = RATE * frailty(random) / 2.0;
        let treated = panels.len() % 2 == 0;
        let (run_in, before) = (poisson(own, random), poisson(own, random));
        if before == 0 {
            continue;
        }
        let change = if treated { 0.9 * effect } else { 0.9 };
        let after = poisson(own * change, random);
        panels.push(Panel {
            cluster: panels.len() as u64,
            treated,
            run_in: (run_in, 0.5),
            before: (before, 0.5),
            after: (after, 0.5),
        });
    }
    panels
}

/// Of 95 % intervals over so many pilots: the nominal rate less and more three standard errors.
fn nominal(covered: usize, of: usize) {
    let share = length(covered) / length(of);
    let error = (0.95 * 0.05 / length(of)).sqrt();
    assert!((share - 0.95).abs() <= 3.0 * error, "{covered} of {of} intervals hold the truth");
}

#[test]
fn intervals_of_the_difference_in_differences_cover_a_known_effect() {
    let mut random = ChaCha8Rng::seed_from_u64(2026);
    let truth = 0.75;
    let (mut covered, mut fooled, mut run_in) = (0, 0, 0);
    let pilots = 250;
    for _ in 0..pilots {
        let panels = pilot(truth, &mut random);
        let did = difference_in_differences(&panels).unwrap();
        covered += usize::from(did.effect.low <= truth && truth <= did.effect.high.unwrap());
        let before = before_after(&panels).unwrap();
        // What happened in the pilot group is the effect times what happened to everybody.
        let holds = |it: &crate::statistics::rates::Ratio| {
            it.low <= truth * 0.9 && truth * 0.9 <= it.high.unwrap()
        };
        fooled += usize::from(!holds(&before.naive));
        run_in += usize::from(holds(before.with_run_in.as_ref().unwrap()));
        assert!(before.bites);
    }
    nominal(covered, pilots);
    nominal(run_in, pilots);
    // The plain comparison is fooled by regression to the mean almost every time.
    assert!(fooled > pilots * 9 / 10, "{fooled}");
}

#[test]
fn intervals_of_the_stepped_wedge_cover_a_known_effect() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let truth = 0.8;
    let mut covered = 0;
    let pilots = 200;
    for _ in 0..pilots {
        let mut cells = Vec::new();
        for municipality in 0..9 {
            let own = 40.0 * (0.5 + random.random::<f64>());
            for period in 0..7_u32 {
                let treated = u64::from(period) > municipality % 6;
                let trend = 1.0 - 0.03 * f64::from(period);
                let mean = own * trend * if treated { truth } else { 1.0 };
                let events = poisson(mean, &mut random);
                cells.push(Cell { municipality, period, treated, events, time: 10.0 });
            }
        }
        let found = stepped_wedge(&cells).unwrap();
        covered += usize::from(found.low <= truth && truth <= found.high.unwrap());
    }
    let share = length(covered) / length(pilots);
    assert!((0.93..=0.995).contains(&share), "{covered} of {pilots}");
}

#[test]
fn intervals_of_the_interrupted_series_cover_a_known_step() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (mut covered, mut noise) = (0, 0.0);
    let runs = 300;
    for _ in 0..runs {
        let values: Vec<f64> = (0..36)
            .map(|month| {
                // Months resemble the month before; sums of uniforms are near enough to normal.
                let fresh: f64 = (0..6).map(|_| random.random_range(-0.7..0.7)).sum();
                noise = 0.2 * noise + fresh;
                let step = if month >= 18 { -3.0 } else { 0.0 };
                50.0 + 0.1 * f64::from(month) + step + noise
            })
            .collect();
        let step = interrupted(&values, 18).unwrap().step.interval;
        covered += usize::from(step.low <= -3.0 && -3.0 <= step.high);
    }
    nominal(covered, runs);
}

#[test]
fn an_interrupted_series_is_that_of_statsmodels() {
    let data = reference("series");
    let numbers = |of: &Value| -> Vec<f64> {
        of.as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect()
    };
    let found = interrupted(&numbers(&data["y"]), 20).unwrap();
    close(found.autocorrelation, data["rho"].as_f64().unwrap(), 1e-9);
    for (at, coefficient) in [found.trend, found.step, found.slope].iter().enumerate() {
        let expected = |name: &str| numbers(&data["fit"][name])[at + 1];
        close(coefficient.value, expected("value"), 1e-8);
        close(coefficient.error, expected("error"), 1e-8);
        close(coefficient.interval.low, expected("low"), 1e-8);
        close(coefficient.interval.high, expected("high"), 1e-8);
        close(coefficient.p, expected("p"), 1e-8);
    }
    assert_eq!((found.points, found.underpowered), ((20, 16), false));
}

#[test]
fn few_events_have_exact_intervals() {
    let one = |events, time| [Exposure { cluster: 0, events, time }];
    // 2 in 100 against 8 in 100: the share 0.2 of 10, Clopper-Pearson 0.02521 to 0.55610.
    let found = ratio(&one(2, 100.0), &one(8, 100.0)).unwrap();
    assert_eq!((found.value, found.method), (Some(0.25), Method::Exact));
    close(found.low, 0.025_21 / (1.0 - 0.025_21), 1e-4);
    close(found.high.unwrap(), 0.556_10 / (1.0 - 0.556_10), 1e-4);
    // Where the other had none, there is no ratio but a lower end.
    let none = ratio(&one(5, 100.0), &one(0, 100.0)).unwrap();
    assert_eq!((none.value, none.high), (None, None));
    close(none.low, 0.478_18 / (1.0 - 0.478_18), 1e-4);
    let zero = ratio(&one(0, 100.0), &one(5, 100.0)).unwrap();
    assert_eq!((zero.value, zero.low), (Some(0.0), 0.0));
    assert_eq!(ratio(&one(0, 1.0), &one(0, 1.0)), Err(Refusal::NoCases));
    let nobody = ratio(&[], &one(3, 1.0));
    assert_eq!(nobody, Err(Refusal::NoFollowUp("the first group".to_owned())));
}

#[test]
fn survival_and_power_are_those_of_lifelines_and_scipy() {
    let data = reference("survival");
    let times = data["time"].as_array().unwrap().iter().map(|it| it.as_f64().unwrap());
    let events = data["event"].as_array().unwrap().iter().map(|it| it.as_bool().unwrap());
    let curve = survival(&times.zip(events).collect::<Vec<_>>()).unwrap();
    let expected = data["points"].as_array().unwrap();
    assert_eq!(curve.len(), expected.len());
    for (point, expected) in curve.iter().zip(expected) {
        let number = |name: &str| expected[name].as_f64().unwrap();
        close(point.time, number("time"), 1e-12);
        close(point.survival, number("survival"), 1e-9);
        close(point.error.unwrap(), number("error"), 1e-9);
        close(point.interval.unwrap().low, number("low"), 1e-9);
        close(point.interval.unwrap().high, number("high"), 1e-9);
    }
    let all_gone = survival(&[(1.0, true), (2.0, true)]).unwrap();
    assert_eq!((all_gone[1].survival, all_gone[1].interval), (0.0, None));
    assert!(matches!(survival(&[(0.0, false)]), Err(Refusal::NoFollowUp(_))));

    for it in reference("power").as_array().unwrap() {
        let number = |name: &str| it[name].as_f64().unwrap();
        let found =
            power(number("rate"), number("time"), number("ratio"), number("dispersion")).unwrap();
        close(found.power, number("power"), 1e-9);
        let detectable = found.detectable.unwrap();
        assert!(detectable < number("ratio"));
        let there = power(number("rate"), number("time"), detectable, number("dispersion"));
        close(there.unwrap().power, 0.8, 0.01);
    }
    assert!(power(0.0, 1.0, 0.8, 1.0).is_err());
}

#[test]
fn matching_finds_those_who_are_alike_and_says_so() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let candidates: Vec<Candidate> = (0..600)
        .map(|id| {
            let age = 60.0 + 30.0 * random.random::<f64>();
            let admissions = length(usize::try_from(poisson(1.0, &mut random)).unwrap());
            let odds = (0.06 * (age - 75.0) + 0.5 * admissions - 2.0).exp();
            let treated = random.random::<f64>() < odds / (1.0 + odds);
            Candidate { id, treated, covariates: vec![age, admissions] }
        })
        .collect();
    let found = match_controls(&["age", "admissions"], &candidates).unwrap();
    assert!(found.balance.iter().all(|it| it.before.abs() > 0.3), "{:?}", found.balance);
    assert!(found.balanced, "{:?}", found.balance);
    let mut controls: Vec<u64> = found.pairs.iter().map(|(_, control)| *control).collect();
    controls.sort_unstable();
    controls.dedup();
    assert_eq!(controls.len(), found.pairs.len());
    let mut turned = candidates.clone();
    turned.reverse();
    let mut again = match_controls(&["age", "admissions"], &turned).unwrap();
    let mut pairs = found.pairs.clone();
    pairs.sort_unstable();
    again.pairs.sort_unstable();
    assert_eq!(again.pairs, pairs);
    // Covariates that decide who is treated leave nobody to compare with.
    let apart: Vec<Candidate> = (0..40)
        .map(|id| Candidate {
            id,
            treated: id < 20,
            covariates: vec![if id < 20 { 1.0 } else { 0.0 }],
        })
        .collect();
    assert_eq!(match_controls(&["x"], &apart), Err(Refusal::Separation("x".to_owned())));
    let none = match_controls(&["x"], &apart[20..]);
    assert!(matches!(none, Err(Refusal::TooFew { what: "treated", .. })));
}

#[test]
fn designs_without_an_answer_are_refused() {
    let cell = |municipality, period, treated| Cell {
        municipality,
        period,
        treated,
        events: 10 + municipality + u64::from(period) % 2,
        time: 10.0,
    };
    // Everybody starts at the same time.
    let at_once: Vec<Cell> =
        (0..12_u32).map(|at| cell(u64::from(at % 4), at / 4, at / 4 == 2)).collect();
    assert_eq!(stepped_wedge(&at_once), Err(Refusal::Collinear("the start".to_owned())));
    assert!(matches!(stepped_wedge(&at_once[..2]), Err(Refusal::TooFew { .. })));
    assert!(matches!(stepped_wedge(&[]), Err(Refusal::NoFollowUp(_))));
    assert!(matches!(interrupted(&[1.0; 12], 9), Err(Refusal::TooFew { found: 3, .. })));
    let short: Vec<f64> = (0..14).map(|at| f64::from(at * at % 7)).collect();
    assert!(interrupted(&short, 7).unwrap().underpowered);
    let mut panels = pilot(0.8, &mut ChaCha8Rng::seed_from_u64(1));
    panels.iter_mut().filter(|it| !it.treated).for_each(|it| it.after = (0, 0.0));
    let gone = difference_in_differences(&panels);
    assert_eq!(gone, Err(Refusal::NoFollowUp("controls after".to_owned())));
}

fn told(effect: f64, seed: u64, citizens: usize, indicators: &Value) -> Report {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Vec::new();
    while all.len() < citizens {
        for panel in pilot(effect, &mut random) {
            let of = |it: (u64, f64)| json!({ "events": it.0, "days": it.1 * 365.25 });
            let (run_in, before, after) = (of(panel.run_in), of(panel.before), of(panel.after));
            all.push(json!({
                "treated": panel.treated, "runIn": run_in, "before": before, "after": after,
            }));
        }
    }
    let input = json!({
        "title": "Pilot", "outcome": "Acute admissions", "period": "2026", "citizens": all,
        "indicators": indicators,
    });
    report(&serde_json::from_value::<Input>(input).unwrap())
}

#[test]
fn reports_end_in_a_decision_with_its_reasons() {
    let met = json!([{ "line": "employee", "name": "Alerts per citizen-week", "unit": "1",
        "value": 0.2, "target": 0.3, "better": "lower" }]);
    let missed = json!([{ "line": "employee", "name": "Alerts per citizen-week", "unit": "1",
        "value": 0.4, "target": 0.3, "better": "lower" },
        { "line": "citizen", "name": "Satisfaction", "unit": "1", "value": null, "better": "higher" }]);
    let good = told(0.4, 1, 1920, &met);
    assert_eq!(good.decision.verdict, Verdict::Continue, "{:?}", good.decision);
    assert!(good.warnings.iter().any(|it| it.contains("regression to the mean")));
    assert!(good.power.unwrap().detectable.is_some());

    let loud = told(0.4, 1, 1920, &missed);
    assert_eq!(loud.decision.verdict, Verdict::Change);
    assert!(loud.decision.reasons[0].contains("missed its target"), "{:?}", loud.decision);
    assert!(loud.warnings.iter().any(|it| it == "Satisfaction was not measured."));
    assert_eq!(loud.indicators[0].line, report::Line::Citizen);

    let unsure = told(0.95, 3, 240, &json!([]));
    assert_eq!(unsure.decision.verdict, Verdict::Change);
    assert!(unsure.decision.reasons[0].contains("chance of finding"), "{:?}", unsure.decision);

    let harm = told(2.5, 4, 1920, &json!([]));
    assert_eq!(harm.decision.verdict, Verdict::Stop, "{:?}", harm.decision);

    let nothing = report(
        &serde_json::from_value(json!({ "title": "t", "outcome": "o", "period": "p" })).unwrap(),
    );
    assert_eq!((nothing.decision.verdict, nothing.effect), (Verdict::Change, None));
    assert!(nothing.decision.reasons[0].contains("cannot be told"));
}
