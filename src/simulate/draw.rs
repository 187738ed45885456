//! Randomness that can be reached from anywhere: every draw belongs to a seed, a citizen, a topic
//! and a moment, so any day of any citizen can be made without making the days before it.
//!
//! Only additions, multiplications and divisions are used on the way to a number, never `exp`,
//! `ln` or `sin`: those differ by a digit between platforms and would break "same seed, same bytes".

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream of random numbers is used for; two topics never share a stream.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Topic {
    Profile = 1,
    Episode,
    Outage,
    Clock,
    Stuck,
    Watch,
    Hub,
    Transport,
    Slow,
    Uuid,
    Device,
    Answers,
    Incident,
}

/// One stream of random numbers.
#[derive(Debug)]
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of a citizen for a topic at a moment (a day number, a block number, …).
    pub(super) fn new(seed: u64, citizen: u32, topic: Topic, at: i64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&citizen.to_le_bytes());
        key[12] = topic as u8;
        key[16..24].copy_from_slice(&at.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in `0.0..1.0`.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Uniform in `low..high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform whole number in `0..limit`.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(limit);
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    /// Uniform whole number in `low..=high`, as seconds and days are counted.
    pub(super) fn whole(&mut self, low: i64, high: i64) -> i64 {
        let width = u32::try_from(high - low + 1).unwrap_or(1);
        low + i64::from(self.below(width))
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Nearly normal, mean 0 and standard deviation 1, never beyond ±3.5: the sum of four uniforms.
    pub(super) fn normal(&mut self) -> f64 {
        let bits = self.0.next_u64().to_le_bytes();
        let sum: f64 = bits
            .chunks_exact(2)
            .map(|pair| f64::from(u16::from_le_bytes([pair[0], pair[1]])) / 65_536.0)
            .sum();
        (sum - 2.0) * 1.732_050_807_568_877_2
    }
}

/// A well-mixed 64-bit number of a citizen, a topic and two further numbers (splitmix64).
pub(super) fn mix(seed: u64, citizen: u32, topic: Topic, a: i64, b: i64) -> u64 {
    let mut state = seed;
    for part in [u64::from(citizen) << 8 | topic as u64, a.cast_unsigned(), b.cast_unsigned()] {
        state = scramble(state ^ part);
    }
    state
}

fn scramble(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A slowly moving number in about `-1.0..1.0` for day `day`: a straight line between one random
/// node a week. `lane` keeps the measures of one citizen apart.
pub(super) fn slow(seed: u64, citizen: u32, lane: u8, day: i64) -> f64 {
    let node = |week: i64| {
        let bits = mix(seed, citizen, Topic::Slow, week, i64::from(lane)) >> 32;
        f64::from(u32::try_from(bits).unwrap_or(0)) / 2_147_483_648.0 - 1.0
    };
    let week = day.div_euclid(7);
    let part = real(day.rem_euclid(7)) / 7.0;
    node(week) * (1.0 - part) + node(week + 1) * part
}

/// A count of seconds or days as a real number.
#[expect(clippy::cast_precision_loss, reason = "seconds and days are far below 2^52")]
pub(super) fn real(value: i64) -> f64 {
    value as f64
}

/// The nearest whole number, half away from zero.
#[expect(clippy::cast_possible_truncation, reason = "every caller stays within a few millions")]
pub(super) fn nearest(value: f64) -> i32 {
    value.round() as i32
}
