//! A report as one HTML file that needs nothing else.

use std::fmt::Write as _;

use pulsvagt_analytics::evaluation::{Overlap, Rate};

use super::plot::{Bar, bars, escape, line};
use super::report::{BUDGET, Comparison, Group, Report, Source};
use super::text::{caveat, percent, rate, share, spread};

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Back-test</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}th,td{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right}
th:first-child,td:first-child{text-align:left}.caveat{border-left:4px solid #b03030;padding:.5rem 1rem;background:#faf3f3}
svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#222}svg .n{fill:#666}
</style></head><body>
"#;

/// The report, or two of them beside each other, as HTML.
pub fn html(report: &Report, comparison: Option<&Comparison>) -> String {
    let mut out = HEAD.to_owned();
    match comparison {
        Some(both) => {
            out.push_str("<h1>Back-test of two rule packs</h1>");
            caution(&mut out, &both.a.source);
            overlap(&mut out, both);
            one(&mut out, &both.a);
            one(&mut out, &both.b);
        }
        None => {
            out.push_str("<h1>Back-test of a rule pack</h1>");
            caution(&mut out, &report.source);
            one(&mut out, report);
        }
    }
    out.push_str("</body></html>\n");
    out
}

fn caution(out: &mut String, source: &Source) {
    let _ = write!(out, r#"<p class="caveat">{}</p>"#, escape(caveat(source)));
}

fn overlap(out: &mut String, both: &Comparison) {
    out.push_str("<h2>Overlap</h2>");
    let row = |name: &str, it: &Overlap| {
        let jaccard = it.jaccard.map_or_else(|| "–".to_owned(), |jaccard| format!("{jaccard:.3}"));
        let (both, a, b) = (it.both.to_string(), it.only_a.to_string(), it.only_b.to_string());
        vec![name.to_owned(), both, a, b, jaccard]
    };
    let (a, b) = (&both.a.pack, &both.b.pack);
    let names =
        [format!("only {} {}", a.name, a.version), format!("only {} {}", b.name, b.version)];
    table(
        out,
        &["citizen, problem and day", "both", &names[0], &names[1], "Jaccard"],
        &[row("yellow or red finding", &both.findings), row("new manual alert", &both.alerts)],
    );
}

fn one(out: &mut String, report: &Report) {
    let pack = &report.pack;
    let _ = write!(
        out,
        "<h2>{} {}</h2><p>Content hash {}. {} citizens, {:.0} citizen-weeks, from {} to {}; \
         everybody is screened every {} hours. Intervals are 95 %.</p>",
        escape(&pack.name),
        escape(&pack.version),
        escape(&pack.hash),
        report.citizens,
        report.citizen_weeks,
        report.from,
        report.to,
        report.every_hours
    );
    let verdict = if report.within_budget { "within" } else { "above" };
    let _ = write!(
        out,
        "<p>Manual alerts (yellow or red, before a nurse) per citizen-week: <b>{}</b>, {verdict} \
         the budget of {BUDGET} (dashed). Over citizens: {}. {} further alerts never came before a \
         nurse as yellow or red.</p>",
        rate(&report.manual),
        spread(report.spread.as_ref()),
        report.automatic
    );
    out.push_str("<h3>Week by week</h3>");
    out.push_str(&line("Manual alerts per citizen-week, by week", &report.weeks, Some(BUDGET)));
    let levels = report.levels.iter().map(|it| vec![it.level.to_owned(), rate(&it.alerts)]);
    out.push_str("<h3>By level</h3>");
    table(out, &["worst level", "alerts per citizen-week"], &levels.collect::<Vec<_>>());
    rules(out, report);
    out.push_str("<h3>By programme</h3>");
    groups(out, &report.programmes, true);
    out.push_str("<h3>By problem</h3>");
    groups(out, &report.problems, false);
    out.push_str("<h3>Findings that were kept out</h3>");
    let kept = report.suppressed.iter();
    let kept = kept.map(|it| vec![it.reason.to_owned(), it.findings.to_string()]);
    table(out, &["reason", "findings"], &kept.collect::<Vec<_>>());
    detection(out, report);
}

fn rules(out: &mut String, report: &Report) {
    out.push_str(
        "<h3>By rule</h3><p>Each manual alert counts for the rule that was its first \
        reason, per week of the citizens that the rule is for.</p>",
    );
    let firing: Vec<Bar> = report
        .rules
        .iter()
        .filter(|rule| rule.manual.events > 0)
        .filter_map(|rule| bar(&rule.rule, &rule.manual))
        .collect();
    out.push_str(&bars("Manual alerts per citizen-week, by rule", &firing, None));
    let rows = report.rules.iter().map(|rule| {
        vec![
            rule.rule.clone(),
            rule.manual.events.to_string(),
            rule.red.to_string(),
            rate(&rule.manual),
            percent(&rule.firing_days),
            percent(&rule.not_evaluable),
        ]
    });
    let heads = ["rule", "manual", "red", "per citizen-week", "firing days", "not evaluable days"];
    table(out, &heads, &rows.collect::<Vec<_>>());
}

fn groups(out: &mut String, groups: &[Group], with_bars: bool) {
    if with_bars {
        let each = groups.iter().filter_map(|group| bar(&group.name, &group.manual));
        let title = "Manual alerts per citizen-week, by programme";
        out.push_str(&bars(title, &each.collect::<Vec<_>>(), Some(BUDGET)));
    }
    let rows = groups.iter().map(|group| {
        let citizens = group.citizens.to_string();
        vec![group.name.clone(), citizens, rate(&group.manual), rate(&group.red)]
    });
    table(
        out,
        &["", "citizens", "manual per citizen-week", "red per citizen-week"],
        &rows.collect::<Vec<_>>(),
    );
}

fn detection(out: &mut String, report: &Report) {
    let found = &report.detection;
    let chance = found.by_chance;
    let _ = write!(
        out,
        "<h3>Detection of {}</h3><p>An episode counts as detected if a manual alert was raised, or \
         turned red, from {} days before its onset until its end. Detected: <b>{}</b> ({} of {}); \
         if alerts knew nothing of episodes: {}. Lead time from the first alert to the peak or the \
         admission: {} days. Manual alerts within an episode: {}.</p>",
        escape(&found.of),
        found.days_before,
        share(&found.sensitivity),
        found.sensitivity.part,
        found.sensitivity.whole,
        chance.map_or_else(|| "–".to_owned(), |chance| format!("{:.0} %", chance * 100.0)),
        spread(found.lead_days.as_ref()),
        share(&found.ppv)
    );
    let each = found.kinds.iter().filter_map(|kind| {
        let (value, interval) = (kind.sensitivity.share?, kind.sensitivity.interval);
        Some(Bar { label: kind.kind.clone(), value, interval })
    });
    out.push_str(&bars("Share of episodes detected, by kind", &each.collect::<Vec<_>>(), chance));
    let rows = found.kinds.iter().map(|kind| {
        vec![
            kind.kind.clone(),
            kind.sensitivity.whole.to_string(),
            share(&kind.sensitivity),
            spread(kind.lead_days.as_ref()),
        ]
    });
    let heads = ["kind", "episodes", "detected", "lead time, days"];
    table(out, &heads, &rows.collect::<Vec<_>>());
}

fn bar(label: &str, rate: &Rate) -> Option<Bar> {
    let interval = rate.interval;
    Some(Bar { label: label.to_owned(), value: rate.rate?, interval })
}

fn table(out: &mut String, heads: &[&str], rows: &[Vec<String>]) {
    out.push_str("<table><thead><tr>");
    for head in heads {
        let _ = write!(out, "<th>{}</th>", escape(head));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td>{}</td>", escape(cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}
