//! Whatever the readings are.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::naive;
use super::*;

/// Samples of a day, some at the same moment, of the same identity or without a usable number.
fn any_sample() -> impl Strategy<Value = Sample> {
    let value = prop_oneof![
        20 => 0.0..250.0_f64,
        3 => select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -0.0, 0.0]),
    ];
    (
        prop_oneof![select(Signal::ALL), Just(Signal::HeartRate), Just(Signal::Steps)],
        prop_oneof![0..DAY, (0..6_i64).prop_map(|index| index * 9 * MINUTE)],
        select(vec![0, 3_600, 7_200, -18_000]),
        prop_oneof![Just(0), Just(-1), 0..7_200],
        value,
        prop::bool::weighted(0.1),
        0..DAY,
        0..6_u64,
    )
        .prop_map(|(signal, into, offset, span, value, is_day_total, delay, identity)| {
            Sample {
                signal,
                at: MIDNIGHT + into,
                offset,
                span,
                value,
                is_day_total,
                received: MIDNIGHT + into + delay,
                identity,
            }
        })
}

/// Samples on whole minutes, few enough values to be equal now and then.
fn minutely(signal: Signal, values: std::ops::Range<i32>) -> impl Strategy<Value = Vec<Sample>> {
    let spread = prop_oneof![Just(1_440_i64), Just(200), Just(45)];
    let reading = (spread.clone(), any::<Index>(), 0..4_i32, values);
    vec(reading, 1..60).prop_map(move |readings| {
        let mut samples: Vec<_> = readings
            .into_iter()
            .map(|(spread, index, span, value)| {
                let minute = i64::try_from(index.index(usize::try_from(spread).unwrap())).unwrap();
                let span = if span == 3 { 10 } else { 0 };
                over(signal, minute, span, f64::from(value) / 10.0)
            })
            .collect();
        samples.sort_by(order);
        samples
    })
}

/// All the bits of summaries: `Debug` tells every finite number apart from its neighbours.
fn bits(summaries: &[DaySummary]) -> String {
    format!("{summaries:?}")
}

proptest! {
    #[test]
    fn any_order_gives_the_same_bits(
        (samples, shuffled) in vec(any_sample(), 0..80)
            .prop_flat_map(|samples| (Just(samples.clone()), Just(samples).prop_shuffle()))
    ) {
        let summaries = summarise(&samples);
        prop_assert_eq!(bits(&summaries), bits(&summarise(&shuffled)));
        prop_assert!(summaries.is_sorted_by(|a, b| a.signal < b.signal));
    }

    #[test]
    fn numbers_are_finite_and_in_order(samples in vec(any_sample(), 0..80)) {
        for day in summarise(&samples) {
            let of: Vec<_> = samples
                .iter()
                .filter(|one| one.signal == day.signal && one.value.abs() <= GREATEST)
                .collect();
            prop_assert!(day.min <= day.mean && day.mean <= day.max);
            for value in [day.first, day.last] {
                prop_assert!((day.min..=day.max).contains(&value));
            }
            prop_assert!(day.deviation.is_none_or(|sd| sd >= 0.0 && sd.is_finite()));
            prop_assert_eq!(day.deviation.is_none(), day.count == 1);
            prop_assert!(day.first_at <= day.last_at);
            prop_assert_eq!(Some(day.received), of.iter().map(|one| one.received).max());
            for held in [day.held_low, day.held_high].into_iter().flatten() {
                prop_assert!((day.min..=day.max).contains(&held.level));
                prop_assert!((day.first_at..=day.last_at).contains(&held.at));
            }
            prop_assert!(day.wear_minutes <= 1_800);
            prop_assert!(day.night.is_none_or(|night| night.minutes <= day.wear_minutes));
            let totals = of.iter().filter(|one| one.is_day_total);
            if let Some(greatest) = totals.map(|one| one.value).max_by(f64::total_cmp) {
                prop_assert_eq!(day.total, greatest + 0.0);
            }
        }
    }

    #[test]
    fn other_signals_change_nothing(samples in vec(any_sample(), 0..80)) {
        // But steps, which heart rate looks at.
        let together = summarise(&samples);
        let alone: Vec<_> = Signal::ALL
            .iter()
            .flat_map(|signal| {
                let heart = *signal == Signal::HeartRate;
                let some: Vec<_> = samples
                    .iter()
                    .filter(|one| one.signal == *signal || (heart && one.signal == Signal::Steps))
                    .copied()
                    .collect();
                summarise(&some).into_iter().filter(|of| of.signal == *signal)
            })
            .collect();
        prop_assert_eq!(bits(&together), bits(&alone));
    }

    #[test]
    fn moments_as_in_the_text_book(values in vec(0.0..300.0_f64, 2..200)) {
        let readings: Vec<_> = values
            .iter()
            .zip(0..)
            .map(|(value, minute)| sample(Signal::BodyWeight, minute, *value))
            .collect();
        let day = only(&readings);
        let n = f64::from(u32::try_from(values.len()).unwrap());
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        prop_assert!((day.mean - mean).abs() < 1e-10);
        prop_assert!((day.deviation.unwrap() - variance.sqrt()).abs() < 1e-10);
        prop_assert_eq!(day.total, values.iter().sum::<f64>());
    }

    #[test]
    fn held_as_by_trying_all(
        signal in select(vec![
            Signal::OxygenSaturation, Signal::Glucose, Signal::BodyTemperature, Signal::BodyWeight,
        ]),
        readings in minutely(Signal::Fall, 20..32),
    ) {
        let readings: Vec<_> = readings.iter().map(|one| Sample { signal, ..*one }).collect();
        let day = only(&readings);
        prop_assert_eq!(day.held_low, naive::held(&readings, &[], false));
        prop_assert_eq!(day.held_high, naive::held(&readings, &[], true));
    }

    #[test]
    fn heart_as_minute_by_minute(
        beats in minutely(Signal::HeartRate, 500..520),
        steps in minutely(Signal::Steps, 0..2),
    ) {
        let day = of(Signal::HeartRate, &[&beats[..], &steps[..]].concat());
        let (worn, resting) = naive::minutes(&beats, &steps);
        prop_assert_eq!(day.wear_minutes, worn);
        prop_assert_eq!(day.night.map_or(0, |night| night.minutes), resting);
        prop_assert_eq!(day.held_low, naive::held(&beats, &steps, false));
        prop_assert_eq!(day.held_high, naive::held(&beats, &steps, true));
    }

    #[test]
    fn ranges_as_minute_by_minute(readings in minutely(Signal::Glucose, 20..160)) {
        let found = only(&readings).ranges.unwrap_or_default();
        let naive = naive::ranges(&readings);
        prop_assert_eq!(found, naive);
        prop_assert!(found.iter().sum::<u16>() <= 1_440);
    }
}
