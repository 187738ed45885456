//! Tables of a lake: columns that any engine reads as Parquet.

mod sheet;
#[cfg(test)]
mod tests;
pub mod trend;

pub use sheet::{Cell, LakeError, Sheet, Writer, height};

/// Version of the layout: changes when a column or its meaning does.
pub const VERSION: u32 = 1;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of 64 bits.
    Whole,
    /// A whole number of 32 bits.
    Count,
    /// A double.
    Number,
    /// Text.
    Text,
    /// A date.
    Day,
    /// A moment in microseconds, UTC.
    Moment,
}

impl Kind {
    /// As the documentation writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "int64",
            Self::Count => "int32",
            Self::Number => "double",
            Self::Text => "string",
            Self::Day => "date",
            Self::Moment => "timestamp",
        }
    }
}

/// A table of the lake.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name, which is that of its folder.
    pub name: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// Whether it has a folder for each month below that of the municipality.
    pub by_month: bool,
    /// Its columns: name, kind, meaning.
    pub columns: &'static [(&'static str, Kind, &'static str)],
}

use Kind::{Count, Day, Moment, Number, Text, Whole};

const CITIZEN: (&str, Kind, &str) = ("citizen", Whole, "Pseudonym");

/// One row for each number that counts, by citizen, day, signal and time.
pub const READINGS: Table = Table {
    name: "readings",
    row: "a number that counts; a blood pressure has two",
    by_month: true,
    columns: &[
        CITIZEN,
        ("day", Day, "Local day; a sleep belongs to the day of waking"),
        ("signal", Text, "What was measured"),
        ("at", Moment, "When it was taken or began"),
        ("value", Number, "In the signal's unit"),
        ("unit", Text, "UCUM code of the unit"),
        ("span", Count, "Seconds that it covers; 0 for a moment"),
        ("received", Moment, "When it was received"),
    ],
};

/// One row for each citizen, day and signal, in that order.
pub const DAILY_SUMMARY: Table = Table {
    name: "daily_summary",
    row: "a signal on a local day",
    by_month: true,
    columns: &[
        CITIZEN,
        ("day", Day, "Local day"),
        ("signal", Text, "What was measured"),
        ("count", Count, "Readings"),
        ("mean", Number, "Their mean"),
        ("min", Number, "The least"),
        ("max", Number, "The greatest"),
        ("first", Number, "The earliest"),
        ("last", Number, "The latest"),
        ("deviation", Number, "Standard deviation of the sample"),
        ("total", Number, "The sum, or the device's own total of the day"),
        ("night_mean", Number, "Mean at rest in the night; heart rate only"),
        ("wear_minutes", Count, "Minutes in which the device was worn; heart rate only"),
    ],
};

/// Who there is.
pub const CITIZEN_TABLE: Table = Table {
    name: "citizen",
    row: "a citizen",
    by_month: false,
    columns: &[
        CITIZEN,
        ("birth_year", Count, "Year of birth"),
        ("sex", Text, "Administrative gender"),
        ("died", Day, "First day of the month of death"),
    ],
};

/// Conditions.
pub const CONDITION: Table = Table {
    name: "condition",
    row: "a Condition",
    by_month: false,
    columns: &[
        CITIZEN,
        ("system", Text, "Code system of the first coding"),
        ("code", Text, "Its code"),
        ("onset", Day, "When it began"),
        ("recorded", Day, "When it was recorded"),
        ("clinical_status", Text, "Clinical status"),
        ("verification_status", Text, "Verification status"),
    ],
};

/// Encounters, by the month in which they began.
pub const ENCOUNTER: Table = Table {
    name: "encounter",
    row: "an Encounter",
    by_month: true,
    columns: &[
        CITIZEN,
        ("class", Text, "Code of the class"),
        ("status", Text, "Status"),
        ("begun", Day, "When it began"),
        ("ended", Day, "When it ended"),
        ("system", Text, "Code system of the first coding of the first reason"),
        ("code", Text, "Its code"),
    ],
};

/// Alerts, by the month in which they were opened.
pub const ALERT: Table = Table {
    name: "alert",
    row: "an alert that was the nurses'",
    by_month: true,
    columns: &[
        CITIZEN,
        ("opened", Moment, "When it was opened"),
        ("problem", Text, "Of what"),
        ("worst", Text, "The worst level it has had: red, yellow or blue"),
    ],
};

/// All tables.
pub const TABLES: [Table; 6] =
    [READINGS, DAILY_SUMMARY, CITIZEN_TABLE, CONDITION, ENCOUNTER, ALERT];
