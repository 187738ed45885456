//! What nurses of another team see: as much as if the citizen were not there.

use axum::http::Method;
use pulsvagt::access::Role;
use serde_json::json;

use super::{Teams, ids, lead, subjects};

/// Status and body, without the ids that were asked for and the request's own.
fn face(answer: &crate::world::Answer, asked: &[&str]) -> (u16, String) {
    let mut text = answer.text.clone();
    for id in asked {
        text = text.replace(id, "ID");
    }
    let request = answer.header("x-request-id");
    (answer.status.as_u16(), text.replace(request, "REQUEST"))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_teams_citizen_is_as_if_there_were_none() {
    let teams = Teams::new().await;
    let (nord, syd) = (teams.nurse("nord"), teams.nurse("syd"));
    let unknown_alert = "018f0000-0000-7000-8000-000000000000";
    for path in &teams.of_ane {
        nord.get(path).await.expect(200);
        lead(teams.world()).get(path).await.expect(200);
        let unknown = path
            .replace("/ane", "/nobody")
            .replace("=ane", "=nobody")
            .replace(&teams.condition_of_ane, "nothing")
            .replace(&teams.reading_of_ane, "nothing")
            .replace(&teams.alert_of_ane, unknown_alert);
        assert_ne!(*path, unknown);
        let (foreign, missing) = (syd.get(path).await, syd.get(&unknown).await);
        assert_eq!(face(&foreign, &[]), face(&missing, &[]), "{path}");
        assert_eq!(foreign.status.as_u16(), 404, "{path}");
    }
    for (method, path) in [
        (Method::POST, format!("/api/alerts/{}/claim", teams.alert_of_ane)),
        (Method::POST, format!("/api/alerts/{}/reopen", teams.alert_of_ane)),
    ] {
        let body = || json!({"version": 1}).to_string().into();
        let foreign = syd.send(method.clone(), &path, body()).await;
        let missing = path.replace(&teams.alert_of_ane, unknown_alert);
        let missing = syd.send(method, &missing, body()).await;
        assert_eq!(face(&foreign, &[]), face(&missing, &[]), "{path}");
        assert_eq!(foreign.status.as_u16(), 404, "{path}: {}", foreign.text);
    }
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_find_the_own_teams_citizens_only() {
    let teams = Teams::new().await;
    let syd = teams.nurse("syd");
    for path in [
        "Observation",
        "Observation?_sort=_lastUpdated",
        "Observation?code=http://loinc.org%7C29463-7",
        "Observation?patient=ane,bo",
        "Observation?_include=Observation:patient",
    ] {
        let answer = syd.get(path).await.expect(200);
        assert_eq!(subjects(&answer), ["Patient/bo"], "{path}");
        assert!(!answer.text.contains("\"ane\""), "{path}: {}", answer.text);
        let all = lead(teams.world()).get(path).await.expect(200);
        assert_eq!(subjects(&all), ["Patient/ane", "Patient/bo"], "{path}");
    }
    let by_id = format!("Observation?_id={}", teams.reading_of_ane);
    for path in [
        "Observation?patient=ane",
        "Observation?patient.identifier=urn:oid:1.2.208.176.1.2%7C0101501234",
        "Observation?patient=ane&_summary=count",
        "Observation/$lastn?patient=ane&code=http://loinc.org%7C29463-7",
        &by_id,
        "Condition?patient=ane",
        "Patient?identifier=urn:oid:1.2.208.176.1.2%7C0101501234",
        "Patient?given=ane",
        "Patient?_id=ane",
        "Flag?patient=ane",
        "Task?patient=ane",
    ] {
        let answer = syd.get(path).await.expect(200);
        assert_eq!(answer.json()["total"], 0, "{path}: {}", answer.text);
        assert!(!answer.text.contains("Patient/ane\""), "{path}: {}", answer.text);
        let own = teams.nurse("nord").get(path).await.expect(200);
        assert_ne!(own.json()["total"], 0, "{path}: {}", own.text);
    }
    for kind in ["Patient", "Condition", "Flag", "Task"] {
        let answer = syd.get(&format!("{kind}?_total=accurate")).await.expect(200);
        let bundle = answer.json();
        assert_eq!(bundle["total"], ids(&bundle).len(), "{kind}");
        assert!(!answer.text.contains("ane"), "{kind}: {}", answer.text);
        assert!(answer.text.contains("bo"), "{kind}: {}", answer.text);
    }
    let stats = "Observation/$stats?patient=ane&code=http://loinc.org%7C29463-7&statistic=count";
    let (foreign, missing) =
        (syd.get(stats).await.expect(200), syd.get(&stats.replace("ane", "nobody")).await);
    assert_eq!(face(&foreign, &["ane"]), face(&missing.expect(200), &["nobody"]));
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_the_leaders_search_shows_a_nurse_the_own_team_only() {
    let teams = Teams::new().await;
    for kind in ["Observation", "Condition"] {
        let page = lead(teams.world()).get(&format!("{kind}?_count=1")).await.expect(200).json();
        let next = page["link"].as_array().expect("links").iter();
        let next =
            next.filter(|link| link["relation"] == "next").find_map(|link| link["url"].as_str());
        let next = next.expect("a next page").to_owned();
        let mut found = lead(teams.world()).get(&next).await.expect(200).text;
        found.push_str(&page.to_string());
        assert!(found.contains("Patient/ane") && found.contains("Patient/bo"));
        let seen = teams.nurse("syd").get(&next).await.expect(200);
        assert!(!seen.text.contains("Patient/ane"), "{kind}: {}", seen.text);
    }
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worklist_is_the_own_teams() {
    let teams = Teams::new().await;
    let citizens = async |client: &crate::world::Client, query: &str| {
        let list = client.get(&format!("/api/worklist{query}")).await.expect(200).json();
        let alerts = list["alerts"].as_array().expect("alerts");
        let mut ids: Vec<String> = alerts
            .iter()
            .map(|alert| alert["citizen"]["id"].as_str().expect("an id").to_owned())
            .collect();
        ids.sort();
        (ids, list["counts"]["red"].as_u64().expect("a number"))
    };
    let all = ["ane".to_owned(), "bo".to_owned()];
    let boss = lead(teams.world());
    assert_eq!(citizens(&boss, "").await, (all.to_vec(), 2));
    assert_eq!(citizens(&teams.nurse("syd"), "").await, (vec!["bo".to_owned()], 1));
    assert_eq!(citizens(&teams.nurse("nord"), "").await, (vec!["ane".to_owned()], 1));
    assert_eq!(citizens(&boss, "?team=nord").await, (vec!["ane".to_owned()], 1));
    assert_eq!(citizens(&teams.nurse("syd"), "?team=syd").await, (vec!["bo".to_owned()], 1));
    // A team of others is as unknown as one that is not there.
    let foreign = teams.nurse("syd").get("/api/worklist?team=nord").await.expect(400);
    let missing = teams.nurse("syd").get("/api/worklist?team=none").await.expect(400);
    assert_eq!(face(&foreign, &[]), face(&missing, &[]));
    // Somebody whose token names no team is in the default one, which looks after nobody here; and
    // a team that is not there does not come to mean that one.
    assert_eq!(citizens(&teams.ward.nurse(), "").await, (vec![], 0));
    let body = json!({"team": "default"}).to_string();
    boss.put("/api/citizens/bo/team", &body).await.expect(200);
    assert_eq!(citizens(&teams.ward.nurse(), "").await, (vec!["bo".to_owned()], 1));
    assert_eq!(citizens(&teams.nurse("west"), "").await, (vec![], 0));
    assert_eq!(citizens(&teams.nurse("syd"), "").await, (vec![], 0));
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_shows_no_more() {
    let teams = Teams::new().await;
    let urls = ["Patient/ane", "Observation?patient=ane", "Patient/bo"];
    let entries: Vec<_> =
        urls.iter().map(|url| json!({"request": {"method": "GET", "url": url}})).collect();
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": entries});
    let answer = teams.fhir("syd").post("/fhir", &batch.to_string()).await.expect(200).json();
    let status = |at: usize| answer["entry"][at]["response"]["status"].as_str().map(str::to_owned);
    assert!(status(0).is_some_and(|status| status.starts_with("404")), "{answer}");
    assert_eq!(answer["entry"][1]["resource"]["total"], 0, "{answer}");
    assert!(status(2).is_some_and(|status| status.starts_with("200")), "{answer}");
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_business_with_citizens_is_told_nothing_of_any() {
    let teams = Teams::new().await;
    for role in [Role::Analyst, Role::Operator, Role::Admin] {
        let client = teams.world().client("0330", role, None);
        for path in teams.of_ane.iter().map(String::as_str).chain([
            "/api/worklist",
            "/api/events",
            "/api/break-glass",
            "/api/me/access-log",
            "Observation",
            "Observation/$lastn?patient=ane&category=vital-signs",
            "Observation/$stats?patient=ane&code=29463-7&statistic=count",
            "Patient",
            "Consent",
        ]) {
            let answer = client.get(path).await;
            let known = role == Role::Admin && path.contains("Patient");
            let expected = if known { 200 } else { 403 };
            assert_eq!(answer.status.as_u16(), expected, "{role} {path}: {}", answer.text);
            assert!(known || !answer.text.contains("Test"), "{role} {path}: {}", answer.text);
        }
    }
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worklist_of_one_team_or_district() {
    let teams = Teams::new().await;
    let boss = lead(teams.world());
    let of = |list: &serde_json::Value| -> Vec<String> {
        let alerts = list["alerts"].as_array().expect("alerts");
        let mut ids: Vec<String> = alerts
            .iter()
            .map(|alert| alert["citizen"]["id"].as_str().expect("an id").to_owned())
            .collect();
        ids.sort();
        ids
    };
    for (query, expected) in [
        ("", &["ane", "bo"][..]),
        ("?team=nord", &["ane"]),
        ("?district=syd", &["bo"]),
        ("?district=syd&team=syd", &["bo"]),
        ("?team=default", &[]),
        ("?team=nord&programme=copd", &[]),
        ("?overdue=true", &[]),
    ] {
        let list = boss.get(&format!("/api/worklist{query}")).await.expect(200).json();
        assert_eq!(of(&list), expected, "{query}");
        assert_eq!(list["counts"]["red"], expected.len(), "{query}: counts are of the same");
        let page = boss.get(&format!("/{query}").replace("overdue=true", "overdue=1")).await;
        let page = page.expect(200).text;
        for citizen in ["ane", "bo"] {
            let is_there = page.contains(&format!("href=\"/citizens/{citizen}\""));
            assert_eq!(is_there, expected.contains(&citizen), "{query} {citizen}");
        }
        assert!(page.contains("<option value=\"syd\""), "teams are offered: {query}");
    }
    // Who sees one team only has nothing to choose, and asks for no other.
    let nord = teams.nurse("nord");
    let page = nord.get("/?team=syd").await.expect(200).text;
    assert!(page.contains("/citizens/ane") && !page.contains("/citizens/bo"));
    assert!(!page.contains("syd</option>") && !page.contains("name=\"team\""), "{page}");
    for wrong in ["team=syd", "district=syd", "district=", "team=nord&district=syd", "programme=x"]
    {
        nord.get(&format!("/api/worklist?{wrong}")).await.expect(400);
    }
    let rows = boss.get(&format!("/rows?team=syd&ids={}", teams.alert_of_ane)).await.expect(200);
    assert!(rows.text.contains(&format!("<li data-id=\"{}\"></li>", teams.alert_of_ane)));
    teams.end().await;
}
