//! Numbers, moments and durations as people here write them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};
use pulsvagt_analytics::Language;

use super::words::Words;
use crate::clock::Micros;

const MINUTE: i64 = 60_000_000;

/// In which language, by which clock, and when it is.
#[derive(Debug, Clone)]
pub(in crate::http) struct Scene {
    /// The language.
    pub(in crate::http) words: Words,
    /// The municipality's time zone.
    pub(in crate::http) zone: TimeZone,
    /// Now.
    pub(in crate::http) now: Micros,
}

impl Scene {
    fn zoned(&self, at: Micros) -> Zoned {
        at.to_jiff().to_zoned(self.zone.clone())
    }

    /// A time of day: `10.32` in Danish, `10:32` in English.
    pub(super) fn time(&self, at: Micros) -> String {
        let at = self.zoned(at);
        let point = if self.words.0 == Language::Danish { '.' } else { ':' };
        format!("{:02}{point}{:02}", at.hour(), at.minute())
    }

    /// A date: `22. nov. 2026`, `22 Nov 2026`. The year is left out if it is this one.
    pub(super) fn date(&self, date: Date) -> String {
        let month = self.month(date.month());
        let year = if date.year() == self.zoned(self.now).year() {
            String::new()
        } else {
            format!(" {}", date.year())
        };
        match self.words.0 {
            Language::Danish => format!("{}. {month}{year}", date.day()),
            Language::English => format!("{} {month}{year}", date.day()),
        }
    }

    fn month(&self, number: i8) -> String {
        const KEYS: [&str; 12] = [
            "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8",
            "month-9", "month-10", "month-11", "month-12",
        ];
        let place = usize::try_from(number - 1).unwrap_or(0);
        self.words.t(KEYS.get(place).unwrap_or(&"month-1"))
    }

    /// A moment: the time alone if it is today.
    pub(super) fn moment(&self, at: Micros) -> String {
        let date = self.zoned(at).date();
        let time = self.time(at);
        if date == self.zoned(self.now).date() {
            return self.words.with("at-time", &[("time", time.into())]);
        }
        let date = self.date(date);
        self.words.with("at-date-time", &[("date", date.into()), ("time", time.into())])
    }

    /// A moment with its date, also if it is today: for what is read on another day.
    pub(super) fn dated(&self, at: Micros) -> String {
        let (date, time) = (self.date_of(at), self.time(at));
        self.words.with("at-date-time", &[("date", date.into()), ("time", time.into())])
    }

    /// The date of a moment.
    pub(super) fn date_of(&self, at: Micros) -> String {
        self.date(self.zoned(at).date())
    }

    /// A local day, days since 1970.
    pub(super) fn day(&self, day: i32) -> String {
        self.date(date_of(day))
    }

    /// How long, in the two largest units that say something: `2 d 3 h`.
    pub(super) fn lasting(&self, micros: i64) -> String {
        let minutes = micros.max(0) / MINUTE;
        let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
        let say = |key: &str, number: i64| self.words.with(key, &[("n", number.into())]);
        match (days, hours, rest) {
            (0, 0, rest) => say("minutes-short", rest),
            (0, hours, 0) => say("hours-short", hours),
            (0, hours, rest) => {
                format!("{} {}", say("hours-short", hours), say("minutes-short", rest))
            }
            (days, 0, _) => say("days-short", days),
            (days, hours, _) if days < 3 => {
                format!("{} {}", say("days-short", days), say("hours-short", hours))
            }
            (days, ..) => say("days-short", days),
        }
    }

    /// A number with as many decimals as say something: two below ten, else one.
    pub(super) fn number(&self, value: f64) -> String {
        let text = if value.abs() < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") };
        let text = text.trim_end_matches('0').trim_end_matches('.');
        // Rounding can leave a minus before nothing.
        self.marked(if text == "-0" { "0" } else { text })
    }

    /// A number to the digit, as a form has to hold it.
    pub(super) fn exact(&self, value: f64) -> String {
        self.marked(&value.to_string())
    }

    /// The digits of a number as it was sent.
    pub(super) fn digits(&self, text: &str) -> String {
        self.marked(text)
    }

    /// With the decimal mark of the language.
    fn marked(&self, text: &str) -> String {
        match self.words.0 {
            Language::Danish => text.replace('.', ","),
            Language::English => text.to_owned(),
        }
    }

    /// A number with its unit.
    pub(super) fn quantity(&self, value: f64, ucum: &str) -> String {
        let number = self.number(value);
        match self.unit(ucum).as_str() {
            "" => number,
            "%" if self.words.0 == Language::English => format!("{number}%"),
            unit => format!("{number}\u{a0}{unit}"),
        }
    }

    /// A UCUM unit as people write it.
    pub(super) fn unit(&self, ucum: &str) -> String {
        match ucum {
            "mm[Hg]" => "mmHg".to_owned(),
            "Cel" => "°C".to_owned(),
            "/min" => self.words.t("unit-per-minute"),
            "h" => self.words.t("unit-hours"),
            "d" => self.words.t("unit-days"),
            "{steps}" => self.words.t("unit-steps"),
            "1" | "{score}" => String::new(),
            other if other.starts_with('{') => String::new(),
            other => other.to_owned(),
        }
    }

    /// A moment that a form gives in local time, `2026-11-22T10:30`.
    pub(super) fn parse_local(&self, text: &str) -> Option<Micros> {
        let civil: DateTime = text.trim().parse().ok()?;
        let at = civil.to_zoned(self.zone.clone()).ok()?;
        Some(Micros(at.timestamp().as_microsecond()))
    }

    /// A moment as such a form holds it, to the minute.
    pub(super) fn local_input(&self, at: Micros) -> String {
        self.zoned(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }
}

/// The date of a local day, days since 1970.
pub(super) fn date_of(day: i32) -> Date {
    let date = Date::constant(1970, 1, 1).checked_add(Span::new().days(day));
    date.unwrap_or(Date::constant(1970, 1, 1))
}

/// A CPR number with its hyphen.
pub(super) fn cpr(digits: &str) -> String {
    match digits.split_at_checked(6) {
        Some((date, rest)) if digits.len() == 10 => format!("{date}-{rest}"),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scene(language: Language) -> Scene {
        let zone = TimeZone::get("Europe/Copenhagen").expect("a zone");
        // 2026-11-22T09:32:00Z
        Scene { words: Words(language), zone, now: Micros(1_795_339_920_000_000) }
    }

    #[test]
    fn moments_are_told_as_people_here_tell_them() {
        let (da, en) = (scene(Language::Danish), scene(Language::English));
        let yesterday = Micros(da.now.0 - 86_400_000_000);
        let last_year = Micros(da.now.0 - 366 * 86_400_000_000);
        assert_eq!((da.moment(da.now), en.moment(en.now)), ("kl. 10.32".into(), "10:32".into()));
        assert_eq!(da.moment(yesterday), "21. nov. kl. 10.32");
        assert_eq!(en.moment(yesterday), "21 Nov, 10:32");
        assert_eq!(da.moment(last_year), "21. nov. 2025 kl. 10.32");
        assert_eq!(da.day(20_454), "1. jan.");
        assert_eq!(da.parse_local("2026-11-22T10:32"), Some(da.now));
        assert_eq!(da.local_input(da.now), "2026-11-22T10:32");
        assert_eq!(da.parse_local("tomorrow"), None);
    }

    #[test]
    fn counts_are_in_threes() {
        for (count, text) in
            [(0, "0"), (999, "999"), (1_000, "1.000"), (43_341, "43.341"), (1_234_567, "1.234.567")]
        {
            assert_eq!(Words(Language::Danish).count(count), text);
            assert_eq!(Words(Language::English).count(count), text.replace('.', ","));
        }
    }

    #[test]
    fn durations_have_at_most_two_units() {
        let da = scene(Language::Danish);
        for (minutes, text) in [
            (0, "0 min"),
            (59, "59 min"),
            (60, "1 t"),
            (200, "3 t 20 min"),
            (1_500, "1 d 1 t"),
            (4 * 1_440 + 70, "4 d"),
            (-5, "0 min"),
        ] {
            assert_eq!(da.lasting(minutes * MINUTE).replace('\u{a0}', " "), text);
        }
    }

    #[test]
    fn numbers_have_the_decimal_mark_of_the_language_and_no_idle_zeros() {
        let (da, en) = (scene(Language::Danish), scene(Language::English));
        for (value, danish, english) in [
            (2.0, "2", "2"),
            (2.346, "2,35", "2.35"),
            (-0.001, "0", "0"),
            (1_234.5, "1234,5", "1234.5"),
        ] {
            assert_eq!((da.number(value), en.number(value)), (danish.into(), english.into()));
        }
        assert_eq!((da.number(91.81), da.exact(91.8125)), ("91,8".into(), "91,8125".into()));
        assert_eq!(da.quantity(88.0, "%"), "88\u{a0}%");
        assert_eq!(en.quantity(88.0, "%"), "88%");
        assert_eq!(da.quantity(7.0, "{score}"), "7");
        assert_eq!(da.quantity(141.0, "mm[Hg]"), "141\u{a0}mmHg");
    }

    /// Units that readings come in.
    const UNITS: [&str; 9] = ["%", "/min", "Cel", "kg", "mm[Hg]", "mmol/L", "L", "h", "{steps}"];

    proptest! {
        #[test]
        fn numbers_and_units_are_those_of_the_language(value in -400.0..20_000.0, unit in 0..9_usize) {
            let (da, en) = (scene(Language::Danish), scene(Language::English));
            for scene in [&da, &en] {
                let own = if scene.words.0 == Language::Danish { ',' } else { '.' };
                let text = scene.number(value);
                prop_assert!(text.chars().all(|it| it.is_ascii_digit() || it == own || it == '-'), "{text}");
                prop_assert!(text.matches(own).count() <= 1 && !text.ends_with(own), "{text}");
                // What is read is what was there, to the decimals that are shown.
                let read: f64 = text.replace(',', ".").parse().expect("a number");
                prop_assert!((read - value).abs() <= 0.05 + 1e-9, "{text}");
                prop_assert!(scene.quantity(value, UNITS[unit]).starts_with(&text));
                let is_code = scene.quantity(value, UNITS[unit]).contains(['[', '{']);
                prop_assert!(!is_code);
            }
            prop_assert_eq!(da.number(value), en.number(value).replace('.', ","));
            prop_assert_eq!(da.exact(value), en.exact(value).replace('.', ","));
        }

        #[test]
        fn times_and_dates_are_those_of_the_language(minutes in 0..60_000_000_i64) {
            // From 1970 to 2084.
            let at = Micros(minutes * MINUTE);
            let (da, en) = (scene(Language::Danish), scene(Language::English));
            let (danish, english) = (da.time(at), en.time(at));
            prop_assert_eq!(danish.len(), 5);
            prop_assert_eq!(&danish[2..3], ".");
            prop_assert_eq!(danish.replace('.', ":"), english);
            let (danish, english) = (da.date_of(at), en.date_of(at));
            let day: String = danish.chars().take_while(char::is_ascii_digit).collect();
            prop_assert!(danish[day.len()..].starts_with(". "), "{danish}");
            let month = danish[day.len() + 2..].chars().next();
            prop_assert!(month.is_some_and(char::is_lowercase), "{danish}");
            prop_assert!(english.starts_with(&format!("{day} ")), "{english}");
            prop_assert!(english[day.len() + 1..].starts_with(char::is_uppercase), "{english}");
            // A form gives the moment back, but for the hour that clocks go through twice.
            let back = da.parse_local(&da.local_input(at)).expect("a moment");
            prop_assert!([0, 60].contains(&((back.0 - at.0).abs() / MINUTE)));
        }
    }

    #[test]
    fn a_cpr_number_has_a_hyphen() {
        assert_eq!(cpr("0101501234"), "010150-1234");
        assert_eq!(cpr("short"), "short");
    }
}
