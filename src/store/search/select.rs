//! The part of a search that is decided in memory: which templates, which concepts.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use pulsvagt_fhir::facts::{Coding, Facts};

use super::conditions::Span;
use super::{About, ObservationQuery, Test};
use crate::ids::{ConceptNo, ObservationKey};
use crate::store::{Shape, Store};

const STATUS_SYSTEM: &str = "http://hl7.org/fhir/observation-status";

/// What SQL has to know of the templates.
#[derive(Debug)]
pub(super) struct Selection {
    /// The templates that match.
    pub(super) shapes: Vec<Arc<Shape>>,
    /// Their concepts, and how far a reading of each may reach.
    pub(super) codes: Vec<(ConceptNo, Span)>,
    /// Whether readings of these concepts have to be asked for their template.
    pub(super) ask_shape: bool,
    /// Whether readings have to be asked for their concept.
    pub(super) ask_code: bool,
    /// If only these readings may match.
    pub(super) keys: Option<Vec<ObservationKey>>,
}

impl Selection {
    /// `None` if no reading can match.
    pub(super) fn new(store: &Store, query: &ObservationQuery) -> Option<Self> {
        let nobody = query.citizens.as_ref().is_some_and(Vec::is_empty)
            || query.sources.as_ref().is_some_and(Vec::is_empty)
            || query.ids.as_ref().is_some_and(Vec::is_empty);
        if nobody {
            return None;
        }
        let partly = RefCell::new(HashSet::new());
        let shapes = store.shapes_where(|shape| {
            let all = |tests: &[Test]| tests.iter().all(|test| test.holds(&shape.facts));
            let matches = all(&query.tests)
                && (query.within.is_empty() || query.within.iter().any(|tests| all(tests)));
            if !matches {
                partly.borrow_mut().insert(shape.concept.no);
            }
            matches
        });
        if shapes.is_empty() {
            return None;
        }
        let partly = partly.into_inner();
        let codes: BTreeMap<ConceptNo, Span> = shapes
            .iter()
            .map(|shape| (shape.concept.no, Span::of(shape.concept.max_span())))
            .collect();
        Some(Self {
            ask_shape: codes.keys().any(|code| partly.contains(code)),
            ask_code: !partly.is_empty(),
            codes: codes.into_iter().collect(),
            shapes,
            keys: query.ids.clone(),
        })
    }

    /// Only these, of those that were allowed before.
    pub(super) fn keep(&mut self, found: Vec<ObservationKey>) {
        let found: HashSet<ObservationKey> = found.into_iter().collect();
        self.keys = Some(match self.keys.take() {
            Some(keys) => keys.into_iter().filter(|key| found.contains(key)).collect(),
            None => found.into_iter().collect(),
        });
    }

    /// The longest reach of all.
    pub(super) fn span(&self) -> Span {
        self.codes.iter().map(|(_, span)| *span).max().unwrap_or(Span::Moment)
    }
}

impl Test {
    pub(super) fn holds(&self, facts: &Facts) -> bool {
        let any = |codings: &[Coding]| {
            codings.iter().any(|coding| self.tokens.iter().any(|token| token.is(coding)))
        };
        let found = match self.about {
            About::Code => any(&facts.codings),
            About::ComboCode => any(&facts.codings) || any(&facts.component_codings),
            About::Category => any(&facts.categories),
            About::Status => {
                any(&[Coding { system: STATUS_SYSTEM.to_owned(), code: facts.status.clone() }])
            }
        };
        found != self.negate
    }
}
