//! What a citizen consents to, in plain words, and how to change it.

use maud::{Markup, html};

use crate::consent::categories;
use crate::http::web::format::Scene;
use crate::http::web::model::{Consented, NewConsent, Said, Viewer};

/// What categories are called, and in which order they are offered.
const CATEGORIES: [(&str, &str); 16] = [
    ("vital-signs", "category-vital-signs"),
    ("activity", "category-activity"),
    ("sleep", "category-sleep"),
    ("survey", "category-survey"),
    ("mental-health", "category-mental-health"),
    ("laboratory", "category-laboratory"),
    ("exam", "category-exam"),
    ("imaging", "category-imaging"),
    ("procedure", "category-procedure"),
    ("social-history", "category-social-history"),
    ("therapy", "category-therapy"),
    ("Condition", "category-condition"),
    ("Encounter", "category-encounter"),
    ("EpisodeOfCare", "category-episode"),
    ("Communication", "category-communication"),
    ("QuestionnaireResponse", "category-questionnaire"),
];

/// The part of the citizen's page.
pub(super) fn section(
    scene: &Scene,
    viewer: &Viewer,
    consents: &[Consented],
    wrong: Option<&NewConsent>,
    done: Option<&str>,
) -> Markup {
    let words = scene.words;
    html! {
        @match done {
            Some("given") => p class="done" role="status" { (words.t("consent-given")) },
            Some("withdrawn") => p class="done" role="status" { (words.t("consent-withdrawn")) },
            _ => {}
        }
        @if wrong.is_some() { p class="banner" role="alert" { (words.t("consent-refused")) } }
        p { (words.t("consents-help")) }
        @if consents.is_empty() { p { (words.t("consents-none")) } }
        ul class="things" { @for consent in consents { li { (one(scene, viewer, consent)) } } }
        details open[wrong.is_some_and(|it| it.relative.is_none())] {
            summary { (words.t("consent-deny")) }
            (form(scene, viewer, wrong.filter(|it| it.relative.is_none()), false))
        }
        details open[wrong.is_some_and(|it| it.relative.is_some())] {
            summary { (words.t("consent-relative")) }
            (form(scene, viewer, wrong.filter(|it| it.relative.is_some()), true))
        }
    }
}

fn one(scene: &Scene, viewer: &Viewer, consent: &Consented) -> Markup {
    let words = scene.words;
    html! {
        @if consent.says.is_empty() { p { (words.t("consent-says-nothing")) } }
        @for said in &consent.says { p { (sentence(scene, said)) } }
        form method="post" action={ "/me/consents/" (consent.id) "/withdraw" } {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="version" value=(consent.version);
            button { (words.t("consent-withdraw")) }
        }
    }
}

/// What is said, in a sentence.
fn sentence(scene: &Scene, said: &Said) -> String {
    let words = scene.words;
    let all = categories().all(|category| said.categories.contains(&category));
    let what = if all {
        words.t("category-all")
    } else {
        let named = CATEGORIES.iter().filter(|(code, _)| said.categories.contains(code));
        named.map(|(_, key)| words.t(key)).collect::<Vec<_>>().join(", ")
    };
    let who = said.relative.clone().unwrap_or_default();
    let key = match (said.permit, said.relative.is_some()) {
        (true, true) => "consent-permits-relative",
        (true, false) => "consent-permits",
        (false, true) => "consent-denies-relative",
        (false, false) => "consent-denies",
    };
    let mut told = words.with(key, &[("what", what.into()), ("who", who.into())]);
    for (key, at) in [("consent-from", said.from), ("consent-to", said.to)] {
        if let Some(at) = at {
            told = format!("{told} {}", words.with(key, &[("at", scene.moment(at).into())]));
        }
    }
    told
}

fn form(scene: &Scene, viewer: &Viewer, wrong: Option<&NewConsent>, relative: bool) -> Markup {
    let words = scene.words;
    let (kind, help) = if relative {
        ("relative", "consent-relative-help")
    } else {
        ("deny", "consent-deny-help")
    };
    let chosen = |code: &str| wrong.is_some_and(|it| it.categories.contains(&code));
    let day = |name: &str, key: &str, value: &str| {
        let id = format!("{kind}-{name}");
        html! {
            p { label for=(id) { (words.t(key)) } " " input id=(id) name=(name) type="date" value=(value); }
        }
    };
    html! {
        form class="consent" method="post" action="/me/consents" {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="kind" value=(kind);
            p class=[(!relative).then_some("notice")] { (words.t(help)) }
            @if relative {
                p {
                    label for="relative" { (words.t("consent-who")) } " "
                    input id="relative" name="relative" autocomplete="off" required
                        value=[wrong.and_then(|it| it.relative.as_deref())];
                }
            }
            fieldset {
                legend { (words.t("consent-what")) }
                @for (code, key) in CATEGORIES {
                    @let id = format!("{kind}-{code}");
                    p class="choice" {
                        input id=(id) type="checkbox" name="category" value=(code) checked[chosen(code)];
                        label for=(id) { (words.t(key)) }
                    }
                }
            }
            (day("from", "consent-first", wrong.map_or("", |it| &it.from)))
            (day("to", "consent-last", wrong.map_or("", |it| &it.to)))
            @if !relative {
                p class="choice" {
                    input id="understood" type="checkbox" name="understood" value="yes" required;
                    label for="understood" { (words.t("consent-understood")) }
                }
            }
            button class="main" { (words.t(if relative { "consent-relative-do" } else { "consent-deny-do" })) }
        }
    }
}
