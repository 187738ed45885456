//! What expressions come to: parts of a resource, or values that were computed.

use std::borrow::Cow;

use super::decimal::Decimal;
use super::eval::Fault;
use crate::json::{Kind as Json, Value};
use crate::validate::elements::{Kind, is_type};

/// One item of a collection.
#[derive(Debug, Clone)]
pub(in crate::view) enum Item<'d> {
    Node(Node<'d>),
    Text(Cow<'d, str>),
    Number(Decimal),
    Bool(bool),
    /// A date, dateTime or time.
    Moment(Cow<'d, str>),
}

/// An element of a resource.
#[derive(Debug, Clone, Copy)]
pub(in crate::view) struct Node<'d> {
    /// `None` for a primitive that has only an id or extensions.
    pub(in crate::view) value: Option<Value<'d>>,
    /// What stands under the name with an underscore.
    shadow: Option<Value<'d>>,
    /// `None` for what the element table does not describe.
    pub(in crate::view) kind: Option<Kind>,
}

/// An item as it is compared.
#[derive(Debug)]
pub(in crate::view) enum Atom<'i> {
    Text(Cow<'i, str>),
    Number(Decimal),
    Bool(bool),
    Moment(Cow<'i, str>),
    Object,
}

impl<'d> Node<'d> {
    /// A resource.
    pub(in crate::view) fn resource(value: Value<'d>) -> Self {
        Self::new(Some(value), None, None)
    }

    fn new(value: Option<Value<'d>>, shadow: Option<Value<'d>>, kind: Option<Kind>) -> Self {
        let open = kind.is_none_or(|kind| kind.name() == "Resource");
        let named = value.filter(|_| open).and_then(|value| value.str_at("resourceType"));
        Self { value, shadow, kind: named.map_or(kind, |name| Kind::named(&name)) }
    }

    /// The type of a resource.
    pub(in crate::view) fn resource_type(self) -> Option<Cow<'d, str>> {
        self.value?.str_at("resourceType")
    }

    /// Appends the elements of that name; of a choice, whichever is there.
    pub(in crate::view) fn push_member(self, name: &str, out: &mut Vec<Item<'d>>) {
        let Some(object) = self.value.filter(|value| value.is_object()) else {
            // The id and the extensions of a primitive.
            if let Some(shadow) = self.shadow {
                push(shadow, name, Kind::named("Element").and_then(|it| it.property(name)), out);
            }
            return;
        };
        let before = out.len();
        push(object, name, self.kind.and_then(|kind| kind.property(name)), out);
        if out.len() > before {
            return;
        }
        match self.kind {
            Some(kind) => {
                for (property, kind) in kind.choices(name) {
                    push(object, property, Some(kind), out);
                }
            }
            None => {
                for (property, _) in object.members() {
                    if let Some(kind) = property.strip_prefix(name).and_then(type_of_choice) {
                        push(object, property, Kind::named(&kind), out);
                    }
                }
            }
        }
        if out.len() == before && self.resource_type().as_deref() == Some(name) {
            out.push(Item::Node(self));
        }
    }

    /// Whether it is of that type.
    fn is(self, name: &str) -> bool {
        if let Some(kind) = self.kind {
            return kind.is(name);
        }
        let Some(value) = self.value else { return false };
        let primitive = Kind::named(name).is_some_and(Kind::is_primitive);
        match value.kind() {
            Json::Bool => name == "boolean",
            Json::Number if value.as_i64().is_some() => {
                matches!(name, "integer" | "positiveInt" | "unsignedInt" | "decimal")
            }
            Json::Number => name == "decimal",
            Json::Object => self.resource_type().as_deref() == Some(name),
            _ => primitive && !matches!(name, "boolean" | "integer" | "decimal"),
        }
    }
}

/// `Quantity` or `dateTime` behind the name of a choice, if a type is what stands there.
fn type_of_choice(rest: &str) -> Option<Cow<'_, str>> {
    let first = rest.chars().next().filter(char::is_ascii_uppercase)?;
    if is_type(rest) {
        return Some(Cow::Borrowed(rest));
    }
    let lower = format!("{}{}", first.to_ascii_lowercase(), &rest[1..]);
    is_type(&lower).then_some(Cow::Owned(lower))
}

/// Appends the items of a property, each with what stands under its name with an underscore.
fn push<'d>(object: Value<'d>, property: &str, kind: Option<Kind>, out: &mut Vec<Item<'d>>) {
    let value = object.get(property);
    let is_simple = value.is_none_or(|value| !value.is_object());
    let shadow = if is_simple { object.get(&format!("_{property}")) } else { None };
    let there = |value: &Value<'d>| value.kind() != Json::Null;
    if value.is_some_and(Value::is_array) || shadow.is_some_and(Value::is_array) {
        let mut values = value.into_iter().flat_map(Value::items);
        let mut shadows = shadow.into_iter().flat_map(Value::items);
        loop {
            let (value, shadow) = (values.next(), shadows.next());
            if value.is_none() && shadow.is_none() {
                return;
            }
            let (value, shadow) = (value.filter(there), shadow.filter(there));
            if value.is_some() || shadow.is_some() {
                out.push(Item::Node(Node::new(value, shadow, kind)));
            }
        }
    }
    let (value, shadow) = (value.filter(there), shadow.filter(there));
    if value.is_some() || shadow.is_some() {
        out.push(Item::Node(Node::new(value, shadow, kind)));
    }
}

impl<'d> Item<'d> {
    /// What is compared of it; nothing where a primitive has no value.
    pub(in crate::view) fn atom(&self) -> Result<Option<Atom<'_>>, Fault> {
        Ok(Some(match self {
            Self::Text(text) => Atom::Text(Cow::Borrowed(text)),
            Self::Number(number) => Atom::Number(*number),
            Self::Bool(value) => Atom::Bool(*value),
            Self::Moment(text) => Atom::Moment(Cow::Borrowed(text)),
            Self::Node(node) => {
                let Some(value) = node.value else { return Ok(None) };
                match value.kind() {
                    Json::Bool => Atom::Bool(value.raw() == "true"),
                    Json::Number => Atom::Number(Decimal::parse(value.raw()).ok_or(Fault::RANGE)?),
                    Json::String | Json::EscapedString => {
                        let text = value.as_str().unwrap_or_default();
                        match node.kind.map(Kind::name) {
                            Some("date" | "dateTime" | "instant" | "time") => Atom::Moment(text),
                            _ => Atom::Text(text),
                        }
                    }
                    _ => Atom::Object,
                }
            }
        }))
    }

    /// Whether it is of that type.
    pub(in crate::view) fn is(&self, name: &str) -> bool {
        match self {
            Self::Node(node) => node.is(name),
            Self::Text(_) => name == "string",
            Self::Number(number) => {
                name == if number.as_index().is_some() { "integer" } else { "decimal" }
            }
            Self::Bool(_) => name == "boolean",
            Self::Moment(text) if text.contains('T') => name == "dateTime",
            Self::Moment(text) if text.contains(':') => name == "time",
            Self::Moment(_) => name == "date",
        }
    }

    /// The same without a tie to what it was read from, for constants.
    pub(in crate::view) fn borrowed(&'d self) -> Self {
        match self {
            Self::Text(text) => Self::Text(Cow::Borrowed(text)),
            Self::Moment(text) => Self::Moment(Cow::Borrowed(text)),
            other => other.clone(),
        }
    }
}
