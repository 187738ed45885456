//! From the file to what is evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use polars::prelude::{DataType, Expr};

use super::check;
use super::error::{Fault, Faults, PackErrors};
use super::expression::{self, Parsed};
use super::file::{File, RuleEntry, SignOff, Status};
use super::graph::{Defined, Evidence, Graph, InputWindow, Made, Node};
use super::template::Template;
use super::units::{self, Unit};
use super::{FeatureInfo, Rule, Texts, Threshold};
use crate::explain::Language;
use crate::features::{Leaf, words, worsening};
use toml::Spanned;

/// A pack, ready to be evaluated.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) hash: Arc<str>,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) intended_use: Texts,
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) features: Vec<FeatureInfo>,
    /// All features, in an order in which each comes after what it is made of.
    pub(crate) nodes: Vec<Node>,
    /// How the active rules are evaluated.
    pub(crate) plans: Vec<RulePlan>,
    /// The distinct places to look for the newest evidence.
    pub(crate) evidence: Vec<Evidence>,
    /// The distinct sets of summaries behind verdicts.
    pub(crate) inputs: Vec<InputWindow>,
    /// The node of `deterioration`.
    pub(crate) deterioration: usize,
}

/// How one rule is evaluated.
#[derive(Debug)]
pub(crate) struct RulePlan {
    /// The rule, by index.
    pub(crate) rule: usize,
    /// Programmes as bits; 0 for everybody.
    pub(crate) programmes: u32,
    pub(crate) needs: Option<Expr>,
    /// Red, yellow, blue.
    pub(crate) levels: [Option<Expr>; 3],
    pub(crate) clear: Option<Expr>,
    /// Nodes of the features it looks at, by name.
    pub(crate) features: Vec<usize>,
    /// Its thresholds by index, by name.
    pub(crate) thresholds: Vec<usize>,
    /// Into [`Compiled::evidence`].
    pub(crate) evidence: Vec<usize>,
    /// Into [`Compiled::inputs`].
    pub(crate) inputs: Vec<usize>,
    pub(crate) explained: [Explained; 2],
}

/// A rule's texts in one language.
#[derive(Debug)]
pub(crate) struct Explained {
    pub(crate) red: Option<Template>,
    pub(crate) yellow: Option<Template>,
    pub(crate) blue: Option<Template>,
    pub(crate) not_evaluable: Option<Template>,
}

impl Compiled {
    /// The plan of an active rule.
    pub(crate) fn plan(&self, id: &str) -> Option<&RulePlan> {
        self.plans.iter().find(|plan| &*self.rules[plan.rule].id == id)
    }

    /// Leaves with the node that they are.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = (usize, Leaf)> {
        self.nodes.iter().enumerate().filter_map(|(index, node)| match node.made {
            Made::Leaf(leaf) => Some((index, leaf)),
            Made::Expression(_) => None,
        })
    }
}

/// A programme as a bit.
pub(crate) const fn bit(programme: crate::plan::Programme) -> u32 {
    1 << programme as u32
}

/// What reading the longest expression may take, some times over: an unoptimised build takes 40 kB
/// for each operator.
const STACK: usize = 32 << 20;

/// Reads a pack.
pub(super) fn build(text: &str) -> Result<Compiled, PackErrors> {
    on_deep_stack(|| build_here(text))
}

/// Works on a stack of its own, since readers of expressions call themselves for each operator.
pub(crate) fn on_deep_stack<T: Send>(work: impl Fn() -> T + Sync) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        let Ok(thread) = builder.spawn_scoped(scope, &work) else {
            return work();
        };
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn build_here(text: &str) -> Result<Compiled, PackErrors> {
    let mut faults = Faults::new(text);
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            faults.add(at, "file", Fault::File(error.message().to_owned()));
            return Err(faults.finish());
        }
    };
    check::names(&file, &mut faults);
    check::thresholds(&file, &mut faults);
    let (defined, components) = define(&file, &mut faults);
    let units = file
        .thresholds
        .iter()
        .map(|(name, it)| (Arc::from(name.get_ref().as_str()), it.unit.get_ref().clone()))
        .collect();
    let mut graph = Graph::new(&defined, &units, &components);
    features(&file, &mut graph, &defined, &mut faults);
    for (name, threshold) in &file.thresholds {
        let place = format!("threshold {}", name.get_ref());
        let feature = &threshold.feature;
        match graph.feature(feature.get_ref()) {
            Ok(node) => {
                let (left, right) = (threshold.unit.get_ref(), &graph.nodes[node].unit);
                if left != right {
                    let (left_of, right_of) =
                        ("the threshold".to_owned(), format!("`{}`", feature.get_ref()));
                    let (left, right) = (left.clone(), right.clone());
                    let fault = Fault::Unit { left, left_of, right, right_of };
                    faults.add(threshold.unit.span().start, place, fault);
                }
            }
            Err(Some(fault)) => faults.add(feature.span().start, place, fault),
            Err(None) => {}
        }
    }
    let mut builder = Rules::new(graph, faults, &units);
    for entry in &file.rules {
        builder.add(entry);
    }
    builder.finish(text, file)
}

/// The defined features and the components of `deterioration` that can be read.
fn define(file: &File, faults: &mut Faults<'_>) -> (BTreeMap<String, Defined>, Vec<(String, f64)>) {
    let mut defined = BTreeMap::new();
    for (name, entry) in &file.features {
        let place = format!("feature {}", name.get_ref());
        match expression::parse(entry.expression.get_ref()) {
            Ok(parsed) => {
                let unit = entry.unit.get_ref().clone();
                defined.insert(name.get_ref().clone(), Defined { parsed, unit });
            }
            Err(message) => {
                faults.add(entry.expression.span().start, place, Fault::Expression(message));
            }
        }
    }
    let mut components = BTreeMap::new();
    for (name, text, weight) in worsening::COMPONENTS {
        components.insert(name, (text, weight, 0));
    }
    for (name, entry) in &file.worsening {
        let weight = *entry.weight.get_ref();
        if !(0.0..=100.0).contains(&weight) {
            let fault = Fault::Range("a weight lies between 0 and 100".to_owned());
            faults.add(entry.weight.span().start, format!("worsening {}", name.get_ref()), fault);
        }
        let at = entry.expression.span().start;
        components.insert(name.get_ref(), (entry.expression.get_ref(), weight, at));
    }
    let mut weights = Vec::new();
    for (name, (text, weight, at)) in components {
        match expression::parse(text) {
            Ok(parsed) => {
                let (key, unit) = (format!("worsening:{name}"), "1".to_owned());
                defined.insert(key.clone(), Defined { parsed, unit });
                weights.push((key, weight));
            }
            Err(message) => {
                faults.add(at, format!("worsening {name}"), Fault::Expression(message));
            }
        }
    }
    (defined, weights)
}

/// Resolves every defined feature where it is defined, so that what is wrong is told there.
fn features(
    file: &File,
    graph: &mut Graph<'_>,
    defined: &BTreeMap<String, Defined>,
    faults: &mut Faults<'_>,
) {
    for (name, definition) in defined {
        let entry = file.features.iter().find(|(key, _)| key.get_ref() == name);
        let written = entry.map(|(_, entry)| &entry.expression).or_else(|| {
            let component = name.strip_prefix("worsening:")?;
            let entry = file.worsening.iter().find(|(key, _)| key.get_ref() == component);
            entry.map(|(_, entry)| &entry.expression)
        });
        let at = written.map_or(0, |expression| expression.span().start);
        let place = match name.strip_prefix("worsening:") {
            Some(component) => format!("worsening {component}"),
            None => format!("feature {name}"),
        };
        let mut tell = |fault| faults.add(at, place.clone(), fault);
        match graph.feature(name) {
            Ok(_) => {}
            Err(fault) => {
                fault.into_iter().for_each(&mut tell);
                graph.mark_broken(name);
                continue;
            }
        }
        let parsed = &definition.parsed;
        match expression::type_of(&parsed.expr, &parsed.names) {
            Ok(found) if found.is_bool() || found.is_float() || found.is_null() => {}
            Ok(found) => {
                tell(Fault::Type { found: found.to_string(), expected: "a number" });
            }
            Err(message) => tell(Fault::Expression(message)),
        }
        let stated = Unit::Known(definition.unit.clone(), format!("`{name}` as stated"));
        let inferred = units::infer(&parsed.raw, &|name| graph.unit(name));
        if let Err(fault) = inferred.and_then(|inferred| units::same(inferred, stated)) {
            tell(fault);
        }
    }
}

/// Rules, one by one.
struct Rules<'d, 't> {
    graph: Graph<'d>,
    faults: Faults<'t>,
    /// Names of all thresholds, sorted.
    thresholds: Vec<Arc<str>>,
    evidence: BTreeSet<Evidence>,
    inputs: BTreeSet<InputWindow>,
    drafts: Vec<Draft>,
    rules: Vec<Rule>,
}

/// A plan whose evidence and inputs are not yet numbered.
struct Draft {
    plan: RulePlan,
    evidence: BTreeSet<Evidence>,
    inputs: Vec<InputWindow>,
}

impl<'d, 't> Rules<'d, 't> {
    fn new(graph: Graph<'d>, faults: Faults<'t>, thresholds: &BTreeMap<Arc<str>, String>) -> Self {
        let thresholds = thresholds.keys().map(Arc::clone).collect();
        let (evidence, inputs) = (BTreeSet::new(), BTreeSet::new());
        let (drafts, rules) = (Vec::new(), Vec::new());
        Self { graph, faults, thresholds, evidence, inputs, drafts, rules }
    }

    fn add(&mut self, entry: &Spanned<RuleEntry>) {
        let entry = entry.get_ref();
        let id = entry.id.get_ref();
        let mut read =
            |what, text: &Option<Spanned<String>>| self.condition(id, what, text.as_ref());
        let needs = read("needs", &entry.needs);
        let levels =
            [read("red", &entry.red), read("yellow", &entry.yellow), read("blue", &entry.blue)];
        let clear = read("clear", &entry.clear);
        let mut texts = BTreeSet::new();
        let explained = [&entry.explain.da, &entry.explain.en].map(|explanation| {
            let mut read = |text: &Option<Spanned<String>>| {
                let template = check::template(id, text.as_ref()?, &mut self.faults)?;
                let at = text.as_ref().map_or(0, |text| text.span().start);
                texts.extend(template.names().map(|name| (name.to_owned(), at)));
                Some(template)
            };
            Explained {
                red: read(&explanation.red),
                yellow: read(&explanation.yellow),
                blue: read(&explanation.blue),
                not_evaluable: read(&explanation.not_evaluable),
            }
        });
        check::rule(entry, &mut self.faults);

        let all = |conditions: &[&Option<Parsed>]| -> BTreeSet<String> {
            conditions.iter().filter_map(|it| it.as_ref()).flat_map(|it| it.names.clone()).collect()
        };
        let [red, yellow, blue] = &levels;
        let decisive = all(&[red, yellow, blue]);
        let mut named = all(&[&needs, red, yellow, blue, &clear]);
        for (name, at) in texts {
            match self.graph.names([name.as_str()]) {
                Ok(_) => {
                    named.insert(name);
                }
                Err(Some(_)) => {
                    let fault = self.graph.unknown("placeholder", &name);
                    self.faults.add(at, format!("rule {id}, explain"), fault);
                }
                Err(None) => {}
            }
        }
        let (Ok((decisive, _)), Ok((features, thresholds))) = (
            self.graph.names(decisive.iter().map(String::as_str)),
            self.graph.names(named.iter().map(String::as_str)),
        ) else {
            return; // Told where the expressions were read.
        };
        let (decisive, _) = self.graph.closure(&decisive);
        let (features, inner) = self.graph.closure(&features);
        let thresholds: BTreeSet<Arc<str>> = thresholds.into_iter().chain(inner).collect();
        let evidence = self.graph.evidence(&decisive);
        let inputs = self.graph.inputs(&features);
        let mut shown: Vec<usize> =
            features.into_iter().filter(|it| !self.graph.nodes[*it].name.contains(':')).collect();
        shown.sort_by(|left, right| {
            self.graph.nodes[*left].name.cmp(&self.graph.nodes[*right].name)
        });

        self.rules.push(Rule {
            features: shown.iter().map(|it| Arc::clone(&self.graph.nodes[*it].name)).collect(),
            thresholds: thresholds.iter().map(Arc::clone).collect(),
            ..describe(entry)
        });
        if entry.status == Status::Disabled {
            return;
        }
        self.evidence.extend(evidence.iter().copied());
        self.inputs.extend(inputs.iter().copied());
        let thresholds =
            thresholds.iter().filter_map(|name| self.thresholds.binary_search(name).ok()).collect();
        let expr = |parsed: Option<Parsed>| parsed.map(|parsed| parsed.expr);
        let plan = RulePlan {
            rule: self.rules.len() - 1,
            programmes: entry.programmes.iter().fold(0, |bits, it| bits | bit(*it)),
            needs: expr(needs),
            levels: levels.map(expr),
            clear: expr(clear),
            features: shown,
            thresholds,
            evidence: Vec::new(),
            inputs: Vec::new(),
            explained,
        };
        self.drafts.push(Draft { plan, evidence, inputs });
    }

    /// Reads a condition and checks names, type and units.
    fn condition(
        &mut self,
        id: &str,
        what: &str,
        text: Option<&Spanned<String>>,
    ) -> Option<Parsed> {
        let text = text?;
        let (at, place) = (text.span().start, format!("rule {id}, {what}"));
        let parsed = match expression::parse(text.get_ref()) {
            Ok(parsed) => parsed,
            Err(message) => {
                self.faults.add(at, place, Fault::Expression(message));
                return None;
            }
        };
        let mut is_known = true;
        for name in &parsed.names {
            if let Err(fault) = self.graph.names([name.as_str()]) {
                is_known = false;
                if let Some(fault) = fault {
                    self.faults.add(at, place.clone(), fault);
                }
            }
        }
        match expression::type_of(&parsed.expr, &parsed.names) {
            Ok(DataType::Boolean) => {}
            Ok(found) => {
                let fault = Fault::Type { found: found.to_string(), expected: "a condition" };
                self.faults.add(at, place.clone(), fault);
            }
            Err(message) => self.faults.add(at, place.clone(), Fault::Expression(message)),
        }
        if is_known && let Err(fault) = units::infer(&parsed.raw, &|name| self.graph.unit(name)) {
            self.faults.add(at, place, fault);
        }
        Some(parsed)
    }

    fn finish(mut self, text: &str, file: File) -> Result<Compiled, PackErrors> {
        // The engine's own are built in and tested, and what a pack makes of them is told above.
        let deterioration = self.graph.feature("deterioration");
        let Some(deterioration) = deterioration.ok().filter(|_| self.faults.is_empty()) else {
            return Err(self.faults.finish());
        };
        let evidence: Vec<Evidence> = self.evidence.into_iter().collect();
        let inputs: Vec<InputWindow> = self.inputs.into_iter().collect();
        let plans = self.drafts.into_iter().map(|draft| RulePlan {
            evidence: numbered(&evidence, draft.evidence),
            inputs: numbered(&inputs, draft.inputs),
            ..draft.plan
        });
        let features = self.rules.iter().flat_map(|rule| rule.features.iter());
        let features: BTreeSet<Arc<str>> = features.map(Arc::clone).collect();
        let features = features.into_iter().map(|name| {
            let defined = file.features.iter().find(|(key, _)| *key.get_ref() == *name);
            let text = defined.map(|(_, it)| Texts { en: it.en.clone(), da: it.da.clone() });
            FeatureInfo {
                unit: self.graph.unit(&name).unwrap_or_default(),
                text: text.unwrap_or_else(|| Texts {
                    en: words::feature(&name, Language::English),
                    da: words::feature(&name, Language::Danish),
                }),
                expression: defined.map(|(_, it)| it.expression.get_ref().trim().to_owned()),
                name,
            }
        });
        let features = features.collect();
        Ok(Compiled {
            hash: Arc::from(format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))),
            plans: plans.collect(),
            rules: self.rules,
            features,
            nodes: self.graph.nodes,
            evidence,
            inputs,
            deterioration,
            thresholds: file.thresholds.into_iter().map(check::threshold).collect(),
            name: file.pack.name,
            version: file.pack.version,
            intended_use: file.pack.intended_use,
        })
    }
}

/// Where in the sorted list each one is.
fn numbered<T: Ord>(all: &[T], some: impl IntoIterator<Item = T>) -> Vec<usize> {
    some.into_iter().filter_map(|one| all.binary_search(&one).ok()).collect()
}

fn describe(entry: &RuleEntry) -> Rule {
    let text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.get_ref().clone());
    Rule {
        id: Arc::from(entry.id.get_ref().as_str()),
        problem: Arc::from(entry.problem.as_str()),
        programmes: entry.programmes.clone(),
        active: entry.status == Status::Active,
        reason: entry.reason.clone(),
        confirm_minutes: entry.confirm_minutes,
        persist: entry.persist.as_ref().map_or(1, |persist| *persist.get_ref()),
        needs_sign_off: entry.sign_off == SignOff::Needed,
        evidence: entry.evidence,
        sources: entry.sources.clone(),
        false_alarms: entry.false_alarms.clone(),
        title: entry.title.clone(),
        needs: text(&entry.needs),
        red: text(&entry.red),
        yellow: text(&entry.yellow),
        blue: text(&entry.blue),
        clear: text(&entry.clear),
        features: Vec::new(),
        thresholds: Vec::new(),
    }
}
