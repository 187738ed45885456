//! What observations name by a number, kept in memory.
//!
//! Look-ups are synchronous and never touch the database; what is missing is collected in a
//! [`Wanted`], resolved in one go, and looked up again. Rows are append-only, so an entry once
//! read is true for good, whichever server wrote it. Only a citizen may be erased: whoever stores
//! something asks the database whether the number still means somebody, and numbers never mean
//! another one.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use pulsvagt_fhir::facts::Facts;
use pulsvagt_fhir::measure::Measure;

use super::samples::Series;
use super::{Store, StoreError, Tx};
use crate::ids::{CitizenNo, ConceptNo, ShapeNo, SourceNo};

/// A template with what is known about every reading that has it.
#[derive(Debug)]
pub struct Shape {
    /// Its number.
    pub no: ShapeNo,
    /// What it measures.
    pub concept: Arc<Concept>,
    /// The template.
    pub template: Box<str>,
    /// What can be told from the template alone.
    pub facts: Facts,
    /// The readings of signals that are in it.
    pub series: Box<[Series]>,
}

impl Shape {
    /// Whether it belongs to the day of waking.
    pub fn is_sleep(&self) -> bool {
        self.facts.numbers.iter().any(|number| number.measure == Some(Measure::SleepDuration))
    }
}

/// A set of codings.
#[derive(Debug)]
pub struct Concept {
    /// Its number.
    pub no: ConceptNo,
    /// The codings as [`Facts::concept`] writes them.
    pub codings: Box<str>,
    max_span: AtomicI32,
}

impl Concept {
    /// Longest period in seconds among the readings of the concept.
    pub fn max_span(&self) -> i32 {
        self.max_span.load(Ordering::Relaxed)
    }
}

/// Past this many templates in one municipality, new ones are only learned in coarse form.
const MANY_SHAPES: usize = 20_000;
/// Past this many templates for one set of codings, likewise.
const MANY_SHAPES_PER_CONCEPT: usize = 256;

#[derive(Debug)]
pub(super) struct Interned {
    maps: RwLock<Maps>,
    /// Readings of before are no longer taken in; see `store::retention`.
    pub(super) oldest_reading: AtomicI64,
}

impl Default for Interned {
    fn default() -> Self {
        Self { maps: RwLock::default(), oldest_reading: AtomicI64::new(i64::MIN) }
    }
}

#[derive(Debug, Default)]
struct Maps {
    shapes: HashMap<Box<str>, Arc<Shape>>,
    shapes_by_no: HashMap<ShapeNo, Arc<Shape>>,
    concepts: HashMap<Box<str>, Arc<Concept>>,
    concepts_by_no: HashMap<ConceptNo, Arc<Concept>>,
    shapes_of: HashMap<ConceptNo, usize>,
    citizens: HashMap<Arc<str>, CitizenNo>,
    citizens_by_no: HashMap<CitizenNo, Arc<str>>,
    sources: HashMap<Arc<str>, SourceNo>,
    sources_by_no: HashMap<SourceNo, Arc<str>>,
    refreshed: Option<Instant>,
}

/// What a look-up did not find in memory.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Templates, with their facts.
    pub shapes: HashMap<Box<str>, Facts>,
    /// Logical ids of citizens.
    pub citizens: HashSet<Box<str>>,
    /// Device references.
    pub sources: HashSet<Box<str>>,
    /// Concepts whose longest period has grown, in seconds.
    pub spans: HashMap<ConceptNo, i32>,
}

impl Wanted {
    /// Whether everything was found.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
            && self.citizens.is_empty()
            && self.sources.is_empty()
            && self.spans.is_empty()
    }
}

impl Interned {
    fn read<T>(&self, look: impl FnOnce(&Maps) -> T) -> T {
        look(&self.maps.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Maps) -> T) -> T {
        change(&mut self.maps.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Maps {
    fn learn_concept(&mut self, no: ConceptNo, codings: &str, max_span: i32) -> Arc<Concept> {
        let concept = self.concepts_by_no.entry(no).or_insert_with(|| {
            Arc::new(Concept { no, codings: codings.into(), max_span: AtomicI32::new(0) })
        });
        concept.max_span.fetch_max(max_span, Ordering::Relaxed);
        self.concepts.insert(codings.into(), Arc::clone(concept));
        Arc::clone(concept)
    }

    fn learn_shape(
        &mut self,
        no: ShapeNo,
        concept: ConceptNo,
        template: &str,
    ) -> Result<(), StoreError> {
        if self.shapes_by_no.contains_key(&no) {
            return Ok(());
        }
        let concept = self
            .concepts_by_no
            .get(&concept)
            .cloned()
            .ok_or_else(|| StoreError::damaged("shape", "its concept is missing"))?;
        let facts =
            Facts::of_template(template).map_err(|error| StoreError::damaged("shape", error))?;
        *self.shapes_of.entry(concept.no).or_default() += 1;
        let series = Series::of(&facts);
        let shape = Arc::new(Shape { no, concept, template: template.into(), facts, series });
        self.shapes.insert(template.into(), Arc::clone(&shape));
        self.shapes_by_no.insert(no, shape);
        Ok(())
    }

    fn learn_citizen(&mut self, no: CitizenNo, logical_id: &str) {
        let id: Arc<str> = logical_id.into();
        self.citizens.insert(Arc::clone(&id), no);
        self.citizens_by_no.insert(no, id);
    }

    fn learn_source(&mut self, no: SourceNo, reference: &str) {
        let reference: Arc<str> = reference.into();
        self.sources.insert(Arc::clone(&reference), no);
        self.sources_by_no.insert(no, reference);
    }
}

/// Synchronous look-ups.
impl Store {
    /// The shape of a template, if it is in memory.
    pub fn shape(&self, template: &str) -> Option<Arc<Shape>> {
        self.interned.read(|maps| maps.shapes.get(template).cloned())
    }

    /// Whether there are so many templates that a new one for these codings is to be coarse.
    pub fn shapes_are_many(&self, concept: &str) -> bool {
        self.interned.read(|maps| {
            maps.shapes.len() >= MANY_SHAPES
                || maps.concepts.get(concept).is_some_and(|concept| {
                    maps.shapes_of.get(&concept.no).is_some_and(|n| *n >= MANY_SHAPES_PER_CONCEPT)
                })
        })
    }

    /// A citizen's number and logical id, if they are in memory.
    pub fn citizen(&self, logical_id: &str) -> Option<(CitizenNo, Arc<str>)> {
        self.interned.read(|maps| {
            maps.citizens.get_key_value(logical_id).map(|(id, no)| (*no, Arc::clone(id)))
        })
    }

    /// A device reference's number and text, if they are in memory.
    pub fn source(&self, reference: &str) -> Option<(SourceNo, Arc<str>)> {
        if reference.is_empty() {
            return Some((SourceNo(0), Arc::from("")));
        }
        self.interned.read(|maps| {
            maps.sources.get_key_value(reference).map(|(text, no)| (*no, Arc::clone(text)))
        })
    }

    pub(super) fn shape_by_no(&self, no: ShapeNo) -> Option<Arc<Shape>> {
        self.interned.read(|maps| maps.shapes_by_no.get(&no).cloned())
    }

    pub(super) fn citizen_by_no(&self, no: CitizenNo) -> Option<Arc<str>> {
        self.interned.read(|maps| maps.citizens_by_no.get(&no).cloned())
    }

    pub(super) fn source_by_no(&self, no: SourceNo) -> Option<Arc<str>> {
        if no == SourceNo(0) {
            return Some(Arc::from(""));
        }
        self.interned.read(|maps| maps.sources_by_no.get(&no).cloned())
    }

    /// Those shapes in memory for which the question is answered with yes.
    pub(super) fn shapes_where(&self, question: impl Fn(&Shape) -> bool) -> Vec<Arc<Shape>> {
        self.interned.read(|maps| {
            maps.shapes_by_no.values().filter(|shape| question(shape)).cloned().collect()
        })
    }

    /// Forgets citizens who were erased.
    pub(super) fn forget_citizens(&self, citizens: &[CitizenNo]) {
        self.interned.write(|maps| {
            for no in citizens {
                if let Some(id) = maps.citizens_by_no.remove(no)
                    && maps.citizens.get(&id) == Some(no)
                {
                    maps.citizens.remove(&id);
                }
            }
        });
    }

    /// Remembers a citizen whose creation is committed.
    pub(super) fn learn_citizen(&self, no: CitizenNo, logical_id: &str) {
        self.interned.write(|maps| maps.learn_citizen(no, logical_id));
    }
}

/// Filling the memory.
impl Store {
    /// Reads or creates what is wanted. Citizens are never created here: one that does not exist
    /// stays unknown.
    pub async fn resolve(&self, wanted: &Wanted) -> Result<(), StoreError> {
        if !wanted.citizens.is_empty() {
            let ids: Vec<String> = wanted.citizens.iter().map(ToString::to_string).collect();
            let rows = sqlx::query!(
                "-- intern.citizens
                 select id, logical_id from citizen where logical_id = any($1)",
                &ids
            )
            .fetch_all(&self.pool)
            .await?;
            self.interned.write(|maps| {
                for row in &rows {
                    maps.learn_citizen(CitizenNo(row.id), &row.logical_id);
                }
            });
        }
        if !wanted.sources.is_empty() {
            self.resolve_sources(wanted).await?;
        }
        if !wanted.shapes.is_empty() {
            self.resolve_shapes(wanted).await?;
        }
        for (concept, &span) in &wanted.spans {
            // Leave room, so that a slowly growing span does not come back every time.
            let span = span.saturating_add(span / 4);
            let row = sqlx::query!(
                "-- intern.span
                 update concept set max_span = greatest(max_span, $2) where id = $1
                 returning codings, max_span",
                concept.0,
                span
            )
            .fetch_one(&self.pool)
            .await?;
            self.interned.write(|maps| maps.learn_concept(*concept, &row.codings, row.max_span));
        }
        Ok(())
    }

    /// A citizen's number as the transaction sees it: one that it has created counts.
    pub async fn citizen_in(
        &self,
        tx: &mut Tx,
        logical_id: &str,
    ) -> Result<Option<CitizenNo>, StoreError> {
        let no = sqlx::query_scalar!(
            "-- intern.citizen_in
             select id from citizen where logical_id = $1",
            logical_id
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        Ok(no.map(CitizenNo))
    }

    async fn resolve_sources(&self, wanted: &Wanted) -> Result<(), StoreError> {
        let references: Vec<String> = wanted.sources.iter().map(ToString::to_string).collect();
        sqlx::query!(
            "-- intern.add_sources
             insert into source (reference) select unnest($1::text[]) order by 1
             on conflict do nothing",
            &references
        )
        .execute(&self.pool)
        .await?;
        let rows = sqlx::query!(
            "-- intern.sources
             select id, reference from source where reference = any($1)",
            &references
        )
        .fetch_all(&self.pool)
        .await?;
        self.interned.write(|maps| {
            for row in &rows {
                maps.learn_source(SourceNo(row.id), &row.reference);
            }
        });
        Ok(())
    }

    async fn resolve_shapes(&self, wanted: &Wanted) -> Result<(), StoreError> {
        let concepts: Vec<String> =
            wanted.shapes.values().map(|facts| facts.concept.clone()).collect();
        sqlx::query!(
            "-- intern.add_concepts
             insert into concept (codings) select distinct unnest($1::text[]) order by 1
             on conflict do nothing",
            &concepts
        )
        .execute(&self.pool)
        .await?;
        let (mut templates, mut digests) = (Vec::new(), Vec::new());
        for template in wanted.shapes.keys() {
            templates.push(template.to_string());
            digests.push(sha256(template));
        }
        sqlx::query!(
            "-- intern.add_shapes
             insert into shape (digest, concept, template)
             select digest, concept.id, template
             from unnest($1::bytea[], $2::text[], $3::text[]) as new (digest, codings, template)
             join concept using (codings)
             order by digest
             on conflict do nothing",
            &digests,
            &concepts,
            &templates
        )
        .execute(&self.pool)
        .await?;
        let rows = sqlx::query!(
            "-- intern.shapes
             select shape.id, shape.concept, shape.template, concept.codings, concept.max_span
             from shape join concept on concept.id = shape.concept
             where shape.digest = any($1)",
            &digests
        )
        .fetch_all(&self.pool)
        .await?;
        self.interned.write(|maps| {
            for row in &rows {
                maps.learn_concept(ConceptNo(row.concept), &row.codings, row.max_span);
                maps.learn_shape(ShapeNo(row.id), ConceptNo(row.concept), &row.template)?;
            }
            Ok(())
        })
    }

    /// Reads the shapes that are not in memory yet, at most once a second: a template that another
    /// server has just learned is found by searches here within that time. Searches look at all
    /// shapes, because what a template says is asked once per template and not once per reading.
    pub(super) async fn refresh_shapes(&self) -> Result<(), StoreError> {
        let fresh = self
            .interned
            .read(|maps| maps.refreshed.is_some_and(|at| at.elapsed() < Duration::from_secs(1)));
        if fresh { Ok(()) } else { self.load_shapes().await }
    }

    /// Reads the shapes that are not in memory yet.
    pub async fn load_shapes(&self) -> Result<(), StoreError> {
        let started = Instant::now();
        let known: Vec<i32> =
            self.interned.read(|maps| maps.shapes_by_no.keys().map(|no| no.0).collect());
        let rows = sqlx::query!(
            "-- intern.load_shapes
             select shape.id, shape.concept, shape.template, concept.codings, concept.max_span
             from shape join concept on concept.id = shape.concept
             where shape.id <> all($1)",
            &known
        )
        .fetch_all(&self.pool)
        .await?;
        let spans = sqlx::query!(
            "-- intern.load_spans
             select id, codings, max_span from concept where max_span > 0"
        )
        .fetch_all(&self.pool)
        .await?;
        self.interned.write(|maps| {
            for row in &rows {
                maps.learn_concept(ConceptNo(row.concept), &row.codings, row.max_span);
                maps.learn_shape(ShapeNo(row.id), ConceptNo(row.concept), &row.template)?;
            }
            for row in &spans {
                maps.learn_concept(ConceptNo(row.id), &row.codings, row.max_span);
            }
            maps.refreshed = Some(started);
            Ok(())
        })
    }

    /// Reads the citizens and sources with these numbers that are not in memory yet.
    pub(super) async fn load_names(
        &self,
        citizens: &[CitizenNo],
        sources: &[SourceNo],
    ) -> Result<(), StoreError> {
        let citizens: Vec<i32> = citizens
            .iter()
            .filter(|no| self.citizen_by_no(**no).is_none())
            .map(|no| no.0)
            .collect();
        if !citizens.is_empty() {
            let rows = sqlx::query!(
                "-- intern.citizens_by_no
                 select id, logical_id from citizen where id = any($1)",
                &citizens
            )
            .fetch_all(&self.pool)
            .await?;
            self.interned.write(|maps| {
                for row in &rows {
                    maps.learn_citizen(CitizenNo(row.id), &row.logical_id);
                }
            });
        }
        let sources: Vec<i32> =
            sources.iter().filter(|no| self.source_by_no(**no).is_none()).map(|no| no.0).collect();
        if !sources.is_empty() {
            let rows = sqlx::query!(
                "-- intern.sources_by_no
                 select id, reference from source where id = any($1)",
                &sources
            )
            .fetch_all(&self.pool)
            .await?;
            self.interned.write(|maps| {
                for row in &rows {
                    maps.learn_source(SourceNo(row.id), &row.reference);
                }
            });
        }
        Ok(())
    }
}

fn sha256(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}
