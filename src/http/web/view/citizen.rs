//! A citizen's page, for staff.

use maud::{Markup, html};

use super::chart::chart;
use super::frame::{self, Kind, standing};
use super::{around, evidence, letters, plan, risk, row, story};
use crate::http::web::format::{Scene, cpr};
use crate::http::web::model::{CitizenPage, Identity, Standing, Viewer};

/// The page.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    held: &Standing,
    page: &CitizenPage,
) -> Markup {
    let words = scene.words;
    let id = &page.identity.who.id;
    let name = page.identity.who.name.as_deref().unwrap_or(id);
    let here = format!("/citizens/{id}");
    let readings = format!("/citizens/{id}/readings");
    let kind = Kind { charts: true, ..Kind::default() };
    frame::page(
        words,
        Some(viewer),
        name,
        kind,
        &html! {
            (identity(scene, &page.identity))
            (standing(words, held))
            nav class="jump" aria-label=(words.t("on-this-page")) {
                @for (place, key) in [
                    ("#alerts", "alerts"), ("#charts", "measurements"), ("#findings", "findings"),
                    ("#timeline", "story"), ("#plan", "plan"), ("#tasks", "tasks"), ("#devices", "devices"),
                    ("#letters", "letters"),
                ] {
                    a href=(place) { (words.t(key)) }
                }
            }
            section id="alerts" aria-labelledby="alerts-title" {
                h2 id="alerts-title" { (words.t("alerts")) }
                @if page.alerts.is_empty() { p class="empty" { (words.t("no-alerts")) } }
                ol class="rows alone" { @for each in &page.alerts { (row::row(scene, viewer, each, &here, row::May::Act)) } }
            }
            section id="charts" aria-labelledby="charts-title" {
                h2 id="charts-title" { (words.t("measurements")) " " small { (words.t("days-90")) } }
                @if page.charts.is_empty() { p class="empty" { (words.t("nothing-measured")) } }
                div class="charts" { @for each in &page.charts { (chart(scene, each, Some(&readings))) } }
            }
            section id="findings" aria-labelledby="findings-title" {
                h2 id="findings-title" { (words.t("findings")) }
                (evidence::scores(scene, &page.scores))
                (risk::risks(scene, &page.risks))
                (evidence::findings(scene, page))
            }
            section id="timeline" aria-labelledby="timeline-title" {
                h2 id="timeline-title" { (words.t("story")) }
                (story::section(scene, &here, &page.story))
            }
            section id="plan" aria-labelledby="plan-title" {
                h2 id="plan-title" { (words.t("plan")) }
                (plan::section(scene, viewer, id, &page.plan))
            }
            section id="tasks" aria-labelledby="tasks-title" {
                h2 id="tasks-title" { (words.t("tasks")) }
                (around::tasks(scene, &page.tasks))
            }
            section id="devices" aria-labelledby="devices-title" {
                h2 id="devices-title" { (words.t("devices")) }
                (around::devices(scene, &page.devices))
            }
            section id="letters" aria-labelledby="letters-title" {
                h2 id="letters-title" { (words.t("letters")) }
                (letters::section(scene, viewer, page))
            }
        },
    )
}

/// Who it is, so that the nurse is sure before she calls.
fn identity(scene: &Scene, identity: &Identity) -> Markup {
    let words = scene.words;
    html! {
        header class="identity" {
            h1 { (identity.who.name.as_deref().unwrap_or(&identity.who.id)) }
            @if identity.protected { p class="notice" { strong { (words.t("protected")) } " " (words.t("protected-means")) } }
            dl {
                @if let Some(number) = &identity.cpr { div { dt { (words.t("cpr")) } dd class="cpr" { (cpr(number)) } } }
                @if let Some(age) = identity.who.age { div { dt { (words.t("age")) } dd { (words.with("years", &[("n", i64::from(age).into())])) } } }
                @if !identity.programmes.is_empty() { div { dt { (words.t("programmes")) } dd { (identity.programmes.join(", ")) } } }
                @for phone in &identity.phones { div { dt { (words.t("phone")) } dd { a href={ "tel:" (phone.replace(' ', "")) } { (phone) } } } }
                @if let Some(address) = &identity.address { div { dt { (words.t("address")) } dd { (address) } } }
            }
        }
    }
}
