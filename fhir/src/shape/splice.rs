//! Filling a template's holes again.

use super::pack::Unpacker;
use super::{Anchor, Corrupt, HoleKind, MARK, META_END};
use crate::datetime::push_datetime;
use crate::json::push_string;

/// What the server adds to a resource.
#[derive(Debug, Clone, Copy)]
pub struct Server<'a> {
    /// Logical id.
    pub id: &'a str,
    /// Version, from 1.
    pub version: u32,
    /// When this version was received, microseconds since 1970 UTC.
    pub updated_us: i64,
}

/// Appends the resource that was sent, with the server's `id`, `meta.versionId` and
/// `meta.lastUpdated`.
///
/// # Errors
/// [`Corrupt`] when holes and template do not belong together.
pub fn push_resource(
    out: &mut String,
    template: &str,
    holes: &[u8],
    extra: &[u8],
    anchor: Anchor<'_>,
    server: Server<'_>,
) -> Result<(), Corrupt> {
    let (meta, members) = template.split_once(META_END).ok_or(Corrupt("template has no meta"))?;
    let mut unpacker = Unpacker { holes, extra, anchor };
    out.push_str("{\"resourceType\":\"Observation\",\"id\":");
    push_string(out, server.id);
    out.push_str(",\"meta\":{\"versionId\":\"");
    out.push_str(&server.version.to_string());
    out.push_str("\",\"lastUpdated\":\"");
    push_datetime(out, server.updated_us, 0, true, 6);
    out.push('"');
    if !meta.is_empty() {
        out.push(',');
        splice(out, meta, |kind, out| unpacker.push_next(out, kind))?;
    }
    out.push('}');
    if !members.is_empty() {
        out.push(',');
        splice(out, members, |kind, out| unpacker.push_next(out, kind))?;
    }
    out.push('}');
    if !unpacker.holes.is_empty() || !unpacker.extra.is_empty() {
        return Err(Corrupt("more holes than the template has"));
    }
    Ok(())
}

/// The resource of a template with every number, time and text replaced by its own place among the
/// holes, for looking at a template with the ordinary means. Not a valid resource.
///
/// # Errors
/// [`Corrupt`] when the template is not one.
pub fn numbered(template: &str) -> Result<String, Corrupt> {
    let (meta, members) = template.split_once(META_END).ok_or(Corrupt("template has no meta"))?;
    let mut out = String::from("{\"meta\":{");
    let mut place = 0_usize;
    let mut fill = |kind: HoleKind, out: &mut String| {
        match kind {
            HoleKind::Number => out.push_str(&place.to_string()),
            HoleKind::DateTime => {
                out.push('"');
                out.push_str(&place.to_string());
                out.push('"');
            }
            HoleKind::Text => out.push_str(&place.to_string()),
            HoleKind::Subtree => out.push_str("null"),
        }
        place += 1;
        Ok(())
    };
    splice(&mut out, meta, &mut fill)?;
    out.push('}');
    if !members.is_empty() {
        out.push(',');
        splice(&mut out, members, &mut fill)?;
    }
    out.push('}');
    Ok(out)
}

/// The numbers among the holes: their places, as [`numbered`] counts them, and their digits.
///
/// # Errors
/// [`Corrupt`] when holes and template do not belong together.
pub fn numbers(
    template: &str,
    holes: &[u8],
    extra: &[u8],
    anchor: Anchor<'_>,
) -> Result<Vec<(usize, String)>, Corrupt> {
    let mut unpacker = Unpacker { holes, extra, anchor };
    let mut found = Vec::new();
    let mut place = 0;
    let mut scratch = String::new();
    splice(&mut scratch, template, |kind, out| {
        out.clear();
        unpacker.push_next(out, kind)?;
        if kind == HoleKind::Number {
            found.push((place, out.clone()));
        }
        place += 1;
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn splice(
    out: &mut String,
    template: &str,
    mut fill: impl FnMut(HoleKind, &mut String) -> Result<(), Corrupt>,
) -> Result<(), Corrupt> {
    let mut rest = template;
    while let Some(at) = memchr::memchr(MARK as u8, rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let kind = rest
            .as_bytes()
            .get(at + 1)
            .and_then(|&letter| HoleKind::from_letter(letter))
            .ok_or(Corrupt("unknown kind of hole"))?;
        fill(kind, out)?;
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    Ok(())
}
