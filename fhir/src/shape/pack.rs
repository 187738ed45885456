//! Packing holes into few bytes.
//!
//! Numbers take half a byte per character; a time is its distance from the effective time; the
//! citizen's and the device's ids, which the row holds anyway, and UUIDs have marks of their own.
//! Long strings and whole subtrees go to `extra`, so that the hot row stays small. The format is
//! stored: a change of meaning needs a new mark, never a new meaning for an old one.

use crate::datetime::{parse_instant, push_datetime};
use crate::json::push_minified;

use super::{Hole, HoleKind};

/// What the row holds besides the holes, and holes may refer to.
#[derive(Debug, Clone, Copy)]
pub struct Anchor<'a> {
    /// Effective time, microseconds since 1970 UTC.
    pub effective_us: i64,
    /// Logical id of the citizen.
    pub citizen: &'a str,
    /// Logical id of the device, or empty.
    pub device: &'a str,
}

/// Packed holes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Packed {
    /// What is small.
    pub holes: Vec<u8>,
    /// What is large, and what may say who somebody is. Never begins with a zero byte.
    pub extra: Vec<u8>,
    /// Whether something in `extra` may say who somebody is.
    pub private: bool,
}

/// A stored row that cannot be unpacked. Names what, never the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stored observation is damaged: {0}")]
pub struct Corrupt(pub(crate) &'static str);

const INLINE_MAX: usize = 64;
const UUID_LOWER: u8 = 200;
const UUID_UPPER: u8 = 201;
const IN_EXTRA: u8 = 202;
const CITIZEN: u8 = 203;
const DEVICE: u8 = 204;

const DATE_PACKED: u8 = 0x80;
const DATE_ZULU: u8 = 0x40;
const DATE_SECONDS: u8 = 0x01;

/// Packs the holes of one Observation.
pub fn pack(holes: &[Hole<'_>], anchor: Anchor<'_>) -> Packed {
    let mut packed = Packed { holes: Vec::with_capacity(32), extra: Vec::new(), private: false };
    for hole in holes {
        packed.private |= hole.private;
        match hole.kind {
            HoleKind::Number => push_number(&mut packed.holes, hole.text),
            HoleKind::DateTime => push_date(&mut packed, hole.text, anchor),
            HoleKind::Text if hole.private && !hole.text.is_empty() => {
                push_extra(&mut packed, hole.text);
            }
            HoleKind::Text => push_text(&mut packed, hole.text, anchor),
            HoleKind::Subtree => {
                let mut json = String::new();
                push_minified(&mut json, hole.value);
                push_varint(&mut packed.extra, json.len() as u64);
                packed.extra.extend_from_slice(json.as_bytes());
            }
        }
    }
    packed
}

const NUMBER_END: u8 = 15;
const NUMBER_CHARACTERS: &[u8; 15] = b"0123456789.-e+E";

fn push_number(out: &mut Vec<u8>, text: &str) {
    let nibble = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        b'.' => 10,
        b'-' => 11,
        b'e' => 12,
        b'+' => 13,
        _ => 14,
    };
    let mut nibbles = text.bytes().map(nibble).chain(std::iter::once(NUMBER_END));
    while let Some(high) = nibbles.next() {
        out.push(high << 4 | nibbles.next().unwrap_or(NUMBER_END));
    }
}

fn push_date(packed: &mut Packed, text: &str, anchor: Anchor<'_>) {
    if let Some(date) = parse_instant(text) {
        let fraction = match date.precision {
            crate::datetime::Precision::Fraction(digits) => digits,
            _ => 0,
        };
        let offset = date.offset_minutes.unwrap_or(0);
        let utc_us = date.wall_us - i64::from(offset) * 60_000_000;
        let quarters = i8::try_from(offset / 15);
        let leap_second = text.as_bytes().get(17..19) == Some(b"60");
        // What would not come back to the letter is kept as text.
        let negative_zero = !date.zulu && offset == 0 && text.ends_with("-00:00");
        if let (true, Ok(quarters)) =
            (fraction <= 6 && offset % 15 == 0 && !leap_second && !negative_zero, quarters)
        {
            let delta = utc_us - anchor.effective_us;
            let seconds = delta % 1_000_000 == 0;
            let mut tag = DATE_PACKED | fraction << 1;
            if date.zulu {
                tag |= DATE_ZULU;
            }
            if seconds {
                tag |= DATE_SECONDS;
            }
            packed.holes.push(tag);
            if !date.zulu {
                packed.holes.push(quarters.cast_unsigned());
            }
            push_varint(&mut packed.holes, zigzag(if seconds { delta / 1_000_000 } else { delta }));
            return;
        }
    }
    packed.holes.push(0);
    push_text(packed, text, anchor);
}

fn push_text(packed: &mut Packed, text: &str, anchor: Anchor<'_>) {
    if !anchor.citizen.is_empty() && text == anchor.citizen {
        packed.holes.push(CITIZEN);
    } else if !anchor.device.is_empty() && text == anchor.device {
        packed.holes.push(DEVICE);
    } else if let Some((mark, uuid)) = uuid(text) {
        packed.holes.push(mark);
        packed.holes.extend_from_slice(&uuid);
    } else if text.len() <= INLINE_MAX {
        packed.holes.push(u8::try_from(text.len()).unwrap_or(0));
        packed.holes.extend_from_slice(text.as_bytes());
    } else {
        push_extra(packed, text);
    }
}

fn push_extra(packed: &mut Packed, text: &str) {
    packed.holes.push(IN_EXTRA);
    push_varint(&mut packed.extra, text.len() as u64);
    packed.extra.extend_from_slice(text.as_bytes());
}

const HYPHENS: [usize; 4] = [8, 13, 18, 23];

fn uuid(text: &str) -> Option<(u8, [u8; 16])> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 || HYPHENS.iter().any(|&at| bytes[at] != b'-') {
        return None;
    }
    let (mut lower, mut upper) = (true, true);
    let mut out = [0; 16];
    let mut count = 0;
    for &byte in bytes {
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => {
                upper = false;
                byte - b'a' + 10
            }
            b'A'..=b'F' => {
                lower = false;
                byte - b'A' + 10
            }
            b'-' => continue,
            _ => return None,
        };
        *out.get_mut(count / 2)? |= if count % 2 == 0 { value << 4 } else { value };
        count += 1;
    }
    match (count, lower, upper) {
        (32, true, _) => Some((UUID_LOWER, out)),
        (32, _, true) => Some((UUID_UPPER, out)),
        _ => None,
    }
}

fn push_uuid(out: &mut String, bytes: &[u8], upper: bool) {
    let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push(char::from(digits[usize::from(byte >> 4)]));
        out.push(char::from(digits[usize::from(byte & 15)]));
    }
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

/// Reads packed holes in order.
#[derive(Debug)]
pub(super) struct Unpacker<'a> {
    pub(super) holes: &'a [u8],
    pub(super) extra: &'a [u8],
    pub(super) anchor: Anchor<'a>,
}

impl<'a> Unpacker<'a> {
    /// Appends the JSON of the next hole, which stands between quotes already if it is text.
    pub(super) fn push_next(&mut self, out: &mut String, kind: HoleKind) -> Result<(), Corrupt> {
        match kind {
            HoleKind::Number => self.push_number(out),
            HoleKind::DateTime => {
                out.push('"');
                self.push_date(out)?;
                out.push('"');
                Ok(())
            }
            HoleKind::Text => self.push_text(out),
            HoleKind::Subtree => {
                out.push_str(self.next_extra()?);
                Ok(())
            }
        }
    }

    fn byte(&mut self) -> Result<u8, Corrupt> {
        let (&first, rest) = self.holes.split_first().ok_or(Corrupt("holes end early"))?;
        self.holes = rest;
        Ok(first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Corrupt> {
        let (taken, rest) =
            self.holes.split_at_checked(length).ok_or(Corrupt("holes end early"))?;
        self.holes = rest;
        Ok(taken)
    }

    fn push_number(&mut self, out: &mut String) -> Result<(), Corrupt> {
        loop {
            let byte = self.byte()?;
            for nibble in [byte >> 4, byte & 15] {
                match NUMBER_CHARACTERS.get(usize::from(nibble)) {
                    Some(&character) => out.push(char::from(character)),
                    None => return Ok(()),
                }
            }
        }
    }

    fn push_date(&mut self, out: &mut String) -> Result<(), Corrupt> {
        let digits = self.holes.first().map_or(0, |tag| tag >> 1 & 7);
        match self.next_instant()? {
            Some((moment, offset, zulu)) => push_datetime(out, moment, offset, zulu, digits),
            None => self.push_text(out)?,
        }
        Ok(())
    }

    /// Microseconds since 1970 UTC, minutes east of UTC, and whether that was written as `Z`;
    /// `None` if the date is kept as text, which comes next.
    pub(super) fn next_instant(&mut self) -> Result<Option<(i64, i16, bool)>, Corrupt> {
        let tag = self.byte()?;
        if tag & DATE_PACKED == 0 {
            return Ok(None);
        }
        let zulu = tag & DATE_ZULU != 0;
        let offset = if zulu { 0 } else { i16::from(self.byte()?.cast_signed()) * 15 };
        let raw = read_varint(&mut self.holes)?;
        let delta = (raw >> 1).cast_signed() ^ -(raw & 1).cast_signed();
        let delta = if tag & DATE_SECONDS != 0 { delta.wrapping_mul(1_000_000) } else { delta };
        Ok(Some((self.anchor.effective_us.wrapping_add(delta), offset, zulu)))
    }

    pub(super) fn push_text(&mut self, out: &mut String) -> Result<(), Corrupt> {
        match self.byte()? {
            CITIZEN => out.push_str(self.anchor.citizen),
            DEVICE => out.push_str(self.anchor.device),
            mark @ (UUID_LOWER | UUID_UPPER) => push_uuid(out, self.take(16)?, mark == UUID_UPPER),
            IN_EXTRA => out.push_str(self.next_extra()?),
            length if usize::from(length) <= INLINE_MAX => {
                let bytes = self.take(usize::from(length))?;
                out.push_str(std::str::from_utf8(bytes).map_err(|_| Corrupt("hole is not text"))?);
            }
            _ => return Err(Corrupt("unknown mark in holes")),
        }
        Ok(())
    }

    pub(super) fn next_extra(&mut self) -> Result<&'a str, Corrupt> {
        let length = usize::try_from(read_varint(&mut self.extra)?)
            .map_err(|_| Corrupt("extra ends early"))?;
        let (text, rest) =
            self.extra.split_at_checked(length).ok_or(Corrupt("extra ends early"))?;
        self.extra = rest;
        std::str::from_utf8(text).map_err(|_| Corrupt("extra is not text"))
    }
}

fn read_varint(bytes: &mut &[u8]) -> Result<u64, Corrupt> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&first, rest) = bytes.split_first().ok_or(Corrupt("number ends early"))?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Corrupt("number is too long"))
}
