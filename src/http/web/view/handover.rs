//! The handover sheet.

use maud::{Markup, html};

use super::frame::{self, Kind, standing};
use super::row::hands;
use super::{icon, told};
use crate::http::api::pages::List;
use crate::http::web::format::Scene;
use crate::http::web::model::Viewer;

/// The sheet: what is not done, whose it is, and why. To be printed.
pub(in crate::http::web) fn page(scene: &Scene, viewer: &Viewer, list: &List) -> Markup {
    let words = scene.words;
    let title = words.t("handover");
    frame::page(
        words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            h1 { (title) }
            p class="sheet-head" {
                (words.with("handover-as-of", &[
                    ("municipality", viewer.municipality.as_str().into()),
                    ("at", format!("{} {}", scene.date_of(scene.now), scene.time(scene.now)).into()),
                    ("n", u32::try_from(list.rows.len()).unwrap_or(0).into()),
                ]))
            }
            (standing(words, &list.standing))
            p class="screen" {
                button type="button" data-print { (words.t("print")) } " " (words.t("handover-help"))
            }
            div class="scroll" tabindex="0" role="region" aria-label=(title) {
                table class="sheet" {
                    thead {
                        tr {
                            th scope="col" { (words.t("level")) }
                            th scope="col" { (words.t("citizen")) }
                            th scope="col" { (words.t("why")) }
                            th scope="col" { (words.t("who-has-it")) }
                            th scope="col" { (words.t("target")) }
                            th scope="col" { (words.t("remarks")) }
                        }
                    }
                    tbody {
                        @for row in &list.rows {
                            tr {
                                td class={ "level " (told::class(row.level)) } { (icon::level(row.level)) " " (told::level(words, row.level)) }
                                th scope="row" {
                                    (row.who.name.as_deref().unwrap_or(&row.who.id))
                                    @if let Some(age) = row.who.age { " " (words.with("years", &[("n", i64::from(age).into())])) }
                                    br; span class="fine" { (row.programmes.join(", ")) }
                                }
                                td { (row.why) br; span class="fine" { (row.problem) } }
                                td { (hands(scene, row)) }
                                td {
                                    (scene.moment(row.due))
                                    @if row.overdue { br; strong { (words.t("overdue")) } }
                                }
                                td class="blank" {}
                            }
                        }
                    }
                }
            }
            @if list.next.is_some() { p { strong { (words.t("handover-more")) } } }
        },
    )
}
