//! Which features need which, and in what order they are computed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use polars::prelude::{DataType, Expr, NULL, lit, when};

use super::error::Fault;
use super::expression::Parsed;
use super::hint::nearest;
use crate::Signal;
use crate::features::{Leaf, Side, Silence, Source, Stat, Window, grammar, scored};

/// A feature in use.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: Arc<str>,
    pub(crate) unit: String,
    pub(crate) made: Made,
    /// The features it is directly made of.
    pub(super) from: BTreeSet<usize>,
    /// The thresholds it is directly made with.
    pub(super) thresholds: BTreeSet<Arc<str>>,
    /// Later than all it is made of; 0 for leaves.
    pub(crate) stage: usize,
}

/// How a feature is made.
#[derive(Debug, Clone)]
pub(crate) enum Made {
    /// While a citizen is pushed.
    Leaf(Leaf),
    /// By an expression over other columns.
    Expression(Expr),
}

/// A feature that a pack defines, or a component of `deterioration`.
pub(super) struct Defined {
    pub(super) parsed: Parsed,
    pub(super) unit: String,
}

/// Where to look for when the newest reading behind a verdict was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    /// The newest reading of a source.
    Newest(Source),
    /// The reading that confirmed a level.
    Held(Signal, Side, u16),
    /// The moment itself if overdue, else the newest reading that was due.
    Silence,
    /// The same of the safety-critical ones.
    SilenceCritical,
}

/// Which summaries are behind a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InputWindow {
    /// Days of a signal with age below `recent` or at most `rel` days before the newest.
    Days { source: Source, recent: i32, rel: i32 },
    /// The newest summary of each signal that the plan has a cadence for.
    Cadences,
}

/// All features in use.
pub(super) struct Graph<'d> {
    pub(super) nodes: Vec<Node>,
    index: HashMap<Arc<str>, usize>,
    defined: &'d BTreeMap<String, Defined>,
    thresholds: &'d BTreeMap<Arc<str>, String>,
    /// Names and weights of the components of `deterioration`.
    components: &'d [(String, f64)],
    path: Vec<String>,
    /// Defined features that have been told to be wrong.
    broken: BTreeSet<String>,
}

/// Why there is no such feature; `None` if that has been told where it is defined.
pub(super) type Missing = Option<Fault>;

impl<'d> Graph<'d> {
    pub(super) fn new(
        defined: &'d BTreeMap<String, Defined>,
        thresholds: &'d BTreeMap<Arc<str>, String>,
        components: &'d [(String, f64)],
    ) -> Self {
        let (nodes, index, path) = (Vec::new(), HashMap::new(), Vec::new());
        let broken = BTreeSet::new();
        Self { nodes, index, defined, thresholds, components, path, broken }
    }

    /// Notes that what is wrong with this feature has been told.
    pub(super) fn mark_broken(&mut self, name: &str) {
        self.broken.insert(name.to_owned());
    }

    /// The feature of this name, with all that it is made of.
    pub(super) fn feature(&mut self, name: &str) -> Result<usize, Missing> {
        if self.broken.contains(name) {
            return Err(None);
        }
        if let Some(node) = self.index.get(name) {
            return Ok(*node);
        }
        if let Some(start) = self.path.iter().position(|known| known == name) {
            let mut cycle = self.path[start..].to_vec();
            cycle.push(name.to_owned());
            return Err(Some(Fault::Cycle(cycle)));
        }
        self.path.push(name.to_owned());
        let node = self.make(name);
        self.path.pop();
        let index = self.nodes.len();
        let node = node?;
        self.index.insert(Arc::clone(&node.name), index);
        self.nodes.push(node);
        Ok(index)
    }

    fn make(&mut self, name: &str) -> Result<Node, Missing> {
        let (unit, expression) = if let Some(defined) = self.defined.get(name) {
            (defined.unit.clone(), finite(defined.parsed.expr.clone()))
        } else if let Some(expression) = scored::expression(name, self.components) {
            (scored::unit(name).to_owned(), expression)
        } else {
            let leaf = Leaf::parse(name).ok_or_else(|| Some(self.unknown("feature", name)))?;
            let of = leaf.made_of();
            let (from, thresholds) = self.names(of.iter().map(String::as_str))?;
            return Ok(Node {
                name: Arc::from(name),
                unit: leaf.unit().to_owned(),
                made: Made::Leaf(leaf),
                from,
                thresholds,
                stage: 0,
            });
        };
        let roots = expression.clone().meta().root_names();
        let (from, thresholds) =
            self.names(roots.iter().map(polars::prelude::PlSmallStr::as_str))?;
        let stage = 1 + from.iter().map(|node| self.nodes[*node].stage).max().unwrap_or(0);
        let made = Made::Expression(expression.alias(name));
        Ok(Node { name: Arc::from(name), unit, made, from, thresholds, stage })
    }

    /// The features and thresholds of these names.
    pub(super) fn names<'n>(
        &mut self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<(BTreeSet<usize>, BTreeSet<Arc<str>>), Missing> {
        let (mut features, mut thresholds) = (BTreeSet::new(), BTreeSet::new());
        for name in names {
            if let Some((threshold, _)) = self.thresholds.get_key_value(name) {
                thresholds.insert(Arc::clone(threshold));
            } else {
                features.insert(self.feature(name)?);
            }
        }
        Ok((features, thresholds))
    }

    /// The unit of a feature or threshold, if there is one of this name.
    pub(super) fn unit(&self, name: &str) -> Option<String> {
        if let Some(unit) = self.thresholds.get(name) {
            return Some(unit.clone());
        }
        let node = self.index.get(name).map(|node| self.nodes[*node].unit.clone());
        node.or_else(|| self.defined.get(name).map(|defined| defined.unit.clone()))
    }

    /// Says that nothing has this name, and what may have been meant.
    pub(super) fn unknown(&self, what: &'static str, name: &str) -> Fault {
        let mistyped = grammar::candidates(name);
        let known = mistyped.iter().map(String::as_str);
        let known = known.chain(self.defined.keys().map(String::as_str)).chain(scored::NAMES);
        let known = known.chain(self.thresholds.keys().map(|name| &**name));
        Fault::Unknown { what, name: name.to_owned(), hint: nearest(name, known) }
    }

    /// These features and all that they are made of, and all thresholds that those are made with.
    pub(super) fn closure(&self, of: &BTreeSet<usize>) -> (BTreeSet<usize>, BTreeSet<Arc<str>>) {
        let mut features = of.clone();
        let mut thresholds = BTreeSet::new();
        let mut open: Vec<usize> = of.iter().copied().collect();
        while let Some(node) = open.pop() {
            let node = &self.nodes[node];
            thresholds.extend(node.thresholds.iter().map(Arc::clone));
            open.extend(node.from.iter().filter(|from| features.insert(**from)));
        }
        (features, thresholds)
    }

    /// Where the newest reading behind these features is to be looked for.
    pub(super) fn evidence(&self, closure: &BTreeSet<usize>) -> BTreeSet<Evidence> {
        let leaves = closure.iter().filter_map(|node| match self.nodes[*node].made {
            Made::Leaf(leaf) => Some(leaf),
            Made::Expression(_) => None,
        });
        let evidence = leaves.filter_map(|leaf| match leaf {
            Leaf::Stat(source, Stat::Held { side, hours }) => {
                Some(Evidence::Held(source.signal(), side, hours))
            }
            Leaf::Stat(source, _) => Some(Evidence::Newest(source)),
            Leaf::Silence(Silence::Critical) => Some(Evidence::SilenceCritical),
            Leaf::Silence(Silence::Overdue | Silence::Signal) => Some(Evidence::Silence),
            Leaf::AgeYears | Leaf::OnOxygen | Leaf::Spo2Scale | Leaf::Score(..) => None,
        });
        evidence.collect()
    }

    /// Which summaries are behind these features, one window for each source.
    pub(super) fn inputs(&self, closure: &BTreeSet<usize>) -> Vec<InputWindow> {
        let mut windows: BTreeMap<Source, (i32, i32)> = BTreeMap::new();
        let mut has_silence = false;
        for node in closure {
            match self.nodes[*node].made {
                Made::Leaf(Leaf::Stat(source, stat)) => {
                    let (recent, rel) = reach(stat);
                    let window = windows.entry(source).or_insert((0, -1));
                    *window = (window.0.max(recent), window.1.max(rel));
                }
                Made::Leaf(Leaf::Silence(_)) => has_silence = true,
                _ => {}
            }
        }
        let days = windows.into_iter().map(|(source, (recent, rel))| InputWindow::Days {
            source,
            recent,
            rel,
        });
        days.chain(has_silence.then_some(InputWindow::Cadences)).collect()
    }
}

/// How far back a statistic looks: ages below the first, rel up to the second.
fn reach(stat: Stat) -> (i32, i32) {
    match stat {
        Stat::Last
        | Stat::AgeHours
        | Stat::LastWithin { .. }
        | Stat::Value
        | Stat::DayAge
        | Stat::WearMinutes => (0, 0),
        Stat::Prev => (0, 2),
        Stat::Held { hours, .. } => (i32::from(hours) / 24 + 2, -1),
        Stat::Over(_, Window::Recent(days)) => (i32::from(days), -1),
        Stat::Over(_, Window::Prev(days)) => (0, i32::from(days)),
        Stat::Over(_, Window::Guard(days)) => (0, i32::from(days) + 2),
        Stat::MedianAll | Stat::DaysAll => (0, i32::MAX),
        Stat::RobustZ | Stat::RiseGuard | Stat::AbsZMin => (0, 30),
        Stat::RobustZPrev | Stat::RiseGuardPrev => (0, 32),
        Stat::Ema { days } => (0, i32::from(days) * 5 - 1),
        Stat::Baseline => (0, 28),
        Stat::Share(_) | Stat::SensorShare | Stat::Variation | Stat::Management => (14, -1),
    }
}

/// As decimals, with null for what is not finite.
fn finite(expression: Expr) -> Expr {
    let value = expression.cast(DataType::Float64);
    when(value.clone().is_finite()).then(value).otherwise(lit(NULL))
}
