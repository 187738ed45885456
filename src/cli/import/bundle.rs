//! Bundles and single resources.
//!
//! A batch or transaction whose types one role may write goes to the server as it is. Others are
//! taken apart: what is not an Observation is stored under its own id, citizens first, then the
//! observations are sent as a stream with their references set to those ids.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::loader::{Head, Loader, Other, with_id};
use crate::cli::door::{Line, role_for};

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(borrow, default)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "fullUrl", borrow, default)]
    full_url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
}

/// Imports a file that holds one resource or Bundle.
pub(super) async fn import(loader: &mut Loader<'_>, path: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).context("it has to be UTF-8")?;
    let text = text.trim_start_matches('\u{FEFF}');
    let line = Line { number: 1, text: one_line(text) };
    let head = Head::of(&line.text);
    match head.kind.as_deref() {
        Some("Bundle") => send(loader, &line).await,
        None | Some("Observation") => loader.observations(&[line]).await,
        Some(kind) => loader.others(vec![Other::new(kind.to_owned(), head.id, line)]).await,
    }
}

/// Sends a Bundle, whole or taken apart.
pub(super) async fn send(loader: &mut Loader<'_>, line: &Line) -> anyhow::Result<()> {
    let bundle: Bundle<'_> = match serde_json::from_str(&line.text) {
        Ok(bundle) => bundle,
        Err(error) => return loader.refuse(line.number, &error.to_string(), &line.text),
    };
    let heads: Vec<Head> = bundle
        .entry
        .iter()
        .map(|entry| entry.resource.map(|raw| Head::of(raw.get())).unwrap_or_default())
        .collect();
    let kinds: Vec<&str> = heads.iter().filter_map(|head| head.kind.as_deref()).collect();
    let limits = loader.target.door.app.limits();
    let fits = kinds.len() == heads.len()
        && heads.len() <= limits.entries
        && line.text.len() <= limits.body
        && matches!(bundle.kind.as_deref(), Some("batch" | "transaction"));
    if let Some(role) = role_for(&kinds).filter(|_| fits) {
        let entries = heads.len() as u64;
        return loader.bundle(role, line.number, &line.text, entries).await;
    }
    apart(loader, line, &bundle, heads).await
}

async fn apart(
    loader: &mut Loader<'_>,
    line: &Line,
    bundle: &Bundle<'_>,
    heads: Vec<Head>,
) -> anyhow::Result<()> {
    let mut places = HashMap::new();
    for (entry, head) in bundle.entry.iter().zip(&heads) {
        let (Some(url), Some(kind)) = (entry.full_url.as_deref(), head.kind.as_deref()) else {
            continue;
        };
        // An Observation's id is made by the server, so nothing can refer to it beforehand.
        if let (Some(uuid), true) = (url.strip_prefix("urn:uuid:"), kind != "Observation") {
            let id = head.id.as_deref().unwrap_or(uuid);
            places.insert(url, format!("{kind}/{id}"));
        }
    }
    let (mut others, mut observations) = (Vec::new(), Vec::new());
    for (entry, head) in bundle.entry.iter().zip(heads) {
        let Some(raw) = entry.resource else {
            loader.refuse(line.number, "the entry has no resource", "")?;
            continue;
        };
        let mut text = resolve(raw.get(), &places);
        match head.kind {
            Some(kind) if kind != "Observation" => {
                let mut id = head.id;
                let uuid = entry.full_url.as_deref().and_then(|url| url.strip_prefix("urn:uuid:"));
                if let (None, Some(uuid)) = (&id, uuid) {
                    text = with_id(&text, uuid);
                    id = Some(uuid.to_owned());
                }
                others.push(Other::new(kind, id, Line { number: line.number, text }));
            }
            _ => observations.push(Line { number: line.number, text }),
        }
    }
    others.sort_by_key(|other| match other.kind.as_str() {
        "Patient" => 0,
        "Device" => 1,
        _ => 2,
    });
    let later = others.partition_point(|other| other.kind == "Patient");
    let later = others.split_off(later);
    loader.others(others).await?;
    loader.others(later).await?;
    for chunk in observations.chunks(5_000) {
        loader.observations(chunk).await?;
    }
    Ok(())
}

/// The JSON with every string that is one of the URLs replaced by its place.
fn resolve(json: &str, places: &HashMap<&str, String>) -> String {
    const MARK: &str = "\"urn:uuid:";
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find(MARK) {
        let (before, url) = rest.split_at(start + 1);
        out.push_str(before);
        let end = url.find('"').unwrap_or(url.len());
        let (url, after) = url.split_at(end);
        out.push_str(places.get(url).map_or(url, String::as_str));
        rest = after;
    }
    out.push_str(rest);
    one_line(&out)
}

/// JSON on one line: line feeds can only stand between tokens.
fn one_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::resolve;

    #[test]
    fn references_into_the_bundle_become_references_to_what_is_stored() {
        let places = HashMap::from([("urn:uuid:a", "Patient/a".to_owned())]);
        let json =
            "{\"subject\":{\"reference\":\"urn:uuid:a\"},\n\"x\":\"urn:uuid:b\",\"y\":36.50}";
        assert_eq!(
            resolve(json, &places),
            "{\"subject\":{\"reference\":\"Patient/a\"}, \"x\":\"urn:uuid:b\",\"y\":36.50}"
        );
    }
}
