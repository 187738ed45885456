//! Citizens and days for the tests.

use crate::plan::Plan;
use crate::summary::{DaySummary, Held, Night};
use crate::{Batch, Day, Pack, Screening, Signal, Subject, screen};

/// Microseconds in an hour.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// The local day of [`NOW`].
pub(crate) const TODAY: i32 = 20_000;

/// Noon, UTC.
pub(crate) const NOW: i64 = TODAY as i64 * 24 * HOUR + 12 * HOUR;

/// A pack that tries every part of the language.
pub(crate) fn tiny() -> Pack {
    Pack::parse(include_str!("../tests/fixtures/tiny.toml")).unwrap()
}

/// A day with one reading at 07:00, confirmed at once.
pub(crate) fn summary(signal: Signal, day: i32, value: f64) -> DaySummary {
    let at = i64::from(day).saturating_mul(24 * HOUR).saturating_add(7 * HOUR);
    DaySummary {
        signal,
        count: 1,
        mean: value,
        min: value,
        max: value,
        first: value,
        last: value,
        deviation: None,
        total: value,
        first_at: at,
        last_at: at,
        night: (signal == Signal::HeartRate).then_some(Night {
            count: 1,
            mean: value,
            min: value,
            minutes: 60,
        }),
        wear_minutes: 0,
        held_low: Some(Held { level: value, at }),
        held_high: Some(Held { level: value, at }),
        ranges: None,
        received: at,
        digest: value.to_bits() ^ u64::from(day.unsigned_abs()),
    }
}

/// Days of one signal, the last of them today; `None` is a day without.
pub(crate) fn days(signal: Signal, values: &[Option<f64>]) -> Vec<Day> {
    let first = TODAY + 1 - i32::try_from(values.len()).unwrap();
    let days = values.iter().zip(first..).filter_map(|(value, day)| {
        Some(Day { day, summaries: vec![summary(signal, day, (*value)?)] })
    });
    days.collect()
}

/// Days of several signals as days of one citizen.
pub(crate) fn together(parts: &[Vec<Day>]) -> Vec<Day> {
    let mut all = std::collections::BTreeMap::<i32, Vec<DaySummary>>::new();
    for day in parts.iter().flatten() {
        all.entry(day.day).or_default().extend(day.summaries.iter().cloned());
    }
    all.into_iter().map(|(day, summaries)| Day { day, summaries }).collect()
}

/// A citizen at noon.
pub(crate) fn subject<'a>(plan: &'a Plan, days: &'a [Day]) -> Subject<'a> {
    Subject {
        as_of: NOW,
        offset: 0,
        plan,
        plan_version: 4,
        plan_since: NOW - 30 * 24 * HOUR,
        age_years: Some(81.0),
        days,
    }
}

/// One citizen screened alone.
pub(crate) fn alone(pack: &Pack, subject: &Subject<'_>) -> Screening {
    let mut batch = Batch::new(pack);
    batch.push(subject);
    screen(batch, pack).unwrap().remove(0)
}

/// A pack with one rule that looks at these features.
pub(crate) fn looking_at(features: &[&str]) -> Pack {
    let shown: Vec<String> = features.iter().map(|name| format!("{{{name}}}")).collect();
    let shown = shown.concat();
    Pack::parse(&format!(
        "[pack]\nname = \"p\"\nversion = \"1\"\nintended_use = {{ en = \"\", da = \"\" }}\n\
         [[rules]]\nid = \"R\"\nproblem = \"p\"\nred = \"age_years > 200\"\nsign_off = \"needed\"\n\
         evidence = \"P\"\ntitle = {{ en = \"\", da = \"\" }}\n\
         explain = {{ en = {{ red = \"{shown}\" }}, da = {{ red = \"\" }} }}\n"
    ))
    .unwrap()
}

/// What these features are for a citizen.
pub(crate) fn features(names: &[&str], subject: &Subject<'_>) -> Vec<Option<f64>> {
    let verdict = alone(&looking_at(names), subject).verdicts.remove(0);
    let value = |name: &&str| {
        verdict.features.iter().find(|(known, _)| **known == **name).map(|(_, value)| *value)
    };
    names.iter().map(value).collect()
}
