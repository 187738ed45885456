//! One day of one citizen: what the devices measured, before any of it is sent.

use super::draw::{Draw, Topic, nearest, real, slow};
use super::encode::Kind;
use super::episode::{Course, Effect};
use super::profile::Profile;
use super::time::LocalDay;
use super::trouble::Source;
use super::{Density, Programme};

/// A measurement in canonical units (%, /min, Cel, kg, `mm[Hg]`, mmol/L, L, h, mg/L, steps).
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) kind: Kind,
    pub(super) source: Source,
    pub(super) at: i64,
    /// Seconds that the measurement covers; 0 for a moment.
    pub(super) lasts: i64,
    pub(super) value: f64,
    /// Diastolic pressure; unused otherwise.
    pub(super) second: f64,
}

/// How busy the day is at each full hour, 0 to 1.
const BUSTLE: [f64; 24] = [
    0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.35, 0.7, 0.85, 0.9, 0.95, 0.9, 0.85, 0.85, 0.9, 0.95, 1.0, 1.0,
    0.9, 0.75, 0.6, 0.45, 0.25, 0.1,
];
/// The part of the day's steps that is walked within each hour.
const WALKED: [f64; 24] = [
    0.0, 0.0, 0.0, 0.0, 0.0, 0.005, 0.03, 0.06, 0.08, 0.09, 0.09, 0.08, 0.07, 0.06, 0.07, 0.08,
    0.085, 0.07, 0.05, 0.04, 0.02, 0.01, 0.007, 0.003,
];

/// Everything that a citizen's devices measure on one local day.
pub(super) struct Today<'a> {
    pub(super) seed: u64,
    pub(super) density: Density,
    pub(super) profile: &'a Profile,
    pub(super) day: &'a LocalDay,
    pub(super) course: Option<Course>,
}

impl Today<'_> {
    fn effect(&self, at: i64) -> Effect {
        Course::effect(self.course.as_ref(), at)
    }

    /// This week's drift of a measure, about -1 to 1.
    fn drift(&self, lane: u8) -> f64 {
        slow(self.seed, self.profile.index, lane, self.day.number)
    }

    /// Pulse at a moment; `sitting` for a measurement taken at rest.
    fn pulse(&self, at: i64, sitting: bool, drift: f64, draw: &mut Draw) -> f64 {
        let hour = self.day.hour(at);
        let (from, part) = (nearest(hour.floor()), hour.fract());
        let node = |hour: i32| BUSTLE[usize::try_from(hour).unwrap_or(0) % 24];
        let bustle = node(from) * (1.0 - part) + node(from + 1) * part;
        let bustle = if sitting { 0.25 } else { bustle * draw.between(0.5, 1.5) };
        self.profile.resting_pulse
            + self.profile.bustle * bustle
            + 2.0 * drift
            + self.effect(at).pulse
            + 2.0 * draw.normal()
    }

    /// The watch: heart rate, steps, resting pulse and the night's sleep.
    pub(super) fn watch(&self, samples: &mut Vec<Sample>) {
        let (profile, day) = (self.profile, self.day);
        let mut draw = Draw::new(self.seed, profile.index, Topic::Watch, day.number);
        let drift = self.drift(0);
        let mut push = |kind, at, lasts, value| {
            let source = Source::Watch;
            samples.push(Sample { kind, source, at, lasts, value, second: 0.0 });
        };

        let bustle = draw.between(0.7, 1.3) * self.effect(day.at(43_200)).steps_factor;
        let charging = day.at(draw.whole(18 * 3600, 22 * 3600));
        let charges = draw.chance(0.35);
        let worn = |at: i64| {
            let at_night = day.hour(at) < 6.5;
            (profile.nights || !at_night) && !(charges && (charging..charging + 3600).contains(&at))
        };

        let (every, walk) = match self.density {
            Density::Demo => (3600, 4 * 3600),
            Density::Dense => (300, 3600),
        };
        let mut at = day.start + profile.second;
        while at < day.end {
            let value = self.pulse(at, false, drift, &mut draw);
            if worn(at) {
                push(Kind::HeartRate, at, 0, value);
            }
            at += every;
        }

        let mut at = day.start;
        while at + walk <= day.end {
            let mut walked = 0.0;
            for hour in 0..walk / 3600 {
                let hour = nearest(day.hour(at + hour * 3600));
                walked += WALKED[usize::try_from(hour).unwrap_or(0) % 24];
            }
            let steps = walked * profile.steps * bustle * draw.between(0.6, 1.4);
            if steps >= 1.0 && worn(at) {
                push(Kind::Steps, at, walk, steps);
            }
            at += walk;
        }

        let wake = day.at(draw.whole(6 * 3600, 8 * 3600));
        let hours = profile.sleep + 0.4 * self.drift(1) + 0.5 * draw.normal();
        let hours = (hours + self.effect(wake).sleep).max(1.5);
        if profile.nights {
            let lasts = i64::from(nearest(hours * 60.0)) * 60;
            push(Kind::Sleep, wake - lasts, lasts, real(lasts) / 3600.0);
        }
        let resting = profile.resting_pulse + 2.0 * drift + self.effect(wake).pulse;
        push(Kind::RestingPulse, day.at(9 * 3600), 0, resting + draw.normal());
    }

    /// The home kit: what the programmes ask for, on the agreed days; the answers last.
    pub(super) fn hub(&self, samples: &mut Vec<Sample>) {
        let (profile, day) = (self.profile, self.day);
        let has = |programme| profile.programmes.has(programme);
        let mut draw = Draw::new(self.seed, profile.index, Topic::Hub, day.number);
        let week = (day.number + profile.phase).rem_euclid(7);
        let morning = day.at(draw.whole(7 * 3600, 9 * 3600));
        let evening = day.at(draw.whole(18 * 3600, 21 * 3600));
        let morning_done = draw.chance(profile.adherence);
        let evening_done = draw.chance(profile.adherence);
        let failing = has(Programme::HeartFailure);
        let lungs = has(Programme::Copd);
        let frail = has(Programme::ElderlyInfection);

        if morning_done && (lungs || failing || (frail && week % 3 == 0)) {
            self.chest(samples, morning, &mut draw);
        }
        if morning_done && lungs && week == 1 {
            let fev1 = profile.fev1 * (1.0 + 0.03 * draw.normal());
            let factor = self.effect(morning).fev1_factor;
            push(samples, Kind::Fev1, morning + 240, fev1 * factor);
        }
        if morning_done && failing {
            let weight = profile.weight + 0.8 * self.drift(2) + 0.25 * draw.normal();
            push(samples, Kind::Weight, morning - 600, weight + self.effect(morning).weight);
        }
        // Hypertension: a week of measuring in every four, morning and evening, twice each.
        let measuring =
            has(Programme::Hypertension) && (day.number + profile.phase).rem_euclid(28) < 7;
        if morning_done && (failing || measuring) {
            self.pressure(samples, morning + 300, measuring, &mut draw);
        }
        if evening_done && measuring {
            self.pressure(samples, evening, true, &mut draw);
        }
        if has(Programme::Diabetes) {
            self.glucose(samples, &mut draw);
        }
        if frail || lungs {
            let feverish = self.effect(morning).severity > 0.25;
            if morning_done && (frail || feverish) {
                let temperature = profile.temperature + 0.15 * draw.normal();
                let effect = self.effect(morning).temperature;
                push(samples, Kind::Temperature, morning + 60, temperature + effect);
            }
            // CRP: twice a month, or when a nurse suspects an infection.
            let routine = (day.number + profile.phase).rem_euclid(15) == 4;
            if frail && (routine || feverish && draw.chance(0.4)) {
                let crp = profile.crp * draw.between(0.6, 1.8) + self.effect(morning).crp;
                push(samples, Kind::Crp, morning + 5400, crp);
            }
        }
        self.answers(samples, morning, morning_done);
    }

    /// Saturation and pulse from the oximeter, and breaths counted for half a minute.
    fn chest(&self, samples: &mut Vec<Sample>, at: i64, draw: &mut Draw) {
        let effect = self.effect(at);
        let saturation = self.profile.spo2 + 0.5 * self.drift(3) + 0.7 * draw.normal();
        push(samples, Kind::Saturation, at, (saturation + effect.spo2).clamp(70.0, 100.0));
        push(samples, Kind::Pulse, at, self.pulse(at, true, self.drift(0), draw));
        let breaths = self.profile.respiration + draw.normal() + effect.respiration;
        push(samples, Kind::Respiration, at + 120, breaths.max(8.0));
    }

    fn pressure(&self, samples: &mut Vec<Sample>, at: i64, twice: bool, draw: &mut Draw) {
        let effect = self.effect(at);
        for round in 0..=i64::from(twice) {
            let drift = 4.0 * self.drift(4);
            let value = self.profile.systolic + drift + 5.0 * draw.normal() + effect.systolic;
            let second =
                self.profile.diastolic + 0.5 * drift + 3.0 * draw.normal() + effect.diastolic;
            let (kind, source, at) = (Kind::Pressure, Source::Hub, at + round * 60);
            samples.push(Sample { kind, source, at, lasts: 0, value, second });
        }
    }

    fn glucose(&self, samples: &mut Vec<Sample>, draw: &mut Draw) {
        let (profile, day) = (self.profile, self.day);
        let meals = [8 * 3600, 12 * 3600 + 1800, 18 * 3600].map(|meal| day.at(meal));
        let level = |at: i64, noise: f64| {
            // After a meal it rises for 75 minutes and falls again for 150.
            let meal: f64 = meals
                .iter()
                .map(|meal| match at - meal {
                    since @ 0..4500 => real(since) / 4500.0,
                    since @ 4500..13_500 => real(13_500 - since) / 9000.0,
                    _ => 0.0,
                })
                .sum();
            let effect = self.effect(at);
            let level = profile.glucose * 0.85 + 0.8 * self.drift(5) + 3.2 * meal + effect.glucose;
            ((level + noise) * effect.glucose_factor).max(1.6)
        };
        if profile.cgm {
            let mut at = day.start + profile.second;
            while at < day.end {
                let value = level(at, 0.25 * draw.normal());
                push(samples, Kind::Sensor, at, value);
                at += 900;
            }
        } else {
            let bed = day.at(22 * 3600);
            for at in [meals[0] - 900, meals[1] - 900, meals[2] - 900, bed] {
                let at = at + draw.whole(0, 600);
                let noise = 0.6 * draw.normal();
                if draw.chance(profile.adherence) {
                    push(samples, Kind::Glucose, at, level(at, noise));
                }
            }
        }
    }
}

/// A measurement of the home kit at a moment.
pub(super) fn push(samples: &mut Vec<Sample>, kind: Kind, at: i64, value: f64) {
    let source = Source::Hub;
    samples.push(Sample { kind, source, at, lasts: 0, value, second: 0.0 });
}
