//! What the pages of administration have in common.

pub(in crate::http::web) mod break_glass;
pub(in crate::http::web) mod ingestion;
pub(in crate::http::web) mod quarantine;
pub(in crate::http::web) mod rules;
pub(in crate::http::web) mod settings;
pub(in crate::http::web) mod teams;

use maud::{Markup, html};

use super::frame::{self, Kind};
use crate::http::web::format::Scene;
use crate::http::web::model::{Section, Viewer};
use crate::http::web::words::Words;

/// What a part is called.
fn name(words: Words, section: Section) -> String {
    words.t(match section {
        Section::Quarantine => "section-quarantine",
        Section::Settings => "section-settings",
        Section::Teams => "section-teams",
        Section::Rules => "section-rules",
        Section::Ingestion => "section-ingestion",
        Section::BreakGlass => "section-break-glass",
    })
}

fn about(words: Words, section: Section) -> String {
    words.t(match section {
        Section::Quarantine => "section-quarantine-about",
        Section::Settings => "section-settings-about",
        Section::Teams => "section-teams-about",
        Section::Rules => "section-rules-about",
        Section::Ingestion => "section-ingestion-about",
        Section::BreakGlass => "section-break-glass-about",
    })
}

/// A page of administration.
fn page(scene: &Scene, viewer: &Viewer, section: Section, main: &Markup) -> Markup {
    let words = scene.words;
    let title = name(words, section);
    frame::page(
        words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            (sections(words, viewer, Some(section)))
            h1 { (title) }
            (main)
        },
    )
}

fn sections(words: Words, viewer: &Viewer, here: Option<Section>) -> Markup {
    html! {
        nav class="sections" aria-label=(words.t("sections")) {
            ul {
                @for section in &viewer.sections {
                    li {
                        a href=(section.path()) aria-current=[(here == Some(*section)).then_some("page")] {
                            (name(words, *section))
                        }
                    }
                }
            }
        }
    }
}

/// The first page.
pub(in crate::http::web) fn index(scene: &Scene, viewer: &Viewer) -> Markup {
    let words = scene.words;
    let title = words.t("admin");
    frame::page(
        words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            h1 { (title) }
            dl class="parts" {
                @for section in &viewer.sections {
                    div {
                        dt { a href=(section.path()) { (name(words, *section)) } }
                        dd { (about(words, *section)) }
                    }
                }
            }
        },
    )
}
