//! What codes are called.

use crate::http::web::format::Scene;
use crate::http::web::model::{Happened, Parked};
use crate::http::web::words::Words;
use crate::triage::{CloseOutcome, Level, State, Verb};
use pulsvagt_analytics::Outcome;

/// A level in a word.
pub(super) fn level(words: Words, level: Level) -> String {
    words.t(match level {
        Level::Red => "level-red",
        Level::Yellow => "level-yellow",
        Level::Blue => "level-blue",
        Level::Green => "level-green",
    })
}

/// The class of a level.
pub(super) fn class(level: Level) -> &'static str {
    match level {
        Level::Red => "red",
        Level::Yellow => "yellow",
        Level::Blue => "blue",
        Level::Green => "green",
    }
}

/// A state in a word.
pub(super) fn state(words: Words, state: State) -> String {
    words.t(match state {
        State::Pending => "state-pending",
        State::New => "state-new",
        State::Claimed => "state-claimed",
        State::Waiting => "state-waiting",
        State::Escalated => "state-escalated",
        State::Snoozed => "state-snoozed",
        State::Closed => "state-closed",
    })
}

/// What came of an alert.
pub(super) fn outcome(words: Words, outcome: CloseOutcome) -> String {
    words.t(match outcome {
        CloseOutcome::NoAction => "outcome-no-action",
        CloseOutcome::Advice => "outcome-advice",
        CloseOutcome::RemeasureNormal => "outcome-remeasure-normal",
        CloseOutcome::Visit => "outcome-visit",
        CloseOutcome::Gp => "outcome-gp",
        CloseOutcome::Ed => "outcome-ed",
        CloseOutcome::Admission => "outcome-admission",
        CloseOutcome::Technical => "outcome-technical",
        CloseOutcome::FalseAlarm => "outcome-false-alarm",
    })
}

/// What a rule says.
pub(super) fn verdict(words: Words, outcome: Outcome) -> String {
    words.t(match outcome {
        Outcome::NotApplicable => "verdict-not-applicable",
        Outcome::NotEvaluable => "verdict-not-evaluable",
        Outcome::Clear => "verdict-clear",
        Outcome::Holding => "verdict-holding",
        Outcome::Blue => "level-blue",
        Outcome::Yellow => "level-yellow",
        Outcome::Red => "level-red",
    })
}

/// To whom an alert was handed on.
pub(super) fn whom(words: Words, to: &str) -> String {
    match to {
        "gp" => words.t("to-gp"),
        "112" => words.t("to-emergency"),
        "lead" => words.t("to-lead"),
        role => role.to_owned(),
    }
}

/// Something that happened, in a sentence.
pub(super) fn happened(scene: &Scene, event: &Happened) -> String {
    let words = scene.words;
    let by = event.by.as_deref().unwrap_or("");
    let to = event.to.as_deref().map(|to| whom(words, to)).unwrap_or_default();
    let outcome = event.outcome.map(|it| self::outcome(words, it)).unwrap_or_default();
    let key = match event.verb {
        Verb::Raise => "did-raise",
        Verb::Merge => "did-merge",
        Verb::Confirm => "did-confirm",
        Verb::BreakThrough => "did-break-through",
        Verb::Answer => "did-answer",
        Verb::Clear => "did-clear",
        Verb::RunOut => "did-run-out",
        Verb::Claim => "did-claim",
        Verb::Release => "did-release",
        Verb::RequestRemeasure => "did-remeasure",
        Verb::CallBack => "did-call-back",
        Verb::Escalate => "did-escalate",
        Verb::Snooze => "did-snooze",
        Verb::Note => "did-note",
        Verb::Close => "did-close",
        Verb::Reopen => "did-reopen",
    };
    words.with(key, &[("by", by.into()), ("to", to.into()), ("outcome", outcome.into())])
}

/// How an alert was put aside, in a sentence.
pub(super) fn parked(scene: &Scene, state: State, parked: &Parked) -> String {
    let words = scene.words;
    let until = parked.until.map(|at| scene.moment(at)).unwrap_or_default();
    let to = parked.to.as_deref().map(|to| whom(words, to)).unwrap_or_default();
    let key = match state {
        State::Escalated => "parked-escalated",
        State::Snoozed => "parked-snoozed",
        _ if parked.remeasure => "parked-remeasure",
        _ => "parked-call-back",
    };
    words.with(key, &[("until", until.into()), ("to", to.into())])
}
