//! One report that a steering committee reads in five minutes, and that ends in a decision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::matching::{Balance, Candidate, match_controls};
use super::over_time::{Cell, Interrupted, interrupted, stepped_wedge};
use super::panel::{Before, Did, Panel, before_after, difference_in_differences};
use crate::evaluation::{Interval, length};
use crate::screening::ENGINE;
use crate::statistics::Refusal;
use crate::statistics::rates::{Power, Ratio, power};

/// What a pilot has to tell of.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// What the pilot is called.
    pub title: String,
    /// The event that is counted, such as acute admissions.
    pub outcome: String,
    /// From when to when, as text.
    pub period: String,
    /// Citizens, treated and possible controls.
    #[serde(default)]
    pub citizens: Vec<Citizen>,
    /// Months of the whole, in order.
    #[serde(default)]
    pub series: Option<Series>,
    /// Municipalities that started one after another.
    #[serde(default)]
    pub municipalities: Vec<Place>,
    /// The five bottom lines.
    #[serde(default)]
    pub indicators: Vec<Indicator>,
    /// What was agreed before the pilot started.
    #[serde(default)]
    pub rule: Rule,
}

/// Events and days at risk.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Events.
    pub events: u64,
    /// Days at risk.
    pub days: f64,
}

/// A citizen of the pilot.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Citizen {
    /// Whether they had what is tried.
    pub treated: bool,
    /// Long before.
    #[serde(default)]
    pub run_in: Stretch,
    /// Just before.
    pub before: Stretch,
    /// From the start.
    pub after: Stretch,
    /// What controls are matched by; the same for all. Without any, everybody is compared.
    #[serde(default)]
    pub covariates: BTreeMap<String, f64>,
}

/// A number for each month.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// The numbers.
    pub values: Vec<f64>,
    /// Which of them is the first from the start, from 0.
    pub start: usize,
}

/// A municipality in a period.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its number.
    pub municipality: u64,
    /// The period.
    pub period: u32,
    /// Whether it had started.
    pub treated: bool,
    /// Events.
    pub events: u64,
    /// Days at risk.
    pub days: f64,
}

/// The five bottom lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Adherence, satisfaction, days at home, response time.
    Citizen,
    /// Alerts per citizen-week, minutes per alert, share acknowledged in time.
    Employee,
    /// Bed-days, visits avoided, nurse hours, net cost.
    Resources,
    /// Deployments that scale, integrations, municipalities.
    Growth,
    /// Kilometres avoided.
    Sustainability,
}

/// What is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More.
    Higher,
    /// Less.
    Lower,
}

/// A number of a bottom line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Of which line.
    pub line: Line,
    /// What.
    pub name: String,
    /// In what.
    pub unit: String,
    /// `None` was not measured, and the report says so.
    pub value: Option<f64>,
    /// 95 %.
    #[serde(default)]
    pub low: Option<f64>,
    /// 95 %.
    #[serde(default)]
    pub high: Option<f64>,
    /// What was agreed before the start.
    #[serde(default)]
    pub target: Option<f64>,
    /// What is better.
    pub better: Better,
    /// Where the value is from.
    #[serde(default)]
    pub source: Option<String>,
}

impl Indicator {
    /// Whether the target was met; `None` without a target or a value.
    pub fn met(&self) -> Option<bool> {
        let (value, target) = (self.value?, self.target?);
        Some(match self.better {
            Better::Higher => value >= target,
            Better::Lower => value <= target,
        })
    }
}

/// What leads to which decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// The greatest rate ratio that is worth the effort.
    pub worthwhile: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { worthwhile: 0.9 }
    }
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it is.
    Continue,
    /// Otherwise than now, or measured better.
    Change,
    /// No more.
    Stop,
}

/// What to do, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// What.
    pub verdict: Verdict,
    /// Why, the strongest first.
    pub reasons: Vec<String>,
}

/// The report of a pilot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What the pilot is called.
    pub title: String,
    /// The event.
    pub outcome: String,
    /// From when to when.
    pub period: String,
    /// Engine that computed it.
    pub engine: String,
    /// Treated and controls that the effect is of.
    pub compared: (usize, usize),
    /// Which design the effect comes from.
    pub design: &'static str,
    /// The effect as a rate ratio.
    pub effect: Option<Ratio>,
    /// Difference in differences.
    pub did: Option<Did>,
    /// Before and after, which is not the answer.
    pub before_after: Option<Before>,
    /// How alike matching made the groups.
    pub balance: Vec<Balance>,
    /// Treated for whom there was nobody alike.
    pub unmatched: usize,
    /// The months.
    pub series: Option<Interrupted>,
    /// What a pilot of this size could find, and the ratio it is told for is [`Rule::worthwhile`].
    pub power: Option<Power>,
    /// The five bottom lines, in their order.
    pub indicators: Vec<Indicator>,
    /// What a reader has to know; also each number that could not be had, and why.
    pub warnings: Vec<String>,
    /// What was agreed beforehand.
    pub rule: Rule,
    /// The end.
    pub decision: Decision,
}

fn panel(at: usize, citizen: &Citizen) -> Panel {
    let of = |it: &Stretch| (it.events, it.days);
    Panel {
        cluster: u64::try_from(at).unwrap_or(u64::MAX),
        treated: citizen.treated,
        run_in: of(&citizen.run_in),
        before: of(&citizen.before),
        after: of(&citizen.after),
    }
}

/// Computes everything that the input allows, and says what it does not.
pub fn report(input: &Input) -> Report {
    let mut report = Report {
        title: input.title.clone(),
        outcome: input.outcome.clone(),
        period: input.period.clone(),
        engine: ENGINE.to_owned(),
        compared: (0, 0),
        design: "none",
        effect: None,
        did: None,
        before_after: None,
        balance: Vec::new(),
        unmatched: 0,
        series: None,
        power: None,
        indicators: input.indicators.clone(),
        warnings: Vec::new(),
        rule: input.rule,
        decision: Decision { verdict: Verdict::Change, reasons: Vec::new() },
    };
    report.indicators.sort_by_key(|it| it.line);
    if !input.citizens.is_empty() {
        report.citizens(&input.citizens);
    }
    if !input.municipalities.is_empty() {
        let cells: Vec<Cell> = input
            .municipalities
            .iter()
            .map(|it| Cell {
                municipality: it.municipality,
                period: it.period,
                treated: it.treated,
                events: it.events,
                time: it.days,
            })
            .collect();
        let found = stepped_wedge(&cells);
        let found = report.take(found, "stepped wedge");
        if report.effect.is_none() && found.is_some() {
            (report.design, report.effect) = ("stepped wedge", found);
        }
    }
    if let Some(series) = &input.series {
        let found = interrupted(&series.values, series.start);
        report.series = report.take(found, "interrupted time series");
        if report.series.as_ref().is_some_and(|it| it.underpowered) {
            report.warnings.push(
                "The time series has fewer than twelve months on a side: a step that it does not \
                 find may be there all the same."
                    .to_owned(),
            );
        }
    }
    for missing in report.indicators.iter().filter(|it| it.value.is_none()) {
        report.warnings.push(format!("{} was not measured.", missing.name));
    }
    report.decision = decide(&report);
    report
}

impl Report {
    /// The number, or a warning why there is none.
    fn take<T>(&mut self, found: Result<T, Refusal>, what: &str) -> Option<T> {
        found.map_err(|refusal| self.warnings.push(format!("No {what}: {refusal}."))).ok()
    }

    fn citizens(&mut self, citizens: &[Citizen]) {
        let panels: Vec<Panel> =
            citizens.iter().enumerate().map(|(at, citizen)| panel(at, citizen)).collect();
        self.before_after = self.take(before_after(&panels), "before/after comparison");
        if self.before_after.as_ref().is_some_and(|it| it.bites) {
            self.warnings.push(
                "Before/after overstates the effect: citizens were enrolled at a bad time, after \
                 which things get better by themselves (regression to the mean). Only the comparison \
                 with controls counts."
                    .to_owned(),
            );
        }
        let Some(compared) = self.matched(citizens, &panels) else { return };
        let treated = compared.iter().filter(|it| it.treated).count();
        self.compared = (treated, compared.len() - treated);
        let found = difference_in_differences(&compared);
        let Some(did) = self.take(found, "difference in differences") else { return };
        if did.parallel == Some(false) {
            self.warnings.push(
                "Treated and controls did not go alike before the start, so the comparison may be \
                 unfair."
                    .to_owned(),
            );
        }
        let (events, time) = did.effect.other;
        let dispersion = did.effect.dispersion.unwrap_or(1.0).max(1.0);
        // The change is told from four cells, two of them before the start.
        let found = power(
            length(usize::try_from(events).unwrap_or(usize::MAX)) / time,
            time,
            self.rule.worthwhile,
            2.0 * dispersion,
        );
        self.power = self.take(found, "statement of power");
        self.design = if self.balance.is_empty() {
            "difference in differences"
        } else {
            "difference in differences with matched controls"
        };
        self.effect = Some(did.effect.clone());
        self.did = Some(did);
    }

    /// Pairs, where there are covariates; else everybody. `None` if nobody can be matched.
    fn matched(&mut self, citizens: &[Citizen], panels: &[Panel]) -> Option<Vec<Panel>> {
        let names: Vec<&str> = citizens.first()?.covariates.keys().map(String::as_str).collect();
        if names.is_empty() {
            return Some(panels.to_vec());
        }
        let candidates = citizens.iter().zip(panels).map(|(citizen, panel)| Candidate {
            id: panel.cluster,
            treated: citizen.treated,
            // NaN is refused, with its name.
            covariates: names
                .iter()
                .map(|name| citizen.covariates.get(*name).copied().unwrap_or(f64::NAN))
                .collect(),
        });
        let found = match_controls(&names, &candidates.collect::<Vec<_>>());
        let matched = self.take(found, "matched controls")?;
        self.balance = matched.balance;
        self.unmatched = matched.unmatched.len();
        if !matched.balanced {
            self.warnings.push(
                "Matching left treated and controls different (a standardised difference above 0.1)."
                    .to_owned(),
            );
        }
        let place = |id: u64| usize::try_from(id).ok().and_then(|at| panels.get(at));
        let pairs = (0_u64..).zip(&matched.pairs).flat_map(|(pair, (treated, control))| {
            [*treated, *control].map(|id| place(id).map(|it| Panel { cluster: pair, ..*it }))
        });
        Some(pairs.flatten().collect())
    }
}

/// Reads the decision off the rule: harm or no worthwhile effect stops, a sure effect with all
/// targets met continues, everything else changes.
fn decide(report: &Report) -> Decision {
    let percent = |ratio: f64| format!("{:+.0} %", (ratio - 1.0) * 100.0);
    let change = |reasons| Decision { verdict: Verdict::Change, reasons };
    let Some(effect) = &report.effect else {
        return change(vec!["The effect cannot be told; the warnings say why.".to_owned()]);
    };
    let (Some(value), Some(high)) = (effect.value, effect.high) else {
        return change(vec!["There were too few events to tell the effect.".to_owned()]);
    };
    let interval = Interval { low: effect.low, high };
    let told = format!(
        "{}: {} (95 % interval {} to {}).",
        report.outcome,
        percent(value),
        percent(interval.low),
        percent(interval.high)
    );
    if interval.low > 1.0 {
        let reason = "There were more of them than without, beyond chance.".to_owned();
        return Decision { verdict: Verdict::Stop, reasons: vec![reason, told] };
    }
    if interval.low > report.rule.worthwhile {
        let reason = format!(
            "An effect worth the effort ({} or better) is ruled out.",
            percent(report.rule.worthwhile)
        );
        return Decision { verdict: Verdict::Stop, reasons: vec![reason, told] };
    }
    let mut reasons = Vec::new();
    if interval.high >= 1.0 {
        let power = report.power.map_or_else(String::new, |it| {
            format!(" The chance of finding {} was {:.0} %.", percent(it.ratio), it.power * 100.0)
        });
        reasons.push(format!("The effect is not sure: no effect lies within the interval.{power}"));
    } else if value > report.rule.worthwhile {
        let agreed = percent(report.rule.worthwhile);
        reasons
            .push(format!("The effect is sure, but smaller than the {agreed} that were agreed."));
    }
    if report.did.as_ref().is_some_and(|it| it.parallel == Some(false)) {
        reasons.push("Treated and controls did not go alike before the start.".to_owned());
    }
    if report.balance.iter().any(|it| it.after.abs() > super::matching::BALANCED) {
        reasons.push("Controls are not like the treated.".to_owned());
    }
    for missed in report.indicators.iter().filter(|it| it.met() == Some(false)) {
        reasons.push(format!("{} missed its target.", missed.name));
    }
    if reasons.is_empty() {
        let met = "All targets that were set are met.".to_owned();
        return Decision { verdict: Verdict::Continue, reasons: vec![told, met] };
    }
    reasons.push(told);
    change(reasons)
}
