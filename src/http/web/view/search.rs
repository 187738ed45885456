//! Looking for a citizen.

use maud::{Markup, html};

use super::frame::{self, Kind};
use crate::http::web::format::{Scene, cpr};
use crate::http::web::model::{Identity, Viewer};

/// Citizens that are shown; one more says that there are more.
const MOST: usize = 30;

/// The page; `people` is nothing where nobody was looked for.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    people: Option<&[Identity]>,
    wanted: &str,
) -> Markup {
    let words = scene.words;
    let title = words.t("search");
    frame::page(
        words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            h1 { (title) }
            form class="search" method="post" action="/search" {
                input type="hidden" name="csrf" value=(viewer.csrf);
                label for="wanted" { (words.t("search-label")) }
                input id="wanted" name="q" type="search" autocomplete="off" spellcheck="false" required value=(wanted);
                button class="main" { (words.t("search")) }
                p class="fine" { (words.t("search-help")) }
            }
            @if let Some(people) = people {
                p role="status" {
                    (words.with("search-found", &[("n", u32::try_from(people.len().min(MOST)).unwrap_or(0).into())]))
                    @if people.len() > MOST { " " (words.t("search-more")) }
                }
                ul class="people" {
                    @for person in people.iter().take(MOST) {
                        li {
                            a href={ "/citizens/" (person.who.id) } {
                                (person.who.name.as_deref().unwrap_or(&person.who.id))
                            }
                            span {
                                @if let Some(number) = &person.cpr { (cpr(number)) }
                                @if let Some(age) = person.who.age { " · " (words.with("years", &[("n", i64::from(age).into())])) }
                                @if let Some(address) = &person.address { " · " (address) }
                                @if person.protected { " · " strong { (words.t("protected")) } }
                            }
                        }
                    }
                }
            }
            @if viewer.opens { p { a href="/break-glass" { (words.t("break-glass-link")) } } }
        },
    )
}
