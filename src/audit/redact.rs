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

/// The names of a query's parameters that are known, each once: no values, and nothing that
/// somebody took for a name. What follows the name, a modifier or a chain, is left out.
pub fn parameter_names(query: &str, is_known: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<String> = query
        .split('&')
        .filter_map(|part| part.split(['=', ':', '.']).next())
        .filter(|name| is_known(name))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    names
}
