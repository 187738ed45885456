//! Rows of everything that a caller may see of a type, made while they are told. Resources come by the
//! way that exports in bulk read them.

use std::collections::VecDeque;

use axum::http::StatusCode;
use pulsvagt_fhir::view::RunError;
use pulsvagt_fhir::{Document, Issue, IssueCode};

use super::request::{Asked, Format};
use super::{Outcome, bulk, observation};
use crate::clock::Micros;
use crate::http::Caller;
use crate::ids::{CitizenNo, ObservationKey};
use crate::store::StoreError;
use crate::store::bulk::{AsOf, ExportFile, Level, Members};
use crate::store::export::ExportError;
use crate::store::resources::Range;
use crate::store::search::ObservationQuery;

/// Resources that are read at a time.
const PAGE: usize = 500;
/// Most bytes that the rows of one resource have.
const MOST: usize = 8 << 20;

/// A table that is being made.
pub(super) struct Table {
    caller: Caller,
    asked: Asked,
    as_of: AsOf,
    file: ExportFile,
    members: Members,
    source: Source,
    /// What has been read and is not in rows yet.
    waiting: VecDeque<String>,
    rows: u64,
    begun: bool,
}

/// Where reading goes on.
enum Source {
    Readings {
        queries: Vec<ObservationQuery>,
        citizens: VecDeque<CitizenNo>,
        after: Option<ObservationKey>,
    },
    Resources {
        denied: Vec<CitizenNo>,
        after: String,
    },
    Ended,
}

impl Table {
    /// Of what is stored now. Denials have been asked for.
    pub(super) async fn new(
        caller: Caller,
        asked: Asked,
        members: Members,
        now: Micros,
    ) -> Result<Self, Outcome> {
        let kind = asked.view.resource();
        let file = ExportFile::whole(kind);
        let source = if kind == "Observation" {
            let store = &caller.municipality().store;
            let queries = observation::asked(&caller, "", now).await?.into_iter().collect();
            let citizens = store.citizens_in(&file, &members, caller.sight()).await?.into();
            Source::Readings { queries, citizens, after: None }
        } else {
            Source::Resources { denied: bulk::denied(&caller, kind), after: String::new() }
        };
        let as_of = AsOf { at: now, since: asked.since };
        let waiting = VecDeque::new();
        Ok(Self { caller, asked, as_of, file, members, source, waiting, rows: 0, begun: false })
    }

    /// The citizens whose resources are looked at.
    pub(super) async fn citizens(&self) -> Result<Vec<CitizenNo>, StoreError> {
        match &self.source {
            Source::Readings { citizens, .. } => Ok(citizens.iter().copied().collect()),
            Source::Resources { denied, .. } => {
                let range = range(&self.caller, &self.file, &self.members, denied, self.as_of);
                self.caller.municipality().store.citizens_of_resources(&range).await
            }
            Source::Ended => Ok(Vec::new()),
        }
    }

    /// Appends the rows of the next resource. Whether there may be more to tell.
    pub(super) async fn step(&mut self, out: &mut String) -> Result<bool, ExportError> {
        if !self.begun {
            self.begun = true;
            match self.asked.format {
                Format::Json => out.push('['),
                Format::Csv if self.asked.header => self.asked.view.push_header(out),
                _ => {}
            }
        }
        // One resource may take some milliseconds, and others wait.
        tokio::task::yield_now().await;
        while self.waiting.is_empty() && !matches!(self.source, Source::Ended) {
            self.read().await?;
        }
        let more = match self.waiting.pop_front() {
            Some(json) => self.push(&json, out)?,
            None => false,
        };
        if !more && self.asked.format == Format::Json {
            out.push(']');
        }
        Ok(more)
    }

    /// Appends the rows of a resource. Whether there may be more.
    fn push(&mut self, json: &str, out: &mut String) -> Result<bool, ExportError> {
        let document = Document::parse(json.as_bytes())
            .map_err(|error| StoreError::damaged("resource", error))?;
        let view = &self.asked.view;
        let rows =
            view.rows(document.root(), Some(self.caller.base())).map_err(ExportError::View)?;
        let before = out.len();
        for row in rows {
            match self.asked.format {
                Format::Json => {
                    out.push_str(if self.rows == 0 { "" } else { ",\n" });
                    view.push_json(&row, out);
                }
                Format::Ndjson => {
                    view.push_json(&row, out);
                    out.push('\n');
                }
                Format::Csv => view.push_csv(&row, out),
            }
            self.rows += 1;
            if self.asked.limit == Some(self.rows) {
                return Ok(false);
            }
            if out.len() - before > MOST {
                let text = "the rows of one resource have too many bytes";
                let place = "ViewDefinition".to_owned();
                return Err(ExportError::View(RunError { place, text, costly: true }));
            }
        }
        Ok(true)
    }

    /// Reads the next page.
    async fn read(&mut self) -> Result<(), StoreError> {
        let store = &self.caller.municipality().store;
        let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
        match &mut self.source {
            Source::Ended => {}
            Source::Readings { queries, citizens, after } => {
                let Some(citizen) = citizens.front().copied() else {
                    self.source = Source::Ended;
                    return Ok(());
                };
                let page = store.readings_as_of(citizen, self.as_of, queries, *after, most).await?;
                for reading in &page {
                    let mut json = String::new();
                    reading.push_json(&mut json, &store.sealer().seal(reading.key))?;
                    self.waiting.push_back(json);
                }
                *after = page.last().filter(|_| page.len() == PAGE).map(|last| last.key);
                if after.is_none() {
                    citizens.pop_front();
                }
            }
            Source::Resources { denied, after } => {
                let range = range(&self.caller, &self.file, &self.members, denied, self.as_of);
                let page = store.resources_as_of(&range, after, most).await?;
                for then in &page {
                    let all = [bulk::Search::default()];
                    self.waiting.extend(bulk::told(&self.caller, then, &all).await?);
                }
                match page.last().filter(|_| page.len() == PAGE) {
                    Some(last) => after.clone_from(&last.resource.id),
                    None => self.source = Source::Ended,
                }
            }
        }
        Ok(())
    }
}

fn range<'a>(
    caller: &'a Caller,
    file: &'a ExportFile,
    members: &'a Members,
    denied: &'a [CitizenNo],
    as_of: AsOf,
) -> Range<'a> {
    Range { file, level: Level::System, members, sight: caller.sight(), denied, as_of }
}

/// What is told of an error before anything has been told.
pub(super) fn refused(error: ExportError) -> Outcome {
    match error {
        ExportError::Store(error) => Outcome::failed(error),
        ExportError::NotTaken => Outcome::bad_request("not-taken", "nobody takes the answer"),
        ExportError::View(RunError { place, text, costly }) => {
            let (code, key) = if costly {
                (IssueCode::TooCostly, "view-too-costly")
            } else {
                (IssueCode::Invalid, "bad-view")
            };
            let issue = Issue::error(code, key, place, text);
            Outcome::new(StatusCode::UNPROCESSABLE_ENTITY, vec![issue])
        }
    }
}
