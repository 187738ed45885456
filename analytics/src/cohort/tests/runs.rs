use super::*;

const INDEX: i32 = 20_454; // 2026-01-01

fn read(rest: &str) -> Definition {
    let head = "name = \"a\"\nversion = \"1\"\nindex = { date = \"2026-01-01\" }\n";
    Definition::from_toml(&format!("{head}{rest}")).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Ten citizens of 66 years, one of whom is admitted for heart failure twice.
fn ten() -> Cells {
    Cells {
        citizens: (0..10)
            .map(|it| (it, Some(INDEX - 66 * 366), Some("female"), "0330", None, None))
            .collect(),
        admissions: vec![
            (3, INDEX + 10, None, Some(true), Some("DI509")),
            (3, INDEX + 50, None, Some(true), Some("DI509")),
            (4, INDEX - 10, None, Some(true), Some("DI509")),
        ],
        ..Cells::default()
    }
}

#[test]
fn days_are_dates() {
    assert_eq!(day("2026-01-01").day(), INDEX);
    assert_eq!(Date::from_day(INDEX).unwrap().to_string(), "2026-01-01");
    assert_eq!(day("2000-02-29").years_until(day("2025-02-28")), 24);
    assert_eq!(day("2000-02-29").years_until(day("2025-03-01")), 25);
    assert!("2026-1-1".parse::<Date>().is_err());
    assert!("2026-01-01T00".parse::<Date>().is_err());
}

#[test]
fn rates_are_per_thousand_person_years() {
    let definition = read(
        "follow_up = { days = 100 }\noutcomes = [{ name = \"hf\", what = { admission = { codes = [\"DI50\"] } } }]",
    );
    let answer = run(&definition, &ten().world(), day("2026-12-31")).unwrap();
    let outcome = &answer.groups[0].outcomes[0];
    assert_eq!((outcome.at_risk, outcome.citizens, outcome.events, outcome.days), (10, 1, 2, 1000));
    let years = 1000.0 / 365.25 / 1000.0;
    assert_eq!(outcome.rate.rate, Some(2.0 / years));
    assert_eq!(outcome.first.rate, Some(1.0 / (910.0 / 365.25 / 1000.0)));
    // Garwood's exact interval of one event: 0.0253 to 5.5716.
    let interval = outcome.first.interval.unwrap();
    assert!((interval.high * (910.0 / 365.25 / 1000.0) - 5.5716).abs() < 1e-3);
    assert!(answer.notices.is_empty(), "{:?}", answer.notices);
}

#[test]
fn nothing_is_said_and_not_counted() {
    let outcomes = "outcomes = [{ name = \"hf\", what = { admission = { codes = [\"DX99\"] } } }]";
    let none = read(&format!(
        "follow_up = {{ days = 9 }}\n{outcomes}\nwho = [{{ name = \"old\", is = {{ age = {{ from = 90 }} }} }}]"
    ));
    let answer = run(&none, &ten().world(), day("2026-01-01")).unwrap();
    let texts: Vec<String> = answer.notices.iter().map(Notice::text).collect();
    assert_eq!(texts, ["cohort: nobody belongs to it", "admission DX99: nowhere in the data"]);
    assert_eq!(answer.groups[0].outcomes[0].rate.rate, None);

    let early = read(&format!("follow_up = {{ days = 9 }}\n{outcomes}"));
    let answer = run(&early, &ten().world(), day("2026-01-01")).unwrap();
    let texts: Vec<String> = answer.notices.iter().map(Notice::text).collect();
    assert_eq!(texts[0], "cohort: nobody was followed for even a day");
    assert_eq!(texts[1], "cohort: the data end before the follow-up of some members does");
    assert_eq!(answer.groups[0].outcomes[0].rate.rate, None);

    let error = run(&early, &ten().world(), day("2025-12-31")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the index begins 2026-01-01, and the data end 2025-12-31: there is nobody to follow"
    );
    let answer = run(&read(""), &World::empty().unwrap(), day("2026-01-01")).unwrap();
    assert_eq!(answer.notices, [Notice::Nobody { group: "cohort".to_owned() }]);
}

#[test]
fn frames_are_checked() {
    let definition = read("");
    let mut world = ten().world();
    world.alerts = world.alerts.drop("severity").unwrap();
    let error = run(&definition, &world, day("2026-01-01")).unwrap_err();
    assert_eq!(error.to_string(), "frame `alerts`: column `severity` is missing");
    let mut twice = ten();
    twice.citizens.push(twice.citizens[0]);
    let error = run(&definition, &twice.world(), day("2026-01-01")).unwrap_err();
    assert_eq!(error.to_string(), "frame `citizens`: a citizen is there twice");
}

#[test]
fn an_answer_tells_what_made_it() {
    let definition = read(
        "follow_up = { days = 100 }\noutcomes = [{ name = \"nine\", what = { admission = { set = \"danish-nine\", accept_unverified = true } } }]\ncomparison = { who = [] }",
    );
    let answer = run(&definition, &ten().world(), day("2026-06-30")).unwrap();
    insta::assert_json_snapshot!(answer);
}

#[test]
fn tables_are_files() {
    let definition = read(
        "follow_up = { days = 100 }\noutcomes = [{ name = \"hf\", what = { admission = { codes = [\"DI50\"] } } }]",
    );
    let answer = run(&definition, &ten().world(), day("2026-12-31")).unwrap();
    let file = |format| {
        let mut file = Vec::new();
        write(&answer.table, format, &mut file).unwrap();
        file
    };
    let csv = String::from_utf8(file(Format::Csv)).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "group,citizen,index,age,sex,municipality,followed,hf_times,hf_after");
    assert_eq!(lines[4], "cohort,3,20454,66,female,0330,100,2,10");
    assert_eq!(lines[5], "cohort,4,20454,66,female,0330,100,0,");
    let ndjson = String::from_utf8(file(Format::Ndjson)).unwrap();
    let row: serde_json::Value = serde_json::from_str(ndjson.lines().nth(4).unwrap()).unwrap();
    assert_eq!(row["citizen"], 4);
    assert!(row["hf_after"].is_null());
    assert_eq!(Format::of_extension("csv"), Some(Format::Csv));
    assert_eq!(Format::of_extension("xlsx"), None);
}

#[test]
fn columns_are_read_back() {
    use polars::prelude::{IpcReader, ParquetReader, SerReader};

    let answer = run(&read(""), &ten().world(), day("2026-12-31")).unwrap();
    for format in [Format::Arrow, Format::Parquet] {
        let (mut file, mut again) = (Vec::new(), Vec::new());
        write(&answer.table, format, &mut file).unwrap();
        write(&answer.table, format, &mut again).unwrap();
        assert_eq!(file, again);
        let file = std::io::Cursor::new(file);
        let read = match format {
            Format::Arrow => IpcReader::new(file).finish(),
            _ => ParquetReader::new(file).finish(),
        };
        assert!(read.unwrap().equals_missing(&answer.table));
    }
}
