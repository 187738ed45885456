//! `/api/cohort-runs/{id}/rows`: the rows that a run has told, as a table for other tools.

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use pulsvagt_analytics::cohort::{Format, rewrite};
use serde::Deserialize;
use utoipa::IntoParams;

use super::runs::{by, one};
use crate::http::api::extract::{ApiCaller, ApiPath, ApiQuery, needs};
use crate::http::api::problem::{Code, Problem};
use crate::http::api::worklist::wrong;

/// Format, media type and the ends of names, the one that is sent to whoever takes anything first.
const KINDS: [(Format, &str, &str); 5] = [
    (Format::ArrowStream, "application/vnd.apache.arrow.stream", "arrows"),
    (Format::Arrow, "application/vnd.apache.arrow.file", "arrow"),
    (Format::Parquet, "application/vnd.apache.parquet", "parquet"),
    (Format::Csv, "text/csv", "csv"),
    (Format::Ndjson, "application/x-ndjson", "ndjson"),
];

/// As which file.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http::api) struct AsFile {
    /// arrows (Arrow IPC stream), arrow (Arrow IPC file), parquet, csv or ndjson; else as `Accept`
    /// says.
    format: Option<String>,
}

/// The rows of a run
///
/// One for each member of a group whose members are told, without anything that names somebody, in
/// the format that `Accept` asks for: Arrow IPC stream (also where anything is taken), Arrow IPC
/// file, Parquet, CSV or NDJSON. The same run gives the same bytes.
#[utoipa::path(
    get,
    path = "/cohort-runs/{id}/rows",
    operation_id = "getCohortRows",
    tag = "analysis",
    security(("bearer" = ["cohorts:run"])),
    params(
        ("id" = String, Path, description = "Id of the run"),
        AsFile,
        ("Accept" = Option<String>, Header, description = "Which format"),
    ),
    responses((
        status = 200,
        description = "The rows.",
        content(
            (Vec<u8> = "application/vnd.apache.arrow.stream"),
            (Vec<u8> = "application/vnd.apache.arrow.file"),
            (Vec<u8> = "application/vnd.apache.parquet"),
            (String = "text/csv"),
            (String = "application/x-ndjson"),
        ),
    )),
)]
pub(in crate::http::api) async fn get(
    caller: ApiCaller<needs::CohortRun>,
    ApiPath(id): ApiPath<String>,
    ApiQuery(asked): ApiQuery<AsFile>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kind = match asked.format.as_deref() {
        Some(end) => kind_of(end)
            .ok_or_else(|| wrong("format", "expected arrows, arrow, parquet, csv or ndjson"))?,
        None => accepted(&headers).ok_or_else(|| {
            let kinds = KINDS.map(|(_, media, _)| media).join(", ");
            Problem::new(Code::NotAcceptable, kinds)
        })?,
    };
    rows_of(&caller, &id, kind).await
}

/// The format of files whose names end so, with its media type and that end.
pub(in crate::http) fn kind_of(end: &str) -> Option<(Format, &'static str, &'static str)> {
    KINDS.into_iter().find(|(_, _, known)| *known == end)
}

/// What the client likes best of what there is (RFC 9110, 12.5.1).
fn accepted(headers: &HeaderMap) -> Option<(Format, &'static str, &'static str)> {
    let all = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<(&str, f32)> = all
        .flat_map(|value| value.split(','))
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            (media, weight.and_then(|weight| weight.parse().ok()).unwrap_or(1.0))
        })
        .collect();
    if ranges.is_empty() {
        return KINDS.first().copied();
    }
    // The most specific range that fits says how much a format is liked.
    let weight = |media: &str| {
        let major = media.split('/').next().unwrap_or_default();
        let fits = |range: &str| match range {
            exact if exact.eq_ignore_ascii_case(media) => 3,
            "*/*" => 1,
            some if some.strip_suffix("/*").is_some_and(|it| it.eq_ignore_ascii_case(major)) => 2,
            _ => 0,
        };
        let fitting = ranges.iter().map(|(range, weight)| (fits(range), *weight));
        fitting.filter(|(fit, _)| *fit > 0).max_by_key(|(fit, _)| *fit).map_or(0.0, |it| it.1)
    };
    let liked = KINDS.into_iter().map(|kind| (weight(kind.1), kind));
    let best = liked.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(weight, _)| *weight > 0.0).map(|(_, kind)| kind)
}

/// The rows of a run of the caller's, as a file.
///
/// # Errors
/// 404, also of runs whose rows are not kept any more; 409 for one that has told nothing.
pub(in crate::http) async fn rows_of(
    caller: &ApiCaller<needs::CohortRun>,
    id: &str,
    (format, media, end): (Format, &'static str, &'static str),
) -> Result<Response, Problem> {
    let run = one(caller, id).await?;
    if run.state != "done" {
        return Err(Problem::new(Code::Conflict, format!("the run is {}", run.state)));
    }
    let kept = caller.store().cohort_run_rows(&by(caller), &run.id).await?;
    let kept = kept.ok_or_else(|| {
        let text = "rows are kept for 90 days; a run of the same definition and day tells the same";
        Problem::new(Code::NotFound, text)
    })?;
    let written = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        rewrite(&kept, format, &mut bytes).map(|()| bytes).map_err(|error| error.to_string())
    });
    let written = written.await.map_err(|error| Problem::internal(error.to_string()))?;
    let bytes = written.map_err(|error| Problem::internal(format!("rows of a run: {error}")))?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    // Names of definitions are a-z, 0-9 and hyphens.
    let file = format!("attachment; filename=\"{}-{}.{end}\"", run.name, run.as_of);
    if let Ok(file) = HeaderValue::from_str(&file) {
        headers.insert(CONTENT_DISPOSITION, file);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_says_which_format() {
        let of = |accept: &str| {
            let headers = [(ACCEPT, HeaderValue::from_str(accept).expect("a value"))];
            accepted(&HeaderMap::from_iter(headers)).map(|(_, _, end)| end)
        };
        assert_eq!(accepted(&HeaderMap::new()).map(|(_, _, end)| end), Some("arrows"));
        assert_eq!(of("*/*"), Some("arrows"));
        assert_eq!(of("text/csv"), Some("csv"));
        assert_eq!(of("text/*"), Some("csv"));
        assert_eq!(of("application/vnd.apache.parquet, */*;q=0.1"), Some("parquet"));
        assert_eq!(of("text/csv;q=0.5, application/x-ndjson;q=0.8"), Some("ndjson"));
        assert_eq!(of("application/vnd.apache.arrow.stream;q=0, */*"), Some("arrow"));
        assert_eq!(of("text/html"), None);
    }
}
