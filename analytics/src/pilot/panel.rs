//! Citizens before and after.

use serde::Serialize;

use crate::statistics::Refusal;
use crate::statistics::jackknife::{Unit, contrast};
use crate::statistics::rates::{Exposure, Ratio, of_coefficient, ratio};

/// Events and time of one citizen in each stretch of a pilot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Panel {
    /// The citizen, or the pair that was matched: what resembles each other.
    pub cluster: u64,
    /// Whether the citizen had what is tried.
    pub treated: bool,
    /// Long before the start, when nothing yet said that the citizen would be enrolled.
    pub run_in: (u64, f64),
    /// Just before the start: what happened here may be why the citizen was enrolled.
    pub before: (u64, f64),
    /// From the start.
    pub after: (u64, f64),
}

/// Before and after of those who had it, with what of the change is no effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Before {
    /// After over just before. Enrolment looks at what happened just before, so that this falls by
    /// itself.
    pub naive: Ratio,
    /// After over the run-in, which enrolment does not look at; `None` without a run-in.
    pub with_run_in: Option<Ratio>,
    /// The run-in over just before: how much of the fall is a return to what was usual. 1 is none of
    /// it; `None` without a run-in.
    pub regression_to_the_mean: Option<Ratio>,
    /// Whether it bites: without a run-in, or if just before was higher than the run-in beyond chance.
    pub bites: bool,
}

fn stretch(panels: &[Panel], treated: bool, of: impl Fn(&Panel) -> (u64, f64)) -> Vec<Exposure> {
    let own = panels.iter().filter(|panel| panel.treated == treated);
    own.map(|panel| {
        let (events, time) = of(panel);
        Exposure { cluster: panel.cluster, events, time }
    })
    .collect()
}

/// Before and after of the treated.
///
/// # Errors
/// Without follow-up before or after, or without any event.
pub fn before_after(panels: &[Panel]) -> Result<Before, Refusal> {
    let own = |of: fn(&Panel) -> (u64, f64)| stretch(panels, true, of);
    let (run_in, before, after) = (own(|it| it.run_in), own(|it| it.before), own(|it| it.after));
    let naive = ratio(&after, &before)?;
    let has_run_in = run_in.iter().any(|it| it.time > 0.0);
    let against = |first: &[Exposure], other: &[Exposure]| {
        if has_run_in { ratio(first, other).map(Some) } else { Ok(None) }
    };
    let regression = against(&run_in, &before)?;
    let bites = regression.as_ref().is_none_or(|it| it.high.is_some_and(|high| high < 1.0));
    Ok(Before {
        naive,
        with_run_in: against(&after, &run_in)?,
        regression_to_the_mean: regression,
        bites,
    })
}

/// Difference in differences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Did {
    /// The change of the treated over the change of the controls: the effect, if both would have
    /// changed alike.
    pub effect: Ratio,
    /// The change (after over before) of the treated.
    pub treated: Ratio,
    /// The change of the controls.
    pub controls: Ratio,
    /// The change from run-in to just before, of the treated over the controls: 1 if they went alike
    /// before the start. `None` where there is no run-in or there are too few events.
    pub before_the_start: Option<Ratio>,
    /// Whether that says that they did not go alike.
    pub parallel: Option<bool>,
}

/// The change of the treated over that of the controls, which is the interaction of group and stretch in a
/// Poisson model with person-time as offset. Errors are by leaving out one cluster after the other, so
/// that neither over-dispersion nor seeing the same citizen twice narrows the interval.
fn interaction(
    panels: &[Panel],
    later: fn(&Panel) -> (u64, f64),
    earlier: fn(&Panel) -> (u64, f64),
) -> Result<Ratio, Refusal> {
    let cells = ["controls before", "controls after", "treated before", "treated after"];
    let (mut units, mut sums) = (Vec::new(), [(0, 0.0); 4]);
    for panel in panels {
        for (place, of) in [earlier, later].into_iter().enumerate() {
            let (events, time) = of(panel);
            if !time.is_finite() || time < 0.0 {
                return Err(Refusal::NotFinite("time at risk".to_owned()));
            }
            if time <= 0.0 {
                continue;
            }
            let cell = 2 * usize::from(panel.treated) + place;
            sums[cell] = (sums[cell].0 + events, sums[cell].1 + time);
            units.push(Unit { cluster: panel.cluster, cell, events, time });
        }
    }
    if let Some(cell) = sums.iter().position(|(_, time)| *time <= 0.0) {
        return Err(Refusal::NoFollowUp(cells[cell].to_owned()));
    }
    let (found, dispersion) = contrast([1.0, -1.0, -1.0, 1.0], &units)?;
    Ok(of_coefficient(&found, dispersion, sums[3], sums[1]))
}

/// The effect as the change of the treated over that of the controls.
///
/// # Errors
/// Without follow-up or without events in one of the four cells.
pub fn difference_in_differences(panels: &[Panel]) -> Result<Did, Refusal> {
    let change = |treated| {
        let (after, before) =
            (stretch(panels, treated, |it| it.after), stretch(panels, treated, |it| it.before));
        ratio(&after, &before)
    };
    let effect = interaction(panels, |it| it.after, |it| it.before)?;
    let before_the_start = interaction(panels, |it| it.before, |it| it.run_in).ok();
    let parallel = before_the_start.as_ref().and_then(|it| Some(it.low <= 1.0 && it.high? >= 1.0));
    Ok(Did { effect, treated: change(true)?, controls: change(false)?, before_the_start, parallel })
}
