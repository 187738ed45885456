//! `POST /fhir/Observation` with `application/fhir+ndjson`: any number of readings, one a line, and
//! a receipt for each line.
//!
//! Memory is bounded by a few chunks of lines: the next chunk is only read while an earlier one is
//! being written. Receipts wait in a temporary file until the last line has come, because a client
//! that sends everything before it reads anything would otherwise lock up with a server that has
//! filled the connection with receipts.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{Seek, SeekFrom, Write as _};

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use futures_util::{TryFutureExt, TryStreamExt};
use pulsvagt_fhir::json::push_string;
use pulsvagt_fhir::validate::duplicate_properties;
use pulsvagt_fhir::{Document, Issue, IssueCode};
use tempfile::SpooledTempFile;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, BufReader};
use tokio_util::io::{ReaderStream, StreamReader};

use super::create::{created, warnings_of};
use crate::access::Interaction;
use crate::app::{App, Limits};
use crate::http::Caller;
use crate::http::fhir::outcome::{Outcome, push_issues, refusal};
use crate::ids::Sealer;
use crate::ingest::{Answer, SubmitError, Verdict};
use crate::store::observations::NewObservation;

/// Lines that are examined and submitted together.
const CHUNK_LINES: usize = 1_000;
/// Bytes that make a chunk even if the lines are few.
const CHUNK_BYTES: usize = 2 << 20;
/// Chunks that are being written while the next is read.
const IN_FLIGHT: usize = 2;
/// Receipts that are kept in memory before they go to a file, bytes.
const SPOOL: usize = 4 << 20;

/// Lines that may be refused before the stream is. A refusal is longer than the line `x`, so a
/// small compressed body could fill the disk with them.
const MOST_REFUSED: u64 = 100_000;

/// How the whole stream went. Received = stored + duplicate + rejected.
#[derive(Debug, Default, Clone, Copy)]
struct Totals {
    received: u64,
    stored: u64,
    duplicate: u64,
    rejected: u64,
    quarantined: u64,
}

/// Takes in a stream. The answer's status is 200 whatever became of the lines; when the stream
/// cannot be followed to its end, the last receipt says why and what was done is done.
pub(super) fn receive(
    app: App,
    caller: Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    let stream = body.into_data_stream().map_err(std::io::Error::other);
    let reader = BufReader::with_capacity(1 << 16, StreamReader::new(stream));
    let lines: Box<dyn AsyncBufRead + Send + Unpin> =
        match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
            None | Some(b"identity") => Box::new(reader),
            Some(b"gzip") => {
                let mut decoder = async_compression::tokio::bufread::GzipDecoder::new(reader);
                decoder.multiple_members(true);
                Box::new(BufReader::with_capacity(1 << 16, decoder))
            }
            Some(_) => return Err(super::super::body::unsupported_encoding()),
        };
    // Each commit has its own entry; this one says that the stream began.
    caller.trail().nobody();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    app.tasks().clone().spawn(async move {
        let _ = sender.send(run(&app, &caller, lines).await);
    });
    let body = Body::from_stream(
        async move {
            let spool = receiver.await.map_err(std::io::Error::other)??;
            Ok::<_, std::io::Error>(ReaderStream::new(spool))
        }
        .try_flatten_stream(),
    );
    Ok((StatusCode::OK, [(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

async fn run(
    app: &App,
    caller: &Caller,
    mut lines: Box<dyn AsyncBufRead + Send + Unpin>,
) -> std::io::Result<tokio::fs::File> {
    let mut spool = SpooledTempFile::new(SPOOL);
    let mut totals = Totals::default();
    let mut flying: VecDeque<BoxFuture<'static, Chunk>> = VecDeque::new();
    let mut first_line = 1;
    loop {
        let (texts, end) = gather(&mut lines, app.limits()).await;
        let count = texts.len() as u64;
        if count > 0 {
            let chunk = examine(app, caller, texts, first_line).await;
            first_line += count;
            let (app_of_task, caller) = (app.clone(), caller.clone());
            let mut chunk = chunk;
            // Spawned, so that it is written while the next lines are read.
            let task = app.tasks().spawn(async move {
                let rows = std::mem::take(&mut chunk.rows);
                if !rows.is_empty() {
                    chunk.kept = rows.iter().map(|row| row.quarantine).collect();
                    chunk.answer = Some(caller.submit_waiting(&app_of_task, rows).await);
                }
                chunk
            });
            flying.push_back(Box::pin(async move { task.await.unwrap_or_else(|_| Chunk::lost()) }));
        }
        let last = !matches!(end, End::More);
        while flying.len() >= if last { 1 } else { IN_FLIGHT } {
            let Some(chunk) = flying.pop_front() else { break };
            chunk.await.receipts(&mut spool, &mut totals)?;
        }
        match end {
            End::More if totals.rejected > MOST_REFUSED => {
                let text = "too many lines are refused; everything before this one is dealt with";
                let issue = Issue::error(IssueCode::TooCostly, "too-many-refused", "", text);
                broken_off(&mut spool, first_line, &issue)?;
                break;
            }
            End::More => {}
            End::Whole => break,
            End::Broken(issue) => {
                broken_off(&mut spool, first_line, &issue)?;
                break;
            }
        }
    }
    totals.receipt(&mut spool)?;
    into_file(spool)
}

/// A spool as a file that can be read asynchronously from its start.
fn into_file(mut spool: SpooledTempFile) -> std::io::Result<tokio::fs::File> {
    spool.roll()?;
    spool.seek(SeekFrom::Start(0))?;
    match spool.into_inner() {
        tempfile::SpooledData::OnDisk(file) => Ok(tokio::fs::File::from_std(file)),
        tempfile::SpooledData::InMemory(_) => {
            Err(std::io::Error::other("the receipts did not go to a file"))
        }
    }
}

/// How a chunk of lines ends.
#[derive(Debug)]
enum End {
    /// There may be more.
    More,
    /// That was all.
    Whole,
    /// The stream cannot be followed further.
    Broken(Box<Issue>),
}

fn broken(key: &'static str, text: &str) -> End {
    let code = if key == "line-too-long" { IssueCode::TooLong } else { IssueCode::Invalid };
    End::Broken(Box::new(Issue::error(code, key, "", text)))
}

fn broken_off(out: &mut SpooledTempFile, line: u64, issue: &Issue) -> std::io::Result<()> {
    let mut text = format!("{{\"line\":{line},\"status\":400,\"issues\":");
    push_issues(&mut text, std::slice::from_ref(issue));
    text.push_str("}\n");
    out.write_all(text.as_bytes())
}

/// Reads a chunk of lines. What came before the end, whatever that is, counts.
async fn gather(
    lines: &mut (dyn AsyncBufRead + Send + Unpin),
    limits: Limits,
) -> (Vec<Vec<u8>>, End) {
    let mut texts = Vec::new();
    let mut bytes = 0;
    while texts.len() < CHUNK_LINES && bytes < CHUNK_BYTES {
        let mut line = Vec::new();
        let end = read_line(lines, &mut line, limits).await;
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        bytes += line.len();
        match end {
            End::More => texts.push(line),
            End::Whole => {
                // A newline after the last reading does not start another line.
                if !line.is_empty() {
                    texts.push(line);
                }
                return (texts, End::Whole);
            }
            // Half a line is nothing.
            broken @ End::Broken(_) => return (texts, broken),
        }
    }
    (texts, End::More)
}

/// Reads up to a newline. Never holds more than the longest line.
async fn read_line(
    lines: &mut (dyn AsyncBufRead + Send + Unpin),
    line: &mut Vec<u8>,
    limits: Limits,
) -> End {
    loop {
        let available = match tokio::time::timeout(limits.patience, lines.fill_buf()).await {
            Ok(Ok(available)) => available,
            Ok(Err(_)) => return broken("body-cut-off", "the stream broke off before its end"),
            Err(_) => return broken("body-too-slow", "the stream stood still for too long"),
        };
        if available.is_empty() {
            return End::Whole;
        }
        let (taken, done) = match available.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at, true),
            None => (available.len(), false),
        };
        if line.len() + taken > limits.line {
            return broken(
                "line-too-long",
                "a line is too long; everything before it is dealt with",
            );
        }
        line.extend_from_slice(&available[..taken]);
        let consumed = taken + usize::from(done);
        std::pin::Pin::new(&mut *lines).consume(consumed);
        if done {
            return End::More;
        }
    }
}

/// What is to be told about one line.
#[derive(Debug)]
enum Line {
    /// Nothing in it; no receipt.
    Blank,
    /// In the submission, with warnings.
    Sent(Vec<Issue>),
    /// Refused.
    Refused(Vec<Issue>),
}

/// A chunk on its way.
#[derive(Debug)]
struct Chunk {
    first_line: u64,
    lines: Vec<Line>,
    rows: Vec<NewObservation>,
    kept: Vec<i16>,
    answer: Option<Result<Answer, SubmitError>>,
    sealer: Option<crate::store::Store>,
}

async fn examine(app: &App, caller: &Caller, texts: Vec<Vec<u8>>, first_line: u64) -> Chunk {
    let documents: Vec<Result<Document<'_>, Vec<Issue>>> =
        tokio::task::block_in_place(|| texts.iter().map(|text| decode(text)).collect());
    let resources: Vec<_> = documents
        .iter()
        .filter_map(|document| document.as_ref().ok())
        .map(|document| (document.root(), "Observation"))
        .collect();
    let store = caller.municipality().store.clone();
    let mut chunk = Chunk {
        first_line,
        lines: Vec::with_capacity(texts.len()),
        rows: Vec::with_capacity(resources.len()),
        kept: Vec::new(),
        answer: None,
        sealer: Some(store),
    };
    let examined = caller
        .municipality()
        .examiner
        .examine_all(&resources, caller.sender(app, Interaction::Create))
        .await;
    let verdicts = match examined {
        Ok(verdicts) => verdicts,
        Err(error) => {
            chunk.lines = texts.iter().map(|_| Line::Sent(Vec::new())).collect();
            chunk.answer = Some(Err(SubmitError::Store(std::sync::Arc::new(error))));
            return chunk;
        }
    };
    let mut verdicts = verdicts.into_iter();
    for (text, document) in texts.iter().zip(&documents) {
        chunk.lines.push(match document {
            _ if text.iter().all(u8::is_ascii_whitespace) => Line::Blank,
            Err(issues) => Line::Refused(issues.clone()),
            Ok(_) => match verdicts.next() {
                Some(Verdict::Ready { observation, warnings }) => {
                    let warnings = warnings_of(&observation, warnings, "Observation");
                    chunk.rows.push(*observation);
                    Line::Sent(warnings)
                }
                Some(Verdict::Rejected(issues)) => Line::Refused(issues),
                Some(Verdict::Pending) | None => Line::Refused(Vec::new()),
            },
        });
    }
    chunk
}

fn decode(text: &[u8]) -> Result<Document<'_>, Vec<Issue>> {
    let document = Document::parse(text).map_err(|error| {
        vec![Issue::error(IssueCode::Structure, "not-json", "", error.to_string())]
    })?;
    let repeated = duplicate_properties(&document, "Observation");
    if !repeated.is_empty() {
        return Err(repeated);
    }
    if document.root().str_at("resourceType").as_deref() != Some("Observation") {
        return Err(vec![Issue::error(
            IssueCode::Structure,
            "wrong-resource-type",
            "resourceType",
            "expected a resource of type Observation",
        )]);
    }
    Ok(document)
}

impl Chunk {
    /// What is left of a chunk whose task was cut short: nothing can be said of its lines.
    fn lost() -> Self {
        Self {
            first_line: 0,
            lines: Vec::new(),
            rows: Vec::new(),
            kept: Vec::new(),
            answer: None,
            sealer: None,
        }
    }

    fn receipts(self, out: &mut SpooledTempFile, totals: &mut Totals) -> std::io::Result<()> {
        let mut text = String::with_capacity(self.lines.len() * 128);
        let mut sent = 0;
        for (number, line) in (self.first_line..).zip(&self.lines) {
            if matches!(line, Line::Blank) {
                continue;
            }
            let _ = write!(text, "{{\"line\":{number},");
            match line {
                Line::Blank => {}
                Line::Refused(issues) => {
                    totals.rejected += 1;
                    let _ = write!(text, "\"status\":{},\"issues\":", refusal(issues).as_u16());
                    push_issues(&mut text, issues);
                }
                Line::Sent(warnings) => {
                    let place = sent;
                    sent += 1;
                    self.sent(&mut text, totals, place, warnings);
                }
            }
            totals.received += 1;
            text.push_str("}\n");
        }
        out.write_all(text.as_bytes())
    }

    fn sent(&self, text: &mut String, totals: &mut Totals, place: usize, warnings: &[Issue]) {
        let answer = match &self.answer {
            Some(Ok(answer)) => answer.inserted.get(place).map(|one| (*one, answer.received)),
            Some(Err(_)) | None => None,
        };
        let outcome = match answer {
            Some((inserted, received)) => created(inserted, received),
            None => Err(match &self.answer {
                Some(Err(SubmitError::Store(error))) => {
                    Outcome::from(super::super::Failure::from(error))
                }
                _ => Outcome::from(SubmitError::Stopping),
            }),
        };
        match (outcome, &self.sealer) {
            (Ok((status, key, version, _)), Some(store)) => {
                let duplicate = status != StatusCode::CREATED;
                if duplicate {
                    totals.duplicate += 1;
                } else {
                    totals.stored += 1;
                }
                let sealer: &Sealer = store.sealer();
                let _ = write!(
                    text,
                    "\"status\":{},\"id\":\"{}\",\"version\":{version},\"duplicate\":{duplicate}",
                    status.as_u16(),
                    sealer.seal(key)
                );
                let reason = self
                    .kept
                    .get(place)
                    .and_then(|number| crate::ingest::Quarantine::from_number(*number));
                if let Some(reason) = reason {
                    totals.quarantined += 1;
                    text.push_str(",\"quarantine\":");
                    push_string(text, reason.as_str());
                }
                if !warnings.is_empty() {
                    text.push_str(",\"issues\":");
                    push_issues(text, warnings);
                }
            }
            (Ok(_), None) => {}
            (Err(outcome), _) => {
                totals.rejected += 1;
                let _ = write!(text, "\"status\":{},\"issues\":", outcome.status().as_u16());
                push_issues(text, outcome.issues());
            }
        }
    }
}

impl Totals {
    fn receipt(self, out: &mut SpooledTempFile) -> std::io::Result<()> {
        let Self { received, stored, duplicate, rejected, quarantined } = self;
        writeln!(
            out,
            "{{\"received\":{received},\"stored\":{stored},\"duplicate\":{duplicate},\
             \"rejected\":{rejected},\"quarantined\":{quarantined}}}"
        )
    }
}
