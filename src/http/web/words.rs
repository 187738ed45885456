//! The texts of the pages: message files (Project Fluent) in `messages/`, a folder for each
//! language.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use pulsvagt_analytics::Language;

use crate::http::fhir::pairs;

/// Name of the cookie, and of the parameter, that hold the language.
pub(super) const NAME: &str = "lang";

type Bundle = FluentBundle<FluentResource>;

/// All message files of a language.
macro_rules! messages {
    ($folder:literal) => {
        concat!(
            include_str!(concat!("messages/", $folder, "/frame.ftl")),
            "\n",
            include_str!(concat!("messages/", $folder, "/worklist.ftl")),
            "\n",
            include_str!(concat!("messages/", $folder, "/citizen.ftl")),
            "\n",
            include_str!(concat!("messages/", $folder, "/me.ftl")),
            "\n",
            include_str!(concat!("messages/", $folder, "/admin.ftl")),
            "\n",
            include_str!(concat!("messages/", $folder, "/cohorts.ftl")),
            "\n",
            include_str!(concat!("messages/", $folder, "/sign-in.ftl")),
            "\n",
        )
    };
}

pub(super) const DANISH: &str = messages!("da");
pub(super) const ENGLISH: &str = messages!("en");

static BUNDLES: LazyLock<[Bundle; 2]> =
    LazyLock::new(|| [bundle("da", DANISH), bundle("en", ENGLISH)]);

fn bundle(code: &str, text: &str) -> Bundle {
    // What cannot be read is left out; a test says that there is nothing of the kind.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(read, _)| read);
    let mut bundle = FluentBundle::new_concurrent(vec![code.parse().unwrap_or_default()]);
    // Isolating marks are for mixed directions of writing, which there are none of.
    bundle.set_use_isolating(false);
    let _ = bundle.add_resource(resource);
    bundle
}

/// A value in a message.
pub(in crate::http) type Value<'a> = FluentValue<'a>;

/// The texts in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Words(pub(in crate::http) Language);

impl Words {
    /// The language that the address asks for, else the one that was asked for before, else Danish.
    /// What the browser prefers says little: most Danish computers are set up in English.
    pub(super) fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = asked(query).or_else(|| {
            let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
            let mut pairs = cookies.flat_map(|line| line.split(';'));
            pairs.find_map(|pair| language(pair.trim().strip_prefix(NAME)?.strip_prefix('=')?))
        });
        Self(asked.unwrap_or(Language::Danish))
    }

    /// The code of the language (BCP 47).
    pub(in crate::http) const fn code(self) -> &'static str {
        match self.0 {
            Language::Danish => "da",
            Language::English => "en",
        }
    }

    fn bundle(self) -> &'static Bundle {
        let [danish, english] = &*BUNDLES;
        match self.0 {
            Language::Danish => danish,
            Language::English => english,
        }
    }

    /// A message.
    pub(in crate::http) fn t(self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A message with values in it; its key where there is none, which a test rules out.
    pub(in crate::http) fn with(self, key: &str, values: &[(&str, Value<'_>)]) -> String {
        let bundle = self.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let args: FluentArgs<'_> =
            values.iter().map(|(name, value)| (*name, value.clone())).collect();
        bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }

    /// A count, its digits in threes.
    pub(in crate::http) fn count(self, count: u64) -> String {
        let mark = self.pick(crate::projection::words::Text { da: ".", en: "," });
        let digits = count.to_string();
        let mut told = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                told.push_str(mark);
            }
            told.push(digit);
        }
        told
    }

    /// One of two texts.
    pub(in crate::http) fn pick(self, text: crate::projection::words::Text<'_>) -> &str {
        match self.0 {
            Language::Danish => text.da,
            Language::English => text.en,
        }
    }
}

/// The language that an address asks for.
pub(super) fn asked(query: Option<&str>) -> Option<Language> {
    pairs(query?).into_iter().find(|(name, _)| name == NAME).and_then(|(_, code)| language(&code))
}

fn language(code: &str) -> Option<Language> {
    match code {
        "da" => Some(Language::Danish),
        "en" => Some(Language::English),
        _ => None,
    }
}
