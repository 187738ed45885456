//! `POST /search`: a citizen by name or CPR number, neither of which gets into an address or a log.
//!
//! Both are found by the keyed hashes of the vault: a CPR number by one of them, a name by those of
//! its beginnings, so that the time does not grow with the number of citizens; only the Patients
//! that are shown are decrypted.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use pulsvagt_fhir::cpr::{CPR_SYSTEM, Cpr};

use super::page::{Form, Page, html};
use super::view;
use crate::app::App;
use crate::http::api::{Problem, needs, pages};
use crate::http::fhir::find;

/// Citizens that are shown.
const MOST: usize = 30;

/// The form alone.
pub(super) async fn get(State(app): State<App>, page: Page<needs::WorklistRead>) -> Response {
    page.caller.trail().nobody();
    let markup = view::search::page(&page.scene(&app), &page.viewer(&app), None, "");
    html(StatusCode::OK, page.words, markup)
}

pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::WorklistRead>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(found(&app, &page, &headers, body).await)
}

async fn found(
    app: &App,
    page: &Page<needs::WorklistRead>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let wanted = form.get("q");
    let mut people = Vec::new();
    page.caller.trail().about([]);
    if let Some(mut parameters) = parameters(wanted) {
        parameters.push(("_count".to_owned(), (MOST + 1).to_string()));
        let (_, found) = find(app, page.caller.caller(), "Patient", parameters, true).await?;
        people = pages::people(&page.caller, &found.resources, app.clock().now()).await?;
    }
    let markup = view::search::page(&page.scene(app), &page.viewer(app), Some(&people), wanted);
    Ok(html(StatusCode::OK, page.words, markup))
}

/// What is searched by; `None` where it is too little to search by.
fn parameters(wanted: &str) -> Option<Vec<(String, String)>> {
    let number: String = wanted.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    if number.parse::<Cpr>().is_ok() {
        return Some(vec![("identifier".to_owned(), format!("{CPR_SYSTEM}|{number}"))]);
    }
    let parts: Vec<(String, String)> =
        wanted.split_whitespace().take(6).map(|part| ("name".to_owned(), escaped(part))).collect();
    let letters = wanted.chars().filter(|c| c.is_alphabetic()).count();
    (letters >= 2).then_some(parts)
}

/// Without meaning to the search (<http://hl7.org/fhir/R4/search.html#escaping>).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | ',' | '|' | '$') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_searched_by_number_and_a_name_by_its_parts() {
        let number = Some(vec![("identifier".to_owned(), format!("{CPR_SYSTEM}|0101501234"))]);
        assert_eq!(parameters("010150-1234"), number);
        assert_eq!(parameters("0101501234"), number);
        let name = |part: &str| ("name".to_owned(), part.to_owned());
        assert_eq!(parameters("Ane  Han"), Some(vec![name("Ane"), name("Han")]));
        assert_eq!(parameters("Å,b"), Some(vec![name("Å\\,b")]));
        for little in ["", " ", "a", "12", "0101501"] {
            assert_eq!(parameters(little), None, "{little:?}");
        }
    }
}
