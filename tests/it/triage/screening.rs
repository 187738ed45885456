//! From screenings to alerts.

use std::time::Duration;

use pulsvagt::ids::new_alert_id;
use pulsvagt::store::Sight;
use pulsvagt::store::alerts::{AlertListener, Heard, SuppressionFilter};
use pulsvagt::triage::{Ended, Level, Reason, State};
use pulsvagt_analytics::Outcome;
use sqlx::Executor;
use tokio::time::timeout;

use super::*;

const TABLES: [&str; 4] = ["alert", "alert_event", "suppression", "triage_streak"];

async fn rows(ward: &Ward) -> Vec<i64> {
    let mut rows = Vec::new();
    for table in TABLES {
        rows.push(ward.count(&format!("select count(*) from {table}")).await);
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_become_one_alert_with_its_log() {
    let ward = Ward::new().await;
    let first = ward.now();
    let triaged = ward
        .screen(&[
            ("heart", "weight", Outcome::Yellow, first),
            ("heart", "pulse", Outcome::Blue, first),
            ("lung", "saturation-single", Outcome::Red, first),
            ("mood", "sleep-lasting", Outcome::Yellow, first),
            ("mood", "steps", Outcome::NotEvaluable, first),
            ("skin", "new-trial", Outcome::Red, first),
        ])
        .await;
    let ended: Vec<_> = triaged.fates.iter().map(|(_, fate)| fate.ended).collect();
    let kept_out = |reason| Ended::Suppressed { reason, until: None };
    assert_eq!(
        ended,
        [
            Ended::Raised,
            Ended::Raised,
            Ended::Raised,
            kept_out(Reason::NotYetPersistent),
            kept_out(Reason::Shadow),
        ]
    );
    assert_eq!(rows(&ward).await, [2, 2, 2, 1]);
    ward.pass(10 * MINUTE);
    ward.screen(&[
        ("heart", "weight", Outcome::Red, ward.now()),
        ("lung", "saturation-single", Outcome::Clear, ward.now()),
    ])
    .await;
    let open = ward.store.open_alerts(ward.ane).await.expect("alerts");
    let seen: Vec<_> = open
        .iter()
        .map(|alert| (alert.problem.as_str(), alert.level, alert.state, alert.version))
        .collect();
    assert_eq!(seen, [("heart", Level::Red, State::New, 2), ("lung", Level::Green, State::New, 2)]);
    let alert = &open[0];
    assert_eq!(alert.finding("weight").expect("a finding").text.da, "weight: alt for meget");
    assert_eq!(alert.trend.to_bits(), 1.5_f64.to_bits());
    let events = ward.store.alert_events(alert.id).await.expect("events");
    let log: Vec<_> = events
        .iter()
        .map(|event| (event.version, event.verb.as_str(), event.level, event.by.is_none()))
        .collect();
    assert_eq!(log, [(1, "raise", Level::Yellow, true), (2, "merge", Level::Red, true)]);
    assert_eq!(ward.store.alert(alert.id).await.expect("read").as_ref(), Some(alert));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_screening_again_changes_nothing() {
    let ward = Ward::new().await;
    let says = [
        ("heart", "weight", Outcome::Yellow, ward.now()),
        ("lung", "saturation-single", Outcome::Red, ward.now()),
        ("mood", "sleep-lasting", Outcome::Yellow, ward.now()),
    ];
    ward.screen(&says).await;
    let open = ward.store.open_alerts(ward.ane).await.expect("alerts");
    for _ in 0..3 {
        ward.pass(MINUTE);
        let again = ward.screen(&says).await;
        assert_eq!(again.changes, []);
        assert!(again.fates.iter().all(|(_, fate)| matches!(fate.ended, Ended::Suppressed { .. })));
    }
    assert_eq!(ward.store.open_alerts(ward.ane).await.expect("alerts"), open);
    // Same evidence, awaiting a re-measure, not persistent: a row each, counted up.
    assert_eq!(rows(&ward).await, [2, 2, 3, 1]);
    assert_eq!(ward.count("select sum(times) from suppression").await, 10);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_persists_over_days_and_screenings() {
    let ward = Ward::new().await;
    for day in 0..2 {
        let triaged = ward.screen(&[("mood", "sleep-lasting", Outcome::Yellow, ward.now())]).await;
        assert_eq!(triaged.changes.len(), day);
        ward.pass(DAY);
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_screenings_of_a_citizen_at_once_open_one_alert() {
    let ward = Ward::new().await;
    let now = ward.now();
    let mut running = Vec::new();
    for number in 0..12_i64 {
        let (store, ane) = (ward.store.clone(), ward.ane);
        let at = Micros(now.0 - number * HOUR);
        running.push(ward.world.app.tasks().spawn(async move {
            let rule = format!("rule-{}", number % 3);
            let says = [("heart", rule.as_str(), Outcome::Yellow, at)];
            screen(&store, ane, now, &says).await.expect("triaged")
        }));
    }
    let (mut raised, mut merged) = (0, 0);
    for one in running {
        for (_, fate) in one.await.expect("ended").fates {
            raised += i32::from(fate.ended == Ended::Raised);
            merged += i32::from(fate.ended == Ended::Merged);
        }
    }
    assert_eq!(raised, 1);
    let open = ward.store.open_alerts(ward.ane).await.expect("alerts");
    assert_eq!(open.len(), 1);
    assert_eq!(i64::from(open[0].version), i64::from(raised + merged));
    let versions = "select count(*) from alert_event e join alert a on a.id = e.alert
                    where e.version between 1 and a.version";
    assert_eq!(ward.count(versions).await, i64::from(open[0].version));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_leaves_nothing() {
    let ward = Ward::new().await;
    let before = rows(&ward).await;
    let mut listener = ward.store.listen_alerts().await.expect("listening");
    let now = ward.now();
    let policy = ward.store.policy().await.expect("a policy").policy;
    let says =
        [("heart", "weight", Outcome::Red, now), ("mood", "sleep-lasting", Outcome::Yellow, now)];
    let mut mint = || new_alert_id(now);
    for killed in [false, true] {
        let mut tx = ward.store.begin().await.expect("a transaction");
        let triaged = ward
            .store
            .triage(&mut tx, ward.ane, &screening(now, &says), &Book, &policy, now, &mut mint)
            .await
            .expect("triaged");
        assert_eq!(triaged.changes.len(), 1);
        if killed {
            let mut owner = ward.world.database().await;
            let terminated = owner
                .execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity
                     where state = 'idle in transaction' and usename = 'pulsvagt_0330'
                       and datname = current_database()",
                )
                .await
                .expect("terminated");
            assert_eq!(terminated.rows_affected(), 1);
            assert!(tx.commit_unrecorded("a test").await.is_err());
        } else {
            drop(tx);
        }
        assert_eq!(rows(&ward).await, before);
    }
    // Whoever comes next is not held up by what the dead one had locked.
    let triaged = timeout(Duration::from_secs(10), ward.screen(&says)).await.expect("in time");
    assert_eq!(triaged.fates[0].1.ended, Ended::Raised);
    // Of all that, only what is there was announced. A lost connection may have been the listener's.
    let heard = loop {
        match listener.next().await.expect("heard") {
            Heard::Gap => {}
            changed @ Heard::Changed { .. } => break changed,
        }
    };
    let alert = triaged.changes[0].alert.id;
    assert_eq!(heard, Heard::Changed { alert, version: 1 });
    drop(listener);
    ward.world.end().await;
}

/// Whether the listener heard nothing more, but that it is over.
async fn listen_to_the_end(mut listener: AlertListener) -> bool {
    listener.next().await.is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_announced_when_it_can_be_seen_and_not_before() {
    let ward = Ward::new().await;
    let other = municipality(&ward.world, "0306").await;
    let mut listener = ward.store.listen_alerts().await.expect("listening");
    let mut elsewhere = other.listen_alerts().await.expect("listening");
    let now = ward.now();
    let policy = ward.store.policy().await.expect("a policy").policy;
    let mut tx = ward.store.begin().await.expect("a transaction");
    let says = [("heart", "weight", Outcome::Red, now)];
    let mut mint = || new_alert_id(now);
    let triaged = ward
        .store
        .triage(&mut tx, ward.ane, &screening(now, &says), &Book, &policy, now, &mut mint)
        .await
        .expect("triaged");
    let alert = triaged.changes[0].alert.id;
    let silence = Duration::from_millis(300);
    assert!(timeout(silence, listener.next()).await.is_err(), "announced before it is there");
    tx.commit_unrecorded("a test").await.expect("committed");
    let second = Duration::from_secs(10);
    let heard = timeout(second, listener.next()).await.expect("in time").expect("heard");
    assert_eq!(heard, Heard::Changed { alert, version: 1 });
    assert!(ward.store.alert(alert).await.expect("read").is_some());

    ward.must(alert, &Action::Claim, "ane").await;
    let heard = timeout(second, listener.next()).await.expect("in time").expect("heard");
    assert_eq!(heard, Heard::Changed { alert, version: 2 });
    // Neither the announcement nor the alert is to be had in another municipality.
    assert!(timeout(silence, elsewhere.next()).await.is_err());
    assert_eq!(other.alert(alert).await.expect("read"), None);
    // Who listens is told that the server stops, and does not hold it up.
    let (ended, ()) = tokio::join!(listen_to_the_end(listener), async {
        drop(elsewhere);
        timeout(second, ward.world.end()).await.expect("stopped");
    });
    assert!(ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_out_can_be_looked_up() {
    let ward = Ward::new().await;
    let alert = ward.alert("heart", Outcome::Yellow).await;
    ward.must(alert, &Action::Claim, "ane").await;
    ward.must(alert, &close(), "ane").await;
    ward.pass(HOUR);
    let quiet_at = ward.now();
    let until = Micros(quiet_at.0 + 71 * HOUR);
    ward.screen(&[
        ("heart", "rule", Outcome::Yellow, quiet_at),
        ("skin", "new-trial", Outcome::Red, quiet_at),
    ])
    .await;
    let page = ward
        .store
        .suppressions(&Sight::everybody(), &SuppressionFilter::default(), None, 1)
        .await
        .expect("page");
    assert_eq!(page.suppressions.len(), 1);
    assert_eq!(page.suppressions[0].reason, Reason::Shadow);
    let page = ward
        .store
        .suppressions(&Sight::everybody(), &SuppressionFilter::default(), page.next, 1)
        .await
        .expect("page");
    assert_eq!(page.next, None);
    let [quiet] = page.suppressions.as_slice() else { panic!("{page:?}") };
    assert_eq!(
        (quiet.citizen_id.as_str(), quiet.problem.as_str(), quiet.rule.as_str(), quiet.level),
        ("ane", "heart", "rule", Level::Yellow)
    );
    assert_eq!(
        (quiet.reason, quiet.until, quiet.alert, quiet.times, quiet.first_at),
        (Reason::QuietAfterClosing, Some(until), Some(alert), 1, quiet_at)
    );

    let count = async |filter: SuppressionFilter| {
        let page =
            ward.store.suppressions(&Sight::everybody(), &filter, None, 10).await.expect("a page");
        page.suppressions.len()
    };
    let all = SuppressionFilter::default();
    assert_eq!(count(SuppressionFilter { reason: Some(Reason::Shadow), ..all }).await, 1);
    assert_eq!(count(SuppressionFilter { reason: Some(Reason::Snoozed), ..all }).await, 0);
    assert_eq!(count(SuppressionFilter { citizen: Some(ward.ane), ..all }).await, 2);
    let nobody = Some(CitizenNo(ward.ane.0 + 1));
    assert_eq!(count(SuppressionFilter { citizen: nobody, ..all }).await, 0);
    assert_eq!(count(SuppressionFilter { since: Some(quiet_at), ..all }).await, 2);
    assert_eq!(count(SuppressionFilter { since: Some(until), ..all }).await, 0);
    assert_eq!(count(SuppressionFilter { before: Some(quiet_at), ..all }).await, 0);
    // Once the quiet time is over, the same evidence raises it.
    ward.pass(71 * HOUR);
    let triaged = ward.screen(&[("heart", "rule", Outcome::Yellow, quiet_at)]).await;
    assert_eq!(triaged.fates[0].1.ended, Ended::Raised);
    ward.world.end().await;
}
