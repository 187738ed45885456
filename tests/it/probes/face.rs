//! What an answer tells, without what only repeats the question.

use std::collections::BTreeSet;

use crate::world::Answer;

/// Headers that count requests, or how long an id is.
const PASSING: [&str; 5] =
    ["x-request-id", "ratelimit", "ratelimit-policy", "content-length", "date"];

/// Status, headers and body, with the id that was asked about taken out, and the ids that the
/// server has just made.
pub(super) fn face(answer: &Answer, asked: &[String], own: &BTreeSet<String>) -> String {
    let mut told = format!("{}\n", answer.status.as_u16());
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !PASSING.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap_or("?")))
        .collect();
    headers.sort();
    told.extend(headers);
    // The question comes back, and so do the readings that were sent before it.
    let mut text = answer.text.clone();
    for start in
        ["\"requestId\":\"", "\"relation\":\"self\",\"url\":\"", "\"effectiveDateTime\":\""]
    {
        text = cut(&text, start, |byte| byte != b'"');
    }
    // Tokens of forms are masked anew each time.
    text = cut(&text, "name=\"csrf\" value=\"", |byte| byte != b'"');
    // Pages tell the number of the request too, and where to go on after signing in.
    text = cut(&text, ": <code>", |byte| byte != b'<');
    told = cut(&told, "/auth/login?return=", |byte| byte != b'\n');
    // Of an export that was begun.
    told = cut(&told, "/$export-status/", |byte| byte != b'\n');
    told.push_str(&text);
    let mut told = without(&told, asked);
    for id in made(&told, own) {
        told = told.replace(&id, "[new]");
    }
    told
}

/// The text with what was asked about taken out, also as it stands in addresses.
pub(super) fn without(text: &str, asked: &[String]) -> String {
    let mut text =
        cut(text, "_page=", |byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    for word in asked.iter().filter(|word| !word.is_empty()) {
        text = text.replace(word.as_str(), "[asked]");
    }
    text
}

/// Whether a word is in a text, or, if it is an id, what has it. Who has got hold of an id can have
/// written it into something of one's own, which says nothing of what it is the id of.
pub(super) fn tells(text: &str, word: &str) -> bool {
    let is_id = word.len() > 20 || word.contains("pt-zw");
    if !is_id {
        return text.contains(word);
    }
    let places = [
        format!("\"id\":\"{word}\""),
        format!("\"alert\":\"{word}\""),
        format!("/{word}\",\"resource\""),
        format!("/{word}/_history"),
        // On pages.
        format!("=\"/citizens/{word}"),
        format!("=\"/alerts/{word}"),
        format!("id=\"alert-{word}"),
        format!("data-id=\"{word}"),
    ];
    places.iter().any(|place| text.contains(place))
}

/// Replaces what follows each `start`.
fn cut(text: &str, start: &str, part: impl Fn(u8) -> bool) -> String {
    let mut pieces = text.split(start);
    let mut out = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        let end = piece.bytes().position(|byte| !part(byte)).unwrap_or(piece.len());
        out.push_str(start);
        out.push_str("[…]");
        out.push_str(&piece[end..]);
    }
    out
}

/// The ids that the server has made for what it was sent.
fn made(text: &str, own: &BTreeSet<String>) -> BTreeSet<String> {
    let before = text
        .split("/_history/")
        .filter_map(|piece| piece.rsplit('/').next())
        .filter(|_| text.contains("/_history/"));
    let named = text.split("\"id\":\"").skip(1).filter_map(|piece| piece.split('"').next());
    let long = |id: &&str| id.len() > 20 && id.bytes().all(|byte| byte.is_ascii_graphic());
    before.chain(named).filter(long).map(str::to_owned).filter(|id| !own.contains(id)).collect()
}
