//! What comes in, and what does not.

use std::fmt::Write;

use maud::{Markup, html};

use super::page as frame;
use super::quarantine::{device, why};
use crate::http::api::pages::{CertificateLine, Ingestion, RefusedLine};
use crate::http::web::format::Scene;
use crate::http::web::model::{Section, Viewer};
use crate::http::web::words::Words;
use crate::ingest::Quarantine;

/// The page.
pub(in crate::http::web) fn page(scene: &Scene, viewer: &Viewer, told: &Ingestion) -> Markup {
    let words = scene.words;
    let sum = |hours: &[u64]| words.count(hours.iter().sum());
    let main = html! {
        section aria-labelledby="now" {
            h2 id="now" { (words.t("intake-now")) }
            dl class="parts" {
                div { dt { (words.t("intake-received")) } dd { (sum(&told.received)) " " (bars(words, &told.received)) } }
                div { dt { (words.t("intake-doubtful")) } dd { (sum(&told.doubtful)) " " (bars(words, &told.doubtful)) } }
                div { dt { (words.t("intake-delay")) } dd {
                    @match &told.delay {
                        Some(delay) => {
                            (words.with("intake-delay-told", &[
                                ("median", seconds(scene, delay.median).into()),
                                ("p95", seconds(scene, delay.p95).into()),
                                ("most", seconds(scene, delay.most).into()),
                            ]))
                        }
                        None => { (words.t("intake-nothing")) }
                    }
                } }
                div { dt { (words.t("intake-queue")) } dd { (told.queued) } }
                div { dt { (words.t("intake-screening")) } dd {
                    (words.with("intake-screening-told", &[
                        ("lag", whole(scene, told.screening.lag_seconds).into()),
                        ("alarm", whole(scene, told.screening.alarm_seconds).into()),
                        ("backlog", told.screening.backlog.into()),
                        ("parked", told.screening.parked.into()),
                    ]))
                } }
                @for waiting in &told.waiting {
                    div { dt { (words.t("intake-waiting")) } dd { (waiting.count) " · " (why(words, waiting.reason)) } }
                }
            }
        }
        (certificates(scene, &told.certificates))
        (refused(words, &told.refused))
        section {
            h2 id="devices" { (words.t("intake-devices")) }
            @if told.devices.is_empty() { p class="empty" { (words.t("intake-nothing")) } } @else {
                div class="scroll" tabindex="0" role="region" aria-labelledby="devices" {
                    table {
                        thead { tr {
                            th scope="col" { (words.t("doubt-device")) }
                            th scope="col" { (words.t("intake-sum")) }
                            th scope="col" { (words.t("intake-by-hour")) }
                        } }
                        tbody { @for line in &told.devices {
                            tr {
                                th scope="row" { (device(words, &line.device)) }
                                td { (words.count(line.sum)) }
                                td { (bars(words, &line.received)) }
                            }
                        } }
                    }
                }
            }
        }
        section {
            h2 id="silent" { (words.t("intake-silent")) }
            @if told.silent.is_empty() { p class="empty" { (words.t("intake-silent-none")) } } @else {
                div class="scroll" tabindex="0" role="region" aria-labelledby="silent" {
                    table {
                        thead { tr {
                            th scope="col" { (words.t("citizen")) }
                            th scope="col" { (words.t("intake-what")) }
                            th scope="col" { (words.t("intake-every")) }
                            th scope="col" { (words.t("intake-last")) }
                            th scope="col" { (words.t("doubt-device")) }
                        } }
                        tbody { @for line in &told.silent {
                            tr {
                                th scope="row" { (line.citizen) }
                                td { (line.what) }
                                td { (words.with("every-hours", &[("hours", line.every_hours.into())])) }
                                td { @match line.last_moment { Some(last) => (scene.moment(last)), None => (words.t("intake-never")) } }
                                td { @match &line.device { Some(it) => (device(words, it)), None => (words.t("policy-none")) } }
                            }
                        } }
                    }
                }
            }
        }
    };
    frame(scene, viewer, Section::Ingestion, &main)
}

/// How long certificates hold; what has to be renewed stands out.
fn certificates(scene: &Scene, lines: &[CertificateLine]) -> Markup {
    let words = scene.words;
    html! {
        section aria-labelledby="certificates" {
            h2 id="certificates" { (words.t("intake-certificates")) }
            @if lines.is_empty() { p class="empty" { (words.t("intake-certificates-none")) } }
            @for line in lines.iter().filter(|line| line.state != "ok") {
                @let class = if line.state == "urgent" { "banner" } else { "notice" };
                p class=(class) { (words.with("intake-certificate-renew", &[
                    ("name", certificate(words, &line.name).into()),
                    ("days", line.days.max(0).into()),
                ])) }
            }
            dl class="parts" {
                @for line in lines {
                    div { dt { (certificate(words, &line.name)) } dd { (words.with("intake-certificate-until", &[
                        ("when", scene.dated(line.until_moment).into()),
                    ])) } }
                }
            }
        }
    }
}

fn certificate(words: Words, name: &str) -> String {
    match name {
        "server" => words.t("intake-certificate-server"),
        "client-ca" => words.t("intake-certificate-ca"),
        system => words.with("intake-certificate-of", &[("name", system.into())]),
    }
}

/// What was refused or kept in doubt.
fn refused(words: Words, lines: &[RefusedLine]) -> Markup {
    html! {
        section {
            h2 id="refused" { (words.t("intake-refused")) }
            @if lines.is_empty() { p class="empty" { (words.t("intake-refused-none")) } } @else {
                div class="scroll" tabindex="0" role="region" aria-labelledby="refused" {
                    table {
                        thead { tr {
                            th scope="col" { (words.t("intake-sender")) }
                            th scope="col" { (words.t("doubt-reason")) }
                            th scope="col" { (words.t("intake-what-came")) }
                            th scope="col" { (words.t("intake-day")) }
                            th scope="col" { (words.t("intake-week")) }
                        } }
                        tbody { @for line in lines {
                            tr {
                                th scope="row" { (device(words, &line.sender)) }
                                td { (reason(words, line)) }
                                td { (words.t(if line.kept { "intake-kept" } else { "intake-not-kept" })) }
                                td { (line.day) }
                                td { (line.week) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// In words where it is a doubt; else the key, which is what the sender was told.
fn reason(words: Words, line: &RefusedLine) -> Markup {
    let doubt = Quarantine::from_code(&line.reason).filter(|_| line.kept);
    html! {
        @match doubt { Some(doubt) => (why(words, doubt)), None => code { (line.reason) } }
    }
}

fn seconds(scene: &Scene, seconds: f64) -> String {
    let span = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    whole(scene, span.as_secs())
}

fn whole(scene: &Scene, seconds: u64) -> String {
    if seconds < 60 {
        return scene.words.with("seconds-short", &[("n", seconds.into())]);
    }
    scene.lasting(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000).saturating_mul(1_000_000))
}

/// A bar for each hour, the last one on the right; in words for those who do not see it.
fn bars(words: Words, hours: &[u64]) -> Markup {
    const STEP: usize = 4;
    const HEIGHT: u64 = 28;
    let most = hours.iter().copied().max().unwrap_or(0);
    let mut path = String::new();
    for (place, count) in hours.iter().enumerate().filter(|(_, count)| **count > 0) {
        // Something is never drawn as nothing.
        let tall = (count * HEIGHT / most.max(1)).max(1);
        let _ = write!(path, "M{} {HEIGHT}v-{tall}h3v{tall}z", place * STEP);
    }
    let told = words.with(
        "intake-bars",
        &[
            ("hours", u32::try_from(hours.len()).unwrap_or(0).into()),
            ("most", most.into()),
            ("last", hours.last().copied().unwrap_or(0).into()),
        ],
    );
    let width = hours.len() * STEP;
    html! {
        svg class="bars" viewBox={ "0 0 " (width) " " (HEIGHT) } width=(width) height=(HEIGHT) role="img"
            aria-label=(told) {
            path d=(path) {}
        }
    }
}
