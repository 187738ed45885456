use proptest::prelude::*;
use pulsvagt_analytics::Signal;
use pulsvagt_analytics::summary::{DaySummary, Held, Night};

use super::pack::{pack, unpack, unpack_days};

const DAY: i32 = 20_453;
const NOON: i64 = DAY as i64 * 86_400_000_000 + 12 * 3_600_000_000;

fn single(value: f64) -> DaySummary {
    DaySummary {
        signal: Signal::BodyWeight,
        count: 1,
        mean: value,
        min: value,
        max: value,
        first: value,
        last: value,
        deviation: None,
        total: value,
        first_at: NOON,
        last_at: NOON,
        night: None,
        wear_minutes: 0,
        held_low: None,
        held_high: None,
        ranges: None,
        received: NOON + 90_123_456,
        digest: 0x0123_4567_89ab_cdef,
    }
}

/// Numbers as they are measured and computed, and such as nobody measures.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (0..3_000_i32, 0..4_u32).prop_map(|(value, digits)| {
            f64::from(value) / 10_f64.powi(digits.cast_signed())
        }),
        2 => -1e3..1e6_f64,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![0.0, -0.0, f64::NAN, f64::INFINITY, 1e300, 5e-324, 0.1 + 0.2]),
    ]
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => (-200_000..200_000_i64).prop_map(|seconds| NOON + seconds * 1_000_000),
        2 => (-200_000_000_000..200_000_000_000_i64).prop_map(|micros| NOON + micros),
        1 => any::<i64>(),
    ]
}

prop_compose! {
    fn held()(level in value(), at in time()) -> Held {
        Held { level, at }
    }
}

prop_compose! {
    fn night()(count in any::<u32>(), mean in value(), min in value(), minutes in any::<u16>())
        -> Night {
        Night { count, mean, min, minutes }
    }
}

prop_compose! {
    fn summary()(
        signal in prop::sample::select(Signal::ALL.to_vec()),
        count in any::<u32>(),
        values in prop::array::uniform6(value()),
        deviation in prop::option::of(value()),
        times in prop::array::uniform3(time()),
        night in prop::option::of(night()),
        wear_minutes in any::<u16>(),
        held_low in prop::option::of(held()),
        held_high in prop::option::of(held()),
        ranges in prop::option::of(any::<[u16; 5]>()),
        digest in any::<u64>(),
        is_single in any::<bool>(),
    ) -> DaySummary {
        let [mean, min, max, first, last, total] =
            if is_single { [values[0]; 6] } else { values };
        let [first_at, last_at, received] =
            if is_single { [times[0], times[0], times[2]] } else { times };
        DaySummary {
            signal, count, mean, min, max, first, last, deviation, total, first_at, last_at, night,
            wear_minutes, held_low, held_high, ranges, received, digest,
        }
    }
}

/// With the bits of every number, since NaN is not equal to itself.
fn bits(summaries: &[DaySummary]) -> Vec<String> {
    let bits = |value: f64| value.to_bits();
    summaries
        .iter()
        .map(|s| {
            format!(
                "{:?} {} {:?} {:?} {} {} {:?} {:?} {} {:?} {} {}",
                s.signal,
                s.count,
                [s.mean, s.min, s.max, s.first, s.last, s.total].map(bits),
                s.deviation.map(bits),
                s.first_at,
                s.last_at,
                s.night.map(|n| (n.count, bits(n.mean), bits(n.min), n.minutes)),
                [s.held_low, s.held_high].map(|held| held.map(|h| (bits(h.level), h.at))),
                s.wear_minutes,
                s.ranges,
                s.received,
                s.digest
            )
        })
        .collect()
}

proptest! {
    #[test]
    fn what_is_packed_comes_back_to_the_bit(
        day in -1_000_000..1_000_000_i32,
        summaries in prop::collection::vec(summary(), 0..Signal::ALL.len())
    ) {
        let packed = pack(day, &summaries);
        let back = unpack(day, &packed).expect("unpacks");
        prop_assert_eq!(bits(&back), bits(&summaries));
    }

    #[test]
    fn damage_is_told_or_gives_another_summary_but_never_a_panic(
        summaries in prop::collection::vec(summary(), 1..4),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>()
    ) {
        let mut packed = pack(DAY, &summaries);
        let place = at.index(packed.len());
        packed[place] = byte;
        let _ = unpack(DAY, &packed);
        let short = cut.index(packed.len());
        prop_assert!(unpack(DAY, &pack(DAY, &summaries)[..short]).is_err());
    }

    #[test]
    fn days_follow_one_another(days in prop::collection::btree_map(
        -100_000..100_000_i32, prop::collection::vec(summary(), 0..3), 0..5)
    ) {
        let mut bodies = Vec::new();
        for (day, summaries) in &days {
            bodies.extend(day.to_be_bytes());
            bodies.extend(pack(*day, summaries));
        }
        let mut back = Vec::new();
        unpack_days(&bodies, |day, summaries| back.push((day, bits(&summaries)))).expect("unpacks");
        let expected: Vec<_> = days.iter().map(|(day, s)| (*day, bits(s))).collect();
        prop_assert_eq!(back, expected);
    }
}

#[test]
fn a_day_with_one_reading_is_small() {
    let size = |value: f64| pack(DAY, &[single(value)]).len();
    for value in [82.0, 82.4, 36.55, 0.0, 120.0] {
        assert!(size(value) <= 26, "{value}: {} bytes", size(value));
    }
    assert!(pack(DAY, &[single(82.4), single(36.5)]).len() <= 50);
}

#[test]
fn the_stored_format_does_not_change() {
    let hex = data_encoding::HEXLOWER.encode(&pack(DAY, &[single(82.4)]));
    assert_eq!(hex, "0101060101816781c60a80e6f2ab010123456789abcdef");
}
