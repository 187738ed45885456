//! Which numbers of which readings are summarised, and on which day.

use pulsvagt::store::samples::Placed;
use pulsvagt_analytics::{Outcome, Signal};

use crate::world::NOW;

use super::{TODAY, Ward, glucose, moment, reading, weight};

#[tokio::test(flavor = "multi_thread")]
async fn every_shape_of_a_reading_finds_its_signal_day_and_unit() {
    let ward = Ward::new().await;
    let period = |start: &str, end: &str| {
        format!(r#""effectivePeriod":{{"start":"{start}","end":"{end}"}}"#)
    };
    let pressure = r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/ane"},"effectiveDateTime":"2025-12-31T08:00:00+01:00","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":128,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":81,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}"#;
    for sent in [
        pressure.to_owned(),
        reading("ane", "29463-7", &moment("2025-12-30T23:30:00Z"), "176.369809747", "[lb_av]"),
        reading(
            "ane",
            "93832-4",
            &period("2025-12-29T22:00:00+01:00", "2025-12-30T06:30:00+01:00"),
            "480",
            "min",
        ),
        reading(
            "ane",
            "55423-8",
            &period("2025-12-29T10:00:00+01:00", "2025-12-29T11:00:00+01:00"),
            "900",
            "{steps}",
        ),
        reading("ane", "41950-7", &moment("2025-12-29"), "5000", "{steps}/d"),
        reading("ane", "8867-4", &moment("2025-12-28T23:30:00-08:00"), "61", "/min"),
    ] {
        ward.send(&sent).await;
    }
    ward.screen().await;
    let last = async |signal, ago| ward.summary("ane", signal, ago).await.map(|day| day.last);
    assert_eq!(last(Signal::SystolicBloodPressure, 0).await, Some(128.0));
    assert_eq!(last(Signal::DiastolicBloodPressure, 0).await, Some(81.0));
    // Z says nothing of the wall clock: half past midnight in Slagelse.
    let kilos = last(Signal::BodyWeight, 0).await.expect("a weight");
    assert!((kilos - 80.0).abs() < 1e-6, "{kilos}");
    // Sleep by the day of waking, in hours.
    assert_eq!(last(Signal::SleepDuration, 1).await, Some(8.0));
    // The device's own total of the day stands for it.
    let steps = ward.summary("ane", Signal::Steps, 2).await.expect("steps");
    assert!((steps.total - 5_000.0).abs() < 1e-9, "{steps:?}");
    assert_eq!(last(Signal::HeartRate, 3).await, Some(61.0));
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_and_nonsense() {
    let ward = Ward::new().await;
    let word = |citizen: &str, word: &str| {
        format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"15074-8"}}]}},"subject":{{"reference":"Patient/{citizen}"}},"effectiveDateTime":"2025-12-31T08:00:00+01:00","valueString":"{word}"}}"#
        )
    };
    // A meter below its range.
    ward.send(&word("ane", "LO")).await;
    ward.send(&word("bo", "HI")).await;
    for nonsense in ["NaN", "-inf", "5.5", ""] {
        let answer = ward.world.gateway().post("Observation", &word("bo", nonsense)).await;
        assert!(matches!(answer.status.as_u16(), 201 | 422), "{}", answer.text);
    }
    for value in ["1e999", "NaN"] {
        let sent = weight("bo", "2025-12-31T08:01:00+01:00", value);
        let answer = ward.world.gateway().post("Observation", &sent).await;
        assert!(matches!(answer.status.as_u16(), 201 | 400 | 422), "{}", answer.text);
    }
    let done = ward.screen().await;
    assert_eq!((done.screened, done.failed), (2, 0));
    assert_eq!(ward.outcome("ane", "LOW").await, Some(Outcome::Red));
    assert_eq!(ward.outcome("bo", "LOW").await, Some(Outcome::Clear));
    assert_eq!(ward.summary("bo", Signal::Glucose, 0).await.map(|day| day.count), Some(1));
    assert_eq!(ward.summary("bo", Signal::BodyWeight, 0).await, None);
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_ten_years_off_screens_nobody() {
    let ward = Ward::new().await;
    for at in ["2035-12-31T08:00:00Z", "1959-12-31T08:00:00Z", "2026-01-01T10:00:00Z"] {
        ward.send(&weight("ane", at, "180")).await;
    }
    assert_eq!(ward.screen().await.screened, 0);
    // Ten years late is only old: summarised, and too old for any rule.
    ward.send(&weight("ane", "2015-12-31T08:00:00Z", "180")).await;
    assert_eq!(ward.screen().await.screened, 1);
    assert_eq!(ward.outcome("ane", "HEAVY").await, Some(Outcome::NotEvaluable));
    assert_eq!(ward.count("select count(*) from daily_summary").await, 1);
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_stand_has_no_samples() {
    let ward = Ward::new().await;
    let at = "2025-12-31T08:00:00+01:00";
    ward.send(&weight("ane", at, "80")).await;
    ward.send(&weight("ane", at, "81").replace("\"final\"", "\"preliminary\"")).await;
    ward.send(&weight("ane", at, "900")).await;
    let timeless =
        glucose("ane", at, "5").replace(&moment(at), r#""issued":"2025-12-31T08:00:00Z""#);
    ward.send(&timeless).await;
    let days = [(ward.no("ane"), vec![TODAY - 1, TODAY, TODAY + 1])];
    let samples = ward.store.samples(&days, NOW).await.expect("samples");
    let found: Vec<(i32, f64, i32)> = samples
        .placed
        .iter()
        .map(|Placed { day, sample, .. }| (*day, sample.value, sample.offset))
        .collect();
    assert_eq!(found, [(TODAY, 80.0, 3_600)]);
    assert!(samples.broken.is_empty());
    ward.world.end().await;
}
