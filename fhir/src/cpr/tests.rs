use proptest::prelude::*;

use super::{BadCpr, CPR_SYSTEM, Cpr, Register, X_ECPR_SYSTEM, is_date, names_somebody};

#[test]
fn real_forms_are_taken() {
    for (text, register) in [
        ("3001749995", Register::Cpr),
        ("0101010101", Register::Cpr),
        // Born on 1 January, without a check digit by modulus 11.
        ("0101650000", Register::Cpr),
        // 29 February 2000 by the seventh digit 4; 1900 had none.
        ("2902004000", Register::Cpr),
        ("0703921VJ4", Register::XeCpr),
        ("2902007AB1", Register::XeCpr),
        ("0703920VJ4", Register::DeCpr),
        ("0703926AA0", Register::DeCpr),
    ] {
        let cpr: Cpr = text.parse().expect(text);
        assert_eq!((cpr.register(), cpr.expose()), (register, text));
        assert_eq!(Cpr::parse(register, text), Ok(cpr));
        assert!(!format!("{cpr:?}").contains(&text[..6]));
    }
    assert_eq!(Cpr::parse(Register::XeCpr, "3001749995"), Err(BadCpr));
    assert_eq!(Cpr::parse(Register::DeCpr, "0703921VJ4"), Err(BadCpr));
}

#[test]
fn what_is_none_is_refused_without_being_told() {
    for text in [
        "",
        "300174-9995",
        "3001749995 ",
        "3201749995",
        "3013749995",
        "2902001000",
        "2902011000",
        "0000000000",
        "30017499é5",
        "0703922VJ4",
        "0703921vj4",
        "0703921V14",
        "07039218J4",
        "300174999",
        "30017499950",
    ] {
        let error = text.parse::<Cpr>().expect_err(text);
        assert!(text.is_empty() || !error.to_string().contains(text));
    }
}

#[test]
fn the_registers_have_their_systems() {
    assert_eq!(Register::of_system(CPR_SYSTEM), Some(Register::Cpr));
    assert_eq!(Register::of_system(X_ECPR_SYSTEM), Some(Register::XeCpr));
    assert_eq!(Register::of_system("urn:oid:1.2.208.176.1.6.1.3.177"), Some(Register::DeCpr));
    assert_eq!(Register::of_system("urn:oid:1.2.208.176.1.1"), None);
}

#[test]
fn a_number_is_found_where_it_hides() {
    for text in [
        "3001749995",
        "300174-9995",
        "300174 9995",
        "C4F312FFFE53F2C9-3001749995-urn:oid:1.2.208.176.1.2-149546-93-{beat}/min-20230223T1024",
        "cpr3001749995",
        "CPR:300174-9995.",
        "born æ0703921VJ4",
        "1-3001749995",
    ] {
        assert!(names_somebody(text), "{text}");
    }
    for text in [
        "",
        "13001749995",
        "30017499951",
        "8BA093D9-B99B-4A3C-8C9E-3001749995AB",
        "+4512345678",
        "20260101T102408.00",
        "2026-01-01T10:24:08Z",
        "1153637007",
        "300174--9995",
        "1287358002",
        "a3001749995",
        "3001749995f",
    ] {
        assert!(!names_somebody(text), "{text}");
    }
}

proptest! {
    #[test]
    fn every_date_makes_numbers_that_come_back(
        days in 0_i32..73_000, last in 0_u16..1000, seventh in 0_u8..10,
    ) {
        let date = jiff::civil::date(1858, 1, 1) + jiff::Span::new().days(days);
        let text = format!("{}{seventh}{last:03}", date.strftime("%d%m%y"));
        let year = match (seventh, date.year() % 100) {
            (0..=3, yy) => 1900 + yy,
            (4 | 9, yy) => if yy <= 36 { 2000 + yy } else { 1900 + yy },
            (_, yy) => if yy <= 57 { 2000 + yy } else { 1800 + yy },
        };
        let real = jiff::civil::Date::new(year, date.month(), date.day()).is_ok();
        let parsed = text.parse::<Cpr>();
        prop_assert_eq!(parsed.is_ok(), real);
        prop_assert_eq!(parsed.as_ref().map(Cpr::expose).ok(), real.then_some(text.as_str()));
        let hidden = format!("x-{text}/y");
        prop_assert_eq!(names_somebody(&hidden), real);
    }

    #[test]
    fn no_text_breaks_the_search(text in ".{0,40}", digits in "[0-9A-Z -]{0,24}") {
        let _ = names_somebody(&text);
        let found = names_somebody(&digits);
        let stripped: String = digits.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let somewhere = (0..stripped.len().saturating_sub(9))
            .any(|at| stripped[at..at + 10].parse::<Cpr>().is_ok());
        prop_assert!(!found || somewhere);
    }

    #[test]
    fn the_calendar_is_the_real_one(year in 1800_u16..2100, month in 0_u16..14, day in 0_u16..33) {
        let real = jiff::civil::Date::new(
            year.cast_signed(), i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
        prop_assert_eq!(is_date(year, month, day), real.is_ok());
    }
}
