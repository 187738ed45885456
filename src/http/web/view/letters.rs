//! Texts that are prepared from what is known, to be finished and sent by a person, elsewhere. Nothing
//! here is ever sent.

use maud::{Markup, html};

use super::{chart, told};
use crate::http::web::format::{Scene, cpr};
use crate::http::web::model::{Chart, CitizenPage, Viewer};

/// Contacts that a letter tells, newest first.
const CONTACTS: usize = 5;

/// The part of a citizen's page.
pub(super) fn section(scene: &Scene, viewer: &Viewer, page: &CitizenPage) -> Markup {
    let words = scene.words;
    let texts = [
        ("letter-gp", gp(scene, viewer, page)),
        ("letter-citizen", citizen(scene, viewer, page)),
        ("letter-call", call(scene, page)),
    ];
    html! {
        p { (words.t("letters-help")) }
        @for (key, text) in texts {
            details class="letter" {
                summary { (words.t(key)) }
                label class="unseen" for=(key) { (words.t(key)) }
                textarea id=(key) rows="16" spellcheck="true" autocomplete="off" { (text) }
                p class="buttons" { button type="button" hidden data-copy=(key) data-copied=(words.t("copied")) { (words.t("copy")) } }
            }
        }
    }
}

/// Lines with a heading, if there are any.
fn part(scene: &Scene, key: &str, lines: &[String]) -> Option<String> {
    let list = lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n");
    (!lines.is_empty()).then(|| format!("{}\n{list}", scene.words.t(key)))
}

fn whole(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// To the general practitioner.
fn gp(scene: &Scene, viewer: &Viewer, page: &CitizenPage) -> String {
    let words = scene.words;
    let values = [
        ("name", name(page).into()),
        ("cpr", page.identity.cpr.as_deref().map(cpr).unwrap_or_default().into()),
        ("from", viewer.municipality.as_str().into()),
        ("writer", viewer.name.as_str().into()),
        ("at", scene.dated(scene.now).into()),
    ];
    let story = page.charts.first().map(|chart| chart.contacts.as_slice()).unwrap_or_default();
    let contacts = story.iter().rev().take(CONTACTS).map(|contact| {
        format!("{}: {}", scene.date_of(contact.from), chart::contact(scene, contact))
    });
    whole([
        Some(words.with("gp-head", &values)),
        Some(page.identity.programmes.join(", "))
            .filter(|it| !it.is_empty())
            .map(|it| words.with("gp-programmes", &[("programmes", it.into())])),
        part(scene, "letter-why", &alerts(scene, page)),
        part(scene, "letter-measured", &measured(scene, page)),
        part(scene, "letter-scores", &scores(scene, page)),
        part(scene, "letter-contacts", &contacts.collect::<Vec<_>>()),
        Some(words.t("gp-question")),
        Some(basis(scene, page)),
    ])
}

/// To the citizen, in plain words.
fn citizen(scene: &Scene, viewer: &Viewer, page: &CitizenPage) -> String {
    let words = scene.words;
    let values = [("name", name(page).into()), ("from", viewer.municipality.as_str().into())];
    whole([
        Some(words.with("citizen-head", &values)),
        part(scene, "citizen-measured", &newest(scene, page)),
        Some(words.t("citizen-ask")),
        Some(words.with("citizen-foot", &values)),
    ])
}

/// What is noted of a call.
fn call(scene: &Scene, page: &CitizenPage) -> String {
    let words = scene.words;
    whole([
        Some(words.with("call-head", &[("at", scene.dated(scene.now).into())])),
        part(scene, "letter-why", &alerts(scene, page)),
        part(scene, "letter-measured", &newest(scene, page)),
        Some(words.t("call-said")),
        Some(basis(scene, page)),
    ])
}

fn name(page: &CitizenPage) -> String {
    page.identity.who.name.clone().unwrap_or_else(|| page.identity.who.id.clone())
}

fn alerts(scene: &Scene, page: &CitizenPage) -> Vec<String> {
    let told = page.alerts.iter().map(|row| {
        let since = scene.dated(row.opened);
        let level = told::level(scene.words, row.level);
        let values =
            [("level", level.into()), ("why", row.why.as_str().into()), ("at", since.into())];
        scene.words.with("letter-alert", &values)
    });
    told.collect()
}

/// The newest value of what an alert rests on, else of everything.
fn newest(scene: &Scene, page: &CitizenPage) -> Vec<String> {
    let known: Vec<&Chart> = page.charts.iter().filter(|chart| !chart.days.is_empty()).collect();
    let marked: Vec<&Chart> = known.iter().filter(|it| !it.marks.is_empty()).copied().collect();
    let told = if marked.is_empty() { known } else { marked };
    told.into_iter().filter_map(|chart| last(scene, chart)).collect()
}

fn last(scene: &Scene, chart: &Chart) -> Option<String> {
    let last = chart.days.last()?;
    let value = scene.quantity(last.value, &chart.unit);
    let values = [
        ("what", chart.name.as_str().into()),
        ("value", value.into()),
        ("day", scene.day(last.day).into()),
    ];
    Some(scene.words.with("letter-value", &values))
}

fn measured(scene: &Scene, page: &CitizenPage) -> Vec<String> {
    let told = page.charts.iter().filter_map(|chart| {
        let mut line = last(scene, chart)?;
        if let Some(usual) = chart.baseline.last().and_then(|it| Some((it.centre, it.reach?))) {
            let values = [
                ("low", scene.number(usual.0 - usual.1).into()),
                ("high", scene.number(usual.0 + usual.1).into()),
            ];
            line = format!("{line}; {}", scene.words.with("letter-usual", &values));
        }
        Some(line)
    });
    told.collect()
}

fn scores(scene: &Scene, page: &CitizenPage) -> Vec<String> {
    let told = page.scores.iter().map(|score| {
        let of = format!("{} {}", score.name, score.score);
        if score.missing.is_empty() {
            return of;
        }
        let missing = score.missing.join(", ");
        format!("{of}; {}", scene.words.with("score-missing", &[("what", missing.into())]))
    });
    told.collect()
}

/// On which data of when it rests.
fn basis(scene: &Scene, page: &CitizenPage) -> String {
    match page.screened {
        Some(at) => {
            let values =
                [("at", scene.dated(scene.now).into()), ("screened", scene.dated(at).into())];
            scene.words.with("letter-basis", &values)
        }
        None => {
            scene.words.with("letter-basis-unscreened", &[("at", scene.dated(scene.now).into())])
        }
    }
}
