//! Event streams tell of alerts of the own teams' citizens only.

use serde_json::json;

use super::{Teams, lead};
use crate::worklist::Following;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_of_the_own_team() {
    let teams = Teams::new().await;
    let token = |team: &str| teams.world().token_of_team(team);
    let mut syd = Following::with(&teams.ward, &token("syd"), None).await;
    let mut nord = Following::with(&teams.ward, &token("nord"), None).await;
    for stream in [&mut syd, &mut nord] {
        assert_eq!(stream.next().await.expect("an event").0, "ready");
    }
    let boss = lead(teams.world());
    teams.ward.act(&boss, &teams.alert_of_ane, "claim", 1, &json!({})).await.expect(200);
    let list = teams.nurse("syd").get("/api/worklist").await.expect(200).json();
    let bos = list["alerts"][0]["id"].as_str().expect("an id").to_owned();
    teams.ward.act(&boss, &bos, "claim", 1, &json!({})).await.expect(200);
    let (kind, data) = syd.next().await.expect("an event");
    assert_eq!((kind.as_str(), data.contains(&bos)), ("alert", true), "{data}");
    let (kind, data) = nord.next().await.expect("an event");
    assert_eq!((kind.as_str(), data.contains(&teams.alert_of_ane)), ("alert", true), "{data}");
    // Ane comes to the other team while both watch.
    let body = json!({"team": "syd"}).to_string();
    boss.put("/api/citizens/ane/team", &body).await.expect(200);
    let (_, data) = syd.next().await.expect("an event");
    assert!(data.contains(&teams.alert_of_ane), "{data}");
    teams.end().await;
}
