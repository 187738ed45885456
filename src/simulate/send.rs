//! From what was measured to what is received, and when: faults, delays, outages, re-sends.

use super::day::{Sample, Today};
use super::draw::{Draw, Topic};
use super::encode::{Kind, Style};
use super::episode::Course;
use super::profile::Profile;
use super::time::LocalDay;
use super::trouble::{Clock, Source};
use super::{Density, Fault};

/// An Observation that is on its way, small enough to keep a whole day of them in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) received: i64,
    /// When it was sent for the first time.
    pub(super) issued: i64,
    /// When it was really measured.
    pub(super) effective: i64,
    /// When the device says it was measured.
    pub(super) shown: i64,
    pub(super) lasts: i64,
    /// Seconds east of UTC when the measurement began and ended.
    pub(super) offsets: (i32, i32),
    pub(super) citizen: u32,
    pub(super) order: u32,
    pub(super) value: i32,
    pub(super) second: i32,
    pub(super) decimals: u8,
    pub(super) kind: Kind,
    pub(super) source: Source,
    pub(super) style: Style,
    pub(super) duplicate: bool,
    pub(super) late: bool,
    pub(super) fault: Option<Fault>,
}

/// What is received from one citizen on one day.
pub(super) struct Inbox<'a> {
    pub(super) seed: u64,
    pub(super) density: Density,
    pub(super) profile: &'a Profile,
    pub(super) readings: &'a mut Vec<Reading>,
    /// Room for the samples of a day, kept from citizen to citizen.
    pub(super) samples: &'a mut Vec<Sample>,
}

impl Inbox<'_> {
    /// Adds everything that arrives on `days[today]`: that day's readings, and those that a device
    /// held back until then.
    pub(super) fn fill(&mut self, days: &[LocalDay], today: usize) {
        let Some(day) = days.get(today) else { return };
        for source in [Source::Watch, Source::Hub] {
            let script = self.profile.script;
            if script.is_some_and(|script| script.is_off(source, day)) {
                continue;
            }
            // In a story nothing goes wrong but what is told.
            let outage = match script {
                Some(_) => None,
                None => source.outage(self.seed, self.profile, day.number),
            };
            if let Some(outage) = outage.filter(|outage| outage.back == day.number && !outage.off) {
                let held = days[..today].iter().filter(|day| day.number >= outage.first);
                for measured in held {
                    self.send(source, measured, Some(day));
                }
            }
            if !outage.is_some_and(|outage| (outage.first..outage.back).contains(&day.number)) {
                self.send(source, day, None);
            }
        }
    }

    /// Sends what one device measured on a day, on that day or (after an outage) on another.
    fn send(&mut self, source: Source, day: &LocalDay, later: Option<&LocalDay>) {
        let (seed, profile) = (self.seed, self.profile);
        let script = profile.script;
        let plain = script.is_none();
        let course = Course::around(seed, profile, day.number).filter(|_| plain);
        let measured = Today { seed, density: self.density, profile, day, course };
        self.samples.clear();
        match source {
            Source::Watch => measured.watch(self.samples),
            Source::Hub => measured.hub(self.samples),
        }
        if let (Some(script), Source::Hub) = (script, source) {
            script.tell(day, self.samples);
        }
        if self.samples.is_empty() {
            return;
        }

        let moment = day.number * 2 + source as i64;
        let mut draw = Draw::new(seed, profile.index, Topic::Transport, moment);
        let clock = source.clock(seed, profile, day.number).filter(|_| plain);
        let stuck = source.stuck(seed, profile, day.number).filter(|_| plain);
        let upload = later.map(|later| later.at(draw.whole(8 * 3600, 20 * 3600)));
        // Once in a hundred days the answer to a whole batch got lost, and the app sends it again.
        let retried = day.start + draw.whole(0, 20 * 3600);
        let retried = if draw.chance(0.01) { retried..retried + 4 * 3600 } else { 0..0 };
        let last = later.unwrap_or(day).end - 1;
        for index in 0..self.samples.len() {
            let mut sample = self.samples[index];
            let fault = match script {
                Some(_) => None,
                None => faulty(&mut sample, profile, clock, stuck, &mut draw),
            };
            let done = sample.at + sample.lasts;
            let received = match (upload, source) {
                (Some(upload), _) => upload + draw.whole(0, 900),
                (None, Source::Watch) => {
                    (done / profile.sync + 1) * profile.sync + profile.second + draw.whole(0, 4)
                }
                (None, Source::Hub) => done + draw.whole(5, 90),
            };
            let told = script.and_then(|script| script.uploaded(&sample));
            let received = told.unwrap_or(received).max(later.unwrap_or(day).start).min(last);
            let reading = self.reading(sample, day, received);
            let shown = clock.map_or(sample.at, |clock| clock.shows(sample.at));
            let reading = Reading { shown, late: later.is_some(), fault, ..reading };
            self.readings.push(reading);
            if plain && (draw.chance(1.0 / 300.0) || retried.contains(&sample.at)) {
                let received = (received + draw.whole(30, 7200)).min(last);
                let order = reading.order + 1;
                self.readings.push(Reading { received, order, duplicate: true, ..reading });
            }
        }
    }

    /// Adds a reading that nothing goes wrong with.
    pub(super) fn receive(&mut self, sample: Sample, day: &LocalDay, received: i64) {
        let reading = self.reading(sample, day, received);
        self.readings.push(reading);
    }

    /// A sample of a day as it is received at a moment.
    fn reading(&self, sample: Sample, day: &LocalDay, received: i64) -> Reading {
        let style = match sample.source {
            Source::Watch => self.profile.watch,
            Source::Hub => self.profile.hub,
        };
        let (value, decimals) = style.digits(sample.kind, sample.value);
        Reading {
            received,
            issued: received,
            effective: sample.at,
            shown: sample.at,
            lasts: sample.lasts,
            offsets: (day.offset(sample.at), day.offset(sample.at + sample.lasts)),
            citizen: self.profile.index,
            order: u32::try_from(self.readings.len()).unwrap_or(u32::MAX),
            value,
            second: style.digits(sample.kind, sample.second).0,
            decimals,
            kind: sample.kind,
            source: sample.source,
            style,
            duplicate: false,
            late: false,
            fault: None,
        }
    }
}

/// Spoils a sample now and then, and says how.
fn faulty(
    sample: &mut Sample,
    profile: &Profile,
    clock: Option<Clock>,
    stuck: Option<Kind>,
    draw: &mut Draw,
) -> Option<Fault> {
    let unit = draw.unit();
    if let Some(clock) = clock {
        return Some(clock.fault);
    }
    if stuck == Some(sample.kind) {
        sample.value = match sample.kind {
            Kind::Saturation => profile.spo2,
            Kind::Weight => profile.weight,
            Kind::Temperature => profile.temperature,
            _ => profile.resting_pulse,
        };
        return Some(Fault::Stuck);
    }
    let rare = if sample.source == Source::Watch { 1.0 / 5000.0 } else { 1.0 / 500.0 };
    let impossible = match sample.kind {
        Kind::HeartRate | Kind::Pulse => Some(0.0),
        Kind::Saturation => Some(12.0),
        Kind::Temperature => Some(-17.8),
        _ => None,
    };
    match impossible {
        Some(value) if unit < rare => {
            sample.value = value;
            Some(Fault::Impossible)
        }
        _ if unit > 1.0 - rare / 2.0 && !sample.kind.is_told() => Some(Fault::NotANumber),
        _ => None,
    }
}
