//! A simulated municipality over four years, with a pilot whose effect is known.
//!
//! Nothing here is a model of illness. It has what misleads evaluations: some citizens are admitted much
//! more often than others, winters are worse than summers, everybody is taken in because of an admission,
//! the old are taken in less often, some die, and rates fall slowly for all.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::stays::Member;
use crate::risk::home::Stay;

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Town {
    /// Everything random follows from it.
    pub seed: u64,
    /// Chronic citizens, of whom those with an admission in the third year are looked at.
    pub citizens: u32,
    /// What the pilot makes of the rate of unplanned stays: the true rate ratio.
    pub effect: f64,
    /// How unlike citizens are.
    pub frailty: Frailty,
}

/// How much citizens' own rates vary: gamma with mean 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frailty {
    /// Shape 2, variance ½.
    Mild,
    /// Shape ½, variance 2: a fifth of the citizens has more than three fifths of all stays.
    Strong,
}

impl Frailty {
    fn draw(self, random: &mut ChaCha8Rng) -> f64 {
        let mut exponential = || -(1.0 - random.random::<f64>()).ln();
        match self {
            Self::Mild => f64::midpoint(exponential(), exponential()),
            // The square of a normal number (Box and Muller 1958) has shape ½ and scale 2.
            Self::Strong => {
                let radius = 2.0 * exponential();
                let angle = std::f64::consts::TAU * random.random::<f64>();
                radius * angle.cos().powi(2)
            }
        }
    }
}

/// Days of a year.
const YEAR: i32 = 365;
/// Years that are simulated.
const YEARS: i32 = 4;
/// Unplanned stays a year of somebody of the mean kind.
const RATE: f64 = 1.4;
/// What a year makes of everybody's rate.
const TREND: f64 = 0.95;
/// Days from an admission to the start.
const WAIT: i32 = 14;
/// Of a hundred citizens so many die in a year.
const DYING: f64 = 0.04;

/// The citizens of a town who were admitted in its third year, about half of them in the pilot. Day 0 is
/// the first of the town.
pub fn members(town: Town) -> Vec<Member> {
    let mut random = ChaCha8Rng::seed_from_u64(town.seed);
    (0..town.citizens).filter_map(|_| one(town, &mut random)).collect()
}

fn one(town: Town, random: &mut ChaCha8Rng) -> Option<Member> {
    let frailty = town.frailty.draw(random);
    let age = random.random_range(60.0..95.0_f64).floor();
    let woman = random.random::<bool>();
    let treated = random.random::<f64>() < 0.6 - (age - 60.0) * 0.008;
    let dies = random.random::<f64>() < DYING * f64::from(YEARS);
    let died = dies.then(|| random.random_range(0..YEARS * YEAR));
    let (mut stays, mut index): (Vec<Stay>, Option<i32>) = (Vec::new(), None);
    let last = died.unwrap_or(YEARS * YEAR - 1).min(YEARS * YEAR - 1);
    for day in 0..=last {
        let year = f64::from(day) / f64::from(YEAR);
        let season = 1.0 + 0.3 * (std::f64::consts::TAU * year).cos();
        let in_pilot = treated && index.is_some_and(|index| day >= index);
        let own = if in_pilot { town.effect } else { 1.0 };
        let rate = RATE * frailty * season * TREND.powf(year) * own / f64::from(YEAR);
        // A stay may begin while another lasts: the count is Poisson's, and its ratio is the effect.
        if random.random::<f64>() >= rate {
            continue;
        }
        let nights = random.random_range(1..9);
        stays.push(Stay { from: day, to: Some(day + nights), planned: false });
        let third = (2 * YEAR..3 * YEAR).contains(&(day + WAIT));
        if index.is_none() && third {
            index = Some(day + WAIT);
        }
    }
    let index = index.filter(|index| *index <= last)?;
    let last = YEARS * YEAR - 1;
    Some(Member { treated, index, stays, died, last, age, woman, more: BTreeMap::new() })
}
