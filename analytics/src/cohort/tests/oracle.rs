//! A cohort by looking at every day of every citizen, one row after the other: slow, and with
//! nothing of the engine but the tree of the definition.

use std::cell::Cell;

use super::arbitrary::{FEATURES, LAST, definition, rows};
use super::*;

struct Oracle<'a> {
    rows: &'a Cells,
    last_day: i32,
}

type Citizen = (u32, Option<i32>, Option<&'static str>, &'static str, Option<i32>, Option<i32>);

impl Oracle<'_> {
    fn happened(&self, event: &Event, citizen: &Citizen, day: i32) -> bool {
        let id = citizen.0;
        match event {
            Event::Diagnosis(codes) => self.rows.diagnoses.iter().any(|it| {
                it.0 == id && it.1 == day && codes.iter().any(|code| it.2.starts_with(code))
            }),
            Event::Admission(admission) => self.rows.admissions.iter().any(|it| {
                let fits_code = match (&admission.set, it.4) {
                    (None, None) => admission.codes.is_empty(),
                    (None, Some(code)) => {
                        admission.codes.is_empty()
                            || admission.codes.iter().any(|prefix| code.starts_with(prefix))
                    }
                    // Of the codes in these worlds; the social ones and heart failure are not in it.
                    (Some(_), code) => {
                        matches!(code, Some("DJ440" | "DJ441" | "DE869" | "DN300"))
                            && it.3 == Some(true)
                            && citizen.1.is_some_and(|born| age(born, day) >= 65)
                    }
                };
                it.0 == id
                    && it.1 == day
                    && fits_code
                    && (admission.acute.is_none() || admission.acute == it.3)
            }),
            Event::Enrolment(programmes) => self.rows.enrolments.iter().any(|it| {
                it.0 == id
                    && it.2 == day
                    && (programmes.is_empty() || names(programmes).contains(&it.1))
            }),
            Event::Alert(alert) => self.rows.alerts.iter().any(|it| {
                it.0 == id
                    && it.1 == day
                    && (alert.problem.is_empty() || alert.problem.iter().any(|one| one == it.2))
                    && (alert.severity.is_empty() || levels(&alert.severity).contains(&it.3))
            }),
            Event::Finding(finding) => self.rows.findings.iter().any(|it| {
                it.0 == id
                    && it.1 == day
                    && (finding.rule.is_empty() || finding.rule.iter().any(|one| one == it.2))
                    && (finding.level.is_empty() || levels(&finding.level).contains(&it.3))
            }),
            Event::Measured(measured) => {
                self.value(&measured.what, id, day).is_some_and(|(it, _)| {
                    measured.from.is_none_or(|from| it >= from)
                        && measured.to.is_none_or(|to| it <= to)
                })
            }
            Event::Death(_) => citizen.4 == Some(day),
        }
    }

    /// Of a day that is there twice the greatest value stands.
    fn value(&self, measure: &str, id: u32, day: i32) -> Option<(f64, u32)> {
        let all = self.rows.days.iter().filter(|it| it.0 == id && it.1 == measure && it.2 == day);
        all.map(|it| (it.3, it.4)).reduce(|a, b| if (b.0, b.1) > (a.0, a.1) { b } else { a })
    }

    fn is_enrolled(&self, id: u32, programmes: &[crate::plan::Programme], day: i32) -> bool {
        self.rows.enrolments.iter().any(|it| {
            it.0 == id
                && (programmes.is_empty() || names(programmes).contains(&it.1))
                && it.2 <= day
                && it.3.is_none_or(|to| day <= to)
        })
    }

    fn condition(&self, condition: &Condition, citizen: &Citizen, index: i32) -> Option<bool> {
        let back = 400;
        match condition {
            Condition::All(of) => {
                let said: Vec<_> = of.iter().map(|it| self.condition(it, citizen, index)).collect();
                if said.contains(&Some(false)) {
                    Some(false)
                } else if said.contains(&None) {
                    None
                } else {
                    Some(true)
                }
            }
            Condition::Any(of) => {
                let said: Vec<_> = of.iter().map(|it| self.condition(it, citizen, index)).collect();
                if said.contains(&Some(true)) {
                    Some(true)
                } else if said.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Condition::Not(of) => self.condition(of, citizen, index).map(|it| !it),
            Condition::AtLeast(at_least) => {
                let said = at_least.of.iter().map(|it| self.condition(it, citizen, index));
                let (mut least, mut most) = (0, 0);
                for one in said {
                    least += u32::from(one == Some(true));
                    most += u32::from(one != Some(false));
                }
                if least >= at_least.n {
                    Some(true)
                } else if most < at_least.n {
                    Some(false)
                } else {
                    None
                }
            }
            Condition::Age(range) => {
                let years = age(citizen.1?, index);
                let from = range.from.map_or(i32::MIN, i32::from);
                Some(from <= years && years <= range.to.map_or(i32::MAX, i32::from))
            }
            Condition::Sex(of) => {
                let sex = citizen.2?;
                Some(of.iter().any(|it| match it {
                    Sex::Female => sex == "female",
                    Sex::Male => sex == "male",
                    Sex::Other => sex == "other",
                }))
            }
            Condition::Municipality(of) => Some(of.iter().any(|it| it == citizen.3)),
            Condition::Programme(of) => Some(self.is_enrolled(citizen.0, of, index)),
            Condition::Enrolled(enrolled) => {
                let mut days = 0;
                let mut day = index;
                while self.is_enrolled(citizen.0, &enrolled.programme, day) {
                    days += 1;
                    day -= 1;
                }
                Some(in_range(enrolled.days, days))
            }
            Condition::Had(had) => {
                let from = index + had.within.from.unwrap_or(-back);
                let to = index + had.within.to.unwrap_or(0);
                let on = (from..=to).filter(|day| self.happened(&had.what, citizen, *day)).count();
                Some(in_range(had.times, u32::try_from(on).unwrap()))
            }
            Condition::Sequence(sequence) => {
                let from = index + sequence.within.from.unwrap_or(-back);
                let to = index + sequence.within.to.unwrap_or(0);
                Some(self.follows(sequence, 0, citizen, (from, to), None))
            }
            Condition::Feature(text) => {
                let place = FEATURES.iter().position(|it| it == text).unwrap();
                self.feature(place, citizen.0, index)
            }
        }
    }

    /// Whether the events from a place on are there after the day of the one before.
    fn follows(
        &self,
        sequence: &Sequence,
        place: usize,
        citizen: &Citizen,
        (from, to): (i32, i32),
        before: Option<i32>,
    ) -> bool {
        let Some(event) = sequence.of.get(place) else { return true };
        (from..=to).any(|day| {
            let is_after = before.is_none_or(|before| {
                let gap = day - before;
                gap >= i32::try_from(sequence.gap.from.unwrap_or(1)).unwrap()
                    && sequence.gap.to.is_none_or(|to| gap <= i32::try_from(to).unwrap())
            });
            is_after
                && self.happened(event, citizen, day)
                && self.follows(sequence, place + 1, citizen, (from, to), Some(day))
        })
    }

    fn feature(&self, place: usize, id: u32, index: i32) -> Option<bool> {
        // Values by age, 0 to 119.
        let days = |measure: &str| -> Vec<(i32, f64, u32)> {
            let ages = 0..120;
            let known = ages.filter_map(|age| {
                self.value(measure, id, index - age).map(|(value, count)| (age, value, count))
            });
            known.collect()
        };
        let (weights, saturations) = (days("body_weight"), days("oxygen_saturation"));
        match place {
            0 => weights.first().map(|it| it.1 >= 90.0),
            1 => {
                let recent: Vec<f64> =
                    weights.iter().filter(|it| it.0 < 7).map(|it| it.1).collect();
                (!recent.is_empty()).then(|| recent.iter().sum::<f64>() > 180.0)
            }
            2 => Some(weights.iter().filter(|it| it.0 < 14).count() < 2),
            3 => {
                let newest = saturations.first()?;
                let guard = |it: &&(i32, f64, u32)| (3..=30).contains(&(it.0 - newest.0));
                let mut values: Vec<f64> =
                    saturations.iter().filter(guard).map(|it| it.1).collect();
                values.sort_by(f64::total_cmp);
                let middle = values.len() / 2;
                let median = match values.len() {
                    0 => return None,
                    odd if odd % 2 == 1 => values[middle],
                    _ => f64::midpoint(values[middle - 1], values[middle]),
                };
                Some(newest.1 - median <= -1.0)
            }
            4 => {
                let newest = saturations.first();
                let before = |it: &&(i32, f64, u32)| {
                    newest.is_some_and(|newest| (1..=30).contains(&(it.0 - newest.0)))
                };
                let greatest = saturations.iter().filter(before).map(|it| it.1).reduce(f64::max);
                let count: u32 = weights.iter().filter(|it| it.0 < 30).map(|it| it.2).sum();
                let is_high = greatest.map(|it| it >= 92.0);
                match (is_high, count >= 3) {
                    (Some(is_high), is_often) => Some(is_high && is_often),
                    (None, false) => Some(false),
                    (None, true) => None,
                }
            }
            5 => Some(weights.first().is_none_or(|it| it.0 > 5)),
            other => panic!("feature {other}"),
        }
    }

    fn index_day(&self, index: &Index, citizen: &Citizen) -> Option<i32> {
        match index {
            Index::Date(date) => Some(date.day()),
            Index::First(first) => (first.from.day()..=first.to.day())
                .find(|day| *day <= self.last_day && self.happened(&first.what, citizen, *day)),
        }
    }

    /// Excluded and unknown at each step, and the members with their index days.
    fn group(
        &self,
        index: &Index,
        who: &[Step],
        others: Option<&[u32]>,
    ) -> (Vec<(u64, u64)>, Vec<(Citizen, i32)>) {
        let mut fell = vec![(0, 0); who.len() + 3 + usize::from(others.is_some())];
        let mut members = Vec::new();
        for citizen in &self.rows.citizens {
            let Some(index) = self.index_day(index, citizen) else {
                fell[1].0 += 1;
                continue;
            };
            if citizen.4.is_some_and(|died| died < index) || citizen.5.is_some_and(|it| it < index)
            {
                fell[2].0 += 1;
                continue;
            }
            let failed =
                who.iter().position(|step| self.condition(&step.is, citizen, index) != Some(true));
            if let Some(place) = failed {
                match self.condition(&who[place].is, citizen, index) {
                    None => fell[place + 3].1 += 1,
                    _ => fell[place + 3].0 += 1,
                }
            } else if others.is_some_and(|others| others.contains(&citizen.0)) {
                fell[who.len() + 3].0 += 1;
            } else {
                members.push((*citizen, index));
            }
        }
        (fell, members)
    }

    /// Days followed and, for each outcome, days with it and days to the first.
    fn follow(
        &self,
        definition: &Definition,
        citizen: &Citizen,
        index: i32,
    ) -> (u32, Vec<(u32, Option<u32>)>) {
        let follow_up = definition.follow_up.unwrap();
        let mut outcomes = vec![(0, None); definition.outcomes.len()];
        let mut days = 0;
        for after in 1..=follow_up.days {
            let day = index + i32::try_from(after).unwrap();
            let is_over = day > self.last_day
                || citizen.4.is_some_and(|died| day > died)
                || citizen.5.is_some_and(|left| day > left)
                || follow_up.while_enrolled
                    && !(self.is_enrolled(citizen.0, &[], day - 1)
                        && self.is_enrolled(citizen.0, &[], day));
            if is_over {
                break;
            }
            days += 1;
            for (outcome, (times, first)) in definition.outcomes.iter().zip(&mut outcomes) {
                if self.happened(&outcome.what, citizen, day) {
                    *times += 1;
                    first.get_or_insert(after);
                }
            }
        }
        (days, outcomes)
    }
}

fn names(programmes: &[crate::plan::Programme]) -> Vec<&'static str> {
    let name = |it: &crate::plan::Programme| match it {
        crate::plan::Programme::Copd => "copd",
        crate::plan::Programme::HeartFailure => "heart-failure",
        other => panic!("{other:?}"),
    };
    programmes.iter().map(name).collect()
}

fn levels(levels: &[Level]) -> Vec<&'static str> {
    let name = |it: &Level| match it {
        Level::Blue => "blue",
        Level::Yellow => "yellow",
        Level::Red => "red",
    };
    levels.iter().map(name).collect()
}

/// Birthdays since birth.
fn age(born: i32, day: i32) -> i32 {
    let date = |day: i32| jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(day);
    let (born, today) = (date(born), date(day));
    let birthday = |year: i16| match jiff::civil::Date::new(year, born.month(), born.day()) {
        Ok(birthday) => birthday,
        Err(_) => jiff::civil::date(year, 3, 1),
    };
    i32::try_from((born.year() + 1..=today.year()).filter(|year| birthday(*year) <= today).count())
        .unwrap()
}

fn in_range(times: Times, count: u32) -> bool {
    times.from.unwrap_or(0) <= count && count <= times.to.unwrap_or(u32::MAX)
}

/// Column by column, as numbers and texts.
fn cells(answer: &Answer, row: usize) -> Vec<String> {
    let columns = answer.table.columns().iter();
    columns.map(|it| it.get(row).unwrap().to_string().trim_matches('"').to_owned()).collect()
}

fn null<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

#[test]
fn the_engine_says_what_the_oracle_says() {
    let (members_seen, unknown_seen, events_seen) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(400) });
    let strategy = (definition(), rows());
    let result = runner.run(&strategy, |(definition, rows)| {
        let last_day = Date::from_day(LAST - 5).unwrap();
        let oracle = Oracle { rows: &rows, last_day: last_day.day() };
        // A run never sees what came later.
        let known = rows_until(&rows, last_day.day());
        let oracle_known = Oracle { rows: &known, last_day: oracle.last_day };
        let answer = run(&definition, &known.world(), last_day).unwrap();
        let mut row = 0;
        let mut cohort: Vec<u32> = Vec::new();
        for group in &answer.groups {
            let (index, who, others) = match (&definition.comparison, group.name) {
                (Some(comparison), "comparison") => {
                    let index = comparison.index.as_ref().unwrap_or(&definition.index);
                    let others = (!cohort.is_empty()).then_some(&cohort[..]);
                    (index, &comparison.who, others)
                }
                _ => (&definition.index, &definition.who, None),
            };
            let (fell, members) = oracle_known.group(index, who, others);
            let told: Vec<(u64, u64)> =
                group.attrition.iter().map(|it| (it.excluded, it.unknown)).collect();
            prop_assert_eq!(&told, &fell, "attrition of {}", group.name);
            prop_assert_eq!(group.members, members.len() as u64);
            let mut sums = vec![(0_u64, 0_u64, 0_u64); definition.outcomes.len()];
            for (citizen, index) in &members {
                let (days, outcomes) = oracle_known.follow(&definition, citizen, *index);
                let mut expected = vec![
                    group.name.to_owned(),
                    citizen.0.to_string(),
                    index.to_string(),
                    null(citizen.1.map(|born| age(born, *index))),
                    null(citizen.2),
                    citizen.3.to_owned(),
                    days.to_string(),
                ];
                for ((times, first), sum) in outcomes.iter().zip(&mut sums) {
                    expected.push(times.to_string());
                    expected.push(null(*first));
                    sum.0 += u64::from(*times);
                    sum.1 += u64::from(first.is_some());
                    sum.2 += u64::from(days);
                }
                prop_assert_eq!(cells(&answer, row), expected);
                row += 1;
            }
            for (outcome, sum) in group.outcomes.iter().zip(&sums) {
                prop_assert_eq!((outcome.events, outcome.citizens, outcome.days), *sum);
                events_seen.set(events_seen.get() + sum.0);
            }
            members_seen.set(members_seen.get() + members.len());
            unknown_seen.set(unknown_seen.get() + fell.iter().map(|it| it.1).sum::<u64>());
            if group.name == "cohort" {
                cohort = members.iter().map(|it| it.0.0).collect();
            }
        }
        prop_assert_eq!(answer.table.height(), row);
        Ok(())
    });
    result.unwrap();
    // The worlds are not so thin that nothing was compared.
    let seen = (members_seen.get(), unknown_seen.get(), events_seen.get());
    assert!(seen.0 > 800 && seen.1 > 50 && seen.2 > 100, "members, unknown, events: {seen:?}");
}

/// Without what came after a day.
fn rows_until(rows: &Cells, day: i32) -> Cells {
    let mut rows = rows.clone();
    rows.enrolments.retain(|it| it.2 <= day);
    rows.diagnoses.retain(|it| it.1 <= day);
    rows.admissions.retain(|it| it.1 <= day);
    rows.days.retain(|it| it.2 <= day);
    rows.alerts.retain(|it| it.1 <= day);
    rows.findings.retain(|it| it.1 <= day);
    rows
}

#[test]
fn the_order_of_rows_says_nothing() {
    let config = Config { failure_persistence: None, ..Config::with_cases(60) };
    proptest!(config, |(definition in definition(), rows in rows(), seed in any::<u64>())| {
        let last_day = Date::from_day(LAST).unwrap();
        let answer = run(&definition, &rows.world(), last_day).unwrap();
        let again = run(&definition, &rows.world(), last_day).unwrap();
        prop_assert_eq!(bytes(&answer), bytes(&again));
        let mut shuffled = rows.clone();
        shuffle(&mut shuffled.citizens, seed);
        shuffle(&mut shuffled.enrolments, seed);
        shuffle(&mut shuffled.diagnoses, seed);
        shuffle(&mut shuffled.admissions, seed);
        shuffle(&mut shuffled.days, seed);
        shuffle(&mut shuffled.alerts, seed);
        shuffle(&mut shuffled.findings, seed);
        // And a row that is there twice counts once.
        shuffled.diagnoses.extend(shuffled.diagnoses.clone());
        let other = run(&definition, &shuffled.world(), last_day).unwrap();
        prop_assert_eq!(bytes(&answer), bytes(&other));
    });
}

fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for place in (1..items.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(place, usize::try_from(state >> 33).unwrap() % (place + 1));
    }
}
