mod reference;

use super::grammar::candidates;
use super::{Leaf, Source};
use crate::fixture::{HOUR, NOW, TODAY, days, features, subject, summary, together};
use crate::plan::{Cadence, Plan, Spo2Scale};
use crate::scores::{Reading, news2};
use crate::summary::{Held, Night};
use crate::{Day, Signal};

#[test]
fn names() {
    for name in candidates("7 28") {
        assert!(Leaf::parse(&name).is_some(), "{name}");
    }
    assert!(candidates("7 28").len() > 1000);
    for source in Source::all() {
        let twice: Vec<_> = Source::all().filter(|it| it.name() == source.name()).collect();
        assert_eq!(twice, [source]);
    }
}

#[test]
fn what_is_no_feature() {
    for name in [
        "",
        "body_weight",
        "body_weight_",
        "body_weight_mean",
        "body_weight_mean_0d",
        "body_weight_mean_07d",
        "body_weight_mean_+7d",
        "body_weight_mean_121d",
        "body_weight_mean_7h",
        "body_weight_last_7d",
        "body_weight_last_0h",
        "body_weight_gmi_14d",
        "body_weight_wear_minutes",
        "night_heart_rate_wear_minutes",
        "night_heart_rate_held_low_24h",
        "weight_last",
        "night_weight_last",
    ] {
        assert_eq!(Leaf::parse(name), None, "{name}");
    }
}

#[test]
fn units_follow_the_signal() {
    let unit = |name| Leaf::parse(name).map(Leaf::unit);
    assert_eq!(unit("body_weight_sd_prev_7d"), Some("kg"));
    assert_eq!(unit("night_heart_rate_rise_guard_prev"), Some("/min"));
    assert_eq!(unit("body_weight_days_guard_28d"), Some("d"));
    assert_eq!(unit("body_weight_count_7d"), Some("1"));
    assert_eq!(unit("body_weight_age_hours"), Some("h"));
    assert_eq!(unit("glucose_share_in_range_14d"), Some("%"));
    assert_eq!(unit("heart_rate_wear_minutes"), Some("min"));
    assert_eq!(unit("age_years"), Some("a"));
    assert_eq!(unit("silence_critical"), Some("h"));
}

#[test]
fn one_reading() {
    let days = days(Signal::BodyWeight, &[Some(80.5)]);
    let plan = Plan::default();
    let of = |names: &[&str]| features(names, &subject(&plan, &days));
    let some = of(&[
        "body_weight_last",
        "body_weight_age_hours",
        "body_weight_value",
        "body_weight_day_age",
        "body_weight_median_7d",
        "body_weight_days_7d",
        "body_weight_days_prev_7d",
        "body_weight_days_all",
        "body_weight_ema_5d",
    ]);
    let expected = [80.5, 5.0, 80.5, 0.0, 80.5, 1.0, 0.0, 0.0, 80.5];
    assert_eq!(some, expected.map(Some));
    let none = of(&[
        "body_weight_prev",
        "body_weight_sd_7d",
        "body_weight_mean_prev_7d",
        "body_weight_median_all",
        "body_weight_robust_z",
        "body_weight_robust_z_prev",
        "body_weight_rise_guard",
        "body_weight_abs_z_min_3d",
        "body_weight_baseline",
        "steps_value",
    ]);
    assert!(none.iter().all(Option::is_none), "{none:?}");
}

#[test]
fn equal_values() {
    let days = days(Signal::OxygenSaturation, &[Some(95.0); 120]);
    let plan = Plan::default();
    let of = |names: &[&str]| features(names, &subject(&plan, &days));
    let names = [
        "oxygen_saturation_sd_28d",
        "oxygen_saturation_robust_z",
        "oxygen_saturation_robust_z_prev",
        "oxygen_saturation_ema_120d",
        "oxygen_saturation_days_all",
        "oxygen_saturation_baseline",
    ];
    assert_eq!(of(&names), [0.0, 0.0, 0.0, 95.0, 119.0, 95.0].map(Some));
    // Nothing varies, so nothing can be said in standard deviations.
    assert_eq!(of(&["oxygen_saturation_abs_z_min_3d"]), [None]);
}

#[test]
fn what_is_not_finite_is_not_there() {
    let mut days = days(Signal::BodyWeight, &[Some(80.0), Some(f64::NAN), Some(f64::INFINITY)]);
    let plan = Plan::default();
    let names = ["body_weight_value", "body_weight_day_age", "body_weight_days_7d"];
    assert_eq!(features(&names, &subject(&plan, &days)), [80.0, 2.0, 1.0].map(Some));
    days[0].summaries[0].held_low = Some(Held { level: f64::NAN, at: NOW });
    let bad = Plan { baselines: [(Signal::BodyWeight, f64::NAN)].into(), ..Plan::default() };
    let citizen = crate::Subject { age_years: Some(f64::NAN), ..subject(&bad, &days) };
    let names = ["body_weight_held_low_24h", "body_weight_baseline", "age_years"];
    assert_eq!(features(&names, &citizen), [None; 3]);
}

#[test]
fn days_to_come_and_days_long_gone() {
    let day = |day, value| Day { day, summaries: vec![summary(Signal::BodyWeight, day, value)] };
    let days = [
        day(TODAY - 400, 1.0),
        day(TODAY - 120, 2.0),
        day(TODAY - 119, 3.0),
        day(TODAY, 4.0),
        day(TODAY + 1, 5.0),
        day(TODAY + 4000, 6.0),
        day(i32::MAX, 7.0),
    ];
    let plan = Plan::default();
    let names = ["body_weight_value", "body_weight_min_120d", "body_weight_days_all"];
    assert_eq!(features(&names, &subject(&plan, &days)), [4.0, 3.0, 1.0].map(Some));
    let names = ["body_weight_value"];
    let extreme = crate::Subject { as_of: i64::MIN, ..subject(&plan, &days) };
    assert_eq!(features(&names, &extreme), [None]);
}

#[test]
fn today_is_the_day_on_the_wall_clock() {
    let days = days(Signal::BodyWeight, &[Some(80.0), Some(81.0)]);
    let plan = Plan::default();
    let names = ["body_weight_value", "body_weight_day_age"];
    // 23:30 UTC yesterday: on a clock an hour ahead it is today.
    let late = |offset| crate::Subject {
        as_of: i64::from(TODAY) * 24 * HOUR - HOUR / 2,
        offset,
        ..subject(&plan, &days)
    };
    assert_eq!(features(&names, &late(3600)), [81.0, 0.0].map(Some));
    assert_eq!(features(&names, &late(0)), [80.0, 0.0].map(Some));
}

#[test]
fn levels_that_were_held() {
    let mut days = days(Signal::OxygenSaturation, &[Some(85.0), Some(91.0)]);
    let plan = Plan::default();
    let names = ["oxygen_saturation_held_low_24h", "oxygen_saturation_held_high_24h"];
    let hours_ago = |hours: i64| NOW - hours * HOUR;
    days[0].summaries[0].held_low = Some(Held { level: 86.0, at: hours_ago(24) });
    days[0].summaries[0].held_high = Some(Held { level: 99.0, at: hours_ago(24) - 1 });
    days[1].summaries[0].held_low = Some(Held { level: 90.0, at: hours_ago(1) });
    days[1].summaries[0].held_high = Some(Held { level: 92.0, at: hours_ago(1) });
    assert_eq!(features(&names, &subject(&plan, &days)), [Some(86.0), Some(92.0)]);
    days[1].summaries[0].held_high = None;
    assert_eq!(features(&names, &subject(&plan, &days)), [Some(86.0), None]);
}

#[test]
fn nights() {
    let mut days = days(Signal::HeartRate, &[Some(60.0), Some(61.0), Some(62.0)]);
    let night = |mean, minutes| Some(Night { count: 9, mean, min: 50.0, minutes });
    days[0].summaries[0].night = night(55.5, 60);
    days[1].summaries[0].night = night(57.49, 60);
    days[2].summaries[0].night = night(70.0, 59);
    days[1].summaries[0].last_at = NOW - 13 * HOUR;
    let plan = Plan::default();
    let names = [
        "night_heart_rate_value",
        "night_heart_rate_day_age",
        "night_heart_rate_prev",
        "night_heart_rate_count_7d",
        "night_heart_rate_age_hours",
    ];
    let expected = [57.0, 1.0, 56.0, 18.0, 29.0].map(Some);
    assert_eq!(features(&names, &subject(&plan, &days)), expected);
}

#[test]
fn a_planned_baseline_comes_first() {
    let days = days(Signal::BodyWeight, &[Some(80.0); 8]);
    let plan = Plan { baselines: [(Signal::BodyWeight, 75.0)].into(), ..Plan::default() };
    let names = ["body_weight_baseline"];
    assert_eq!(features(&names, &subject(&plan, &days)), [Some(75.0)]);
    let plan = Plan::default();
    assert_eq!(features(&names, &subject(&plan, &days)), [Some(80.0)]);
    assert_eq!(features(&names, &subject(&plan, &days[1..])), [None]);
}

#[test]
fn of_the_plan() {
    let plan = Plan { oxygen: true, spo2_scale: Spo2Scale::Two, ..Plan::default() };
    let names = ["age_years", "on_oxygen", "spo2_scale"];
    assert_eq!(features(&names, &subject(&plan, &[])), [81.0, 1.0, 2.0].map(Some));
    let plan = Plan::default();
    assert_eq!(features(&names[1..], &subject(&plan, &[])), [0.0, 1.0].map(Some));
}

const SILENCE: [&str; 3] = ["silence_overdue_hours", "silence_critical", "silence_signal"];

fn cadence(signal: Signal, every_hours: u16) -> Cadence {
    Cadence { signal, every_hours, from: None, safety_critical: false }
}

#[test]
fn silence() {
    // Weight was last taken today at 07:00, five hours ago; the plan holds for 30 days.
    let days = days(Signal::BodyWeight, &[Some(80.0)]);
    let of = |cadence: Vec<Cadence>| {
        let plan = Plan { cadence, ..Plan::default() };
        features(&SILENCE, &subject(&plan, &days))
    };
    let weight = f64::from(Signal::BodyWeight.number());
    let glucose = f64::from(Signal::Glucose.number());
    assert_eq!(of(vec![]), [None; 3]);
    assert_eq!(of(vec![cadence(Signal::BodyWeight, 24)]), [Some(5.0 - 36.0), None, Some(weight)]);
    assert_eq!(of(vec![cadence(Signal::BodyWeight, 2)]), [Some(2.0), None, Some(weight)]);
    // Above daily a day of patience: 25 + 24.
    assert_eq!(of(vec![cadence(Signal::BodyWeight, 25)])[0], Some(5.0 - 49.0));
    // Never measured: since the plan is in force, or since the cadence begins.
    assert_eq!(
        of(vec![cadence(Signal::BodyWeight, 24), cadence(Signal::Glucose, 24)]),
        [Some(720.0 - 36.0), None, Some(glucose)]
    );
    let from = Cadence { from: Some(NOW - 40 * HOUR), ..cadence(Signal::Glucose, 24) };
    assert_eq!(of(vec![from]), [Some(4.0), None, Some(glucose)]);
    let to_come = Cadence { from: Some(NOW + HOUR), ..cadence(Signal::Glucose, 2) };
    assert_eq!(of(vec![to_come]), [Some(-4.0), None, Some(glucose)]);
    // A reading from before the cadence began does not count against it.
    let new = Cadence { from: Some(NOW - HOUR), ..cadence(Signal::BodyWeight, 1) };
    assert_eq!(of(vec![new])[0], Some(-0.5));
    let critical = Cadence { safety_critical: true, ..cadence(Signal::BodyWeight, 24) };
    assert_eq!(
        of(vec![cadence(Signal::Glucose, 24), critical]),
        [Some(684.0), Some(-31.0), Some(glucose)]
    );
}

#[test]
fn silence_does_not_depend_on_the_order_of_cadences() {
    let of = |cadence: Vec<Cadence>| {
        let plan = Plan { cadence, ..Plan::default() };
        features(&SILENCE, &subject(&plan, &[]))
    };
    let (one, two) = (cadence(Signal::Glucose, 24), cadence(Signal::BodyWeight, 24));
    let weight = Some(f64::from(Signal::BodyWeight.number()));
    assert_eq!(of(vec![one, two]), of(vec![two, one]));
    assert_eq!(of(vec![one, two])[2], weight);
}

#[test]
fn readings_of_a_clock_ahead_are_new() {
    let mut days = days(Signal::BodyWeight, &[Some(80.0)]);
    days[0].summaries[0].last_at = NOW + 3 * HOUR;
    let plan = Plan { cadence: vec![cadence(Signal::BodyWeight, 2)], ..Plan::default() };
    let names = ["body_weight_age_hours", "body_weight_last_24h", "silence_overdue_hours"];
    assert_eq!(features(&names, &subject(&plan, &days)), [0.0, 80.0, -3.0].map(Some));
}

#[test]
fn scores_as_features_are_the_scores() {
    let plan = Plan { oxygen: true, ..Plan::default() };
    let days = together(&[
        days(Signal::RespiratoryRate, &[Some(25.0)]),
        days(Signal::HeartRate, &[Some(112.0)]),
        days(Signal::BodyTemperature, &[Some(38.04)]),
        days(Signal::OxygenSaturation, &[Some(80.0), None, None]),
        days(Signal::NewConfusion, &[Some(1.0)]),
    ]);
    let names = ["news2_score", "news2_parameters", "news2_single_three", "tobs_score"];
    // 3 for breaths, 2 for pulse, 0 for 38.0, 3 for confusion, 2 for oxygen; saturation is too old.
    let got = features(&names, &subject(&plan, &days));
    assert_eq!(got, [10.0, 4.0, 1.0, 6.0].map(Some));
    let reading = |value| Some(Reading { value, age_hours: 5.0 });
    let scalar = news2::score(&news2::Inputs {
        respiratory_rate: reading(25.0),
        pulse: reading(112.0),
        temperature: reading(38.04),
        new_confusion: reading(1.0),
        oxygen: true,
        ..news2::Inputs::default()
    });
    assert_eq!(got[0], scalar.map(|it| f64::from(it.score)));
    assert_eq!(features(&names, &subject(&plan, &[])), [None, Some(0.0), None, None]);
}

#[test]
fn worse_together() {
    let plan = Plan::default();
    let names = ["signals_worse", "deterioration"];
    let steady = |signal, usual, now| {
        let mut values = vec![Some(usual); 30];
        values.push(Some(now));
        days(signal, &values)
    };
    let worse = |parts: &[Vec<Day>]| features(&names, &subject(&plan, &together(parts)));
    let breaths = steady(Signal::RespiratoryRate, 16.0, 20.0);
    let saturation = steady(Signal::OxygenSaturation, 95.0, 92.0);
    let temperature = steady(Signal::BodyTemperature, 36.8, 36.9);
    assert_eq!(worse(&[]), [None, None]);
    assert_eq!(worse(&[breaths.clone(), saturation.clone()]), [Some(2.0), None]);
    assert_eq!(worse(&[breaths, saturation, temperature]), [Some(2.0), Some(4.0)]);
}
