//! Reading a parsed document.

use std::borrow::Cow;

use super::{Document, Node};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// A string without escapes.
    String,
    /// A string with at least one escape.
    EscapedString,
    /// A number; its digits are [`Value::raw`].
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`
    Null,
    /// The name of a member; never the kind of a [`Value`].
    Name,
}

/// A value in a [`Document`]. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Value<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) index: u32,
}

impl<'d> Value<'d> {
    fn node(self) -> Node {
        self.document.nodes[self.index as usize]
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Whether it is a string, escaped or not.
    pub fn is_string(self) -> bool {
        matches!(self.kind(), Kind::String | Kind::EscapedString)
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.kind() == Kind::Array
    }

    /// The text of the value as it was sent, white space inside and quotes included.
    pub fn raw(self) -> &'d str {
        let node = self.node();
        &self.document.text[node.start as usize..node.end as usize]
    }

    /// Byte offset of the value in the text.
    pub fn offset(self) -> usize {
        self.node().start as usize
    }

    /// The characters between the quotes as they were sent, escapes not resolved.
    pub fn raw_string(self) -> Option<&'d str> {
        self.is_string().then(|| {
            let raw = self.raw();
            &raw[1..raw.len() - 1]
        })
    }

    /// The string with escapes resolved.
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        match self.kind() {
            Kind::String => self.raw_string().map(Cow::Borrowed),
            Kind::EscapedString => self.raw_string().map(|raw| Cow::Owned(unescape(raw))),
            _ => None,
        }
    }

    /// The digits of a number, as sent.
    pub fn number_text(self) -> Option<&'d str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// A number as the nearest double.
    pub fn as_f64(self) -> Option<f64> {
        self.number_text().and_then(|text| text.parse().ok())
    }

    /// A number without fraction or exponent that fits 64 bits.
    pub fn as_i64(self) -> Option<i64> {
        self.number_text().and_then(|text| text.parse().ok())
    }

    /// `true` or `false`.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// The members of an object in the order sent; nothing for other kinds.
    pub fn members(self) -> Members<'d> {
        let node = self.node();
        let (at, end) =
            if node.kind == Kind::Object { (self.index + 1, node.next) } else { (0, 0) };
        Members { document: self.document, at, end }
    }

    /// The items of an array; nothing for other kinds.
    pub fn items(self) -> Items<'d> {
        let node = self.node();
        let (at, end) = if node.kind == Kind::Array { (self.index + 1, node.next) } else { (0, 0) };
        Items { document: self.document, at, end }
    }

    /// The first member of that name.
    pub fn get(self, name: &str) -> Option<Value<'d>> {
        self.members().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The member at the end of a path of names.
    pub fn at(self, path: &[&str]) -> Option<Value<'d>> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// A member that is a string, with escapes resolved.
    pub fn str_at(self, name: &str) -> Option<Cow<'d, str>> {
        self.get(name).and_then(Value::as_str)
    }

    /// The items of an array member; nothing when it is missing.
    pub fn each(self, name: &str) -> Items<'d> {
        self.get(name).map_or(Items { document: self.document, at: 0, end: 0 }, Value::items)
    }

    /// Whether both are the same node of the same document.
    pub fn is(self, other: Value<'_>) -> bool {
        self.index == other.index
            && std::ptr::eq(
                std::ptr::from_ref(self.document).cast::<()>(),
                std::ptr::from_ref(other.document).cast(),
            )
    }

    /// Whether `other` lies within this value (or is it).
    pub fn contains(self, other: Value<'_>) -> bool {
        (self.index..self.node().next).contains(&other.index)
    }
}

/// Iterator over the members of an object.
#[derive(Debug, Clone)]
pub struct Members<'d> {
    document: &'d Document<'d>,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Members<'d> {
    type Item = (&'d str, Value<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let name = self.document.nodes[self.at as usize];
        let value = Value { document: self.document, index: self.at + 1 };
        self.at = value.node().next;
        Some((&self.document.text[name.start as usize + 1..name.end as usize - 1], value))
    }
}

/// Iterator over the items of an array.
#[derive(Debug, Clone)]
pub struct Items<'d> {
    document: &'d Document<'d>,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Items<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let value = Value { document: self.document, index: self.at };
        self.at = value.node().next;
        Some(value)
    }
}

/// Resolves the escapes of a string that the parser has accepted.
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (character, length) = match rest.as_bytes().get(at + 1) {
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(b'u') => unicode(&rest[at..]),
            Some(&other) => (char::from(other), 2),
            None => (char::REPLACEMENT_CHARACTER, 1),
        };
        text.push(character);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    text
}

fn unicode(escape: &str) -> (char, usize) {
    let unit = |at: usize| {
        escape.get(at..at + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0)
    };
    let high = unit(2);
    if (0xD800..0xDC00).contains(&high) {
        let code = 0x10000 + ((high - 0xD800) << 10) + unit(8).saturating_sub(0xDC00);
        (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
    } else {
        (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
    }
}
