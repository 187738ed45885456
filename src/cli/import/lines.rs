//! NDJSON: one resource a line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::bundle;
use super::loader::{Head, Loader, Other};
use crate::cli::door::Line;
use crate::store::imports::Progress;

/// Lines in one request.
const LINES: usize = 5_000;
/// Bytes in one request.
const BYTES: usize = 8 << 20;

/// What has been read and not yet been sent; of one kind, so that the order is kept.
enum Batch {
    Observations(Vec<Line>),
    Others(Vec<Other>),
}

impl Batch {
    fn len(&self) -> usize {
        match self {
            Self::Observations(lines) => lines.len(),
            Self::Others(others) => others.len(),
        }
    }
}

/// A line, or why there is none.
enum Text {
    Line(String),
    TooLong,
    NotUtf8,
}

/// Imports what is left of the file, and notes after each request how far it has come.
pub(super) async fn import(
    loader: &mut Loader<'_>,
    path: &Path,
    digest: &[u8; 32],
    before: Progress,
) -> anyhow::Result<()> {
    let longest = loader.target.door.app.limits().line;
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(before.bytes))?;
    let mut file = BufReader::with_capacity(1 << 18, file);
    let mut at = before;
    let mut batch = Batch::Observations(Vec::new());
    let mut bytes = 0;
    // Up to where everything has been dealt with once the batch is.
    while let Some((text, length)) = read(&mut file, longest)? {
        let number = at.lines + 1;
        let next = Progress { bytes: at.bytes + length, lines: number };
        let text = match text {
            Text::Line(text) => text,
            refused => {
                let reason = match refused {
                    Text::TooLong => format!("the line is longer than {longest} bytes"),
                    _ => "the line is not UTF-8".to_owned(),
                };
                send(loader, &mut batch).await?;
                loader.refuse(number, &reason, "")?;
                at = next;
                continue;
            }
        };
        if text.trim().is_empty() {
            at = next;
            continue;
        }
        let head = Head::of(&text);
        let (is_observation, is_bundle) = match head.kind.as_deref() {
            // What is no resource is refused by the stream of observations, with the reason.
            None | Some("Observation") => (true, false),
            Some("Bundle") => (false, true),
            Some(_) => (false, false),
        };
        let fits = match &batch {
            Batch::Observations(_) => is_observation,
            Batch::Others(_) => !is_observation && !is_bundle,
        };
        if !fits || batch.len() >= LINES || bytes + text.len() > BYTES {
            send(loader, &mut batch).await?;
            note(loader, digest, at, &mut bytes).await?;
            batch = if is_observation || is_bundle {
                Batch::Observations(Vec::new())
            } else {
                Batch::Others(Vec::new())
            };
        }
        bytes += text.len();
        at = next;
        let line = Line { number, text };
        match (&mut batch, head.kind) {
            (_, _) if is_bundle => bundle::send(loader, &line).await?,
            (Batch::Others(others), Some(kind)) => others.push(Other::new(kind, head.id, line)),
            (Batch::Observations(lines), _) => lines.push(line),
            (Batch::Others(_), None) => {}
        }
    }
    send(loader, &mut batch).await?;
    note(loader, digest, at, &mut bytes).await
}

async fn send(loader: &mut Loader<'_>, batch: &mut Batch) -> anyhow::Result<()> {
    match batch {
        Batch::Observations(lines) => {
            let lines = std::mem::take(lines);
            loader.observations(&lines).await
        }
        Batch::Others(others) => {
            let others = std::mem::take(others);
            loader.others(others).await
        }
    }
}

async fn note(
    loader: &mut Loader<'_>,
    digest: &[u8; 32],
    at: Progress,
    bytes: &mut usize,
) -> anyhow::Result<()> {
    loader.note(digest, at).await?;
    loader.target.bar.inc(*bytes as u64);
    *bytes = 0;
    Ok(())
}

/// The next line without its end, and how many bytes of the file it takes.
fn read(file: &mut impl BufRead, longest: usize) -> std::io::Result<Option<(Text, u64)>> {
    let mut bytes = Vec::new();
    let mut length = file.take(longest as u64 + 2).read_until(b'\n', &mut bytes)? as u64;
    if length == 0 {
        return Ok(None);
    }
    let is_whole = bytes.last() == Some(&b'\n');
    while matches!(bytes.last(), Some(b'\n' | b'\r')) {
        bytes.pop();
    }
    if bytes.len() > longest {
        if !is_whole {
            length += skip_line(file)?;
        }
        return Ok(Some((Text::TooLong, length)));
    }
    // A byte order mark belongs to the file, not to its first line.
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
    Ok(Some((String::from_utf8(text).map_or(Text::NotUtf8, Text::Line), length)))
}

fn skip_line(file: &mut impl BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = file.fill_buf()?;
        let (used, done) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        file.consume(used);
        skipped += used as u64;
        if done {
            return Ok(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, read};

    #[test]
    fn lines_are_read_with_bounded_memory() {
        let mut file: &[u8] = b"\xEF\xBB\xBF{}\r\n\nabcdefgh\nabcdefghi and more\n\xFF\nend";
        let mut seen = Vec::new();
        let mut total = 0;
        let size = file.len() as u64;
        while let Some((text, length)) = read(&mut file, 8).expect("read") {
            total += length;
            seen.push(match text {
                Text::Line(text) => text,
                Text::TooLong => "(long)".to_owned(),
                Text::NotUtf8 => "(bytes)".to_owned(),
            });
        }
        assert_eq!(seen, ["{}", "", "abcdefgh", "(long)", "(bytes)", "end"]);
        assert_eq!(total, size, "every byte is accounted for");
    }
}
