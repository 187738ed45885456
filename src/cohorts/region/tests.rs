use jiff::civil::date;
use pulsvagt_analytics::cohort::compare::{
    ComparedGroup, ComparedOutcome, Estimate, MembersLine, Municipality, OutcomeLine,
};

use super::*;

fn agreement() -> Agreement {
    Agreement {
        region: "1085".to_owned(),
        purposes: vec!["HQUALIMP".to_owned()],
        minimum_cell: 5,
        until: date(2026, 12, 31),
        shared: false,
        agreed: Micros(0),
        agreed_by: "rita".to_owned(),
        ended: None,
        ended_by: None,
    }
}

#[test]
fn an_agreement_is_for_a_purpose_until_a_day_unless_it_is_ended() {
    let (own, last) = (agreement(), date(2026, 12, 31));
    assert_eq!(allowed(Some(&own), "HQUALIMP", last), Ok(&own));
    assert_eq!(allowed(None, "HQUALIMP", last), Err(NotAgreed::Never));
    assert_eq!(allowed(Some(&own), "HRESCH", last), Err(NotAgreed::Purpose));
    assert_eq!(allowed(Some(&own), "HQUALIMP", date(2027, 1, 1)), Err(NotAgreed::RunOut));
    let ended = Agreement { ended: Some(Micros(1)), ..own };
    assert_eq!(allowed(Some(&ended), "HQUALIMP", last), Err(NotAgreed::Ended));
}

fn line(of: &[&str], first: Option<(f64, f64, f64)>) -> OutcomeLine {
    let first = first.map(|(value, low, high)| Estimate { value, low, high });
    OutcomeLine {
        of: of.iter().copied().map(str::to_owned).collect(),
        citizens: first.map(|_| 12),
        person_years: first.map(|_| 30.0),
        events: first.map(|_| 15),
        rate: first,
        first,
        ..OutcomeLine::default()
    }
}

/// Two that tell, one that leaves out, and one that takes no part.
fn comparison() -> Comparison {
    let municipality = |code: &str, name: &str, absent: Option<&str>| Municipality {
        code: code.to_owned(),
        name: name.to_owned(),
        least: absent.is_none().then_some(5),
        absent: absent.map(str::to_owned),
    };
    let members = |of: &[&str], members: Option<u64>| MembersLine {
        of: of.iter().copied().map(str::to_owned).collect(),
        members,
        at_risk: members,
        refused: members.is_none().then(|| "fewer citizens than may be told".to_owned()),
    };
    Comparison {
        name: "copd".to_owned(),
        version: "1".to_owned(),
        definition: "abc".to_owned(),
        engine: "engine".to_owned(),
        tables: None,
        last_day: "2026-06-30".parse().unwrap(),
        municipalities: vec![
            municipality("0306", "Odsherred", None),
            municipality("0316", "=Holbæk, <by>", None),
            municipality("0330", "Slagelse", None),
            municipality("0340", "Sorø", Some("its agreement with the region was ended")),
        ],
        groups: vec![ComparedGroup {
            name: "cohort".to_owned(),
            members: vec![
                members(&["0306"], Some(100)),
                members(&["0316"], None),
                members(&["0330"], Some(50)),
                members(&["0306", "0330"], Some(150)),
            ],
            outcomes: vec![ComparedOutcome {
                outcome: "acute".to_owned(),
                lines: vec![
                    OutcomeLine {
                        standardised: Some(Estimate { value: 410.0, low: 210.5, high: 720.0 }),
                        ..line(&["0306"], Some((400.0, 206.7, 698.7)))
                    },
                    line(&["0316"], None),
                    OutcomeLine {
                        crude: Some("not every sex and age is told".to_owned()),
                        ..line(&["0330"], Some((300.0, 155.0, 524.0)))
                    },
                    line(&["0306", "0330"], Some((350.0, 250.0, 480.0))),
                ],
            }],
        }],
        notices: vec!["0306: the data end early".to_owned()],
    }
}

#[test]
fn the_table_has_a_row_for_each_line() {
    let text = csv(&comparison());
    let rows: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 10);
    let columns = rows[0].split(',').count();
    assert_eq!((columns, rows[1].split(',').count()), (19, 19));
    assert_eq!(rows[1], format!("cohort,0306,Odsherred,,100,100{}", ",".repeat(13)));
    // Spreadsheets must not compute a name.
    let holbaek = "0316,\"'=Holbæk, <by>\"";
    let refused = "fewer citizens than may be told";
    assert_eq!(rows[2], format!("cohort,{holbaek},,,{},{refused}", ",".repeat(12)));
    assert_eq!(rows[4], format!("cohort,0306 0330,,,150,150{}", ",".repeat(13)));
    let numbers = "12,30.0,15,400.0,206.7,698.7,400.0,206.7,698.7,410.0,210.5,720.0,";
    assert_eq!(rows[5], format!("cohort,0306,Odsherred,acute,,,{numbers}"));
    assert_eq!(rows[6], format!("cohort,{holbaek},acute{},left out", ",".repeat(14)));
    assert!(rows[7].ends_with(",524.0,,,,not every sex and age is told"), "{}", rows[7]);
    let ended = "its agreement with the region was ended";
    assert_eq!(rows[9], format!(",0340,Sorø,,,{},{ended}", ",".repeat(12)));
}

#[test]
fn the_report_stands_alone_and_draws_what_is_told() {
    let text = html(&comparison());
    assert!(text.contains("0316 =Holbæk, &lt;by&gt;") && !text.contains("<by>"));
    assert!(text.contains("no: its agreement with the region was ended"));
    assert!(text.contains("no: not every sex and age is told"));
    // Two plots; in each whoever tells has a dot, and who does not is named.
    assert_eq!(text.matches("<svg ").count(), 2);
    assert_eq!(text.matches("<circle ").count(), 3);
    assert_eq!(text.matches("stroke-dasharray").count(), 2, "all that told, together");
    assert!(!text.contains("<script") && !text.contains("http://a") && !text.contains("NaN"));
}
