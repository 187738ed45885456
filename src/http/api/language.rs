//! In which language texts are told: Danish, unless the client asks for English.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use pulsvagt_analytics::Language;

use crate::app::App;
use crate::projection::words::Text;
use crate::triage::Texts;

/// The language of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Lang(pub(in crate::http) Language);

impl FromRequestParts<App> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

impl Lang {
    /// What the client likes best of what there is.
    pub(in crate::http) fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let best = wanted.unwrap_or_default().split(',').filter_map(range).reduce(|best, next| {
            // The first of those that are liked equally.
            if next.1 > best.1 { next } else { best }
        });
        best.map_or(Self(Language::Danish), |(language, _)| Self(language))
    }

    /// One of two texts.
    pub(in crate::http) fn pick(self, text: Text<'_>) -> &str {
        match self.0 {
            Language::Danish => text.da,
            Language::English => text.en,
        }
    }

    /// One of two texts.
    pub(in crate::http) fn text(self, texts: &Texts) -> String {
        self.pick(Text { da: &texts.da, en: &texts.en }).to_owned()
    }

    /// One of two texts of a rule pack.
    pub(in crate::http) fn of_pack(self, texts: &pulsvagt_analytics::pack::Texts) -> String {
        self.pick(Text { da: &texts.da, en: &texts.en }).to_owned()
    }

    /// The answer, which says in which language it is.
    pub(in crate::http) fn tell(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        let language = self.pick(Text { da: "da", en: "en" });
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language));
        headers.append(VARY, HeaderValue::from_static("accept-language"));
        response
    }
}

/// A language range that we have, with how much it is liked in thousandths (RFC 9110, 12.5.4).
fn range(text: &str) -> Option<(Language, u16)> {
    let (tag, weight) = match text.split_once(';') {
        None => (text, 1_000),
        Some((tag, parameter)) => (tag, thousandths(parameter.trim().strip_prefix("q=")?)?),
    };
    let primary = tag.trim().split('-').next()?;
    let language = match primary {
        _ if primary.eq_ignore_ascii_case("da") => Language::Danish,
        _ if primary.eq_ignore_ascii_case("en") => Language::English,
        _ => return None,
    };
    (weight > 0).then_some((language, weight))
}

fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    let mut part = 0;
    for digit in digits {
        part = part * 10 + u16::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
    }
    Some((whole * 1_000 + part).min(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(text).expect("a header"));
        Lang::of(&headers).0
    }

    #[test]
    fn danish_unless_english_is_liked_better() {
        for text in ["", "da", "da-DK,en;q=0.9", "de", "en;q=0", "en;q=0.5, da;q=0.6", "*", "en;x"]
        {
            assert_eq!(asked(text), Language::Danish, "{text}");
        }
        for text in ["en", "en-GB", "EN", "de, en;q=0.1", "da;q=0.8, en", "da;q=0, en;q=0.001"] {
            assert_eq!(asked(text), Language::English, "{text}");
        }
        assert_eq!(Lang::of(&HeaderMap::new()).0, Language::Danish);
    }
}
