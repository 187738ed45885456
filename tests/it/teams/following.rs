//! Event streams tell of alerts of the own teams' citizens only.

use pulsvagt::access::{LOCAL_ISSUER, Role};
use pulsvagt::clock::Micros;
use pulsvagt::ids::TeamNo;
use serde_json::json;

use super::{Teams, lead};
use crate::worklist::Following;
use crate::world::NOW;

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

#[tokio::test(flavor = "multi_thread")]
async fn who_may_hear_is_who_may_see() {
    let teams = Teams::new().await;
    let store = &teams.ward.store;
    let team = async |code: &str| store.team(code).await.expect("an answer").expect("a team");
    let (nord, syd) = (team("nord").await, team("syd").await);
    let mut tx = store.begin().await.expect("a transaction");
    for (issuer, subject, team) in [
        ("local", "one", nord),
        ("local", "both", nord),
        ("local", "both", syd),
        ("far", "one", syd),
    ] {
        store.join_team_in(&mut tx, team, (issuer, subject), "test", NOW).await.expect("joined");
    }
    tx.commit_unrecorded("a test").await.expect("committed");
    let signe = teams.world().named(Role::Nurse, None, "signe");
    let signe = signe.with("content-type", "application/json");
    let body = json!({"reason": "ringede efter hjælp fra gulvet", "minutes": 30}).to_string();
    signe.post("/api/citizens/ane/break-glass", &body).await.expect(201);
    let (citizen, _) = store.citizen("ane").expect("a citizen");

    let mut seen = 0;
    for at in [NOW, Micros(NOW.0 + 2 * 3_600_000_000)] {
        let sights = store.sights(at).await.expect("sights");
        for issuer in ["local", "far", LOCAL_ISSUER] {
            for subject in ["one", "both", "signe", "nobody"] {
                for named in [None, Some("nord"), Some("none"), Some("syd")] {
                    let named = named.map(|code| vec![code.to_owned()]);
                    let asked = store.sight_of(issuer, subject, named.as_deref(), at).await;
                    let asked = asked.expect("a sight");
                    let told = sights.of(issuer, subject, named.as_deref());
                    let what = format!("{issuer} {subject} {named:?}");
                    for team in [TeamNo::DEFAULT, nord, syd] {
                        assert_eq!(told.includes(team), asked.includes(team), "{what}");
                    }
                    assert_eq!(told.accesses(), asked.accesses(), "{what}");
                    seen += usize::from(told.has(citizen, TeamNo::DEFAULT) && named.is_some());
                }
            }
        }
    }
    assert!(seen >= 3, "her access lets her, whatever the team, and it ends: {seen}");
    teams.end().await;
}
