//! Where we are, without an allocation until there is something to tell.

use std::fmt;

/// A FHIRPath as a chain of borrowed steps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'p> {
    Root(&'p str),
    Name(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub(super) fn name(&'p self, name: &'p str) -> Path<'p> {
        Path::Name(self, name)
    }

    pub(super) fn index(&'p self, index: usize) -> Path<'p> {
        Path::Index(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(root) => f.write_str(root),
            Self::Name(parent, name) => write!(f, "{parent}.{name}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Whether a property name may be repeated in an expression. Anything else could be free text that
/// somebody put on the wrong side of a colon.
pub(super) fn is_plain(name: &str) -> bool {
    let body = name.strip_prefix('_').unwrap_or(name);
    body.len() <= 64
        && body.starts_with(|first: char| first.is_ascii_alphabetic())
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
