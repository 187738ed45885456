//! The pages of administration as they are sent, from models made by hand.

use pulsvagt_analytics::Language;
use serde_json::json;

use super::shown::{NOW, lines, scene, viewer};
use crate::clock::Micros;
use crate::http::api::pages::{Doubted, DoubtedValue, Refused, Waiting};
use crate::http::web::model::Viewer;
use crate::http::web::view::admin;
use crate::http::web::view::admin::quarantine::{Asked, News};
use crate::ingest::Quarantine;
use crate::triage::Policy;

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
