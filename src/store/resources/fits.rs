//! Whether a version fits a search. The index of searches knows the current versions only; earlier ones
//! are asked themselves, by the same values.

use jiff::tz::TimeZone;
use pulsvagt_fhir::Document;

use super::extract::{SearchValues, extract, short};
use super::parameters::How;
use super::{Comparison, Criterion, Filter, Prefix, StoredResource};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::StoreError;

impl StoredResource {
    /// Whether it fits all of the filters. `citizens` are the numbers of those that they name; who is
    /// not among them is nobody.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn fits(
        &self,
        filters: &[Filter],
        citizens: &[(String, CitizenNo)],
        zone: &TimeZone,
        base: &str,
    ) -> Result<bool, StoreError> {
        let Some(kind) = super::known_kind(&self.kind).filter(|_| !filters.is_empty()) else {
            return Ok(filters.is_empty());
        };
        let document = Document::parse(self.body.as_bytes())
            .map_err(|error| StoreError::damaged("resource", error))?;
        let values = extract(kind, document.root(), zone, base);
        let fits = |filter: &Filter, criterion: &Criterion| {
            self.meets(filter, criterion, &values, citizens)
        };
        Ok(filters.iter().all(|filter| filter.any.iter().any(|one| fits(filter, one))))
    }

    fn meets(
        &self,
        filter: &Filter,
        criterion: &Criterion,
        values: &SearchValues,
        citizens: &[(String, CitizenNo)],
    ) -> bool {
        let name = filter.parameter.name;
        let mut tokens = values.tokens.iter().filter(|(parameter, ..)| *parameter == name);
        match criterion {
            Criterion::Id(id) => self.id == *id,
            Criterion::Citizen(id) => {
                citizens.iter().any(|(known, no)| known == id && self.citizen == Some(*no))
            }
            Criterion::Token { system, code } => {
                let (system, code) = (system.as_deref().map(short), code.as_deref().map(short));
                tokens.any(|(_, found, of)| {
                    code.as_ref().is_none_or(|code| code == found)
                        && system.as_ref().is_none_or(|system| system == of)
                })
            }
            Criterion::Starts(text) => {
                let text = super::extract::folded(text);
                tokens.any(|(_, found, _)| found.starts_with(&text))
            }
            Criterion::ReferenceId(id) => {
                tokens.any(|(_, found, _)| found.split_once('/').is_some_and(|(_, it)| it == id))
            }
            Criterion::Date(with) if filter.parameter.how == How::Updated => {
                compares((self.updated, Micros(self.updated.0 + 1)), *with)
            }
            Criterion::Date(with) => values
                .dates
                .iter()
                .filter(|(parameter, ..)| *parameter == name)
                .any(|(_, lower, upper)| compares((*lower, *upper), *with)),
        }
    }
}

/// As `push_comparison` has the database compare.
fn compares((lower, upper): (Micros, Micros), with: Comparison) -> bool {
    let within = lower >= with.lower && upper <= with.upper;
    match with.prefix {
        Prefix::Eq => within,
        Prefix::Ne => !within,
        Prefix::Gt => upper > with.upper,
        Prefix::Ge => upper > with.lower,
        Prefix::Lt => lower < with.lower,
        Prefix::Le => lower < with.upper,
        Prefix::Sa => lower >= with.upper,
        Prefix::Eb => upper <= with.lower,
        Prefix::Ap => lower < with.upper && upper > with.lower,
    }
}
