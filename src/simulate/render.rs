//! A reading as the JSON text that its sender writes.

use super::draw::{Topic, mix};
use super::encode::{Kind, Sender};
use super::profile::Profile;
use super::send::Reading;
use super::time::{push_compact, push_decimal, push_padded, push_time};
use super::trouble::Source;
use super::{Fault, push_citizen_id};

const NOT_A_NUMBER: &str = concat!(
    r#","dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/"#,
    r#"data-absent-reason","code":"not-a-number","display":"Not a Number (NaN)"}]}"#
);

/// The suffix that makes a device's id from its citizen's.
pub(super) fn suffix(source: Source) -> &'static str {
    match source {
        Source::Watch => "-watch",
        Source::Hub => "-hub",
    }
}

/// The reading as one line of minified JSON, without a line feed.
pub(super) fn observation(reading: &Reading, seed: u64) -> String {
    let mut out = String::with_capacity(1024);
    let sender = reading.style.sender;
    out.push_str(r#"{"resourceType":"Observation""#);
    match (sender, reading.kind.mdc()) {
        (Sender::HealthKit, _) => {
            out.push_str(r#","id":""#);
            push_uuid(&mut out, reading, seed);
            out.push_str(r#"","identifier":[{"id":""#);
            push_uuid(&mut out, reading, seed);
            out.push_str(r#""}]"#);
        }
        (Sender::Phd, Some(mdc)) => {
            out.push_str(r#","identifier":[{"system":"http://hl7.org/fhir/uv/phd/"#);
            out.push_str(r#"StructureDefinition/PhdBaseObservation","value":""#);
            push_hex(&mut out, Profile::eui64(seed, reading.citizen, 1), 16, b'A');
            out.push('-');
            push_citizen_id(&mut out, reading.citizen);
            out.push('-');
            out.push_str(mdc);
            out.push('-');
            push_compact(&mut out, reading.shown, reading.offsets.0);
            out.push_str(r#""}]"#);
        }
        _ => {}
    }

    out.push_str(r#","status":"final","#);
    let wording = reading.style.wording(reading.kind);
    for (place, part) in wording.code.split('@').enumerate() {
        if place > 0 {
            out.push_str(reading.style.npu());
        }
        out.push_str(part);
    }
    out.push_str(r#","subject":{"reference":"Patient/"#);
    push_citizen_id(&mut out, reading.citizen);
    push_effective(&mut out, reading);

    let absent = reading.fault == Some(Fault::NotANumber);
    if reading.kind == Kind::Pressure {
        out.push_str(r#","component":["#);
        let parts = [
            ("8480-6", "Systolic blood pressure", "150021", reading.value),
            ("8462-4", "Diastolic blood pressure", "150022", reading.second),
        ];
        for (place, (loinc, display, mdc, value)) in parts.into_iter().enumerate() {
            out.push_str(if place == 0 { "" } else { "," });
            out.push_str(r#"{"code":{"coding":["#);
            if sender == Sender::Phd {
                out.push_str(r#"{"system":"urn:iso:std:iso:11073:10101","code":""#);
                out.push_str(mdc);
                out.push_str(r#""},"#);
            }
            out.push_str(r#"{"system":"http://loinc.org","code":""#);
            out.push_str(loinc);
            out.push_str(r#"","display":""#);
            out.push_str(display);
            out.push_str(r#""}]}"#);
            push_value(&mut out, value, 0, wording.unit, absent);
            out.push('}');
        }
        out.push(']');
    } else {
        push_value(&mut out, reading.value, reading.decimals, wording.unit, absent);
    }

    out.push_str(r#","device":{"reference":"Device/"#);
    push_citizen_id(&mut out, reading.citizen);
    out.push_str(suffix(reading.source));
    out.push_str(r#""}}"#);
    out
}

fn push_effective(out: &mut String, reading: &Reading) {
    let kit = reading.style.sender == Sender::HealthKit;
    let fraction = if kit { ".000000" } else { "" };
    if reading.lasts > 0 {
        out.push_str(r#""},"effectivePeriod":{"start":""#);
        push_time(out, reading.shown, reading.offsets.0, fraction);
        out.push_str(r#"","end":""#);
        push_time(out, reading.shown + reading.lasts, reading.offsets.1, fraction);
        out.push_str(r#""}"#);
    } else {
        out.push_str(r#""},"effectiveDateTime":""#);
        push_time(out, reading.shown, reading.offsets.0, fraction);
        out.push('"');
    }
    if kit {
        out.push_str(r#","issued":""#);
        push_time(out, reading.issued, reading.offsets.1, fraction);
        out.push('"');
    }
}

fn push_value(out: &mut String, value: i32, decimals: u8, unit: &str, absent: bool) {
    if absent {
        out.push_str(NOT_A_NUMBER);
        return;
    }
    out.push_str(r#","valueQuantity":{"value":"#);
    push_decimal(out, value, decimals);
    out.push_str(unit);
    out.push('}');
}

/// A version 4 UUID that always comes out the same for the same measurement.
fn push_uuid(out: &mut String, reading: &Reading, seed: u64) {
    let part = |half: i64| {
        let lane = half * 64 + reading.kind as i64;
        mix(seed, reading.citizen, Topic::Uuid, reading.effective, lane)
    };
    let high = (part(0) & !0xF000) | 0x4000;
    let low = (part(1) & !(3 << 62)) | (2 << 62);
    push_hex(out, high >> 32, 8, b'a');
    out.push('-');
    push_hex(out, high >> 16 & 0xFFFF, 4, b'a');
    out.push('-');
    push_hex(out, high & 0xFFFF, 4, b'a');
    out.push('-');
    push_hex(out, low >> 48, 4, b'a');
    out.push('-');
    push_hex(out, low & 0xFFFF_FFFF_FFFF, 12, b'a');
}

/// Writes the lowest `digits` hexadecimal digits; `letter` is `b'a'` or `b'A'`.
pub(super) fn push_hex(out: &mut String, value: u64, digits: u32, letter: u8) {
    for place in (0..digits).rev() {
        let digit = value >> (4 * place) & 0xF;
        let digit = u8::try_from(digit).unwrap_or(0);
        out.push(char::from(if digit < 10 { b'0' + digit } else { letter + digit - 10 }));
    }
}

/// Writes a date without a time.
pub(super) fn push_date(out: &mut String, (year, month, day): (i64, i64, i64)) {
    push_padded(out, year, 4);
    out.push('-');
    push_padded(out, month, 2);
    out.push('-');
    push_padded(out, day, 2);
}
