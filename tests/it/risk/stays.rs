//! Stays in hospital from the store are those of the files that they came from.

#[path = "../../../analytics/examples/challenge_to_fhir/resources.rs"]
mod resources;

use std::fmt::Write as _;

use jiff::civil::date;
use pulsvagt::access::Role;
use pulsvagt::app::Limits;
use pulsvagt::audit::Purpose;
use pulsvagt::clock::Clock;
use pulsvagt::risk::challenge;
use pulsvagt::risk::stays::{LeftOut, StaysError, Wanted, rows};
use pulsvagt::screening::Knowing;
use pulsvagt_analytics::risk::Table;
use pulsvagt_analytics::risk::stays::Setup;
use serde_json::json;

use self::resources::{Observations, Start, stays};
use super::{midnight, store_of};
use crate::world::World;

/// Within the limits of both.
const PARAMS: [(&str, f64, f64); 24] = [
    ("RespRate", 8.0, 40.0),
    ("SaO2", 80.0, 100.0),
    ("SysABP", 70.0, 200.0),
    ("NISysABP", 70.0, 200.0),
    ("DiasABP", 30.0, 110.0),
    ("NIDiasABP", 30.0, 110.0),
    ("HR", 40.0, 160.0),
    ("Temp", 34.0, 40.0),
    ("Weight", 45.0, 120.0),
    ("Glucose", 60.0, 300.0),
    ("BUN", 5.0, 90.0),
    ("Creatinine", 0.4, 8.0),
    ("FiO2", 0.3, 1.0),
    ("GCS", 3.0, 15.0),
    ("HCO3", 12.0, 40.0),
    ("K", 2.5, 7.0),
    ("Lactate", 0.5, 12.0),
    ("MAP", 50.0, 120.0),
    ("NIMAP", 50.0, 120.0),
    ("Na", 125.0, 155.0),
    ("PaCO2", 25.0, 80.0),
    ("Urine", 0.0, 900.0),
    ("WBC", 1.0, 40.0),
    ("pH", 7.0, 7.6),
];
/// What a measure of the store is called in the files, and how many of its units are one of theirs.
const OTHERWISE: [(&str, &str, f64); 14] = [
    ("urea_nitrogen", "bun", 0.357),
    ("creatinine", "creatinine", 88.42),
    ("fraction_inspired_oxygen", "fio2", 100.0),
    ("glasgow_coma_score", "gcs", 1.0),
    ("bicarbonate", "hco3", 1.0),
    ("potassium", "k", 1.0),
    ("lactate", "lactate", 1.0),
    ("mean_blood_pressure", "map", 1.0),
    ("sodium", "na", 1.0),
    ("arterial_carbon_dioxide", "paco2", 0.133_322),
    ("arterial_oxygen", "pao2", 0.133_322),
    ("urine_volume", "urine", 1.0),
    ("leukocytes", "wbc", 1.0),
    ("blood_ph", "ph", 1.0),
];
const RECORDS: i64 = 20;

/// A number that looks drawn, 0 to 999.
fn drawn(seed: i64) -> f64 {
    let mixed =
        seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    f64::from(i32::try_from((mixed >> 33).rem_euclid(1_000)).expect("small"))
}

/// Twenty stays that nobody had, in the shape of the challenge.
fn files() -> (String, String) {
    let mut list = "record_id,age,gender,height,icutype,weight,saps_i,sofa,los_days,survival_days,\
                    died_in_hospital\n"
        .to_owned();
    let mut measured = "record_id,t_min,param,value\n".to_owned();
    for record in 1..=RECORDS {
        let died = record % 4 == 0;
        let (stay, survived) = match record {
            // Not known how long, but that it ended well; dead long after; gone on the second day.
            1 => (-1, -1),
            2 => (6, 90),
            3 => (1, -1),
            _ if died => (record, record),
            _ => (record + 2, -1),
        };
        let _ = writeln!(
            list,
            "{record},{}.0,{}.0,-1.0,{}.0,-1.0,9,5,{stay},{survived},{}",
            40 + record,
            record % 2,
            record % 4 + 1,
            u8::from(died)
        );
        for (place, (param, low, high)) in (1_i64..).zip(PARAMS) {
            // Some were never measured.
            for number in 0..(record + place) % 6 {
                let seed = record * 10_007 + place * 101 + number;
                // No two of a measure at the same minute; the last ones are too late.
                let minute = number * 700 + place * 3 + record;
                let value = low + (high - low) * drawn(seed) / 1_000.0;
                let value = if param == "Weight" && number == 1 { -1.0 } else { value };
                let _ = writeln!(measured, "{record},{minute},{param},{value:.3}");
            }
        }
        if record % 3 == 0 {
            let _ = writeln!(measured, "{record},90,MechVent,1");
        }
    }
    (list, measured)
}

async fn import(world: &World, list: &str, measured: &str) {
    let start = Start::parse("2024-01-01T00:00:00+01:00").expect("a start");
    let (mut patients, mut encounters, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let count = stays(list, &start, &mut patients, &mut encounters).expect("stays");
    assert_eq!(i64::try_from(count), Ok(RECORDS));
    let mut written = Observations::new(&start);
    for line in measured.lines().skip(1) {
        let mut fields = line.split(',');
        let mut field = || fields.next().expect("a field");
        let (record, minute) = (field().parse().expect("a number"), field().parse().expect("one"));
        let row = (record, minute, field(), field().parse().expect("a number"));
        written.write(&mut lines, row).expect("a line");
    }
    let summary = written.summary();
    assert_eq!(summary["observations"], measured.lines().count() - 1);
    let lead = world.client("0330", Role::Lead, None);
    for (client, all) in [(&world.admin("0330"), patients), (&lead, encounters)] {
        for line in String::from_utf8(all).expect("text").lines() {
            let resource: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let text = |name: &str| resource[name].as_str().expect("text").to_owned();
            let path = format!("{}/{}", text("resourceType"), text("id"));
            client.put(&path, line).await.expect(201);
        }
    }
    let gateway = world.gateway().with("content-type", "application/fhir+ndjson");
    let lines = String::from_utf8(lines).expect("text");
    let told = gateway.post("Observation", &lines).await.expect(200).text;
    let totals = told.lines().last().expect("totals");
    assert!(totals.contains("\"rejected\":0"), "{totals}");
}

/// Whether the values of a column are those of another one, but for the unit.
fn compare(own: &Table, name: &str, files: &Table, other: &str, factor: f64) {
    let column = |table: &Table, name: &str| {
        table.column(name).unwrap_or_else(|| panic!("there is no column {name}"))
    };
    let (own, files) = (column(own, name), column(files, other));
    for (at, (own, file)) in own.iter().zip(&files).enumerate() {
        let same = match (own, file) {
            (Some(own), Some(file)) => {
                (own - file * factor).abs() <= 1e-6 + 1e-3 * (file * factor).abs()
            }
            (None, None) => true,
            _ => false,
        };
        assert!(same, "{name} of row {at}: {own:?} from the store, {file:?} from the file");
    }
    assert!(files.iter().any(Option::is_some), "{other} is missing everywhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_stays_are_those_of_the_files_that_were_imported() {
    let (list, measured) = files();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("stays.csv"), &list).expect("written");
    let with_oxygen = format!("{measured}5,10,PaO2,90\n9,10,PaO2,210\n9,800,PaO2,130\n");
    std::fs::write(folder.path().join("observations.csv"), &with_oxygen).expect("written");
    let files = challenge(folder.path()).expect("rows");

    let world = World::with(Limits::default(), Clock::fixed(midnight(date(2025, 9, 1)))).await;
    import(&world, &list, &with_oxygen).await;
    let store = store_of(&world, "0330").await;
    let setup = include_str!("../../../analytics/examples/challenge_to_fhir/intensive-care.toml");
    let setup: Setup = toml::from_str(setup).expect("a set-up");
    let wanted = |setup, knowing| Wanted {
        setup,
        first: None,
        last: None,
        knowing,
        as_of: midnight(date(2025, 9, 2)),
        purpose: Purpose::from_code("HQUALIMP").expect("one"),
    };
    let made = rows(&store, &wanted(&setup, Knowing::Taken), |_| ()).await.expect("rows");

    assert_eq!(made.left_out, LeftOut::default());
    assert_eq!((made.table.rows.len(), made.table.cases()), (files.rows.len(), files.cases()));
    for (own, file) in made.table.rows.iter().zip(&files.rows) {
        assert_eq!(
            (own.case, own.lead_days, &own.groups),
            (file.case, file.lead_days, &file.groups)
        );
        assert!((own.weeks - file.weeks).abs() < 1e-12);
    }
    let mut compared = 0;
    for name in &made.table.features {
        let measure = OTHERWISE.iter().find(|(measure, ..)| name.starts_with(measure));
        let (other, factor) = match (measure, name.as_str()) {
            // The store has no plan with oxygen and no measure of consciousness in these data.
            (_, "news2_score") => continue,
            (Some((measure, other, factor)), _) => {
                let factor = if name.ends_with("_count") { 1.0 } else { *factor };
                (name.replacen(measure, other, 1), factor)
            }
            (None, _) => (name.clone(), 1.0),
        };
        compare(&made.table, name, &files, &other, factor);
        compared += 1;
    }
    assert_eq!(compared, 160, "of {} features", made.table.features.len());

    // Imported today, nothing was known two days after a beginning in 2024.
    let known = rows(&store, &wanted(&setup, Knowing::Received), |_| ()).await.expect("rows");
    assert_eq!(known.table.rows.len(), made.table.rows.len());
    let counts = known.table.column("creatinine_count").expect("a column");
    assert!(counts.iter().all(|count| *count == Some(0.0)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_that_is_over_too_early_or_not_at_all_has_no_row() {
    let world = World::with(Limits::default(), Clock::fixed(midnight(date(2025, 9, 1)))).await;
    let lead = world.client("0330", Role::Lead, None);
    super::patient(&world, "0330", "c0").await;
    let stays = [
        // Over before its moment; going on; of which the moment has not come; without a known outcome
        // but over; discharged.
        json!({"start": "2025-06-01T10:00:00+02:00", "end": "2025-06-02"}),
        json!({"start": "2025-07-01T10:00:00+02:00"}),
        json!({"start": "2025-08-31T10:00:00+02:00"}),
        json!({"start": "2025-05-01", "end": "2025-05-09"}),
    ];
    for period in stays {
        let encounter = json!({"resourceType":"Encounter","status":"finished",
            "subject":{"reference":"Patient/c0"},
            "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},
            "serviceType":{"coding":[{"system":"urn:x","code":"heart"}]},
            "period":period});
        lead.post("Encounter", &encounter.to_string()).await.expect(201);
    }
    let store = store_of(&world, "0330").await;
    let setup = |text: &str| toml::from_str::<Setup>(text).expect("a set-up");
    let good = setup(
        "hours = 48\nevent = 'death'\nfeatures = ['admissions_12m', 'woman']\n\
         kinds = [{ name = 'heart', codes = ['urn:x|heart'] }]",
    );
    let as_of = midnight(date(2025, 9, 2));
    let (knowing, purpose) = (Knowing::Taken, Purpose::from_code("HRESCH").expect("one"));
    let wanted = |setup| Wanted { setup, first: None, last: None, knowing, as_of, purpose };
    let made = rows(&store, &wanted(&good), |_| ()).await.expect("rows");
    assert_eq!(made.left_out, LeftOut { ended: 1, unfinished: 2 });
    assert_eq!(made.table.rows.len(), 1);
    assert_eq!(made.table.rows[0].values, [Some(0.0), Some(1.0), Some(1.0)]);
    assert!(!made.table.rows[0].case && made.citizens[0].len() == 16);
    // Only of some days.
    let later = Wanted { first: Some(date(2025, 5, 2)), ..wanted(&good) };
    let later = rows(&store, &later, |_| ()).await.expect("rows");
    assert_eq!((later.table.rows.len(), later.left_out.ended), (0, 1));

    // Nor of whoever denies stays for the purpose.
    crate::cohorts::deny_stays(&world, "c0", "HQUALIMP").await;
    assert_eq!(rows(&store, &wanted(&good), |_| ()).await.expect("rows").table.rows.len(), 1);
    crate::cohorts::deny_stays(&world, "c0", "HRESCH").await;
    let none = rows(&store, &Wanted { as_of: world.clock.now(), ..wanted(&good) }, |_| ()).await;
    assert_eq!(none.expect("rows").table.rows.len(), 0);

    let bad = setup("hours = 1\nevent = 'death'\nseries = [{ measures = ['luck'] }]");
    let error = rows(&store, &wanted(&bad), |_| ()).await.unwrap_err();
    assert!(matches!(error, StaysError::Measure(name) if name == "luck"));
    let bad = setup("hours = 1\nevent = 'death'\nrecorded = [{ name = 'x', codes = ['y'] }]");
    let error = rows(&store, &wanted(&bad), |_| ()).await.unwrap_err();
    assert!(matches!(error, StaysError::Code(code) if code == "y"));
    world.end().await;
}
