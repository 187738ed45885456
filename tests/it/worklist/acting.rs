//! Two nurses and one alert.

use serde_json::json;

use super::{HOUR, MINUTE, Ward, code, glucose, ids, weight};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nurses_one_has_it_and_the_other_is_told_who() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let (nurse, lead) = (ward.nurse(), ward.lead());
    let nothing = json!({});
    let (one, other) = tokio::join!(
        ward.act(&nurse, &id, "claim", 1, &nothing),
        ward.act(&lead, &id, "claim", 1, &nothing),
    );
    let (winner, loser) = if one.status.is_success() { (&one, &other) } else { (&other, &one) };
    assert_eq!(winner.status.as_u16(), 200, "{}", winner.text);
    assert_eq!(winner.header("etag"), "\"2\"");
    assert_eq!(winner.json()["state"], "claimed");
    assert_eq!(winner.json()["holder"]["you"], true);
    assert_eq!((loser.status.as_u16(), code(loser)), (409, "conflict".to_owned()));
    assert_eq!(loser.json()["by"]["id"], winner.json()["holder"]["id"]);
    assert_eq!(loser.json()["version"], 2);

    // Whoever has read it again still cannot take it away.
    let loser = if one.status.is_success() { &lead } else { &nurse };
    let answer = ward.act(loser, &id, "claim", 2, &json!({})).await;
    assert_eq!((answer.status.as_u16(), code(&answer)), (409, "conflict".to_owned()));
    assert!(answer.json()["until"].is_string(), "{}", answer.text);
    let seen = loser.get(&format!("/api/alerts/{id}")).await.expect(200).json();
    assert_eq!(seen["holder"]["you"], false);
    assert_eq!(seen["legal"], json!(["note"]));

    // Until the claim runs out.
    ward.world.clock.advance(31 * MINUTE);
    ward.act(loser, &id, "claim", 2, &json!({})).await.expect(200);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_needed_and_a_body_is_checked() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let path = format!("/api/alerts/{id}/claim");
    let nurse = ward.nurse();
    let answer = nurse.post(&path, "{}").await.expect(428);
    assert_eq!(code(&answer), "version-required");
    let answer = nurse.with("if-match", "*").post(&path, "{}").await.expect(400);
    assert_eq!(code(&answer), "bad-header");
    let answer = nurse.with("if-match", "\"1\"").post(&path, r#"{"version":2}"#).await.expect(422);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/version");
    for body in ["", "[]", r#"{"versoin":1}"#, r#"{"version":"1"}"#] {
        nurse.post(&path, body).await.expect(400);
    }
    ward.act(&nurse, &id, "claim", 9, &json!({})).await.expect(409);
    nurse.post(&path, r#"{"version":1}"#).await.expect(200);
    for missing in ["00000000-0000-7000-8000-000000000000", "nonsense"] {
        ward.act(&nurse, missing, "claim", 1, &json!({})).await.expect(404);
    }
    let answer = ward.act(&nurse, &id, "close", 2, &json!({"outcome": "advice"})).await.expect(400);
    assert_eq!(code(&answer), "bad-body");
    let empty = json!({"outcome": "advice", "note": "  "});
    let answer = ward.act(&nurse, &id, "close", 2, &empty).await.expect(422);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/note");
    let past = json!({"until": "2020-01-01T00:00:00Z", "reason": "ferie"});
    let answer = ward.act(&nurse, &id, "snooze", 2, &past).await.expect(422);
    assert_eq!(code(&answer), "illegal-step", "red is never put off: {}", answer.text);
    let never = json!({"at": "soon"});
    let answer = ward.act(&nurse, &id, "call-back", 2, &never).await.expect(400);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/at");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_there_is_not_is_refused_with_those_that_there_are() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let nurse = ward.nurse();
    let close = json!({"outcome": "advice", "note": "drikker for meget"});
    let answer = ward.act(&nurse, &id, "close", 1, &close).await.expect(422);
    assert_eq!(code(&answer), "illegal-step");
    assert_eq!(answer.json()["legal"], json!(["claim", "note"]));
    ward.act(&nurse, &id, "claim", 1, &json!({})).await.expect(200);
    ward.act(&nurse, &id, "note", 2, &json!({"text": "ringer kl. 10"})).await.expect(200);
    let escalated = ward.act(&nurse, &id, "escalate", 3, &json!({"to": "gp"})).await.expect(200);
    assert_eq!(escalated.json()["parked"]["to"], "gp");
    let closed = ward.act(&nurse, &id, "close", 4, &close).await.expect(200).json();
    assert_eq!(closed["closing"]["outcome"], "advice");
    assert_eq!(closed["legal"], json!(["reopen"]));
    assert_eq!(ids(&ward.list("").await), [""; 0]);
    let answer = ward.act(&nurse, &id, "claim", 5, &json!({})).await.expect(422);
    assert_eq!(answer.json()["legal"], json!(["reopen"]));

    let again = ward.act(&ward.lead(), &id, "reopen", 5, &json!({})).await.expect(200).json();
    assert_ne!(again["id"], id.as_str());
    assert_eq!(again["reopenedFrom"], id.as_str());
    let answer = ward.act(&nurse, &id, "reopen", 5, &json!({})).await.expect(409);
    assert_eq!(answer.json()["alert"], again["id"]);
    let history = nurse.get(&format!("/api/alerts/{id}")).await.expect(200).json();
    let verbs: Vec<&str> = history["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| event["verb"].as_str().expect("a verb"))
        .collect();
    assert_eq!(verbs, ["raise", "claim", "note", "escalate", "close"]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_tells_what_it_rests_on_and_what_was_kept_out() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let nurse = ward.nurse();
    ward.act(&nurse, &id, "claim", 1, &json!({})).await.expect(200);
    let close = json!({"outcome": "advice", "note": "ny vægt kommer"});
    ward.act(&nurse, &id, "close", 2, &close).await.expect(200);
    ward.world.clock.advance(HOUR);
    ward.take_in(&[weight("ane", "2026-01-01T01:30:00+01:00", "104.4")]).await;
    let alert = nurse.get(&format!("/api/alerts/{id}")).await.expect(200).json();
    insta::assert_json_snapshot!("alert", alert, {
        ".id" => "[id]",
        ".suppressions[].alert" => "[id]",
        ".suppressions[].id" => "[number]",
        ".**.pack" => "[hash]",
        ".**.digest" => "[digest]",
    });
    let kept = nurse.get("/api/suppressions?citizen=ane").await.expect(200).json();
    assert_eq!(kept["suppressions"][0]["alert"], id.as_str());
    assert_eq!(kept["suppressions"][0]["reason"], "quiet-after-closing");
    let none = nurse.get("/api/suppressions?reason=snoozed").await.expect(200).json();
    assert_eq!(none["suppressions"], json!([]));
    for wrong in ["reason=lazy", "limit=0", "since=yesterday", "unknown=1"] {
        nurse.get(&format!("/api/suppressions?{wrong}")).await.expect(400);
    }
    nurse.get("/api/suppressions?citizen=nobody").await.expect(404);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_evidence_of_the_same_is_no_conflict() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    ward.world.clock.advance(HOUR);
    ward.take_in(&[weight("ane", "2026-01-01T01:30:00+01:00", "104.5")]).await;
    ward.take_in(&[glucose("bo", "2026-01-01T01:30:00+01:00", "2.5")]).await;
    let answer = ward.act(&ward.nurse(), &id, "claim", 1, &json!({})).await.expect(200);
    assert_eq!(answer.json()["version"], 3);
    assert_eq!(answer.json()["value"]["value"], 104.5);
    ward.world.end().await;
}
