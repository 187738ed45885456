//! The municipality's policy over HTTP.

use pulsvagt::access::Role;
use serde_json::json;

use super::{Ward, code};

const PATH: &str = "/api/triage/policy";

#[tokio::test(flavor = "multi_thread")]
async fn leads_decide_with_a_version_and_within_what_is_safe() {
    let ward = Ward::new().await;
    let (nurse, lead) = (ward.nurse(), ward.lead());
    let first = nurse.get(PATH).await.expect(200);
    assert_eq!(first.header("etag"), "\"0\"");
    assert_eq!(first.json()["policy"]["redMinutes"], 120);
    assert_eq!(
        first.json()["coverage"]["text"],
        "Nogen ser på listen mandag–fredag kl. 08:00–16:00, ikke på helligdage. Uden for de tider \
         holder ingen øje; ring 112 ved akut sygdom."
    );
    let zero = lead.with("if-match", "\"0\"");
    let policy = json!({"redMinutes": 60, "staffed":
        [{"days": ["monday", "wednesday"], "from": "09:00", "to": "12:30"}]});
    nurse.with("if-match", "\"0\"").put(PATH, &policy.to_string()).await.expect(403);
    lead.put(PATH, &policy.to_string()).await.expect(428);
    for (body, pointer) in [
        (json!({"redMinutes": 0}), "/redMinutes"),
        (json!({"quietHours": {"red": 25, "yellow": 1, "blue": 1}}), "/quietHours/red"),
        (json!({"staffed": []}), "/staffed"),
        (json!({"staffed": [{"days": ["monday"], "from": "12:00", "to": "09:00"}]}), "/staffed/0"),
    ] {
        let answer = zero.put(PATH, &body.to_string()).await.expect(422);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{}", answer.text);
    }
    for body in ["{\"redMinuts\": 1}", "{\"zone\": \"Mars/Olympus\"}", "{\"redMinutes\": -1}"] {
        let answer = zero.put(PATH, body).await.expect(400);
        assert_eq!(code(&answer), "bad-body");
        assert!(!answer.text.contains("Olympus"), "values are not repeated: {}", answer.text);
    }
    let set = zero.put(PATH, &policy.to_string()).await.expect(200);
    assert_eq!(set.header("etag"), "\"1\"");
    assert_eq!(set.json()["setBy"], "test-lead");
    let english = nurse.with("accept-language", "en").get(PATH).await.expect(200).json();
    let text = english["coverage"]["text"].as_str().expect("text");
    assert!(text.contains("Monday, Wednesday 09:00–12:30"), "{text}");
    let answer = zero.put(PATH, &policy.to_string()).await.expect(412);
    assert_eq!(code(&answer), "version-conflict");
    ward.world.client("0330", Role::Admin, None).get(PATH).await.expect(200);
    ward.world.gateway().get(PATH).await.expect(403);
    ward.world.end().await;
}
