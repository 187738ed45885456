//! The page of a cohort as it is sent, from a model made by hand.

use pulsvagt_analytics::Language;
use serde_json::json;

use super::shown::{lines, scene, viewer};
use crate::http::api::pages::cohorts::{ComparisonLine, ComparisonView, RunView};
use crate::http::web::model::Viewer;
use crate::http::web::view::cohorts::{beside, result};

fn run() -> RunView {
    let points = json!([
        {"day": 0, "atRisk": 40, "events": 0, "without": 1.0, "low": 1.0, "high": 1.0},
        {"day": 30, "atRisk": 40, "events": 8, "without": 0.8, "low": 0.6396, "high": 0.8946},
        {"day": 60, "atRisk": 30, "events": 6, "without": 0.64, "low": 0.4662, "high": 0.7709},
    ]);
    let told = json!({
        "name": "copd", "version": "1", "definition": "0f", "engine": "engine/2",
        "lastDay": "2026-10-31", "least": 5,
        "groups": [
            {"name": "cohort", "members": 40, "atRisk": 40,
             "outcomes": [
                {"outcome": "acute_admission", "citizens": 14, "personYears": 5.4, "events": 17,
                 "rate": {"value": 3148.1, "low": 1834.0, "high": 5040.0},
                 "first": {"value": 2592.6, "low": 1417.0, "high": 4350.0}},
                {"outcome": "death", "citizens": null, "personYears": null, "events": null,
                 "rate": null, "first": null}],
             "rowsLeftOut": false,
             "attrition": [{"name": "citizens", "count": 60}, {"name": "Alder <b>", "count": 40}],
             "sex": [{"name": "female", "count": 25}, {"name": "male", "count": null}],
             "age": [], "municipality": [{"name": "0330", "count": 40}], "quarter": [],
             "programme": [{"name": "copd", "count": 33}, {"name": "none", "count": 7}]},
            {"name": "comparison", "members": null, "refused": "few", "atRisk": null,
             "outcomes": [], "rowsLeftOut": true, "attrition": [], "sex": [], "age": [],
             "municipality": [], "quarter": [], "programme": []}],
        "curves": [{"group": "cohort", "outcome": "acute_admission", "points": points}],
        "notices": [
            {"code": "cut-short", "about": "cohort", "text": "cohort: the data end early"},
            {"code": "nowhere-in-data", "about": "diagnosis DX", "text": "diagnosis DX: nowhere"}],
    });
    RunView {
        id: "019b2a3c-4d5e-7f80-9a1b-0123456789ab".to_owned(),
        state: "done",
        name: "copd".to_owned(),
        definition: "0f".to_owned(),
        as_of: "2026-11-01".to_owned(),
        purpose: "HQUALIMP".to_owned(),
        reason: "how many <i>come</i> back".to_owned(),
        least: 5,
        asked: "2026-11-22T08:00:00Z".to_owned(),
        began: None,
        ended: None,
        seen: 60,
        citizens: 60,
        attempts: 1,
        problem: None,
        result: Some(serde_json::from_value(told).expect("a result")),
        body: String::new(),
    }
}

fn analyst() -> Viewer {
    Viewer { cohorts: true, worklist: false, here: "/cohorts/runs/x".to_owned(), ..viewer() }
}

#[test]
fn what_is_told_is_shown_and_what_is_left_out_says_so() {
    let page = lines(result::page(&scene(Language::Danish), &analyst(), &run()));
    assert!(!page.contains("<b>") && !page.contains("<i>"));
    insta::assert_snapshot!("cohort", page);
}

#[test]
fn a_run_that_goes_on_can_be_cancelled_and_one_that_failed_says_why() {
    let mut going = run();
    (going.state, going.result, going.seen) = ("running", None, 15);
    let page = result::page(&scene(Language::English), &analyst(), &going).into_string();
    assert!(page.contains("15 of 60 citizens read") && page.contains("/cancel"), "{page}");
    assert!(page.contains("See how far it is"));
    let mut failed = run();
    (failed.state, failed.result) = ("failed", None);
    failed.problem = Some("there is nobody to follow".to_owned());
    let page = result::page(&scene(Language::English), &analyst(), &failed).into_string();
    assert!(page.contains("there is nobody to follow") && !page.contains("/cancel"), "{page}");
    let mut old = run();
    old.result = None;
    let page = result::page(&scene(Language::English), &analyst(), &old).into_string();
    assert!(page.contains("not kept any more") && !page.contains("rows?format"), "{page}");
}

fn comparison() -> ComparisonView {
    let estimate = json!({"value": 2592.6, "low": 1417.0, "high": 4350.0});
    let line = |of: &[&str]| {
        json!({"of": of, "citizens": 14, "person_years": 5.4, "events": 17, "rate": estimate,
               "first": estimate, "standardised": estimate})
    };
    let nothing = json!({"of": ["0306"], "citizens": null, "person_years": null, "events": null,
        "rate": null, "first": null, "standardised": null, "crude": "not every age is told"});
    let told = json!({
        "name": "copd", "version": "1", "definition": "0f", "engine": "engine/2",
        "last_day": "2026-10-31",
        "municipalities": [
            {"code": "0306", "name": "Odsherred <b>", "least": 12},
            {"code": "0316", "name": "Holbæk", "least": 5},
            {"code": "0330", "name": "Slagelse", "least": 5}],
        "groups": [{"name": "cohort",
            "members": [
                {"of": ["0306"], "members": null, "at_risk": null, "refused": "few"},
                {"of": ["0316"], "members": 1040, "at_risk": 1039},
                {"of": ["0330"], "members": 40, "at_risk": 40},
                {"of": ["0316", "0330"], "members": 1080, "at_risk": 1079}],
            "outcomes": [{"outcome": "acute_admission", "lines":
                [nothing, line(&["0316"]), line(&["0330"]), line(&["0316", "0330"])]}]}],
        "notices": ["0330: the data end early"],
    });
    ComparisonView {
        line: ComparisonLine {
            id: "019b2a3c-4d5e-7f80-9a1b-0123456789ac".to_owned(),
            region: "1085".to_owned(),
            name: "copd".to_owned(),
            purpose: "HQUALIMP".to_owned(),
            reason: "the <i>yearly</i> report".to_owned(),
            given: "2026-11-22T08:00:00Z".to_owned(),
            given_by: "ravn".to_owned(),
        },
        comparison: serde_json::from_value(told).expect("a comparison"),
    }
}

#[test]
fn municipalities_are_beside_each_other_and_one_that_left_out_says_so() {
    let page = lines(beside::page(&scene(Language::Danish), &analyst(), &comparison()));
    assert!(!page.contains("<b>") && !page.contains("<i>"));
    insta::assert_snapshot!("beside", page);
}
