use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::model::FORMAT;
use super::*;
use crate::statistics::Refusal;

fn close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() < within, "{found} is not {expected}");
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect()
}

/// The data of the reference, and what scikit-learn makes of them.
fn reference() -> (Table, Value) {
    let text = include_str!("../../tests/fixtures/statistics/reference.json");
    let mut all: Value = serde_json::from_str(text).unwrap();
    let reference = all["penalised"].take();
    let rows = reference["x"].as_array().unwrap().iter();
    let cases = reference["case"].as_array().unwrap().iter();
    let row = |(cluster, (x, case)): (u64, (&Value, &Value))| Row {
        cluster,
        case: case.as_bool().unwrap(),
        values: numbers(x).into_iter().map(Some).collect(),
        ..Row::default()
    };
    let rows: Vec<Row> = (0..).zip(rows.zip(cases)).map(row).collect();
    let features = (0..5).map(|at| format!("x{at}")).collect();
    (Table { features, rows }, reference)
}

/// Citizens of four municipalities over ten periods; the outcome hangs on the first two features,
/// the second is missing where it would have been high, the third is noise.
fn drawn(citizens: u32, seed: u64) -> Table {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = Vec::new();
    for citizen in 0..citizens {
        let own: f64 = random.random_range(-1.0..1.0);
        for period in 0..4 {
            let x: f64 = own + random.random_range(-1.0..1.0);
            let y: f64 = random.random_range(-1.0..1.0);
            let risk = 1.0 / (1.0 + (1.5 - 1.2 * x - y).exp());
            rows.push(Row {
                cluster: u64::from(citizen),
                municipality: format!("{:04}", 100 + citizen % 4),
                period,
                weeks: 1.0,
                case: random.random::<f64>() < risk,
                lead_days: Some(f64::from(citizen % 7)),
                groups: [(
                    "sex".to_owned(),
                    ["man", "woman"][usize::from(citizen % 2 == 0)].to_owned(),
                )]
                .into(),
                values: vec![Some(x), (y < 0.8).then_some(y), Some(random.random::<f64>())],
            });
        }
    }
    Table { features: ["x", "y", "noise"].map(str::to_owned).into(), rows }
}

const RIDGE: Penalty = Penalty { lambda: 0.01, alpha: 0.0 };

#[test]
fn weights_are_those_of_scikit_learn() {
    let (table, reference) = reference();
    for fitted in reference["fits"].as_array().unwrap() {
        let number = |name: &str| fitted[name].as_f64().unwrap();
        let penalty = Penalty { lambda: number("lambda"), alpha: number("alpha") };
        let model = fit(&table, "m", "o", penalty).unwrap();
        close(model.intercept, number("intercept"), 1e-6);
        for (term, weight) in model.terms.iter().zip(numbers(&fitted["weights"])) {
            close(term.weight, weight, 1e-6);
        }
    }
}

#[test]
fn a_model_reads_back_bit_by_bit_and_tells_when_it_was_changed() {
    let table = drawn(200, 1);
    let model = fit(&table, "test", "whatever within a week", RIDGE).unwrap();
    assert_eq!(fit(&table, "test", "whatever within a week", RIDGE).unwrap(), model);
    let text = model.to_json().unwrap();
    let read = Model::parse(&text).unwrap();
    assert_eq!(read.score(&table).unwrap(), model.score(&table).unwrap());
    assert_eq!((read.format.as_str(), &read), (FORMAT, &model));
    let changed = text.replacen("\"weight\": ", "\"weight\": 1", 1);
    assert!(matches!(Model::parse(&changed), Err(ModelError::Hash { .. })));
    let other = text.replacen(FORMAT, "pulsvagt-risk/2", 1);
    assert!(matches!(Model::parse(&other), Err(ModelError::Format(_))));
    let mut without = table.clone();
    without.features[0] = "z".to_owned();
    assert!(matches!(read.score(&without), Err(ModelError::Feature(name)) if name == "x"));
}

#[test]
fn the_parts_of_an_explanation_are_the_log_odds() {
    let table = drawn(200, 1);
    let model = fit(&table, "test", "", RIDGE).unwrap();
    let places = model.places(&table.features).unwrap();
    for row in &table.rows[..50] {
        let told = model.explain(&places, &row.values);
        let sum = told.intercept + told.parts.iter().map(|part| part.log_odds).sum::<f64>();
        close(1.0 / (1.0 + (-sum).exp()), told.probability, 1e-12);
        assert!(told.parts.is_sorted_by(|a, b| a.log_odds.abs() >= b.log_odds.abs()));
    }
    // Missing was made to mean high.
    let y = model.terms.iter().find(|term| term.feature == "y").unwrap();
    assert!(y.weight > 0.0 && y.weight_missing > 0.0 && y.known < 0.95);
    // An artefact counts as the greatest usual value.
    let x = &model.terms[0];
    close(x.adds(Some(1e9)), x.adds(Some(x.high)), 1e-12);
    close(x.adds(Some(f64::NAN)), x.weight_missing, 1e-12);
}

#[test]
fn data_without_an_answer_are_refused() {
    let table = drawn(50, 2);
    let with = |change: fn(&mut Row)| {
        let mut table = table.clone();
        table.rows.iter_mut().for_each(change);
        fit(&table, "", "", RIDGE).unwrap_err()
    };
    let missing = with(|row| row.values[1] = None);
    assert_eq!(missing, Refusal::AllMissing("y".to_owned()));
    let apart = with(|row| row.values[2] = Some(if row.case { 2.0 } else { -1.0 }));
    assert_eq!(apart, Refusal::Separation("noise".to_owned()));
    assert_eq!(with(|row| row.case = false), Refusal::NoCases);
    assert_eq!(with(|row| row.case = true), Refusal::NoControls);
    assert_eq!(with(|row| row.values[0] = Some(f64::NAN)), Refusal::NotFinite("x".to_owned()));
    let together = with(|row| {
        let wide = row.values[2].unwrap() * 20.0;
        let side = if row.case { 1.0 } else { -1.0 };
        row.values = vec![Some(wide), None, Some(side - wide)];
        row.values[1] = Some(0.0);
    });
    assert_eq!(together, Refusal::JointSeparation);
    let free = Penalty { lambda: 0.0, alpha: 0.0 };
    assert!(matches!(fit(&table, "", "", free), Err(Refusal::Range(_))));
    assert_eq!(fit(&Table::default(), "", "", RIDGE), Err(Refusal::Empty));
    // A feature that says nothing is named and not used.
    let mut same = table.clone();
    same.rows.iter_mut().for_each(|row| row.values[2] = Some(3.0));
    assert_eq!(fit(&same, "", "", RIDGE).unwrap().constant, ["noise"]);
}

#[test]
fn no_citizen_and_no_later_row_is_on_both_sides() {
    let table = drawn(60, 3);
    let folds = Split::Folds { count: 5, seed: 1 }.parts(&table).unwrap();
    let mut tried: Vec<usize> = Vec::new();
    for (_, (train, test)) in &folds {
        let of = |rows: &[usize]| -> std::collections::BTreeSet<u64> {
            rows.iter().map(|at| table.rows[*at].cluster).collect()
        };
        assert!(of(train).is_disjoint(&of(test)));
        assert_eq!(train.len() + test.len(), table.rows.len());
        tried.extend(test);
    }
    tried.sort_unstable();
    assert_eq!(tried, (0..table.rows.len()).collect::<Vec<_>>());

    let temporal = Split::Temporal { from: 3, horizon: 2 }.parts(&table).unwrap();
    let (train, test) = &temporal[0].1;
    assert!(train.iter().all(|at| table.rows[*at].period <= 1));
    assert!(test.iter().all(|at| table.rows[*at].period >= 3));
    assert_eq!(Split::Municipality.parts(&table).unwrap().len(), 4);
    assert!(Split::Temporal { from: 9, horizon: 1 }.parts(&table).is_err());
    let alone = table.take(&[0, 4]);
    assert!((Split::Folds { count: 5, seed: 1 }).parts(&alone).is_err());
}

#[test]
fn a_model_is_measured_beside_its_baselines() {
    let table = drawn(300, 4);
    let split = Split::Folds { count: 4, seed: 1 };
    let penalties = [0.001, 0.01, 0.1].map(|lambda| Penalty { lambda, alpha: 0.0 });
    let validation = validate(&table, split, &penalties, 1).unwrap();
    let settings = Settings { draws: 20, ..Settings::default() };
    let baselines = [("x alone", "x"), ("clock", "days_since_enrolment")];
    let told = assess(&table, &validation.predictions, &baselines, split, &settings).unwrap();
    assert_eq!((told.rows, told.citizens, told.weeks), (1200, 300, 1200.0));
    let auroc = told.measures.auroc.unwrap();
    let interval = auroc.interval.unwrap();
    assert!(interval.low < auroc.value && auroc.value < interval.high && auroc.value > 0.7);
    close(told.measures.slope.unwrap().value, 1.0, 0.2);
    close(told.measures.in_the_large.unwrap().value, 0.0, 0.1);
    assert_eq!(told.measures.refused.len(), 0);
    // The second feature is worth something.
    let gain = told.baselines[0].gain.unwrap();
    assert!(gain.interval.unwrap().low > 0.0, "{gain:?}");
    // There is no clock in these data, and the answer says so.
    assert_eq!(
        told.no_baseline["clock"],
        "the data have no days_since_enrolment, which the model needs"
    );
    assert_eq!(told.groups.len(), 2);
    assert!(told.groups.iter().all(|group| group.measures.is_some()));
    // 5 % of rows, a week each.
    close(told.alerts[0].per_citizen_week.unwrap().value, 0.05, 0.001);
    assert!(told.alerts[0].nne.unwrap().value < 1.0 / table.prevalence());
    assert!(told.benefit.iter().any(|it| it.best == "model"));
    let lead = told.alerts[0].lead_median.unwrap();
    close(lead.value, told.alerts[0].lead_days.unwrap().median, 1e-12);
    assert!(lead.interval.unwrap().low <= lead.value);
    let again = assess(&table, &validation.predictions, &baselines, split, &settings).unwrap();
    assert_eq!(again, told);
}

#[test]
fn saying_everything_six_times_makes_nothing_of_a_group_more_certain() {
    let table = drawn(300, 4);
    let split = Split::Folds { count: 4, seed: 1 };
    let penalty = [Penalty { lambda: 0.01, alpha: 0.0 }];
    let predictions = validate(&table, split, &penalty, 1).unwrap().predictions;
    let settings = Settings { draws: 100, ..Settings::default() };
    let once = assess(&table, &predictions, &[], split, &settings).unwrap();
    let places: Vec<usize> = (0..table.rows.len()).flat_map(|place| [place; 6]).collect();
    let repeated = table.take(&places);
    let sixfold: Vec<(usize, f64)> = predictions
        .iter()
        .flat_map(|(place, score)| (0..6).map(move |copy| (place * 6 + copy, *score)))
        .collect();
    let six = assess(&repeated, &sixfold, &[], split, &settings).unwrap();
    for (once, six) in once.groups.iter().zip(&six.groups) {
        let widths = |group: &assess::Group| {
            [group.sensitivity, group.ppv, group.flagged].map(|it| {
                let interval = it.unwrap().interval.unwrap();
                interval.high - interval.low
            })
        };
        for (once, six) in widths(once).into_iter().zip(widths(six)) {
            assert!(six > 0.6 * once, "{six} {once}");
        }
    }
}

#[test]
fn series_are_told_in_numbers_worked_out_by_hand() {
    let day = 86_400_000_000;
    let told = series::statistics(&[(2 * day, 5.0), (0, 1.0), (day, f64::NAN), (day, 6.0)]);
    let expected = [1.0, 5.0, 1.0, 6.0, 4.0, 2.0, 3.0].map(Some);
    assert_eq!(told, expected);
    let one = series::statistics(&[(day, 2.0)]);
    assert_eq!(one[5], None);
    assert_eq!(series::statistics(&[]), [None, None, None, None, None, None, Some(0.0)]);
}

#[test]
fn stays_become_rows_with_screenings_own_features() {
    let stays = "record_id,age,gender,height,icutype,weight,saps_i,sofa,los_days,survival_days,died_in_hospital\n\
                 7,80.0,0.0,-1.0,3.0,-1.0,16,8,8,6,1\n8,-1,1.0,170,1.0,80,-1,3,8,-1,0\n";
    let measured = [
        (7, 60, "HR", 100.0),
        (7, 1500, "HR", 120.0),
        (7, 1560, "HR", 130.0),
        (7, 1600, "HR", 0.0),
        (7, 2881, "HR", 60.0),
        (7, 60, "BUN", 20.0),
        (7, 1500, "BUN", 50.0),
        (8, 60, "Glucose", 180.16),
    ];
    let table = challenge::table(stays, measured).unwrap();
    let value = |row: usize, name: &str| {
        let at = table.features.iter().position(|it| it == name).expect(name);
        table.rows[row].values[at]
    };
    assert_eq!(value(0, "heart_rate_last"), Some(130.0));
    // The mean of the two days' means, and what is implausible or too late does not count.
    assert_eq!(value(0, "heart_rate_mean_2d"), Some(112.5));
    assert_eq!(
        (value(0, "heart_rate_min"), value(0, "heart_rate_count_2d")),
        (Some(100.0), Some(3.0))
    );
    assert_eq!((value(0, "bun_last"), value(0, "bun_trend")), (Some(50.0), Some(30.0)));
    assert_eq!((value(1, "bun_last"), value(1, "bun_count")), (None, Some(0.0)));
    close(value(1, "glucose_last").unwrap(), 10.0, 1e-9);
    assert_eq!((value(0, "woman"), value(1, "age_years")), (Some(1.0), None));
    assert_eq!((table.rows[0].case, table.rows[0].lead_days), (true, Some(4.0)));
    assert_eq!(
        (value(0, "saps_i"), value(1, "saps_i"), value(1, "sofa")),
        (Some(16.0), None, Some(3.0))
    );
    let text = "record_id,t_min,param,value\n7,60,BUN,20\n7,1500,BUN,50.0\n8,60,Glucose,180.16\n";
    let read = challenge::from_csv(stays, text).unwrap();
    assert_eq!(read.column("bun_trend"), table.column("bun_trend"));
    let bad = challenge::from_csv(stays, "record_id,t_min,param,value\n7,x,BUN,20\n");
    assert!(matches!(bad, Err(challenge::ChallengeError::Measurement(2))));
    assert!(matches!(
        challenge::table(stays, [(9, 0, "HR", 60.0)]),
        Err(challenge::ChallengeError::Stay(9))
    ));
}

#[test]
fn drift_is_seen_where_it_is_and_nowhere_else() {
    let table = drawn(200, 5);
    let model = fit(&table, "test", "", RIDGE).unwrap();
    let same = drift::watch(&model, &drawn(200, 6), true, 1).unwrap();
    assert!(same.features.iter().all(|it| it.drift == drift::Drift::Stable), "{same:?}");
    assert_eq!(same.outcome, Some(drift::Drift::Stable));
    let mut other = drawn(200, 6);
    for row in &mut other.rows {
        row.values[0] = row.values[0].map(|x| x + 1.0);
        row.values[2] = row.values[2].filter(|_| row.cluster % 2 == 0);
    }
    let moved = drift::watch(&model, &other, true, 1).unwrap();
    let of = |name: &str| moved.features.iter().find(|it| it.feature == name).unwrap();
    assert_eq!((of("x").drift, of("y").drift), (drift::Drift::Changed, drift::Drift::Stable));
    assert_eq!(of("noise").drift, drift::Drift::Changed);
    // All seem to be at a greater risk than comes true.
    assert_eq!(moved.outcome, Some(drift::Drift::Changed));
    assert!(moved.in_the_large.unwrap().value < -0.3);
    let early = drift::watch(&model, &other, false, 1).unwrap();
    assert_eq!(
        (early.outcome, early.reason.as_deref()),
        (None, Some("outcomes are not known yet"))
    );
}

#[test]
fn a_model_scores_only_where_it_was_evaluated_and_approved() {
    let table = drawn(200, 7);
    let settings = Settings { draws: 10, ..Settings::default() };
    let request = card::Request {
        name: "test",
        outcome: "within a week",
        target: None,
        stays: None,
        penalties: &[RIDGE],
        split: Split::Municipality,
        left_out: &["noise"],
        baselines: &[("noise", "noise")],
        settings: &settings,
    };
    let (model, card) = card::build(&table, &request).unwrap();
    assert_eq!((card.features, card.parts.len(), card.model.as_str()), (2, 4, model.hash.as_str()));
    assert_eq!(card.assessment.no_baseline.len(), 3);
    let own = card::evaluate(&model, &table, "0330", &[], &settings);
    assert!(matches!(own, Err(assess::AssessError::OwnRows)));
    let evaluation = card::evaluate(&model, &drawn(200, 8), "0330", &[], &settings).unwrap();
    let reference = evaluation.reference();
    let approval = Approval {
        model: model.hash.clone(),
        evaluation: evaluation.hash.clone(),
        municipality: "0330".to_owned(),
        approved_by: "Head of Health".to_owned(),
        approved_at: 10,
        until: 20,
    };
    let may = |municipality: &str,
               evaluation: Option<&card::EvaluationRef>,
               approval: Option<&Approval>,
               now: i64| {
        gate::may_score(&model, municipality, evaluation, approval, now).map(|_| ())
    };
    assert_eq!(may("0330", Some(&reference), Some(&approval), 15), Ok(()));
    let here = || "0330".to_owned();
    assert_eq!(may("0330", None, Some(&approval), 15), Err(GateError::NotEvaluated(here())));
    assert_eq!(may("0330", Some(&reference), None, 15), Err(GateError::NotApproved(here())));
    let elsewhere = may("0851", Some(&reference), Some(&approval), 15);
    assert_eq!(elsewhere, Err(GateError::Other("evaluation")));
    for now in [9, 20] {
        assert_eq!(may("0330", Some(&reference), Some(&approval), now), Err(GateError::Expired));
    }
    let nobody = Approval { approved_by: " ".to_owned(), ..approval.clone() };
    assert_eq!(may("0330", Some(&reference), Some(&nobody), 15), Err(GateError::Nobody));
    let other = Approval { evaluation: "another".to_owned(), ..approval };
    assert_eq!(may("0330", Some(&reference), Some(&other), 15), Err(GateError::Other("approval")));
}

#[test]
fn rows_are_read_and_a_bad_line_is_named() {
    let text = r#"{"citizen":"a","case":true,"leadDays":3,"features":{"x":1,"y":null}}
{"citizen":"a","municipality":"0330","weeks":1,"case":false,"features":{"y":2.5}}

{"citizen":"b","case":false,"features":{}}"#;
    let table = ndjson::read(text).unwrap();
    assert_eq!(table.features, ["x", "y"]);
    assert_eq!(table.rows[0].values, [Some(1.0), None]);
    assert_eq!(table.rows[1].values, [None, Some(2.5)]);
    assert_eq!(table.rows[0].cluster, table.rows[1].cluster);
    assert_ne!(table.rows[0].cluster, table.rows[2].cluster);
    let error = ndjson::read(&text.replace("\"case\":true", "\"case\":1")).unwrap_err();
    assert!(error.to_string().starts_with("line 1:"), "{error}");
}
