//! Citizens at home as rows: what was known of them before a local day began, and what came of them
//! from that day on. Fitting, evaluating and scoring at night make their rows here.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::Subject;
use crate::explain::Language;
use crate::features::{AsOf, UnknownFeature};
use crate::plan::Programme;

/// Days of a year, and of four weeks.
const YEAR: i32 = 365;
const FOUR_WEEKS: i32 = 28;
/// A stay without an end is taken for one that nobody closed after so many days \[P\].
const LONGEST_OPEN: i32 = 90;

/// What a model of citizens at home looks at unless it is told otherwise, beside what screening has
/// the same numbers of: what predicts admissions in home care (Eur Geriatr Med 2024;15:127) and is
/// known to a municipality, and how the measured signals have moved.
pub const FEATURES: [&str; 38] = [
    "admissions_12m",
    "admissions_3m",
    "bed_days_12m",
    "age_years",
    "woman",
    "days_since_enrolment",
    "programme_copd",
    "programme_heart_failure",
    "programme_diabetes",
    "alerts_28d",
    "days_measured_28d",
    "silence_overdue_hours",
    "on_oxygen",
    "news2_score",
    "oxygen_saturation_mean_7d",
    "oxygen_saturation_min_7d",
    "oxygen_saturation_sd_28d",
    "oxygen_saturation_rise_guard",
    "heart_rate_mean_7d",
    "heart_rate_max_7d",
    "heart_rate_sd_28d",
    "heart_rate_rise_guard",
    "night_heart_rate_rise_guard",
    "respiratory_rate_mean_7d",
    "respiratory_rate_max_7d",
    "respiratory_rate_rise_guard",
    "body_weight_mean_7d",
    "body_weight_sd_28d",
    "body_weight_rise_guard",
    "systolic_blood_pressure_mean_7d",
    "systolic_blood_pressure_min_7d",
    "systolic_blood_pressure_sd_28d",
    "diastolic_blood_pressure_mean_7d",
    "body_temperature_max_7d",
    "glucose_mean_7d",
    "glucose_sd_28d",
    "steps_mean_7d",
    "steps_mean_28d",
];

/// What is predicted: the event, and within how many days from the index day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// What.
    pub event: Event,
    /// Days, the index day being the first.
    pub days: u32,
}

/// What may come of a citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A stay in hospital that was not planned.
    Admission,
    /// Death.
    Death,
}

impl Target {
    /// In words, for cards.
    pub fn text(self) -> String {
        let event = match self.event {
            Event::Admission => "an unplanned admission",
            Event::Death => "death",
        };
        format!("{event} within {} days", self.days)
    }

    /// Days as a difference of days.
    pub fn span(self) -> i32 {
        i32::try_from(self.days).unwrap_or(i32::MAX)
    }
}

/// A stay in hospital, local days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// The first day.
    pub from: i32,
    /// The last day; `None` goes on, or nobody has said.
    pub to: Option<i32>,
    /// Whether it was planned.
    pub planned: bool,
}

impl Stay {
    /// Whether a citizen is in hospital as a day begins.
    pub fn is_in(&self, day: i32) -> bool {
        let to = self.to.unwrap_or_else(|| self.from.saturating_add(LONGEST_OPEN));
        self.from < day && to >= day
    }
}

/// A citizen as known before a local day began.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Readings and plan as of the last moment of the day before.
    pub subject: Subject<'a>,
    /// The index day, days since 1970.
    pub day: i32,
    /// Whether a woman; `None` if the Patient says neither.
    pub woman: Option<bool>,
    /// The first day of being enrolled without a break.
    pub enrolled: Option<i32>,
    /// Stays that had begun.
    pub stays: &'a [Stay],
    /// The days on which alerts were opened; `None` if there was no screening to open any.
    pub alerts: Option<&'a [i32]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    Admissions(i32),
    BedDays,
    SinceEnrolment,
    Woman,
    In(Programme),
    Alerts,
    Measured,
}

const OWN: [(&str, Own); 14] = [
    ("admissions_12m", Own::Admissions(YEAR)),
    ("admissions_3m", Own::Admissions(91)),
    ("bed_days_12m", Own::BedDays),
    ("days_since_enrolment", Own::SinceEnrolment),
    ("woman", Own::Woman),
    ("programme_copd", Own::In(Programme::Copd)),
    ("programme_heart_failure", Own::In(Programme::HeartFailure)),
    ("programme_diabetes", Own::In(Programme::Diabetes)),
    ("programme_hypertension", Own::In(Programme::Hypertension)),
    ("programme_elderly_infection", Own::In(Programme::ElderlyInfection)),
    ("programme_psychiatry", Own::In(Programme::Psychiatry)),
    ("programme_frailty", Own::In(Programme::Frailty)),
    ("alerts_28d", Own::Alerts),
    ("days_measured_28d", Own::Measured),
];

impl Own {
    fn of(self, person: &Person<'_>) -> Option<f64> {
        let day = person.day;
        let since = |days: i32| day.saturating_sub(days)..day;
        match self {
            Self::Admissions(days) => {
                let stays = person.stays.iter().filter(|it| !it.planned);
                Some(crate::evaluation::length(
                    stays.filter(|it| since(days).contains(&it.from)).count(),
                ))
            }
            Self::BedDays => {
                let nights = |stay: &Stay| {
                    let to = stay.to.unwrap_or_else(|| stay.from.saturating_add(LONGEST_OPEN));
                    f64::from((to.min(day) - stay.from.max(day - YEAR)).max(0))
                };
                Some(person.stays.iter().map(nights).sum())
            }
            Self::SinceEnrolment => person.enrolled.map(|from| f64::from((day - from).max(0))),
            Self::Woman => person.woman.map(|woman| f64::from(u8::from(woman))),
            Self::In(programme) => {
                Some(f64::from(u8::from(person.subject.plan.programmes.contains(&programme))))
            }
            Self::Alerts => {
                let opened = person.alerts?.iter().filter(|it| since(FOUR_WEEKS).contains(it));
                Some(crate::evaluation::length(opened.count()))
            }
            Self::Measured => {
                let days = person.subject.days.iter().filter(|it| !it.summaries.is_empty());
                let days = days.filter(|it| since(FOUR_WEEKS).contains(&it.day));
                Some(crate::evaluation::length(days.count()))
            }
        }
    }
}

/// What a feature is, as inside a sentence.
pub fn words(name: &str, language: Language) -> String {
    let (danish, english) = match name {
        "admissions_12m" => {
            ("akutte indlæggelser det seneste år", "unplanned admissions in a year")
        }
        "admissions_3m" => {
            ("akutte indlæggelser de seneste 3 måneder", "unplanned admissions in 3 months")
        }
        "bed_days_12m" => ("sengedage det seneste år", "nights in hospital in a year"),
        "days_since_enrolment" => ("dage siden indskrivning", "days since enrolment"),
        "woman" => ("kvinde (0 nej, 1 ja)", "woman (0 no, 1 yes)"),
        "alerts_28d" => ("alarmer på 28 dage", "alerts in 28 days"),
        "days_measured_28d" => ("dage med målinger af 28", "days with measurements of 28"),
        "programme_copd" => ("i KOL-forløb (0 nej, 1 ja)", "in COPD programme (0 no, 1 yes)"),
        "programme_heart_failure" => {
            ("i hjertesvigtforløb (0 nej, 1 ja)", "in heart failure programme (0 no, 1 yes)")
        }
        "programme_diabetes" => {
            ("i diabetesforløb (0 nej, 1 ja)", "in diabetes programme (0 no, 1 yes)")
        }
        _ => return crate::features::words::feature(name, language),
    };
    language.pick(danish, english).to_owned()
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Own(Own),
    Screening(usize),
}

/// Features of citizens at home by name: those of [`crate::features`] that need no rule pack, and
/// `admissions_12m`, `admissions_3m` (unplanned stays that began), `bed_days_12m` (nights),
/// `days_since_enrolment`, `woman`, `programme_…`, `alerts_28d` (opened), `days_measured_28d`.
#[derive(Debug, Clone)]
pub struct Features {
    names: Vec<String>,
    places: Vec<Place>,
    screening: AsOf,
}

impl Features {
    /// For these features.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, UnknownFeature> {
        let (mut all, mut places, mut screening) = (Vec::new(), Vec::new(), Vec::new());
        for name in names {
            let own = OWN.iter().find(|(known, _)| *known == name);
            places.push(own.map_or(Place::Screening(screening.len()), |(_, own)| Place::Own(*own)));
            if own.is_none() {
                screening.push(name);
            }
            all.push(name.to_owned());
        }
        Ok(Self { names: all, places, screening: AsOf::new(screening)? })
    }

    /// Their names, in the order of the values.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Of a citizen; `None` is missing.
    pub fn row(&self, person: &Person<'_>) -> Vec<Option<f64>> {
        let screening = self.screening.row(&person.subject);
        let value = |place: &Place| match place {
            Place::Own(own) => own.of(person),
            Place::Screening(at) => screening[*at],
        };
        self.places.iter().map(value).collect()
    }
}

/// What came of a citizen from the index day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It came, so many days after the index day.
    Case(i32),
    /// It did not come although it could have.
    Free,
    /// Nobody knows: the data, the life or the enrolment ended before.
    Censored,
}

/// What became of somebody.
#[derive(Debug, Clone, Copy)]
pub struct Course<'a> {
    /// Stays as known in the end.
    pub stays: &'a [Stay],
    /// The day of death.
    pub died: Option<i32>,
    /// The last day of being enrolled.
    pub left: Option<i32>,
    /// The last day of which everything is known.
    pub last: i32,
}

impl Course<'_> {
    /// What came from a day on.
    pub fn after(&self, target: Target, day: i32) -> After {
        let end = day.saturating_add(target.span()).saturating_sub(1);
        let found = match target.event {
            Event::Admission => {
                let stays = self.stays.iter().filter(|it| !it.planned).map(|it| it.from);
                stays.filter(|from| *from >= day).min()
            }
            Event::Death => self.died.filter(|died| *died >= day),
        };
        let ends = [self.left, self.died.filter(|_| target.event != Event::Death)];
        let followed = ends.into_iter().flatten().fold(self.last, i32::min);
        match found.filter(|from| *from <= end.min(followed)) {
            Some(from) => After::Case(from - day),
            None if followed >= end => After::Free,
            None => After::Censored,
        }
    }
}
