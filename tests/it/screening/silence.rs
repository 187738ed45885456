//! Silence: what agreed measurements come to that are not there, and when it is over.

use pulsvagt::triage::{Alert, Level, State};
use pulsvagt_analytics::Outcome;
use serde_json::json;

use super::{HOUR, PACK, Ward, weight};

/// Only time passes, until a reading comes.
const RULE: &str = r#"
[[rules]]
id = "SILENCE"
problem = "silence"
needs = "silence_overdue_hours IS NOT NULL"
red = "silence_critical > 0"
yellow = "silence_overdue_hours > 48"
blue = "silence_overdue_hours > 0"
sign_off = "needed"
evidence = "P"
sources = ["test"]
false_alarms = "not known"
title = { en = "Silence", da = "Tavshed" }
[rules.explain.en]
red = "critical"
yellow = "{silence_overdue_hours:.0} h"
blue = "{silence_overdue_hours:.0} h"
[rules.explain.da]
red = "kritisk"
yellow = "{silence_overdue_hours:.0} t"
blue = "{silence_overdue_hours:.0} t"
"#;

/// Ane has agreed to weigh herself every day, from midnight on.
async fn agreed() -> Ward {
    let ward = Ward::with(&format!("{PACK}{RULE}")).await;
    let plan = json!({"programmes": ["heart-failure"],
        "cadence": [{"signal": "body_weight", "everyHours": 24, "safetyCritical": false}]});
    let nurse = ward.world.nurse().with("content-type", "application/json");
    let nurse = nurse.with("if-match", "\"0\"");
    nurse.put("/api/citizens/ane/plan", &plan.to_string()).await.expect(200);
    ward.screen().await;
    assert_eq!(ward.outcome("ane", "SILENCE").await, Some(Outcome::Clear));
    ward
}

impl Ward {
    /// Waits so many hours and screens whoever is due then.
    async fn after(&self, hours: i64) {
        self.world.clock.advance(hours * HOUR);
        self.screen().await;
    }

    async fn silence(&self) -> Alert {
        let open = self.store.open_alerts(self.no("ane")).await.expect("alerts");
        let [alert] = open.as_slice() else { panic!("{open:?}") };
        assert_eq!(alert.problem, "silence");
        alert.clone()
    }

    async fn found(&self) -> Vec<i16> {
        let findings = self.store.findings(self.no("ane"), 100).await.expect("findings");
        findings.into_iter().rev().map(|finding| finding.level).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_over_with_a_reading_from_before_it_was_last_noticed() {
    let ward = agreed().await;
    // Allowed are 36 hours: noticed after 40 hours and again after 46, on the same day.
    ward.after(40).await;
    assert_eq!(ward.silence().await.level, Level::Blue);
    ward.after(6).await;
    assert_eq!(ward.outcome("ane", "SILENCE").await, Some(Outcome::Blue));
    // Taken after 45 hours, received after 47.
    ward.world.clock.advance(HOUR);
    ward.send(&weight("ane", "2026-01-02T21:00:00Z", "80")).await;
    ward.screen().await;
    assert_eq!(ward.outcome("ane", "SILENCE").await, Some(Outcome::Clear));
    let alert = ward.silence().await;
    assert_eq!((alert.level, alert.state), (Level::Green, State::New), "a nurse closes it");
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_alone_makes_no_new_findings_but_by_level() {
    let ward = agreed().await;
    ward.after(40).await;
    for _ in 0..4 {
        ward.after(6).await;
    }
    assert_eq!(ward.found().await, [1], "silence that goes on is one finding");
    // 84 hours are 48 too many.
    ward.after(24).await;
    ward.after(6).await;
    assert_eq!(ward.found().await, [1, 2]);
    assert_eq!(ward.silence().await.level, Level::Yellow);
    // A reading that came late and is not enough says something else: silent since then.
    ward.send(&weight("ane", "2026-01-02T02:00:00Z", "80")).await;
    ward.screen().await;
    assert_eq!(ward.outcome("ane", "SILENCE").await, Some(Outcome::Blue));
    ward.after(6).await;
    assert_eq!(ward.found().await, [1, 2, 1]);
    let last = ward.store.findings(ward.no("ane"), 1).await.expect("findings").remove(0);
    let taken = super::micros("2026-01-02T02:00:00Z");
    assert_eq!(last.evidence_at, Some(taken), "the newest reading there is");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_may_be_back_on_the_day_on_which_it_was_over() {
    let ward = agreed().await;
    ward.after(40).await;
    // Taken 32 hours ago, and so enough for four hours more.
    ward.world.clock.advance(HOUR);
    ward.send(&weight("ane", "2026-01-01T09:00:00Z", "80")).await;
    ward.screen().await;
    assert_eq!(ward.silence().await.level, Level::Green);
    ward.after(5).await;
    let again = ward.silence().await;
    assert_eq!((again.level, again.state), (Level::Blue, State::New), "not only after midnight");
    // The same screening once more changes nothing.
    ward.screen().await;
    assert_eq!(ward.silence().await.version, again.version);
    ward.check().await;
    ward.world.end().await;
}
