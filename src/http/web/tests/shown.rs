//! Pages as they are sent, from models made by hand.

use jiff::tz::TimeZone;
use maud::Markup;
use pulsvagt_analytics::features::baseline::Baseline;
use pulsvagt_analytics::{Language, Outcome};

use crate::clock::Micros;
use crate::http::api::pages::{Asked, List, Panel};
use crate::http::web::assets::address;
use crate::http::web::format::Scene;
use crate::http::web::me::Shown;
use crate::http::web::model::*;
use crate::http::web::view;
use crate::http::web::view::row::May;
use crate::http::web::words::Words;
use crate::ids::TeamNo;
use crate::store::teams::TeamName;
use crate::triage::{CloseOutcome, Level, Refusal, State, Verb};

/// 2026-11-22T09:32:00Z
pub(super) const NOW: i64 = 1_795_339_920_000_000;
const MINUTE: i64 = 60_000_000;
const TODAY: i32 = 20_779;

pub(super) fn scene(language: Language) -> Scene {
    let zone = TimeZone::get("Europe/Copenhagen").expect("a zone");
    Scene { words: Words(language), zone, now: Micros(NOW) }
}

pub(super) fn viewer() -> Viewer {
    Viewer {
        name: "nurse-1".to_owned(),
        municipality: "Slagelse".to_owned(),
        is_citizen: false,
        worklist: true,
        cohorts: false,
        opens: true,
        sections: Section::ALL.to_vec(),
        csrf: "secret".to_owned(),
        left: Some(1_800),
        account: true,
        here: "/?level=red".to_owned(),
    }
}

fn row() -> Row {
    Row {
        id: "019b2a3c-4d5e-7f80-9a1b-0123456789ab".to_owned(),
        version: 3,
        place: "00".to_owned(),
        level: Level::Red,
        state: State::New,
        who: Who { id: "ane".to_owned(), name: Some("Ane <Hansen>".to_owned()), age: Some(82) },
        programmes: vec!["Hjertesvigt".to_owned()],
        problem: "Hjertesvigt".to_owned(),
        why: "Vægten er steget 2,3 kg; grænsen er 2 kg".to_owned(),
        rule: Some(Rule {
            id: "HF-WT-FAST".to_owned(),
            title: "Vægtøgning".to_owned(),
            pack: Some("default 1".to_owned()),
            unsigned: Some(true),
        }),
        value: Some(Value {
            what: "vægtøgning på 3 dage".to_owned(),
            value: 2.3,
            unit: "kg".to_owned(),
            limit: 2.0,
            personal: true,
        }),
        missing: vec!["Puls".to_owned()],
        newest_minutes: Some(200),
        opened: Micros(NOW - 130 * MINUTE),
        due: Micros(NOW - 10 * MINUTE),
        overdue: true,
        is_calm: false,
        holder: None,
        parked: None,
        spark: Some(Spark {
            what: "Vægt".to_owned(),
            unit: "kg".to_owned(),
            days: vec![
                Some(80.0),
                Some(80.2),
                None,
                Some(80.1),
                None,
                None,
                None,
                None,
                None,
                Some(80.4),
                Some(80.3),
                Some(81.2),
                Some(82.0),
                Some(82.6),
            ],
            limits: vec![(82.5, true), (82.0, false)],
        }),
    }
}

fn list(rows: Vec<Row>) -> List {
    List {
        noted: Vec::new(),
        gone: vec!["gone".to_owned()],
        rows,
        next: None,
        tally: Tally { levels: [1, 2, 0, 1], overdue: 1, pending: 0, snoozed: 2, restricted: 1 },
        standing: Standing {
            banner: Some("Screeningen er 12 minutter bagud".to_owned()),
            staffed: false,
            hours: "Nogen ser på listen mandag–fredag kl. 08:00–16:00".to_owned(),
        },
        teams: ["nord", "syd"]
            .map(|code| TeamName {
                no: TeamNo(2),
                code: code.to_owned(),
                name: format!("Team {code}"),
                district: String::new(),
            })
            .to_vec(),
    }
}

/// A page with a line for each element, so that differences can be read, and without what changes
/// with the content of files.
pub(super) fn lines(markup: Markup) -> String {
    let mut text = markup.into_string().replace("><", ">\n<");
    for name in ["app.css", "app.js", "charts.js", "uplot.css", "uplot.js", "icon.svg"] {
        text = text.replace(address(name), name);
    }
    text
}

#[test]
fn the_worklist() {
    let scene = scene(Language::Danish);
    let asked = Asked { levels: vec![Level::Red], ..Asked::default() };
    let page = view::worklist::page(&scene, &viewer(), &asked, &list(vec![row()]), None, true);
    let text = lines(page);
    assert!(text.contains("Ane &lt;Hansen&gt;") && !text.contains("<Hansen>"), "names are escaped");
    insta::assert_snapshot!("worklist", text);
}

#[test]
fn whose_it_is_decides_what_is_offered() {
    let scene = scene(Language::English);
    let held = |you| Row {
        state: State::Claimed,
        holder: Some(Holder {
            name: "nurse-2".to_owned(),
            you,
            until: Some(Micros(NOW + 20 * MINUTE)),
        }),
        ..row()
    };
    let shown = |row: &Row, may| view::row::row(&scene, &viewer(), row, "/", may).into_string();
    let new = shown(&row(), May::Tick);
    assert!(new.contains("/claim\"") && new.contains("Nobody has it"));
    let mine = shown(&held(true), May::Tick);
    assert!(mine.contains("/release\"") && mine.contains("Yours until 10:52"));
    let others = shown(&held(false), May::Tick);
    assert!(!others.contains("<form") && others.contains("nurse-2 has it until 10:52"));
    assert!(!shown(&row(), May::Look).contains("<form"), "who may not act is offered nothing");
    let parked = Row {
        state: State::Snoozed,
        parked: Some(Parked {
            until: Some(Micros(NOW + 240 * MINUTE)),
            reason: Some("On holiday".to_owned()),
            to: None,
            remeasure: false,
        }),
        ..row()
    };
    let parked = shown(&parked, May::Tick);
    assert!(parked.contains("Snoozed until 14:32") && parked.contains("On holiday"), "{parked}");
}

#[test]
fn an_alert_with_all_that_can_be_done() {
    let scene = scene(Language::Danish);
    let yellow = Row { level: Level::Yellow, overdue: false, ..row() };
    let events = vec![event(Verb::Raise, None)];
    let phones = vec!["58 00 00 00".to_owned()];
    let panel = Panel { row: yellow, snooze_hours: 168, events, phones };
    let page = view::alert::page(&scene, &viewer(), &panel, None, true);
    let text = lines(page);
    assert!(!text.contains("720"), "no longer than the policy allows");
    insta::assert_snapshot!("alert", text);
    let red = Panel { row: row(), snooze_hours: 0, events: Vec::new(), phones: Vec::new() };
    let page = view::alert::page(&scene, &viewer(), &red, None, true).into_string();
    assert!(!page.contains("/snooze\""), "a red one is not put off");
}

fn event(verb: Verb, by: Option<&str>) -> Happened {
    Happened {
        at: Micros(NOW - 30 * MINUTE),
        by: by.map(str::to_owned),
        verb,
        level: Level::Red,
        problem: "Hjertesvigt".to_owned(),
        text: Some("Ringede; <b>ingen</b> svarede".to_owned()),
        to: Some("gp".to_owned()),
        outcome: Some(CloseOutcome::Advice),
    }
}

#[test]
fn who_was_faster_is_told_kindly_and_nothing_is_lost() {
    let scene = scene(Language::Danish);
    let events = vec![event(Verb::Claim, Some("nurse-2"))];
    let attempt = view::act::Attempt {
        verb: "close",
        told: view::act::Told::Meanwhile(Meanwhile { by: Some("nurse-2".to_owned()), events }),
        row: Row { level: Level::Yellow, ..row() },
        written: "Talte med datteren".to_owned(),
        back: "/?mine=1".to_owned(),
        snooze_hours: 24,
    };
    let text = lines(view::act::page(&scene, &viewer(), &attempt));
    assert_eq!(text.matches("Talte med datteren").count(), 2, "told, and in the field still");
    assert!(text.contains("nurse-2 var hurtigere") && text.contains("nurse-2 tog den."));
    insta::assert_snapshot!("conflict", text);
    let refused = view::act::Attempt {
        told: view::act::Told::Refused(Refusal::Text { field: "note", most: 4_000 }),
        ..attempt
    };
    let text = view::act::page(&scene, &viewer(), &refused).into_string();
    assert!(text.contains("længere end 4000 tegn"), "{text}");
}

fn contact() -> Contact {
    Contact {
        from: Micros(NOW - 30 * 1_440 * MINUTE),
        to: Some(Micros(NOW - 25 * 1_440 * MINUTE)),
        kind: ContactKind::Inpatient,
        what: Some("Lungebetændelse <obs>".to_owned()),
    }
}

fn chart() -> Chart {
    let day = |(day, value): (i32, f64)| ChartDay {
        day: TODAY - day,
        value,
        range: (value - 0.2, value + 0.3),
        count: 2,
    };
    Chart {
        signal: "body_weight",
        name: "Vægt".to_owned(),
        unit: "kg".to_owned(),
        days: [(80, 80.0), (40, 80.4), (39, 80.2), (1, 82.0), (0, 82.6)].map(day).to_vec(),
        limits: vec![ChartLimit {
            text: "tung".to_owned(),
            red: true,
            spans: vec![(TODAY - 89, 84.0, false), (TODAY - 10, 82.5, true)],
        }],
        baseline: [(40, 80.1), (39, 80.2), (1, 80.4), (0, 80.5)]
            .map(|(day, centre)| Baseline { day: TODAY - day, centre, reach: Some(0.8) })
            .to_vec(),
        agreed: false,
        marks: vec![(TODAY, Level::Red, "Vægten er steget".to_owned())],
        doubtful: vec![(Micros(NOW - 3 * 1_440 * MINUTE), 182.0)],
        contacts: vec![contact()],
        span: (TODAY - 89, TODAY),
    }
}

#[test]
fn a_citizen() {
    let scene = scene(Language::Danish);
    let number = |text: &str, value| Number { text: text.to_owned(), value, unit: "kg".to_owned() };
    let finding = |outcome| Finding {
        rule: row().rule.expect("a rule"),
        problem: "Hjertesvigt".to_owned(),
        outcome,
        why: "Vægten er steget".to_owned(),
        at: Some(Micros(NOW - 60 * MINUTE)),
        numbers: vec![number("vægtøgning", 2.3)],
        limits: vec![number("grænse", 2.0)],
        missing: Vec::new(),
    };
    let call =
        Message { is_call: true, from_citizen: true, text: "Har det <i>bedre</i>".to_owned() };
    let page = CitizenPage {
        identity: Identity {
            who: row().who,
            cpr: Some("0101441234".to_owned()),
            address: Some("Nygade 1, 4200 Slagelse".to_owned()),
            phones: vec!["58 00 00 00".to_owned()],
            protected: false,
            programmes: vec!["Hjertesvigt".to_owned()],
        },
        alerts: vec![row()],
        charts: vec![chart()],
        scores: vec![Score {
            name: "NEWS2",
            score: 3,
            parameters: 5,
            single_three: true,
            missing: vec!["Bevidsthed".to_owned()],
            hours: 5.5,
        }],
        findings: vec![finding(Outcome::Red), finding(Outcome::NotEvaluable)],
        risks: vec![Risk {
            name: "hjemme-1".to_owned(),
            hash: "0123456789ab".to_owned(),
            version: "pulsvagt-analytics/1".to_owned(),
            outcome: "akut indlæggelse inden for 30 dage".to_owned(),
            percent: 12.34,
            day: 20_000,
            terms: vec![
                RiskTerm { text: "sengedage".to_owned(), value: Some(9.0), usual: 1.5, odds: 1.8 },
                RiskTerm { text: "puls".to_owned(), value: None, usual: 75.0, odds: 0.9 },
            ],
            approved_by: "Karen Blixen".to_owned(),
            until: Micros(NOW + MINUTE),
        }],
        screened: Some(Micros(NOW - MINUTE)),
        story: Story {
            only: None,
            counts: [2, 0, 1, 0, 1],
            events: vec![
                (Micros(NOW - 30 * MINUTE), Event::Alert(event(Verb::Close, Some("nurse-2")))),
                (Micros(NOW - 30 * MINUTE), Event::Alert(event(Verb::Raise, None))),
                (Micros(NOW - 50 * MINUTE), Event::Message(call)),
                (contact().from, Event::Contact(contact())),
            ],
        },
        plan: PlanPage {
            version: 2,
            limits: vec![Limit {
                name: "heavy".to_owned(),
                text: "tung".to_owned(),
                unit: "kg".to_owned(),
                red: true,
                low: false,
                first: true,
                standard: 100.0,
                own: Some(82.5),
                allowed: (50.0, 300.0),
                typed: None,
            }],
            cadence: vec![("Vægt".to_owned(), 24)],
            history: vec![PlanChange {
                version: 2,
                at: Micros(NOW - 10 * 1_440 * MINUTE),
                author: "nurse-1".to_owned(),
                changes: vec![
                    Changed::Joined("Hjertesvigt".to_owned()),
                    Changed::Limit("tung".to_owned(), None, Some(82.5), "kg".to_owned()),
                    Changed::Cadence("Vægt".to_owned(), None, Some((24, true))),
                    Changed::Scale(2),
                ],
            }],
            may_change: true,
        },
        devices: vec![
            DeviceStatus {
                name: Some("Badevægt".to_owned()),
                newest: Some(Micros(NOW - 5 * 1_440 * MINUTE)),
                is_silent: true,
                battery: Some((12.0, Micros(NOW - 5 * 1_440 * MINUTE))),
            },
            DeviceStatus { name: None, newest: None, is_silent: true, battery: None },
        ],
        tasks: vec![OpenTask {
            id: row().id,
            what: "Vægten er steget".to_owned(),
            owner: Some("nurse-2".to_owned()),
            due: Some(Micros(NOW + 60 * MINUTE)),
            urgent: true,
        }],
    };
    let standing = Standing { staffed: true, ..Standing::default() };
    let text = lines(view::citizen::page(&scene, &viewer(), &standing, &page));
    assert!(text.contains("010144-1234"));
    insta::assert_snapshot!("citizen", text);
    for hidden in ["<obs>", "<i>bedre"] {
        assert!(!text.contains(hidden), "{hidden} is text, not markup");
    }
}

#[test]
fn limits_that_are_tried() {
    let scene = scene(Language::Danish);
    let limit = |name: &str| Limit {
        name: name.to_owned(),
        text: name.to_owned(),
        unit: "kg".to_owned(),
        red: true,
        low: false,
        first: true,
        standard: 100.0,
        own: None,
        allowed: (50.0, 300.0),
        typed: None,
    };
    let plan = || PlanPage {
        version: 2,
        limits: vec![limit("heavy"), limit("stout")],
        may_change: true,
        ..PlanPage::default()
    };
    let preview = Preview {
        days: 30,
        proposed: (3, 1),
        present: (1, 0),
        problems: vec![("Hjertesvigt".to_owned(), 3, 1)],
    };
    let typed = [("heavy", "82,5"), ("stout", "")];
    let page = view::preview::page(&scene, &viewer(), "ane", plan(), &typed, preview);
    let text = lines(page);
    assert!(text.contains("value=\"82,5\"") && text.contains("Grænserne er ikke gemt."));
    assert!(text.contains("3 alarmer de seneste 30 dage (1 med de nuværende)"), "{text}");
    assert!(!text.contains("aria-invalid"));
    insta::assert_snapshot!("preview", text);
    let wrong = ["heavy".to_owned()];
    let page = view::plan::refused(&scene, &viewer(), "ane", plan(), &typed, &wrong);
    let text = lines(page);
    assert_eq!(text.matches("aria-invalid").count(), 1);
    assert!(text.contains("id=\"preview\""), "what a script puts in place of the last preview");
}

#[test]
fn a_citizens_own_page() {
    let scene = scene(Language::Danish);
    let identity = Identity { who: row().who, ..Identity::default() };
    let standing =
        Standing { staffed: true, hours: "Nogen ser på listen.".to_owned(), banner: None };
    let seen = [Access {
        at: Micros(NOW - 60 * MINUTE),
        who: "Sygeplejerske",
        what: "Så dine målinger",
        why: "Behandling og pleje",
        refused: false,
        times: 14,
    }];
    let viewer =
        Viewer { is_citizen: true, sections: Vec::new(), here: "/me".to_owned(), ..viewer() };
    let said = Said {
        permit: true,
        relative: Some("<datter>".to_owned()),
        categories: vec!["vital-signs", "sleep"],
        from: None,
        to: Some(Micros(NOW + 60 * 1_440 * MINUTE)),
    };
    let shown = Shown {
        standing,
        identity,
        charts: vec![chart()],
        consents: vec![Consented { id: "c1".to_owned(), version: 1, says: vec![said] }],
        seen: seen.to_vec(),
    };
    let page = view::me::page(&scene, &viewer, &shown, None, Some("given"));
    let text = lines(page);
    assert!(!text.contains("<datter>"));
    for told in ["tel:112", "Sygeplejerske", "82,6"] {
        assert!(text.contains(told), "{told}");
    }
    for hidden in ["Rød", "limit-red", "steget", "action=\"/search\""] {
        assert!(!text.contains(hidden), "{hidden} is the nurses'");
    }
    insta::assert_snapshot!("me", text);
}

#[test]
fn nothing_stands_in_a_page_that_its_policy_forbids() {
    let scene = scene(Language::English);
    let pages = [
        view::worklist::page(&scene, &viewer(), &Asked::default(), &list(vec![row()]), None, true),
        view::handover::page(&scene, &viewer(), &list(vec![row()])),
        view::search::page(&scene, &viewer(), Some(&[]), "ane"),
        view::accessibility::page(scene.words, &[]),
        view::error::page(scene.words, 404, Some("id")),
    ];
    for page in pages {
        // A link leads elsewhere, which is for the reader to decide.
        let text = page.into_string().replace("<a href=\"https://", "<a href=\"");
        for forbidden in [" style=", " onclick=", "<style", "javascript:", "http://", "https://"] {
            assert!(!text.contains(forbidden), "{forbidden}");
        }
        for script in text.split("<script").skip(1) {
            let (open, rest) = script.split_once('>').expect("a tag");
            assert!(open.contains("src=\"/assets/") && rest.starts_with("</script>"), "{open}");
        }
        assert!(text.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    }
}
