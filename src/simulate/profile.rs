//! The numbers that make one simulated citizen different from the next.

use super::Programme;
use super::draw::{Draw, Topic, mix};
use super::encode::{Sender, Style};
use super::story::{self, Script, Start};

/// The programmes of a citizen, main programme first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Programmes {
    main: Programme,
    second: Option<Programme>,
}

impl Programmes {
    pub(super) fn has(self, programme: Programme) -> bool {
        self.main == programme || self.second == Some(programme)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Programme> {
        std::iter::once(self.main).chain(self.second)
    }

    /// The main programme, or one time in three the second.
    pub(super) fn pick(self, unit: f64) -> Programme {
        self.second.filter(|_| unit < 0.33).unwrap_or(self.main)
    }
}

/// One citizen in numbers.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) index: u32,
    pub(super) female: bool,
    /// Year, month, day.
    pub(super) birth: (i64, i64, i64),
    pub(super) programmes: Programmes,
    /// How the watch's app writes, and how the home kit's gateway does.
    pub(super) watch: Style,
    pub(super) hub: Style,
    pub(super) resting_pulse: f64,
    /// Beats per minute that a full day's bustle adds.
    pub(super) bustle: f64,
    pub(super) steps: f64,
    pub(super) sleep: f64,
    pub(super) spo2: f64,
    pub(super) respiration: f64,
    pub(super) temperature: f64,
    pub(super) weight: f64,
    pub(super) systolic: f64,
    pub(super) diastolic: f64,
    pub(super) glucose: f64,
    pub(super) fev1: f64,
    pub(super) crp: f64,
    /// Wears the watch in bed.
    pub(super) nights: bool,
    /// Has a continuous glucose sensor instead of finger pricks.
    pub(super) cgm: bool,
    /// Probability of doing an agreed measurement.
    pub(super) adherence: f64,
    /// Seconds between two uploads of the watch.
    pub(super) sync: i64,
    /// Days (0..1260) by which the citizen's own blocks and weeks are shifted.
    pub(super) phase: i64,
    /// Seconds (0..300) past the round minute at which the devices measure.
    pub(super) second: i64,
    /// A part in a demo.
    pub(super) script: Option<Script>,
}

/// First year of birth. Everybody is born in 1932–1999, and never on 1 January: that is the one
/// date for which real CPR numbers without a valid control digit have been issued.
const FIRST_YEAR: i64 = 1932;
/// Birth dates without 1 January in four years that begin with a leap year, and in 1932–1999.
const CYCLE: u64 = 365 + 3 * 364;
const BIRTHS: u64 = 17 * CYCLE;
/// Serial numbers tried per birth date and sex.
const SERIALS: u64 = 1000;

impl Profile {
    pub(super) fn new(seed: u64, index: u32) -> Self {
        let mut draw = Draw::new(seed, index, Topic::Profile, 0);
        let female = draw.chance(0.52);
        let birth = birth(seed, index);
        let programmes = programmes(&mut draw, 2026 - birth.0);
        let copd = programmes.has(Programme::Copd);
        let hypertension = programmes.has(Programme::Hypertension);
        let diabetes = programmes.has(Programme::Diabetes);
        let weak = programmes.has(Programme::HeartFailure) || copd;

        let watch = if draw.chance(0.65) { Sender::HealthKit } else { Sender::HealthConnect };
        let hub = match draw.unit() {
            u if u < 0.45 => Sender::DkCore,
            u if u < 0.80 => Sender::Phd,
            u if u < 0.93 => Sender::HealthKit,
            _ => Sender::HealthConnect,
        };
        let (npu_url, fraction) = (draw.chance(0.4), draw.chance(0.2));
        let resting_pulse = draw.between(52.0, 76.0);
        let systolic = draw.between(112.0, 134.0) + if hypertension { 10.0 } else { 0.0 };
        Self {
            index,
            female,
            birth,
            programmes,
            watch: Style { sender: watch, npu_url, fraction: false },
            hub: Style { sender: hub, npu_url, fraction },
            resting_pulse,
            bustle: draw.between(12.0, 22.0),
            steps: if weak { draw.between(1500.0, 5000.0) } else { draw.between(3000.0, 9500.0) },
            sleep: draw.between(6.2, 8.2),
            spo2: if copd { draw.between(91.5, 95.0) } else { draw.between(95.5, 98.5) },
            respiration: draw.between(13.0, 17.5) + if copd { 1.5 } else { 0.0 },
            temperature: draw.between(36.3, 36.9),
            weight: if female { draw.between(52.0, 95.0) } else { draw.between(64.0, 112.0) },
            systolic,
            diastolic: systolic * draw.between(0.58, 0.66),
            glucose: if diabetes { draw.between(7.0, 10.0) } else { 5.4 },
            fev1: draw.between(1.0, 2.2) + if female { 0.0 } else { 0.4 },
            crp: draw.between(1.0, 6.0),
            nights: programmes.has(Programme::Psychiatry) || draw.chance(0.85),
            cgm: diabetes && draw.chance(0.25),
            adherence: draw.between(0.78, 0.99),
            sync: [900, 1800, 3600, 7200][usize::try_from(draw.below(4)).unwrap_or(0)],
            phase: draw.whole(0, 1259),
            second: draw.whole(0, 299),
            script: None,
        }
    }

    /// Whoever has this index in a demo that began then.
    pub(super) fn of(seed: u64, index: u32, start: Start) -> Self {
        match story::players(seed).find(|(player, _)| *player == index) {
            Some((_, part)) => Self::playing(seed, index, part, start),
            None => Self::new(seed, index),
        }
    }

    /// Enrols the citizen in these programmes and no others.
    pub(super) fn enrol(&mut self, programmes: &[Programme]) {
        if let Some(&main) = programmes.first() {
            self.programmes = Programmes { main, second: programmes.get(1).copied() };
        }
    }

    /// The number that stands for one of the citizen's devices (0 watch, 1 home kit): an EUI-64.
    pub(super) fn eui64(seed: u64, index: u32, device: i64) -> u64 {
        // Locally administered, so it can be nobody's real hardware.
        (mix(seed, index, Topic::Device, device, 0) & !(3 << 56)) | (2 << 56)
    }

    /// A CPR number that has the form, the calendar and the sex right, but never the control
    /// digit (modulo 11) that the numbers of people born on that date have. No two citizens of
    /// one seed share a number.
    pub(super) fn cpr(&self, seed: u64) -> String {
        let (year, month, day) = self.birth;
        let sex = u64::from(!self.female);
        let serial = (place(seed, self.index) / BIRTHS) * 4 + sex;
        let write = |serial: u64| format!("{day:02}{month:02}{:02}{serial:04}", year - 1900);
        let number = write(serial);
        if controlled(&number) { write(serial + 2) } else { number }
    }
}

/// Whether the number satisfies the old modulo-11 control.
pub(super) fn controlled(cpr: &str) -> bool {
    let weights = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
    let sum: u32 = cpr.bytes().zip(weights).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    sum.is_multiple_of(11)
}

/// A citizen's place among all birth dates and serials: a different one for every index.
fn place(seed: u64, index: u32) -> u64 {
    // A stride prime to the size of the whole visits every place before it repeats.
    const STRIDE: u64 = 15_485_863;
    let first = mix(seed, 0, Topic::Profile, 0, 0) % (BIRTHS * SERIALS);
    (first + u64::from(index) * STRIDE) % (BIRTHS * SERIALS)
}

fn birth(seed: u64, index: u32) -> (i64, i64, i64) {
    let place = i64::try_from(place(seed, index) % BIRTHS).unwrap_or(0);
    let cycle = i64::try_from(CYCLE).unwrap_or(1);
    let (cycles, rest) = (place / cycle, place % cycle);
    // Day 0 is 1 January, which nobody gets.
    let (year, day) =
        if rest < 365 { (0, rest + 1) } else { (1 + (rest - 365) / 364, (rest - 365) % 364 + 1) };
    let year = FIRST_YEAR + cycles * 4 + year;
    // 1 January 1932 is day -13880; leap years since then are those counted in full cycles and
    // the one that opens the current cycle.
    let new_year = -13_880 + (year - FIRST_YEAR) * 365 + (year - FIRST_YEAR + 3) / 4;
    super::time::civil(new_year + day)
}

fn programmes(draw: &mut Draw, age: i64) -> Programmes {
    use Programme::{Copd, Diabetes, ElderlyInfection, HeartFailure, Hypertension, Psychiatry};
    let mut one = |age: i64| match (draw.unit(), age) {
        (u, ..55) if u < 0.45 => Psychiatry,
        (u, ..55) if u < 0.80 => Diabetes,
        (_, ..55) => Hypertension,
        (u, 75..) if u < 0.24 => ElderlyInfection,
        (u, _) if u < 0.46 => Copd,
        (u, _) if u < 0.68 => HeartFailure,
        (u, _) if u < 0.84 => Diabetes,
        (u, _) if u < 0.96 => Hypertension,
        _ => Psychiatry,
    };
    let (main, other) = (one(age), one(age));
    let second = Some(other).filter(|_| draw.chance(0.3) && other != main);
    Programmes { main, second }
}
