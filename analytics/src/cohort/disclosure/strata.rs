//! Members by sex and age together, so that groups of other ages can be compared.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Ledger;
use super::coarse;
use super::release::{Count, Members, OutcomeCounts, cell};
use crate::cohort::follow::YEAR;
use crate::evaluation::real;

/// Members of a sex and age who were followed for a day or more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stratum {
    /// `female`, `male`, `other` or `unknown`.
    pub sex: String,
    /// `0-69`, `70-79`, `80+` or `unknown`.
    pub age: String,
    /// How many.
    pub at_risk: Count,
    /// What came after, in the order of the group's outcomes.
    pub outcomes: Vec<StratumOutcome>,
}

/// An outcome in a stratum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StratumOutcome {
    /// Its name.
    pub outcome: String,
    /// Who had it.
    pub citizens: Count,
    /// Years until the first or the end of the follow-up, to one decimal; `None` where the count is
    /// left out.
    pub first_person_years: Option<f64>,
}

/// Bands whose borders are those of the bands in which ages are told, so that each is a union of them.
pub(super) fn band(age: Option<i32>) -> &'static str {
    match age {
        Some(..70) => "0-69",
        Some(70..80) => "70-79",
        Some(_) => "80+",
        None => "unknown",
    }
}

/// Tells of each stratum what may be told, of outcomes whose count is told at all.
pub(super) fn tell(
    members: &Members,
    outcomes: &[OutcomeCounts],
    ledger: &mut Ledger,
) -> Vec<Stratum> {
    let mut rows: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (row, followed) in members.followed.iter().enumerate() {
        if *followed > 0 {
            let sex = members.sex(row).unwrap_or("unknown");
            rows.entry((sex, band(members.ages[row]))).or_default().push(row);
        }
    }
    let strata = rows.into_iter().map(|((sex, age), rows)| {
        let citizens = |rows: &[usize]| members.those(|row| rows.binary_search(&row).is_ok());
        let at_risk = cell("", &citizens(&rows), ledger).count;
        let outcomes = outcomes.iter().enumerate().map(|(place, outcome)| {
            let after = &members.after[place];
            let having: Vec<usize> =
                rows.iter().copied().filter(|row| after[*row].is_some()).collect();
            let is_asked = [at_risk, outcome.citizens].iter().all(|it| *it != Count::LeftOut);
            let citizens =
                if is_asked { cell("", &citizens(&having), ledger).count } else { Count::LeftOut };
            let days: u64 = rows
                .iter()
                .map(|row| u64::from(after[*row].unwrap_or(members.followed[*row])))
                .sum();
            StratumOutcome {
                outcome: outcome.outcome.clone(),
                citizens,
                first_person_years: (citizens != Count::LeftOut)
                    .then(|| coarse::tenth(real(days) / YEAR)),
            }
        });
        let outcomes = outcomes.collect();
        Stratum { sex: sex.to_owned(), age: age.to_owned(), at_risk, outcomes }
    });
    strata.collect()
}
