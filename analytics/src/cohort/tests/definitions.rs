use super::arbitrary::definition;
use super::*;

#[test]
fn the_example_of_the_documentation() {
    let example = example();
    insta::assert_snapshot!(example.canonical());
    assert_eq!(example.hash().len(), 32);
}

#[test]
fn what_is_written_is_read() {
    proptest!(Config { failure_persistence: None, ..Config::with_cases(300) }, |(definition in definition())| {
        let toml = definition.to_toml().unwrap();
        let read = Definition::from_toml(&toml).map_err(|it| TestCaseError::fail(format!("{it}\n{toml}")))?;
        prop_assert_eq!(&read, &definition);
        prop_assert_eq!(&Definition::from_json(&definition.to_json().unwrap()).unwrap(), &definition);
        prop_assert_eq!(&Definition::from_json(&definition.canonical()).unwrap(), &definition);
        prop_assert_eq!(read.hash(), definition.hash());
    });
}

#[test]
fn layout_and_order_of_lists_do_not_count() {
    let plain = "name = \"a\"\nversion = \"1\"\nindex = { date = \"2026-01-01\" }\n";
    let one =
        format!("{plain}[[who]]\nname = \"w\"\nis = {{ programme = [\"copd\", \"diabetes\"] }}\n");
    let other = format!(
        "# A comment.\ndescription = \"x\"\n{plain}\n[[who]]\nis.programme = [\"diabetes\", \"copd\", \"copd\"]\nname = \"w\"\n"
    );
    let (one, other) =
        (Definition::from_toml(&one).unwrap(), Definition::from_toml(&other).unwrap());
    assert_eq!(one.hash(), other.hash());
    let third = Definition::from_toml(&plain.replace("-01-01", "-01-02")).unwrap();
    assert_ne!(one.hash(), third.hash());
}

/// What is said against a definition whose steps, or else whose other parts, are these.
fn errors(who: &str) -> String {
    let text = if who.contains("[index]") || who.starts_with("name") {
        who.to_owned()
    } else {
        format!(
            "name = \"a\"\nversion = \"1\"\nindex = {{ date = \"2026-01-01\" }}\n\n[[who]]\nname = \"x\"\nis = {who}\n"
        )
    };
    Definition::from_toml(&text).expect_err(who).to_string()
}

#[test]
fn errors_point_at_their_place() {
    let cases = [
        "{ age = { from = 65 }",
        "{ aged = { from = 65 } }",
        "{ age = { from = 65, until = 70 } }",
        "{ age = { from = \"65\" } }",
        "{ age = {} }",
        "{ age = { from = 70, to = 65 } }",
        "{ all = [{ age = { from = 70 } }, { age = { to = 60 } }] }",
        "{ all = [{ sex = [\"male\"] }, { sex = [\"female\"] }] }",
        "{ all = [{ programme = [\"copd\"] }, { not = { programme = [\"copd\"] } }] }",
        "{ any = [] }",
        "{ at_least = { n = 3, of = [{ age = { from = 1 } }] } }",
        "{ programme = [\"kol\"] }",
        "{ municipality = [\"Slagelse\"] }",
        "{ had = { what = { diagnosis = [\"J44\"] } } }",
        "{ had = { what = { diagnosis = [\"DJ44\"] }, within = { from = -1, to = -30 } } }",
        "{ had = { what = { diagnosis = [\"DJ44\"] }, within = { to = 30 } } }",
        "{ had = { what = { diagnosis = [\"DJ44\"] }, within = { from = -1 }, times = { from = 5 } } }",
        "{ had = { what = { diagnosis = [\"DJ44\"] }, times = { from = 0 } } }",
        "{ had = { what = { admission = { set = \"danish-nien\" } } } }",
        "{ had = { what = { admission = { set = \"danish-nine\" } } } }",
        "{ had = { what = { admission = { set = \"pqi-16\" } } } }",
        "{ had = { what = { measured = { what = \"weight\" } } } }",
        "{ sequence = { of = [{ death = {} }] } }",
        "{ sequence = { of = [{ enrolment = [] }, { death = {} }], within = { from = -5 }, gap = { from = 9 } } }",
        "{ feature = \"body_wieght_value > 2\" }",
        "{ feature = \"body_weight_last > 2\" }",
        "{ feature = \"body_weight_value > oxygen_saturation_value\" }",
        "{ feature = \"body_weight_value +\" }",
        "{ feature = \"body_weight_value\" }",
        "name = \"A b\"\nversion = \" \"\nindex = { date = \"2026-02-30\" }",
        "name = \"A b\"\nversion = \" \"\n[index]\nfirst = { what = { death = {} }, from = \"2026-02-03\", to = \"2026-02-01\" }\n[[outcomes]]\nname = \"x\"\nwhat = { death = {} }\n[[outcomes]]\nname = \"x\"\nwhat = { diagnosis = [] }\n[[who]]\nname = \"\"\nis = { age = { from = 9 } }\n[comparison]\nwho = [{ name = \"c\", is = { any = [{ age = { from = 3, to = 1 } }] } }]\n",
    ];
    let said: Vec<String> =
        cases.iter().map(|case| format!("{case}\n  {}", errors(case))).collect();
    insta::assert_snapshot!(said.join("\n").replace("\nline", "\n  line"));
}

#[test]
fn errors_in_json_say_the_way() {
    let json = r#"{"name":"a","version":"1","index":{"date":"2026-01-01"},
        "who":[{"name":"x","is":{"any":[{"age":{"from":1}},{"municipality":["330"]}]}}]}"#;
    let said = Definition::from_json(json).unwrap_err().to_string();
    assert_eq!(
        said,
        "who[0].is.any[1].municipality[0]: `330` is no code of a municipality, four digits"
    );
    let said = Definition::from_json("{\n\"nam\": 1}").unwrap_err().to_string();
    assert!(said.starts_with("line 2, column 5: unknown field `nam`"), "{said}");
}

#[test]
fn deep_conditions_are_refused_and_not_followed() {
    let mut is = "{ \"age\": { \"from\": 1 } }".to_owned();
    for _ in 0..40 {
        is = format!("{{ \"not\": {is} }}");
    }
    let json = format!(
        r#"{{"name":"a","version":"1","index":{{"date":"2026-01-01"}},"who":[{{"name":"x","is":{is}}}]}}"#
    );
    let said = Definition::from_json(&json).unwrap_err().to_string();
    assert!(said.ends_with("conditions are too deep in each other"), "{said}");
}

#[test]
fn the_example_that_comes_with_it() {
    let text = include_str!("../../../../docs/cohorts/copd-readmission.toml");
    let definition = Definition::from_toml(text).unwrap();
    assert_eq!(Definition::from_toml(&definition.to_toml().unwrap()).unwrap(), definition);
    assert!(definition.measures().is_empty());
    let example = example();
    assert_eq!(example.measures().into_iter().collect::<Vec<_>>(), ["oxygen_saturation"]);
    // 120 days of features before the index, but a window without a beginning has none.
    let first = "2025-01-01".parse::<Date>().unwrap().day();
    assert_eq!(example.first_day_of_measures(), Some(first - 730));
}
