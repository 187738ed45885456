//! The messages are whole, and no text stands anywhere else.

mod admin;
mod cohorts;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_bundle::FluentResource;
use pulsvagt_analytics::Language;

use super::words::{DANISH, ENGLISH, Words};

/// Each message with the names of its values.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let read = FluentResource::try_new(text.to_owned());
    assert!(read.is_ok(), "{:?}", read.err().map(|(_, errors)| errors));
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| !name.starts_with(' ')) {
            current = name.to_owned();
            assert!(
                found.insert(current.clone(), BTreeSet::new()).is_none(),
                "{name} is there twice"
            );
        }
        for part in line.split("{ $").skip(1) {
            let name = part.split([' ', '}']).next().unwrap_or_default();
            found.get_mut(&current).expect("a message").insert(name.to_owned());
        }
    }
    found
}

/// Sources in a folder and those below it, except tests.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    for entry in fs::read_dir(root).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
            let below = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("below the crate");
            found.extend(sources(&below.display().to_string()));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).expect("text");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            found.push((path.display().to_string(), code));
        }
    }
    found
}

/// The string literals of a source, each with the code before it on the way back to the literal
/// before, or to the beginning.
fn literals(text: &str) -> Vec<(String, String)> {
    let (mut found, mut before, mut inside) = (Vec::new(), String::new(), None::<String>);
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match (&mut inside, character) {
                (Some(literal), '"') => {
                    found.push((std::mem::take(&mut before), std::mem::take(literal)));
                    inside = None;
                }
                (Some(literal), '\\') => {
                    literal.push('\\');
                    literal.extend(characters.next());
                }
                (Some(literal), other) => literal.push(other),
                (None, '"') => inside = Some(String::new()),
                (None, '\'') => {
                    // A character, which may be a quotation mark, or a lifetime.
                    let next = characters.peek().copied();
                    if next.is_some_and(|next| !next.is_alphabetic()) {
                        characters.next();
                        characters.next();
                    }
                    before.push('\'');
                }
                (None, other) => before.push(other),
            }
        }
        if inside.is_none() {
            before.push('\n');
        }
    }
    found
}

#[test]
fn both_languages_say_the_same() {
    let (danish, english) = (messages(DANISH), messages(ENGLISH));
    assert_eq!(danish, english);
    assert!(danish.len() > 200, "they were read");
    for language in [Language::Danish, Language::English] {
        let words = Words(language);
        for key in danish.keys() {
            assert_ne!(words.t(key), *key, "{key} has no text");
        }
    }
}

#[test]
fn every_message_that_is_asked_for_is_there_and_every_one_that_is_there_is_asked_for() {
    let known = messages(DANISH);
    let mut all = sources("src/http/web");
    all.extend(sources("src/http/auth"));
    let mut mentioned = BTreeSet::new();
    for (name, text) in &all {
        for (before, literal) in literals(text) {
            let before = before.trim_end();
            if before.ends_with(".t(") || before.ends_with(".with(") || before.ends_with("say(") {
                assert!(known.contains_key(&literal), "{name}: there is no message {literal}");
            }
            mentioned.insert(literal);
        }
    }
    let unused: Vec<_> = known.keys().filter(|key| !mentioned.contains(*key)).collect();
    assert_eq!(unused, [""; 0], "nothing asks for these");
}

/// Names that are the same in every language.
const NAMES: [&str; 2] = ["NEWS2", "TOBS"];

/// What looks like a word and is a code: kinds of resources and entries, a key, a unit, a function, a
/// part of a cookie.
const CODES: [&str; 11] = [
    "; Secure",
    "Account",
    "Cel",
    "Communication",
    "Condition",
    "Encounter",
    "Enter",
    "EpisodeOfCare",
    "Option::is_none",
    "QuestionnaireResponse",
    "Session",
];

/// The literals of a source that somebody would read.
fn own_texts(name: &str, source: &str) -> Vec<String> {
    let literals = literals(source);
    let after = literals.iter().skip(1).map(|(before, _)| before.trim_start()).chain([""]);
    let is_text = |((before, literal), after): &(&(String, String), &str)| {
        let code = before.trim_end();
        // What stands in an element: after another part of it, or at its beginning; not what a
        // match compares with.
        let is_content = !after.starts_with("=>")
            && (code.is_empty() || (code.ends_with(['{', '}', ';', ')']) && !code.ends_with("={")));
        let is_read = ["aria-label=", "title=", "alt=", "placeholder=", "da:", "en:"]
            .iter()
            .any(|place| code.ends_with(place));
        let letters = literal.chars().filter(|it| it.is_alphabetic()).count();
        // In matches and formats, literals are keys and classes of one word; and parts of
        // addresses, and of pictures, are for nobody to read.
        let plain = |it: char| it.is_ascii_lowercase() || " -_.=0123456789".contains(it);
        let is_code = literal.starts_with(['/', '#', '?'])
            || (literal.chars().all(plain) && !literal.trim().contains(' '))
            || name.ends_with("icon.rs");
        // Wherever it stands: Danish, or the beginning of a sentence. Reasons for the log have
        // neither.
        let is_danish = literal.chars().any(|it| it.is_alphabetic() && !it.is_ascii());
        let mut first = literal.chars();
        let is_sentence = first.next().is_some_and(char::is_uppercase)
            && first.next().is_some_and(char::is_lowercase);
        let is_placed = letters > 1 && (is_read || (is_content && !is_code));
        let is_known = NAMES.iter().chain(&CODES).any(|it| it == literal);
        (is_placed || is_danish || is_sentence) && !is_known
    };
    let found = literals.iter().zip(after).filter(is_text);
    found.map(|((_, literal), _)| format!("{name}: {literal:?}")).collect()
}

#[test]
fn pages_have_no_text_of_their_own() {
    for folder in ["src/http/web/view", "src/http/auth"] {
        let all = sources(folder);
        assert!(all.len() > 10, "{folder} was read");
        let found: Vec<_> = all.iter().flat_map(|(name, text)| own_texts(name, text)).collect();
        assert_eq!(found, [""; 0]);
    }
}

#[test]
fn text_of_ones_own_is_found_wherever_it_stands() {
    for (source, count) in [
        (r#"p { "wait a little" }"#, 1),
        (r#"p { (words.t("handover")) " of today" }"#, 1),
        (r#"input placeholder="name";"#, 1),
        (r#"p { (lang.pick(text("Kommune", "Municipality"))) }"#, 2),
        (r#"let said = text("Prøv igen", "Try again");"#, 2),
        (r#"Text { da: "minutter.", en: "minutes." }"#, 2),
        (r#"page(status, words, "Log ind", &body)"#, 1),
        (r#"if is_danish { ("en", "English") } else { ("da", "Dansk") }"#, 2),
        (r#"match why { "not every one is told" => "told-not", _ => "told" }"#, 0),
        (r#"let cause = "[local_accounts] is off".to_owned();"#, 0),
        (r#"Err("it comes from a page of another origin")"#, 0),
        (r#"caller.trail().resource("Session", session.id(), 0, None);"#, 0),
        (r#"a.button href="/auth/login" { (words.t("handover")) }"#, 0),
    ] {
        let found = own_texts("", source);
        assert_eq!(found.len(), count, "{source}: {found:?}");
    }
}

#[test]
fn plurals_and_values_are_put_in() {
    let (da, en) = (Words(Language::Danish), Words(Language::English));
    assert_eq!(da.with("search-found", &[("n", 0.into())]), "Ingen borgere fundet.");
    assert_eq!(da.with("search-found", &[("n", 1.into())]), "Én borger fundet.");
    assert_eq!(en.with("search-found", &[("n", 12.into())]), "12 citizens found.");
    assert_eq!(da.with("every-hours", &[("hours", 24.into())]), "hver dag");
    assert_eq!(da.with("done-claim", &[("name", "Ane <b>".into())]), "Du har taget Ane <b>.");
}
