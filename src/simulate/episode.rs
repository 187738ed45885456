//! Deteriorations: when they begin, how they grow and what they do to the measures.

use jiff::Timestamp;

use super::draw::{Draw, Topic, real};
use super::profile::Profile;
use super::{Options, Programme, citizen_id};

/// What a citizen deteriorates with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EpisodeKind {
    /// COPD exacerbation: saturation falls, respiration and pulse rise over 3–7 days.
    CopdExacerbation,
    /// Decompensated heart failure: 2–5 kg of fluid over 3–10 days, pulse up, pressure changes.
    HeartFailureDecompensation,
    /// Infection: temperature, pulse, respiration and CRP rise over 1–3 days.
    Infection,
    /// A spell of low glucose.
    Hypoglycaemia,
    /// A spell of high glucose.
    Hyperglycaemia,
    /// Psychiatric relapse: sleep and steps fall over 5–12 days, night pulse rises.
    PsychiatricRelapse,
    /// Blood pressure out of control.
    BloodPressureRise,
}

/// One deterioration: the truth that screening is measured against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// Logical id of the citizen.
    pub citizen: String,
    /// Its kind.
    pub kind: EpisodeKind,
    /// When the first measure begins to move.
    pub onset: Timestamp,
    /// When it is worst.
    pub peak: Timestamp,
    /// When everything is back to the citizen's own normal.
    pub end: Timestamp,
}

/// Days in a block; a citizen has at most one episode in a block, and none crosses its border.
const BLOCK: i64 = 45;
/// An episode begins within the first days of a block, and lasts at most the rest.
const ONSET_DAYS: i64 = 22;
const DAY: i64 = 86_400;

/// An episode as the generator uses it, in seconds since 1970.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) kind: EpisodeKind,
    pub(super) onset: i64,
    pub(super) peak: i64,
    pub(super) end: i64,
    strength: f64,
}

/// What a citizen's measures are moved by at a moment.
#[derive(Debug, Clone)]
pub(super) struct Effect {
    pub(super) spo2: f64,
    pub(super) respiration: f64,
    pub(super) pulse: f64,
    pub(super) temperature: f64,
    pub(super) weight: f64,
    pub(super) systolic: f64,
    pub(super) diastolic: f64,
    pub(super) glucose: f64,
    pub(super) glucose_factor: f64,
    pub(super) crp: f64,
    pub(super) fev1_factor: f64,
    pub(super) steps_factor: f64,
    pub(super) sleep: f64,
    /// 0 when well, 1 at the peak.
    pub(super) severity: f64,
}

impl Effect {
    const NONE: Self = Self {
        spo2: 0.0,
        respiration: 0.0,
        pulse: 0.0,
        temperature: 0.0,
        weight: 0.0,
        systolic: 0.0,
        diastolic: 0.0,
        glucose: 0.0,
        glucose_factor: 1.0,
        crp: 0.0,
        fev1_factor: 1.0,
        steps_factor: 1.0,
        sleep: 0.0,
        severity: 0.0,
    };
}

impl Course {
    /// The course in the block that holds `day`, if the citizen has one there.
    ///
    /// A day without an episode is the rule: about one block in eight has one, which is a Poisson
    /// process thinned to one event per 45 days. Blocks are counted from a phase of the citizen's
    /// own, so that the calendar says nothing about who deteriorates.
    pub(super) fn around(seed: u64, profile: &Profile, day: i64) -> Option<Self> {
        let block = (day + profile.phase).div_euclid(BLOCK);
        let mut draw = Draw::new(seed, profile.index, Topic::Episode, block);
        let programme = profile.programmes.pick(draw.unit());
        let (mut kind, rate) = match programme {
            Programme::Copd => (EpisodeKind::CopdExacerbation, 0.15),
            Programme::HeartFailure => (EpisodeKind::HeartFailureDecompensation, 0.13),
            Programme::Diabetes if draw.chance(0.5) => (EpisodeKind::Hypoglycaemia, 0.18),
            Programme::Diabetes => (EpisodeKind::Hyperglycaemia, 0.14),
            Programme::Hypertension => (EpisodeKind::BloodPressureRise, 0.08),
            Programme::ElderlyInfection => (EpisodeKind::Infection, 0.14),
            Programme::Psychiatry => (EpisodeKind::PsychiatricRelapse, 0.10),
        };
        if !draw.chance(rate) {
            // Anyone can catch something.
            if !draw.chance(0.02) {
                return None;
            }
            kind = EpisodeKind::Infection;
        }
        let first = block * BLOCK - profile.phase;
        let onset = first * DAY + draw.whole(0, ONSET_DAYS * DAY - 1);
        let (rise, fall) = match kind {
            EpisodeKind::CopdExacerbation => ((3, 7), (5, 12)),
            EpisodeKind::HeartFailureDecompensation => ((3, 10), (4, 10)),
            EpisodeKind::Infection => ((1, 3), (3, 8)),
            EpisodeKind::Hypoglycaemia => ((1, 1), (1, 2)),
            EpisodeKind::Hyperglycaemia => ((1, 3), (1, 3)),
            EpisodeKind::PsychiatricRelapse => ((5, 12), (5, 10)),
            EpisodeKind::BloodPressureRise => ((2, 5), (4, 10)),
        };
        let peak = onset + draw.whole(rise.0 * DAY, rise.1 * DAY);
        let end = peak + draw.whole(fall.0 * DAY, fall.1 * DAY);
        Some(Self { kind, onset, peak, end, strength: draw.unit() })
    }

    /// 0 outside the episode, growing evenly to 1 at the peak and back.
    fn severity(&self, at: i64) -> f64 {
        if at <= self.onset || at >= self.end {
            0.0
        } else if at <= self.peak {
            real(at - self.onset) / real(self.peak - self.onset)
        } else {
            real(self.end - at) / real(self.end - self.peak)
        }
    }

    /// What the course, if there is one, does to the measures at a moment.
    pub(super) fn effect(course: Option<&Self>, at: i64) -> Effect {
        let mut effect = Effect::NONE;
        let Some(course) = course else { return effect };
        let s = course.severity(at);
        let m = course.strength;
        effect.severity = s;
        match course.kind {
            EpisodeKind::CopdExacerbation => {
                effect.spo2 = -s * (2.0 + 4.0 * m);
                effect.respiration = s * (3.0 + 6.0 * m);
                effect.pulse = s * (6.0 + 12.0 * m);
                effect.temperature = s * 0.3 * m;
                effect.crp = s * 25.0 * m;
                effect.fev1_factor = 1.0 - s * (0.08 + 0.12 * m);
                effect.steps_factor = 1.0 - 0.4 * s;
            }
            EpisodeKind::HeartFailureDecompensation => {
                effect.weight = s * (2.0 + 3.0 * m);
                effect.pulse = s * (5.0 + 10.0 * m);
                effect.systolic = if m > 0.5 { -12.0 * s } else { 10.0 * s };
                effect.diastolic = effect.systolic * 0.5;
                effect.respiration = s * (1.0 + 4.0 * m);
                effect.spo2 = -s * (1.0 + 2.0 * m);
                effect.steps_factor = 1.0 - 0.35 * s;
            }
            EpisodeKind::Infection => {
                effect.temperature = s * (0.9 + 1.6 * m);
                effect.pulse = s * (8.0 + 14.0 * m);
                effect.respiration = s * (2.0 + 5.0 * m);
                effect.crp = s * (30.0 + 120.0 * m);
                effect.spo2 = -s * 2.0 * m;
                effect.steps_factor = 1.0 - 0.5 * s;
            }
            EpisodeKind::Hypoglycaemia => {
                effect.glucose_factor = 1.0 - s * (0.5 + 0.2 * m);
                effect.pulse = 5.0 * s;
            }
            EpisodeKind::Hyperglycaemia => effect.glucose = s * (6.0 + 8.0 * m),
            EpisodeKind::PsychiatricRelapse => {
                effect.sleep = -s * (2.0 + 2.5 * m);
                effect.steps_factor = 1.0 - s * (0.3 + 0.4 * m);
                effect.pulse = s * (3.0 + 4.0 * m);
            }
            EpisodeKind::BloodPressureRise => {
                effect.systolic = s * (18.0 + 25.0 * m);
                effect.diastolic = s * (8.0 + 12.0 * m);
            }
        }
        effect
    }
}

/// Every episode that touches the simulated period, citizen by citizen in order of onset.
pub fn episodes(options: &Options) -> impl Iterator<Item = Episode> + use<> {
    let (seed, citizens) = (options.seed, options.citizens);
    let days = options.local_days();
    let period = days.first().zip(days.last()).map(|(first, last)| {
        (first.number, first.start, last.number, last.end.min(options.end.as_second()))
    });
    period.into_iter().flat_map(move |(first, from, last, until)| {
        (0..citizens).flat_map(move |index| {
            let profile = Profile::new(seed, index);
            let mut day = first - BLOCK;
            std::iter::from_fn(move || {
                while day < last + BLOCK {
                    let course = Course::around(seed, &profile, day);
                    day += BLOCK;
                    if let Some(course) = course.filter(|c| c.end > from && c.onset < until) {
                        return Some(course);
                    }
                }
                None
            })
            .filter_map(move |course| {
                Some(Episode {
                    citizen: citizen_id(index),
                    kind: course.kind,
                    onset: Timestamp::from_second(course.onset).ok()?,
                    peak: Timestamp::from_second(course.peak).ok()?,
                    end: Timestamp::from_second(course.end).ok()?,
                })
            })
        })
    })
}
