//! Cutting an Observation into template and holes.

use crate::cpr::names_somebody;
use crate::datetime::{parse_datetime, parse_instant};
use crate::json::{Kind, Value, push_minified};

use super::{MARK, META_END};

/// What may fill a hole; the letter stands in the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoleKind {
    /// A number.
    Number,
    /// A date or time in quotes.
    DateTime,
    /// A string.
    Text,
    /// A whole value, kept apart from the hot row.
    Subtree,
}

impl HoleKind {
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Number => 'n',
            Self::DateTime => 'd',
            Self::Text => 't',
            Self::Subtree => 'x',
        }
    }

    pub(crate) fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b'n' => Some(Self::Number),
            b'd' => Some(Self::DateTime),
            b't' => Some(Self::Text),
            b'x' => Some(Self::Subtree),
            _ => None,
        }
    }
}

/// One cut-out part.
#[derive(Debug, Clone, Copy)]
pub struct Hole<'d> {
    /// What it is.
    pub kind: HoleKind,
    /// Number: its digits. String: the text between the quotes, or its end. Subtree: see `value`.
    pub text: &'d str,
    /// The value that was cut out.
    pub value: Value<'d>,
    /// Whether it may say who somebody is.
    pub private: bool,
}

/// How much stays in the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Everything that does not look like it changes from reading to reading.
    Fine,
    /// Only what searches and scores look at (status, category, code, values). For senders whose
    /// resources differ in unforeseen places and would fill the table of templates.
    Coarse,
}

/// Reusable buffers for splitting.
#[derive(Debug, Default)]
pub struct Splitter {
    template: String,
    content: String,
}

/// The result of a split; borrows the [`Splitter`]'s buffers.
#[derive(Debug)]
pub struct Split<'s, 'd> {
    /// The template.
    pub template: &'s str,
    /// The holes in the order of the template.
    pub holes: Vec<Hole<'d>>,
    /// What the reading says, for fingerprint and comparison: values, components, absent-reasons
    /// and identifiers, minified, in a fixed order of members.
    pub content: &'s str,
    /// Whether the holes hold nothing that could make a valid template invalid.
    pub plain: bool,
}

impl Split<'_, '_> {
    /// Whether something in the holes may say who somebody is.
    pub fn is_private(&self) -> bool {
        self.holes.iter().any(|hole| hole.private)
    }
}

impl Splitter {
    /// Splits an Observation. Works on any object; what is not valid is for the validator to say.
    pub fn split<'s, 'd>(&'s mut self, resource: Value<'d>, detail: Detail) -> Split<'s, 'd> {
        self.template.clear();
        self.content.clear();
        let mut cut = Cut {
            out: &mut self.template,
            holes: Vec::with_capacity(12),
            plain: true,
            detail,
            top: "",
        };
        cut.resource(resource);
        let (holes, plain) = (cut.holes, cut.plain);
        push_content(&mut self.content, resource);
        Split { template: &self.template, holes, content: &self.content, plain }
    }
}

/// Appends the content that makes two readings of one moment the same reading. A reading without
/// a value of its own, such as a panel, is told apart by what it refers to and how it was made.
fn push_content(out: &mut String, resource: Value<'_>) {
    let bare = !resource
        .members()
        .any(|(name, _)| name.starts_with("value") || matches!(name, "component"));
    let mut parts: Vec<(&str, Value<'_>)> = resource
        .members()
        .filter(|(name, _)| {
            let name = name.strip_prefix('_').unwrap_or(name);
            name.starts_with("value")
                || matches!(name, "component" | "dataAbsentReason" | "identifier")
                || (bare
                    && matches!(
                        name,
                        "hasMember" | "derivedFrom" | "bodySite" | "method" | "note" | "extension"
                    ))
        })
        .collect();
    parts.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in parts {
        out.push_str(name);
        out.push(':');
        push_minified(out, value);
        out.push(';');
    }
}

struct Cut<'s, 'd> {
    out: &'s mut String,
    holes: Vec<Hole<'d>>,
    plain: bool,
    detail: Detail,
    /// The member of the resource that is being cut.
    top: &'d str,
}

impl<'d> Cut<'_, 'd> {
    fn resource(&mut self, resource: Value<'d>) {
        let mut first = true;
        for (name, value) in resource.get("meta").into_iter().flat_map(Value::members) {
            if !matches!(name, "versionId" | "lastUpdated") {
                self.member(name, &mut first, |cut| cut.inner("meta", name, value));
            }
        }
        self.out.push(META_END);
        let mut first = true;
        for (name, value) in resource.members() {
            match name {
                "resourceType" => self.plain &= value.raw_string() == Some("Observation"),
                "meta" => self.plain &= value.is_object(),
                "id" => self.plain &= value.raw_string().is_some_and(is_id),
                _ => self.member(name, &mut first, |cut| cut.top(name, value)),
            }
        }
    }

    fn member(&mut self, name: &str, first: &mut bool, write: impl FnOnce(&mut Self)) {
        if !*first {
            self.out.push(',');
        }
        *first = false;
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        write(self);
    }

    fn top(&mut self, name: &'d str, value: Value<'d>) {
        self.top = name;
        match name {
            "text" | "contained" | "note" => self.subtree(value),
            "status" | "category" | "code" => push_minified(self.out, value),
            "effectivePeriod" => {
                let moment =
                    |end| value.get(end).and_then(Value::raw_string).and_then(parse_datetime);
                let ordered = match (moment("start"), moment("end")) {
                    (Some(start), Some(end)) => start.range_utc().0 <= end.range_utc().0,
                    _ => false,
                };
                self.plain &= ordered;
                self.inner("", name, value);
            }
            _ if self.detail == Detail::Fine
                || name.starts_with("value")
                || name.starts_with("effective")
                || matches!(name, "subject" | "device" | "component" | "dataAbsentReason") =>
            {
                self.inner("", name, value);
            }
            _ => self.subtree(value),
        }
    }

    fn subtree(&mut self, value: Value<'d>) {
        self.plain = false;
        self.hole(HoleKind::Subtree, "", value, true);
    }

    fn hole(&mut self, kind: HoleKind, text: &'d str, value: Value<'d>, private: bool) {
        self.out.push(MARK);
        self.out.push(kind.letter());
        self.holes.push(Hole { kind, text, value, private });
    }

    fn inner(&mut self, parent: &str, name: &str, value: Value<'d>) {
        match value.kind() {
            Kind::Object => {
                if matches!(name, "coding" | "valueCoding" | "tag" | "security") {
                    push_minified(self.out, value);
                    return;
                }
                self.out.push('{');
                let mut first = true;
                for (inner, member) in value.members() {
                    self.member(inner, &mut first, |cut| cut.inner(name, inner, member));
                }
                self.out.push('}');
            }
            Kind::Array => {
                self.out.push('[');
                for (position, item) in value.items().enumerate() {
                    if position > 0 {
                        self.out.push(',');
                    }
                    self.inner(parent, name, item);
                }
                self.out.push(']');
            }
            Kind::Number => {
                // Quantity.value may be any number; integers and counts have rules of their own.
                // So may one that a double cannot hold.
                self.plain &=
                    name == "value" && value.raw().len() <= 18 && !value.raw().contains(['e', 'E']);
                self.hole(HoleKind::Number, value.raw(), value, false);
            }
            Kind::String | Kind::EscapedString => self.string(parent, name, value),
            Kind::Bool | Kind::Null | Kind::Name => self.out.push_str(value.raw()),
        }
    }

    fn string(&mut self, parent: &str, name: &str, value: Value<'d>) {
        let Some(text) = value.raw_string() else { return };
        let private = self.is_private(parent, name, text, value);
        match name {
            "effectiveDateTime" | "effectiveInstant" | "issued" | "start" | "end"
            | "valueDateTime" | "valueInstant" | "time" | "date" => {
                self.plain &= match name {
                    "effectiveDateTime" => text.len() >= 10 && parse_datetime(text).is_some(),
                    "effectiveInstant" | "issued" => parse_instant(text).is_some(),
                    // The ends of effectivePeriod were compared; other periods are for the validator.
                    "start" | "end" => parent == "effectivePeriod",
                    _ => false,
                };
                self.hole(HoleKind::DateTime, text, value, false);
            }
            "reference" => self.reference(text, value),
            "id" => {
                self.plain &= is_id(text);
                self.out.push('"');
                self.hole(HoleKind::Text, text, value, private);
                self.out.push('"');
            }
            "value" | "valueString" | "valueUri" | "valueUrl" | "valueId" | "valueUuid"
            | "data" | "display" | "source" => {
                self.plain &= name != "data"
                    && value.kind() == Kind::String
                    && !text.is_empty()
                    && text.len() <= 1 << 16
                    && !text.bytes().any(|byte| byte.is_ascii_whitespace() && byte != b' ')
                    && !text.starts_with(' ')
                    && !text.ends_with(' ');
                self.out.push('"');
                self.hole(HoleKind::Text, text, value, private);
                self.out.push('"');
            }
            "text" if parent != "code" && parent != "category" => {
                self.plain &= !text.trim().is_empty();
                self.out.push('"');
                self.hole(HoleKind::Text, text, value, private);
                self.out.push('"');
            }
            // A template is shared, and stands in clear.
            _ if private => {
                self.plain = false;
                self.out.push('"');
                self.hole(HoleKind::Text, text, value, private);
                self.out.push('"');
            }
            _ => self.out.push_str(value.raw()),
        }
    }

    /// Whether a string may say who somebody is: names, addresses, numbers to call, people's own
    /// words, and whatever holds a personal number.
    fn is_private(&self, parent: &str, name: &str, text: &str, value: Value<'_>) -> bool {
        let by_place = match name {
            "family" | "given" | "prefix" | "suffix" | "line" | "city" | "district"
            | "postalCode" => true,
            "display" => self.top != "device",
            "valueString" => matches!(self.top, "valueString" | "component"),
            "text" => {
                matches!(
                    parent,
                    "valueCodeableConcept" | "valueAddress" | "valueHumanName" | "valueAnnotation"
                )
            }
            "value" => {
                matches!(self.top, "subject" | "performer" | "focus")
                    || matches!(parent, "telecom" | "valueContactPoint")
            }
            // Samples, which are many and no words.
            "data" => return false,
            _ => false,
        };
        by_place
            || names_somebody(text)
            || (value.kind() == Kind::EscapedString
                && value.as_str().is_some_and(|text| names_somebody(&text)))
    }

    /// The type stays in the template, so that the check of the target type holds for all.
    fn reference(&mut self, text: &'d str, value: Value<'d>) {
        self.out.push('"');
        let cut = match text.split_once('/') {
            Some((kind, id))
                if is_id(id)
                    && kind.bytes().all(|byte| byte.is_ascii_alphabetic())
                    && kind.starts_with(|first: char| first.is_ascii_uppercase()) =>
            {
                self.out.push_str(kind);
                self.out.push('/');
                id
            }
            _ => {
                self.plain = false;
                text
            }
        };
        let private = self.is_private("", "reference", cut, value);
        self.hole(HoleKind::Text, cut, value, private);
        self.out.push('"');
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}
