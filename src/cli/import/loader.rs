//! Sends resources through the door and keeps count.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use aws_lc_rs::digest;
use axum::body::Bytes;
use axum::http::Method;
use data_encoding::BASE32_NOPAD;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::Target;
use crate::access::Role;
use crate::cli::door::{Line, first_issue};
use crate::cli::tally::Tally;
use crate::ids::is_fhir_id;
use crate::store::imports::Progress;

/// Resources other than observations that are sent at a time.
const AT_A_TIME: usize = 16;

/// A resource other than an Observation, with the id it is stored under.
#[derive(Debug)]
pub(super) struct Other {
    /// Its type.
    pub(super) kind: String,
    /// Its logical id.
    pub(super) id: String,
    /// Where it comes from, and its JSON with that id.
    pub(super) line: Line,
}

/// What one looks at to know where a resource belongs.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Head {
    /// Its type.
    #[serde(rename = "resourceType", default)]
    pub(super) kind: Option<String>,
    /// Its logical id.
    #[serde(default)]
    pub(super) id: Option<String>,
}

impl Head {
    /// Of a JSON text; empty for anything else.
    pub(super) fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

impl Other {
    /// One that has no id gets one that follows from its content, so that importing it again
    /// does not make another.
    pub(super) fn new(kind: String, id: Option<String>, mut line: Line) -> Self {
        if let Some(id) = id.filter(|id| is_fhir_id(id)) {
            return Self { kind, id, line };
        }
        let hash = digest::digest(&digest::SHA256, line.text.as_bytes());
        let hash = BASE32_NOPAD.encode(hash.as_ref());
        let id = format!("i-{}", &hash[..26].to_lowercase());
        line.text = with_id(&line.text, &id);
        Self { kind, id, line }
    }
}

/// The object with an id in front; one that it has already is not looked for.
pub(super) fn with_id(object: &str, id: &str) -> String {
    match object.trim_start().strip_prefix('{') {
        Some(rest) if rest.trim_start().starts_with('}') => format!(r#"{{"id":"{id}"}}"#),
        Some(rest) => format!(r#"{{"id":"{id}",{rest}"#),
        None => object.to_owned(),
    }
}

/// Sends what a file holds.
pub(super) struct Loader<'a> {
    /// Where to.
    pub(super) target: &'a Target<'a>,
    /// What became of it.
    pub(super) tally: Tally,
    rejects: Rejects,
}

impl<'a> Loader<'a> {
    /// For a file that has come so far.
    pub(super) fn new(
        target: &'a Target<'a>,
        path: &Path,
        before: Progress,
    ) -> anyhow::Result<Self> {
        let rejects = Rejects::open(path, before.lines)?;
        Ok(Self { target, tally: Tally::default(), rejects })
    }

    /// Remembers how far the file has come; everything up to there is durable.
    pub(super) async fn note(
        &mut self,
        digest: &[u8; 32],
        progress: Progress,
    ) -> anyhow::Result<()> {
        self.rejects.flush()?;
        let now = self.target.door.app.clock().now();
        self.target.municipality.store.note_import(digest, progress, now).await?;
        Ok(())
    }

    /// What became of the file.
    pub(super) fn finish(mut self) -> anyhow::Result<Tally> {
        self.rejects.flush()?;
        Ok(self.tally)
    }

    /// Counts and keeps a line that is refused here already.
    pub(super) fn refuse(&mut self, number: u64, reason: &str, text: &str) -> anyhow::Result<()> {
        self.tally.add_status(422, false);
        self.rejects.write(number, 422, &json!(reason).to_string(), text)
    }

    /// Sends observations.
    pub(super) async fn observations(&mut self, lines: &[Line]) -> anyhow::Result<()> {
        let Self { target, tally, rejects } = self;
        target
            .door
            .post_lines(target.tenant, lines, |line, receipt| {
                tally.count(receipt);
                if receipt.is_rejected() {
                    let issues = receipt.issues.map_or("null", RawValue::get);
                    rejects.write(line.number, receipt.status, issues, &line.text)?;
                }
                Ok(())
            })
            .await
    }

    /// Creates or updates resources; two with the same id in their order.
    pub(super) async fn others(&mut self, mut others: Vec<Other>) -> anyhow::Result<()> {
        while !others.is_empty() {
            let mut seen = HashSet::new();
            let same = |other: &Other| (other.kind.clone(), other.id.clone());
            let end = others.iter().position(|other| !seen.insert(same(other)));
            let rest = others.split_off(end.unwrap_or(others.len()));
            let (door, tenant) = (self.target.door, self.target.tenant);
            let answers: Vec<_> = stream::iter(others)
                .map(|other| async move {
                    let Other { kind, id, line } = other;
                    let (status, answer) = door.put(tenant, &kind, &id, line.text.clone()).await?;
                    anyhow::Ok((line, status.as_u16(), answer))
                })
                .buffered(AT_A_TIME)
                .try_collect()
                .await?;
            for (line, status, answer) in answers {
                // 200: known already, or changed into a new version.
                self.tally.add_status(status, status == 200);
                if !(200..300).contains(&status) {
                    let reason = json!(first_issue(&answer)).to_string();
                    self.rejects.write(line.number, status, &reason, &line.text)?;
                }
            }
            others = rest;
        }
        Ok(())
    }

    /// Sends a Bundle as it is; returns the answer unless it was taken whole.
    pub(super) async fn bundle(
        &mut self,
        role: Role,
        number: u64,
        text: &str,
        entries: u64,
    ) -> anyhow::Result<()> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            entry: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            response: Response,
        }
        #[derive(Deserialize)]
        struct Response {
            status: String,
            #[serde(default)]
            outcome: serde_json::Value,
        }
        let body = Bytes::copy_from_slice(text.as_bytes());
        let door = (Method::POST, "/fhir");
        let tenant = self.target.tenant;
        let (status, answer) =
            self.target.door.send(tenant, role, door, "application/fhir+json", body).await?;
        if !status.is_success() {
            for _ in 0..entries {
                self.tally.add_status(status.as_u16(), false);
            }
            let reason = json!(first_issue(&answer)).to_string();
            return self.rejects.write(number, status.as_u16(), &reason, text);
        }
        let answer: Answer = serde_json::from_slice(&answer).context("the answer to a Bundle")?;
        for (place, Entry { response }) in answer.entry.iter().enumerate() {
            let status = response.status.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
            self.tally.add_status(status, status == 200);
            if !(200..300).contains(&status) {
                let reason = format!("{}", response.outcome["issue"]);
                let at = json!({"entry": place}).to_string();
                self.rejects.write(number, status, &reason, &at)?;
            }
        }
        Ok(())
    }
}

/// The file beside a file, with what was rejected and why.
struct Rejects {
    path: PathBuf,
    out: Option<BufWriter<File>>,
}

impl Rejects {
    /// What a previous run wrote about later lines is dropped, since they are sent again.
    fn open(imported: &Path, lines: u64) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Numbered {
            line: u64,
        }
        let mut path = imported.as_os_str().to_owned();
        path.push(".rejected.ndjson");
        let path = PathBuf::from(path);
        let kept = match File::open(&path) {
            Ok(file) => {
                let mut kept = Vec::new();
                for text in BufReader::new(file).lines() {
                    let text = text?;
                    let before = serde_json::from_str::<Numbered>(&text);
                    if before.is_ok_and(|numbered| numbered.line <= lines) {
                        kept.push(text);
                    }
                }
                std::fs::remove_file(&path)?;
                kept
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let mut rejects = Self { path, out: None };
        for text in kept {
            writeln!(rejects.out()?, "{text}")?;
        }
        Ok(rejects)
    }

    fn out(&mut self) -> anyhow::Result<&mut BufWriter<File>> {
        let out = match self.out.take() {
            Some(out) => out,
            None => BufWriter::new(
                File::create(&self.path)
                    .with_context(|| format!("cannot write {}", self.path.display()))?,
            ),
        };
        Ok(self.out.insert(out))
    }

    /// `issues` is JSON; `text` may be anything.
    fn write(&mut self, number: u64, status: u16, issues: &str, text: &str) -> anyhow::Result<()> {
        let raw: Result<&RawValue, _> = serde_json::from_str(text);
        let resource = raw.map_or_else(|_| json!(text).to_string(), |raw| raw.get().to_owned());
        let resource = resource.replace(['\n', '\r'], " ");
        writeln!(
            self.out()?,
            r#"{{"line":{number},"status":{status},"issues":{issues},"resource":{resource}}}"#
        )?;
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        if let Some(out) = &mut self.out {
            out.flush().with_context(|| format!("cannot write {}", self.path.display()))?;
        }
        Ok(())
    }
}
