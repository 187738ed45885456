//! Teams themselves: who sees, makes and fills them.

use pulsvagt::access::{LOCAL_ISSUER, Role};
use pulsvagt::audit::{Block, Entry};
use serde_json::json;

use super::{Teams, lead};
use crate::world::NOW;

#[tokio::test(flavor = "multi_thread")]
async fn teams_are_listed_made_and_filled() {
    let teams = Teams::new().await;
    let listed = teams.nurse("syd").get("/api/teams").await.expect(200).json();
    let team = |code: &str| {
        let found = listed.as_array().expect("teams").iter().find(|team| team["code"] == code);
        found.expect("a team").clone()
    };
    assert_eq!(listed.as_array().map(Vec::len), Some(3), "{listed}");
    assert_eq!(
        (team("syd")["mine"].as_bool(), team("nord")["mine"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(team("syd")["citizens"], 1);
    assert_eq!(team("syd")["district"], "syd");
    let body = json!({"name": "Team Øst"}).to_string();
    teams.nurse("syd").put("/api/teams/east", &body).await.expect(403);
    let boss = lead(teams.world());
    boss.put("/api/teams/East", &body).await.expect(404);
    boss.put("/api/teams/east", &json!({"name": " "}).to_string()).await.expect(422);
    boss.put("/api/teams/east", &body).await.expect(200);
    let none = json!({"team": "none"}).to_string();
    boss.put("/api/citizens/ane/team", &none).await.expect(422);
    boss.put("/api/citizens/nobody/team", &none).await.expect(404);
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_counts_where_the_token_names_no_team() {
    let teams = Teams::new().await;
    let nurse = teams.world().named(Role::Nurse, None, "signe");
    nurse.get("Patient/ane").await.expect(404);
    let store = &teams.ward.store;
    let (nord, syd) =
        (store.team("nord").await.expect("a team"), store.team("syd").await.expect("one"));
    let who = (LOCAL_ISSUER, "signe");
    for (issuer, team, of_nord) in
        [("another", nord, 404), (LOCAL_ISSUER, nord, 200), (LOCAL_ISSUER, syd, 200)]
    {
        let mut tx = store.begin().await.expect("a transaction");
        let team = team.expect("a team");
        store.join_team_in(&mut tx, team, (issuer, "signe"), "test", NOW).await.expect("joined");
        let entry = Entry::of_system("test", "join-team", NOW);
        tx.commit(&Block::of(entry)).await.expect("committed");
        nurse.get("Patient/ane").await.expect(of_nord);
    }
    nurse.get("Patient/bo").await.expect(200);
    let mut tx = store.begin().await.expect("a transaction");
    assert!(store.leave_team_in(&mut tx, nord.expect("a team"), who).await.expect("left"));
    tx.commit(&Block::of(Entry::of_system("test", "leave-team", NOW))).await.expect("committed");
    nurse.get("Patient/ane").await.expect(404);
    nurse.get("Patient/bo").await.expect(200);
    teams.end().await;
}
