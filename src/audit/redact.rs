//! What must not get into an entry.

use uuid::Uuid;

/// Whether a text may hold a CPR number: ten digits by themselves, or six and four.
pub fn may_be_cpr(text: &str) -> bool {
    // A UUID may have such a group by chance.
    if Uuid::try_parse(text).is_ok() {
        return false;
    }
    text.split(|c: char| !c.is_ascii_digit() && c != '-').any(|part| {
        let part = part.trim_matches('-').as_bytes();
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        match part.len() {
            10 => digits(part),
            11 => part[6] == b'-' && digits(&part[..6]) && digits(&part[7..]),
            _ => false,
        }
    })
}

/// Most names that are kept.
const MOST: usize = 20;
/// Longest name that is kept.
const LONGEST: usize = 40;

/// The names of a query's parameters, each once. No values, and no names that are none.
pub fn parameter_names(query: &str) -> Vec<String> {
    let is_name = |name: &str| {
        (1..=LONGEST).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-.:".contains(&c))
            && !may_be_cpr(name)
    };
    let mut names: Vec<String> = query
        .split('&')
        .map(|part| part.split_once('=').map_or(part, |(name, _)| name))
        .filter(|name| is_name(name))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    names
}
