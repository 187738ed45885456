use std::collections::{BTreeMap, BTreeSet};

use pulsvagt_analytics::Screening;
use pulsvagt_analytics::screening::{EarlyWarning, Scores};
use pulsvagt_fhir::validate::{Context, validate};
use pulsvagt_fhir::{Document, Issue};
use serde_json::Value;

use super::*;
use crate::clock::Micros;
use crate::triage::{
    Actor, Alert, AlertFinding, CloseOutcome, Closing, EscalateTo, Event, Level, Parked, State,
    Texts, Verb,
};

const NOW: Micros = Micros(1_767_225_600_000_000);
const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

const LEVELS: [Level; 4] = Level::ALL;

fn nurse() -> Actor {
    Actor::new("nurse-1", "nurse")
}

fn finding(rule: &str, level: Level) -> AlertFinding {
    AlertFinding {
        rule: rule.to_owned(),
        level,
        worst: level.max(Level::Blue),
        first_at: NOW,
        last_at: NOW,
        count: 1,
        as_of: NOW,
        pack: "00ff".to_owned(),
        from_silence: rule == "SILENCE",
        unconfirmed: None,
        text: Texts {
            da: "Vægten er steget 2,3 kg på 3 dage".to_owned(),
            en: "Weight up 2.3 kg in 3 days".to_owned(),
        },
    }
}

fn event(version: u32, verb: Verb, level_before: Level, level: Level) -> Event {
    Event {
        version,
        at: NOW,
        by: None,
        verb,
        from: None,
        to: State::New,
        level_before,
        level,
        seen: Vec::new(),
        text: None,
        to_whom: None,
        until: None,
        outcome: None,
        reopened: None,
    }
}

/// What a case borrows from.
#[derive(Debug, Clone)]
struct Story {
    alert: Alert,
    events: Vec<Event>,
    told: u32,
    screening: Option<Screening>,
    readings: BTreeMap<String, Vec<String>>,
    pack: PackFacts,
}

impl Story {
    fn new(level: Level, state: State) -> Self {
        let parked = Parked {
            until: Some(NOW),
            level,
            red: Vec::new(),
            remeasure: false,
            reason: (state == State::Snoozed).then(|| "indlagt til fredag".to_owned()),
            to: (state == State::Escalated).then_some(EscalateTo::Gp),
        };
        let is_parked = matches!(state, State::Waiting | State::Escalated | State::Snoozed);
        let closing = Closing {
            at: NOW,
            by: nurse(),
            outcome: CloseOutcome::Advice,
            note: "drikker mere".to_owned(),
        };
        let alert = Alert {
            id: ID.parse().expect("an id"),
            citizen: crate::ids::CitizenNo(1),
            problem: "heart-failure".to_owned(),
            level,
            worst: level,
            state,
            version: 1,
            material_version: 1,
            opened: NOW,
            updated: NOW,
            level_since: NOW,
            evidence_at: Micros(NOW.0 - 3_600_000_000),
            due: Micros(NOW.0 + 7_200_000_000),
            trend: 0.0,
            holder: (state != State::New && state != State::Pending).then(nurse),
            claim_until: None,
            parked: is_parked.then_some(parked),
            closing: (state == State::Closed).then_some(closing),
            reopened_from: None,
            findings: vec![finding("HF-WT-FAST", level)],
        };
        let readings = vec!["Observation/one".to_owned(), "Observation/two".to_owned()];
        Self {
            alert,
            events: vec![event(1, Verb::Raise, Level::Green, level)],
            told: 0,
            screening: None,
            readings: [("HF-WT-FAST".to_owned(), readings)].into(),
            pack: PackFacts {
                name: "pulsvagt-default".to_owned(),
                version: "1".to_owned(),
                hash: "00ff".to_owned(),
                unsigned: BTreeSet::from(["HF-WT-FAST".to_owned()]),
            },
        }
    }

    /// With everything that may be there.
    fn full(level: Level, state: State) -> Self {
        let mut story = Self::new(level, state);
        story.alert.reopened_from = "01890a5d-0000-774b-bcce-b302099a8057".parse().ok();
        let note = Event {
            by: Some(nurse()),
            text: Some("ringet op".to_owned()),
            ..event(2, Verb::Note, level, level)
        };
        story.events.push(note);
        story.alert.version = 2;
        let score = EarlyWarning {
            score: 6,
            parameters: 4,
            single_three: true,
            missing: vec!["consciousness".into()],
            max_age_hours: 3.0,
        };
        story.screening = Some(Screening {
            as_of: NOW.0,
            engine: pulsvagt_analytics::screening::ENGINE.into(),
            pack: "00ff".into(),
            plan_version: 1,
            verdicts: Vec::new(),
            scores: Scores { news2: Some(score.clone()), tobs: Some(score) },
            deterioration: Some(3.25),
        });
        story
    }

    fn project(&self) -> Vec<Projected> {
        project(&Case {
            alert: &self.alert,
            events: &self.events,
            told: self.told,
            citizen: "ane",
            screening: self.screening.as_ref(),
            readings: &self.readings,
            pack: &self.pack,
        })
    }
}

/// Whatever is wrong with it as FHIR, warnings too.
fn issues(projected: &Projected) -> Vec<Issue> {
    let text = projected.resource.to_string();
    let document = Document::parse(text.as_bytes()).expect("JSON");
    let mut issues = Vec::new();
    validate(document.root(), projected.kind, Context::default(), &mut issues);
    issues
}

fn one<'p>(projected: &'p [Projected], kind: &str) -> &'p Value {
    let found: Vec<_> = projected.iter().filter(|one| one.kind == kind).collect();
    assert_eq!(found.len(), 1, "{kind}");
    &found[0].resource
}

fn kinds(projected: &[Projected]) -> Vec<&str> {
    projected.iter().map(|one| one.kind).collect()
}

#[test]
fn every_state_of_every_level_is_fhir() {
    for level in LEVELS {
        for state in State::ALL {
            for story in [Story::new(level, state), Story::full(level, state)] {
                let projected = story.project();
                for one in &projected {
                    assert_eq!(issues(one), [], "{level} {state}: {}", one.resource);
                    assert!(KINDS.contains(&one.kind));
                    assert_eq!(one.resource["id"], one.id.as_str());
                    assert!(crate::ids::is_fhir_id(&one.id));
                }
                assert_eq!(projected, story.project(), "the same case gives the same resources");
            }
        }
    }
}

#[test]
fn the_technical_issues_are_fhir() {
    for over in [None, Some(NOW)] {
        let behind = detected_issue::behind(NOW, Some(12), over);
        assert_eq!(issues(&behind), []);
        let status = if over.is_some() { "final" } else { "preliminary" };
        assert_eq!(behind.resource["status"], status);
    }
}

#[test]
fn the_status_of_the_task_follows_the_work() {
    let statuses = State::ALL.map(|state| {
        let projected = Story::full(Level::Red, state).project();
        let task = one(&projected, "Task");
        assert_eq!(task["priority"], "asap");
        task["status"].as_str().expect("a status").to_owned()
    });
    assert_eq!(
        statuses,
        ["draft", "requested", "accepted", "on-hold", "in-progress", "on-hold", "completed"]
    );
    let mut emergency = Story::full(Level::Yellow, State::Escalated);
    emergency.alert.parked.as_mut().expect("parked").to = Some(EscalateTo::Emergency);
    let projected = emergency.project();
    assert_eq!(one(&projected, "Task")["priority"], "stat");
    assert_eq!(one(&projected, "Task")["owner"]["display"], "112");
}

#[test]
fn the_task_carries_what_people_wrote_and_what_came_of_it() {
    let projected = Story::full(Level::Red, State::Closed).project();
    let task = one(&projected, "Task");
    assert_eq!(task["note"][0]["text"], "ringet op");
    assert_eq!(task["note"][0]["authorReference"]["identifier"]["value"], "nurse-1");
    let outcome = &task["output"][0]["valueCodeableConcept"]["coding"][0];
    assert_eq!(outcome["code"], "advice");
    assert!(task["executionPeriod"]["end"].is_string());
}

#[test]
fn nobody_is_flagged_before_the_second_measurement() {
    let pending = Story::new(Level::Red, State::Pending).project();
    assert_eq!(kinds(&pending), ["ClinicalImpression", "Task"]);
    assert!(one(&pending, "Task")["focus"].is_null());
    let new = Story::new(Level::Red, State::New).project();
    assert_eq!(one(&new, "Flag")["status"], "active");
    let closed = Story::full(Level::Red, State::Closed).project();
    assert_eq!(one(&closed, "Flag")["status"], "inactive");
    assert!(one(&closed, "Flag")["period"]["end"].is_string());
}

#[test]
fn an_impression_is_made_by_a_change_of_level_and_by_nothing_else() {
    let mut story = Story::new(Level::Red, State::New);
    story.events = vec![
        event(1, Verb::Raise, Level::Green, Level::Yellow),
        event(2, Verb::Merge, Level::Yellow, Level::Yellow),
        event(3, Verb::Merge, Level::Yellow, Level::Blue),
        event(4, Verb::Merge, Level::Blue, Level::Red),
        event(5, Verb::Merge, Level::Red, Level::Red),
    ];
    story.alert.version = 5;
    story.told = 2;
    let projected = story.project();
    let impression = one(&projected, "ClinicalImpression");
    assert_eq!(impression["id"], format!("{ID}-4"));
    assert_eq!(impression["previous"]["reference"], format!("ClinicalImpression/{ID}-1"));
    assert_eq!(impression["finding"][0]["itemCodeableConcept"]["coding"][0]["code"], "red");
    assert_eq!(impression["investigation"][0]["item"][0]["reference"], "Observation/one");
    story.told = 5;
    story.events.push(event(6, Verb::Claim, Level::Red, Level::Red));
    story.alert.version = 6;
    story.alert.state = State::Claimed;
    let projected = story.project();
    assert_eq!(kinds(&projected), ["Flag", "Task"]);
    let input = &one(&projected, "Task")["input"][0]["valueReference"]["reference"];
    assert_eq!(input, &format!("ClinicalImpression/{ID}-4"), "still the same impression");
}

#[test]
fn silence_is_a_technical_issue_and_absent_data_never_green() {
    let mut silent = Story::new(Level::Blue, State::New);
    silent.alert.problem = "silence".to_owned();
    silent.alert.findings = vec![finding("SILENCE", Level::Blue)];
    let projected = silent.project();
    assert_eq!(kinds(&projected), ["ClinicalImpression", "Flag", "DetectedIssue", "Task"]);
    assert_eq!(one(&projected, "DetectedIssue")["status"], "preliminary");
    assert_eq!(one(&projected, "Flag")["category"][0]["coding"][0]["code"], "admin");
    let finding = &one(&projected, "ClinicalImpression")["finding"][0];
    assert_eq!(finding["itemCodeableConcept"]["coding"][0]["code"], "data-absent");
    let code = &one(&projected, "Task")["code"]["coding"][0]["code"];
    assert_eq!(code, "MissingMeasurementResolving");
}

#[test]
fn a_partial_score_gives_no_risk_unless_it_is_high_already() {
    let says = |score, parameters| {
        let mut story = Story::full(Level::Yellow, State::New);
        let screening = story.screening.as_mut().expect("a screening");
        screening.scores.tobs = None;
        screening.deterioration = None;
        let news2 = screening.scores.news2.as_mut().expect("NEWS2");
        (news2.score, news2.parameters) = (score, parameters);
        let projected = story.project();
        let assessment = one(&projected, "RiskAssessment");
        let risk = &assessment["prediction"][0]["qualitativeRisk"]["coding"][0]["code"];
        format!("{} {}", risk.as_str().unwrap_or("-"), assessment["status"])
    };
    assert_eq!(says(6, 6), "- \"preliminary\"");
    assert_eq!(says(7, 6), "high \"preliminary\"");
    assert_eq!(says(4, 7), "low \"final\"");
    assert_eq!(says(5, 7), "moderate \"final\"");
    assert_eq!(says(7, 7), "high \"final\"");
}

#[test]
fn at_most_twenty_readings_are_pointed_at_each_once() {
    let mut story = Story::new(Level::Red, State::New);
    let many = (0..50).flat_map(|n| [format!("Observation/{n}"), format!("Observation/{n}")]);
    story.readings.insert("HF-WT-FAST".to_owned(), many.collect());
    let projected = story.project();
    let items = &one(&projected, "ClinicalImpression")["investigation"][0]["item"];
    assert_eq!(items.as_array().map(Vec::len), Some(json::MOST_REFERENCES));
    assert_eq!(items[1]["reference"], "Observation/1");
}
