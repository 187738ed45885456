//! An HTTP/1.1 client that costs next to nothing, so that it can share a machine with what it
//! measures: one socket, requests as bytes, and no more of an answer understood than is needed.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection that is kept open.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What has been received; answers that were given out are taken away at the next.
    received: Vec<u8>,
    used: usize,
    /// The body of the last answer, if it came in chunks.
    joined: Vec<u8>,
}

/// An answer, borrowed from its connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a [u8],
    pub(crate) body: &'a [u8],
}

/// How the end of a body is found.
#[derive(Debug, Clone, Copy)]
enum Length {
    Known(usize),
    Chunked,
    UntilClosed,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(1 << 14), used: 0, joined: Vec::new() })
    }

    /// Sends bytes.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a request and reads its answer. A server that answers and hangs up before it has
    /// read everything is heard.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        let sent = self.send(request).await;
        match (self.answer().await, sent) {
            (Ok(answer), _) => Ok(answer),
            (Err(_), Err(error)) | (Err(error), Ok(())) => Err(error),
        }
    }

    /// Reads one answer.
    pub(crate) async fn answer(&mut self) -> io::Result<Answer<'_>> {
        self.received.drain(..self.used);
        self.used = 0;
        let mut searched = 0_usize;
        let head_end = loop {
            let from = searched.saturating_sub(3);
            if let Some(at) = find(&self.received[from..], b"\r\n\r\n") {
                break from + at + 4;
            }
            searched = self.received.len();
            self.more().await?;
        };
        let head = &self.received[..head_end];
        let status = head
            .get(9..12)
            .and_then(|digits| str::from_utf8(digits).ok()?.parse().ok())
            .ok_or_else(|| broken("no status line"))?;
        let length = match (header(head, "content-length"), header(head, "transfer-encoding")) {
            (Some(length), _) => {
                Length::Known(length.parse().map_err(|_| broken("a bad content-length"))?)
            }
            (None, Some(_)) => Length::Chunked,
            (None, None) if status == 204 || status == 304 => Length::Known(0),
            (None, None) => Length::UntilClosed,
        };
        match length {
            Length::Known(length) => {
                let end = head_end + length;
                while self.received.len() < end {
                    self.more().await?;
                }
                self.used = end;
            }
            Length::Chunked => self.used = self.join_chunks(head_end).await?,
            Length::UntilClosed => {
                while self.more().await.is_ok() {}
                self.used = self.received.len();
            }
        }
        let (head, body) = self.received[..self.used].split_at(head_end);
        let body = if matches!(length, Length::Chunked) { &self.joined } else { body };
        Ok(Answer { status, head, body })
    }

    async fn join_chunks(&mut self, mut at: usize) -> io::Result<usize> {
        self.joined.clear();
        loop {
            let line = self.line(at).await?;
            let size = str::from_utf8(&self.received[at..line])
                .ok()
                .and_then(|text| text.split(';').next())
                .and_then(|digits| usize::from_str_radix(digits.trim(), 16).ok())
                .ok_or_else(|| broken("a bad chunk"))?;
            let start = line + 2;
            let end = start + size;
            while self.received.len() < end + 2 {
                self.more().await?;
            }
            self.joined.extend_from_slice(&self.received[start..end]);
            at = end + 2;
            if size == 0 {
                return Ok(at);
            }
        }
    }

    /// Where the line that starts at `at` ends.
    async fn line(&mut self, at: usize) -> io::Result<usize> {
        loop {
            if let Some(end) = find(&self.received[at..], b"\r\n") {
                return Ok(at + end);
            }
            self.more().await?;
        }
    }

    /// Receives whatever comes next; fails with `UnexpectedEof` when the other side hangs up.
    pub(crate) async fn more(&mut self) -> io::Result<()> {
        self.received.reserve(1 << 14);
        if self.stream.read_buf(&mut self.received).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

impl Answer<'_> {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }

    /// The logical id in `Location: …/Observation/ID/_history/1`.
    pub(crate) fn id(&self) -> Option<&str> {
        id_in(self.header("location")?)
    }
}

/// The logical id in `…Observation/ID/_history/1`.
pub(crate) fn id_in(location: &str) -> Option<&str> {
    let rest = location.split("Observation/").nth(1)?;
    rest.split('/').next()
}

/// The head of a request that has a body; without a length it comes in chunks.
pub(crate) fn head(
    method: &str,
    path: &str,
    token: &str,
    kind: &str,
    length: Option<usize>,
) -> Vec<u8> {
    let length = length.map_or_else(
        || "transfer-encoding: chunked".to_owned(),
        |length| format!("content-length: {length}"),
    );
    format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\
         content-type: {kind}\r\n{length}\r\n\r\n"
    )
    .into_bytes()
}

/// A whole request that asks for something.
pub(crate) fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}

/// A whole request with a body.
pub(crate) fn request(method: &str, path: &str, token: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let mut request = head(method, path, token, kind, Some(body.len()));
    request.extend_from_slice(body);
    request
}

/// The type of JSON.
pub(crate) const JSON: &str = "application/fhir+json";
/// The type of streams.
pub(crate) const NDJSON: &str = "application/fhir+ndjson";

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    head.split(|byte| *byte == b'\n').skip(1).find_map(|line| {
        let (found, value) = line.split_at_checked(name.len())?;
        let value = value.strip_prefix(b":")?;
        if !found.eq_ignore_ascii_case(name.as_bytes()) {
            return None;
        }
        str::from_utf8(value).ok().map(str::trim)
    })
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn broken(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.to_owned())
}
