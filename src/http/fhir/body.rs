//! Reading request bodies within limits.

use std::io::Read;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use bytes::BytesMut;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use pulsvagt_fhir::IssueCode;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::Outcome;
use crate::app::App;

/// A body in memory, and the right to keep it there.
#[derive(Debug)]
pub(in crate::http) struct Held {
    pub(in crate::http) bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

/// Reads the whole body, decompressed, if it fits.
pub(super) async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<Held, Outcome> {
    read_within(app, headers, body, app.limits().body).await
}

/// The same with a limit of its own, bytes.
pub(in crate::http) async fn read_within(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Held, Outcome> {
    let announced = headers
        .get(axum::http::header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let encoding = headers.get(axum::http::header::CONTENT_ENCODING).map(HeaderValue::as_bytes);
    // What the text may grow to is not known before it is unpacked.
    let expansion = if encoding == Some(b"gzip") { 10 } else { 1 };
    let room = room(app, (announced.unwrap_or(limit / 8) * expansion).min(limit))?;
    let bytes = collect(Limited::new(body, limit), limit, app.limits().patience).await?;
    let bytes = match encoding {
        None | Some(b"identity") => bytes,
        Some(b"gzip") => tokio::task::block_in_place(|| gunzip(&bytes, limit))?,
        Some(_) => {
            return Err(unsupported_encoding());
        }
    };
    Ok(Held { bytes, _room: room })
}

/// 415 for a Content-Encoding that is not offered.
pub(super) fn unsupported_encoding() -> Outcome {
    Outcome::one(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        IssueCode::NotSupported,
        "unsupported-encoding",
        "send the body as it is or with gzip",
    )
}

/// How long a body may take in all, in units of the patience with each piece.
const PATIENCE: u32 = 20;

async fn collect(
    mut body: Limited<Body>,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Outcome> {
    let slow = |_| {
        Outcome::one(
            StatusCode::REQUEST_TIMEOUT,
            IssueCode::Transient,
            "body-too-slow",
            "the body came too slowly; nothing of this request was stored, try again",
        )
    };
    let whole = async {
        let mut out = BytesMut::new();
        while let Some(frame) = timeout(patience, body.frame()).await.map_err(slow)? {
            let frame = frame.map_err(|error| {
                if error.downcast_ref::<LengthLimitError>().is_some() {
                    too_large(limit)
                } else {
                    Outcome::bad_request("body-cut-off", "the body ended before its end")
                }
            })?;
            let Ok(data) = frame.into_data() else { continue };
            if out.is_empty() && body.is_end_stream() {
                return Ok(data);
            }
            out.extend_from_slice(&data);
        }
        Ok(out.freeze())
    };
    timeout(patience * PATIENCE, whole).await.map_err(slow)?
}

fn room(app: &App, bytes: usize) -> Result<OwnedSemaphorePermit, Outcome> {
    let kib = u32::try_from((bytes >> 10) + 1).unwrap_or(u32::MAX);
    std::sync::Arc::clone(app.bodies()).try_acquire_many_owned(kib).map_err(|_| {
        Outcome::one(
            StatusCode::TOO_MANY_REQUESTS,
            IssueCode::Throttled,
            "bodies-full",
            "too many large requests at a time; nothing of this one was stored, try again",
        )
    })
}

fn gunzip(bytes: &[u8], limit: usize) -> Result<Bytes, Outcome> {
    let mut out = Vec::with_capacity((bytes.len() * 4).min(limit));
    let ceiling = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match flate2::read::MultiGzDecoder::new(bytes).take(ceiling).read_to_end(&mut out) {
        Ok(length) if length > limit => Err(too_large(limit)),
        Ok(_) => Ok(out.into()),
        Err(_) => Err(Outcome::bad_request("bad-gzip", "the body is not whole gzip")),
    }
}

fn too_large(limit: usize) -> Outcome {
    Outcome::one(
        StatusCode::PAYLOAD_TOO_LARGE,
        IssueCode::TooLong,
        "body-too-large",
        format!(
            "the body is larger than {} MiB; send smaller Bundles, or application/fhir+ndjson to \
             Observation, which has no limit",
            limit >> 20
        ),
    )
}
