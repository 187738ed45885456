//! Break-glass: one citizen, for some minutes, and everybody concerned can see it.

use pulsvagt::access::Role;
use serde_json::json;

use super::{Teams, lead};

const REASON: &str = "found unconscious at home, on call";

#[tokio::test(flavor = "multi_thread")]
async fn an_access_opens_one_citizen_for_a_while_and_is_seen() {
    let teams = Teams::new().await;
    let syd = teams.nurse("syd");
    let body = json!({"reason": REASON, "minutes": 30}).to_string();
    syd.post("/api/citizens/nobody/break-glass", &body).await.expect(404);
    let opened = syd.post("/api/citizens/ane/break-glass", &body).await.expect(201).json();
    let id = opened["id"].as_str().expect("an id").to_owned();
    for path in &teams.of_ane {
        syd.get(path).await.expect(200);
    }
    teams.ward.act(&syd, &teams.alert_of_ane, "claim", 1, &json!({})).await.expect(200);
    let list = syd.get("/api/worklist").await.expect(200).json();
    assert_eq!(list["alerts"].as_array().map(Vec::len), Some(2));
    // Nobody else's access, and nobody else's citizen.
    teams.world().nurse_of("west").get("Patient/ane").await.expect(404);
    // Leaders see it.
    let shown = lead(teams.world()).get("/api/break-glass").await.expect(200).json();
    let shown = &shown["entries"][0];
    assert_eq!((shown["id"].as_str(), shown["citizen"].as_str()), (Some(&*id), Some("ane")));
    assert_eq!((shown["reason"].as_str(), shown["open"].as_bool()), (Some(REASON), Some(true)));
    assert_eq!(shown["by"], "nurse-syd");
    syd.get("/api/break-glass").await.expect(403);
    // Every entry of the access names it, with the reason's code.
    let events = lead(teams.world()).get("AuditEvent?patient=ane&_count=200").await.expect(200);
    let events = events.json();
    let of_access: Vec<_> = events["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| &entry["resource"])
        .filter(|event| event.to_string().contains(&id))
        .collect();
    assert!(of_access.len() > teams.of_ane.len(), "{}", of_access.len());
    let coded = |code: &str| {
        of_access
            .iter()
            .filter(|event| event["purposeOfEvent"][0]["coding"][0]["code"] == code)
            .count()
    };
    assert!(coded("BTG") >= teams.of_ane.len());
    assert!(!events.to_string().contains(REASON), "the reason is for leaders");
    // And so does the citizen.
    let log = teams.world().citizen("ane").get("/api/me/access-log?limit=200").await.expect(200);
    let log = log.json();
    let entries = log["entries"].as_array().expect("entries");
    let beyond: Vec<_> = entries.iter().filter(|entry| entry["breakGlass"] == true).collect();
    assert!(beyond.len() > teams.of_ane.len(), "{log}");
    assert!(
        beyond.iter().any(|entry| entry["what"] == "Åbnede for dine data uden for sit eget team")
    );
    // It ends by itself.
    teams.world().clock.advance(30 * 60 * 1_000_000);
    for path in &teams.of_ane {
        teams.nurse("syd").get(path).await.expect(404);
    }
    let shown = lead(teams.world()).get("/api/break-glass").await.expect(200).json();
    assert_eq!(shown["entries"][0]["open"], false);
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_needs_a_reason_and_ends_within_an_hour() {
    let teams = Teams::new().await;
    let syd = teams.nurse("syd");
    for (body, code) in [
        (json!({"reason": "short", "minutes": 30}), "unacceptable"),
        (json!({"reason": REASON, "minutes": 0}), "unacceptable"),
        (json!({"reason": REASON, "minutes": 61}), "unacceptable"),
        (
            json!({"reason": format!("{REASON} 0101501234"), "minutes": 5}),
            "personal-number-misplaced",
        ),
    ] {
        let answer = syd.post("/api/citizens/ane/break-glass", &body.to_string()).await.expect(422);
        assert_eq!(answer.json()["errors"][0]["code"], code, "{}", answer.text);
    }
    let body = json!({"reason": REASON, "minutes": 60}).to_string();
    for role in [Role::Lead, Role::Admin, Role::Gateway, Role::Analyst, Role::Operator] {
        let client =
            teams.world().client("0330", role, None).with("content-type", "application/json");
        client.post("/api/citizens/ane/break-glass", &body).await.expect(403);
    }
    teams
        .ward
        .store
        .restrict(
            teams.ward.store.citizen_no("ane").await.expect("an answer").expect("a citizen"),
            "objection",
            "test",
            crate::world::NOW,
        )
        .await
        .expect("restricted");
    // What must not be processed stays closed.
    syd.post("/api/citizens/ane/break-glass", &body).await.expect(403);
    let pages = lead(teams.world()).get("/api/break-glass?limit=1").await.expect(200).json();
    assert_eq!(pages["entries"].as_array().map(Vec::len), Some(0));
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opened_it_and_leaders_end_an_access_early() {
    let teams = Teams::new().await;
    let (syd, boss) = (teams.nurse("syd"), lead(teams.world()));
    let body = json!({"reason": REASON, "minutes": 60}).to_string();
    let open = async || {
        let opened = syd.post("/api/citizens/ane/break-glass", &body).await.expect(201);
        syd.get("Patient/ane").await.expect(200);
        format!("/api/break-glass/{}/end", opened.id())
    };
    let first = open().await;
    // Another nurse is not told that there is one; who may not open one may not end one either.
    teams.nurse("nord").post(&first, "").await.expect(404);
    syd.post("/api/break-glass/none/end", "").await.expect(404);
    for role in [Role::Admin, Role::Analyst, Role::Gateway, Role::Operator] {
        teams.world().client("0330", role, None).post(&first, "").await.expect(403);
    }
    syd.get("Patient/ane").await.expect(200);
    let ended = syd.post(&first, "").await.expect(200).json();
    assert_eq!(
        (ended["open"].as_bool(), ended["endedBy"].as_str()),
        (Some(false), Some("nurse-syd"))
    );
    for path in &teams.of_ane {
        syd.get(path).await.expect(404);
    }
    // A second time says the same; another access is another one, and a leader ends it.
    teams.world().clock.advance(1_000_000);
    assert_eq!(syd.post(&first, "").await.expect(200).json(), ended);
    let second = open().await;
    let ended = boss.post(&second, "").await.expect(200).json();
    assert_eq!(ended["endedBy"], "test-lead");
    syd.get("Patient/ane").await.expect(404);
    let shown = boss.get("/api/break-glass").await.expect(200).json();
    assert_eq!(shown["entries"].as_array().map(Vec::len), Some(2));
    assert!(shown["entries"].as_array().expect("two").iter().all(|one| one["open"] == false));
    // One that is over by itself is not ended by anybody.
    let third = open().await;
    teams.world().clock.advance(61 * 60 * 1_000_000);
    let over = teams.nurse("syd").post(&third, "").await.expect(200).json();
    assert!(over["ended"].is_null() && over["open"] == false, "{over}");
    let log = teams.world().citizen("ane").get("/api/me/access-log?limit=200").await.expect(200);
    assert!(log.text.contains("Lukkede igen for dine data"), "{}", log.text);
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_open_and_end_an_access_and_leaders_see_it() {
    let teams = Teams::new().await;
    let typed = |client: crate::world::Client| {
        client.with("content-type", "application/x-www-form-urlencoded")
    };
    let syd = typed(teams.nurse("syd"));
    let search = syd.get("/search").await.expect(200);
    assert!(search.text.contains("href=\"/break-glass\""), "{}", search.text);
    syd.get("/citizens/ane").await.expect(404);
    let form = |cpr: &str, reason: &str| {
        format!("cpr={cpr}&minutes=30&reason={}", reason.replace(' ', "+"))
    };
    for (cpr, reason, wrong) in [
        ("123", REASON, "ti tegn"),
        ("0909909999", REASON, "ingen borger"),
        ("010150-1234", "short", "10 til 500"),
        ("010150-1234", "as for 0101501234 before", "10 til 500"),
    ] {
        let told = syd.post("/break-glass", &form(cpr, reason)).await.expect(422).text;
        assert!(told.contains("role=\"alert\"") && told.contains(wrong), "{told}");
        assert!(told.contains(&format!("value=\"{cpr}\"")), "what was typed stays: {told}");
    }
    let opened = syd.post("/break-glass", &form("010150-1234", REASON)).await.expect(303);
    assert_eq!(opened.header("location"), "/citizens/ane");
    syd.get("/citizens/ane").await.expect(200);
    let own = syd.get("/break-glass").await.expect(200).text;
    let (_, rest) = own.split_once("action=\"/break-glass/").expect("a way to end it");
    let (id, _) = rest.split_once("/end\"").expect("an id");

    let leader = typed(lead(teams.world()));
    let list = leader.get("/admin/break-glass").await.expect(200).text;
    for part in [REASON, "nurse-syd", "/citizens/ane", id] {
        assert!(list.contains(part), "{part}: {list}");
    }
    leader.get("/break-glass").await.expect(403);
    syd.get("/admin/break-glass").await.expect(403);
    let west = typed(teams.world().nurse_of("west"));
    west.post(&format!("/break-glass/{id}/end"), "").await.expect(404);
    let ended = syd.post(&format!("/break-glass/{id}/end"), "back=/break-glass").await.expect(303);
    assert_eq!(ended.header("location"), "/break-glass");
    syd.get("/citizens/ane").await.expect(404);
    let own = syd.get("/break-glass").await.expect(200).text;
    assert!(!own.contains("/end\""), "{own}");
    teams.end().await;
}
