//! What is asked of the list, in addresses.

use super::view;
use crate::http::api::pages::Asked;
use crate::http::fhir::pairs;
use crate::plans::codes::{PROGRAMMES, programme};
use crate::store::teams::is_team_code;
use crate::triage::{Level, SILENCE};

/// The longest name of a district that is looked for, bytes.
const DISTRICT: usize = 400;

/// Reads an address. What is not understood asks for nothing, so that an old bookmark still shows
/// a list.
pub(super) fn read(query: Option<&str>) -> Asked {
    let mut asked = Asked::default();
    for (name, value) in pairs(query.unwrap_or("")) {
        let on = value == "1";
        match name.as_str() {
            "level" => {
                let level = |word: &str| Level::ALL.into_iter().find(|it| it.as_str() == word);
                asked.levels.extend(value.split(',').filter_map(level));
            }
            "programme" => asked.programme = programme(&value),
            "team" => asked.team = Some(value).filter(|code| is_team_code(code)),
            "district" => {
                asked.district = Some(value).filter(|it| !it.is_empty() && it.len() <= DISTRICT);
            }
            "mine" => asked.mine = on,
            "overdue" => asked.overdue = on,
            "silent" if on => asked.problem = Some(SILENCE.to_owned()),
            "snoozed" => asked.snoozed = on,
            "ticked" => asked.ticked = on,
            "cursor" => asked.cursor = value.parse().ok(),
            _ => {}
        }
    }
    asked.levels.sort_unstable();
    asked.levels.dedup();
    asked
}

/// Whether only those are asked for who have not measured.
pub(super) fn is_silent(asked: &Asked) -> bool {
    asked.problem.as_deref() == Some(SILENCE)
}

/// The code of the programme that is asked for.
pub(super) fn programme_code(asked: &Asked) -> Option<&'static str> {
    let wanted = asked.programme?;
    PROGRAMMES.iter().find(|(known, ..)| *known == wanted).map(|(_, code, ..)| *code)
}

/// The address of the list that is asked for, without where its page begins.
pub(super) fn address(asked: &Asked) -> String {
    let mut parts = Vec::new();
    if !asked.levels.is_empty() {
        let names: Vec<&str> = asked.levels.iter().map(|level| level.as_str()).collect();
        parts.push(format!("level={}", names.join(",")));
    }
    if let Some(code) = programme_code(asked) {
        parts.push(format!("programme={code}"));
    }
    for (name, value) in [("district", &asked.district), ("team", &asked.team)] {
        if let Some(value) = value {
            parts.push(format!("{name}={}", view::encode(value)));
        }
    }
    for (name, on) in [
        ("mine", asked.mine),
        ("overdue", asked.overdue),
        ("silent", is_silent(asked)),
        ("snoozed", asked.snoozed),
    ] {
        if on {
            parts.push(format!("{name}=1"));
        }
    }
    if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
}

/// The same with everything ticked that needs no more than a look.
pub(super) fn ticked(asked: &Asked) -> String {
    let address = address(asked);
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}ticked=1#seen")
}

/// The address of the next page.
pub(super) fn next(asked: &Asked, cursor: &str) -> String {
    let address = address(asked);
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}cursor={}", view::encode(cursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_what_is_asked() {
        for address in [
            "/",
            "/?level=red",
            "/?level=green,blue&programme=copd&mine=1&overdue=1&silent=1&snoozed=1",
            "/?district=%C3%98st%20%26%20Nord&team=nord-1&mine=1",
        ] {
            let query = address.split_once('?').map(|(_, query)| query);
            assert_eq!(super::address(&read(query)), address);
        }
        let odd = read(Some(
            "level=purple&programme=x&team=X%20Y&district=&mine=maybe&cursor=x&done=claim&unknown=1",
        ));
        assert_eq!(super::address(&odd), "/");
    }
}
