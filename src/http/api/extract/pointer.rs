//! JSON pointers (RFC 6901).

use std::fmt::Write;

use pulsvagt_fhir::Value;
use serde_path_to_error::{Path, Segment};

fn push(out: &mut String, name: &str) {
    out.push('/');
    for character in name.chars() {
        match character {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            other => out.push(other),
        }
    }
}

/// The pointer to where a value could not be understood.
pub(super) fn of_path(path: &Path) -> String {
    let mut out = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                let _ = write!(out, "/{index}");
            }
            Segment::Map { key } => push(&mut out, key),
            Segment::Enum { variant } => push(&mut out, variant),
            Segment::Unknown => {}
        }
    }
    out
}

/// The pointer to a value below `root`.
pub(super) fn of_value(root: Value<'_>, value: Value<'_>) -> String {
    let mut out = String::new();
    let mut here = root;
    while !here.is(value) {
        if let Some((name, child)) = here.members().find(|(_, child)| child.contains(value)) {
            push(&mut out, name);
            here = child;
        } else if let Some((index, child)) =
            here.items().enumerate().find(|(_, child)| child.contains(value))
        {
            let _ = write!(out, "/{index}");
            here = child;
        } else {
            break;
        }
    }
    out
}
