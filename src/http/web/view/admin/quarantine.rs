//! Readings that cannot be right.

use maud::{Markup, html};

use super::page as frame;
use crate::http::api::pages::{Doubted, DoubtedValue, Refused, Waiting};
use crate::http::web::format::Scene;
use crate::http::web::model::{Section, Viewer};
use crate::http::web::view::encode;
use crate::http::web::words::Words;
use crate::ingest::Quarantine;

const HERE: &str = "/admin/quarantine";
/// Units that devices send instead of the right one; what is typed may be another.
const UNITS: [&str; 8] = ["kg", "[lb_av]", "g", "mmol/L", "mg/dL", "mm[Hg]", "Cel", "[degF]"];

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(in crate::http::web) struct Asked {
    /// Those that are decided.
    pub(in crate::http::web) decided: bool,
    /// For this reason only.
    pub(in crate::http::web) reason: Option<Quarantine>,
    /// From this device only.
    pub(in crate::http::web) device: Option<String>,
}

impl Asked {
    /// The address that asks for it.
    fn address(&self) -> String {
        let mut parts = Vec::new();
        if self.decided {
            parts.push("state=decided".to_owned());
        }
        if let Some(reason) = self.reason {
            parts.push(format!("reason={}", reason.as_str()));
        }
        if let Some(device) = &self.device {
            parts.push(format!("device={}", encode(device)));
        }
        if parts.is_empty() { HERE.to_owned() } else { format!("{HERE}?{}", parts.join("&")) }
    }
}

/// What was just done.
#[derive(Debug)]
pub(in crate::http::web) enum News {
    /// To a reading, as it is now.
    One(Box<Doubted>),
    /// To many.
    All {
        /// How many.
        done: u32,
        /// How many of those that were looked at still wait.
        left: u32,
    },
}

/// The page.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    asked: &Asked,
    list: &Waiting,
    news: Option<&News>,
) -> Markup {
    let words = scene.words;
    let here = asked.address();
    let main = html! {
        p { (words.t("doubt-intro")) }
        div id="news" role="status" aria-live="polite" {
            @if let Some(news) = news { (told(words, viewer, news, &here)) }
        }
        (counts(scene, asked, list))
        @if let (Some(reason), Some(device), false) = (asked.reason, &asked.device, asked.decided) {
            (all(scene, viewer, reason, device))
        }
        p class="jump" {
            @let other = Asked { decided: !asked.decided, ..asked.clone() };
            a href=(other.address()) {
                (words.t(if asked.decided { "doubt-to-waiting" } else { "doubt-to-decided" }))
            }
            @if asked.reason.is_some() || asked.device.is_some() {
                a href=(Asked { decided: asked.decided, ..Asked::default() }.address()) { (words.t("doubt-to-all")) }
            }
        }
        h2 { (words.t(if asked.decided { "doubt-decided" } else { "doubt-waiting" })) }
        @if list.readings.is_empty() { p class="empty" { (words.t("doubt-none")) } }
        ol class="rows" {
            @for reading in &list.readings { li { (article(scene, viewer, reading, &here, &[])) } }
        }
        @if let Some(next) = list.next {
            @let separator = if here.contains('?') { "&" } else { "?" };
            p class="pager" { a href={ (here) (separator) "cursor=" (next) } { (words.t("next-page")) } }
        }
    };
    frame(scene, viewer, Section::Quarantine, &main)
}

fn told(words: Words, viewer: &Viewer, news: &News, back: &str) -> Markup {
    let reading = match news {
        News::All { done, left } => {
            return html! {
                p class="done" { (words.with("doubt-done-all", &[("n", (*done).into()), ("left", (*left).into())])) }
            };
        }
        News::One(reading) => reading,
    };
    let key = match reading.decided.as_ref().map(|decided| decided.decision) {
        Some("accepted") => "doubt-done-accept",
        Some("rejected") => "doubt-done-reject",
        Some("fixed") => "doubt-done-fix",
        Some(_) => return html! {},
        None => "doubt-done-undo",
    };
    html! {
        div class="done" {
            p { (words.with(key, &[("name", person(reading).into()), ("what", reading.what.as_str().into())])) }
            @if reading.legal.contains(&"undo") { (undo(words, viewer, reading, back)) }
        }
    }
}

fn undo(words: Words, viewer: &Viewer, reading: &Doubted, back: &str) -> Markup {
    html! {
        form method="post" action={ (HERE) "/" (reading.id) "/undo" } {
            (hidden(viewer, reading, back))
            button { (words.t("undo")) span class="unseen" { " – " (person(reading)) ", " (reading.what) } }
        }
    }
}

fn hidden(viewer: &Viewer, reading: &Doubted, back: &str) -> Markup {
    html! {
        input type="hidden" name="csrf" value=(viewer.csrf);
        input type="hidden" name="version" value=(reading.version);
        input type="hidden" name="back" value=(back);
    }
}

/// How many wait, by device and reason.
fn counts(scene: &Scene, asked: &Asked, list: &Waiting) -> Markup {
    let words = scene.words;
    html! {
        @if !list.counts.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label=(words.t("doubt-counts")) {
                table {
                    caption { (words.t("doubt-counts")) }
                    thead { tr {
                        th scope="col" { (words.t("doubt-device")) }
                        th scope="col" { (words.t("doubt-reason")) }
                        th scope="col" { (words.t("doubt-number")) }
                        th scope="col" { (words.t("doubt-oldest")) }
                    } }
                    tbody {
                        @for count in &list.counts {
                            @let reason = Quarantine::from_code(count.reason);
                            @let to = Asked { decided: false, reason, device: Some(count.device.clone()) };
                            @let chosen = asked.reason == reason && asked.device.as_ref() == Some(&count.device);
                            tr {
                                th scope="row" {
                                    a href=(to.address()) aria-current=[chosen.then_some("true")] { (device(words, &count.device)) }
                                }
                                td { @if let Some(reason) = reason { (why(words, reason)) } }
                                td { (count.count) }
                                td { (scene.moment(count.oldest)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A device, as it was named.
pub(super) fn device(words: Words, reference: &str) -> String {
    if reference.is_empty() { words.t("doubt-no-device") } else { reference.to_owned() }
}

/// Why a reading cannot be right.
pub(super) fn why(words: Words, reason: Quarantine) -> String {
    words.t(match reason {
        Quarantine::Implausible => "doubt-implausible",
        Quarantine::ClockAhead => "doubt-clock-ahead",
        Quarantine::ClockBehind => "doubt-clock-behind",
        Quarantine::UnitUnknown => "doubt-unit-unknown",
        Quarantine::NotFinal => "doubt-not-final",
        Quarantine::EndBeforeStart => "doubt-end-before-start",
    })
}

fn person(reading: &Doubted) -> &str {
    reading.citizen.name.as_deref().unwrap_or(&reading.citizen.id)
}

/// A reading with what can be done about it. `typed` is what was written before it was refused.
fn article(
    scene: &Scene,
    viewer: &Viewer,
    reading: &Doubted,
    back: &str,
    typed: &[(&str, &str)],
) -> Markup {
    let words = scene.words;
    html! {
        article class="doubt" aria-labelledby={ "reading-" (reading.id) } {
            h3 id={ "reading-" (reading.id) } {
                a href={ "/citizens/" (reading.citizen.id) } { (person(reading)) }
                ": " (reading.what) " "
                @for value in &reading.values { span class="sent" { (shown(scene, reading, value)) } " " }
            }
            p class="wrong" { (why(words, reading.reason)) }
            dl {
                @if let Some(usual) = &reading.usual {
                    div { dt { (words.t("doubt-usual")) } dd { (scene.quantity(usual.value, usual.unit)) " " (scene.moment(usual.at)) } }
                }
                div { dt { (words.t("doubt-taken")) } dd { (reading.at.as_deref().map_or_else(|| words.t("doubt-no-time"), |at| time(scene, at))) } }
                div { dt { (words.t("doubt-received")) } dd { (scene.moment(reading.received)) } }
                div { dt { (words.t("doubt-device")) } dd { (device(words, &reading.device)) } }
            }
            @if let Some(decided) = &reading.decided {
                p {
                    strong { (words.t(match decided.decision {
                        "accepted" => "doubt-is-accepted",
                        "rejected" => "doubt-is-rejected",
                        "fixed" => "doubt-is-fixed",
                        _ => "doubt-is-changed",
                    })) }
                    " " (scene.moment(decided.at))
                    @if let Some(by) = &decided.by { " · " (by) }
                }
                @if let Some(text) = &decided.why { p class="quote" { (text) } }
                @if reading.legal.contains(&"undo") { (undo(words, viewer, reading, back)) }
            } @else {
                (form(scene, viewer, reading, back, typed))
            }
        }
    }
}

fn shown(scene: &Scene, reading: &Doubted, value: &DoubtedValue) -> String {
    let number = scene.digits(&value.value);
    let unit = scene.unit(&value.unit);
    let text = if unit.is_empty() { number } else { format!("{number}\u{a0}{unit}") };
    if value.what == reading.what { text } else { format!("{} {text}", value.what) }
}

/// A time as it was sent, in local time if it can be read.
fn time(scene: &Scene, text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => scene.moment(crate::clock::Micros(at.as_microsecond())),
        Err(_) => text.to_owned(),
    }
}

fn form(
    scene: &Scene,
    viewer: &Viewer,
    reading: &Doubted,
    back: &str,
    typed: &[(&str, &str)],
) -> Markup {
    let words = scene.words;
    let written =
        |name: &str| typed.iter().find(|(field, _)| *field == name).map_or("", |(_, text)| *text);
    let may = |verb: &str| reading.legal.contains(&verb);
    let address = |verb: &str| format!("{HERE}/{}/{verb}", reading.id);
    let field = |name: &str| format!("{name}-{}", reading.id);
    html! {
        form class="decide" method="post" action=(address("reject")) {
            (hidden(viewer, reading, back))
            label for=(field("why")) { (words.t("doubt-why")) }
            textarea id=(field("why")) name="why" rows="2" required minlength="3" maxlength="1000" {
                (written("why"))
            }
            @if may("fix") {
                fieldset {
                    legend { (words.t("doubt-fix")) }
                    p class="fine" { (words.t("doubt-fix-help")) }
                    @for value in &reading.values {
                        @let (number, unit) = (format!("value.{}", value.place), format!("unit.{}", value.place));
                        div class="fix" {
                            label for=(field(&number)) { (value.what) ", " (words.t("doubt-value")) }
                            input id=(field(&number)) name=(number) inputmode="decimal" autocomplete="off"
                                maxlength="20" placeholder=(scene.digits(&value.value)) value=(written(&number));
                            label for=(field(&unit)) { (value.what) ", " (words.t("doubt-unit")) }
                            input id=(field(&unit)) name=(unit) autocomplete="off" spellcheck="false" maxlength="40"
                                list=(field("units")) placeholder=(value.unit) value=(written(&unit));
                        }
                    }
                    datalist id=(field("units")) { @for unit in UNITS { option value=(unit) {} } }
                    button formaction=(address("fix")) { (words.t("doubt-fix-do")) }
                }
            }
            p class="acts" {
                @if may("accept") { button formaction=(address("accept")) { (words.t("doubt-accept-do")) } }
                button formaction=(address("reject")) { (words.t("doubt-reject-do")) }
            }
        }
    }
}

/// One decision about everything from a device.
fn all(scene: &Scene, viewer: &Viewer, reason: Quarantine, device: &str) -> Markup {
    let words = scene.words;
    html! {
        form class="act" method="post" action={ (HERE) "/all" } {
            h2 { (words.t("doubt-all")) }
            p class="fine" { (words.t("doubt-all-help")) }
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="device" value=(device);
            input type="hidden" name="reason" value=(reason.as_str());
            input type="hidden" name="until" value=(scene.now.to_string());
            label for="all-decision" { (words.t("doubt-decision")) }
            select id="all-decision" name="decision" required {
                option value="" { (words.t("choose")) }
                @if reason.can_be_fixed() { option value="fix" { (words.t("doubt-all-fix")) } }
                @if reason.can_be_accepted() { option value="accept" { (words.t("doubt-accept-do")) } }
                option value="reject" { (words.t("doubt-reject-do")) }
            }
            @if reason.can_be_fixed() {
                label for="all-unit" { (words.t("doubt-all-unit")) }
                input id="all-unit" name="unit" autocomplete="off" spellcheck="false" maxlength="40" list="all-units";
                datalist id="all-units" { @for unit in UNITS { option value=(unit) {} } }
            }
            label for="all-why" { (words.t("doubt-why")) }
            textarea id="all-why" name="why" rows="2" required minlength="3" maxlength="1000" {}
            button class="main" { (words.t("doubt-all-do")) }
        }
    }
}

/// Why it was not done, with the reading as it is now and what was written.
pub(in crate::http::web) fn not_done(
    scene: &Scene,
    viewer: &Viewer,
    reading: &Doubted,
    refused: Option<Refused>,
    typed: &[(&str, &str)],
) -> Markup {
    let words = scene.words;
    let main = html! {
        p class="banner" role="alert" {
            strong { (words.t("not-done")) } " "
            @match refused { Some(refused) => (refusal(words, refused)), None => (words.t("doubt-stale")) }
        }
        @let written = typed.iter().find(|(name, _)| *name == "why").map_or("", |(_, text)| *text);
        @if refused.is_none() && !written.is_empty() {
            h2 { (words.t("you-wrote")) }
            p class="quote" { (written) }
        }
        (article(scene, viewer, reading, HERE, typed))
        p { a href=(HERE) { (words.t("doubt-to-all")) } }
    };
    frame(scene, viewer, Section::Quarantine, &main)
}

/// Why nothing was decided about the readings of a device.
pub(in crate::http::web) fn none_done(
    scene: &Scene,
    viewer: &Viewer,
    device: &str,
    reason: Quarantine,
    refused: Refused,
) -> Markup {
    let words = scene.words;
    let main = html! {
        p class="banner" role="alert" { strong { (words.t("not-done")) } " " (refusal(words, refused)) }
        (all(scene, viewer, reason, device))
        p { a href=(HERE) { (words.t("doubt-to-all")) } }
    };
    frame(scene, viewer, Section::Quarantine, &main)
}

fn refusal(words: Words, refused: Refused) -> String {
    match refused {
        Refused::NotNow => words.t("doubt-refused-now"),
        Refused::Why => words.t("doubt-refused-why"),
        Refused::Value(_) => words.t("doubt-refused-value"),
        Refused::Unit(_) => words.t("doubt-refused-unit"),
        Refused::NoNumber(_) => words.t("doubt-refused-number"),
        Refused::Invalid => words.t("doubt-refused-invalid"),
        Refused::Same => words.t("doubt-refused-same"),
        Refused::Still(reason) => {
            words.with("doubt-refused-still", &[("why", why(words, reason).into())])
        }
    }
}
