//! The plan: limits, how often is measured, and who changed what.

use maud::{Markup, html};

use super::frame::{self, Kind};
use super::preview;
use crate::http::web::format::Scene;
use crate::http::web::model::{Changed, Limit, PlanChange, PlanPage, Preview, Viewer};

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
            @if plan.may_change { (form(scene, viewer, id, plan, None)) } @else { (list(scene, plan)) }
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

/// The limits to be changed or tried; `tried` is what was found when they were.
pub(super) fn form(
    scene: &Scene,
    viewer: &Viewer,
    id: &str,
    plan: &PlanPage,
    tried: Option<&Result<Preview, ()>>,
) -> Markup {
    let words = scene.words;
    let (first, rest): (Vec<&Limit>, Vec<&Limit>) = plan.limits.iter().partition(|it| it.first);
    html! {
        @let preview = format!("/citizens/{id}/plan/preview");
        form class="limits" method="post" action={ "/citizens/" (id) "/plan" } data-preview=(preview) {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="version" value=(plan.version);
            p class="fine" { (words.t("limits-help")) }
            div class="limit-fields" { @for limit in &first { (field(scene, limit)) } }
            @if !rest.is_empty() {
                details open[rest.iter().any(|it| it.is_wrong())] {
                    summary { (words.t("more-limits")) }
                    div class="limit-fields" { @for limit in &rest { (field(scene, limit)) } }
                }
            }
            (preview::part(scene, tried))
            p class="buttons" {
                button class="main" { (words.t("limits-do")) }
                button formaction=(preview) { (words.t("preview-do")) }
            }
        }
    }
}

fn field(scene: &Scene, limit: &Limit) -> Markup {
    let words = scene.words;
    let (id, help) = (format!("limit-{}", limit.name), format!("help-{}", limit.name));
    let value = match (&limit.typed, limit.own) {
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
                    aria-invalid=[limit.is_wrong().then_some("true")];
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
                @if let Some((_, Some(why))) = &limit.typed { " " strong class="wrong" { (why) } }
            }
        }
    }
}

fn changed(scene: &Scene, change: &PlanChange) -> Markup {
    let words = scene.words;
    html! {
        li {
            p {
                time { (scene.moment(change.at)) } " "
                (words.with("plan-version", &[("n", change.version.into()), ("name", change.author.as_str().into())]))
            }
            @if change.changes.is_empty() { p class="fine" { (words.t("changed-nothing")) } }
            @for each in &change.changes { p { (difference(scene, each)) } }
        }
    }
}

/// A difference between two versions in words.
fn difference(scene: &Scene, changed: &Changed) -> String {
    let words = scene.words;
    let named = |key: &str, name: &str| words.with(key, &[("what", name.into())]);
    let from_to = |what: &str, before: String, after: String| {
        let values = [("what", what.into()), ("before", before.into()), ("after", after.into())];
        words.with("changed-from-to", &values)
    };
    let value = |value: Option<f64>, unit: &str, otherwise: &str| match value {
        Some(value) => scene.quantity(value, unit),
        None => words.t(otherwise),
    };
    let often = |often: Option<(u16, bool)>| match often {
        None => words.t("not-measured"),
        Some((hours, critical)) => {
            let often = words.with("every-hours", &[("hours", hours.into())]);
            if critical { format!("{often}, {}", words.t("silence-critical")) } else { often }
        }
    };
    match changed {
        Changed::Joined(name) => named("changed-joined", name),
        Changed::Left(name) => named("changed-left", name),
        Changed::Cadence(name, before, after) => from_to(name, often(*before), often(*after)),
        Changed::Limit(name, before, after, unit) => {
            let told = |limit| value(limit, unit, "the-standard");
            from_to(name, told(*before), told(*after))
        }
        Changed::Baseline(name, before, after, unit) => {
            let told = |baseline| value(baseline, unit, "the-own");
            let what = words.with("changed-baseline", &[("what", name.as_str().into())]);
            from_to(&what, told(*before), told(*after))
        }
        Changed::Scale(scale) => words.with("changed-scale", &[("n", (*scale).into())]),
        Changed::Oxygen(true) => words.t("changed-oxygen"),
        Changed::Oxygen(false) => words.t("changed-no-oxygen"),
    }
}

/// Puts what was typed into the fields, and says of the wrong ones that they are.
pub(super) fn fill_in(
    scene: &Scene,
    plan: &mut PlanPage,
    typed: &[(&str, &str)],
    wrong: &[String],
) {
    for limit in &mut plan.limits {
        let Some((_, text)) = typed.iter().find(|(name, _)| *name == limit.name) else { continue };
        let is_wrong = wrong.contains(&limit.name);
        let why = is_wrong.then(|| scene.words.t("limit-refused"));
        limit.typed = Some(((*text).to_owned(), why));
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
    fill_in(scene, &mut plan, typed, wrong);
    let title = words.t("not-done");
    frame::page(
        words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            h1 { (title) }
            p class="banner" role="alert" { (words.t("limits-refused")) }
            (form(scene, viewer, id, &plan, Some(&Err(()))))
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
