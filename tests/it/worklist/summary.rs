//! One citizen's summary.

use pulsvagt::access::Role;
use serde_json::json;

use super::{HOUR, Ward, weight};

const PATH: &str = "/api/citizens/ane/summary";

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_has_limits_by_day_and_says_what_cannot_be_told() {
    let ward = Ward::new().await;
    ward.heavy_ane().await;
    ward.world.clock.advance(49 * HOUR);
    ward.take_in(&[weight("ane", "2026-01-03T01:30:00+01:00", "104.4")]).await;
    let summary = ward.nurse().get(&format!("{PATH}?days=7")).await.expect(200).json();
    insta::assert_json_snapshot!("summary", summary, {
        ".alerts[].id" => "[id]",
        ".**.pack" => "[hash]",
        ".**.digest" => "[digest]",
    });
    let verdicts = summary["verdicts"].as_array().expect("verdicts");
    let low = verdicts.iter().find(|verdict| verdict["rule"] == "LOW").expect("a verdict");
    assert_eq!(low["outcome"], "not-evaluable", "absent data are never clear");
    assert_eq!(low["evidence"]["missing"][0]["code"], "glucose_last");
    for wrong in ["days=0", "days=367", "dags=1"] {
        ward.nurse().get(&format!("{PATH}?{wrong}")).await.expect(400);
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizens_app_is_told_its_own_days_and_no_alerts() {
    let ward = Ward::new().await;
    ward.heavy_ane().await;
    let own = ward.world.citizen("ane").get(PATH).await.expect(200).json();
    assert_eq!(own["series"][0]["days"][0]["value"], 104.2);
    assert!(own["coverage"]["text"].as_str().expect("text").contains("112"));
    for hidden in ["alerts", "closed", "verdicts", "scores", "screenedAt", "deterioration"] {
        assert!(own.get(hidden).is_none(), "{hidden}");
    }
    let bo = ward.world.citizen("bo");
    let foreign = bo.get(PATH).await.expect(404);
    let nobody = bo.get("/api/citizens/nobody/summary").await.expect(404);
    assert_eq!(foreign.json()["code"], nobody.json()["code"]);
    for role in [Role::Gateway, Role::Analyst, Role::Admin, Role::Operator] {
        ward.world.client("0330", role, None).get(PATH).await.expect(403);
    }
    ward.world.client("0306", Role::Nurse, None).get(PATH).await.expect(404);
    let never = ward.nurse().get("/api/citizens/bo/summary").await.expect(200).json();
    assert!(never.get("screenedAt").is_none());
    assert_eq!((&never["alerts"], &never["verdicts"]), (&json!([]), &json!([])));
    ward.world.end().await;
}
