//! The page, by plain forms.

use axum::body::Body;
use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::audit::search::{Wanted, newest};

use super::{AT, due, first, from_device, inbox, scored};
use crate::worklist::{Ward, weight};
use crate::world::{Answer, Client};

const FORM: &str = "application/x-www-form-urlencoded";

async fn send(client: &Client, path: &str, fields: &str) -> Answer {
    let client = client.with("content-type", FORM);
    client.send(Method::POST, path, Body::from(fields.to_owned())).await
}

async fn operation(ward: &Ward) -> String {
    let page = newest(&ward.store.chain(), &Wanted::default(), None, 1).await.expect("entries");
    page.entries.into_iter().map(|(_, entry)| entry.operation).next().expect("an entry")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nurse_decides_by_plain_forms_and_takes_it_back() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    assert!(nurse.get("/").await.expect(200).text.contains("href=\"/admin\""));
    let empty = nurse.get("/admin/quarantine").await.expect(200).text;
    assert!(empty.contains("Ingen målinger her."), "{empty}");
    ward.take_in(&[from_device(&weight("ane", AT, "704"), "Device/scale-1")]).await;
    let page = nurse.get("/admin/quarantine").await.expect(200).text;
    for told in ["ane Test", "704,0\u{a0}kg", "uden for det mulige", "Device/scale-1"] {
        assert!(page.contains(told), "{told} in {page}");
    }
    assert_eq!(operation(&ward).await, "getQuarantine");
    let (id, _) = first(&inbox(&nurse, "").await);
    let at = |verb: &str| format!("/admin/quarantine/{id}/{verb}");

    // What is missing is asked for, and what was typed is there still.
    let short = send(&nurse, &at("accept"), "version=1&why=x").await.expect(422).text;
    assert!(short.contains("3 til 1.000 tegn"), "{short}");
    let still = send(&nurse, &at("fix"), "version=1&why=Tastefejl&value.0=705,0").await.expect(422);
    assert!(still.text.contains("ville stadig ikke tælle") && still.text.contains("Tastefejl"));
    assert!(still.text.contains("value=\"705,0\""), "{}", still.text);

    let fields = "version=1&why=Vejet+to+gange&back=%2Fadmin%2Fquarantine%3Freason%3Dimplausible";
    let done = send(&nurse, &at("accept"), fields).await.expect(303);
    let next = done.header("location").to_owned();
    assert_eq!(next, format!("/admin/quarantine?reason=implausible&done=accept&reading={id}"));
    assert_eq!((scored(&ward).await, due(&ward).await), (1, 1));
    assert_eq!(operation(&ward).await, "acceptReading");
    let told = nurse.get(&next).await.expect(200).text;
    assert!(told.contains("Vægt for ane Test tæller nu.") && told.contains("Fortryd"), "{told}");

    // Somebody else looks at what it was.
    let lead = ward.world.client("0330", Role::Lead, None);
    let late = send(&lead, &at("reject"), "version=1&why=Kan+ikke+passe").await.expect(409).text;
    assert!(late.contains("En anden har ændret") && late.contains("Kan ikke passe"), "{late}");
    send(&nurse, &at("undo"), "version=2").await.expect(303);
    assert_eq!(scored(&ward).await, 0);
    let fixed = send(&nurse, &at("fix"), "version=3&why=Tastefejl&value.0=70,4&unit.0=").await;
    fixed.expect(303);
    assert_eq!(scored(&ward).await, 1);
    send(&nurse, &at("nothing"), "version=4&why=abc").await.expect(404);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_device_is_decided_by_one_form() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    for day in ["29", "30"] {
        let at = format!("2025-12-{day}T08:00:00+01:00");
        ward.take_in(&[from_device(&weight("ane", &at, "551"), "Device/scale-1")]).await;
    }
    let query = "/admin/quarantine?reason=implausible&device=Device/scale-1";
    let page = nurse.get(query).await.expect(200).text;
    assert!(page.contains("Alle på én gang"), "{page}");
    let until = page.split("name=\"until\" value=\"").nth(1).expect("a moment");
    let until = until.split('"').next().expect("a moment").replace(':', "%3A");
    let fields =
        |rest: &str| format!("device=Device%2Fscale-1&reason=implausible&until={until}&{rest}");
    let all = "/admin/quarantine/all";
    let short = fields("decision=fix&unit=&why=Pund+i+stedet");
    send(&nurse, all, &short).await.expect(422);
    let done =
        send(&nurse, all, &fields("decision=fix&unit=%5Blb_av%5D&why=Pund")).await.expect(303);
    let next = done.header("location").to_owned();
    assert_eq!(next, "/admin/quarantine?done=all&reading=2&left=0");
    assert!(nurse.get(&next).await.expect(200).text.contains("2 målinger er besluttet."));
    assert_eq!(scored(&ward).await, 2);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_is_shown_its_own_parts() {
    let ward = Ward::new().await;
    ward.take_in(&[weight("ane", AT, "704")]).await;
    let admin = ward.world.admin("0330");
    assert_eq!(admin.get("/").await.expect(303).header("location"), "/admin");
    let index = admin.get("/admin").await.expect(200).text;
    assert!(
        !index.contains("/admin/quarantine") && !index.contains("action=\"/search\""),
        "{index}"
    );
    for role in [Role::Admin, Role::Analyst, Role::Gateway, Role::Operator] {
        let who = ward.world.client("0330", role, None);
        let page = who.get("/admin/quarantine").await.expect(403).text;
        assert!(!page.contains("704"), "{role}");
    }
    let citizen = ward.world.citizen("ane");
    citizen.get("/admin").await.expect(403);
    citizen.get("/admin/quarantine").await.expect(403);
    let nobody = ward.world.nobody().get("/admin/quarantine").await.expect(303);
    assert_eq!(nobody.header("location"), "/auth/login?return=/admin/quarantine");
    ward.world.end().await;
}
