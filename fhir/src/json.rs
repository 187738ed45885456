//! Strict JSON as FHIR wants it, parsed once into a flat list of nodes that borrow the text.
//!
//! Why not a general JSON value: FHIR gives meaning to things that those throw away (the digits of
//! a decimal, a property that came twice, a NUL), and the whole of a 5,000-entry Bundle has to be
//! read without an allocation per string. The nodes stand in document order, so a subtree is a
//! contiguous run and skipping one is a single step.

mod parse;
mod value;
mod write;

#[cfg(test)]
mod tests;

pub use parse::{MAX_DEPTH, SyntaxError, SyntaxErrorKind};
pub use value::{Items, Kind, Members, Value};
pub use write::{push_minified, push_string};

/// One node: a value, or the name of the member whose value follows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// First byte in the text; for strings and names, the opening quote.
    pub(crate) start: u32,
    /// One past the last byte.
    pub(crate) end: u32,
    /// Index of the node after this subtree.
    pub(crate) next: u32,
}

/// A parsed text. Nodes refer to the text by offset; nothing is copied.
#[derive(Debug)]
pub struct Document<'a> {
    pub(crate) text: &'a str,
    pub(crate) nodes: Vec<Node>,
    duplicates: Vec<u32>,
}

impl<'a> Document<'a> {
    /// Parses `bytes` as one JSON value with nothing but white space around it.
    ///
    /// # Errors
    /// [`SyntaxError`] with the byte, line and column: not UTF-8, not JSON, nested deeper than
    /// [`MAX_DEPTH`], a lone surrogate, or a control character that FHIR strings may not hold.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, SyntaxError> {
        parse::parse(bytes)
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, index: 0 }
    }

    /// The text that was parsed.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Values whose property name had already been used in the same object.
    pub fn duplicates(&self) -> impl Iterator<Item = Value<'_>> {
        self.duplicates.iter().map(|&index| Value { document: self, index })
    }
}
