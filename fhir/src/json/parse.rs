//! The parser: one pass, no recursion deeper than [`MAX_DEPTH`].

use std::fmt;

use super::{Document, Kind, Node};

/// Deepest nesting that is read. The deepest published R4 example nests 20 levels.
pub const MAX_DEPTH: u32 = 64;

/// Why a text is not JSON as FHIR allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// The bytes are not UTF-8.
    NotUtf8,
    /// A value, a comma, a colon or a bracket was expected.
    Expected(&'static str),
    /// The text ends in the middle of a value.
    UnexpectedEnd,
    /// Something follows the value.
    TrailingContent,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// Not a JSON number.
    BadNumber,
    /// An unknown escape in a string.
    BadEscape,
    /// Half of a UTF-16 surrogate pair.
    LoneSurrogate,
    /// A control character other than tab, line feed and carriage return, escaped or not.
    ControlCharacter,
    /// A property name with an escape in it; no FHIR name needs one.
    EscapedName,
    /// Larger than 4 GiB.
    TooLong,
}

impl fmt::Display for SyntaxErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("the text is not UTF-8"),
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::UnexpectedEnd => f.write_str("the text ends in the middle of a value"),
            Self::TrailingContent => f.write_str("content after the end of the value"),
            Self::TooDeep => write!(f, "nested deeper than {MAX_DEPTH} levels"),
            Self::BadNumber => f.write_str("not a JSON number"),
            Self::BadEscape => f.write_str("unknown escape in a string"),
            Self::LoneSurrogate => f.write_str("half of a surrogate pair in a string"),
            Self::ControlCharacter => f.write_str("control character in a string"),
            Self::EscapedName => f.write_str("escape in a property name"),
            Self::TooLong => f.write_str("larger than 4 GiB"),
        }
    }
}

/// A text that is not JSON, and where it stops being so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at line {line}, column {column}")]
pub struct SyntaxError {
    /// Why.
    pub kind: SyntaxErrorKind,
    /// Byte offset, from 0.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Byte within the line, from 1.
    pub column: usize,
}

impl SyntaxError {
    fn at(kind: SyntaxErrorKind, bytes: &[u8], offset: usize) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
        Self { kind, offset, line, column }
    }
}

pub(super) fn parse(bytes: &[u8]) -> Result<Document<'_>, SyntaxError> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(SyntaxError::at(SyntaxErrorKind::TooLong, bytes, 0));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|e| SyntaxError::at(SyntaxErrorKind::NotUtf8, bytes, e.valid_up_to()))?;
    let mut parser = Parser {
        bytes,
        at: 0,
        nodes: Vec::with_capacity(bytes.len() / 12 + 8),
        duplicates: Vec::new(),
    };
    let parsed = parser.document();
    match parsed {
        Ok(()) => Ok(Document { text, nodes: parser.nodes, duplicates: parser.duplicates }),
        Err(kind) => Err(SyntaxError::at(kind, bytes, parser.at)),
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    duplicates: Vec<u32>,
}

type Step = Result<(), SyntaxErrorKind>;

/// Bytes of a string that need no second look: everything but quote, backslash and controls.
const PLAIN: [bool; 256] = {
    let mut table = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = false;
        byte += 1;
    }
    table[b'"' as usize] = false;
    table[b'\\' as usize] = false;
    table
};

#[expect(clippy::cast_possible_truncation, reason = "the length was checked to fit 32 bits")]
impl Parser<'_> {
    fn document(&mut self) -> Step {
        self.skip_space();
        self.value(0)?;
        self.skip_space();
        if self.at < self.bytes.len() { Err(SyntaxErrorKind::TrailingContent) } else { Ok(()) }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn open(&mut self, kind: Kind) -> usize {
        let start = self.at as u32;
        self.nodes.push(Node { kind, start, end: start, next: 0 });
        self.nodes.len() - 1
    }

    fn close(&mut self, index: usize) {
        let next = self.nodes.len() as u32;
        let end = self.at as u32;
        if let Some(node) = self.nodes.get_mut(index) {
            node.end = end;
            node.next = next;
        }
    }

    fn value(&mut self, depth: u32) -> Step {
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => {
                let index = self.open(Kind::String);
                let escaped = self.string()?;
                if escaped && let Some(node) = self.nodes.get_mut(index) {
                    node.kind = Kind::EscapedString;
                }
                self.close(index);
                Ok(())
            }
            Some(b'-' | b'0'..=b'9') => {
                let index = self.open(Kind::Number);
                self.number()?;
                self.close(index);
                Ok(())
            }
            Some(b't') => self.word(b"true", Kind::Bool),
            Some(b'f') => self.word(b"false", Kind::Bool),
            Some(b'n') => self.word(b"null", Kind::Null),
            Some(_) => Err(SyntaxErrorKind::Expected("a value")),
            None => Err(SyntaxErrorKind::UnexpectedEnd),
        }
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Step {
        let index = self.open(kind);
        if self.bytes[self.at..].starts_with(word) {
            self.at += word.len();
            self.close(index);
            Ok(())
        } else {
            Err(SyntaxErrorKind::Expected("a value"))
        }
    }

    fn object(&mut self, depth: u32) -> Step {
        if depth >= MAX_DEPTH {
            return Err(SyntaxErrorKind::TooDeep);
        }
        let object = self.open(Kind::Object);
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.close(object);
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("a property name"));
            }
            let name = self.open(Kind::Name);
            if self.string()? {
                return Err(SyntaxErrorKind::EscapedName);
            }
            self.close(name);
            let duplicate = self.is_duplicate(object, name);
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.expected("a colon"));
            }
            self.at += 1;
            self.skip_space();
            if duplicate {
                self.duplicates.push(self.nodes.len() as u32);
            }
            self.value(depth + 1)?;
            self.skip_space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.skip_space();
                }
                Some(b'}') => {
                    self.at += 1;
                    self.close(object);
                    return Ok(());
                }
                _ => return Err(self.expected("a comma or a closing brace")),
            }
        }
    }

    fn array(&mut self, depth: u32) -> Step {
        if depth >= MAX_DEPTH {
            return Err(SyntaxErrorKind::TooDeep);
        }
        let array = self.open(Kind::Array);
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            self.close(array);
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            self.skip_space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.skip_space();
                }
                Some(b']') => {
                    self.at += 1;
                    self.close(array);
                    return Ok(());
                }
                _ => return Err(self.expected("a comma or a closing bracket")),
            }
        }
    }

    fn expected(&self, what: &'static str) -> SyntaxErrorKind {
        if self.at >= self.bytes.len() {
            SyntaxErrorKind::UnexpectedEnd
        } else {
            SyntaxErrorKind::Expected(what)
        }
    }

    /// Whether the name just read already stands in the object. Objects are small; the walk over
    /// a hostile one with very many members is cut short by counting it as a duplicate.
    fn is_duplicate(&self, object: usize, name: usize) -> bool {
        const MOST_MEMBERS: usize = 512;
        let (Some(new), mut index) = (self.nodes.get(name), object + 1) else { return false };
        let text = &self.bytes[new.start as usize..new.end as usize];
        let mut members = 0;
        while index < name {
            let Some(old) = self.nodes.get(index) else { return false };
            if &self.bytes[old.start as usize..old.end as usize] == text {
                return true;
            }
            members += 1;
            if members > MOST_MEMBERS {
                return true;
            }
            // The value follows its name; its `next` is the following name.
            index = self.nodes.get(index + 1).map_or(name, |value| value.next as usize);
        }
        false
    }

    /// Reads a string and tells whether it has escapes.
    fn string(&mut self) -> Result<bool, SyntaxErrorKind> {
        self.at += 1;
        let mut escaped = false;
        loop {
            while let Some(&byte) = self.bytes.get(self.at) {
                if !PLAIN[byte as usize] {
                    break;
                }
                self.at += 1;
            }
            match self.peek() {
                None => return Err(SyntaxErrorKind::UnexpectedEnd),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(SyntaxErrorKind::ControlCharacter),
            }
        }
    }

    fn escape(&mut self) -> Step {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'b' | b'f') => Err(SyntaxErrorKind::ControlCharacter),
            Some(b'u') => {
                let unit = self.hex4(self.at + 2)?;
                match unit {
                    0xD800..=0xDBFF => {
                        let low = match self.bytes.get(self.at + 6..self.at + 8) {
                            Some(b"\\u") => self.hex4(self.at + 8)?,
                            _ => return Err(SyntaxErrorKind::LoneSurrogate),
                        };
                        if !(0xDC00..=0xDFFF).contains(&low) {
                            return Err(SyntaxErrorKind::LoneSurrogate);
                        }
                        self.at += 12;
                        Ok(())
                    }
                    0xDC00..=0xDFFF => Err(SyntaxErrorKind::LoneSurrogate),
                    0x09 | 0x0A | 0x0D | 0x20.. => {
                        self.at += 6;
                        Ok(())
                    }
                    _ => Err(SyntaxErrorKind::ControlCharacter),
                }
            }
            Some(_) => Err(SyntaxErrorKind::BadEscape),
            None => Err(SyntaxErrorKind::UnexpectedEnd),
        }
    }

    fn hex4(&self, at: usize) -> Result<u16, SyntaxErrorKind> {
        let digits = self.bytes.get(at..at + 4).ok_or(SyntaxErrorKind::UnexpectedEnd)?;
        digits.iter().try_fold(0u16, |unit, &digit| {
            char::from(digit)
                .to_digit(16)
                .map(|value| unit << 4 | value as u16)
                .ok_or(SyntaxErrorKind::BadEscape)
        })
    }

    fn number(&mut self) -> Step {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(SyntaxErrorKind::BadNumber),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.some_digits()?;
        }
        match self.peek() {
            Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') | None => Ok(()),
            Some(_) => Err(SyntaxErrorKind::BadNumber),
        }
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Step {
        let before = self.at;
        self.digits();
        if self.at == before { Err(SyntaxErrorKind::BadNumber) } else { Ok(()) }
    }
}
