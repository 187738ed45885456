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

#[test]
fn views_have_no_text_of_their_own() {
    for (name, text) in sources("src/http/web/view") {
        for (before, literal) in literals(&text) {
            let code = before.trim_end();
            // What stands in an element: after another part of it, or at its beginning.
            let is_content =
                code.is_empty() || (code.ends_with(['{', '}', ';', ')']) && !code.ends_with("={"));
            let is_read = ["aria-label=", "title=", "alt=", "placeholder="]
                .iter()
                .any(|attribute| code.ends_with(attribute));
            if is_content || is_read {
                let letters = literal.chars().filter(|it| it.is_alphabetic()).count();
                let is_name = NAMES.contains(&literal.as_str());
                // In matches and formats, literals are keys and classes of one word; and
                // parts of addresses, and of pictures, are for nobody to read.
                let plain = |it: char| it.is_ascii_lowercase() || " -_.=0123456789".contains(it);
                let is_code = literal.starts_with(['/', '#', '?'])
                    || (literal.chars().all(plain) && !literal.trim().contains(' '))
                    || name.ends_with("icon.rs");
                assert!(letters < 2 || is_name || (is_code && !is_read), "{name}: {literal:?}");
            }
            let told = literal.contains(' ')
                && literal.chars().filter(|it| "æøåÆØÅ".contains(*it)).count() > 0;
            assert!(!told, "{name}: {literal:?}");
        }
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
