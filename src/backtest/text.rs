//! A report for the terminal.

use std::fmt::Write as _;

use pulsvagt_analytics::evaluation::{Interval, Overlap, Proportion, Quantiles, Rate};

use super::report::{BUDGET, Comparison, Group, Report, Source};

/// What has to be said wherever numbers of simulated citizens are shown.
pub(super) const SIMULATED: &str = "Simulated citizens: these numbers prove that the machinery \
    works and how many alerts the rules make of readings of this kind. They say nothing of the \
    medicine: the episodes are not a model of illness, so neither sensitivity nor lead time can \
    be expected of people.";
/// The same for real ones.
pub(super) const STORED: &str = "Looking back, alerts changed nothing about what happened. What \
    is not in the store (contacts elsewhere, deaths, missing encounters) is not counted.";

/// The same for real ones whose readings count from when they were taken.
pub(super) const IMPORTED: &str = "Readings were taken for received when they were taken, in their \
    present version. So screening knew more, and knew it earlier, than it would have. Looking back, \
    alerts changed nothing about what happened. What is not in the store (contacts elsewhere, \
    deaths, missing encounters) is not counted.";

/// The report as text.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let say = |out: &mut String, line: String| {
        let _ = writeln!(out, "{line}");
    };
    let pack = &report.pack;
    say(&mut out, format!("Pack {} {} ({})", pack.name, pack.version, pack.hash));
    say(
        &mut out,
        format!(
            "{} citizens, {:.0} citizen-weeks, {} to {}, screened every {} h",
            report.citizens, report.citizen_weeks, report.from, report.to, report.every_hours
        ),
    );
    say(
        &mut out,
        format!(
            "Manual alerts per citizen-week: {} (budget {BUDGET}: {})",
            rate(&report.manual),
            if report.within_budget { "within" } else { "exceeded" }
        ),
    );
    for level in &report.levels {
        say(&mut out, format!("  {:<8} {}", level.level, rate(&level.alerts)));
    }
    say(&mut out, format!("  never before a nurse as yellow or red: {}", report.automatic));
    say(
        &mut out,
        "By rule: first reason of manual alerts, red among them, per week of citizens \
        it is for; firing days; not evaluable days"
            .to_owned(),
    );
    for rule in &report.rules {
        say(
            &mut out,
            format!(
                "  {:<18} {:>6} {:>6} red  {:<24} {:>7} {:>7}",
                rule.rule,
                rule.manual.events,
                rule.red,
                rate(&rule.manual),
                percent(&rule.firing_days),
                percent(&rule.not_evaluable)
            ),
        );
    }
    for (title, groups) in [("By programme", &report.programmes), ("By problem", &report.problems)]
    {
        say(&mut out, format!("{title}: citizens, manual per citizen-week, red"));
        for Group { name, citizens, manual, red } in groups {
            let (manual, red) = (rate(manual), rate(red));
            say(&mut out, format!("  {name:<18} {citizens:>6} {manual:<24} {red}"));
        }
    }
    say(&mut out, "Findings kept out".to_owned());
    for suppressed in &report.suppressed {
        say(&mut out, format!("  {:<22} {:>8}", suppressed.reason, suppressed.findings));
    }
    let found = &report.detection;
    say(
        &mut out,
        format!(
            "Detection of {}: {} ({} of {}), by chance {}",
            found.of,
            share(&found.sensitivity),
            found.sensitivity.part,
            found.sensitivity.whole,
            found
                .by_chance
                .map_or_else(|| "–".to_owned(), |chance| format!("{:.0} %", chance * 100.0))
        ),
    );
    say(
        &mut out,
        format!(
            "  days from first alert to peak or admission: {}",
            spread(found.lead_days.as_ref())
        ),
    );
    say(&mut out, format!("  manual alerts within an episode: {}", share(&found.ppv)));
    for kind in &found.kinds {
        say(
            &mut out,
            format!(
                "  {:<30} {:>5} of {:<5} {:<20} {}",
                kind.kind,
                kind.sensitivity.part,
                kind.sensitivity.whole,
                share(&kind.sensitivity),
                spread(kind.lead_days.as_ref())
            ),
        );
    }
    say(&mut out, caveat(&report.source).to_owned());
    out
}

/// What has to be said about the numbers.
pub(super) fn caveat(source: &Source) -> &'static str {
    match source {
        Source::Simulated { .. } => SIMULATED,
        Source::Stored { received_when_taken: false, .. } => STORED,
        Source::Stored { received_when_taken: true, .. } => IMPORTED,
    }
}

/// A rate with its interval.
pub(super) fn rate(rate: &Rate) -> String {
    match (rate.rate, rate.interval) {
        (Some(value), Some(Interval { low, high })) => format!("{value:.3} ({low:.3}–{high:.3})"),
        _ => "–".to_owned(),
    }
}

/// A share with its interval.
pub(super) fn share(proportion: &Proportion) -> String {
    match (proportion.share, proportion.interval) {
        (Some(value), Some(Interval { low, high })) => {
            format!("{:.0} % ({:.0}–{:.0})", value * 100.0, low * 100.0, high * 100.0)
        }
        _ => "–".to_owned(),
    }
}

/// A share alone.
pub(super) fn percent(proportion: &Proportion) -> String {
    proportion.share.map_or_else(|| "–".to_owned(), |value| format!("{:.1} %", value * 100.0))
}

/// Median and quartiles.
pub(super) fn spread(quantiles: Option<&Quantiles>) -> String {
    quantiles.map_or_else(
        || "–".to_owned(),
        |it| format!("median {:.1} (quartiles {:.1}–{:.1})", it.median, it.lower, it.upper),
    )
}

/// The overlap of two packs as text.
pub fn overlap_text(both: &Comparison) -> String {
    let line = |what: &str, it: &Overlap| {
        let jaccard = it.jaccard.map_or_else(|| "–".to_owned(), |jaccard| format!("{jaccard:.3}"));
        let (both, a, b) = (it.both, it.only_a, it.only_b);
        format!("  {what}: both {both}, only the first {a}, only the second {b}, Jaccard {jaccard}")
    };
    format!(
        "Overlap by citizen, problem and local day\n{}\n{}",
        line("yellow or red findings", &both.findings),
        line("new manual alerts", &both.alerts)
    )
}
