//! The rule packs, rule by rule.

pub(in crate::http::web) mod pack;

use maud::{Markup, html};
use pulsvagt_analytics::pack::PackErrors;

use self::pack::signatures;
use super::page as frame;
use crate::http::api::pages::{EarlierPack, FAULTS, PackChange, PackLines, RuleLine, Rules};
use crate::http::web::format::Scene;
use crate::http::web::model::{Section, Viewer};
use crate::http::web::words::Words;

/// What the viewer may bring, and has brought.
#[derive(Debug)]
pub(in crate::http::web) struct Upload<'a> {
    /// Whether it is the viewer's to decide.
    pub(in crate::http::web) may: bool,
    /// Whether the viewer has signed in of late.
    pub(in crate::http::web) is_recent: bool,
    /// The text that was brought.
    pub(in crate::http::web) text: &'a str,
    /// What is wrong with it.
    pub(in crate::http::web) wrong: Option<Wrong>,
}

/// Why a pack was not put on trial.
#[derive(Debug)]
pub(in crate::http::web) enum Wrong {
    /// It has faults.
    Faulty(PackErrors),
    /// Too many are on trial.
    Full,
    /// It is the one in force.
    InForce,
}

/// The page.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    rules: &Rules,
    upload: &Upload<'_>,
    done: Option<&str>,
) -> Markup {
    let words = scene.words;
    let main = html! {
        (news(words, done))
        p { (words.t("rules-intro")) }
        @if upload.may && !upload.is_recent { (sign_in_again(words)) }
        @if upload.wrong.is_some() { (form(words, viewer, upload)) }
        @for pack in &rules.packs { (section(scene, pack, rules.days)) }
        @if rules.packs.len() < 2 { p class="empty" { (words.t("rules-no-shadow")) } }
        @if upload.may && upload.wrong.is_none() { (form(words, viewer, upload)) }
        (history(scene, rules))
    };
    frame(scene, viewer, Section::Rules, &main)
}

/// What was just done.
fn news(words: Words, done: Option<&str>) -> Markup {
    let key = match done {
        Some("trial") => "rules-done-trial",
        Some("sign") => "rules-done-sign",
        Some("use") => "rules-done-use",
        Some("end") => "rules-done-end",
        _ => return html! {},
    };
    html! { p class="done" role="status" { (words.t(key)) } }
}

/// In another window, or what is written would be lost.
fn sign_in_again(words: Words) -> Markup {
    html! {
        p class="notice" {
            (words.t("policy-sign-in")) " "
            a href="/auth/login?again=1&return=/signed-in" target="_blank" rel="noopener" {
                (words.t("rules-sign-in-do"))
            }
        }
    }
}

fn form(words: Words, viewer: &Viewer, upload: &Upload<'_>) -> Markup {
    html! {
        section aria-labelledby="upload" {
            h2 id="upload" { (words.t("rules-upload")) }
            @match &upload.wrong {
                None => {}
                Some(Wrong::Full) => { p class="banner" role="alert" { (words.t("rules-full")) } }
                Some(Wrong::InForce) => { p class="banner" role="alert" { (words.t("rules-in-force")) } }
                Some(Wrong::Faulty(errors)) => (faults(words, errors, upload.text)),
            }
            form class="settings" method="post" action="/admin/rules" {
                input type="hidden" name="csrf" value=(viewer.csrf);
                p class="fine" { (words.t("rules-upload-help")) }
                // Without scripts the text is pasted.
                p hidden { label { (words.t("rules-file")) " " input type="file" accept=".toml,text/plain" data-into="pack"; } }
                label for="pack" { (words.t("rules-pack")) }
                // A newline behind the tag is not part of the text.
                textarea id="pack" name="pack" rows="10" required spellcheck="false" class="code" { "\n" (upload.text) }
                button class="main" { (words.t("rules-try")) }
            }
        }
    }
}

/// Everything that is wrong, with the line that it is about.
fn faults(words: Words, errors: &PackErrors, text: &str) -> Markup {
    let lines: Vec<&str> = text.lines().collect();
    let number = u32::try_from(errors.0.len()).unwrap_or(u32::MAX);
    html! {
        div class="banner" role="alert" {
            p { (words.with("rules-faulty", &[("n", number.into())])) }
            ol class="changes" {
                @for error in errors.0.iter().take(FAULTS) {
                    li {
                        (words.with("rules-line", &[("n", error.line.into())])) ", "
                        span lang="en" { (error.place) ": " (error.fault) }
                        @if let Some(line) = error.line.checked_sub(1).and_then(|at| lines.get(at)) {
                            pre { (line.trim()) }
                        }
                    }
                }
            }
        }
    }
}

/// What was in force before.
fn history(scene: &Scene, rules: &Rules) -> Markup {
    let words = scene.words;
    html! {
        section aria-labelledby="history" {
            h2 id="history" { (words.t("rules-history")) }
            @if rules.uses.is_empty() { p class="empty" { (words.t("rules-history-none")) } }
            ol class="story" {
                @for it in &rules.uses {
                    li {
                        p {
                            time { (scene.moment(it.at_moment)) } " "
                            (words.with("rules-used", &[
                                ("pack", format!("{} {}", it.name, it.version).into()),
                                ("by", it.by.as_str().into()),
                            ]))
                        }
                        @if let Some(reason) = &it.reason { p class="quote" { (reason) } }
                    }
                }
            }
            @if !rules.earlier.is_empty() {
                h3 { (words.t("rules-earlier")) }
                ul class="changes" { @for pack in &rules.earlier { (earlier(scene, pack)) } }
            }
        }
    }
}

fn earlier(scene: &Scene, pack: &EarlierPack) -> Markup {
    let words = scene.words;
    html! {
        li {
            a href={ "/admin/rules/" (pack.hash) } { (pack.name) " " (pack.version) } " "
            small { (words.with("rules-until", &[("when", scene.dated(pack.since_moment).into())])) }
            @if pack.is_before { " " span class="tag" { (words.t("rules-before")) } }
            @if pack.is_signed { " " span class="tag" { (words.t("rules-has-signed")) } }
        }
    }
}

fn end(words: Words, viewer: &Viewer, pack: &PackLines) -> Markup {
    html! {
        form method="post" action={ "/admin/rules/" (pack.hash) "/end" } {
            input type="hidden" name="csrf" value=(viewer.csrf);
            button { (words.t("rules-end")) ": " (pack.name) " " (pack.version) }
        }
    }
}

fn section(scene: &Scene, pack: &PackLines, days: u16) -> Markup {
    let words = scene.words;
    let id = format!("pack-{}", pack.hash);
    let unsigned = pack.rules.iter().filter(|rule| rule.active && rule.needs_sign_off).count();
    let unsigned = u32::try_from(unsigned).unwrap_or(0);
    let title = words.t(if pack.mode == "active" { "rules-active" } else { "rules-shadow" });
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) ": " (pack.name) " " (pack.version) }
            p { (pack.intended_use) }
            p class="fine" { code { (pack.hash) } }
            (signatures(scene, &pack.sign_offs))
            p { a href={ "/admin/rules/" (pack.hash) } {
                (words.t(if pack.mode == "active" { "rules-look-active" } else { "rules-look" }))
                span class="unseen" { ": " (pack.name) " " (pack.version) }
            } }
            @if unsigned > 0 && pack.sign_offs.is_empty() { p class="notice" { (words.with("rules-unsigned", &[("n", unsigned.into())])) } }
            @if let Some(changes) = &pack.changes { (changed(scene, changes)) }
            div class="scroll" tabindex="0" role="region" aria-label={ (title) " " (pack.version) } {
                table {
                    caption { (words.with("rules-counted", &[("days", days.into())])) }
                    thead { tr {
                        th scope="col" { (words.t("rules-rule")) }
                        th scope="col" { (words.t("rules-evidence")) }
                        th scope="col" { (words.t("rules-signed")) }
                        th scope="col" { (words.t("level-red")) }
                        th scope="col" { (words.t("level-yellow")) }
                        th scope="col" { (words.t("level-blue")) }
                        th scope="col" { (words.t("rules-citizens")) }
                        th scope="col" { (words.t("rules-kept")) }
                    } }
                    tbody { @for rule in &pack.rules { (line(words, rule, !pack.sign_offs.is_empty())) } }
                }
            }
        }
    }
}

fn line(words: Words, rule: &RuleLine, is_signed: bool) -> Markup {
    let signed = match (rule.needs_sign_off, is_signed) {
        (false, _) => "rules-is-signed",
        (true, true) => "rules-signed-with",
        (true, false) => "rules-not-signed",
    };
    html! {
        tr {
            th scope="row" {
                (rule.title) " " small { (rule.id) }
                @if !rule.active { " " span class="tag" { (words.t("rules-off")) } }
                @if rule.on_trial { " " span class="tag" { (words.t("rules-trial")) } }
            }
            td { (evidence(words, rule.evidence)) }
            td { (words.t(signed)) }
            @for count in rule.fired { td { (count) } }
            td { (rule.citizens) }
            td { (rule.kept) }
        }
    }
}

fn evidence(words: Words, tag: &str) -> String {
    words.t(match tag {
        "S" => "evidence-published",
        "C" => "evidence-computed",
        "M" => "evidence-remembered",
        _ => "evidence-proposal",
    })
}

/// What would change.
fn changed(scene: &Scene, changes: &PackChange) -> Markup {
    let words = scene.words;
    let lists = [
        ("rules-added", &changes.added),
        ("rules-removed", &changes.removed),
        ("rules-changed", &changes.changed),
    ];
    let lists: Vec<_> = lists.into_iter().filter(|(_, rules)| !rules.is_empty()).collect();
    html! {
        h3 { (words.t("rules-differences")) }
        @if lists.is_empty() && changes.thresholds.is_empty() {
            p class="empty" { (words.t("rules-same")) }
        }
        @if !lists.is_empty() {
            ul class="changes" {
                @for (key, rules) in lists { li { (words.t(key)) ": " (rules.join(", ")) } }
            }
        }
        @if !changes.thresholds.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label=(words.t("rules-limits")) {
                table {
                    caption { (words.t("rules-limits")) }
                    thead { tr {
                        th scope="col" { (words.t("rules-limit")) }
                        th scope="col" { (words.t("rules-active")) }
                        th scope="col" { (words.t("rules-shadow")) }
                    } }
                    tbody {
                        @for limit in &changes.thresholds {
                            tr {
                                th scope="row" { (limit.text) " " small { (limit.name) } }
                                @for side in [&limit.before, &limit.after] {
                                    td {
                                        @match side {
                                            Some(side) => {
                                                (scene.quantity(side.value, &side.unit))
                                                @if let Some([least, most]) = side.allowed {
                                                    " " small { (scene.number(least)) "–" (scene.number(most)) }
                                                }
                                            }
                                            None => { (words.t("policy-none")) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
