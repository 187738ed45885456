//! Pages of the worklist.

use serde_json::json;

use super::{HOUR, Ward, ids, weight};

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_up_whatever_others_do_in_between() {
    let ward = Ward::new().await;
    let citizens: Vec<String> = (0..11).map(|n| format!("c{n}")).collect();
    ward.admit(&citizens).await;
    for (n, citizen) in citizens.iter().enumerate() {
        let value = if n % 3 == 0 { "120" } else { "97" };
        ward.take_in(&[weight(citizen, "2025-12-31T08:00:00+01:00", value)]).await;
        ward.world.clock.advance(1_000_000);
    }
    let whole = ids(&ward.list("").await);
    assert_eq!(whole.len(), 11);
    let levels: Vec<String> = ward.list("").await["alerts"]
        .as_array()
        .expect("alerts")
        .iter()
        .map(|alert| alert["level"].as_str().expect("a level").to_owned())
        .collect();
    assert!(levels.is_sorted_by_key(|level| level != "red"), "{levels:?}");

    let mut seen = Vec::new();
    let mut query = "?limit=3".to_owned();
    loop {
        let page = ward.list(&query).await;
        seen.extend(ids(&page));
        // Meanwhile somebody works on what is at the end, which moves to another place.
        ward.world.clock.advance(1_000_000);
        if let Some(last) = whole.iter().rev().find(|id| !seen.contains(id)) {
            let alert = ward.nurse().get(&format!("/api/alerts/{last}")).await.expect(200).json();
            let version = alert["version"].as_u64().and_then(|v| u32::try_from(v).ok());
            let version = version.expect("a version");
            if alert["state"] == "new" {
                let lead = ward.lead();
                ward.act(&lead, last, "claim", version, &json!({})).await.expect(200);
            }
        }
        match page["next"].as_str() {
            Some(next) => query = format!("?limit=3&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, whole);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_and_wrong_ones_are_refused() {
    let ward = Ward::new().await;
    ward.take_in(&[
        weight("ane", "2025-12-31T08:00:00+01:00", "104"),
        weight("bo", "2025-12-31T08:00:00+01:00", "97"),
    ])
    .await;
    let all = ids(&ward.list("").await);
    assert_eq!(all.len(), 2);
    assert_eq!(ids(&ward.list("?level=red").await), all[..1]);
    assert_eq!(ids(&ward.list("?level=yellow,blue").await), all[1..]);
    assert_eq!(ids(&ward.list("?problem=diabetes").await), [""; 0]);
    assert_eq!(ids(&ward.list("?mine=true").await), [""; 0]);
    let nurse = ward.nurse();
    ward.act(&nurse, &all[1], "claim", 1, &json!({})).await.expect(200);
    assert_eq!(ids(&ward.list("?mine=true").await), all[1..]);
    let later = json!({"until": "2026-01-02T09:00:00Z", "reason": "indlagt til fredag"});
    ward.act(&nurse, &all[1], "snooze", 2, &later).await.expect(200);
    assert_eq!(ids(&ward.list("").await), all[..1]);
    let snoozed = ward.list("?state=snoozed").await;
    assert_eq!(ids(&snoozed), all);
    assert_eq!(snoozed["counts"]["snoozed"], 1);
    assert_eq!(snoozed["alerts"][1]["parked"]["reason"], "indlagt til fredag");
    for wrong in [
        "level=purple",
        "state=closed",
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=nonsense",
        "mine=maybe",
        "unknown=1",
        "problem=%00",
    ] {
        let answer = nurse.get(&format!("/api/worklist?{wrong}")).await.expect(400);
        assert_eq!(super::code(&answer), "bad-parameter", "{wrong}");
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_said_when_screening_is_behind_and_when_something_is_overdue() {
    let ward = Ward::new().await;
    ward.heavy_ane().await;
    let list = ward.list("").await;
    assert!(list["banner"].is_null(), "{list}");
    assert_eq!(list["alerts"][0]["overdue"], false);
    let observation = weight("bo", "2025-12-31T08:00:00+01:00", "80");
    ward.world.gateway().post("Observation", &observation).await.expect(201);
    // Past Friday's staffed hours, so past the response target of red.
    ward.world.clock.advance(40 * HOUR);
    let list = ward.list("").await;
    assert_eq!(list["banner"]["code"], "screening-behind");
    // Bo because of a reading, Ane because of the time.
    assert_eq!(list["banner"]["waiting"], 2, "{list}");
    assert_eq!(list["alerts"][0]["overdue"], true, "{list}");
    assert_eq!(list["counts"]["overdue"], 1);
    let status = ward.nurse().get("/api/screening").await.expect(200).json();
    assert_eq!(status["backlog"], 2);
    assert_eq!(status["pack"]["version"], "7");
    assert_eq!((&status["pack"]["rules"], &status["pack"]["unsigned"]), (&json!(2), &json!(1)));
    ward.world.end().await;
}
