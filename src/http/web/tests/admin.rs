//! The pages of administration as they are sent, from models made by hand.

use pulsvagt_analytics::Language;
use serde_json::json;

use super::shown::{NOW, lines, scene, viewer};
use crate::clock::Micros;
use crate::http::api::pages::{
    DelayLine, DeviceLine, Doubted, DoubtedValue, Ingestion, Keeping, LimitLine, PackChange,
    PackLines, Refused, RuleLine, Rules, SilentLine, ThresholdLine, Waiting, WaitingLine,
};
use crate::http::web::model::Viewer;
use crate::http::web::view::admin;
use crate::http::web::view::admin::quarantine::{Asked, News};
use crate::http::web::view::admin::teams::{Line, Members, Teams, Wrong};
use crate::ids::TeamNo;
use crate::ingest::Quarantine;
use crate::store::teams::Team;
use crate::triage::{Policy, Shift};

const HOUR: i64 = 3_600_000_000;

fn reading() -> Doubted {
    use crate::http::api::pages::{UsualView, Whose};
    Doubted {
        id: "reading-1".to_owned(),
        version: 1,
        citizen: Whose { id: "ane".to_owned(), name: Some("Ane <Hansen>".to_owned()), age: None },
        device: "Device/scale-1".to_owned(),
        what: "Vægt".to_owned(),
        at: Some("2026-11-22T08:00:00+01:00".to_owned()),
        received: Micros(NOW - HOUR),
        reason: Quarantine::Implausible,
        values: vec![DoubtedValue {
            place: 0,
            what: "Vægt".to_owned(),
            value: "704.0".to_owned(),
            unit: "kg".to_owned(),
            usual_unit: "kg",
        }],
        usual: Some(UsualView { at: Micros(NOW - 24 * HOUR), value: 70.5, unit: "kg" }),
        legal: vec!["accept", "reject", "fix"],
        decided: None,
    }
}

fn administrator() -> Viewer {
    Viewer { here: "/admin/quarantine".to_owned(), ..viewer() }
}

#[test]
fn readings_that_cannot_be_right() {
    use crate::http::api::pages::DoubtCount;
    let scene = scene(Language::Danish);
    let list = Waiting {
        readings: vec![reading()],
        counts: vec![DoubtCount {
            reason: "implausible",
            device: "Device/scale-1".to_owned(),
            count: 3,
            oldest: Micros(NOW - 30 * HOUR),
        }],
        next: Some(7),
    };
    let asked = Asked {
        decided: false,
        reason: Some(Quarantine::Implausible),
        device: Some("Device/scale-1".to_owned()),
    };
    let news = News::All { done: 2, left: 1 };
    let page = admin::quarantine::page(&scene, &administrator(), &asked, &list, Some(&news));
    insta::assert_snapshot!("quarantine", lines(page));
}

#[test]
fn what_was_typed_is_given_back() {
    let scene = scene(Language::English);
    let typed = [("why", "a <slip>"), ("value.0", "7,04")];
    let still = Refused::Still(Quarantine::Implausible);
    let page =
        admin::quarantine::not_done(&scene, &administrator(), &reading(), Some(still), &typed);
    let text = lines(page);
    assert!(text.contains("a &lt;slip&gt;") && text.contains("value=\"7,04\""), "{text}");
    assert!(text.contains("The value is outside what is possible."), "{text}");
}

#[test]
fn what_a_policy_would_change() {
    let scene = scene(Language::English);
    let before = Policy::default();
    let with: Policy =
        serde_json::from_value(json!({"snoozeHours": {"red": 2, "yellow": 168, "blue": 720},
        "staffed": [{"days": ["monday", "sunday"], "from": "07:30", "to": "15:00"}]}))
        .expect("a policy");
    let changes = before.differences(&with);
    let page = admin::settings::preview(&scene, &administrator(), 3, &with, &changes);
    insta::assert_snapshot!("policy", lines(page));
}

#[test]
fn teams_with_who_works_there_and_when() {
    let scene = scene(Language::Danish);
    let team = |no, code: &str, name: &str, staffed| Team {
        no: TeamNo(no),
        code: code.to_owned(),
        name: name.to_owned(),
        district: "Korsør".to_owned(),
        citizens: 17,
        staffed,
    };
    let shift = json!([{"days": ["saturday", "sunday"], "from": "09:00", "to": "11:30"}]);
    let shift: Vec<Shift> = serde_json::from_value(shift).expect("a shift");
    let line = |id: &str, name: &str, issuer: Option<&str>| Line {
        id: id.to_owned(),
        name: name.to_owned(),
        issuer: issuer.map(str::to_owned),
        since: Micros(NOW - 24 * HOUR),
    };
    let people = vec![("0001".to_owned(), "Nanna <Nord>".to_owned())];
    let lines =
        vec![line("aa", "Nanna <Nord>", None), line("bb", "maja", Some("https://idp.test"))];
    let shown = Teams {
        teams: vec![team(1, "default", "Hele kommunen", None), team(2, "syd", "Syd", Some(shift))],
        may_change: true,
        members: Some(Members {
            teams: [("syd".to_owned(), lines)].into(),
            people,
            may_change: true,
        }),
    };
    let page = admin::teams::page(&scene, &administrator(), &shown, Some(&Wrong::Hours));
    insta::assert_snapshot!("teams", super::shown::lines(page));
}

#[test]
fn rule_packs_side_by_side() {
    let scene = scene(Language::English);
    let rule = |id: &str, active| RuleLine {
        id: id.to_owned(),
        title: format!("The rule {id}"),
        active,
        on_trial: !active,
        evidence: "S",
        needs_sign_off: active,
        sources: vec!["somewhere".to_owned()],
        fired: [1, 2, 3],
        citizens: 4,
        kept: 5,
    };
    let limit = |value| LimitLine { value, unit: "%".to_owned(), allowed: Some([70.0, 95.0]) };
    let pack = |mode, version: &str, changes| PackLines {
        mode,
        name: "test".to_owned(),
        version: version.to_owned(),
        hash: format!("hash-{version}"),
        intended_use: "Tests <only>.".to_owned(),
        rules: vec![rule("A-1", true), rule("B-2", false)],
        changes,
    };
    let changes = PackChange {
        added: vec!["C-3".to_owned()],
        removed: Vec::new(),
        changed: vec!["A-1".to_owned()],
        thresholds: vec![ThresholdLine {
            name: "low".to_owned(),
            text: "lowest".to_owned(),
            before: Some(limit(88.0)),
            after: None,
        }],
    };
    let packs = vec![pack("active", "1", None), pack("shadow", "2", Some(changes))];
    let rules = Rules { packs, days: 30 };
    insta::assert_snapshot!(
        "rules",
        lines(admin::rules::page(&scene, &administrator(), &rules, true))
    );
}

#[test]
fn what_comes_in_and_what_does_not() {
    let scene = scene(Language::Danish);
    let told = Ingestion {
        from: Micros(NOW - 3 * HOUR),
        received: vec![0, 40, 20],
        doubtful: vec![0, 0, 1],
        devices: vec![DeviceLine {
            device: "Device/scale-1".to_owned(),
            received: vec![0, 4, 2],
            sum: 6,
        }],
        waiting: vec![WaitingLine { reason: Quarantine::Implausible, count: 3 }],
        delay: Some(DelayLine { median: 0.4, p95: 75.0, most: 8_000.0 }),
        queued: 2,
        screening: Keeping { lag_seconds: 12, alarm_seconds: 300, backlog: 4, parked: 1 },
        silent: vec![SilentLine {
            citizen: "ane".to_owned(),
            what: "Vægt".to_owned(),
            every_hours: 24,
            device: None,
            last: None,
            last_moment: Some(Micros(NOW - 50 * HOUR)),
        }],
    };
    let page = admin::ingestion::page(&scene, &administrator(), &told);
    insta::assert_snapshot!("ingestion", lines(page));
}
