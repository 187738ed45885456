//! One alert, and what can be done about it.

use maud::{Markup, html};

use super::forms::{self, Written};
use super::frame::{self, Kind};
use super::news::told_news;
use super::row::{May, row};
use super::told;
use super::worklist::News;
use crate::http::api::pages::Panel;
use crate::http::web::format::Scene;
use crate::http::web::model::{Happened, Viewer};

/// The page. A script takes the part with `data-part` out of it.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    panel: &Panel,
    news: Option<&News>,
    may_act: bool,
) -> Markup {
    let words = scene.words;
    let name = panel.row.who.name.as_deref().unwrap_or(&panel.row.who.id);
    let back = format!("/alerts/{}", panel.row.id);
    let (title, list) = (words.with("alert-title", &[("name", name.into())]), "/");
    frame::page(
        words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            p { a href="/" { (words.t("to-worklist")) } }
            h1 { (title) }
            div id="news" role="status" { @if let Some(news) = news { (told_news(scene, viewer, news, &back)) } }
            ol class="rows alone" { (row(scene, viewer, &panel.row, &back, May::Look)) }
            section class="panel" data-part aria-label=(words.with("acts-for", &[("name", name.into())])) {
                @if !panel.phones.is_empty() {
                    p class="phones" {
                        (words.t("phone")) ": "
                        @for phone in &panel.phones { a href={ "tel:" (phone.replace(' ', "")) } { (phone) } " " }
                    }
                }
                @if may_act {
                    (forms::all(scene, viewer, &panel.row, list, panel.snooze_hours, Written::default()))
                }
                details open[!may_act] {
                    summary { (words.t("story")) }
                    (story(scene, &panel.events))
                }
            }
        },
    )
}

/// What happened, newest first.
pub(super) fn story(scene: &Scene, events: &[Happened]) -> Markup {
    html! {
        ol class="story" {
            @for event in events {
                li class=(told::class(event.level)) {
                    p {
                        time { (scene.moment(event.at)) } " " (told::happened(scene, event)) " "
                        span class="fine" { (event.problem) }
                    }
                    @if let Some(text) = &event.text { p class="quote" { (text) } }
                }
            }
        }
    }
}
