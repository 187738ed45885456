//! The rule packs, rule by rule.

use maud::{Markup, html};

use super::page as frame;
use crate::http::api::pages::{PackChange, PackLines, RuleLine, Rules};
use crate::http::web::format::Scene;
use crate::http::web::model::{Section, Viewer};
use crate::http::web::words::Words;

/// The page.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    rules: &Rules,
    may_end: bool,
) -> Markup {
    let words = scene.words;
    let main = html! {
        p { (words.t("rules-intro")) }
        @for pack in &rules.packs {
            (section(scene, pack, rules.days))
            @if may_end && pack.mode == "shadow" { (end(words, viewer, pack)) }
        }
        @if rules.packs.len() < 2 { p class="empty" { (words.t("rules-no-shadow")) } }
        p class="fine" { (words.t("rules-how")) }
    };
    frame(scene, viewer, Section::Rules, &main)
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
            @if unsigned > 0 { p class="notice" { (words.with("rules-unsigned", &[("n", unsigned.into())])) } }
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
                    tbody { @for rule in &pack.rules { (line(words, rule)) } }
                }
            }
        }
    }
}

fn line(words: Words, rule: &RuleLine) -> Markup {
    html! {
        tr {
            th scope="row" {
                (rule.title) " " small { (rule.id) }
                @if !rule.active { " " span class="tag" { (words.t("rules-off")) } }
                @if rule.on_trial { " " span class="tag" { (words.t("rules-trial")) } }
            }
            td { (evidence(words, rule.evidence)) }
            td { (words.t(if rule.needs_sign_off { "rules-not-signed" } else { "rules-is-signed" })) }
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
    let nothing = changes.thresholds.is_empty() && lists.iter().all(|(_, rules)| rules.is_empty());
    html! {
        h3 { (words.t("rules-differences")) }
        @if nothing { p class="empty" { (words.t("rules-same")) } }
        ul class="changes" {
            @for (key, rules) in lists {
                @if !rules.is_empty() { li { (words.t(key)) ": " (rules.join(", ")) } }
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
