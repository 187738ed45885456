//! What the citizen tells: the daily questions on the home kit's screen, falls, confusion.
//!
//! The answers come with random numbers of their own, so that the readings of the devices are the
//! same with and without them.

use super::Programme;
use super::day::{Sample, Today, push};
use super::draw::{Draw, Topic};
use super::encode::Kind;
use super::episode::{Course, EpisodeKind};

/// Answers of well days that are not "as usual": about one day in fifty has one.
const OFF_DAYS: f64 = 0.02;
/// Falls on a day of an elderly citizen: about one a year when well.
const FALLS_WELL: f64 = 1.0 / 400.0;
/// Falls on a day on which an elderly citizen is ill.
const FALLS_ILL: f64 = 1.0 / 60.0;
/// Elderly: falls are simulated from this age on.
const ELDERLY: i64 = 75;

/// How far a symptom is from the usual, by how ill the citizen is (0 to 1).
fn steps(severity: f64, more: f64, much_more: f64) -> f64 {
    if severity >= much_more {
        2.0
    } else if severity >= more {
        1.0
    } else {
        0.0
    }
}

impl Today<'_> {
    /// What is told on this day; `answered` says whether the citizen did the morning's programme.
    pub(super) fn answers(&self, samples: &mut Vec<Sample>, morning: i64, answered: bool) {
        let (profile, day) = (self.profile, self.day);
        let has = |programme| profile.programmes.has(programme);
        let mut draw = Draw::new(self.seed, profile.index, Topic::Answers, day.number);
        let at = morning + 420;
        let kind = self.course.as_ref().map(|course| course.kind);
        let severity = Course::effect(self.course.as_ref(), at).severity;
        // People differ from day to day in what they call "as usual".
        let felt = severity * draw.between(0.85, 1.15);
        // What a story tells is told by the story.
        let off = draw.chance(OFF_DAYS) && profile.script.is_none();
        let which = draw.below(4);

        if answered && has(Programme::Copd) {
            let mut answers = match kind {
                Some(EpisodeKind::CopdExacerbation) => [
                    steps(felt, 0.25, 0.7),
                    steps(felt, 0.35, 0.85),
                    steps(felt, 0.4, 0.9),
                    steps(felt, 0.5, f64::INFINITY),
                ],
                Some(EpisodeKind::Infection) => [
                    steps(felt, 0.6, f64::INFINITY),
                    steps(felt, 0.5, f64::INFINITY),
                    0.0,
                    steps(felt, 0.8, f64::INFINITY),
                ],
                Some(EpisodeKind::HeartFailureDecompensation) => {
                    [steps(felt, 0.4, 0.85), 0.0, 0.0, 0.0]
                }
                _ => [0.0; 4],
            };
            if off && severity <= 0.0 {
                for (place, answer) in (0..).zip(&mut answers) {
                    *answer = if place == which { 1.0 } else { 0.0 };
                }
            }
            let questions = [Kind::Dyspnoea, Kind::Cough, Kind::Sputum, Kind::SputumColour];
            for (kind, answer) in questions.into_iter().zip(answers) {
                push(samples, kind, at, answer);
            }
        }
        if answered && has(Programme::Psychiatry) {
            let answer = match kind {
                Some(EpisodeKind::PsychiatricRelapse) => steps(felt, 0.35, 0.8),
                Some(_) => steps(felt, 0.6, f64::INFINITY),
                None => 0.0,
            };
            let answer = if off && severity <= 0.0 { 1.0 } else { answer };
            push(samples, Kind::SelfReported, at + 20, answer);
        }
        if has(Programme::ElderlyInfection) && kind == Some(EpisodeKind::Infection) {
            // Seen by a relative or by home care, so it does not wait for the citizen.
            let confused = draw.chance(0.35) && felt > 0.75;
            if confused {
                push(samples, Kind::NewConfusion, at + 3600, 1.0);
            }
        }
        if 2026 - profile.birth.0 >= ELDERLY {
            let falls = if severity > 0.3 { FALLS_ILL } else { FALLS_WELL };
            let at = day.at(draw.whole(6 * 3600, 22 * 3600));
            if draw.chance(falls) && profile.script.is_none() {
                push(samples, Kind::Fall, at, 1.0);
            }
        }
    }
}
