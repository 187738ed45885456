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

#[tokio::test(flavor = "multi_thread")]
async fn leaders_and_administrators_say_who_works_where() {
    let teams = Teams::new().await;
    let nurse = teams.world().named(Role::Nurse, None, "signe");
    nurse.get("Patient/ane").await.expect(404);
    let admin = teams.world().admin("0330").with("content-type", "application/json");
    let place = "/api/teams/nord/members";
    let body = json!({"subject": "signe"}).to_string();
    for client in [teams.nurse("nord"), teams.world().citizen("ane"), teams.world().gateway()] {
        client.with("content-type", "application/json").post(place, &body).await.expect(403);
        client.get(place).await.expect(403);
    }
    // The caller's own issuer, where none is named.
    let listed = admin.post(place, &body).await.expect(200).json();
    assert_eq!(listed[0]["issuer"], LOCAL_ISSUER);
    assert_eq!(
        (&listed[0]["subject"], &listed[0]["setBy"]),
        (&json!("signe"), &json!("test-admin"))
    );
    assert_eq!(admin.post(place, &body).await.expect(200).json(), listed, "she is one already");
    nurse.get("Patient/ane").await.expect(200);
    nurse.get("Patient/bo").await.expect(404);
    let boss = lead(teams.world());
    assert_eq!(boss.get(place).await.expect(200).json(), listed);
    assert_eq!(boss.get("/api/teams/syd/members").await.expect(200).json(), json!([]));
    for path in ["/api/teams/none/members", "/api/teams/0101501234/members"] {
        boss.get(path).await.expect(404);
        boss.post(path, &body).await.expect(404);
    }
    for (subject, code) in [
        ("", "unacceptable"),
        (" signe", "unacceptable"),
        ("a\nb", "unacceptable"),
        ("0101501234", "personal-number-misplaced"),
    ] {
        let refused = boss.post(place, &json!({"subject": subject}).to_string()).await.expect(422);
        assert_eq!(refused.json()["errors"][0]["code"], code, "{}", refused.text);
    }
    let id = listed[0]["id"].as_str().expect("an id");
    boss.delete(&format!("/api/teams/syd/members/{id}")).await.expect(404);
    boss.delete(&format!("{place}/signe")).await.expect(404);
    assert_eq!(boss.delete(&format!("{place}/{id}")).await.expect(200).json(), json!([]));
    boss.delete(&format!("{place}/{id}")).await.expect(404);
    nurse.get("Patient/ane").await.expect(404);
    teams.end().await;
}
