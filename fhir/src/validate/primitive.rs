//! The lexical rules of the primitive types (<http://hl7.org/fhir/R4/datatypes.html#primitive>).

use crate::datetime::{is_time, parse_date, parse_datetime, parse_instant};
use crate::issue::{IssueCode, Severity};
use crate::json::{Kind, Value};

/// Longest string: "Strings SHALL NOT exceed 1MB (1024*1024 characters) in size".
const MAX_STRING: usize = 1024 * 1024;

/// A primitive type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Primitive {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
    Xhtml,
}

const NAMES: [(Primitive, &str); 20] = [
    (Primitive::Base64Binary, "base64Binary"),
    (Primitive::Boolean, "boolean"),
    (Primitive::Canonical, "canonical"),
    (Primitive::Code, "code"),
    (Primitive::Date, "date"),
    (Primitive::DateTime, "dateTime"),
    (Primitive::Decimal, "decimal"),
    (Primitive::Id, "id"),
    (Primitive::Instant, "instant"),
    (Primitive::Integer, "integer"),
    (Primitive::Markdown, "markdown"),
    (Primitive::Oid, "oid"),
    (Primitive::PositiveInt, "positiveInt"),
    (Primitive::String, "string"),
    (Primitive::Time, "time"),
    (Primitive::UnsignedInt, "unsignedInt"),
    (Primitive::Uri, "uri"),
    (Primitive::Url, "url"),
    (Primitive::Uuid, "uuid"),
    (Primitive::Xhtml, "xhtml"),
];

/// What is wrong with a primitive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) severity: Severity,
    pub(super) code: IssueCode,
    pub(super) key: &'static str,
    pub(super) message: &'static str,
}

fn error(code: IssueCode, key: &'static str, message: &'static str) -> Fault {
    Fault { severity: Severity::Error, code, key, message }
}

fn bad(key: &'static str, message: &'static str) -> Fault {
    error(IssueCode::Value, key, message)
}

impl Primitive {
    /// The type of that name; unknown names are held to the rules of a string.
    pub(super) fn of(name: &str) -> Self {
        Self::named(name).unwrap_or(Self::String)
    }

    /// The type of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, listed)| *listed == name).map(|(primitive, _)| *primitive)
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(listed, _)| *listed == self).map_or("string", |(_, name)| name)
    }

    /// Whether a value of this type may be `#id`, a contained resource.
    pub(super) fn may_point(self) -> bool {
        matches!(self, Self::Canonical | Self::Uri | Self::Url)
    }

    /// Checks a value that is not null.
    pub(super) fn check(self, value: Value<'_>) -> Result<(), Fault> {
        let wrong = |message| Err(error(IssueCode::Structure, "wrong-json-type", message));
        match self {
            Self::Boolean if value.kind() == Kind::Bool => Ok(()),
            Self::Boolean => wrong("must be true or false, without quotes"),
            Self::Decimal | Self::Integer | Self::PositiveInt | Self::UnsignedInt => {
                value.number_text().map_or_else(
                    || wrong("must be a number, without quotes"),
                    |text| self.number(text),
                )
            }
            _ => value.as_str().map_or_else(|| wrong("must be a string"), |text| self.text(&text)),
        }
    }

    fn number(self, text: &str) -> Result<(), Fault> {
        // JSON's grammar for numbers is that of decimal; what is too large for a double is not data.
        let (fits, fault) = match self {
            Self::Integer => (
                is_digits(text.strip_prefix('-').unwrap_or(text)) && text.parse::<i32>().is_ok(),
                bad("bad-integer", "must be a whole number of 32 bits"),
            ),
            Self::PositiveInt => (
                is_digits(text) && text.parse::<i32>().is_ok_and(|number| number > 0),
                bad("bad-positive-int", "must be a whole number from 1 to 2147483647"),
            ),
            Self::UnsignedInt => (
                is_digits(text) && text.parse::<i32>().is_ok(),
                bad("bad-unsigned-int", "must be a whole number from 0 to 2147483647"),
            ),
            _ => (
                text.parse::<f64>().is_ok_and(f64::is_finite),
                bad("bad-decimal", "the number is too large"),
            ),
        };
        if fits { Ok(()) } else { Err(fault) }
    }

    fn text(self, text: &str) -> Result<(), Fault> {
        if text.is_empty() {
            return Err(bad("empty-string", "a string is never empty in FHIR: leave it out"));
        }
        let (fits, fault) = match self {
            Self::Id => (is_id(text), bad("bad-id", "must be 1 to 64 of A-Z a-z 0-9 - .")),
            Self::Code => {
                (is_code(text), bad("bad-code", "must not begin, end or double with white space"))
            }
            Self::Uri => (has_no_space(text), bad("bad-uri", "must not hold white space")),
            Self::Url => (has_no_space(text), bad("bad-url", "must not hold white space")),
            Self::Canonical => {
                (has_no_space(text), bad("bad-canonical", "must not hold white space"))
            }
            Self::Oid => (is_oid(text), bad("bad-oid", "must be urn:oid: and an OID")),
            Self::Uuid => {
                (is_uuid(text), bad("bad-uuid", "must be urn:uuid: and a UUID in lower case"))
            }
            Self::Base64Binary => {
                (is_base64(text), bad("bad-base64", "must be base64 with padding"))
            }
            Self::Date => (
                parse_date(text).is_some(),
                bad("bad-date", "must be YYYY, YYYY-MM or YYYY-MM-DD and in the calendar"),
            ),
            Self::DateTime => (
                parse_datetime(text).is_some(),
                bad(
                    "bad-datetime",
                    "must be a date, or a date and time with seconds and time zone, in the calendar",
                ),
            ),
            Self::Instant => (
                parse_instant(text).is_some(),
                bad("bad-instant", "must be a date and time with seconds and time zone"),
            ),
            Self::Time => (is_time(text), bad("bad-time", "must be hh:mm:ss without time zone")),
            Self::Xhtml => (
                is_narrative(text),
                error(
                    IssueCode::Invariant,
                    "txt-1",
                    "must be one <div> of XHTML without active content",
                ),
            ),
            _ => return plain(text),
        };
        if fits { Ok(()) } else { Err(fault) }
    }
}

/// string and markdown.
fn plain(text: &str) -> Result<(), Fault> {
    if text.len() > MAX_STRING && text.chars().nth(MAX_STRING).is_some() {
        return Err(error(
            IssueCode::TooLong,
            "too-long",
            "a string holds at most 1048576 characters",
        ));
    }
    if text.starts_with(char::is_whitespace) && text.trim_start().is_empty() {
        return Err(Fault {
            severity: Severity::Warning,
            ..bad("blank-string", "a string should hold more than white space")
        });
    }
    Ok(())
}

/// Digits without a leading zero.
fn is_digits(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'))
}

/// A FHIR id, also at the end of a reference.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

fn is_code(text: &str) -> bool {
    text.split(char::is_whitespace).all(|word| !word.is_empty())
}

fn has_no_space(text: &str) -> bool {
    if text.is_ascii() {
        !text.bytes().any(|byte| byte.is_ascii_whitespace())
    } else {
        !text.contains(char::is_whitespace)
    }
}

fn is_oid(text: &str) -> bool {
    let Some(oid) = text.strip_prefix("urn:oid:") else { return false };
    let mut arcs = oid.split('.');
    arcs.next().is_some_and(|first| matches!(first, "0" | "1" | "2"))
        && oid.contains('.')
        && arcs.all(is_digits)
}

fn is_uuid(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else { return false };
    uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Groups of four characters, padding only at the end, white space anywhere.
fn is_base64(text: &str) -> bool {
    let (mut characters, mut padding) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {}
            b' ' | b'\n' | b'\r' | b'\t' => continue,
            _ => return false,
        }
        characters += 1;
    }
    characters > 0 && characters.is_multiple_of(4) && padding <= 2
}

/// A rough reading of the `htmlChecks()` of txt-1 and txt-2: enough that nothing active is stored.
fn is_narrative(text: &str) -> bool {
    let text = text.trim();
    let Some(inside) = text.strip_prefix("<div").and_then(|rest| rest.strip_suffix("</div>"))
    else {
        return false;
    };
    let Some((attributes, content)) = inside.split_once('>') else { return false };
    let said = content.contains("<img") || !without_tags(content).trim().is_empty();
    said && (attributes.is_empty() || attributes.starts_with(char::is_whitespace))
        && !is_active(inside)
}

fn without_tags(html: &str) -> String {
    html.split('<').map(|part| part.rsplit('>').next().unwrap_or_default()).collect()
}

/// Scripts, frames, forms, objects, event attributes and `javascript:` links.
fn is_active(html: &str) -> bool {
    const TAGS: &[&str] = &[
        "script", "iframe", "frame", "object", "embed", "form", "input", "button", "link", "meta",
        "base", "applet", "svg", "math", "style",
    ];
    let tags = html.split('<').skip(1).chain(html.split_once('>').map(|(first, _)| first));
    tags.map(|tag| tag.split('>').next().unwrap_or_default().to_ascii_lowercase()).any(|tag| {
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let event = tag
            .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/'))
            .filter_map(|word| word.split_once('='))
            .any(|(attribute, _)| attribute.starts_with("on"));
        TAGS.contains(&name) || event || tag.contains("javascript:")
    })
}
