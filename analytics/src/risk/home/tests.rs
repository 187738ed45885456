use super::*;
use crate::{Day, Plan, Signal};

const D: i32 = 20_000;

fn stay(from: i32, to: i32, planned: bool) -> Stay {
    Stay { from, to: Some(to), planned }
}

fn person<'a>(plan: &'a Plan, days: &'a [Day], stays: &'a [Stay]) -> Person<'a> {
    let as_of = i64::from(D) * 86_400_000_000 - 1;
    let subject = Subject {
        as_of,
        offset: 0,
        plan,
        plan_version: 1,
        plan_since: 0,
        age_years: Some(80.0),
        days,
    };
    Person { subject, day: D, woman: Some(true), enrolled: Some(D - 40), stays, alerts: None }
}

#[test]
fn what_is_known_of_a_citizen_ends_the_day_before() {
    let sample = |day: i32, value| crate::Sample {
        signal: Signal::BodyWeight,
        at: i64::from(day) * 86_400_000_000 + 1,
        offset: 0,
        span: 0,
        value,
        is_day_total: false,
        received: 0,
        identity: 1,
    };
    let day = |day, value| Day { day, summaries: crate::summary::summarise(&[sample(day, value)]) };
    let days = [day(D - 3, 80.0), day(D - 1, 84.0), day(D, 100.0)];
    let plan = Plan { programmes: [Programme::Copd].into(), ..Plan::default() };
    let stays = [
        stay(D - 400, D - 360, false),
        stay(D - 100, D - 98, false),
        stay(D - 50, D - 45, true),
        stay(D - 10, D - 8, false),
    ];
    let names = [
        "admissions_12m",
        "admissions_3m",
        "bed_days_12m",
        "age_years",
        "woman",
        "days_since_enrolment",
        "programme_copd",
        "programme_diabetes",
        "alerts_28d",
        "days_measured_28d",
        "body_weight_mean_7d",
    ];
    let features = Features::new(names).unwrap();
    let row = features.row(&person(&plan, &days, &stays));
    let expected = [2.0, 1.0, 5.0 + 2.0 + 5.0 + 2.0, 80.0, 1.0, 40.0, 1.0, 0.0];
    assert_eq!(row[..8], expected.map(Some));
    assert_eq!(
        row[8..],
        [None, Some(2.0), Some(82.0)],
        "no screening; two days; today is not known"
    );
    let known = person(&plan, &days, &stays);
    let opened = [D - 30, D - 28, D - 1, D];
    let row = features.row(&Person { alerts: Some(&opened), ..known });
    assert_eq!(row[8], Some(2.0));
    assert!(Features::new(["blood_of_dragons"]).is_err());
    assert_eq!(Features::new(FEATURES).unwrap().names().len(), FEATURES.len());
}

#[test]
fn an_outcome_is_a_case_free_or_not_known() {
    let admission = Target { event: Event::Admission, days: 30 };
    let course = |stays, died, left, last| Course { stays, died, left, last };
    let none: &[Stay] = &[];
    let after = |course: Course<'_>| course.after(admission, D);
    assert_eq!(after(course(none, None, None, D + 29)), After::Free);
    assert_eq!(after(course(none, None, None, D + 28)), After::Censored);
    let planned = [stay(D + 3, D + 4, true)];
    assert_eq!(after(course(&planned, None, None, D + 29)), After::Free);
    let own = [stay(D - 9, D - 8, false), stay(D, D + 2, false), stay(D + 9, D + 9, false)];
    assert_eq!(after(course(&own, None, None, D + 29)), After::Case(0));
    assert_eq!(after(course(&own[2..], None, None, D + 9)), After::Case(9));
    // Whatever came after the citizen had left is not looked at.
    assert_eq!(after(course(&own[2..], None, Some(D + 8), D + 29)), After::Censored);
    assert_eq!(after(course(none, Some(D + 5), None, D + 29)), After::Censored);
    let death = Target { event: Event::Death, days: 30 };
    assert_eq!(course(none, Some(D + 5), None, D + 29).after(death, D), After::Case(5));
    assert_eq!(course(none, Some(D + 30), None, D + 40).after(death, D), After::Free);
    assert!(stay(D - 1, D, false).is_in(D) && !stay(D, D + 1, false).is_in(D));
    assert!(!stay(D - 3, D - 1, false).is_in(D));
    let open = |from| Stay { from, to: None, planned: false };
    assert!(open(D - 1).is_in(D) && !open(D - 91).is_in(D), "an open one was forgotten");
}
