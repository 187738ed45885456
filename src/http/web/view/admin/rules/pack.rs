//! One rule pack, for somebody who decides about it: what it changes, what it would have said, whose
//! limits it has no use for; then who answers for it, and putting it in force.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{changed, news, sign_in_again};
use crate::http::api::pages::{CompareLine, LimitMisfits, PacksCompared, RulePack, SignOffLine};
use crate::http::web::format::Scene;
use crate::http::web::model::{Section, Viewer};
use crate::http::web::words::Words;
use crate::store::screenings::InForce;

/// What the viewer may do, and has tried.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::http::web) struct Asked<'a> {
    /// Whether it is the viewer's to decide.
    pub(in crate::http::web) may: bool,
    /// Whether the viewer has signed in of late.
    pub(in crate::http::web) is_recent: bool,
    /// What was just done.
    pub(in crate::http::web) news: Option<&'a str>,
    /// Who was to sign, and as what.
    pub(in crate::http::web) signed: Option<(&'a str, &'a str)>,
    /// Why it was to be put in force.
    pub(in crate::http::web) reason: &'a str,
    /// Whether what was written cannot be taken.
    pub(in crate::http::web) is_wrong: bool,
    /// Why it was not put in force.
    pub(in crate::http::web) came: Option<InForce>,
}

/// The page.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    told: &RulePack,
    asked: &Asked<'_>,
) -> Markup {
    let words = scene.words;
    let pack = &told.pack;
    let is_active = pack.mode == "active";
    let mode = words.t(match pack.mode {
        "active" => "rules-active",
        "shadow" => "rules-shadow",
        _ => "rules-retired",
    });
    let main = html! {
        (news(words, asked.news))
        @if let Some(came) = asked.came {
            p class="banner" role="alert" {
                (words.t(if came == InForce::Stale { "rules-stale" } else { "rules-not-signed-yet" }))
            }
        }
        @if asked.may && !asked.is_recent { (sign_in_again(words)) }
        p { a href="/admin/rules" { (words.t("rules-all")) } }
        h2 { (pack.name) " " (pack.version) }
        dl class="facts" {
            div { dt { (words.t("rules-state")) } dd {
                (mode)
                @if let Some(since) = pack.since_moment { ", " (words.with("rules-since", &[("when", scene.dated(since).into())])) }
            } }
            div { dt { (words.t("rules-meant")) } dd { (pack.intended_use) } }
            div { dt { (words.t("rules-hash")) } dd { code { (pack.hash) } } }
        }
        @if let Some(changes) = &pack.changes { section { (changed(scene, changes)) } }
        @if let Some(compared) = &told.compared { (comparison(scene, compared)) }
        (misfits(words, &told.limits))
        (signing(scene, viewer, told, asked))
        @if !is_active && asked.may { (using(words, viewer, told, asked)) }
        @if pack.mode == "shadow" && asked.may {
            section aria-labelledby="end" {
                h3 id="end" { (words.t("rules-end")) }
                p { (words.t("rules-end-help")) }
                (super::end(words, viewer, pack))
            }
        }
        p { a href={ "/admin/rules/" (pack.hash) "/text" } { (words.t("rules-text")) } }
    };
    super::frame(scene, viewer, Section::Rules, &main)
}

fn comparison(scene: &Scene, compared: &PacksCompared) -> Markup {
    let words = scene.words;
    let since = scene.dated(compared.since_moment);
    html! {
        section {
            h3 id="compared" { (words.t("rules-compared")) }
            p class="fine" { (words.with("rules-compared-help", &[("when", since.into())])) }
            @if compared.rules.is_empty() {
                p class="empty" { (words.t("rules-compared-none")) }
            } @else {
                div class="scroll" tabindex="0" role="region" aria-labelledby="compared" {
                    table {
                        caption { (words.t("rules-citizens")) }
                        thead { tr {
                            th scope="col" { (words.t("rules-rule")) }
                            @for key in ["rules-only-trial", "rules-only-force", "rules-higher", "rules-lower", "rules-alike"] {
                                th scope="col" { (words.t(key)) }
                            }
                        } }
                        tbody {
                            (compare_line(words, &compared.all))
                            @for line in &compared.rules { (compare_line(words, line)) }
                        }
                    }
                }
            }
        }
    }
}

fn compare_line(words: Words, line: &CompareLine) -> Markup {
    html! {
        tr {
            th scope="row" {
                @match &line.rule {
                    None => (words.t("rules-any")),
                    Some(rule) => { (line.title.as_deref().unwrap_or_default()) " " small { (rule) } }
                }
            }
            @for count in [line.only_trial, line.only_in_force, line.higher, line.lower, line.same] {
                td { (count) }
            }
        }
    }
}

fn misfits(words: Words, limits: &LimitMisfits) -> Markup {
    let lists = [
        ("rules-misfit-unknown", &limits.unknown),
        ("rules-misfit-range", &limits.out_of_range),
        ("rules-misfit-order", &limits.contradictions),
    ];
    let names = |counts: &BTreeMap<String, u64>| {
        let counts: Vec<String> =
            counts.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        counts.join(", ")
    };
    html! {
        section aria-labelledby="misfits" {
            h3 id="misfits" { (words.t("rules-misfits")) }
            @if limits.citizens == 0 {
                p { (words.t("rules-misfits-none")) }
            } @else {
                p class="notice" { (words.with("rules-misfits-told", &[("n", limits.citizens.into())])) }
                ul class="changes" {
                    @for (key, counts) in lists {
                        @if !counts.is_empty() { li { (words.t(key)) ": " (names(counts)) } }
                    }
                }
            }
        }
    }
}

/// Who has signed.
pub(super) fn signatures(scene: &Scene, sign_offs: &[SignOffLine]) -> Markup {
    let words = scene.words;
    html! {
        @if sign_offs.is_empty() { p class="notice" { (words.t("rules-nobody-signed")) } }
        @else {
            ul class="changes" {
                @for it in sign_offs {
                    li {
                        (words.with("rules-signed-by", &[
                            ("name", it.signed_by.as_str().into()),
                            ("role", it.signed_as.as_str().into()),
                            ("when", scene.dated(it.at_moment).into()),
                            ("by", it.recorded_by.as_str().into()),
                        ]))
                    }
                }
            }
        }
    }
}

fn signing(scene: &Scene, viewer: &Viewer, told: &RulePack, asked: &Asked<'_>) -> Markup {
    let words = scene.words;
    let (by, role) = asked.signed.unwrap_or((&viewer.name, ""));
    html! {
        section aria-labelledby="signing" {
            h3 id="signing" { (words.t("rules-signing")) }
            (signatures(scene, &told.pack.sign_offs))
            @if asked.may {
                @if asked.is_wrong && asked.signed.is_some() {
                    p class="banner" role="alert" { (words.t("rules-sign-wrong")) }
                }
                form class="settings" method="post" action={ "/admin/rules/" (told.pack.hash) "/sign" } {
                    input type="hidden" name="csrf" value=(viewer.csrf);
                    p class="fine" { (words.t("rules-sign-help")) }
                    label for="signed-by" { (words.t("rules-sign-by")) }
                    input id="signed-by" name="signedBy" required maxlength="100" value=(by);
                    label for="signed-as" { (words.t("rules-sign-as")) }
                    input id="signed-as" name="signedAs" required maxlength="100" value=(role);
                    button { (words.t("rules-sign")) }
                }
            }
        }
    }
}

fn using(words: Words, viewer: &Viewer, told: &RulePack, asked: &Asked<'_>) -> Markup {
    html! {
        section aria-labelledby="using" {
            h3 id="using" { (words.t("rules-use")) }
            @if told.may_be_used {
                @if asked.is_wrong && asked.signed.is_none() {
                    p class="banner" role="alert" { (words.t("rules-reason-wrong")) }
                }
                form class="settings" method="post" action={ "/admin/rules/" (told.pack.hash) "/use" } {
                    input type="hidden" name="csrf" value=(viewer.csrf);
                    input type="hidden" name="insteadOf" value=(told.in_force);
                    p class="fine" { (words.t("rules-use-help")) }
                    label for="reason" { (words.t("rules-reason")) }
                    textarea id="reason" name="reason" rows="2" required minlength="3" maxlength="1000" { (asked.reason) }
                    button class="main" { (words.t("rules-use-do")) }
                }
            } @else {
                p { (words.t("rules-use-not")) }
            }
        }
    }
}
