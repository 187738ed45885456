//! Whether cases score higher than controls.

use super::{Refusal, both};
use crate::evaluation::{Scored, length};

/// Units from the highest score down, with those that tie together.
pub(crate) fn descending(units: &[Scored]) -> Vec<Scored> {
    let mut sorted = units.to_vec();
    // -0 and 0 are the same score.
    sorted.sort_by(|a, b| (b.score + 0.0).total_cmp(&(a.score + 0.0)));
    sorted
}

pub(crate) fn ties(sorted: &[Scored]) -> impl Iterator<Item = &[Scored]> {
    sorted.chunk_by(|a, b| (a.score + 0.0).total_cmp(&(b.score + 0.0)).is_eq())
}

/// The area under the ROC curve: the share of pairs of a case and a control in which the case
/// scores higher, ties counting half (Mann and Whitney 1947; Hanley and `McNeil` 1982).
///
/// [`evaluation::area()`](crate::evaluation::area()) adds `DeLong`'s interval, by cluster.
///
/// # Errors
/// Without cases, without controls, or with a score that is not a number.
pub fn auroc(units: &[Scored]) -> Result<f64, Refusal> {
    let (cases, controls) = both(units)?;
    let mut above = 0;
    let mut won = 0.0;
    for tied in ties(&descending(units)) {
        let own = tied.iter().filter(|unit| unit.case).count();
        won += length(tied.len() - own) * (length(above) + length(own) / 2.0);
        above += own;
    }
    Ok(won / (length(cases) * length(controls)))
}

/// The area under the curve of precision over recall, as average precision: Σ (Rₙ − Rₙ₋₁) · Pₙ over
/// the distinct scores from the highest down, without interpolation (Davis and Goadrich 2006 show
/// why interpolating is too optimistic). Guessing gives the share of cases.
///
/// # Errors
/// Without cases, without controls, or with a score that is not a number.
pub fn auprc(units: &[Scored]) -> Result<f64, Refusal> {
    let (cases, _) = both(units)?;
    let (mut flagged, mut found, mut area) = (0, 0, 0.0);
    for tied in ties(&descending(units)) {
        let own = tied.iter().filter(|unit| unit.case).count();
        flagged += tied.len();
        found += own;
        area += length(own) / length(cases) * length(found) / length(flagged);
    }
    Ok(area)
}
