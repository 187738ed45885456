//! What the municipality has decided about its alerts.

use maud::{Markup, html};
use serde_json::Value;

use super::page as frame;
use crate::http::web::format::Scene;
use crate::http::web::model::{Section, Viewer};
use crate::http::web::words::Words;
use crate::store::alerts::StoredPolicy;
use crate::triage::{Policy, PolicyDifference, PolicyError};

const HERE: &str = "/admin/settings";
const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The numbers: name in the policy, what it is, what is said of it, and its unit.
const NUMBERS: [(&str, &str, &str); 14] = [
    ("redMinutes", "policy-red-minutes", "policy-minutes"),
    ("yellowWorkingDays", "policy-yellow-days", "policy-working-days"),
    ("blueWorkingDays", "policy-blue-days", "policy-working-days"),
    ("greenWorkingDays", "policy-green-days", "policy-working-days"),
    ("quietHours.red", "policy-quiet-red", "policy-hours"),
    ("quietHours.yellow", "policy-quiet-yellow", "policy-hours"),
    ("quietHours.blue", "policy-quiet-blue", "policy-hours"),
    ("snoozeHours.red", "policy-snooze-red", "policy-hours"),
    ("snoozeHours.yellow", "policy-snooze-yellow", "policy-hours"),
    ("snoozeHours.blue", "policy-snooze-blue", "policy-hours"),
    ("claimMinutes", "policy-claim", "policy-minutes"),
    ("remeasureMinutes", "policy-remeasure", "policy-minutes"),
    ("confirmApartMinutes", "policy-confirm", "policy-minutes"),
    ("persistenceWindowDays", "policy-persistence", "policy-days"),
];

/// What is shown.
#[derive(Debug)]
pub(in crate::http::web) struct Settings {
    /// Version of what is in force.
    pub(in crate::http::web) version: u32,
    /// What is in force, or was typed.
    pub(in crate::http::web) policy: Policy,
    /// What was decided before, newest first.
    pub(in crate::http::web) history: Vec<(StoredPolicy, Vec<PolicyDifference>)>,
    /// Whether it is the viewer's to change.
    pub(in crate::http::web) may_change: bool,
    /// Whether the viewer has signed in of late.
    pub(in crate::http::web) is_recent: bool,
}

/// What came of a change.
#[derive(Debug)]
pub(in crate::http::web) enum Told {
    /// It is in force.
    Done,
    /// It cannot be used.
    Wrong(PolicyError),
    /// This cannot be read.
    Unread(String),
    /// Somebody else was faster; what was wanted, against what is in force now.
    Stale(Vec<PolicyDifference>),
}

/// The page.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    settings: &Settings,
    told: Option<&Told>,
) -> Markup {
    let words = scene.words;
    let main = html! {
        (news(words, told))
        @if settings.may_change {
            @if !settings.is_recent {
                p class="notice" {
                    (words.t("policy-sign-in")) " "
                    a href={ "/auth/login?again=1&return=" (HERE) } { (words.t("policy-sign-in-do")) }
                }
            }
            (form(words, viewer, settings))
        } @else {
            (list(words, &settings.policy))
        }
        section aria-labelledby="history" {
            h2 id="history" { (words.t("policy-history")) }
            @if settings.history.is_empty() { p class="empty" { (words.t("policy-history-none")) } }
            ol class="story" {
                @for (stored, changes) in &settings.history {
                    li {
                        p {
                            @if let Some(at) = stored.set_at { time { (scene.moment(at)) } " " }
                            (words.with("policy-version", &[
                                ("n", stored.version.into()),
                                ("name", stored.set_by.as_deref().unwrap_or_default().into()),
                            ]))
                        }
                        (differences(words, changes))
                    }
                }
            }
        }
    };
    frame(scene, viewer, Section::Settings, &main)
}

fn news(words: Words, told: Option<&Told>) -> Markup {
    html! {
        @match told {
            None => {}
            Some(Told::Done) => { p class="done" role="status" { (words.t("policy-done")) } }
            Some(Told::Wrong(error)) => { p class="banner" role="alert" { (wrong(words, error)) } }
            Some(Told::Unread(what)) => {
                p class="banner" role="alert" { (words.with("policy-unread", &[("what", what.as_str().into())])) }
            }
            Some(Told::Stale(changes)) => {
                div class="banner" role="alert" {
                    p { (words.t("policy-stale")) }
                    (differences(words, changes))
                }
            }
        }
    }
}

fn wrong(words: Words, error: &PolicyError) -> String {
    match error {
        PolicyError::Unstaffed => words.t("policy-unstaffed"),
        PolicyError::Shift(_) => words.t("policy-shift"),
        PolicyError::Range { field, least, most, .. } => words.with(
            "policy-range",
            &[
                ("what", name(words, field).into()),
                ("least", (*least).into()),
                ("most", (*most).into()),
            ],
        ),
        PolicyError::Time(what) | PolicyError::Day(what) | PolicyError::Zone(what) => {
            words.with("policy-unread", &[("what", what.as_str().into())])
        }
    }
}

/// What a field of the policy is called.
fn name(words: Words, field: &str) -> String {
    if let Some((_, key, _)) = NUMBERS.iter().find(|(known, ..)| *known == field) {
        return words.t(key);
    }
    words.t(match field {
        "staffed" => "policy-staffed",
        "staffedOnHolidays" => "policy-holidays",
        "closedDays" => "policy-closed",
        "shadow" => "policy-shadow",
        _ => "policy-zone",
    })
}

/// What changes, in words.
fn differences(words: Words, changes: &[PolicyDifference]) -> Markup {
    html! {
        ul class="changes" {
            @for change in changes {
                li {
                    (name(words, &change.field)) ": "
                    (told(words, &change.field, &change.before)) " → "
                    b { (told(words, &change.field, &change.after)) }
                }
            }
        }
    }
}

fn told(words: Words, field: &str, value: &Value) -> String {
    if let Some((_, _, unit)) = NUMBERS.iter().find(|(known, ..)| *known == field) {
        return format!("{value} {}", words.t(unit));
    }
    match value {
        Value::Bool(true) => words.t("answer-yes"),
        Value::Bool(false) => words.t("answer-no"),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => words.t("policy-none"),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| item_told(words, item)).collect();
            items.join("; ")
        }
        other => other.to_string(),
    }
}

fn item_told(words: Words, item: &Value) -> String {
    let Some(days) = item["days"].as_array() else {
        return item.as_str().unwrap_or_default().to_owned();
    };
    let days: Vec<String> =
        days.iter().filter_map(Value::as_str).map(|it| day(words, it)).collect();
    let (from, to) = (item["from"].as_str(), item["to"].as_str());
    format!("{} {}–{}", days.join(", "), from.unwrap_or_default(), to.unwrap_or_default())
}

/// What a day of the week is called.
pub(super) fn day(words: Words, code: &str) -> String {
    words.t(match code {
        "monday" => "day-monday",
        "tuesday" => "day-tuesday",
        "wednesday" => "day-wednesday",
        "thursday" => "day-thursday",
        "friday" => "day-friday",
        "saturday" => "day-saturday",
        _ => "day-sunday",
    })
}

/// The policy for who may not change it.
fn list(words: Words, policy: &Policy) -> Markup {
    let json = serde_json::to_value(policy).unwrap_or_default();
    let fields = ["staffed", "staffedOnHolidays", "closedDays", "shadow", "zone"];
    let fields = fields.into_iter().chain(NUMBERS.iter().map(|(field, ..)| *field));
    html! {
        dl class="parts" {
            @for field in fields {
                @let value = json.pointer(&format!("/{}", field.replace('.', "/")));
                div { dt { (name(words, field)) } dd { (told(words, field, value.unwrap_or(&Value::Null))) } }
            }
        }
    }
}

fn form(words: Words, viewer: &Viewer, settings: &Settings) -> Markup {
    let json = serde_json::to_value(&settings.policy).unwrap_or_default();
    let nothing = Vec::new();
    let shifts = json["staffed"].as_array().unwrap_or(&nothing);
    let joined = |field: &str| {
        let items = json[field].as_array().into_iter().flatten().filter_map(Value::as_str);
        items.collect::<Vec<_>>().join(" ")
    };
    html! {
        form class="settings" method="post" action=(HERE) {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="version" value=(settings.version);
            fieldset {
                legend { (words.t("policy-staffed")) }
                p class="fine" { (words.t("policy-staffed-help")) }
                // One more, to be filled in.
                @for place in 0..=shifts.len() { (shift(words, place, shifts.get(place))) }
                label class="check" {
                    input type="checkbox" name="staffedOnHolidays" value="1" checked[settings.policy.staffed_on_holidays];
                    span { (words.t("policy-holidays")) }
                }
                label for="closed" { (words.t("policy-closed")) }
                input id="closed" name="closedDays" value=(joined("closedDays")) aria-describedby="closed-help";
                p class="fine" id="closed-help" { (words.t("policy-closed-help")) }
                label for="zone" { (words.t("policy-zone")) }
                input id="zone" name="zone" required value=(settings.policy.zone.name());
            }
            fieldset {
                legend { (words.t("policy-numbers")) }
                @for (field, key, unit) in NUMBERS {
                    @let value = json.pointer(&format!("/{}", field.replace('.', "/"))).and_then(Value::as_u64);
                    div class="number" {
                        label for=(field) { (words.t(key)) }
                        span {
                            input id=(field) name={ "n." (field) } type="number" min="0" max="10000" required value=(value.unwrap_or(0));
                            " " (words.t(unit))
                        }
                    }
                }
            }
            fieldset {
                legend { (words.t("policy-shadow")) }
                label for="shadow" { (words.t("policy-shadow-help")) }
                textarea id="shadow" name="shadow" rows="2" spellcheck="false" { (joined("shadow")) }
            }
            button class="main" { (words.t("policy-preview")) }
        }
    }
}

/// The fields of a shift.
pub(super) fn shift(words: Words, place: usize, shift: Option<&Value>) -> Markup {
    let on = |day: &str| {
        shift
            .and_then(|shift| shift["days"].as_array())
            .is_some_and(|days| days.iter().any(|it| it == day))
    };
    let at = |end: &str| shift.and_then(|shift| shift[end].as_str()).unwrap_or_default();
    let number = place + 1;
    html! {
        div class="shift" role="group" aria-label=(words.with("policy-shift-n", &[("n", u32::try_from(number).unwrap_or(0).into())])) {
            @for code in DAYS {
                label class="check" {
                    input type="checkbox" name={ "shift." (place) ".days" } value=(code) checked[on(code)];
                    span { (day(words, code)) }
                }
            }
            @for (end, key) in [("from", "policy-from"), ("to", "policy-to")] {
                label { span { (words.t(key)) } " " input type="time" name={ "shift." (place) "." (end) } value=(at(end)); }
            }
        }
    }
}

/// What would change, in words, before it does.
pub(in crate::http::web) fn preview(
    scene: &Scene,
    viewer: &Viewer,
    version: u32,
    policy: &Policy,
    changes: &[PolicyDifference],
) -> Markup {
    let words = scene.words;
    let json = serde_json::to_value(policy).unwrap_or_default();
    let nothing = Vec::new();
    let joined = |field: &str| {
        let items = json[field].as_array().into_iter().flatten().filter_map(Value::as_str);
        items.collect::<Vec<_>>().join(" ")
    };
    let main = html! {
        h2 { (words.t("policy-will")) }
        @if changes.is_empty() {
            p class="empty" { (words.t("policy-same")) }
        } @else {
            (differences(words, changes))
            p class="fine" { (words.t("policy-will-help")) }
            form class="settings" method="post" action=(HERE) {
                input type="hidden" name="csrf" value=(viewer.csrf);
                input type="hidden" name="version" value=(version);
                input type="hidden" name="step" value="save";
                @for (place, shift) in json["staffed"].as_array().unwrap_or(&nothing).iter().enumerate() {
                    @for day in shift["days"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                        input type="hidden" name={ "shift." (place) ".days" } value=(day);
                    }
                    @for end in ["from", "to"] {
                        input type="hidden" name={ "shift." (place) "." (end) } value=(shift[end].as_str().unwrap_or_default());
                    }
                }
                @if policy.staffed_on_holidays { input type="hidden" name="staffedOnHolidays" value="1"; }
                @for field in ["closedDays", "shadow"] { input type="hidden" name=(field) value=(joined(field)); }
                input type="hidden" name="zone" value=(policy.zone.name());
                @for (field, ..) in NUMBERS {
                    @let value = json.pointer(&format!("/{}", field.replace('.', "/"))).and_then(Value::as_u64);
                    input type="hidden" name={ "n." (field) } value=(value.unwrap_or(0));
                }
                button class="main" { (words.t("policy-save")) }
            }
        }
        p { a href=(HERE) { (words.t("policy-back")) } }
    };
    super::page(scene, viewer, Section::Settings, &main)
}
