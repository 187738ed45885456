//! The plan: limits, how often is measured, and who changed what.

use maud::{Markup, html};

use super::frame::{self, Kind};
use crate::http::web::format::Scene;
use crate::http::web::model::{Limit, PlanChange, PlanPage, Viewer};

/// The part of a citizen's page.
pub(super) fn section(scene: &Scene, viewer: &Viewer, id: &str, plan: &PlanPage) -> Markup {
    let words = scene.words;
    html! {
        @if !plan.cadence.is_empty() {
            h3 { (words.t("cadence")) }
            ul {
                @for (what, hours) in &plan.cadence {
                    li { (what) ": " (words.with("every-hours", &[("hours", (*hours).into())])) }
                }
            }
        }
        h3 { (words.t("limits")) }
        @if plan.limits.is_empty() { p class="empty" { (words.t("no-limits")) } } @else {
            @if plan.may_change { (form(scene, viewer, id, plan)) } @else { (list(scene, plan)) }
        }
        h3 { (words.t("plan-history")) }
        @if plan.history.is_empty() { p class="empty" { (words.t("plan-none")) } }
        ol class="story" { @for change in &plan.history { (changed(scene, change)) } }
    }
}

fn list(scene: &Scene, plan: &PlanPage) -> Markup {
    html! {
        ul { @for limit in &plan.limits {
            li { (limit.text) " " b { (scene.quantity(limit.own.unwrap_or(limit.standard), &limit.unit)) } }
        } }
    }
}

fn form(scene: &Scene, viewer: &Viewer, id: &str, plan: &PlanPage) -> Markup {
    let words = scene.words;
    let (first, rest): (Vec<&Limit>, Vec<&Limit>) = plan.limits.iter().partition(|it| it.first);
    html! {
        form class="limits" method="post" action={ "/citizens/" (id) "/plan" } {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="version" value=(plan.version);
            p class="fine" { (words.t("limits-help")) }
            div class="limit-fields" { @for limit in &first { (field(scene, limit)) } }
            @if !rest.is_empty() {
                details open[rest.iter().any(|it| it.refused.is_some())] {
                    summary { (words.t("more-limits")) }
                    div class="limit-fields" { @for limit in &rest { (field(scene, limit)) } }
                }
            }
            button class="main" { (words.t("limits-do")) }
        }
    }
}

fn field(scene: &Scene, limit: &Limit) -> Markup {
    let words = scene.words;
    let (id, help) = (format!("limit-{}", limit.name), format!("help-{}", limit.name));
    let value = match (&limit.refused, limit.own) {
        (Some((typed, _)), _) => typed.clone(),
        (None, Some(own)) => scene.exact(own),
        (None, None) => String::new(),
    };
    html! {
        div class={ "field " (if limit.red { "red" } else { "yellow" }) } {
            label for=(id) { (limit.text) }
            span class="entry" {
                input id=(id) name={ "limit." (limit.name) } value=(value) inputmode="decimal" autocomplete="off"
                    placeholder=(scene.exact(limit.standard)) aria-describedby=(help)
                    aria-invalid=[limit.refused.as_ref().map(|_| "true")];
                (scene.unit(&limit.unit))
            }
            p class="fine" id=(help) {
                (words.t(if limit.red { "limit-red" } else { "limit-yellow" })) ". "
                (words.t(if limit.low { "worse-low" } else { "worse-high" })) " "
                (words.with("limit-range", &[
                    ("standard", scene.exact(limit.standard).into()),
                    ("least", scene.exact(limit.allowed.0).into()),
                    ("most", scene.exact(limit.allowed.1).into()),
                ]))
                @if let Some((_, why)) = &limit.refused { " " strong class="wrong" { (why) } }
            }
        }
    }
}

fn changed(scene: &Scene, change: &PlanChange) -> Markup {
    let words = scene.words;
    let told = |value: Option<f64>, unit: &str| match value {
        Some(value) => scene.quantity(value, unit),
        None => words.t("the-standard"),
    };
    html! {
        li {
            p {
                time { (scene.moment(change.at)) } " "
                (words.with("plan-version", &[("n", change.version.into()), ("name", change.author.as_str().into())]))
            }
            @for (text, before, after, unit) in &change.limits {
                p { (text) ": " (told(*before, unit)) " → " b { (told(*after, unit)) } }
            }
        }
    }
}

/// What was typed, with what is wrong with it.
pub(in crate::http::web) fn refused(
    scene: &Scene,
    viewer: &Viewer,
    id: &str,
    mut plan: PlanPage,
    typed: &[(&str, &str)],
    wrong: &[String],
) -> Markup {
    let words = scene.words;
    for limit in &mut plan.limits {
        let Some((_, text)) = typed.iter().find(|(name, _)| *name == limit.name) else { continue };
        let is_wrong = wrong.contains(&limit.name);
        let why = if is_wrong { words.t("limit-refused") } else { String::new() };
        limit.refused = Some(((*text).to_owned(), why));
    }
    let title = words.t("not-done");
    frame::page(
        words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            h1 { (title) }
            p class="banner" role="alert" { (words.t("limits-refused")) }
            (form(scene, viewer, id, &plan))
            p { a href={ "/citizens/" (id) "#plan" } { (words.t("to-citizen")) } }
        },
    )
}

/// Somebody else has changed it.
pub(in crate::http::web) fn stale(
    scene: &Scene,
    viewer: &Viewer,
    id: &str,
    typed: &[(&str, &str)],
) -> Markup {
    let words = scene.words;
    let title = words.t("not-done");
    frame::page(
        words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            h1 { (title) }
            p class="banner" role="alert" { (words.t("plan-stale")) }
            h2 { (words.t("you-wrote")) }
            ul { @for (name, value) in typed { @if !value.is_empty() { li { code { (name) } " " b { (value) } } } } }
            p { a href={ "/citizens/" (id) "#plan" } { (words.t("to-citizen")) } }
        },
    )
}
