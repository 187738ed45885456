//! An Observation split into what stays the same and what changes.
//!
//! A device sends the same JSON around a changing time and number. The *template* is the minified
//! resource with its changing parts cut out; the *holes* are those parts, packed. Templates are
//! stored once per municipality, holes with every row, and splicing the two gives back what was
//! sent: member order, escapes and the digits of every decimal included. Only white space between
//! tokens, the client's own `id`, and `meta.versionId`/`meta.lastUpdated` are not kept.
//!
//! What was found valid about a template is valid for every Observation that has it, as long as
//! its holes are *plain* ([`Split::plain`]), so the full validator runs once per template and not
//! once per reading.

mod pack;
mod scan;
mod splice;
mod split;

#[cfg(test)]
mod tests;

pub use pack::{Anchor, Corrupt, Packed, pack};
pub use scan::{Filling, Time, kinds, scan};
pub use splice::{Server, numbered, numbers, push_resource};
pub use split::{Detail, Hole, HoleKind, Split, Splitter};

/// Stands in a template before the kind of a hole. No JSON text contains it.
pub(crate) const MARK: char = '\u{1}';
/// Separates the members of `meta` from those of the resource in a template.
pub(crate) const META_END: char = '\u{2}';

/// The 32-bit fingerprint of an Observation's content, as sealed into its identity. `attempt` is
/// 0 but for the one in 2³² case where two contents of the same citizen, code, moment and source
/// collide.
pub fn fingerprint(content: &str, attempt: u8) -> u32 {
    let hash = xxhash_rust::xxh3::xxh3_64_with_seed(content.as_bytes(), u64::from(attempt));
    (hash >> 32) as u32
}
