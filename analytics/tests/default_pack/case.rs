//! One citizen, one rule, one expected outcome.

use std::collections::BTreeMap;

use pulsvagt_analytics::plan::{Cadence, Programme};
use pulsvagt_analytics::summary::{local_day, summarise};
use pulsvagt_analytics::{
    Batch, Day, Language, Outcome, Pack, Plan, Sample, Signal, Subject, Verdict, screen,
};

/// 22 November 2026, 12:00 on a wall clock one hour ahead of UTC.
const NOW: i64 = 1_795_345_200_000_000;
const OFFSET: i32 = 3600;
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A citizen, what one rule has to say of it and in which words.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) rule: &'static str,
    pub(crate) what: &'static str,
    pub(crate) plan: Plan,
    pub(crate) age: Option<f64>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) outcome: Outcome,
    /// Danish and English.
    pub(crate) words: Option<(&'static str, &'static str)>,
}

/// A citizen about whom `rule` is asked; `what` says what is special.
pub(crate) fn case(rule: &'static str, what: &'static str) -> Case {
    let (plan, samples) = (Plan::default(), Vec::new());
    Case { rule, what, plan, age: Some(72.0), samples, outcome: Outcome::Clear, words: None }
}

impl Case {
    pub(crate) fn programme(mut self, programme: Programme) -> Self {
        self.plan.programmes.insert(programme);
        self
    }

    pub(crate) fn limit(mut self, name: &str, value: f64) -> Self {
        self.plan.limits.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn age(mut self, years: Option<f64>) -> Self {
        self.age = years;
        self
    }

    pub(crate) fn baseline(mut self, signal: Signal, value: f64) -> Self {
        self.plan.baselines.insert(signal, value);
        self
    }

    pub(crate) fn cadence(mut self, signal: Signal, every_hours: u16, critical: bool) -> Self {
        let safety_critical = critical;
        self.plan.cadence.push(Cadence { signal, every_hours, from: None, safety_critical });
        self
    }

    /// A reading so many minutes ago.
    pub(crate) fn ago(mut self, signal: Signal, minutes: i64, value: f64) -> Self {
        self.push(signal, NOW - minutes * MINUTE, 0, value);
        self
    }

    /// A reading at 08:00, so many days ago.
    pub(crate) fn on(self, signal: Signal, days_ago: i64, value: f64) -> Self {
        self.ago(signal, days_ago * 24 * 60 + 4 * 60, value)
    }

    /// A reading at 08:00 on each of several days, ages inclusive.
    pub(crate) fn flat(
        self,
        signal: Signal,
        ages: std::ops::RangeInclusive<i64>,
        value: f64,
    ) -> Self {
        ages.fold(self, |case, age| case.on(signal, age, value))
    }

    /// Steps between 08:00 and 09:00, so many days ago.
    pub(crate) fn steps(mut self, ages: std::ops::RangeInclusive<i64>, value: f64) -> Self {
        for age in ages {
            self.push(Signal::Steps, NOW - age * DAY - 4 * HOUR, 3600, value);
        }
        self
    }

    /// Sleep that ended at 07:00, so many days ago.
    pub(crate) fn sleep(mut self, age: i64, hours: f64) -> Self {
        self.push(Signal::SleepDuration, NOW - age * DAY - 5 * HOUR, 0, hours);
        self
    }

    /// Heart rates at 01:00, 02:00 and 03:00, so many days ago.
    pub(crate) fn night(mut self, age: i64, value: f64) -> Self {
        for hour in 1..=3 {
            self.push(Signal::HeartRate, NOW - age * DAY - (12 - hour) * HOUR, 0, value);
        }
        self
    }

    pub(crate) fn nights(self, ages: std::ops::RangeInclusive<i64>, value: f64) -> Self {
        ages.fold(self, |case, age| case.night(age, value))
    }

    /// A glucose sensor every 15 minutes of each day; `value` by the number of the reading.
    pub(crate) fn sensor(
        mut self,
        ages: std::ops::RangeInclusive<i64>,
        value: impl Fn(i64) -> f64,
    ) -> Self {
        for age in ages {
            let midnight = NOW - 12 * HOUR - age * DAY;
            for slot in 0..96 {
                let at = midnight + slot * 15 * MINUTE;
                if at <= NOW {
                    self.push(Signal::Glucose, at, 0, value(slot));
                }
            }
        }
        self
    }

    pub(crate) fn gives(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    pub(crate) fn says(mut self, danish: &'static str, english: &'static str) -> Self {
        self.words = Some((danish, english));
        self
    }

    fn push(&mut self, signal: Signal, at: i64, span: i32, value: f64) {
        let identity = u64::try_from(self.samples.len()).unwrap();
        let is_day_total = false;
        let received = at + MINUTE;
        let sample =
            Sample { signal, at, offset: OFFSET, span, value, is_day_total, received, identity };
        self.samples.push(sample);
    }

    fn days(&self) -> Vec<Day> {
        let mut days: BTreeMap<i32, Vec<Sample>> = BTreeMap::new();
        for sample in &self.samples {
            days.entry(local_day(sample.at, sample.offset)).or_default().push(*sample);
        }
        days.into_iter().map(|(day, samples)| Day { day, summaries: summarise(&samples) }).collect()
    }
}

/// What the default pack says of the citizens of these cases, all in one batch.
pub(crate) fn verdicts(cases: &[Case]) -> Vec<Verdict> {
    let pack = Pack::default_pack();
    let days: Vec<Vec<Day>> = cases.iter().map(Case::days).collect();
    let mut batch = Batch::new(pack);
    for (case, days) in cases.iter().zip(&days) {
        let problems = pack.check_plan(&case.plan);
        assert!(problems.is_empty(), "{}, {}: {problems:?}", case.rule, case.what);
        batch.push(&Subject {
            as_of: NOW,
            offset: OFFSET,
            plan: &case.plan,
            plan_version: 1,
            plan_since: NOW - 200 * DAY,
            age_years: case.age,
            days,
        });
    }
    let screenings = screen(batch, pack).unwrap();
    assert_eq!(screenings.len(), cases.len());
    let of = |(case, screening): (&Case, pulsvagt_analytics::Screening)| {
        let mut verdicts = screening.verdicts.into_iter();
        verdicts.find(|verdict| &*verdict.rule == case.rule).unwrap()
    };
    cases.iter().zip(screenings).map(of).collect()
}

/// Asserts that each case comes out as it says.
#[track_caller]
pub(crate) fn check(cases: &[Case]) {
    let pack = Pack::default_pack();
    let mut wrong = Vec::new();
    for (case, verdict) in cases.iter().zip(verdicts(cases)) {
        let Case { rule, what, .. } = case;
        if verdict.outcome != case.outcome {
            let (features, found) = (&verdict.features, verdict.outcome);
            wrong.push(format!("{rule}, {what}: {found:?}, not {:?}; {features:?}", case.outcome));
            continue;
        }
        for language in [Language::Danish, Language::English] {
            let said = pack.explain(&verdict, language);
            if said.contains("– ") || said.ends_with('–') || said.contains("–,") {
                wrong.push(format!("{rule}, {what}: a number is missing in: {said}"));
            }
        }
        let Some((danish, english)) = case.words else { continue };
        for (language, words) in [(Language::Danish, danish), (Language::English, english)] {
            let said = pack.explain(&verdict, language);
            if said != words {
                wrong.push(format!("{rule}, {what}:\n  says   {said}\n  not    {words}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
