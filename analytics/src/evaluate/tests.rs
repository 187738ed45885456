mod alike;

use super::*;
use crate::fixture::{HOUR, NOW, TODAY, alone, days, subject, summary, tiny, together};
use crate::frame::{Day, INPUTS, Subject};
use crate::plan::{Cadence, Plan, Programme};
use crate::summary::Held;
use crate::{Language, Signal};

fn plan() -> Plan {
    Plan { programmes: [Programme::HeartFailure].into(), ..Plan::default() }
}

/// What a rule of the small pack says of a citizen.
fn verdict(rule: &str, plan: &Plan, days: &[Day]) -> Verdict {
    let screening = alone(&tiny(), &subject(plan, days));
    screening.verdicts.into_iter().find(|it| &*it.rule == rule).unwrap()
}

fn weight(plan: &Plan, values: &[f64]) -> Verdict {
    let values: Vec<_> = values.iter().copied().map(Some).collect();
    verdict("WEIGHT", plan, &days(Signal::BodyWeight, &values))
}

#[test]
fn nobody() {
    assert!(screen(Batch::new(&tiny()), &tiny()).unwrap().is_empty());
}

#[test]
fn a_batch_for_another_pack() {
    let batch = Batch::new(&tiny());
    assert!(matches!(screen(batch, Pack::default_pack()), Err(ScreenError::OtherPack)));
}

#[test]
fn every_active_rule_in_order() {
    let screening = alone(&tiny(), &subject(&plan(), &[]));
    let rules: Vec<&str> = screening.verdicts.iter().map(|it| &*it.rule).collect();
    assert_eq!(rules, ["WEIGHT", "SATURATION", "SILENCE", "SCORES"]);
    assert_eq!((screening.as_of, screening.plan_version), (NOW, 4));
    assert_eq!((&*screening.pack, &*screening.engine), (tiny().hash(), ENGINE));
}

#[test]
fn levels() {
    // The day before is 80 kg; red above 2 kg, yellow above 1.5 kg, clear up to 1.2 kg.
    let of = |now| weight(&plan(), &[80.0, 80.0, 80.0, now]).outcome;
    assert_eq!(of(82.25), Outcome::Red);
    assert_eq!(of(82.0), Outcome::Yellow);
    assert_eq!(of(81.5), Outcome::Holding);
    assert_eq!(of(81.25), Outcome::Holding);
    assert_eq!(of(81.125), Outcome::Clear);
    assert_eq!(of(70.0), Outcome::Clear);
}

#[test]
fn not_applicable() {
    let values = [80.0, 80.0, 80.0, 90.0];
    let verdict = weight(&Plan::default(), &values);
    assert_eq!(verdict.outcome, Outcome::NotApplicable);
    // Nothing was looked at.
    assert!(verdict.features.is_empty() && verdict.missing.is_empty());
    assert!(verdict.inputs.is_empty() && verdict.thresholds.is_empty());
    assert_eq!(verdict.evidence_at, None);
    let frail = Plan { programmes: [Programme::Frailty].into(), ..Plan::default() };
    assert_eq!(weight(&frail, &values).outcome, Outcome::Red);
}

#[test]
fn not_evaluable_is_not_clear() {
    let none = weight(&plan(), &[]);
    assert_eq!(none.outcome, Outcome::NotEvaluable);
    let missing: Vec<&str> = none.missing.iter().map(|it| &**it).collect();
    assert_eq!(missing, ["body_weight_min_prev_3d", "body_weight_value", "gain", "gain_share"]);
    assert_eq!(none.features, [(Arc::from("body_weight_days_prev_3d"), 0.0)]);
    // One day before is too few, however far the weight is out.
    assert_eq!(weight(&plan(), &[80.0, 99.0]).outcome, Outcome::NotEvaluable);
    assert_eq!(weight(&plan(), &[80.0, 80.0, 99.0]).outcome, Outcome::Red);
}

#[test]
fn what_is_unknown() {
    let of = |saturation: Option<f64>, dyspnoea: Option<f64>| {
        let days = together(&[
            days(Signal::OxygenSaturation, &[saturation]),
            days(Signal::DyspnoeaChange, &[dyspnoea]),
        ]);
        verdict("SATURATION", &plan(), &days).outcome
    };
    // red: saturation < 88 OR dyspnoea >= 2; yellow: saturation < 90 AND dyspnoea >= 1
    assert_eq!(of(None, None), Outcome::NotEvaluable);
    assert_eq!(of(Some(87.0), None), Outcome::Red);
    assert_eq!(of(None, Some(2.0)), Outcome::Red);
    // Red is unknown, yellow is: unknown AND false is false.
    assert_eq!(of(None, Some(0.0)), Outcome::Clear);
    assert_eq!(of(Some(95.0), None), Outcome::Clear);
    // Both are unknown: it hangs on what is missing.
    assert_eq!(of(None, Some(1.0)), Outcome::NotEvaluable);
    assert_eq!(of(Some(89.0), None), Outcome::NotEvaluable);
    assert_eq!(of(Some(89.0), Some(1.0)), Outcome::Yellow);
    assert_eq!(of(Some(89.0), Some(0.0)), Outcome::Clear);
}

#[test]
fn what_is_not_finite_is_unknown() {
    let of =
        |value| verdict("SATURATION", &plan(), &days(Signal::OxygenSaturation, &[Some(value)]));
    assert_eq!(of(f64::NAN).outcome, Outcome::NotEvaluable);
    assert_eq!(of(f64::INFINITY).outcome, Outcome::NotEvaluable);
    assert_eq!(of(f64::NEG_INFINITY).outcome, Outcome::NotEvaluable);
    // Division by zero: a share of a weight of 0.
    let odd = weight(&plan(), &[0.0, 0.0, 0.0, 1.0]);
    assert_eq!(odd.missing, [Arc::from("gain_share")]);
    assert_eq!(odd.outcome, Outcome::Clear);
}

#[test]
fn a_batch_takes_any_citizen() {
    let pack = tiny();
    let mut batch = Batch::new(&pack);
    let plan = plan();
    let long = days(Signal::BodyWeight, &[Some(80.0); 150]);
    let mut ahead = days(Signal::BodyWeight, &[Some(80.0); 5]);
    for day in &mut ahead {
        day.day += 100;
    }
    let huge = days(Signal::BodyWeight, &[Some(f64::MAX), Some(-f64::MAX), Some(f64::MAX)]);
    let backwards: Vec<Day> = long.iter().rev().cloned().collect();
    for days in [&[][..], &long, &ahead, &huge, &backwards] {
        for as_of in [NOW, i64::MIN, i64::MAX] {
            for offset in [0, i32::MIN, i32::MAX] {
                batch.push(&Subject { as_of, offset, ..subject(&plan, days) });
            }
        }
    }
    let screenings = screen(batch, &pack).unwrap();
    assert_eq!(screenings.len(), 45);
    let all = screenings.iter().flat_map(|it| &it.verdicts).flat_map(|it| &it.features);
    assert!(all.into_iter().all(|(_, value)| value.is_finite()));
}

#[test]
fn days_in_any_order() {
    let sorted = days(Signal::BodyWeight, &[Some(80.0), Some(80.5), Some(81.0), Some(83.0)]);
    let backwards: Vec<Day> = sorted.iter().rev().cloned().collect();
    let expected = verdict("WEIGHT", &plan(), &sorted);
    assert_eq!(expected.outcome, Outcome::Red);
    assert_eq!(verdict("WEIGHT", &plan(), &backwards), expected);
    // Of a day that is there twice the last counts.
    let mut twice = sorted.clone();
    twice[3].summaries[0] = summary(Signal::BodyWeight, TODAY, 80.0);
    twice.push(sorted[3].clone());
    assert_eq!(verdict("WEIGHT", &plan(), &twice), expected);
}

#[test]
fn personal_limits() {
    let personal = |limits: &[(&str, f64)]| {
        let limits = limits.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        weight(&Plan { limits, ..plan() }, &[80.0, 80.0, 80.0, 82.5])
    };
    let used = |verdict: &Verdict| -> Vec<f64> {
        verdict.thresholds.iter().map(|(_, value)| *value).collect()
    };
    let names: Vec<String> =
        personal(&[]).thresholds.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["gain_red", "gain_yellow"]);
    assert_eq!((personal(&[]).outcome, used(&personal(&[]))), (Outcome::Red, vec![2.0, 1.5]));
    let own = personal(&[("gain_red", 3.0)]);
    assert_eq!((own.outcome, used(&own)), (Outcome::Yellow, vec![3.0, 1.5]));
    let own = personal(&[("gain_red", 5.0), ("gain_yellow", 4.0)]);
    assert_eq!((own.outcome, used(&own)), (Outcome::Clear, vec![5.0, 4.0]));
    // What the pack does not allow does not count.
    for limit in [5.01, 0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(used(&personal(&[("gain_red", limit)])), [2.0, 1.5]);
    }
    let limits = [("low_yellow".to_owned(), 94.0)].into();
    let days = days(Signal::OxygenSaturation, &[Some(93.0)]);
    let same = verdict("SATURATION", &Plan { limits, ..plan() }, &days);
    assert_eq!(same.thresholds[1].1.to_bits(), 90.0_f64.to_bits());
}

#[test]
fn one_citizens_limits_are_not_anothers() {
    let pack = tiny();
    let days = days(Signal::BodyWeight, &[Some(80.0), Some(80.0), Some(80.0), Some(82.5)]);
    let own = |limit| Plan { limits: [("gain_red".to_owned(), limit)].into(), ..plan() };
    let plans = [plan(), own(3.0), plan(), own(2.5), own(2.25), plan()];
    let mut batch = Batch::new(&pack);
    for plan in &plans {
        batch.push(&subject(plan, &days));
    }
    let screenings = screen(batch, &pack).unwrap();
    let of = screenings.iter().map(|it| (it.verdicts[0].outcome, it.verdicts[0].thresholds[0].1));
    let (red, yellow) = (Outcome::Red, Outcome::Yellow);
    let expected = [(red, 2.0), (yellow, 3.0), (red, 2.0), (yellow, 2.5), (red, 2.25), (red, 2.0)];
    assert_eq!(of.collect::<Vec<_>>(), expected);
}

#[test]
fn evidence() {
    // Read at 07:00, five hours ago.
    let newest = NOW - 5 * HOUR;
    assert_eq!(weight(&plan(), &[80.0, 80.0]).evidence_at, Some(newest));
    assert_eq!(weight(&plan(), &[]).evidence_at, None);
    // A level that was held: when it was confirmed, and not what came after it.
    let mut saturation = days(Signal::OxygenSaturation, &[Some(86.0), Some(95.0)]);
    saturation[0].summaries[0].held_low = Some(Held { level: 86.0, at: NOW - 20 * HOUR });
    let held = verdict("SATURATION", &plan(), &saturation);
    assert_eq!((held.outcome, held.evidence_at), (Outcome::Red, Some(NOW - 20 * HOUR)));
    // The newest of all that the levels look at; what only `needs` looks at does not count.
    let scores = together(&[
        days(Signal::BodyTemperature, &[Some(39.5), None, None, None]),
        days(Signal::RespiratoryRate, &[Some(25.0), None]),
    ]);
    let scores = verdict("SCORES", &plan(), &scores);
    assert_eq!(scores.evidence_at, Some(newest - 24 * HOUR));
}

#[test]
fn evidence_of_silence() {
    let cadence = |every_hours| {
        let (signal, from) = (Signal::BodyWeight, None);
        Plan {
            cadence: vec![Cadence { signal, every_hours, from, safety_critical: false }],
            ..Plan::default()
        }
    };
    let days = days(Signal::BodyWeight, &[Some(80.0)]);
    // The newest reading, whether it is too old or not.
    let overdue = verdict("SILENCE", &cadence(2), &days);
    assert_eq!((overdue.outcome, overdue.evidence_at), (Outcome::Blue, Some(NOW - 5 * HOUR)));
    let timely = verdict("SILENCE", &cadence(24), &days);
    assert_eq!((timely.outcome, timely.evidence_at), (Outcome::Clear, Some(NOW - 5 * HOUR)));
    assert_eq!(timely.inputs.iter().map(|it| it.day).collect::<Vec<_>>(), [TODAY]);
    let never = verdict("SILENCE", &cadence(24), &[]);
    assert_eq!((never.outcome, never.evidence_at), (Outcome::Blue, None));
    assert_eq!(verdict("SILENCE", &plan(), &days).outcome, Outcome::NotEvaluable);
}

#[test]
fn silence_that_goes_on_rests_on_the_same() {
    let cadence =
        Cadence { signal: Signal::BodyWeight, every_hours: 2, from: None, safety_critical: false };
    let plan = Plan { cadence: vec![cadence], ..Plan::default() };
    let days = days(Signal::BodyWeight, &[Some(80.0)]);
    let later = |hours: i64| {
        let subject = Subject { as_of: NOW + hours * HOUR, ..subject(&plan, &days) };
        let screening = alone(&tiny(), &subject);
        screening.verdicts.into_iter().find(|it| &*it.rule == "SILENCE").unwrap()
    };
    let first = later(0);
    assert_eq!(first.outcome, Outcome::Blue);
    for hours in [1, 6, 30] {
        let again = later(hours);
        assert_eq!((again.outcome, again.evidence_at), (first.outcome, first.evidence_at));
        assert_eq!(again.inputs, first.inputs);
        assert_ne!(again.features, first.features);
    }
}

#[test]
fn inputs() {
    let all = [80.0; 30];
    let weight = weight(&plan(), &all);
    // Today and the three days before.
    let days_of = |verdict: &Verdict| verdict.inputs.iter().map(|it| it.day).collect::<Vec<_>>();
    assert_eq!(days_of(&weight), [TODAY, TODAY - 1, TODAY - 2, TODAY - 3]);
    assert_eq!(weight.inputs[0].digest, summary(Signal::BodyWeight, TODAY, 80.0).digest);
    // More than are named: the last stands for all older ones.
    let scores = |values: &[Option<f64>]| {
        let verdict = verdict("SCORES", &plan(), &days(Signal::RespiratoryRate, values));
        verdict.inputs
    };
    let mut values = [Some(16.0); 20];
    let before = scores(&values);
    assert_eq!(before.len(), INPUTS);
    assert_eq!(before.last().unwrap().day, TODAY - 6);
    values[0] = Some(17.0);
    let after = scores(&values);
    assert_eq!(after[..INPUTS - 1], before[..INPUTS - 1]);
    assert_ne!(after[INPUTS - 1].digest, before[INPUTS - 1].digest);
}

#[test]
fn scores_with_what_is_missing() {
    let days = days(Signal::RespiratoryRate, &[Some(25.0)]);
    let screening = alone(&tiny(), &subject(&plan(), &days));
    let news2 = screening.scores.news2.unwrap();
    assert_eq!((news2.score, news2.parameters, news2.single_three), (3, 1, true));
    assert_eq!(news2.missing.len(), 5);
    assert_eq!(news2.max_age_hours.to_bits(), 5.0_f64.to_bits());
    assert_eq!(screening.scores.tobs.unwrap().score, 3);
    assert_eq!(screening.deterioration, None);
    assert_eq!(verdict("SCORES", &plan(), &days).outcome, Outcome::Yellow);
}

#[test]
fn a_pack_may_weigh_its_own_way() {
    let steady = |signal, usual, now| {
        let mut values = vec![Some(usual); 30];
        values.push(Some(now));
        days(signal, &values)
    };
    let days = together(&[
        steady(Signal::RespiratoryRate, 16.0, 16.0),
        steady(Signal::BodyTemperature, 36.8, 36.8),
        steady(Signal::OxygenSaturation, 96.0, 92.0),
    ]);
    let of = |pack: &Pack| alone(pack, &subject(&plan(), &days)).deterioration;
    // The small pack gives saturation 3 in place of 2.
    assert_eq!(of(&tiny()), Some(3.0));
    let weightless =
        include_str!("../../tests/fixtures/tiny.toml").replace("weight = 3.0", "weight = 0");
    assert_eq!(of(&Pack::parse(&weightless).unwrap()), Some(0.0));
}

#[test]
fn in_words() {
    let pack = tiny();
    let told = |verdict: &Verdict| {
        [Language::English, Language::Danish].map(|language| pack.explain(verdict, language))
    };
    assert_eq!(
        told(&weight(&plan(), &[80.0, 80.0, 80.0, 82.25])),
        [
            "Up 2.3 kg, 2.8 % (80 to 82.25); the limit is 2 kg",
            "Steget 2,3 kg, 2,8 %; grænsen er 2 kg"
        ]
    );
    let few = told(&weight(&plan(), &[80.0, 80.0]));
    assert_eq!(few[0], "Only 1 days");
    assert_eq!(few[1], "Vægtøgning: kan ikke vurderes");
    assert_eq!(
        told(&weight(&plan(), &[80.0; 4])),
        ["Weight gain: nothing to remark", "Vægtøgning: intet at bemærke"]
    );
    assert_eq!(
        told(&weight(&plan(), &[80.0, 80.0, 80.0, 81.5]))[0],
        "Weight gain: within the limit again, but not by enough to call it over"
    );
    assert_eq!(told(&weight(&Plan::default(), &[]))[1], "Vægtøgning: gælder ikke");
    // Without a text: what is missing, in words.
    assert_eq!(
        told(&verdict("SATURATION", &plan(), &[])),
        [
            "Saturation: cannot be told; missing: breathlessness, newest reading within 24 hours, \
             oxygen saturation, lowest confirmed level within 24 hours",
            "Iltmætning: kan ikke vurderes; mangler: åndenød, seneste måling inden for 24 timer, \
             iltmætning, laveste bekræftede niveau inden for 24 timer"
        ]
    );
    // A level that was reached without a number that its text shows.
    let dyspnoea = days(Signal::DyspnoeaChange, &[Some(2.0)]);
    assert_eq!(told(&verdict("SATURATION", &plan(), &dyspnoea))[0], "Saturation – %");
    let cadence = Cadence {
        signal: Signal::OxygenSaturation,
        every_hours: 24,
        from: Some(NOW - 40 * HOUR),
        safety_critical: true,
    };
    let silent = Plan { cadence: vec![cadence], ..Plan::default() };
    assert_eq!(
        told(&verdict("SILENCE", &silent, &[])),
        ["No oxygen saturation for 4 h too long", "Ingen iltmætning i 4 t for længe"]
    );
    assert_eq!(pack.title("WEIGHT", Language::Danish), "Vægtøgning");
    assert_eq!(pack.title("NOPE", Language::Danish), "NOPE");
}
