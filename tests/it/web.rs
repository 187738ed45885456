//! The web pages through the door: who gets in, what nurses do by plain forms, what is recorded.

use axum::body::Body;
use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::audit::search::{Wanted, newest};
use serde_json::json;

use crate::worklist::{Ward, glucose, weight};
use crate::world::{Answer, Client};

const FORM: &str = "application/x-www-form-urlencoded";

async fn send(client: &Client, path: &str, fields: &str) -> Answer {
    let client = client.with("content-type", FORM);
    client.send(Method::POST, path, Body::from(fields.to_owned())).await
}

/// What was done last, by whom.
async fn operations(ward: &Ward) -> Vec<String> {
    let page = newest(&ward.store.chain(), &Wanted::default(), None, 5).await.expect("entries");
    page.entries.into_iter().map(|(_, entry)| entry.operation).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_bring_their_own_policy_and_who_is_not_signed_in_is_sent_to_do_so() {
    let ward = Ward::new().await;
    let page = ward.nurse().get("/?level=red").await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("content-language"), "da");
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("data:"), "{policy}");
    assert!(page.text.contains("Ingen alarmer på listen."));

    let nobody = ward.world.nobody();
    let sent = nobody.get("/?level=red&mine=1").await.expect(303);
    assert_eq!(sent.header("location"), "/auth/login?return=/%3Flevel%3Dred%26mine%3D1");
    assert_eq!(
        send(&nobody, "/alerts/x/claim", "").await.expect(303).header("location"),
        "/auth/login?return=/"
    );
    nobody.get("/rows").await.expect(401);
    nobody.get("/accessibility").await.expect(200);

    let long = nobody.get(&format!("/?level={}", "x".repeat(9_000))).await.expect(414);
    assert_eq!(long.header("content-type"), "text/html; charset=utf-8");

    let asset = page.text.split("href=\"").find(|part| part.contains("-app.css"));
    let asset = asset.and_then(|part| part.split('"').next()).expect("a style");
    let style = nobody.get(asset).await.expect(200);
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    let other = nobody.get("/assets/0123456789abcdef-app.css").await.expect(404);
    assert_eq!(other.header("cache-control"), "no-store");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_see_the_worklist_sees_its_pages() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let pages = ["/", "/handover", "/search", "/rows", "/citizens/ane", &format!("/alerts/{id}")];
    for role in [Role::Gateway, Role::Analyst, Role::Admin, Role::Operator, Role::Citizen] {
        let own = (role == Role::Citizen).then_some("bo");
        let client = ward.world.client("0330", role, own);
        for page in pages {
            let answer = client.get(page).await;
            let status = answer.status.as_u16();
            match (role, page) {
                (Role::Citizen, "/") => assert_eq!(answer.header("location"), "/me"),
                (Role::Admin, "/") => assert_eq!(answer.header("location"), "/admin"),
                (Role::Analyst, "/") => assert_eq!(answer.header("location"), "/cohorts"),
                // Somebody else's is as if it was not there.
                (Role::Citizen, "/citizens/ane") => assert_eq!(status, 404),
                _ => assert_eq!(status, 403, "{role} {page}"),
            }
            // The request's id may have these digits, too.
            let told = answer.text.replace(answer.header("x-request-id"), "");
            assert!(!told.contains("104"), "{role} {page}");
        }
        for verb in ["claim", "close", "note"] {
            let answer = send(&client, &format!("/alerts/{id}/{verb}"), "version=1&note=x").await;
            assert_eq!(answer.status.as_u16(), 403, "{role} {verb}");
        }
    }
    // A citizen's own page for staff is not theirs either: it has what the nurses think.
    ward.world.citizen("ane").get("/citizens/ane").await.expect(404);
    let other = ward.world.client("0306", Role::Nurse, None);
    for page in ["/citizens/ane", &format!("/alerts/{id}")] {
        other.get(page).await.expect(404);
    }
    assert!(!other.get("/").await.expect(200).text.contains("ane"));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nurse_works_through_the_list_by_plain_forms() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let nurse = ward.nurse();
    let list = nurse.get("/").await.expect(200).text;
    for told in ["ane Test", "Vægt 104,2 kg; grænsen er 100 kg", "Rød", "Ingen har den"] {
        assert!(list.contains(told), "{told}");
    }
    assert!(!list.contains("personlig"), "it is the pack's limit");
    let claim = send(&nurse, &format!("/alerts/{id}/claim"), "version=1&back=%2F%3Fmine%3D1").await;
    let next = claim.expect(303).header("location").to_owned();
    assert_eq!(next, format!("/?mine=1&done=claim&alert={id}"));
    assert_eq!(operations(&ward).await[0], "claimAlert");
    let page = nurse.get(&next).await.expect(200).text;
    assert!(page.contains("Du har taget ane Test.") && page.contains("Fortryd"), "{page}");
    // Somebody else looks at an older version, and is told who was faster.
    let lead = ward.world.client("0330", Role::Lead, None);
    let late = "version=1&outcome=advice&note=Talte+med+datteren&back=%2F";
    let late = send(&lead, &format!("/alerts/{id}/close"), late).await.expect(409);
    assert!(late.text.contains("test-nurse var hurtigere"), "{}", late.text);
    assert!(late.text.contains("Talte med datteren"), "what was written is there still");
    let seen = send(&lead, &format!("/alerts/{id}/close"), "version=2&outcome=advice&note=x").await;
    assert!(seen.expect(409).text.contains("test-nurse har taget alarmen til"));
    // What is missing is asked for, and what is there is kept.
    let empty =
        send(&nurse, &format!("/alerts/{id}/close"), "version=2&note=Rask").await.expect(422);
    assert!(empty.text.contains("Rask"));
    let done =
        send(&nurse, &format!("/alerts/{id}/close"), "version=2&outcome=advice&note=Rask").await;
    let next = done.expect(303).header("location").to_owned();
    let page = nurse.get(&next).await.expect(200).text;
    assert!(page.contains("ane Test er lukket.") && page.contains("Åbn igen"));
    assert!(page.contains("Ingen alarmer på listen."));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_claim_takes_the_alert_in_the_same_step() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let nurse = ward.nurse();
    send(&nurse, &format!("/alerts/{id}/escalate"), "version=1&to=gp").await.expect(303);
    let alert = nurse.get(&format!("/api/alerts/{id}")).await.expect(200).json();
    assert_eq!(alert["state"], "escalated");
    let verbs: Vec<_> =
        alert["events"].as_array().expect("events").iter().map(|it| &it["verb"]).collect();
    assert_eq!(verbs, [&json!("raise"), &json!("claim"), &json!("escalate")]);
    // What is refused afterwards leaves no claim behind.
    ward.take_in(&[glucose("bo", "2025-12-31T09:00:00+01:00", "2.8")]).await;
    let list = ward.list("?problem=diabetes").await;
    let red = list["alerts"][0]["id"].as_str().expect("an alert").to_owned();
    let refused =
        send(&nurse, &format!("/alerts/{red}/snooze"), "version=1&hours=4&reason=x").await;
    assert!(refused.expect(409).text.contains("kan ikke udsættes"));
    let alert = nurse.get(&format!("/api/alerts/{red}")).await.expect(200).json();
    assert_eq!((&alert["state"], &alert["version"]), (&json!("new"), &json!(1)));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_list_gets_the_rows_that_have_changed() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let nurse = ward.nurse();
    let fresh = nurse.get(&format!("/rows?ids={id}")).await.expect(200).text;
    assert!(fresh.contains(&format!("id=\"alert-{id}\"")) && fresh.contains("id=\"counts\""));
    // Not on the list that is open.
    for query in ["level=blue", "mine=1", "programme=copd", "silent=1"] {
        let answer = nurse.get(&format!("/rows?ids={id}&{query}")).await.expect(200).text;
        assert!(!answer.contains("id=\"alert-"), "{query}");
        assert!(answer.contains(&format!("<li data-id=\"{id}\"></li>")), "{query}");
    }
    let unknown = "019b2a3c-4d5e-7f80-9a1b-0123456789ab";
    let answer = nurse.get(&format!("/rows?ids={unknown},nonsense")).await.expect(200).text;
    assert!(answer.contains(unknown) && !answer.contains("nonsense"));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn citizens_are_found_and_neither_name_nor_number_is_kept() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    for (wanted, found) in [
        ("q=010150-1234", true),
        ("q=0101501234", true),
        ("q=te+AN", true),
        ("q=Hansen", false),
        ("q=0303703456", false),
        ("q=x", false),
    ] {
        let answer = send(&nurse, "/search", wanted).await.expect(200);
        assert_eq!(answer.text.contains("href=\"/citizens/ane\""), found, "{wanted}");
        assert!(!answer.text.contains("/citizens/carl"), "{wanted}: another municipality's");
    }
    let page = newest(&ward.store.chain(), &Wanted::default(), None, 20).await.expect("entries");
    for (_, entry) in page.entries.iter().take(6) {
        assert_eq!(entry.operation, "Patient/search-type");
        let text = serde_json::to_string(entry).expect("json");
        assert!(!text.contains("0101501234") && !text.contains("Hansen"), "{text}");
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restricted_is_not_shown() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let (citizen, _) = ward.store.citizen("ane").expect("a citizen");
    let now = ward.world.clock.now();
    assert!(ward.store.restrict(citizen, "accuracy-contested", "test", now).await.expect("done"));
    let nurse = ward.nurse();
    let list = nurse.get("/").await.expect(200).text;
    assert!(!list.contains("ane Test") && list.contains("data er begrænset"), "{list}");
    for page in ["/citizens/ane".to_owned(), format!("/alerts/{id}")] {
        let answer = nurse.get(&page).await.expect(403);
        assert!(!answer.text.contains("104") && !answer.text.contains("Test"), "{page}");
    }
    send(&nurse, &format!("/alerts/{id}/claim"), "version=1").await.expect(403);
    let rows = nurse.get(&format!("/rows?ids={id}")).await.expect(200).text;
    assert!(!rows.contains("id=\"alert-"));
    assert!(!send(&nurse, "/search", "q=ane").await.expect(200).text.contains("/citizens/ane"));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_changed_and_what_is_wrong_with_them_is_told() {
    let ward = Ward::new().await;
    ward.heavy_ane().await;
    let nurse = ward.nurse();
    let page = nurse.get("/citizens/ane").await.expect(200).text;
    for told in
        ["ane Test", "010150-1234", "name=\"limit.heavy\"", "Mangler: en kliniker", "data-chart"]
    {
        assert!(page.contains(told), "{told}");
    }
    let wrong = "version=0&limit.heavy=99,5x&limit.stout=90";
    let wrong = send(&nurse, "/citizens/ane/plan", wrong).await.expect(422).text;
    assert!(wrong.contains("value=\"99,5x\"") && wrong.contains("Kan ikke bruges."));
    let outside = send(&nurse, "/citizens/ane/plan", "version=0&limit.heavy=500").await.expect(422);
    assert!(outside.text.contains("value=\"500\"") && outside.text.contains("Kan ikke bruges."));
    let right = "version=0&limit.heavy=109,5&limit.stout=";
    send(&nurse, "/citizens/ane/plan", right).await.expect(303);
    assert_eq!(operations(&ward).await[0], "putPlan");
    let plan = nurse.get("/api/citizens/ane/plan").await.expect(200).json();
    assert_eq!(plan["limits"], json!({"heavy": 109.5}));
    let stale = send(&nurse, "/citizens/ane/plan", right).await.expect(409).text;
    assert!(stale.contains("109,5") && stale.contains("En anden har ændret planen"));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_sees_the_own_page_and_who_has_seen_it() {
    let ward = Ward::new().await;
    ward.take_in(&[weight("ane", "2025-12-31T08:00:00+01:00", "104.2")]).await;
    ward.nurse().get("/citizens/ane").await.expect(200);
    let ane = ward.world.citizen("ane");
    let page = ane.get("/me").await.expect(200).text;
    for told in ["104,2", "tel:112", "Sygeplejerske", "Så dit overblik", "lang=\"da\""] {
        assert!(page.contains(told), "{told}");
    }
    for hidden in ["grænse", "HEAVY", "Rød"] {
        assert!(!page.contains(hidden), "{hidden} is the nurses'");
    }
    let english = ane.get("/me?lang=en").await.expect(200);
    assert!(english.header("set-cookie").starts_with("lang=en; Path=/;"));
    assert!(english.text.contains("Who has seen my data"));
    let kept = ane.with("cookie", "x=y; lang=en").get("/me").await.expect(200);
    assert_eq!(kept.header("content-language"), "en");
    ward.nurse().get("/me").await.expect(404);
    // Single readings, for a chart that is looked into.
    let day = 20_453;
    let path = format!("/citizens/ane/readings?signal=body_weight&from={}", day - 3);
    let readings = ward.nurse().get(&path).await.expect(200).json();
    assert_eq!(readings, json!([[1_767_164_400, 104.2]]));
    ward.nurse().get("/citizens/ane/readings?signal=x&from=1").await.expect(404);
    ward.world.end().await;
}
