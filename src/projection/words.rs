//! Codes and what they are called.

use serde_json::Value;

use crate::triage::{CloseOutcome, EscalateTo, Level, State};

/// A text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Text<'a> {
    /// Danish.
    pub da: &'a str,
    /// English.
    pub en: &'a str,
}

/// What is said in place of a sentence that rests on readings which the citizen denies.
pub const WITHHELD: Text<'static> = Text {
    da: "Borgeren har sagt nej til, at målingerne bag alarmen ses. Kontakt borgeren.",
    en: "The citizen does not let the readings behind this alert be seen. Contact the citizen.",
};

/// Code system of problems, which are the rule pack's.
pub const PROBLEM: &str = "urn:pulsvagt:problem";
/// Code system of rules, which are the rule pack's.
pub const RULE: &str = "urn:pulsvagt:rule";
/// Code system of levels.
pub const LEVEL: &str = "urn:pulsvagt:level";
/// Code system of states.
pub const STATE: &str = "urn:pulsvagt:alert-state";
/// Code system of what came of an alert.
pub const OUTCOME: &str = "urn:pulsvagt:outcome";
/// Code system of technical trouble.
pub const TROUBLE: &str = "urn:pulsvagt:trouble";
/// Code system of what an input or output is.
pub const PART: &str = "urn:pulsvagt:part";

/// The national infrastructure's code system of what triage found.
pub(super) const FUT_FINDING: &str =
    "http://ehealth.sundhed.dk/cs/clinicalimpression-finding-codes";
/// Its code system of impressions.
pub(super) const FUT_IMPRESSION: &str = "http://ehealth.sundhed.dk/cs/clinicalimpression-codes";
/// Its code system of tasks.
pub(super) const FUT_TASK: &str = "http://ehealth.sundhed.dk/cs/task-category";

/// What a level is called.
pub fn level(level: Level) -> Text<'static> {
    match level {
        Level::Green => {
            Text { da: "Grøn: overstået, ses efter", en: "Green: over, to be reviewed" }
        }
        Level::Blue => Text { da: "Blå: teknisk", en: "Blue: technical" },
        Level::Yellow => Text { da: "Gul: ses efter i dag", en: "Yellow: review today" },
        Level::Red => Text { da: "Rød: kontakt i dag", en: "Red: contact today" },
    }
}

/// A level as a Coding.
pub(super) fn level_coding(of: Level) -> Value {
    super::json::coding(LEVEL, of.as_str(), level(of).en)
}

/// What a state is called.
pub fn state(state: State) -> Text<'static> {
    match state {
        State::Pending => Text { da: "Afventer ny måling", en: "Waits for a second measurement" },
        State::New => Text { da: "Ny", en: "New" },
        State::Claimed => Text { da: "Taget", en: "Claimed" },
        State::Waiting => Text { da: "Afventer", en: "Waiting" },
        State::Escalated => Text { da: "Givet videre", en: "Escalated" },
        State::Snoozed => Text { da: "Udsat", en: "Snoozed" },
        State::Closed => Text { da: "Lukket", en: "Closed" },
    }
}

/// What came of an alert, in words.
pub fn outcome(outcome: CloseOutcome) -> Text<'static> {
    match outcome {
        CloseOutcome::NoAction => Text { da: "Ingen handling", en: "No action" },
        CloseOutcome::Advice => Text { da: "Rådgivning", en: "Advice" },
        CloseOutcome::RemeasureNormal => {
            Text { da: "Ny måling normal", en: "Re-measure was normal" }
        }
        CloseOutcome::Visit => Text { da: "Besøg", en: "Visit" },
        CloseOutcome::Gp => Text { da: "Egen læge", en: "General practitioner" },
        CloseOutcome::Ed => Text { da: "Akutmodtagelse", en: "Emergency department" },
        CloseOutcome::Admission => Text { da: "Indlæggelse", en: "Admission" },
        CloseOutcome::Technical => Text { da: "Teknisk", en: "Technical" },
        CloseOutcome::FalseAlarm => Text { da: "Falsk alarm", en: "False alarm" },
    }
}

/// What the problems of the default rules are called.
const PROBLEMS: &[(&str, Text<'static>)] = &[
    ("copd", Text { da: "KOL", en: "COPD" }),
    ("heart-failure", Text { da: "Hjertesvigt", en: "Heart failure" }),
    ("blood-pressure", Text { da: "Blodtryk", en: "Blood pressure" }),
    ("diabetes", Text { da: "Blodsukker", en: "Glucose" }),
    ("diabetes-control", Text { da: "Diabetesregulering", en: "Diabetes control" }),
    ("heart-rhythm", Text { da: "Hjerterytme", en: "Heart rhythm" }),
    ("alarm-symptom", Text { da: "Alarmsymptom", en: "Alarm symptom" }),
    ("general-condition", Text { da: "Almentilstand", en: "General condition" }),
    ("infection", Text { da: "Infektion", en: "Infection" }),
    ("psychiatry", Text { da: "Psykisk forværring", en: "Change in mental health" }),
    ("frailty", Text { da: "Fald og funktionstab", en: "Falls and loss of function" }),
    ("silence", Text { da: "Udeblevne målinger", en: "Missing measurements" }),
    ("data-quality", Text { da: "Usikre målinger", en: "Doubtful measurements" }),
];

/// What a problem is called; its code where it is none of those known.
pub fn problem(code: &str) -> Text<'_> {
    PROBLEMS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(Text { da: code, en: code }, |(_, text)| *text)
}

/// Whether the problem is one of measuring, not of the citizen.
pub(super) fn is_technical(problem: &str) -> bool {
    matches!(problem, "silence" | "data-quality" | "technical")
}

/// A problem as a `CodeableConcept`.
pub(super) fn problem_concept(code: &str) -> Value {
    let text = problem(code);
    super::json::concept(&[super::json::coding(PROBLEM, code, text.en)], &text)
}

/// What came of an alert, as a `CodeableConcept`.
pub(super) fn outcome_concept(of: CloseOutcome) -> Value {
    let text = outcome(of);
    super::json::concept(&[super::json::coding(OUTCOME, of.as_str(), text.en)], &text)
}

/// Whom an alert was handed on to, in words.
pub fn handed_to(to: &EscalateTo) -> &str {
    match to {
        EscalateTo::Role(role) => role,
        EscalateTo::Gp => "Egen læge",
        EscalateTo::Emergency => "112",
    }
}
