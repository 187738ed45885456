use proptest::prelude::*;

use super::*;
use crate::Signal;
use crate::plan::{Cadence, Programme};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;
const OFFSET: i32 = 3_600;

fn pack() -> Pack {
    Pack::parse(include_str!("tests/pack.toml")).unwrap()
}

fn plan() -> Plan {
    Plan {
        programmes: [Programme::HeartFailure].into(),
        cadence: vec![Cadence {
            signal: Signal::BodyWeight,
            every_hours: 24,
            from: None,
            safety_critical: false,
        }],
        limits: [("weight_gain".to_owned(), 1.5)].into(),
        ..Plan::default()
    }
}

/// Something that happened to the store: a reading came (again), or a version took the place of
/// another.
#[derive(Debug, Clone, Copy)]
struct Happened {
    at: i64,
    reading: Sample,
    /// What it takes the place of, by identity.
    instead_of: Option<u64>,
    /// Whether there is a new version, or the reading is withdrawn.
    stands: bool,
}

/// A live system in small: what is stored, which days were touched, and their summaries.
#[derive(Default)]
struct Live {
    stored: Vec<Sample>,
    days: BTreeMap<i32, Day>,
}

fn day_of(sample: &Sample) -> i32 {
    crate::summary::local_day(sample.at, sample.offset)
}

impl Live {
    fn take(&mut self, happened: &[Happened]) {
        let mut touched = BTreeSet::new();
        for one in happened {
            let is_known = |sample: &Sample| sample.identity == one.reading.identity;
            if one.stands && self.stored.iter().any(is_known) {
                continue;
            }
            self.stored.retain(|sample| {
                let stays = Some(sample.identity) != one.instead_of;
                if !stays {
                    touched.insert(day_of(sample));
                }
                stays
            });
            if one.stands {
                touched.insert(day_of(&one.reading));
                self.stored.push(one.reading);
            }
        }
        for day in touched {
            let samples: Vec<Sample> =
                self.stored.iter().filter(|sample| day_of(sample) == day).copied().collect();
            self.days.insert(day, Day { day, summaries: summarise(&samples) });
        }
    }
}

/// What the live system says of everybody at a moment.
fn screen_live(live: &[Live], moment: &Moment, plan: &Plan, pack: &Pack) -> Vec<String> {
    let mut batch = Batch::new(pack);
    for one in live {
        batch.push(&Subject {
            as_of: moment.as_of,
            offset: moment.offset,
            plan,
            plan_version: 3,
            plan_since: 0,
            age_years: Some(70.0),
            days: &one.days.values().cloned().collect::<Vec<Day>>(),
        });
    }
    let screenings = screen(batch, pack).unwrap();
    screenings.iter().map(|screening| serde_json::to_string(screening).unwrap()).collect()
}

/// The history that the store keeps of what happened.
fn versions(happened: &[Happened]) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::new();
    for one in happened {
        let stands = |version: &&mut Version, identity| {
            version.sample.identity == identity && version.replaced.is_none()
        };
        let known = versions.iter_mut().find(|version| stands(version, one.reading.identity));
        if one.stands && known.is_some() {
            continue;
        }
        let replaced = one
            .instead_of
            .and_then(|identity| versions.iter_mut().find(|version| stands(version, identity)));
        if let Some(replaced) = replaced {
            replaced.replaced = Some(one.at);
        }
        if one.stands {
            let day = day_of(&one.reading);
            versions.push(Version { day, sample: one.reading, replaced: None });
        }
    }
    versions
}

/// One pass over the history beside the live system that saw it happen.
fn check(histories: &[Vec<Happened>], moments: &[Moment]) -> usize {
    let (pack, plan) = (pack(), plan());
    let mut live: Vec<Live> = histories.iter().map(|_| Live::default()).collect();
    let mut seen = vec![0; histories.len()];
    let mut lived = BTreeMap::new();
    for (place, moment) in moments.iter().enumerate() {
        for ((live, history), seen) in live.iter_mut().zip(histories).zip(&mut seen) {
            let until = history.partition_point(|one| one.at <= moment.as_of);
            live.take(&history[*seen..until]);
            *seen = until;
        }
        let screened = screen_live(&live, moment, &plan, &pack).into_iter().enumerate();
        lived.extend(screened.map(|(citizen, json)| ((citizen, place), json)));
    }
    let mut citizens: Vec<Replay> =
        histories.iter().map(|history| Replay::new(versions(history))).collect();
    let known = Known { plan: &plan, plan_version: 3, plan_since: 0, age_years: Some(70.0) };
    let mut fired = 0;
    let known = |_: usize, _: &Moment| Some(known);
    screen_over(&mut citizens, moments, &pack, known, |citizen, moment, screening| {
        let outcomes = screening.verdicts.iter().map(|verdict| verdict.outcome);
        fired += outcomes.filter(|outcome| *outcome >= crate::Outcome::Blue).count();
        let replayed = serde_json::to_string(&screening).unwrap();
        assert_eq!(Some(replayed), lived.remove(&(citizen, moment)), "{citizen} at {moment}");
    })
    .unwrap();
    assert!(lived.is_empty());
    fired
}

fn every(hours: i64, days: i64) -> Vec<Moment> {
    let moments = 0..days * 24 / hours;
    moments.map(|step| Moment { as_of: step * hours * HOUR, offset: OFFSET }).collect()
}

fn sample(signal: Signal, at: i64, value: f64, received: i64, identity: u64) -> Sample {
    Sample { signal, at, offset: OFFSET, span: 0, value, is_day_total: false, received, identity }
}

fn arrives(reading: Sample) -> Happened {
    Happened { at: reading.received, reading, instead_of: None, stands: true }
}

/// By time, without what the store refuses: a reading that is gone is not corrected, withdrawn or
/// stored again, and a correction that was refused is not there to be sent again.
fn in_order(mut happened: Vec<Happened>) -> Vec<Happened> {
    happened.sort_by_key(|one| one.at);
    let mut gone = BTreeSet::new();
    happened.retain(|one| match one.instead_of {
        Some(identity) => {
            let stood = gone.insert(identity);
            if !stood {
                gone.insert(one.reading.identity);
            }
            stood
        }
        None => !gone.contains(&one.reading.identity),
    });
    happened
}

/// A month of weighing and a watch's nights: uploads that come late, twice and out of order, a
/// correction, a withdrawal, and a decompensation.
fn month(citizen: u64) -> Vec<Happened> {
    let mut happened = Vec::new();
    let mut identity = citizen << 32;
    for day in 0..30_i64 {
        let gain = [0.0, 0.4, 0.9, 1.7, 2.5][usize::try_from((day - 18).clamp(0, 4)).unwrap()];
        let at = day * DAY + 7 * HOUR;
        identity += 1;
        let late = if day % 7 == 3 { 2 * DAY } else { 5 * 60 * SECOND };
        let grams = f64::from(i32::try_from(day * 37 % 5).unwrap()) / 10.0;
        let weight = sample(Signal::BodyWeight, at, 80.0 + gain + grams, at + late, identity);
        happened.push(arrives(weight));
        if day % 5 == 0 {
            happened.push(Happened { at: at + 3 * DAY, ..arrives(weight) });
        }
        if day == 12 {
            identity += 1;
            let right = Sample { value: 80.2, received: at + 4 * DAY, identity, ..weight };
            let instead_of = Some(weight.identity);
            happened.push(Happened { instead_of, ..arrives(right) });
        }
        if day == 20 {
            let instead_of = Some(weight.identity);
            let gone = Happened { at: at + DAY, stands: false, ..arrives(weight) };
            happened.push(Happened { instead_of, ..gone });
        }
        for hour in [1, 3, 5] {
            identity += 1;
            let at = day * DAY + hour * HOUR;
            let beats = 58.0 + gain * 4.0 + f64::from(i32::try_from(hour).unwrap());
            let synced = (day + day % 3) * DAY + 8 * HOUR;
            let beat = sample(Signal::HeartRate, at, beats, synced.max(at), identity);
            happened.push(arrives(beat));
        }
    }
    in_order(happened)
}

#[test]
fn a_month_of_live_screening_is_one_pass_over_it() {
    let histories: Vec<Vec<Happened>> = (1..4).map(month).collect();
    let fired = check(&histories, &every(6, 34));
    assert!(fired > 10, "the month has nothing to find: {fired}");
}

#[test]
fn going_back_in_time_forgets_what_came_later() {
    let mut replay = Replay::new(versions(&month(1)));
    let early = replay.days_as_of(10 * DAY).to_vec();
    let late = replay.days_as_of(30 * DAY).to_vec();
    assert!(late.len() > early.len());
    assert_eq!(replay.days_as_of(10 * DAY), early);
    assert_eq!(replay.days_as_of(i64::MIN), []);
    assert_eq!(replay.days_as_of(30 * DAY), late);
}

#[test]
fn a_version_stands_from_its_receipt_until_it_is_replaced() {
    let first = sample(Signal::BodyWeight, 0, 80.0, HOUR, 1);
    let second = Sample { value: 81.0, received: 2 * HOUR, identity: 2, ..first };
    let never = Sample { value: 99.0, received: HOUR, identity: 3, ..first };
    let version = |sample, replaced| Version { day: 0, sample, replaced };
    let mut replay = Replay::new([
        version(second, Some(3 * HOUR)),
        version(first, Some(2 * HOUR)),
        version(never, Some(HOUR)),
    ]);
    assert_eq!(replay.first_received(), Some(HOUR));
    let mut last = |as_of| replay.days_as_of(as_of).first().map(|day| day.summaries[0].last);
    assert_eq!(last(HOUR - 1), None);
    assert_eq!(last(HOUR), Some(80.0));
    assert_eq!(last(2 * HOUR - 1), Some(80.0));
    assert_eq!(last(2 * HOUR), Some(81.0));
    assert_eq!(last(3 * HOUR), None);
}

#[test]
fn at_the_end_of_each_day_summaries_say_what_their_readings_say() {
    let (offset, mut in_time) = (i64::from(OFFSET) * SECOND, month(1));
    in_time.retain(|one| one.instead_of.is_none());
    for one in &mut in_time {
        one.reading.received = one.reading.at;
        one.at = one.reading.at;
    }
    in_time.sort_by_key(|one| one.at);
    let mut readings = Replay::new(versions(&in_time));
    let kept = readings.days_as_of(i64::MAX).to_vec();
    let mut summaries = Replay::of_days(kept.clone());
    assert_eq!(
        summaries.first_received(),
        Some(kept[0].summaries.iter().map(|it| it.last_at).max().unwrap())
    );
    for day in (0..32).chain([3]) {
        let end = (day + 1) * DAY - offset - 1;
        assert_eq!(summaries.days_as_of(end), readings.days_as_of(end), "{day}");
    }
    assert!(summaries.days_as_of(i64::MIN).is_empty());
    // A day is not known before it is over.
    let seven = summaries.days_as_of(9 * DAY - offset + 6 * HOUR).last().map(|day| day.day);
    assert_eq!(seven, Some(8));
}

fn history() -> impl Strategy<Value = Vec<Happened>> {
    let reading = (0_i64..20, 0_i64..48, 0_usize..3, -20_i32..40, 0_i64..100, 0_u8..8);
    prop::collection::vec(reading, 1..120).prop_map(|readings| {
        let mut happened: Vec<Happened> = Vec::new();
        for ((day, half_hour, signal, value, delay, what), identity) in
            readings.into_iter().zip(1..)
        {
            let (signal, usual) =
                [(Signal::BodyWeight, 80.0), (Signal::HeartRate, 60.0), (Signal::Steps, 100.0)]
                    [signal];
            let at = day * DAY + half_hour * HOUR / 2;
            let value = usual + f64::from(value) / 10.0;
            let reading = sample(signal, at, value, at + delay * HOUR, identity);
            let before = happened.iter().rev().find(|one| one.stands).map(|one| one.reading);
            match (what, before) {
                // Sent again.
                (0, Some(before)) => {
                    let at = before.received + delay * HOUR;
                    happened.push(Happened { at, ..arrives(before) });
                }
                // Corrected, perhaps to another day.
                (1, Some(before)) => {
                    let received = before.received + (delay + 1) * HOUR;
                    let right = Sample { received, ..reading };
                    let instead_of = Some(before.identity);
                    happened.push(Happened { instead_of, ..arrives(right) });
                }
                // Withdrawn.
                (2, Some(before)) => {
                    let at = before.received + (delay + 1) * HOUR;
                    let instead_of = Some(before.identity);
                    happened.push(Happened { at, instead_of, stands: false, ..arrives(before) });
                }
                _ => happened.push(arrives(reading)),
            }
        }
        in_order(happened)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn live_and_retrospective_never_differ(histories in prop::collection::vec(history(), 1..4)) {
        check(&histories, &every(13, 26));
    }

    #[test]
    fn days_do_not_depend_on_the_moments_asked_before(
        history in history(),
        moments in prop::collection::vec(0_i64..600, 1..12),
    ) {
        let mut asked = Replay::new(versions(&history));
        for moment in moments {
            let mut fresh = Replay::new(versions(&history));
            prop_assert_eq!(asked.days_as_of(moment * HOUR), fresh.days_as_of(moment * HOUR));
        }
    }
}
