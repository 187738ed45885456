use std::fmt::Write as _;

use pulsvagt_analytics::risk::card::{Request, build, evaluate};
use pulsvagt_analytics::risk::{Penalty, Settings, Split};

use super::*;

/// Rows whose outcome hangs on `x` in three of four.
fn lines(from: u32) -> String {
    let mut text = String::new();
    for at in from..from + 120 {
        let case = if at % 4 == 0 { at % 3 == 0 } else { at % 10 > 5 };
        let sex = if at % 2 == 0 { "woman" } else { "man" };
        let _ = writeln!(
            text,
            r#"{{"citizen":"c{at}","case":{case},"weeks":1,"groups":{{"sex":"{sex}"}},"features":{{"x":{},"age_years":{}}}}}"#,
            at % 10,
            60 + at % 17
        );
    }
    text
}

#[test]
fn a_card_and_an_evaluation_say_what_is_known_and_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.ndjson");
    let table = |from| {
        std::fs::write(&file, lines(from)).unwrap();
        rows(&file).unwrap()
    };
    let settings = Settings { draws: 20, ..Settings::default() };
    let request = Request {
        name: "a <model>",
        outcome: "admission within 7 days",
        target: None,
        stays: None,
        penalties: &[Penalty { lambda: 0.01, alpha: 0.0 }],
        split: Split::Folds { count: 4, seed: 1 },
        left_out: &[],
        baselines: &[],
        settings: &settings,
    };
    let (model, told) = build(&table(0), &request).unwrap();
    let page = card(&told);
    assert!(page.contains("Model card: a &lt;model&gt;") && page.contains(&model.hash));
    assert!(page.contains("never a reason to refuse care"));
    assert!(page.contains("the data have no admissions_12m"), "{page}");
    let lines = summary(&told.assessment);
    assert!(lines.contains("120 rows of 120 citizens"), "{lines}");
    assert!(lines.contains("calibration slope"), "{lines}");
    let elsewhere = evaluate(&model, &table(1000), "0851", &[], &settings).unwrap();
    let page = evaluation(&elsewhere);
    assert!(page.contains("0851") && page.contains(&elsewhere.hash));
}

#[test]
fn files_that_are_not_there_or_not_right_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = rows(&folder.path().join("none")).unwrap_err();
    assert!(matches!(missing, RowsError::Read(..)), "{missing}");
    let file = folder.path().join("rows");
    std::fs::write(&file, "{}\n").unwrap();
    assert!(matches!(rows(&file), Err(RowsError::Row(..))));
    let stays = "record_id,age,gender,icutype,saps_i,sofa,survival_days,died_in_hospital\n1,80,0,3,9,2,-1,0\n";
    std::fs::write(folder.path().join("stays.csv"), stays).unwrap();
    assert!(challenge(folder.path()).is_err());
    let measured = folder.path().join("observations.csv");
    std::fs::write(&measured, "record_id,t_min,param,value\n1,5,HR,80\n").unwrap();
    let table = challenge(folder.path()).unwrap();
    assert_eq!(table.column("heart_rate_last"), Some(vec![Some(80.0)]));
    std::fs::write(&measured, "record_id,t_min,param,value\n2,5,HR,80\n").unwrap();
    assert!(matches!(challenge(folder.path()), Err(RowsError::Challenge(..))));
}

#[test]
fn the_report_of_a_pilot_begins_with_the_decision_and_tells_no_small_count() {
    let citizens: Vec<serde_json::Value> = (0..200_u32)
        .map(|at| {
            let treated = at % 2 == 0;
            let after = if treated { u32::from(at % 40 == 0) } else { u32::from(at % 3 == 0) };
            let before = 1 + u32::from(at % 5 == 0);
            serde_json::json!({
                "treated": treated,
                "runIn": { "events": u32::from(at % 3 == 0), "days": 180 },
                "before": { "events": before, "days": 180 },
                "after": { "events": after, "days": 180 },
            })
        })
        .collect();
    let input = serde_json::json!({
        "title": "COPD <at home>", "outcome": "Acute admissions", "period": "2026",
        "citizens": citizens,
        "indicators": [{ "line": "citizen", "name": "Adherence", "unit": "%", "value": 81.5,
            "target": 80, "better": "higher" }],
    });
    let input = serde_json::from_value(input).unwrap();
    let report = pulsvagt_analytics::pilot::report::report(&input);
    let page = pilot(&report);
    let (decision, effect) = (page.find("Decision:").unwrap(), page.find("The effect").unwrap());
    assert!(decision < effect);
    assert!(page.contains("COPD &lt;at home&gt;") && page.contains("regression to the mean"));
    assert!(page.contains("81.5 %") && page.contains("at least 80"));
    assert_eq!(report.effect.as_ref().unwrap().first.0, 5);
    assert!(page.contains("Events after the start: 5 with it"), "{page}");
    let mut few = input.clone();
    few.citizens.iter_mut().filter(|it| it.treated).take(20).for_each(|it| it.after.events = 0);
    let page = pilot(&pulsvagt_analytics::pilot::report::report(&few));
    assert!(page.contains("fewer than 5 with it"), "{page}");
    assert!(page.contains("too few events to be told"), "{page}");
    let told = pilot_json(&pulsvagt_analytics::pilot::report::report(&few)).unwrap();
    assert_eq!(told["effect"]["leftOut"], "fewer than 5 events");
    let text = told.to_string();
    for small in 1..5 {
        assert!(!text.contains(&format!("\"first\":[{small},")), "{text}");
    }
    let whole = pilot_json(&report_of(&input)).unwrap();
    assert_eq!(whole["effect"]["first"][0], 5);
}

fn report_of(
    input: &pulsvagt_analytics::pilot::report::Input,
) -> pulsvagt_analytics::pilot::Report {
    pulsvagt_analytics::pilot::report::report(input)
}
