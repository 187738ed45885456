//! Green and technical alerts, seen in one go.

use axum::body::Body;
use axum::http::Method;
use pulsvagt::audit::search::{Wanted, newest};
use serde_json::{Value, json};

use super::{HOUR, Ward, weight};
use crate::world::Client;

const DAY_AFTER: &str = "2026-01-01T08:00:00+01:00";

/// Bo is green, Ane is red; each with its alert.
async fn calm_and_urgent(ward: &Ward) -> (Value, Value) {
    ward.take_in(&[
        weight("ane", "2025-12-31T08:00:00+01:00", "104"),
        weight("bo", "2025-12-31T08:00:00+01:00", "97"),
    ])
    .await;
    ward.world.clock.advance(24 * HOUR);
    ward.take_in(&[weight("bo", DAY_AFTER, "80")]).await;
    let list = ward.list("").await;
    let of = |citizen: &str| {
        let alerts = list["alerts"].as_array().expect("alerts");
        alerts.iter().find(|it| it["citizen"]["id"] == citizen).expect("an alert").clone()
    };
    let (green, red) = (of("bo"), of("ane"));
    assert_eq!((&green["level"], &red["level"]), (&json!("green"), &json!("red")), "{list}");
    (green, red)
}

async fn see(client: &Client, alerts: &Value) -> Value {
    let body = json!({"alerts": alerts}).to_string();
    client.post("/api/alerts/seen", &body).await.expect(200).json()
}

fn one(alert: &Value) -> Value {
    json!({"id": alert["id"], "version": alert["version"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_calm_is_closed_and_each_result_is_told() {
    let ward = Ward::new().await;
    let (green, red) = calm_and_urgent(&ward).await;
    let nurse = ward.nurse().with("content-type", "application/json");
    let unknown = json!({"id": "019b2a3c-4d5e-7f80-9a1b-0123456789ab", "version": 1});
    let told = see(&nurse, &json!([one(&red), one(&green), unknown, one(&green)])).await;
    let results: Vec<&Value> =
        told["results"].as_array().expect("results").iter().map(|it| &it["result"]).collect();
    assert_eq!(results, ["urgent", "seen", "missing"], "each once: {told}");
    assert_eq!((&told["seen"], &told["results"][1]["state"]), (&json!(1), &json!("closed")));
    let id = green["id"].as_str().expect("an id");
    let closed = nurse.get(&format!("/api/alerts/{id}")).await.expect(200).json();
    assert_eq!(closed["closing"]["outcome"], "no-action");
    assert_eq!(closed["closing"]["note"], "Set i samlet gennemgang.");
    let left = ward.list("").await;
    assert_eq!(left["alerts"][0]["version"], red["version"], "the red one is as it was");
    assert_eq!(left["counts"]["green"], 0);
    // There is an entry of each that was closed, with its id.
    let page = newest(&ward.store.chain(), &Wanted::default(), None, 20).await.expect("entries");
    let entries: Vec<_> =
        page.entries.iter().filter(|(_, entry)| entry.operation == "seeAlerts").collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert!(entries[0].1.resources.iter().any(|it| it.id == id));
    // Again, and of a version that there never was.
    let again = see(&nurse, &json!([one(&green), {"id": red["id"], "version": 99}])).await;
    assert_eq!((&again["seen"], &again["results"][0]["result"]), (&json!(0), &json!("changed")));
    assert_eq!(again["results"][1]["result"], "changed");
    for wrong in [json!({"alerts": []}), json!({"alerts": vec![one(&red); 201]}), json!({})] {
        let refused = nurse.post("/api/alerts/seen", &wrong.to_string()).await;
        assert!(refused.status.is_client_error(), "{wrong}: {}", refused.status);
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_is_at_is_left() {
    let ward = Ward::new().await;
    let (green, _) = calm_and_urgent(&ward).await;
    let id = green["id"].as_str().expect("an id");
    let version =
        green["version"].as_u64().and_then(|it| u32::try_from(it).ok()).expect("a number");
    let (nurse, lead) = (ward.nurse().with("content-type", "application/json"), ward.lead());
    ward.act(&lead, id, "claim", version, &json!({})).await.expect(200);
    assert_eq!(see(&nurse, &json!([one(&green)])).await["results"][0]["result"], "changed");
    let known = json!([{"id": id, "version": version + 1}]);
    assert_eq!(see(&nurse, &known).await["results"][0]["result"], "held");
    ward.act(&lead, id, "remeasure", version + 1, &json!({})).await.expect(200);
    let known = json!([{"id": id, "version": version + 2}]);
    assert_eq!(see(&nurse, &known).await["results"][0]["result"], "put-aside");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_plain_form_with_the_way_back() {
    let ward = Ward::new().await;
    let (green, red) = calm_and_urgent(&ward).await;
    let nurse = ward.nurse();
    let form = async |path: &str, fields: String| {
        let nurse = nurse.with("content-type", "application/x-www-form-urlencoded");
        nurse.send(Method::POST, path, Body::from(fields)).await.expect(303)
    };
    let value =
        |alert: &Value| format!("{}.{}", alert["id"].as_str().expect("an id"), alert["version"]);
    let list = nurse.get("/").await.expect(200).text;
    assert!(list.contains(&format!("value=\"{}\"", value(&green))), "it can be ticked: {list}");
    assert!(!list.contains(&format!("value=\"{}\"", value(&red))), "a red one cannot");
    assert!(!list.contains(" checked"));
    assert!(nurse.get("/?ticked=1").await.expect(200).text.contains(" checked"));
    let fields = format!("back=%2F%3Foverdue%3D&alert={}&alert={}", value(&red), value(&green));
    let next = form("/alerts/seen", fields).await.header("location").to_owned();
    assert!(next.starts_with("/?overdue=&done=seen&ids="), "{next}");
    let page = nurse.get(&next).await.expect(200).text;
    for told in ["1 alarm er lukket som set.", "Disse er stadig åbne:", "niveauet er nu Rød"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let undo = page.split("action=\"/alerts/unseen\"").nth(1).expect("a way back");
    let ticked = undo.split("name=\"alert\" value=\"").nth(1).expect("an alert");
    let ticked = ticked.split('"').next().expect("its version");
    let next =
        form("/alerts/unseen", format!("alert={ticked}")).await.header("location").to_owned();
    let page = nurse.get(&next).await.expect(200).text;
    assert!(page.contains("1 alarm er åbnet igen."), "{page}");
    assert_eq!(ward.list("").await["counts"]["green"], 1);
    ward.world.end().await;
}
