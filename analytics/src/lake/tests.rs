use std::fs::File;

use super::trend::{Answer, Ask, trend};
use super::{Cell, DAILY_SUMMARY, TABLES, Writer, height};

/// Days of citizens: citizen, day, value.
fn write(path: &std::path::Path, rows: &[(i64, i32, f64)]) {
    let file = File::create(path).expect("a file");
    let mut out = Writer::new(&DAILY_SUMMARY, file).expect("a writer");
    for (citizen, day, value) in rows {
        let (whole, text) = (Cell::Whole(*citizen), Cell::Text("body_weight"));
        let day = Cell::Whole(i64::from(*day));
        out.push(&[whole, day, text, Cell::Whole(1), Cell::Number(*value)]).expect("a row");
    }
    assert_eq!(out.finish().expect("an end"), rows.len() as u64);
    assert_eq!(height(File::open(path).expect("the file")).expect("rows"), rows.len() as u64);
}

#[test]
fn names_are_each_there_once() {
    for table in TABLES {
        let mut names: Vec<&str> = table.columns.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), table.columns.len(), "{}", table.name);
    }
}

#[test]
fn a_trend_is_that_of_all_months_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("1.parquet"), folder.path().join("2.parquet"));
    let line = |citizen, from: i32, to: i32, slope: f64| {
        (from..to).map(move |day| (citizen, day, 70.0 + slope * f64::from(day)))
    };
    let first: Vec<_> = line(-5, 0, 31, 0.1).chain(line(3, 0, 31, -0.1)).collect();
    let second: Vec<_> =
        line(-5, 31, 59, 0.1).chain(line(3, 31, 59, -0.1)).chain(line(8, 31, 59, 0.2)).collect();
    write(&one, &first);
    write(&two, &second);
    let ask = Ask { from: 0, to: 59, least: 20, slope: 0.05, above: 1.0 };
    let answer = trend(&[one.clone(), two.clone()], &ask).expect("an answer");
    assert_eq!((answer.rows, answer.citizens, answer.members), (146, 3, 2));
    assert!((answer.slopes - 0.3).abs() < 1e-9, "{answer:?}");
    let other = trend(&[two, one.clone()], &ask).expect("an answer");
    assert_eq!((other.citizens, other.members), (3, 2));
    let few = Ask { least: 40, ..ask };
    assert_eq!(trend(&[one], &few).expect("an answer"), Answer { rows: 62, ..Answer::default() });
}

#[test]
fn a_file_that_is_not_sorted_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("1.parquet");
    write(&path, &[(3, 1, 1.0), (1, 1, 1.0)]);
    let ask = Ask { from: 0, to: 9, least: 1, slope: 0.0, above: 0.0 };
    assert!(trend(&[path], &ask).is_err());
}
