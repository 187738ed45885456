//! Simulated chronic citizens, their devices and what goes wrong with both.
//!
//! Everything is made from a seed: the same [`Options`] give the same bytes, on every machine. A
//! citizen-day depends on nothing but the seed, the citizen and the date, so a later
//! [`end`](Options::end) only adds days at the end, and more citizens only add citizens.
//!
//! Nothing here is a model of illness: the numbers move in the right directions and at about the
//! right pace, which is enough to exercise ingestion, screening and triage, and not enough to
//! measure how well screening would do on people.
//!
//! [`citizens`] says who they are, [`events`] what is received from them and when, and
//! [`episodes`] when they truly deteriorated. At most one local day of small records is kept in
//! memory at a time; the JSON of a line is written when the line is asked for.

mod answers;
mod citizen;
mod day;
mod draw;
mod encode;
mod episode;
mod incident;
mod plan;
mod profile;
mod render;
mod send;
mod story;
#[cfg(test)]
mod tests;
mod time;
mod trouble;

use std::ops::Range;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

pub use citizen::{Citizen, citizens, players};
pub use episode::{Episode, EpisodeKind, episodes};
pub use incident::{Incident, incident_of};
pub use plan::plan;
pub use story::{CAST, LAST, Part, Plot, Seen};

use profile::Profile;
use send::{Inbox, Reading};
use story::Start;
use time::LocalDay;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Everything random follows from it.
    pub seed: u64,
    /// How many citizens.
    pub citizens: u32,
    /// How many local days; the last is the one that `end` ends or cuts short.
    pub days: u32,
    /// Nothing is received at or after this moment.
    pub end: Timestamp,
    /// Where the citizens live.
    pub zone: TimeZone,
    /// How much their watches send.
    pub density: Density,
}

/// How much the watches send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Density {
    /// Heart rate every hour, steps every four: about 40 readings per citizen and day.
    Demo,
    /// Heart rate every five minutes, steps every hour: about 300 readings per citizen and day.
    Dense,
}

/// What a citizen is enrolled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Programme {
    /// Chronic obstructive pulmonary disease: saturation, pulse, breaths and questions about
    /// symptoms daily, FEV1 weekly.
    Copd,
    /// Heart failure: weight, blood pressure, saturation and pulse daily.
    HeartFailure,
    /// Diabetes: finger pricks before meals and at bedtime, or a glucose sensor.
    Diabetes,
    /// Hypertension: one week in four, twice in the morning and twice in the evening.
    Hypertension,
    /// Infection in the elderly: temperature daily, CRP twice a month or on suspicion.
    ElderlyInfection,
    /// Psychiatry: sleep, steps and heart rate from the watch, one question daily.
    Psychiatry,
}

/// What is wrong with a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The device's clock is off by hours.
    ClockHours,
    /// The device's clock is off by days.
    ClockDays,
    /// The device's clock counts from 1970.
    ClockEpoch,
    /// The device's clock is a year or so ahead.
    ClockFuture,
    /// The sensor repeats one value for days.
    Stuck,
    /// No living person has this value.
    Impossible,
    /// The device measured and got no number.
    NotANumber,
}

/// One Observation as it is received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When the server gets it.
    pub received: Timestamp,
    /// The citizen's index: [`citizens`] yields them in this order.
    pub citizen: u32,
    /// The Observation, minified JSON without a line feed.
    pub line: String,
    /// What the Observation does not tell.
    pub truth: Truth,
}

/// The truth about an [`Event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// When it was really measured, or began to be.
    pub effective: Timestamp,
    /// The very same bytes were received before.
    pub is_duplicate: bool,
    /// The device held it back to a later local day, and uploads out of order.
    pub is_late: bool,
    /// What is wrong with it, if anything.
    pub fault: Option<Fault>,
}

impl Options {
    /// The local days of the simulated period.
    fn local_days(&self) -> Vec<LocalDay> {
        let end = self.end.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(self.end);
        let last = time::day_number(end, &self.zone);
        let first = last + 1 - i64::from(self.days);
        (first..=last).filter_map(|number| LocalDay::new(number, &self.zone)).collect()
    }
}

/// The logical id of the citizen with this index.
pub fn citizen_id(index: u32) -> String {
    let mut id = String::with_capacity(10);
    push_citizen_id(&mut id, index);
    id
}

fn push_citizen_id(out: &mut String, index: u32) {
    out.push_str("sim-");
    time::push_padded(out, i64::from(index), 6);
}

/// Everything that is received in the simulated period, in the order in which it is received.
pub fn events(options: &Options) -> impl Iterator<Item = Event> + use<> {
    events_of(options, 0..options.citizens)
}

/// [`events`] of the citizens with these indices only.
pub fn events_of(options: &Options, citizens: Range<u32>) -> impl Iterator<Item = Event> + use<> {
    Events::new(options, citizens, None)
}

/// [`events`] and, in the order in which they are received, what is told by the stories of a demo
/// that began at that moment.
pub fn events_with_stories(
    options: &Options,
    began: Timestamp,
) -> impl Iterator<Item = Event> + use<> {
    Events::new(options, 0..options.citizens, Some(Start::new(began, &options.zone)))
}

impl Events {
    fn new(options: &Options, citizens: Range<u32>, stories: Option<Start>) -> Self {
        let seed = options.seed;
        let players = stories.into_iter().flat_map(|start| {
            story::players(seed)
                .map(move |(index, part)| Profile::playing(seed, index, part, start))
        });
        Self {
            seed,
            citizens,
            players: players.collect(),
            density: options.density,
            end: options.end.as_second(),
            days: options.local_days(),
            today: 0,
            readings: Vec::new(),
            next: 0,
        }
    }
}

struct Events {
    seed: u64,
    citizens: Range<u32>,
    players: Vec<Profile>,
    density: Density,
    end: i64,
    days: Vec<LocalDay>,
    today: usize,
    readings: Vec<Reading>,
    next: usize,
}

impl Events {
    /// Makes the next day's readings; false when there is no next day.
    fn turn(&mut self) -> bool {
        if self.today >= self.days.len() {
            return false;
        }
        self.readings.clear();
        self.next = 0;
        let mut samples = Vec::new();
        let (seed, density) = (self.seed, self.density);
        let mut fill = |profile: &Profile| {
            let (readings, samples) = (&mut self.readings, &mut samples);
            let mut inbox = Inbox { seed, density, profile, readings, samples };
            inbox.fill(&self.days, self.today);
        };
        self.citizens.clone().for_each(|index| fill(&Profile::new(seed, index)));
        self.players.iter().for_each(fill);
        let end = self.end;
        self.readings.retain(|reading| reading.received < end);
        self.readings.sort_unstable_by_key(|reading| {
            (reading.received, reading.citizen, reading.order, reading.duplicate)
        });
        self.today += 1;
        true
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(reading) = self.readings.get(self.next) {
                self.next += 1;
                let Some(event) = event(reading, self.seed) else { continue };
                return Some(event);
            }
            if !self.turn() {
                return None;
            }
        }
    }
}

/// What is received; nothing if it is beyond what the calendar can say.
fn event(reading: &Reading, seed: u64) -> Option<Event> {
    Some(Event {
        received: Timestamp::from_second(reading.received).ok()?,
        citizen: reading.citizen,
        line: render::observation(reading, seed),
        truth: Truth {
            effective: Timestamp::from_second(reading.effective).ok()?,
            is_duplicate: reading.duplicate,
            is_late: reading.late,
            fault: reading.fault,
        },
    })
}
