//! An assessment in some lines for a terminal.

use std::fmt::Write as _;

use pulsvagt_analytics::risk::Assessment;
use pulsvagt_analytics::risk::assess::Measures;
use pulsvagt_analytics::statistics::bootstrap::Estimate;

/// A number with its interval.
pub(super) fn estimate(estimate: Option<&Estimate>) -> String {
    match estimate {
        None => "–".to_owned(),
        Some(Estimate { value, interval: None }) => format!("{value:.3} (no interval)"),
        Some(Estimate { value, interval: Some(it) }) => {
            format!("{value:.3} ({:.3} to {:.3})", it.low, it.high)
        }
    }
}

/// Names and numbers, in the order in which they are told.
pub(super) fn measures(of: &Measures) -> [(&'static str, Option<&Estimate>); 7] {
    [
        ("AUROC", of.auroc.as_ref()),
        ("AUPRC (average precision)", of.auprc.as_ref()),
        ("calibration slope", of.slope.as_ref()),
        ("calibration in the large", of.in_the_large.as_ref()),
        ("observed / expected", of.observed_over_expected.as_ref()),
        ("Brier", of.brier.as_ref()),
        ("Brier skill", of.brier_skill.as_ref()),
    ]
}

/// What matters of an assessment. Intervals are 95 %.
pub fn summary(of: &Assessment) -> String {
    let mut out = format!("{} rows of {} citizens, {} cases\n", of.rows, of.citizens, of.cases);
    for (name, value) in measures(&of.measures) {
        let _ = writeln!(out, "{name:<28}{}", estimate(value));
    }
    for (name, reason) in &of.measures.refused {
        let _ = writeln!(out, "no {name}: {reason}");
    }
    for alerts in &of.alerts {
        let _ = writeln!(
            out,
            "{:<28}PPV {}, NNE {}, sensitivity {}",
            format!("flagging {:.0} %", alerts.at.budget * 100.0),
            estimate(alerts.ppv.as_ref()),
            estimate(alerts.nne.as_ref()),
            estimate(alerts.sensitivity.as_ref())
        );
    }
    for baseline in &of.baselines {
        let _ = writeln!(
            out,
            "{:<28}AUROC {}, the model has {} more",
            baseline.name,
            estimate(baseline.measures.auroc.as_ref()),
            estimate(baseline.gain.as_ref())
        );
    }
    for (name, reason) in &of.no_baseline {
        let _ = writeln!(out, "{name:<28}no baseline: {reason}");
    }
    out
}
