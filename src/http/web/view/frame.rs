//! What all pages have around them.

use maud::{DOCTYPE, Markup, html};

use super::encode;
use crate::http::web::assets::address;
use crate::http::web::model::{Standing, Viewer};
use crate::http::web::words::Words;

/// What a page is like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kind {
    /// With large type, for citizens.
    pub(super) large: bool,
    /// With charts.
    pub(super) charts: bool,
    /// With changes as they happen.
    pub(super) live: bool,
}

/// A whole page. `viewer` is whoever is signed in.
pub(super) fn page(
    words: Words,
    viewer: Option<&Viewer>,
    title: &str,
    kind: Kind,
    main: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – " (words.t("product")) }
                link rel="stylesheet" href=(address("app.css"));
                link rel="icon" type="image/svg+xml" href=(address("icon.svg"));
                @if kind.charts {
                    link rel="stylesheet" href=(address("uplot.css"));
                    script defer src=(address("uplot.js")) {}
                    script type="module" src=(address("charts.js")) {}
                }
                script type="module" src=(address("app.js")) {}
            }
            body class=[kind.large.then_some("large")] data-live=[kind.live.then_some("/api/events")]
                data-lost=(words.t("stream-lost")) data-new=(words.t("stream-new"))
                data-changed=(words.t("stream-changed")) data-failed=(words.t("act-failed"))
                data-out=(words.t("act-signed-out")) {
                a class="skip" href="#main" { (words.t("skip")) }
                header class="top" { (bar(words, viewer)) }
                @if let Some(left) = viewer.and_then(|it| it.left) { (ending(words, left)) }
                main id="main" tabindex="-1" { (main) }
                footer class="foot" {
                    p { (words.t("not-emergency")) }
                    p {
                        a href="/accessibility" { (words.t("accessibility")) }
                        " · " (language(words, viewer.map_or("/accessibility", |it| &it.here)))
                    }
                }
            }
        }
    }
}

fn bar(words: Words, viewer: Option<&Viewer>) -> Markup {
    html! {
        p class="brand" {
            (words.t("product"))
            @if let Some(viewer) = viewer { span { (viewer.municipality) } }
        }
        @match viewer {
            Some(viewer) if !viewer.is_citizen => {
                nav aria-label=(words.t("nav")) {
                    @if viewer.worklist {
                        (link(viewer, "/", "worklist", words))
                        (link(viewer, "/handover", "handover", words))
                    }
                    @if viewer.cohorts { (link(viewer, "/cohorts", "cohorts", words)) }
                    @if !viewer.sections.is_empty() { (link(viewer, "/admin", "admin", words)) }
                }
                @if viewer.worklist {
                    form class="find" method="post" action="/search" role="search" {
                        input type="hidden" name="csrf" value=(viewer.csrf);
                        label class="unseen" for="q" { (words.t("search-label")) }
                        input id="q" name="q" type="search" autocomplete="off" spellcheck="false" required
                            placeholder=(words.t("search-hint"));
                        button { (words.t("search")) }
                    }
                }
            }
            _ => {}
        }
        @if let Some(viewer) = viewer {
            p class="you" {
                @if viewer.account {
                    a href="/auth/password" title=(words.t("own-account")) { (viewer.name) }
                } @else { span { (viewer.name) } }
                (language(words, &viewer.here))
            }
            @if !viewer.csrf.is_empty() {
                form class="leave" method="post" action="/auth/logout" {
                    input type="hidden" name="csrf" value=(viewer.csrf);
                    button { (words.t("sign-out")) }
                }
            }
        }
    }
}

/// What a script says in time to whoever is signed in and does nothing.
fn ending(words: Words, left: u64) -> Markup {
    html! {
        div id="ending" class="banner" role="alert" data-left=(left) hidden {
            p data-when="idle" { (words.t("session-idle")) " " button type="button" { (words.t("session-stay")) } }
            p data-when="last" { (words.t("session-last")) }
            p data-when="over" { (words.t("act-signed-out")) }
        }
    }
}

/// A page of the bar. Those of administration are below its first one.
fn link(viewer: &Viewer, path: &str, key: &str, words: Words) -> Markup {
    let here = viewer.here.split('?').next().unwrap_or("/");
    let current = if path == "/" { here == path } else { here.starts_with(path) };
    html! { a href=(path) aria-current=[current.then_some("page")] { (words.t(key)) } }
}

/// The way to the other language.
fn language(words: Words, here: &str) -> Markup {
    let (code, key) = match words.code() {
        "da" => ("en", "in-english"),
        _ => ("da", "in-danish"),
    };
    let (path, query) = here.split_once('?').unwrap_or((here, ""));
    let kept: Vec<&str> =
        query.split('&').filter(|part| !part.is_empty() && !part.starts_with("lang=")).collect();
    let rest = if kept.is_empty() { String::new() } else { format!("{}&", kept.join("&")) };
    html! { a href={ (path) "?" (rest) "lang=" (encode(code)) } lang=(code) hreflang=(code) { (words.t(key)) } }
}

/// What holds for everything that is shown: that something cannot be relied on, and whether
/// somebody looks.
pub(super) fn standing(words: Words, standing: &Standing) -> Markup {
    html! {
        div id="standing" {
            @if let Some(banner) = &standing.banner {
                p class="banner" role="alert" { strong { (words.t("careful")) } " " (banner) }
            }
            @if !standing.staffed { p class="notice" { strong { (words.t("unstaffed")) } " " (standing.hours) } }
        }
    }
}
