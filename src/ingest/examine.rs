//! One decoded resource → valid → normalised → ready to be stored, or refused with all reasons.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use pulsvagt_fhir::cpr::names_somebody;
use pulsvagt_fhir::facts::Facts;
use pulsvagt_fhir::shape::{Detail, HoleKind, Split, Splitter, fingerprint, pack};
use pulsvagt_fhir::validate::{Context, validate};
use pulsvagt_fhir::{Issue, IssueCode, Value};

use super::misplaced::{misplaced, personal_number};
use super::moment::{Moment, moment};
use super::quarantine::judge;
use super::{Quarantine, Tally};
use crate::access::{Interaction, Scopes, scope};
use crate::clock::Micros;
use crate::ids::{CitizenNo, ObservationKey, ShapeNo, SourceNo};
use crate::store::observations::{Identifier, NewObservation, anchor_for};
use crate::store::{Shape, Sight, Store, StoreError, Wanted};

/// What became of one resource.
#[derive(Debug)]
pub enum Verdict {
    /// It can be stored.
    Ready {
        /// The reading.
        observation: Box<NewObservation>,
        /// What the sender should know.
        warnings: Vec<Issue>,
    },
    /// It is refused.
    Rejected(Vec<Issue>),
    /// Something has to be looked up first; it is in the [`Wanted`] or the [`Known`].
    Pending,
}

/// On whose behalf a resource is examined.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// By which name the sender is counted; see [`super::sender_name`].
    pub name: &'a str,
    /// The one citizen that the sender may write for, if it is a citizen's own app.
    pub citizen: Option<&'a str>,
    /// Whom the sender may know of.
    pub sight: &'a Sight,
    /// What the sender is limited to, and what the resource is examined for.
    pub scopes: Option<(&'a Scopes, Interaction)>,
    /// Base address of the server, for absolute references.
    pub base: &'a str,
    /// When the request came.
    pub received: Micros,
}

impl Sender<'_> {
    /// Whether the sender may write a reading of that template.
    fn covers(self, facts: &Facts) -> bool {
        self.scopes.is_none_or(|(scopes, interaction)| {
            let (categories, codes) = (&facts.categories, &facts.codings);
            let facts = scope::Facts { kind: "Observation", own: true, categories, codes };
            scopes.may(interaction, facts)
        })
    }
}

/// What a resource is told that the sender's scopes do not cover.
pub fn out_of_scope(at: &str) -> Issue {
    let text = "the scopes of the token do not cover a resource with this category and code";
    Issue::error(IssueCode::Forbidden, "out-of-scope", at, text)
}

/// What was looked up for one request and is not kept in memory.
#[derive(Debug, Default)]
pub struct Known {
    /// Logical ids of citizens by identifier; `None` = to be looked up, empty = nobody, or several.
    pub citizens: HashMap<Identifier, Option<String>>,
    /// Citizens that were asked for and do not exist.
    pub missing: HashSet<Box<str>>,
    /// Whether citizens are in the sender's sight; `None` = to be looked up.
    pub seen: HashMap<CitizenNo, Option<bool>>,
    /// Citizens whose creation is part of the same transaction and not committed yet.
    pub uncommitted: HashMap<String, CitizenNo>,
}

/// Examines the Observations of one municipality. What was found about a template is kept.
#[derive(Debug, Clone)]
pub struct Examiner {
    store: Store,
    /// The warnings of templates that were found valid by this process.
    valid: Arc<RwLock<HashMap<ShapeNo, Arc<[Issue]>>>>,
    /// What was refused.
    pub tally: Arc<Tally>,
}

/// Longest device reference that is kept.
const LONGEST_SOURCE: usize = 256;

/// How often things may have to be looked up before something else must be wrong.
const ROUNDS: usize = 5;

impl Examiner {
    /// Examines many Observations, looking up what has to be.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn examine_all(
        &self,
        resources: &[(Value<'_>, &str)],
        sender: Sender<'_>,
    ) -> Result<Vec<Verdict>, StoreError> {
        self.examine_with(resources, sender, Known::default()).await
    }

    /// [`Self::examine_all`], with what is known already.
    pub async fn examine_with(
        &self,
        resources: &[(Value<'_>, &str)],
        sender: Sender<'_>,
        mut known: Known,
    ) -> Result<Vec<Verdict>, StoreError> {
        let mut verdicts = Vec::new();
        for _ in 0..ROUNDS {
            let mut wanted = Wanted::default();
            let mut examine = || {
                let mut splitter = Splitter::default();
                resources
                    .iter()
                    .map(|(resource, at)| {
                        self.examine(&mut splitter, *resource, at, sender, &mut wanted, &mut known)
                    })
                    .collect()
            };
            // More than a few milliseconds of work must not hold up other requests.
            verdicts =
                if resources.len() > 64 { tokio::task::block_in_place(examine) } else { examine() };
            if !verdicts.iter().any(|verdict| matches!(verdict, Verdict::Pending)) {
                self.tally.count(&verdicts, sender.name);
                return Ok(verdicts);
            }
            self.look_up(&wanted, &mut known, sender.sight).await?;
        }
        if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Pending)) {
            return Err(StoreError::damaged("shape", "what was looked up is still not known"));
        }
        Ok(verdicts)
    }

    async fn look_up(
        &self,
        wanted: &Wanted,
        known: &mut Known,
        sight: &Sight,
    ) -> Result<(), StoreError> {
        self.store.resolve(wanted).await?;
        for id in &wanted.citizens {
            if self.store.citizen(id).is_none() {
                known.missing.insert(id.clone());
            }
        }
        for (identifier, citizen) in &mut known.citizens {
            if citizen.is_none() {
                *citizen =
                    Some(self.store.citizen_by_identifier(identifier).await?.unwrap_or_default());
            }
        }
        let asked = known.seen.iter().filter(|(_, seen)| seen.is_none());
        let asked: Vec<CitizenNo> = asked.map(|(citizen, _)| *citizen).collect();
        if !asked.is_empty() {
            let seen = self.store.seen(sight, &asked).await?;
            known.seen.extend(asked.iter().map(|citizen| (*citizen, Some(seen.contains(citizen)))));
        }
        Ok(())
    }

    /// For one municipality.
    pub fn new(store: Store) -> Self {
        Self { store, valid: Arc::default(), tally: Arc::default() }
    }

    /// The municipality's store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Examines one Observation found at `at` (`Observation`, `Bundle.entry[3].resource`). What is
    /// not in memory is put into `wanted` and `known`; after resolving those, ask again.
    pub fn examine(
        &self,
        splitter: &mut Splitter,
        resource: Value<'_>,
        at: &str,
        sender: Sender<'_>,
        wanted: &mut Wanted,
        known: &mut Known,
    ) -> Verdict {
        let mut split = splitter.split(resource, Detail::Fine);
        let mut shape = self.store.shape(split.template);
        // Of the fine form, so that it does not depend on how many templates there are.
        let private = split.is_private();
        // Whether a subject may be missing depends on the sender, not on the template.
        let said = sender.citizen.is_some() || resource.get("subject").is_some();
        let known_valid = if split.plain && said {
            shape.as_ref().and_then(|shape| self.warnings(shape.no))
        } else {
            None
        };
        let warnings = match &known_valid {
            Some(warnings) => issues_at(warnings, at),
            None => {
                let mut issues = Vec::new();
                let context = Context { subject_known: sender.citizen.is_some() };
                validate(resource, at, context, &mut issues);
                if issues.iter().any(Issue::is_error) {
                    return Verdict::Rejected(issues);
                }
                issues
            }
        };
        if shape.is_none() {
            if let Some(issue) = misplaced(split.template, at) {
                return Verdict::Rejected(vec![issue]);
            }
            let facts = match Facts::of_template(split.template) {
                Ok(facts) => facts,
                Err(error) => return unreadable(at, &error),
            };
            if self.store.shapes_are_many(&facts.concept) {
                split = splitter.split(resource, Detail::Coarse);
                shape = self.store.shape(split.template);
            }
            if shape.is_none() {
                match Facts::of_template(split.template) {
                    Ok(facts) => drop(wanted.shapes.insert(split.template.into(), facts)),
                    Err(error) => return unreadable(at, &error),
                }
            }
        }
        let citizen = self.citizen(resource, at, sender, wanted, known);
        let (citizen, source) = match (citizen, self.source(resource, at, wanted)) {
            (Ok(citizen), Ok(source)) => (citizen, source),
            (Err(issue), _) | (_, Err(issue)) => return Verdict::Rejected(vec![issue]),
        };
        let (Some(shape), Some(citizen), Some(source)) = (shape, citizen, source) else {
            return Verdict::Pending;
        };
        if known_valid.is_none() && split.plain {
            self.remember(&shape, at, &warnings);
        }
        let moment = moment(resource, self.store.zone(), sender.received, shape.is_sleep());
        if self.store.is_past_retention(moment.effective) {
            return Verdict::Rejected(vec![Issue::error(
                IssueCode::BusinessRule,
                "older-than-retention",
                format!("{at}.effective"),
                "the municipality does not keep readings that are as old as this one",
            )]);
        }
        let observation = self.normalise(resource, &split, private, shape, citizen, source, moment);
        if let Some((concept, span)) = observation.needs_span() {
            let longest = wanted.spans.entry(concept).or_default();
            *longest = (*longest).max(span);
            return Verdict::Pending;
        }
        if !sender.covers(&observation.shape.facts) {
            return Verdict::Rejected(vec![out_of_scope(at)]);
        }
        Verdict::Ready { observation: Box::new(observation), warnings }
    }

    #[expect(clippy::too_many_arguments, reason = "a reading has this many parts")]
    fn normalise(
        &self,
        resource: Value<'_>,
        split: &Split<'_, '_>,
        private: bool,
        shape: Arc<Shape>,
        (citizen, citizen_id): (CitizenNo, Arc<str>),
        (source, source_id): (SourceNo, Arc<str>),
        moment: Moment,
    ) -> NewObservation {
        let digits = |place: usize| {
            let hole = split.holes.get(place)?;
            (hole.kind == HoleKind::Number).then_some(hole.text)
        };
        let (value, implausible) = judge(&shape.facts, digits);
        let not_final = (!shape.facts.is_final()).then_some(Quarantine::NotFinal);
        let quarantine = not_final.or(moment.quarantine).or(implausible);
        // The time is part of what the reading says when it cannot be part of its place.
        let content = if moment.displaced {
            Cow::Owned(format!("{}{}", split.content, effective_text(resource)))
        } else {
            Cow::Borrowed(split.content)
        };
        let plain_print = fingerprint(&content, 0);
        let (content_print, unkeyed) = if private {
            (self.store.private_fingerprint(&content, 0), Some(plain_print))
        } else {
            (plain_print, None)
        };
        let packed = pack(&split.holes, anchor_for(moment.effective, &citizen_id, &source_id));
        NewObservation {
            key: ObservationKey {
                citizen,
                code: shape.concept.no,
                effective: moment.effective,
                source,
                fingerprint: content_print,
            },
            shape,
            value,
            span: moment.span,
            quarantine: quarantine.map_or(0, Quarantine::number),
            packed,
            day: moment.day,
            identifiers: self.identifier_hashes(resource),
            if_none_exist: None,
            unkeyed,
            citizen_id,
            source_id,
        }
    }

    /// Two per identifier, so that it is found with and without its system.
    fn identifier_hashes(&self, resource: Value<'_>) -> Vec<i64> {
        let mut hashes = Vec::new();
        for identifier in resource.each("identifier") {
            if let Some(value) = identifier.str_at("value") {
                let system = identifier.str_at("system").unwrap_or_default();
                hashes.push(self.store.identifier_hash(&system, &value));
                hashes.push(self.store.identifier_hash("*", &value));
            }
        }
        hashes
    }

    /// Whose reading it is; `Ok(None)` when that has to be looked up.
    fn citizen(
        &self,
        resource: Value<'_>,
        at: &str,
        sender: Sender<'_>,
        wanted: &mut Wanted,
        known: &mut Known,
    ) -> Result<Option<(CitizenNo, Arc<str>)>, Issue> {
        let unknown = |where_at: &str| {
            Issue::error(
                IssueCode::NotFound,
                "subject-unknown",
                format!("{at}.{where_at}"),
                "no such citizen in this municipality, or not one you may write for",
            )
        };
        let subject = resource.get("subject");
        let (id, place): (String, &str) = match subject {
            None => match sender.citizen {
                Some(own) => (own.to_owned(), "subject"),
                None => {
                    return Err(Issue::error(
                        IssueCode::Required,
                        "subject-required",
                        format!("{at}.subject"),
                        "whose reading is this? send subject.reference (Patient/id) or \
                         subject.identifier",
                    ));
                }
            },
            Some(subject) => match (subject.str_at("reference"), subject.get("identifier")) {
                (Some(reference), _) => {
                    let local = reference
                        .strip_prefix(sender.base)
                        .map_or(&*reference, |path| path.trim_start_matches('/'));
                    let id = local.strip_prefix("Patient/").filter(|id| crate::ids::is_fhir_id(id));
                    match id {
                        Some(id) => (id.to_owned(), "subject.reference"),
                        None => return Err(unknown("subject.reference")),
                    }
                }
                (None, Some(identifier)) => {
                    let wanted = Identifier {
                        system: Some(identifier.str_at("system").unwrap_or_default().into_owned()),
                        value: identifier.str_at("value").unwrap_or_default().into_owned(),
                    };
                    match known.citizens.get(&wanted) {
                        Some(Some(id)) if !id.is_empty() => (id.clone(), "subject.identifier"),
                        Some(Some(_)) => return Err(unknown("subject.identifier")),
                        _ => {
                            known.citizens.insert(wanted, None);
                            return Ok(None);
                        }
                    }
                }
                (None, None) => return Err(unknown("subject")),
            },
        };
        // The same answer whether the citizen exists or not.
        if sender.citizen.is_some_and(|own| own != id) {
            return Err(unknown(place));
        }
        if let Some(no) = known.uncommitted.get(&id) {
            return Ok(Some((*no, id.into())));
        }
        match self.store.citizen(&id) {
            Some(citizen) if sender.sight.is_everybody() => Ok(Some(citizen)),
            Some(citizen) => match known.seen.get(&citizen.0) {
                Some(Some(true)) => Ok(Some(citizen)),
                Some(Some(false)) => Err(unknown(place)),
                _ => {
                    known.seen.insert(citizen.0, None);
                    Ok(None)
                }
            },
            None if known.missing.contains(id.as_str()) => Err(unknown(place)),
            None => {
                wanted.citizens.insert(id.into());
                Ok(None)
            }
        }
    }

    /// What measured it; `Ok(None)` when that has to be looked up.
    fn source(
        &self,
        resource: Value<'_>,
        at: &str,
        wanted: &mut Wanted,
    ) -> Result<Option<(SourceNo, Arc<str>)>, Issue> {
        let device = resource.get("device");
        let mut source = String::new();
        if let Some(device) = device {
            if let Some(reference) = device.str_at("reference") {
                source.push_str(&reference);
            } else if let Some(identifier) = device.get("identifier") {
                source.push_str(&identifier.str_at("system").unwrap_or_default());
                source.push('|');
                source.push_str(&identifier.str_at("value").unwrap_or_default());
            }
        }
        if source.len() > LONGEST_SOURCE {
            let cut = (0..=LONGEST_SOURCE).rev().find(|at| source.is_char_boundary(*at));
            source.truncate(cut.unwrap_or(0));
        }
        match self.store.source(&source) {
            Some(source) => Ok(Some(source)),
            None if names_somebody(&source) => Err(personal_number(format!("{at}.device"))),
            None => {
                wanted.sources.insert(source.into());
                Ok(None)
            }
        }
    }

    fn warnings(&self, shape: ShapeNo) -> Option<Arc<[Issue]>> {
        self.valid.read().unwrap_or_else(PoisonError::into_inner).get(&shape).cloned()
    }

    fn remember(&self, shape: &Shape, at: &str, warnings: &[Issue]) {
        let relative: Arc<[Issue]> = warnings
            .iter()
            .map(|issue| Issue {
                expression: issue
                    .expression
                    .strip_prefix(at)
                    .unwrap_or(&issue.expression)
                    .to_owned(),
                ..issue.clone()
            })
            .collect();
        self.valid.write().unwrap_or_else(PoisonError::into_inner).insert(shape.no, relative);
    }
}

/// Issues whose place is relative to the resource, put where the resource stands.
pub fn issues_at(issues: &[Issue], at: &str) -> Vec<Issue> {
    issues
        .iter()
        .map(|issue| Issue { expression: format!("{at}{}", issue.expression), ..issue.clone() })
        .collect()
}

fn unreadable(at: &str, error: &dyn std::error::Error) -> Verdict {
    Verdict::Rejected(vec![Issue::error(
        IssueCode::Structure,
        "unreadable",
        at,
        format!("the resource cannot be taken apart: {error}"),
    )])
}

fn effective_text(resource: Value<'_>) -> String {
    let mut text = String::new();
    for (name, value) in resource.members() {
        if name.starts_with("effective") {
            pulsvagt_fhir::json::push_minified(&mut text, value);
        }
    }
    text
}
