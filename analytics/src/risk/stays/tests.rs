use super::*;
use crate::{Plan, Subject};

fn setup(text: &str) -> Setup {
    serde_json::from_str(text).unwrap()
}

#[test]
fn columns_stand_in_the_order_of_the_set_up() {
    let setup = setup(
        r#"{"hours":48,"event":"death","features":["woman","age_years"],
            "series":[{"measures":["creatinine"],"statistics":["last","max"]},{"measures":["lactate"]}],
            "recorded":[{"name":"ventilated","codes":["http://snomed.info/sct|40617009"]}],
            "kinds":[{"name":"surgical","codes":["s|4"]}]}"#,
    );
    assert_eq!(setup.text(), "death in hospital, as of 48 hours after the stay began");
    assert_eq!(setup.measures().into_iter().collect::<Vec<_>>(), ["creatinine", "lactate"]);
    let columns = Columns::new(&setup).unwrap();
    let names = columns.names();
    assert_eq!(names[..4], ["woman", "age_years", "creatinine_last", "creatinine_max"]);
    assert_eq!(names[10..], ["lactate_count", "ventilated", "surgical"]);
    let plan = Plan::default();
    let subject = Subject {
        as_of: 48 * 3_600_000_000 - 1,
        offset: 0,
        plan: &plan,
        plan_version: 0,
        plan_since: 0,
        age_years: Some(71.0),
        days: &[],
    };
    let person =
        Person { subject, day: 2, woman: Some(true), enrolled: None, stays: &[], alerts: None };
    let readings = [("creatinine", vec![(5, 90.0), (9, 110.0), (7, 130.0)])].into();
    let seen = Seen { person, readings: &readings, recorded: &[true], kinds: &[false] };
    let row = columns.row(&seen);
    assert_eq!(row[..4], [Some(1.0), Some(71.0), Some(110.0), Some(130.0)]);
    assert_eq!(row[4], None, "nobody measured lactate");
    assert_eq!(row[10..], [Some(0.0), Some(1.0), Some(0.0)]);
}

#[test]
fn what_cannot_be_looked_at_is_named() {
    let why = |text: &str| Columns::new(&setup(text)).unwrap_err().to_string();
    assert!(why(r#"{"hours":1,"event":"death","features":["mood"]}"#).contains("mood"));
    let series =
        r#"{"hours":1,"event":"death","series":[{"measures":["x"],"statistics":["mode"]}]}"#;
    assert!(why(series).contains("no statistic mode"));
    let twice = r#"{"hours":1,"event":"death","series":[{"measures":["x","x"]}]}"#;
    assert!(why(twice).contains("x_first"));
    assert!(why(r#"{"hours":1,"event":"death"}"#).contains("nothing"));
    assert!(why(r#"{"hours":0,"event":"death","features":["woman"]}"#).contains("hours"));
}

#[test]
fn the_hospitals_word_counts_before_the_day_of_death() {
    let after = |to, died, death| Ending { to, died, death }.after(2);
    assert_eq!(after(Some(9), Some(true), Some(7)), After::Case(5));
    assert_eq!(after(Some(9), Some(true), None), After::Case(7));
    assert_eq!(after(Some(1), Some(true), None), After::Case(0));
    assert_eq!(after(Some(9), Some(false), Some(7)), After::Free);
    assert_eq!(after(None, Some(false), None), After::Free);
    // Nothing was said: whoever died by the last day died there.
    assert_eq!(after(Some(9), None, Some(9)), After::Case(7));
    assert_eq!(after(Some(9), None, Some(10)), After::Free);
    assert_eq!(after(Some(9), None, None), After::Free);
    assert_eq!(after(None, None, Some(4)), After::Censored);
}

#[test]
fn a_model_carries_its_set_up() {
    use crate::risk::{Model, Penalty, Row, Table, fit};
    let row = |at: u64| Row {
        cluster: at,
        case: at % 7 < 3,
        values: vec![Some(f64::from(u32::try_from(at % 5).unwrap()))],
        ..Row::default()
    };
    let table = Table { features: vec!["woman".to_owned()], rows: (0..70).map(row).collect() };
    let penalty = Penalty { lambda: 0.1, alpha: 0.0 };
    let setup = setup(r#"{"hours":24,"event":"death","features":["woman"]}"#);
    let plain = fit(&table, "n", "o", penalty).unwrap();
    let model = plain.clone().of_stays(setup.clone());
    assert_ne!(plain.hash, model.hash);
    let read = Model::parse(&model.to_json().unwrap()).unwrap();
    assert_eq!((read.stays.as_ref(), read.target), (Some(&setup), None));
    // Somebody who wants to be asked later.
    let changed = model.to_json().unwrap().replace("\"hours\": 24", "\"hours\": 48");
    assert!(Model::parse(&changed).is_err());
}
