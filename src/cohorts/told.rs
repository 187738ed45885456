//! What a run has told, as it is kept and shown: a release and what follows from it.

use pulsvagt_analytics::cohort::Notice;
use pulsvagt_analytics::cohort::disclosure::{
    Cell, Count, Curve, OutcomeCounts, Release, ReleasedGroup, curves,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CohortError;

/// The steps of every attrition, as the engine names them: everybody who was looked at,
pub const STEP_CITIZENS: &str = "citizens";
/// who has an index day,
pub const STEP_INDEX: &str = "with an index day";
/// who is alive and here on it,
pub const STEP_HERE: &str = "alive and here on the index day";
/// and, of the comparison group, who is not in the cohort.
pub const STEP_OTHERS: &str = "not in the cohort";

/// What is told. A count that is null is left out, so that nobody can be singled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CohortResult)]
pub struct Told {
    /// The definition's name.
    pub name: String,
    /// Its version, by those who wrote it.
    pub version: String,
    /// Its hash.
    pub definition: String,
    /// Which code made the answer. With the same definition, engine and last day the numbers are
    /// the same, byte for byte.
    pub engine: String,
    /// Which tables of preventable admissions were used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(nullable = false)]
    pub tables: Option<String>,
    /// The last day of the data.
    #[schema(format = Date)]
    pub last_day: String,
    /// No count is about fewer citizens.
    pub least: u32,
    /// The cohort, and the comparison group if there is one.
    pub groups: Vec<ToldGroup>,
    /// Time to the first event (Kaplan-Meier), from the rows that are told.
    pub curves: Vec<ToldCurve>,
    /// What has to be known to read the numbers.
    pub notices: Vec<ToldNotice>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CohortGroup)]
pub struct ToldGroup {
    /// `cohort` or `comparison`.
    pub name: String,
    /// Members. Where they are left out, so is all else.
    pub members: Option<u64>,
    /// Why members are left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(nullable = false)]
    pub refused: Option<String>,
    /// Members who were followed for a day or more.
    pub at_risk: Option<u64>,
    /// What came after.
    pub outcomes: Vec<ToldOutcome>,
    /// Whether there are no rows because they would be rare.
    pub rows_left_out: bool,
    /// Who was left after each step.
    pub attrition: Vec<ToldCount>,
    /// Members by sex.
    pub sex: Vec<ToldCount>,
    /// Members by age on the index day.
    pub age: Vec<ToldCount>,
    /// Members by municipality.
    pub municipality: Vec<ToldCount>,
    /// Members by quarter of the index day.
    pub quarter: Vec<ToldCount>,
    /// Members by programme on the index day; somebody may be in several.
    pub programme: Vec<ToldCount>,
}

/// A count with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CohortCount)]
pub struct ToldCount {
    /// Of whom.
    pub name: String,
    /// How many.
    pub count: Option<u64>,
}

/// An outcome. All numbers are null where the count of citizens is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CohortOutcome)]
pub struct ToldOutcome {
    /// Its name.
    pub outcome: String,
    /// Members who had it.
    pub citizens: Option<u64>,
    /// Years that they were followed, to one decimal.
    pub person_years: Option<f64>,
    /// Days on which it happened.
    pub events: Option<u64>,
    /// Events per 1,000 person-years.
    pub rate: Option<ToldRate>,
    /// First events per 1,000 person-years until then.
    pub first: Option<ToldRate>,
}

/// A rate per 1,000 person-years.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CohortRate)]
pub struct ToldRate {
    /// The rate.
    pub value: f64,
    /// Lower end of its interval, 95 %.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The share of a group to whom an outcome has not happened, as time goes by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CohortCurve)]
pub struct ToldCurve {
    /// `cohort` or `comparison`.
    pub group: String,
    /// The outcome.
    pub outcome: String,
    /// One for each begun period of 30 days; the first is the index day.
    pub points: Vec<ToldPoint>,
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CohortPoint)]
pub struct ToldPoint {
    /// Days after the index day.
    pub day: u32,
    /// Who was followed at the beginning of the period without the outcome.
    pub at_risk: u64,
    /// To whom it happened for the first time in the period.
    pub events: u64,
    /// The share to whom it has not happened by now, 0 to 1, to four decimals.
    pub without: f64,
    /// Lower end of its interval, 95 %.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What has to be known to read the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CohortNotice)]
pub struct ToldNotice {
    /// nobody, no-follow-up, cut-short (the data end before the follow-up of some does),
    /// nowhere-in-data (a slip of the pen, most likely), or caveat (of a set of codes).
    pub code: String,
    /// The group, what was asked for, or the set.
    pub about: String,
    /// A sentence for people, in English.
    pub text: String,
}

impl Told {
    /// Of a release.
    ///
    /// # Errors
    /// When its rows are not those of this version.
    pub fn of(release: &Release) -> Result<Self, CohortError> {
        let curves = curves(release).map_err(|error| CohortError::Release(error.to_string()))?;
        Ok(Self {
            name: release.name.clone(),
            version: release.version.clone(),
            definition: release.definition.clone(),
            engine: release.engine.clone(),
            tables: release.tables.clone(),
            last_day: release.last_day.to_string(),
            least: release.least,
            groups: release.groups.iter().map(ToldGroup::of).collect(),
            curves: curves.iter().map(ToldCurve::of).collect(),
            notices: release.notices.iter().map(ToldNotice::of).collect(),
        })
    }
}

fn told(count: Count) -> Option<u64> {
    match count {
        Count::Told(count) => Some(count),
        Count::LeftOut => None,
    }
}

fn counts(cells: &[Cell]) -> Vec<ToldCount> {
    let one = |cell: &Cell| ToldCount { name: cell.name.clone(), count: told(cell.count) };
    cells.iter().map(one).collect()
}

impl ToldGroup {
    fn of(group: &ReleasedGroup) -> Self {
        Self {
            name: group.name.to_owned(),
            members: told(group.members),
            refused: group.refused.clone(),
            at_risk: told(group.at_risk),
            outcomes: group.outcomes.iter().map(ToldOutcome::of).collect(),
            rows_left_out: group.rows_left_out,
            attrition: counts(&group.attrition),
            sex: counts(&group.sex),
            age: counts(&group.age),
            municipality: counts(&group.municipality),
            quarter: counts(&group.quarter),
            programme: counts(&group.programme),
        }
    }
}

impl ToldOutcome {
    fn of(outcome: &OutcomeCounts) -> Self {
        let rate = |value: Option<f64>, interval: Option<(f64, f64)>| {
            let ((low, high), value) = (interval?, value?);
            Some(ToldRate { value, low, high })
        };
        Self {
            outcome: outcome.outcome.clone(),
            citizens: told(outcome.citizens),
            person_years: outcome.person_years,
            events: outcome.events,
            rate: rate(outcome.rate, outcome.rate_interval),
            first: rate(outcome.first, outcome.first_interval),
        }
    }
}

impl ToldCurve {
    fn of(curve: &Curve) -> Self {
        let four = |share: f64| (share * 10_000.0).round() / 10_000.0;
        let points = curve.points.iter().map(|point| ToldPoint {
            day: point.day,
            at_risk: point.at_risk,
            events: point.events,
            without: four(point.without),
            low: four(point.low),
            high: four(point.high),
        });
        Self {
            group: curve.group.clone(),
            outcome: curve.outcome.clone(),
            points: points.collect(),
        }
    }
}

impl ToldNotice {
    fn of(notice: &Notice) -> Self {
        let (code, about) = match notice {
            Notice::Nobody { group } => ("nobody", group),
            Notice::NoFollowUp { group } => ("no-follow-up", group),
            Notice::CutShort { group } => ("cut-short", group),
            Notice::NowhereInData { what } => ("nowhere-in-data", what),
            Notice::Caveat { set, .. } => ("caveat", set),
        };
        Self { code: code.to_owned(), about: about.clone(), text: notice.text() }
    }
}
