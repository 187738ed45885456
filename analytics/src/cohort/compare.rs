//! Municipalities beside each other, from what each of them has released.
//!
//! Everything here is computed from [releases](super::disclosure::Release) and from nothing else. So
//! it tells nothing that the releases do not: what a municipality left out is in no sum, and a line
//! for several municipalities names those whose numbers are in it. A sum over all of them, from
//! which a count that was left out could be had by subtraction, is never made.
//!
//! Rates are per 1,000 person-years with 95 % intervals. First events are compared, since of those
//! each citizen has one at most and the interval is exact; all events are told beside them. The
//! standardised rate is that which a municipality would have if its members were of the sexes and
//! ages of all that are compared (direct standardisation). It needs every stratum of a
//! municipality to be told; of others the rate is as it is, and it says why.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::disclosure::{Count, OutcomeCounts, Release, ReleasedGroup, StratumOutcome};
use super::{Date, Notice};
use crate::evaluation::{Interval, Rate, Z, real};
use crate::statistics::standardised::{Stratum, standardised};

/// Why a rate is not standardised: the municipality leaves out a sex or an age.
pub const OWN_LEFT_OUT: &str = "not every sex and age is told";
/// Why a rate is not standardised: each of the others does.
pub const OTHERS_LEFT_OUT: &str = "no other municipality tells every sex and age";
/// Why a rate is not standardised: it would weigh what was never seen.
pub const NOBODY_ALIKE: &str = "nobody of a sex and age that others have";

/// A municipality that is to be compared.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it has released, or why it takes no part.
    pub answer: Result<Release, String>,
}

/// Municipalities beside each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The definition's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its hash.
    pub definition: String,
    /// Which code made the answers.
    pub engine: String,
    /// Which tables of preventable admissions were used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tables: Option<String>,
    /// The last day of the data.
    pub last_day: Date,
    /// Everybody who was asked, by code.
    pub municipalities: Vec<Municipality>,
    /// The cohort, and the comparison group if there is one.
    pub groups: Vec<ComparedGroup>,
    /// What has to be known to read the numbers.
    pub notices: Vec<String>,
}

/// A municipality.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Municipality {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// No count of it is about fewer citizens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<u32>,
    /// Why it takes no part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedGroup {
    /// `cohort` or `comparison`.
    pub name: String,
    /// Its members: a line for each municipality that answered, and one for those together that
    /// told, if that is more than one.
    pub members: Vec<MembersLine>,
    /// What came after, with lines likewise.
    pub outcomes: Vec<ComparedOutcome>,
}

/// Members. A count that is null is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersLine {
    /// Codes of the municipalities whose members these are.
    pub of: Vec<String>,
    /// Members.
    pub members: Option<u64>,
    /// Members who were followed for a day or more.
    pub at_risk: Option<u64>,
    /// Why members are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// An outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedOutcome {
    /// Its name.
    pub outcome: String,
    /// The lines.
    pub lines: Vec<OutcomeLine>,
}

/// Numbers of an outcome. All are null where the count of citizens is left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OutcomeLine {
    /// Codes of the municipalities whose numbers these are.
    pub of: Vec<String>,
    /// Members who had it.
    pub citizens: Option<u64>,
    /// Years that they were followed.
    pub person_years: Option<f64>,
    /// Days on which it happened.
    pub events: Option<u64>,
    /// Events; the interval reckons with citizens who have several.
    pub rate: Option<Estimate>,
    /// First events; the interval is that of a Poisson count.
    pub first: Option<Estimate>,
    /// First events, if members were of the sexes and ages of all that are compared.
    pub standardised: Option<Estimate>,
    /// Why there is no standardised rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crude: Option<String>,
}

/// A rate per 1,000 person-years, to one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The rate.
    pub value: f64,
    /// The lower end of its interval, 95 %.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Puts beside each other what municipalities have released; `None` if none of them has.
pub fn compare(parts: &[Part]) -> Option<Comparison> {
    let told: Vec<(&str, &Release)> = parts
        .iter()
        .filter_map(|part| Some((part.code.as_str(), part.answer.as_ref().ok()?)))
        .collect();
    let (_, first) = told.first()?;
    let municipalities = parts.iter().map(|part| Municipality {
        code: part.code.clone(),
        name: part.name.clone(),
        least: part.answer.as_ref().ok().map(|it| it.least),
        absent: part.answer.as_ref().err().cloned(),
    });
    let groups = (0..first.groups.len()).map(|place| {
        let groups: Vec<(&str, &ReleasedGroup)> = told
            .iter()
            .filter_map(|(code, release)| Some((*code, release.groups.get(place)?)))
            .collect();
        group(first.groups[place].name, &groups)
    });
    Some(Comparison {
        name: first.name.clone(),
        version: first.version.clone(),
        definition: first.definition.clone(),
        engine: first.engine.clone(),
        tables: first.tables.clone(),
        last_day: first.last_day,
        municipalities: municipalities.collect(),
        groups: groups.collect(),
        notices: notices(&told),
    })
}

/// What is to be known of all, and of whom else what is to be known.
fn notices(told: &[(&str, &Release)]) -> Vec<String> {
    let mut notices = BTreeSet::new();
    for (code, release) in told {
        for notice in &release.notices {
            notices.insert(match notice {
                Notice::Caveat { .. } => notice.text(),
                _ => format!("{code}: {}", notice.text()),
            });
        }
    }
    notices.into_iter().collect()
}

const fn number(count: Count) -> Option<u64> {
    match count {
        Count::Told(count) => Some(count),
        Count::LeftOut => None,
    }
}

fn group(name: &'static str, groups: &[(&str, &ReleasedGroup)]) -> ComparedGroup {
    let mut members: Vec<MembersLine> = groups
        .iter()
        .map(|(code, group)| MembersLine {
            of: vec![(*code).to_owned()],
            members: number(group.members),
            at_risk: number(group.at_risk),
            refused: group.refused.clone(),
        })
        .collect();
    let both: Vec<&MembersLine> = members.iter().filter(|it| it.members.is_some()).collect();
    if both.len() > 1 {
        let together = MembersLine {
            of: both.iter().flat_map(|it| it.of.clone()).collect(),
            members: both.iter().map(|it| it.members).sum(),
            // Of those whose members are in it, or of nobody.
            at_risk: both.iter().map(|it| it.at_risk).sum(),
            refused: None,
        };
        members.push(together);
    }
    let names: Vec<&str> = groups
        .iter()
        .map(|(_, group)| group.outcomes.iter().map(|it| it.outcome.as_str()).collect::<Vec<_>>())
        .max_by_key(Vec::len)
        .unwrap_or_default();
    let outcomes = names.iter().enumerate().map(|(place, name)| ComparedOutcome {
        outcome: (*name).to_owned(),
        lines: lines(place, groups),
    });
    ComparedGroup { name: name.to_owned(), members, outcomes: outcomes.collect() }
}

/// The lines of an outcome, by its place among the group's.
fn lines(place: usize, groups: &[(&str, &ReleasedGroup)]) -> Vec<OutcomeLine> {
    let standard = Standard::of(place, groups);
    let mut lines: Vec<OutcomeLine> = groups
        .iter()
        .map(|(code, group)| {
            let of = vec![(*code).to_owned()];
            let told = group.outcomes.get(place).filter(|it| number(it.citizens).is_some());
            let Some(told) = told else { return OutcomeLine { of, ..OutcomeLine::default() } };
            let (standardised, crude) = match standard.rate(place, group) {
                Ok(estimate) => (Some(estimate), None),
                Err(reason) => (None, Some(reason)),
            };
            OutcomeLine {
                of,
                citizens: number(told.citizens),
                person_years: told.person_years,
                events: told.events,
                rate: estimate(told.rate, told.rate_interval),
                first: estimate(told.first, told.first_interval),
                standardised,
                crude,
            }
        })
        .collect();
    let told: Vec<(&str, &OutcomeCounts)> = groups
        .iter()
        .filter_map(|(code, group)| Some((*code, group.outcomes.get(place)?)))
        .filter(|(_, outcome)| number(outcome.citizens).is_some())
        .collect();
    if told.len() > 1 {
        lines.push(together(&told));
    }
    lines
}

fn estimate(value: Option<f64>, interval: Option<(f64, f64)>) -> Option<Estimate> {
    let ((low, high), value) = (interval?, value?);
    Some(Estimate { value, low, high })
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// From rates per person-year.
fn per_thousand(rate: f64, interval: Interval) -> Estimate {
    let [value, low, high] = [rate, interval.low, interval.high].map(|it| tenth(it * 1000.0));
    Estimate { value, low, high }
}

/// Those that told, as one.
fn together(told: &[(&str, &OutcomeCounts)]) -> OutcomeLine {
    let sum = |of: fn(&OutcomeCounts) -> Option<f64>| -> Option<f64> {
        told.iter().map(|(_, it)| of(it)).sum()
    };
    let citizens: Option<u64> = told.iter().map(|(_, it)| number(it.citizens)).sum();
    let events: Option<u64> = told.iter().map(|(_, it)| it.events).sum();
    let (years, until) = (sum(|it| it.person_years), sum(|it| it.first_person_years));
    let poisson = |events: Option<u64>, time: Option<f64>| Some(Rate::poisson(events?, time?));
    let of_rate = |it: Rate| Some(per_thousand(it.rate?, it.interval?));
    OutcomeLine {
        of: told.iter().map(|(code, _)| (*code).to_owned()).collect(),
        citizens,
        person_years: years.map(tenth),
        events,
        rate: poisson(events, years).map(|it| widened(it, told)).and_then(of_rate),
        first: poisson(citizens, until).and_then(of_rate),
        standardised: None,
        crude: None,
    }
}

/// A Poisson interval made as wide as those of the parts together say: on the log scale, each part's
/// events with the variance that its interval has.
fn widened(mut whole: Rate, told: &[(&str, &OutcomeCounts)]) -> Rate {
    let (Some(rate), Some(poisson)) = (whole.rate, whole.interval) else { return whole };
    let variance: f64 = told
        .iter()
        .filter_map(|(_, it)| {
            let (events, rate, (_, high)) = (it.events?, it.rate?, it.rate_interval?);
            (rate > 0.0).then(|| (real(events) * (high / rate).ln() / Z).powi(2))
        })
        .sum();
    if whole.events > 0 {
        let factor = (Z * variance.sqrt() / real(whole.events)).exp();
        whole.interval = Some(Interval {
            low: poisson.low.min(rate / factor),
            high: poisson.high.max(rate * factor),
        });
    }
    whole
}

/// Sex and age.
type Key<'r> = (&'r str, &'r str);

/// Years of all strata that are compared, by sex and age.
struct Standard<'r> {
    years: BTreeMap<Key<'r>, f64>,
    municipalities: usize,
}

impl<'r> Standard<'r> {
    /// Of all municipalities that tell each of their strata.
    fn of(place: usize, groups: &[(&str, &'r ReleasedGroup)]) -> Self {
        let mut standard = Self { years: BTreeMap::new(), municipalities: 0 };
        for &(_, group) in groups {
            if let Some(strata) = whole(place, group) {
                standard.municipalities += 1;
                for (key, _, years) in strata {
                    *standard.years.entry(key).or_default() += years;
                }
            }
        }
        standard
    }

    /// The rate of a municipality, or why it has none.
    fn rate(&self, place: usize, group: &ReleasedGroup) -> Result<Estimate, String> {
        let own = whole(place, group).ok_or(OWN_LEFT_OUT)?;
        if self.municipalities < 2 {
            return Err(OTHERS_LEFT_OUT.to_owned());
        }
        let strata: Vec<Stratum> = self
            .years
            .iter()
            .map(|(key, years)| {
                let own = own.iter().find(|(own, ..)| own == key);
                let (events, time) = own.map_or((0, 0.0), |(_, events, time)| (*events, *time));
                Stratum { events, time, weight: *years }
            })
            .collect();
        let (rate, interval) = standardised(&strata).map_err(|_| NOBODY_ALIKE.to_owned())?;
        Ok(per_thousand(rate, interval))
    }
}

/// First events and years of each stratum, if all of them are told.
fn whole(place: usize, group: &ReleasedGroup) -> Option<Vec<(Key<'_>, u64, f64)>> {
    let strata = group.strata.iter().map(|stratum| {
        let outcome: &StratumOutcome = stratum.outcomes.get(place)?;
        let events = number(outcome.citizens)?;
        let key = (stratum.sex.as_str(), stratum.age.as_str());
        Some((key, events, outcome.first_person_years?))
    });
    let strata: Vec<_> = strata.collect::<Option<_>>()?;
    (!strata.is_empty()).then_some(strata)
}
