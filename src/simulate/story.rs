//! Stories: citizens of a demo of whom one knows beforehand what a nurse is to see.
//!
//! A [`Plot`] says what is measured in the days before the demo begins, a [`Part`] who it happens
//! to. Both are data, in `story/cast.rs`. Everything else about these citizens is simulated like
//! everybody's, and their readings go the same way; what comes of them is for screening to say.

mod cast;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Programme;
use super::day::Sample;
use super::encode::Kind;
use super::profile::Profile;
use super::time::{LocalDay, day_number};
use super::trouble::Source;

pub use cast::CAST;

/// Indices from here on belong to stories.
const FIRST: u32 = 1_000_000;
/// So many citizens are looked at for each part, until one has the right sex and age.
const TRIED: u32 = 256;
/// Years of birth of those with a part.
const BORN: std::ops::RangeInclusive<i64> = 1938..=1960;
/// How long before its first reading a plot decides about a measure, and how long after the demo
/// began, seconds.
const AROUND: i64 = 12 * 3_600;

/// What happens.
#[derive(Debug)]
pub struct Plot {
    /// Its name, such as `copd-exacerbation`.
    pub name: &'static str,
    /// What it is about, for whoever is shown around.
    pub about: &'static str,
    /// What the citizen is enrolled in, main programme first.
    pub programmes: &'static [Programme],
    /// What is to be seen once the readings are screened.
    pub seen: Seen,
    /// What is usual for the citizen.
    usual: &'static [(Kind, f64)],
    /// What is measured.
    told: &'static [Told],
    /// Since how many days the home kit has been switched off.
    off: Option<i64>,
}

/// What is to be seen of a plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// An open alert of this level (`red`, `yellow`, `blue`), with a finding of this rule.
    Alert(&'static str, &'static str),
    /// No alert, and it stays like that.
    Nothing,
    /// No alert, until something happens while somebody looks.
    NothingYet,
}

/// Who it happens to.
#[derive(Debug)]
pub struct Part {
    /// The plot.
    pub plot: &'static Plot,
    /// The municipality, by its code.
    pub municipality: &'static str,
    /// The team that looks after the citizen, by its code.
    pub team: &'static str,
    /// Given and family name.
    pub name: (&'static str, &'static str),
    /// Whether it is a woman.
    pub female: bool,
}

/// One reading of a plot.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// Days before the demo begins.
    days: i64,
    /// At what time.
    clock: Time,
    /// Minutes after that.
    plus: i64,
    kind: Kind,
    value: f64,
    /// Diastolic pressure.
    second: f64,
    /// Uploaded when the demo is about to begin, so after everything else.
    last: bool,
}

/// A time of day that has passed when the demo begins, whenever that is.
#[derive(Debug, Clone, Copy)]
enum Time {
    /// 3.10 in the night, or an hour and twenty minutes ago.
    Night,
    /// 7.40 in the morning, or half an hour ago.
    Morning,
}

impl Time {
    /// Seconds from local midnight, when the demo begins so many seconds after midnight. May be
    /// of the day before.
    const fn seconds(self, now: i64) -> i64 {
        match self {
            Self::Night if now >= 13_200 => 11_400,
            Self::Night => now - 4_800,
            Self::Morning if now >= 28_800 => 27_600,
            Self::Morning => now - 1_800,
        }
    }
}

const fn told(days: i64, clock: Time, kind: Kind, value: f64) -> Told {
    Told { days, clock, plus: 0, kind, value, second: 0.0, last: false }
}

const fn morning(days: i64, kind: Kind, value: f64) -> Told {
    told(days, Time::Morning, kind, value)
}

impl Told {
    /// So many minutes later.
    const fn after(self, minutes: i64) -> Self {
        Self { plus: minutes, ..self }
    }

    /// It is uploaded last: a second reading that confirms the first.
    const fn last(self) -> Self {
        Self { last: true, ..self }
    }

    /// When it is measured, seconds since 1970.
    const fn at(&self, start: Start) -> i64 {
        let midnight = start.at - start.clock;
        midnight + self.clock.seconds(start.clock) + self.plus * 60 - self.days * 86_400
    }
}

/// When a demo began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// Seconds since 1970.
    pub(super) at: i64,
    /// The local day.
    day: i64,
    /// Seconds that the clock on the wall showed since midnight.
    clock: i64,
}

impl Start {
    /// At a moment, where the citizens live.
    pub(super) fn new(at: Timestamp, zone: &TimeZone) -> Self {
        let local = at.as_second() + i64::from(zone.to_offset(at).seconds());
        Self { at: at.as_second(), day: day_number(at, zone), clock: local.rem_euclid(86_400) }
    }
}

/// A part in a demo.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    part: &'static Part,
    start: Start,
}

/// The indices of those who play, in the order of [`CAST`].
pub(super) fn players(seed: u64) -> impl Iterator<Item = (u32, &'static Part)> {
    let firsts = (FIRST..).step_by(usize::try_from(TRIED).unwrap_or(1));
    firsts.zip(&CAST).map(move |(first, part)| {
        let fits = |index: &u32| {
            let profile = Profile::new(seed, *index);
            profile.female == part.female && BORN.contains(&profile.birth.0)
        };
        ((first..first + TRIED).find(fits).unwrap_or(first), part)
    })
}

impl Profile {
    /// Somebody with a part in a demo.
    pub(super) fn playing(seed: u64, index: u32, part: &'static Part, start: Start) -> Self {
        let mut profile = Self::new(seed, index);
        profile.female = part.female;
        profile.enrol(part.plot.programmes);
        profile.adherence = 1.0;
        profile.cgm = false;
        for (kind, value) in part.plot.usual {
            let usual = match kind {
                Kind::Saturation => &mut profile.spo2,
                Kind::Weight => &mut profile.weight,
                Kind::Glucose => &mut profile.glucose,
                Kind::Respiration => &mut profile.respiration,
                _ => &mut profile.resting_pulse,
            };
            *usual = *value;
        }
        profile.script = Some(Script { part, start });
        profile
    }
}

impl Script {
    /// Whether the home kit is switched off on a day.
    pub(super) fn is_off(self, source: Source, day: &LocalDay) -> bool {
        let off = self.part.plot.off.is_some_and(|days| day.number > self.start.day - days);
        off && source == Source::Hub
    }

    /// Puts what the plot tells of a day in the place of what was simulated of the same measures.
    pub(super) fn tell(self, day: &LocalDay, samples: &mut Vec<Sample>) {
        let (told, start) = (self.part.plot.told, self.start);
        let decides = |kind: Kind, at: i64| {
            let first = told.iter().filter(|told| told.kind == kind);
            let first = first.map(|told| told.at(start)).min();
            first.is_some_and(|first| (first - AROUND..start.at + AROUND).contains(&at))
        };
        samples.retain(|sample| !decides(sample.kind, sample.at));
        for told in told {
            if day.number == start.day - told.days {
                let at = told.at(start);
                let (kind, value, second) = (told.kind, told.value, told.second);
                samples.push(Sample { kind, source: Source::Hub, at, lasts: 0, value, second });
            }
        }
    }

    /// When a reading is uploaded, if that is not at once, seconds since 1970.
    pub(super) fn uploaded(self, sample: &Sample) -> Option<i64> {
        let last = |told: &&Told| told.last && told.kind == sample.kind;
        let mut told = self.part.plot.told.iter().filter(last);
        told.any(|told| told.at(self.start) == sample.at).then_some(self.start.at - LAST)
    }
}

/// How long before the demo begins the last readings are uploaded, seconds.
pub const LAST: i64 = 20;
