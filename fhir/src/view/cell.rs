//! Rows, and how they are written.

use std::borrow::Cow;

use super::definition::View;
use super::path::item::Item;
use crate::json::{Value, push_minified, push_string};

/// A row: a cell for each column of the view.
pub type Row<'d> = Vec<Cell<'d>>;

/// What stands in a column.
#[derive(Debug, Clone)]
pub enum Cell<'d> {
    /// Nothing.
    Null,
    /// One value.
    One(Scalar<'d>),
    /// The values of a column that is a collection.
    Many(Vec<Scalar<'d>>),
}

/// A value of a cell.
#[derive(Debug, Clone)]
pub enum Scalar<'d> {
    /// As it stands in the resource.
    Stored(Value<'d>),
    /// Text that was computed.
    Text(Cow<'d, str>),
    /// A number, true or false, as JSON.
    Plain(String),
}

impl<'d> Scalar<'d> {
    /// Nothing of a primitive without a value.
    pub(super) fn of(item: Item<'d>) -> Option<Self> {
        Some(match item {
            Item::Node(node) => Self::Stored(node.value?),
            Item::Text(text) | Item::Moment(text) => Self::Text(text),
            Item::Number(number) => Self::Plain(number.to_string()),
            Item::Bool(value) => Self::Plain(value.to_string()),
        })
    }

    /// Whether it is `true`.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Stored(value) => value.as_bool() == Some(true),
            Self::Plain(text) => text == "true",
            Self::Text(_) => false,
        }
    }

    fn push_json(&self, out: &mut String) {
        match self {
            Self::Stored(value) => push_minified(out, *value),
            Self::Text(text) => push_string(out, text),
            Self::Plain(text) => out.push_str(text),
        }
    }
}

impl Cell<'_> {
    fn push_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::One(scalar) => scalar.push_json(out),
            Self::Many(scalars) => {
                out.push('[');
                for (place, scalar) in scalars.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    scalar.push_json(out);
                }
                out.push(']');
            }
        }
    }

    fn push_csv(&self, out: &mut String) {
        match self {
            Self::Null => {}
            Self::One(Scalar::Text(text)) => push_field(out, text),
            Self::One(Scalar::Stored(value)) if value.is_string() => {
                push_field(out, &value.as_str().unwrap_or_default());
            }
            // Lists and objects are JSON inside a field.
            other => {
                let mut json = String::new();
                other.push_json(&mut json);
                push_field(out, &json);
            }
        }
    }
}

/// A field (RFC 4180): an empty text has quotes, to tell it from nothing.
fn push_field(out: &mut String, text: &str) {
    if !text.is_empty() && !text.contains(['"', ',', '\r', '\n']) {
        out.push_str(text);
        return;
    }
    out.push('"');
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

impl View {
    /// Appends a row as a JSON object, without the end of a line.
    pub fn push_json(&self, row: &[Cell<'_>], out: &mut String) {
        for (place, (name, cell)) in self.columns().zip(row).enumerate() {
            out.push(if place == 0 { '{' } else { ',' });
            push_string(out, name);
            out.push(':');
            cell.push_json(out);
        }
        out.push('}');
    }

    /// Appends a row as a line of CSV (RFC 4180), with its end.
    pub fn push_csv(&self, row: &[Cell<'_>], out: &mut String) {
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            cell.push_csv(out);
        }
        out.push_str("\r\n");
    }

    /// Appends the names of the columns as a line of CSV, with its end.
    pub fn push_header(&self, out: &mut String) {
        out.push_str(&self.columns().collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
}
