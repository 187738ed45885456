//! Pages as functions: a [`model`](super::model) in, HTML out. No text stands here: all of it is in
//! `messages/`, and a test looks.

pub(super) mod accessibility;
pub(super) mod act;
pub(super) mod alert;
pub(super) mod chart;
pub(super) mod citizen;
pub(super) mod error;
pub(super) mod evidence;
pub(super) mod forms;
pub(super) mod frame;
pub(super) mod handover;
pub(super) mod icon;
pub(super) mod me;
pub(super) mod plan;
pub(super) mod row;
pub(super) mod search;
pub(super) mod sparkline;
pub(super) mod told;
pub(super) mod worklist;

/// A text as a part of an address.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    out
}
