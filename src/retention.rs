//! How long a municipality keeps what: the policy. Nothing is deleted of what it does not name.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Span;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock::Micros;

/// What is kept for a time of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Readings as devices sent them, with their earlier versions.
    Readings,
    /// Readings that are never scored.
    Quarantined,
    /// What a citizen's day came to, which screening and nurses look at.
    Summaries,
    /// Rules that fired, findings that raised no alert, and what risk models said.
    Findings,
    /// Closed alerts, everything that happened to them, and the FHIR resources that tell of them.
    Alerts,
    /// Resources and plans of citizens whose enrolment has ended, but for the Patient.
    Resources,
}

impl Category {
    /// All, in the order in which they are dealt with.
    pub const ALL: [Self; 6] = [
        Self::Quarantined,
        Self::Readings,
        Self::Summaries,
        Self::Findings,
        Self::Alerts,
        Self::Resources,
    ];

    /// The word in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Readings => "readings",
            Self::Quarantined => "quarantined",
            Self::Summaries => "summaries",
            Self::Findings => "findings",
            Self::Alerts => "alerts",
            Self::Resources => "resources",
        }
    }

    /// What we propose, and where that is from. `[P]` is a proposal that the data controller has to
    /// decide.
    pub const fn proposal(self) -> (&'static str, &'static str) {
        const RECORD: &str = "treatment record: at least 10 years after the last entry \
             (autorisationsloven section 25(1)); 5 years for some professions by \
             journalføringsbekendtgørelsen, longest taken";
        match self {
            Self::Readings => ("2y", "[P] device data; what care rests on is in the record"),
            Self::Quarantined => ("90d", "[P] long enough to find a device's fault"),
            Self::Summaries | Self::Findings | Self::Alerts | Self::Resources => ("10y", RECORD),
        }
    }

    /// The shortest time that does not take from screening what it needs.
    const fn least(self) -> (&'static str, &'static str) {
        match self {
            Self::Readings => ("60d", "late readings and corrections still come"),
            Self::Quarantined => ("7d", "somebody has to be able to look"),
            Self::Summaries => ("150d", "screening looks back 120 days"),
            Self::Findings | Self::Alerts => ("90d", "what a nurse decided still counts"),
            Self::Resources => ("90d", "an enrolment may be taken up again"),
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A time to keep something: days, months or years of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Keep {
    number: u16,
    unit: char,
}

/// Not a time to keep something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a number of days, months or years, such as 90d, 18m or 10y")]
pub struct BadKeep;

impl FromStr for Keep {
    type Err = BadKeep;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unit = text.chars().last().filter(|unit| "dmy".contains(*unit)).ok_or(BadKeep)?;
        let number: u16 = text[..text.len() - 1].parse().map_err(|_| BadKeep)?;
        if number == 0 || number > 36_500 || (unit == 'y' && number > 100) {
            return Err(BadKeep);
        }
        Ok(Self { number, unit })
    }
}

impl TryFrom<String> for Keep {
    type Error = BadKeep;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Keep> for String {
    fn from(keep: Keep) -> Self {
        keep.to_string()
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.unit)
    }
}

impl Keep {
    /// What was before this moment has been kept for long enough by `now`.
    pub fn cutoff(self, now: Micros, zone: &TimeZone) -> Micros {
        let number = i64::from(self.number);
        let span = match self.unit {
            'd' => Span::new().try_days(number),
            'm' => Span::new().try_months(number),
            _ => Span::new().try_years(number),
        };
        let local = now.to_jiff().to_zoned(zone.clone());
        let before = span.and_then(|span| local.checked_sub(span));
        // Before all times nothing is old enough.
        before.map_or(Micros(i64::MIN >> 4), |at| Micros(at.timestamp().as_microsecond()))
    }

    fn rough_days(self) -> u32 {
        u32::from(self.number)
            * match self.unit {
                'd' => 1,
                'm' => 30,
                _ => 365,
            }
    }
}

/// How long what is kept. What is not in it is kept for good.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Policy(BTreeMap<Category, Keep>);

impl Policy {
    /// What we propose for a Danish municipality.
    pub fn proposed() -> Self {
        Self(
            Category::ALL
                .into_iter()
                .filter_map(|category| Some((category, category.proposal().0.parse().ok()?)))
                .collect(),
        )
    }

    /// How long that is kept; `None` = for good.
    pub fn keep(&self, category: Category) -> Option<Keep> {
        self.0.get(&category).copied()
    }

    /// Whether it deletes nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// From TOML or JSON.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let policy: Self = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| vec![error.to_string()])?
        } else {
            toml::from_str(text).map_err(|error| vec![error.to_string()])?
        };
        let faults = policy.faults();
        if faults.is_empty() { Ok(policy) } else { Err(faults) }
    }

    fn faults(&self) -> Vec<String> {
        let days = |category| self.keep(category).map(Keep::rough_days);
        let mut faults = Vec::new();
        for (category, keep) in &self.0 {
            let (least, why) = category.least();
            if least.parse().is_ok_and(|least: Keep| keep.rough_days() < least.rough_days()) {
                faults.push(format!("{category}: at least {least}, since {why}"));
            }
        }
        if let (Some(quarantined), Some(readings)) =
            (days(Category::Quarantined), days(Category::Readings))
            && quarantined > readings
        {
            faults.push("quarantined: not longer than readings, which they are of".to_owned());
        }
        faults
    }
}
