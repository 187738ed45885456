//! The pages of administration as they are sent, from models made by hand.

use pulsvagt_analytics::{Language, Pack};
use serde_json::json;

use super::shown::{NOW, lines, scene, viewer};
use crate::clock::Micros;
use crate::http::api::pages::{
    CertificateLine, CompareLine, DelayLine, DeviceLine, Doubted, DoubtedValue, EarlierPack,
    Ingestion, Keeping, LimitLine, LimitMisfits, PackChange, PackLines, PackUseLine, PacksCompared,
    Refused, RefusedLine, RuleLine, RulePack, Rules, SignOffLine, SilentLine, ThresholdLine,
    Waiting, WaitingLine,
};
use crate::http::web::model::Viewer;
use crate::http::web::view::admin;
use crate::http::web::view::admin::quarantine::{self, News};
use crate::http::web::view::admin::rules::pack::Asked;
use crate::http::web::view::admin::rules::{self, Upload};
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
    let asked = quarantine::Asked {
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
        since: None,
        since_moment: Some(Micros(NOW - 100 * HOUR)),
        intended_use: "Tests <only>.".to_owned(),
        sign_offs: Vec::new(),
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
    let earlier = EarlierPack {
        name: "test".to_owned(),
        version: "0".to_owned(),
        hash: "hash-0".to_owned(),
        since: String::new(),
        since_moment: Micros(NOW - 300 * HOUR),
        is_signed: true,
        is_before: true,
    };
    let used = PackUseLine {
        at: String::new(),
        at_moment: Micros(NOW - 300 * HOUR),
        name: "test".to_owned(),
        version: "1".to_owned(),
        hash: "hash-1".to_owned(),
        by: "lead".to_owned(),
        reason: Some("Because <b>.".to_owned()),
    };
    let told = Rules { packs, earlier: vec![earlier], uses: vec![used], days: 30 };
    let text = "[pack]\nname = 1 < 2";
    let wrong = Pack::parse(text).map(|_| ()).map_err(rules::Wrong::Faulty).err();
    let upload = Upload { may: true, is_recent: false, text, wrong };
    let page = rules::page(&scene, &administrator(), &told, &upload, None);
    insta::assert_snapshot!("rules", lines(page));

    let mut pack = pack("shadow", "2", None);
    pack.sign_offs.push(SignOffLine {
        signed_by: "Ole <Overlæge>".to_owned(),
        signed_as: "consultant".to_owned(),
        recorded_by: "lead".to_owned(),
        at: String::new(),
        at_moment: Micros(NOW - 2 * HOUR),
    });
    let line = |rule: Option<&str>| CompareLine {
        rule: rule.map(str::to_owned),
        title: rule.map(|rule| format!("The rule {rule}")),
        only_trial: 3,
        only_in_force: 1,
        higher: 0,
        lower: 2,
        same: 14,
    };
    let told = RulePack {
        pack,
        in_force: "hash-1".to_owned(),
        compared: Some(PacksCompared {
            since: String::new(),
            since_moment: Micros(NOW - 100 * HOUR),
            all: line(None),
            rules: vec![line(Some("A-1"))],
        }),
        limits: LimitMisfits {
            citizens: 2,
            unknown: [("gone".to_owned(), 2)].into(),
            ..LimitMisfits::default()
        },
        may_be_used: true,
        text: "<the text>".to_owned(),
    };
    let asked = Asked { may: true, is_recent: true, news: Some("sign"), ..Asked::default() };
    let page = admin::rules::pack::page(&scene, &administrator(), &told, &asked);
    insta::assert_snapshot!("rule_pack", lines(page));
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
        refused: vec![
            RefusedLine {
                sender: "gateway-1".to_owned(),
                reason: "value-missing".to_owned(),
                kept: false,
                day: 2,
                week: 9,
            },
            RefusedLine {
                sender: "Device/scale-1".to_owned(),
                reason: "implausible".to_owned(),
                kept: true,
                day: 0,
                week: 3,
            },
        ],
        certificates: [
            ("server", 5, "urgent"),
            ("gateway-1", 20, "soon"),
            ("client-ca", 400, "ok"),
        ]
        .map(|(name, days, state)| CertificateLine {
            name: name.to_owned(),
            until: String::new(),
            until_moment: Micros(NOW + days * 24 * HOUR),
            days,
            state,
        })
        .into(),
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
