//! Looking at some of a row's holes without making the resource again.

use super::pack::Unpacker;
use super::splice::splice;
use super::{Anchor, Corrupt, HoleKind};
use crate::datetime::{DateTime, parse_datetime};

/// What fills a hole, as far as it can be looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filling<'a> {
    /// The digits of a number.
    Number(&'a str),
    /// A time; `None` if it is not one.
    Time(Option<Time>),
    /// The text between the quotes, escapes as sent.
    Text(&'a str),
}

/// A moment with what was said of the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// With date, time and offset.
    Instant {
        /// Microseconds since 1970 UTC.
        utc_us: i64,
        /// Minutes east of UTC.
        offset_minutes: i16,
        /// Whether the offset was written as `Z`.
        zulu: bool,
    },
    /// Anything else that is a date.
    Date(DateTime),
}

/// The kinds of a template's holes, in order.
///
/// # Errors
/// [`Corrupt`] when the template is not one.
pub fn kinds(template: &str) -> Result<Vec<HoleKind>, Corrupt> {
    let mut kinds = Vec::new();
    splice(&mut String::new(), template, |kind, out| {
        out.clear();
        kinds.push(kind);
        Ok(())
    })?;
    Ok(kinds)
}

/// Walks through the holes of a row whose template has these [`kinds`]; `scratch` is a buffer.
///
/// # Errors
/// [`Corrupt`] when holes and kinds do not belong together.
pub fn scan(
    kinds: &[HoleKind],
    holes: &[u8],
    extra: &[u8],
    anchor: Anchor<'_>,
    scratch: &mut String,
    mut found: impl FnMut(usize, Filling<'_>),
) -> Result<(), Corrupt> {
    let mut unpacker = Unpacker { holes, extra, anchor };
    for (place, kind) in kinds.iter().enumerate() {
        scratch.clear();
        match kind {
            HoleKind::Number => {
                unpacker.push_next(scratch, HoleKind::Number)?;
                found(place, Filling::Number(scratch));
            }
            HoleKind::Text => {
                unpacker.push_next(scratch, HoleKind::Text)?;
                found(place, Filling::Text(scratch));
            }
            HoleKind::DateTime => {
                let time = match unpacker.next_instant()? {
                    Some((utc_us, offset_minutes, zulu)) => {
                        Some(Time::Instant { utc_us, offset_minutes, zulu })
                    }
                    None => {
                        unpacker.push_text(scratch)?;
                        parse_datetime(scratch).map(Time::Date)
                    }
                };
                found(place, Filling::Time(time));
            }
            HoleKind::Subtree => {
                unpacker.next_extra()?;
            }
        }
    }
    if !unpacker.holes.is_empty() || !unpacker.extra.is_empty() {
        return Err(Corrupt("more holes than the template has"));
    }
    Ok(())
}
