//! From a way through the tree to line and column of a TOML file.

use std::fmt::Write;

use toml::de::{DeTable, DeValue};

/// One step of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn<'a> {
    Key(&'a str),
    Item(usize),
}

/// `who[1].is.any[0].age`.
pub(super) fn path(way: &[Turn<'_>]) -> String {
    let mut path = String::new();
    for turn in way {
        match turn {
            Turn::Key(key) if path.is_empty() => path.push_str(key),
            Turn::Key(key) => {
                path.push('.');
                path.push_str(key);
            }
            Turn::Item(index) => {
                // Writing to a string does not fail.
                let _ = write!(path, "[{index}]");
            }
        }
    }
    path
}

/// Where a way leads, as a byte of the text; as far as it can be followed.
pub(super) fn byte(document: &DeTable<'_>, way: &[Turn<'_>]) -> Option<usize> {
    let mut at = None;
    let mut tables = Some(document);
    let mut value: Option<&DeValue<'_>> = None;
    for turn in way {
        match turn {
            Turn::Key(key) => {
                let table = tables.or_else(|| value.and_then(DeValue::as_table));
                let found =
                    table.and_then(|table| table.iter().find(|(name, _)| name.get_ref() == key));
                let Some((name, found)) = found else { return at };
                at = Some(name.span().start);
                value = Some(found.get_ref());
            }
            Turn::Item(index) => {
                let found = value.and_then(DeValue::as_array).and_then(|items| items.get(*index));
                let Some(found) = found else { return at };
                at = Some(found.span().start);
                value = Some(found.get_ref());
            }
        }
        tables = None;
    }
    at
}

/// Line and column of a byte, from 1; columns count characters.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}
