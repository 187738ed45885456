//! What nurses write about alerts, and why they open accesses: sealed, and sealed anew.

use pulsvagt::audit::{Block, Entry};
use pulsvagt::clock::Micros;
use pulsvagt::ids::AccessId;
use pulsvagt::store::break_glass::BreakGlass;
use pulsvagt::store::rekey::Rekey;
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::{dump, leaks};
use crate::worklist::{Ward, weight};
use crate::world::NOW;

const NOTE: &str = "Gunhild ringer fra 20457788";
const REASON: &str = "~ Torsten Zwickenberg svarer ikke ~";

#[tokio::test(flavor = "multi_thread")]
async fn what_nurses_write_is_sealed_also_where_it_was_in_clear() {
    let ward = Ward::new().await;
    let (nurse, store) = (ward.nurse(), &ward.store);
    ward.take_in(&[weight("ane", "2025-12-31T08:00:00+01:00", "97.0")]).await;
    let id = ward.list("").await["alerts"][0]["id"].as_str().expect("an alert").to_owned();
    ward.act(&nurse, &id, "claim", 1, &json!({})).await.expect(200);
    ward.act(&nurse, &id, "note", 2, &json!({"text": NOTE})).await.expect(200);
    let snooze = json!({"until": "2026-01-01T06:00:00Z", "reason": REASON});
    ward.act(&nurse, &id, "snooze", 3, &snooze).await.expect(200);
    let ane = store.citizen_no("ane").await.expect("asked").expect("Ane");
    let opened = BreakGlass {
        id: AccessId("b-1".to_owned()),
        citizen: ane,
        issuer: "test".to_owned(),
        subject: "syd".to_owned(),
        role: "nurse".to_owned(),
        reason: NOTE.to_owned(),
        begun: NOW,
        expires: Micros(NOW.0 + 1),
        ended: None,
        ended_by: None,
    };
    let mut tx = store.begin().await.expect("begun");
    store.break_glass_in(&mut tx, &opened).await.expect("opened");
    tx.commit(&Block::of(Entry::of_system("test", "x", NOW))).await.expect("committed");

    let alert_id = id.parse().expect("an id");
    let alert = store.alert(alert_id).await.expect("read").expect("an alert");
    let events = store.alert_events(alert_id).await.expect("events");
    assert_eq!(alert.parked.as_ref().and_then(|parked| parked.reason.as_deref()), Some(REASON));
    assert!(events.iter().any(|event| event.text.as_deref() == Some(NOTE)));
    assert_eq!(leaks(&dump(&ward.world).await), Vec::<&str>::new());
    let before = store.key_use().await.expect("use");
    assert_eq!(before.older, 0);

    // As it was before there was sealing.
    let mut owner = ward.world.database().await;
    let clear = serde_json::to_string(&alert).expect("json");
    sqlx::query(AssertSqlSafe("update m0330.alert set body = $2 where id = $1::uuid".to_owned()))
        .bind(&id)
        .bind(&clear)
        .execute(&mut owner)
        .await
        .expect("written");
    for event in &events {
        let clear = serde_json::to_string(event).expect("json");
        let statement =
            "update m0330.alert_event set body = $3 where alert = $1::uuid and version = $2";
        sqlx::query(AssertSqlSafe(statement.to_owned()))
            .bind(&id)
            .bind(i32::try_from(event.version).expect("small"))
            .bind(&clear)
            .execute(&mut owner)
            .await
            .expect("written");
    }
    let statement = "update m0330.break_glass set reason = $1";
    sqlx::query(AssertSqlSafe(statement.to_owned()))
        .bind(NOTE)
        .execute(&mut owner)
        .await
        .expect("written");
    assert!(!leaks(&dump(&ward.world).await).is_empty());
    let whole = async || {
        assert_eq!(store.alert(alert_id).await.expect("read"), Some(alert.clone()));
        assert_eq!(store.alert_events(alert_id).await.expect("events"), events);
        let glasses = store.break_glasses(None, 9).await.expect("accesses");
        assert_eq!(glasses.first().map(|(one, _)| one), Some(&opened));
        let (to, mut pieces) = tokio::sync::mpsc::channel(100);
        store.export_citizen(ane, "ane", &to).await.expect("exported");
        drop(to);
        let mut out = Vec::new();
        while let Some(piece) = pieces.recv().await {
            out.extend(piece);
        }
        let text = String::from_utf8(out).expect("text");
        // In the alert's log, with the access, and in two versions of the Task.
        assert_eq!(text.matches(NOTE).count(), 4, "{text}");
        assert!(text.contains(REASON));
    };
    whole().await;
    // An alert, two events of five, an access.
    assert_eq!(store.key_use().await.expect("use").older, 4);
    let ring = ward.world.catalog.ring();
    let same = Rekey { to: ring.newest(), blind_index: false };
    let done = store.rekey(same, |_| {}).await.expect("rekeyed");
    assert_eq!((done.rows, done.left), (4, 0));
    assert_eq!(leaks(&dump(&ward.world).await), Vec::<&str>::new());
    whole().await;

    // And under another key.
    let other = Rekey { to: ring.add().expect("a key"), blind_index: false };
    assert_eq!(store.rekey(other, |_| {}).await.expect("rekeyed").left, 0);
    whole().await;
    assert_eq!(store.key_use().await.expect("use").older, 0);

    // A text that was put in another's place does not open.
    let swap = "update m0330.alert_event a set body = regexp_replace(a.body, '\"text\":\"[^\"]*\"',
                   (select substring(b.body from '\"text\":\"[^\"]*\"') from m0330.alert_event b
                    where b.alert = a.alert and b.version = 4))
                where a.version = 3";
    let done = sqlx::query(AssertSqlSafe(swap.to_owned())).execute(&mut owner).await;
    assert_eq!(done.expect("swapped").rows_affected(), 1);
    assert!(store.alert_events(alert_id).await.is_err());
    ward.world.end().await;
}
