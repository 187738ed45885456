//! Which citizens were opened beyond teams.

use maud::{Markup, html};

use super::page as frame;
use crate::http::web::format::Scene;
use crate::http::web::model::{Opened, Section, Viewer};
use crate::http::web::view::break_glass::{end, who};

/// The page.
pub(in crate::http::web) fn page(scene: &Scene, viewer: &Viewer, all: &[Opened]) -> Markup {
    let words = scene.words;
    let main = html! {
        p id="opened" class="fine" { (words.t("break-glass-list-help")) }
        @if all.is_empty() { p class="empty" { (words.t("break-glass-list-none")) } } @else {
            div class="scroll" tabindex="0" role="region" aria-labelledby="opened" {
                table {
                    thead { tr {
                        th scope="col" { (words.t("break-glass-when")) }
                        th scope="col" { (words.t("break-glass-by")) }
                        th scope="col" { (words.t("break-glass-whom")) }
                        th scope="col" { (words.t("break-glass-why")) }
                        th scope="col" { (words.t("break-glass-state")) }
                    } }
                    tbody { @for opened in all {
                        tr {
                            th scope="row" { (scene.moment(opened.begun)) }
                            td { (opened.by) }
                            td { a href={ "/citizens/" (opened.who.id) } { (who(opened)) } }
                            td class="quote" { (opened.reason) }
                            td {
                                @if opened.is_open {
                                    (words.with("break-glass-until", &[("at", scene.moment(opened.until).into())]))
                                    " " (end(words, viewer, opened, Section::BreakGlass.path()))
                                } @else {
                                    (words.with("break-glass-ended", &[("at", scene.moment(opened.until).into())]))
                                }
                            }
                        }
                    } }
                }
            }
        }
    };
    frame(scene, viewer, Section::BreakGlass, &main)
}
