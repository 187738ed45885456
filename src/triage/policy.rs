//! What a municipality decides about its alerts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::alert::Level;

/// A municipality's policy of triage. Its JSON is what is stored and what administrators see; a
/// field that is left out has its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// The time zone of the staffed hours. Default: Europe/Copenhagen.
    pub zone: Zone,
    /// When somebody looks at the worklist. Outside it nobody does, and citizens must be told so.
    /// Default: Monday to Friday 8–16, but for Danish public holidays.
    pub staffed: Vec<Shift>,
    /// Whether the shifts hold on public holidays too. Default: no.
    pub staffed_on_holidays: bool,
    /// Further days without staff, `MM-DD` each year, such as `12-24`. Default: none.
    pub closed_days: BTreeSet<YearlyDay>,
    /// Within how many staffed minutes somebody deals with a red alert. Default: 120.
    pub red_minutes: u32,
    /// Within how many working days somebody deals with a yellow alert. Default: 1.
    pub yellow_working_days: u32,
    /// Within how many working days somebody deals with a blue alert. Default: 2.
    pub blue_working_days: u32,
    /// Within how many working days somebody looks through what is green again. Default: 5.
    pub green_working_days: u32,
    /// For how many hours after closing the same problem stays quiet at the same or a lower level,
    /// by the level of the new finding. A red finding only stays quiet if its own rule was red when
    /// the alert was closed. Default: red 12, yellow 72, blue 72.
    pub quiet_hours: PerLevel,
    /// The longest snooze in hours by the level of the alert; 0 = none. Default: red 0 (a red
    /// citizen is contacted today), yellow 168, blue 720.
    pub snooze_hours: PerLevel,
    /// How long a claim holds, minutes. Default: 30.
    pub claim_minutes: u32,
    /// How long a re-measure that a nurse asked for is waited for, minutes. Default: 240.
    pub remeasure_minutes: u32,
    /// How far two readings must be apart for the second to confirm the first, minutes.
    /// Default: 5 (repeat of saturation and blood pressure).
    pub confirm_apart_minutes: u32,
    /// Within how many local days a rule's days of persistence must fall. Default: 7.
    pub persistence_window_days: u32,
    /// Rules whose findings are recorded but raise nothing: new versions on trial. Default: none.
    pub shadow: BTreeSet<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            zone: Zone::default(),
            staffed: vec![Shift::default()],
            staffed_on_holidays: false,
            closed_days: BTreeSet::new(),
            red_minutes: 120,
            yellow_working_days: 1,
            blue_working_days: 2,
            green_working_days: 5,
            quiet_hours: PerLevel { red: 12, yellow: 72, blue: 72 },
            snooze_hours: PerLevel { red: 0, yellow: 168, blue: 720 },
            claim_minutes: 30,
            remeasure_minutes: 240,
            confirm_apart_minutes: 5,
            persistence_window_days: 7,
            shadow: BTreeSet::new(),
        }
    }
}

/// Whether there is staff at some time, and each shift ends after it begins.
///
/// # Errors
/// What is wrong.
pub fn check_shifts(staffed: &[Shift]) -> Result<(), PolicyError> {
    if staffed.iter().all(|shift| shift.days.is_empty()) {
        return Err(PolicyError::Unstaffed);
    }
    match staffed.iter().position(|shift| shift.from >= shift.to) {
        Some(at) => Err(PolicyError::Shift(at)),
        None => Ok(()),
    }
}

/// A number for each level that asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerLevel {
    /// For red.
    pub red: u32,
    /// For yellow.
    pub yellow: u32,
    /// For blue.
    pub blue: u32,
}

impl PerLevel {
    /// The number for a level; for green that for blue.
    pub fn of(&self, level: Level) -> u32 {
        match level {
            Level::Red => self.red,
            Level::Yellow => self.yellow,
            Level::Blue | Level::Green => self.blue,
        }
    }
}

/// When there is staff, on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// On which days.
    pub days: BTreeSet<Weekday>,
    /// From when on, local time.
    pub from: TimeOfDay,
    /// Until when, local time, later than `from` on the same day.
    pub to: TimeOfDay,
}

impl Default for Shift {
    fn default() -> Self {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        Self {
            days: [Monday, Tuesday, Wednesday, Thursday, Friday].into(),
            from: TimeOfDay(480),
            to: TimeOfDay(960),
        }
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<jiff::civil::Weekday> for Weekday {
    fn from(day: jiff::civil::Weekday) -> Self {
        match day {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// A time of day in minutes since midnight; `HH:MM` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// As a civil time.
    pub fn to_jiff(self) -> Time {
        let part = |minutes: u16| i8::try_from(minutes).unwrap_or_default();
        Time::new(part(self.0 / 60), part(self.0 % 60), 0, 0).unwrap_or(Time::midnight())
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = PolicyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = text.split_once(':').and_then(|(hours, minutes)| {
            let hours: u16 = hours.parse().ok().filter(|hours| *hours < 24)?;
            let minutes: u16 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
            (text.len() == 5).then_some(Self(hours * 60 + minutes))
        });
        parsed.ok_or(PolicyError::Time(text))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        format!("{:02}:{:02}", time.0 / 60, time.0 % 60)
    }
}

/// A day of every year; `MM-DD` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct YearlyDay {
    month: i8,
    day: i8,
}

impl YearlyDay {
    /// The day that this date is.
    pub fn of(date: Date) -> Self {
        Self { month: date.month(), day: date.day() }
    }
}

impl TryFrom<String> for YearlyDay {
    type Error = PolicyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // A leap year, so that 29 February may be named.
        let date = (text.len() == 5).then(|| format!("2024-{text}").parse::<Date>().ok()).flatten();
        date.map(Self::of).ok_or(PolicyError::Day(text))
    }
}

impl From<YearlyDay> for String {
    fn from(day: YearlyDay) -> Self {
        format!("{:02}-{:02}", day.month, day.day)
    }
}

/// A time zone by its IANA name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone.
    pub fn get(&self) -> &TimeZone {
        &self.0
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

impl From<TimeZone> for Zone {
    fn from(zone: TimeZone) -> Self {
        Self(zone)
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::get("Europe/Copenhagen").unwrap_or(TimeZone::UTC))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Zone {
    type Error = PolicyError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        TimeZone::get(&name).map(Self).map_err(|_| PolicyError::Zone(name))
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

/// Why a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not `HH:MM`.
    #[error("{0:?} is not a time of day such as 08:00")]
    Time(String),
    /// Not `MM-DD`.
    #[error("{0:?} is not a day of the year such as 12-24")]
    Day(String),
    /// Not a time zone.
    #[error("{0:?} is not a time zone such as Europe/Copenhagen")]
    Zone(String),
    /// Nobody is ever there.
    #[error("staffed: at least one shift with at least one day is needed")]
    Unstaffed,
    /// A shift that ends before it begins.
    #[error("staffed[{0}]: a shift ends later on the day than it begins")]
    Shift(usize),
    /// A number outside its range.
    #[error("{field}: {value} is not within {least}–{most}")]
    Range {
        /// Which.
        field: &'static str,
        /// What it is.
        value: u32,
        /// The least it may be.
        least: u32,
        /// The most it may be.
        most: u32,
    },
}

impl Policy {
    /// Whether it can be used: shifts that exist, numbers within what is safe.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn check(&self) -> Result<(), PolicyError> {
        check_shifts(&self.staffed)?;
        let (quiet, snooze) = (self.quiet_hours, self.snooze_hours);
        let ranges: BTreeMap<&'static str, (u32, u32, u32)> = [
            ("redMinutes", (self.red_minutes, 1, 1_440)),
            ("yellowWorkingDays", (self.yellow_working_days, 1, 10)),
            ("blueWorkingDays", (self.blue_working_days, 1, 20)),
            ("greenWorkingDays", (self.green_working_days, 1, 60)),
            ("quietHours.red", (quiet.red, 0, 24)),
            ("quietHours.yellow", (quiet.yellow, 0, 336)),
            ("quietHours.blue", (quiet.blue, 0, 720)),
            ("snoozeHours.red", (snooze.red, 0, 24)),
            ("snoozeHours.yellow", (snooze.yellow, 0, 744)),
            ("snoozeHours.blue", (snooze.blue, 0, 2_208)),
            ("claimMinutes", (self.claim_minutes, 1, 480)),
            ("remeasureMinutes", (self.remeasure_minutes, 1, 4_320)),
            ("confirmApartMinutes", (self.confirm_apart_minutes, 0, 60)),
            ("persistenceWindowDays", (self.persistence_window_days, 1, 31)),
        ]
        .into();
        for (field, (value, least, most)) in ranges {
            if !(least..=most).contains(&value) {
                return Err(PolicyError::Range { field, value, least, most });
            }
        }
        Ok(())
    }
}
