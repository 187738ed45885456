//! The first and the last moment, or the smallest and the largest number, that what was told may
//! stand for.

use std::borrow::Cow;

use super::eval::Fault;
use super::item::{Atom, Item};
use crate::datetime::{Precision, civil_from_days, is_time, parse_date, parse_datetime};
use crate::validate::elements::Kind;

/// Most digits behind the second.
const FRACTION: usize = 3;

/// The boundary of an item; nothing where it has none.
pub(super) fn of<'d>(item: &Item<'d>, high: bool) -> Result<Option<Item<'d>>, Fault> {
    if let Item::Node(node) = item
        && node.kind.map(Kind::name) == Some("Period")
    {
        let mut ends = Vec::new();
        node.push_member(if high { "end" } else { "start" }, &mut ends);
        return ends.pop().map_or(Ok(None), |end| of(&end, high));
    }
    let is_date = item.is("date");
    Ok(match item.atom()? {
        None => None,
        Some(Atom::Number(number)) => {
            Some(Item::Number(number.boundary(high).ok_or(Fault::RANGE)?))
        }
        Some(Atom::Moment(text) | Atom::Text(text)) => {
            let found = text_boundary(&text, is_date && !text.contains('T'), high);
            Some(Item::Moment(Cow::Owned(found.ok_or(Fault::NO_BOUNDARY)?)))
        }
        Some(Atom::Bool(_) | Atom::Object) => return Err(Fault::NO_BOUNDARY),
    })
}

fn text_boundary(text: &str, is_date: bool, high: bool) -> Option<String> {
    if is_time(text) {
        return Some(padded(text, high));
    }
    let told = parse_datetime(text)?;
    if let Some(clock) = text.find('T') {
        // Behind the seconds comes the offset.
        let zone = text[clock..].find(['Z', '+', '-']).map_or(text.len(), |at| clock + at);
        return Some(format!("{}{}", padded(&text[..zone], high), &text[zone..]));
    }
    let (year, month, _) = civil_from_days(told.wall_us.div_euclid(86_400_000_000));
    let date = match (told.precision, high) {
        (Precision::Year, false) => format!("{year:04}-01-01"),
        (Precision::Year, true) => format!("{year:04}-12-31"),
        (Precision::Month, false) => format!("{year:04}-{month:02}-01"),
        (Precision::Month, true) => {
            let day = |day: i64| format!("{year:04}-{month:02}-{day:02}");
            (28..=31).rev().map(day).find(|day| parse_date(day).is_some())?
        }
        _ => text.to_owned(),
    };
    Some(match (is_date, high) {
        (true, _) => date,
        // The earliest and the latest place on earth.
        (false, false) => format!("{date}T00:00:00.000+14:00"),
        (false, true) => format!("{date}T23:59:59.999-12:00"),
    })
}

/// Seconds with all digits of a fraction.
fn padded(text: &str, high: bool) -> String {
    let told = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let point = if told == 0 { "." } else { "" };
    let digit = if high { "9" } else { "0" };
    format!("{text}{point}{}", digit.repeat(FRACTION.saturating_sub(told)))
}

#[cfg(test)]
mod tests {
    use super::text_boundary;

    #[test]
    fn what_is_not_told_is_filled_up() {
        for (text, is_date, low, high) in [
            ("2024", true, "2024-01-01", "2024-12-31"),
            ("2024-02", true, "2024-02-01", "2024-02-29"),
            ("2023-02", true, "2023-02-01", "2023-02-28"),
            ("2024-02-03", true, "2024-02-03", "2024-02-03"),
            ("2024", false, "2024-01-01T00:00:00.000+14:00", "2024-12-31T23:59:59.999-12:00"),
            ("2024-02-03T10:00:00Z", false, "2024-02-03T10:00:00.000Z", "2024-02-03T10:00:00.999Z"),
            (
                "2024-02-03T10:00:00.5-01:00",
                false,
                "2024-02-03T10:00:00.500-01:00",
                "2024-02-03T10:00:00.599-01:00",
            ),
            ("10:00:00", false, "10:00:00.000", "10:00:00.999"),
            ("10:00:00.1234", false, "10:00:00.1234", "10:00:00.1234"),
        ] {
            assert_eq!(text_boundary(text, is_date, false).as_deref(), Some(low), "{text}");
            assert_eq!(text_boundary(text, is_date, true).as_deref(), Some(high), "{text}");
        }
        assert_eq!(text_boundary("soon", false, true), None);
    }
}
