//! Where analysts put cohorts together, and what they have asked for.

pub(in crate::http::web) mod beside;
pub(in crate::http::web) mod curve;
pub(in crate::http::web) mod result;

use maud::{Markup, html};

use super::frame::{self, Kind};
use crate::clock::Micros;
use crate::http::api::pages::cohorts::{ComparisonLine, RunView};
use crate::http::web::format::Scene;
use crate::http::web::model::Viewer;
use crate::http::web::words::Words;
use crate::plans::codes::PROGRAMMES;
use crate::projection::words::Text;

/// What is shown.
#[derive(Debug, Default)]
pub(in crate::http::web) struct Builder {
    /// The definition as text.
    pub(in crate::http::web) text: String,
    /// The name of a saved one that was read.
    pub(in crate::http::web) opened: String,
    /// Its version; 0 for a new one.
    pub(in crate::http::web) revision: u32,
    /// What was typed.
    pub(in crate::http::web) typed: Vec<(String, String)>,
    /// What is wrong with it.
    pub(in crate::http::web) wrong: Vec<Wrong>,
    /// Names of saved definitions, and their versions.
    pub(in crate::http::web) saved: Vec<(String, u32)>,
    /// The viewer's runs, newest first.
    pub(in crate::http::web) runs: Vec<RunView>,
    /// What regions have given, newest first.
    pub(in crate::http::web) given: Vec<ComparisonLine>,
    /// The local day.
    pub(in crate::http::web) today: String,
    /// The day after, which is the last that may be asked for.
    pub(in crate::http::web) tomorrow: String,
}

/// Something that is wrong.
#[derive(Debug, Clone)]
pub(in crate::http::web) enum Wrong {
    /// With a field: the key of a message.
    Field(&'static str),
    /// With the definition, in the words of whoever checks it, in English.
    Definition(String),
}

impl Builder {
    fn typed(&self, name: &str) -> &str {
        let typed = self.typed.iter().find(|(field, _)| field == name);
        typed.map_or("", |(_, value)| value)
    }

    fn is_ticked(&self, name: &str, value: &str) -> bool {
        self.typed.iter().any(|(field, typed)| field == name && typed == value)
    }
}

/// Purposes, and the keys of what they are called.
const PURPOSES: [(&str, &str); 4] = [
    ("HQUALIMP", "cohort-purpose-quality"),
    ("HRESCH", "cohort-purpose-research"),
    ("PUBHLTH", "cohort-purpose-public"),
    ("HOPERAT", "cohort-purpose-operations"),
];

/// What a purpose is called.
pub(super) fn purpose(words: Words, code: &str) -> String {
    let known = PURPOSES.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| code.to_owned(), |(_, key)| words.t(key))
}

/// What a state is called.
pub(super) fn state(words: Words, run: &RunView) -> String {
    words.t(match run.state {
        "waiting" => "cohort-state-waiting",
        "running" => "cohort-state-running",
        "done" => "cohort-state-done",
        "failed" => "cohort-state-failed",
        "cancelled" => "cohort-state-cancelled",
        _ => "cohort-state-interrupted",
    })
}

/// A moment as the API tells it.
pub(super) fn moment(scene: &Scene, text: &str) -> String {
    let at = text.parse::<jiff::Timestamp>();
    at.map_or_else(|_| text.to_owned(), |at| scene.moment(Micros(at.as_microsecond())))
}

/// The page.
pub(in crate::http::web) fn index(scene: &Scene, viewer: &Viewer, builder: &Builder) -> Markup {
    let words = scene.words;
    let main = html! {
        h1 { (words.t("cohorts")) }
        p class="fine" { (words.t("cohort-help")) }
        @if !builder.wrong.is_empty() {
            div class="banner" role="alert" {
                strong { (words.t("not-done")) }
                ul {
                    @for wrong in &builder.wrong {
                        @match wrong {
                            Wrong::Field(key) => { li { (words.t(key)) } }
                            Wrong::Definition(text) => { li lang="en" { (text) } }
                        }
                    }
                }
            }
        }
        form class="settings" method="post" action="/cohorts" {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="opened" value=(builder.opened);
            input type="hidden" name="revision" value=(builder.revision);
            (fields(words, builder))
            fieldset {
                legend { (words.t("cohort-text")) }
                p id="text-help" class="fine" { (words.t("cohort-text-help")) }
                label for="text" { (words.t("cohort-text-label")) }
                textarea id="text" name="text" rows="12" cols="80" spellcheck="false" autocomplete="off"
                    maxlength="60000" aria-describedby="text-help" { (builder.text) }
                button name="do" value="build" formnovalidate { (words.t("cohort-build")) }
                button name="do" value="save" formnovalidate { (words.t("cohort-save")) }
            }
            (wish(words, builder))
            (live(words))
        }
        (saved(words, builder))
        (runs(scene, viewer, builder))
        (beside::list(scene, &builder.given))
    };
    frame::page(words, Some(viewer), &words.t("cohorts"), Kind::default(), &main)
}

fn input(words: Words, builder: &Builder, name: &str, key: &str, kind: &str) -> Markup {
    html! {
        div class="number" {
            label for=(name) { (words.t(key)) }
            input id=(name) name=(name) type=(kind) min=[(kind == "number").then_some("0")]
                autocomplete="off" value=(builder.typed(name));
        }
    }
}

fn tick(builder: &Builder, name: &str, value: &str, text: &str) -> Markup {
    html! {
        label class="check" {
            input type="checkbox" name=(name) value=(value) checked[builder.is_ticked(name, value)];
            (text)
        }
    }
}

fn fields(words: Words, builder: &Builder) -> Markup {
    html! {
        fieldset data-fields {
            legend { (words.t("cohort-who")) }
            (input(words, builder, "name", "cohort-name", "text"))
            (input(words, builder, "index", "cohort-index", "date"))
            (input(words, builder, "age_from", "cohort-age-from", "number"))
            (input(words, builder, "age_to", "cohort-age-to", "number"))
            fieldset {
                legend { (words.t("cohort-sex")) }
                (tick(builder, "sex", "female", &words.t("cohort-female")))
                (tick(builder, "sex", "male", &words.t("cohort-male")))
            }
            fieldset {
                legend { (words.t("cohort-programme")) }
                @for (_, code, en, da) in PROGRAMMES {
                    (tick(builder, "programme", code, words.pick(Text { da, en })))
                }
            }
            (input(words, builder, "enrolled", "cohort-enrolled-days", "number"))
            (input(words, builder, "diagnosis", "cohort-diagnosis-codes", "text"))
            (input(words, builder, "admitted", "cohort-admitted-days", "number"))
        }
        fieldset data-fields {
            legend { (words.t("cohort-after")) }
            (input(words, builder, "follow_up", "cohort-follow-up", "number"))
            fieldset {
                legend { (words.t("cohort-outcomes")) }
                (tick(builder, "outcome", "acute_admission", &words.t("cohort-acute-admission")))
                (tick(builder, "outcome", "red_alert", &words.t("cohort-red-alert")))
                (tick(builder, "outcome", "death", &words.t("cohort-death")))
            }
            (tick(builder, "comparison", "others", &words.t("cohort-others")))
        }
    }
}

fn wish(words: Words, builder: &Builder) -> Markup {
    let as_of = match builder.typed("as_of") {
        "" => builder.today.as_str(),
        typed => typed,
    };
    html! {
        fieldset {
            legend { (words.t("cohort-wish")) }
            p id="wish-help" class="fine" { (words.t("cohort-wish-help")) }
            div class="number" {
                label for="as_of" { (words.t("cohort-as-of")) }
                input id="as_of" name="as_of" type="date" required max=(builder.tomorrow) value=(as_of);
            }
            label for="purpose" { (words.t("cohort-purpose")) }
            select id="purpose" name="purpose" required {
                option value="" { (words.t("choose")) }
                @for (code, key) in PURPOSES {
                    option value=(code) selected[builder.typed("purpose") == code] { (words.t(key)) }
                }
            }
            label for="reason" { (words.t("cohort-reason")) }
            textarea id="reason" name="reason" rows="2" cols="60" required maxlength="1000"
                aria-describedby="wish-help" { (builder.typed("reason")) }
            button name="do" value="count" { (words.t("cohort-count")) }
            button class="main" name="do" value="run" { (words.t("cohort-run")) }
        }
    }
}

/// Where who belongs is counted while the form is filled in, if scripts run and it is wanted. Each count
/// is a run like any other, so that differences between them are looked for.
fn live(words: Words) -> Markup {
    html! {
        div class="live" hidden data-failed=(words.t("cohort-live-failed"))
            data-missing=(words.t("cohort-live-missing")) data-busy=(words.t("cohort-live-busy"))
            data-text=(words.t("cohort-live-text")) {
            label class="check" {
                input type="checkbox" id="live" autocomplete="off" aria-describedby="live-help";
                (words.t("cohort-live"))
            }
            output id="count" for="live" {}
            p id="live-help" class="fine" { (words.t("cohort-live-help")) }
        }
    }
}

fn saved(words: Words, builder: &Builder) -> Markup {
    html! {
        @if !builder.saved.is_empty() {
            section aria-labelledby="saved" {
                h2 id="saved" { (words.t("cohort-saved")) }
                ul {
                    @for (name, revision) in &builder.saved {
                        li {
                            a href={ "/cohorts?definition=" (name) } { (name) }
                            " " (words.with("cohort-revision", &[("n", (*revision).into())]))
                        }
                    }
                }
            }
        }
    }
}

fn runs(scene: &Scene, viewer: &Viewer, builder: &Builder) -> Markup {
    let words = scene.words;
    html! {
        section {
            h2 id="runs" { (words.t("cohort-runs")) }
            @if builder.runs.is_empty() { p class="empty" { (words.t("cohort-runs-none")) } } @else {
                div class="scroll" tabindex="0" role="region" aria-labelledby="runs" {
                    table {
                        thead { tr {
                            th scope="col" { (words.t("cohort-definition")) }
                            th scope="col" { (words.t("cohort-asked")) }
                            th scope="col" { (words.t("cohort-as-of-short")) }
                            th scope="col" { (words.t("cohort-purpose")) }
                            th scope="col" { (words.t("cohort-state")) }
                        } }
                        tbody { @for run in &builder.runs {
                            tr {
                                th scope="row" { a href={ "/cohorts/runs/" (run.id) } {
                                    (run.name) span class="unseen" { ", " (moment(scene, &run.asked)) }
                                } }
                                td { (moment(scene, &run.asked)) }
                                td { (run.as_of) }
                                td { (purpose(words, &run.purpose)) ": " (run.reason) }
                                td { (progress(words, viewer, run)) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// How far a run is, with a way to stop it.
pub(super) fn progress(words: Words, viewer: &Viewer, run: &RunView) -> Markup {
    html! {
        (state(words, run))
        @if run.is_open() {
            @if run.citizens > 0 {
                " "
                progress max=(run.citizens) value=(run.seen) aria-label=(words.t("cohort-progress")) {}
                " "
                (words.with("cohort-seen", &[("seen", run.seen.into()), ("of", run.citizens.into())]))
            }
            form method="post" action={ "/cohorts/runs/" (run.id) "/cancel" } {
                input type="hidden" name="csrf" value=(viewer.csrf);
                button { (words.t("cohort-cancel")) span class="unseen" { ": " (run.name) } }
            }
        }
    }
}
