//! What citizens do with their own page: take their data home, and say who may see it.

use axum::body::Body;
use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::audit::search::{Wanted, newest};
use serde_json::{Value, json};

use crate::worklist::{Ward, weight};
use crate::world::{Answer, Client};

const FORM: &str = "application/x-www-form-urlencoded";

async fn send(client: &Client, path: &str, fields: &str) -> Answer {
    let client = client.with("content-type", FORM);
    client.send(Method::POST, path, Body::from(fields.to_owned())).await
}

async fn operations(ward: &Ward, most: usize) -> Vec<String> {
    let page = newest(&ward.store.chain(), &Wanted::default(), None, most).await.expect("entries");
    page.entries.into_iter().map(|(_, entry)| entry.operation).collect()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_takes_everything_home_and_nobody_elses() {
    let ward = Ward::new().await;
    ward.heavy_ane().await;
    ward.take_in(&[weight("bo", "2025-12-31T08:00:00+01:00", "71.3")]).await;
    let ane = ward.world.citizen("ane");
    let told = ane.get("/api/me/export").await.expect(200);
    assert_eq!(told.header("content-type"), "application/x-ndjson");
    assert_eq!(told.header("content-disposition"), "attachment; filename=\"pulsvagt.ndjson\"");
    assert_eq!(operations(&ward, 1).await, ["exportOwn"]);
    let (citizen, _) = ward.store.citizen("ane").expect("a citizen");
    let (to, mut pieces) = tokio::sync::mpsc::channel(1);
    let store = &ward.store;
    let export = async move { store.export_citizen(citizen, "ane", &to).await.expect("exported") };
    let take = async {
        let mut out = Vec::new();
        while let Some(piece) = pieces.recv().await {
            out.extend(piece);
        }
        String::from_utf8(out).expect("text")
    };
    let (counts, written) = tokio::join!(export, take);
    assert_eq!(told.text, written, "what the command line writes");
    let rows: u64 = counts.values().sum();
    assert_eq!(lines(&told.text).len() as u64, rows);
    assert!(told.text.contains("104.2") && !told.text.contains("71.3"));
    let page = send(&ane, "/me/export", "").await.expect(200);
    assert_eq!(page.text, written);
    assert_eq!(operations(&ward, 1).await, ["exportOwn"]);
    for role in [Role::Nurse, Role::Lead, Role::Admin, Role::Gateway, Role::Analyst] {
        ward.world.client("0330", role, None).get("/api/me/export").await.expect(403);
    }
    ward.world.client("0330", Role::Relative, Some("ane")).get("/api/me/export").await.expect(403);
    // An app that may see measurements only cannot have all the rest this way.
    let narrow = ward.world.scoped(Role::Citizen, Some("ane"), "patient/Observation.rs");
    narrow.get("/api/me/export").await.expect(403);
    let log = ane.get("/api/me/access-log").await.expect(200).json();
    assert!(log["entries"].to_string().contains("Hentede alle dine oplysninger"), "{log}");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_citizen_denies_on_the_page_is_denied_until_it_is_withdrawn() {
    let ward = Ward::new().await;
    ward.take_in(&[weight("ane", "2025-12-31T08:00:00+01:00", "91.7")]).await;
    let (ane, nurse) = (ward.world.citizen("ane"), ward.nurse());
    let seen = async || {
        let found = nurse.get("/fhir/Observation?patient=ane").await.expect(200).json();
        found["total"].as_u64().expect("a number")
    };
    assert_eq!(seen().await, 1);
    let deny = "kind=deny&category=vital-signs&to=2026-03-31";
    for wrong in [
        deny.to_owned(),
        "kind=deny&understood=yes".to_owned(),
        "kind=deny&understood=yes&category=no-such".to_owned(),
        format!("{deny}&understood=yes&from=2026-05-01"),
        format!("{deny}&understood=yes&from=tomorrow"),
        "kind=relative&category=sleep&relative=".to_owned(),
    ] {
        let page = send(&ane, "/me/consents", &wrong).await.expect(422);
        assert!(page.text.contains("Det er ikke gemt."), "{wrong}");
    }
    assert_eq!(seen().await, 1, "nothing is denied by halves");
    let done = send(&ane, "/me/consents", &format!("{deny}&understood=yes")).await.expect(303);
    assert_eq!(done.header("location"), "/me?consent=given#consents");
    assert_eq!(operations(&ward, 1).await, ["Consent/create"]);
    assert_eq!(seen().await, 0);
    let consent = ane.get("/fhir/Consent").await.expect(200).json()["entry"][0]["resource"].clone();
    assert_eq!(consent["provision"]["type"], "deny");
    assert_eq!(consent["provision"]["period"], json!({"end": "2026-03-31"}));
    let id = consent["id"].as_str().expect("an id").to_owned();
    let page = ane.get("/me?consent=given").await.expect(200).text;
    for told in
        ["Det er gemt og gælder nu.", "De, der passer dig, må ikke se: målinger", "Til 1. apr."]
    {
        assert!(page.contains(told), "{told}");
    }
    // Nobody else's, and not in another version.
    let path = format!("/me/consents/{id}/withdraw");
    send(&ward.world.citizen("bo"), &path, "version=1").await.expect(404);
    send(&nurse, &path, "version=1").await.expect(404);
    send(&ane, &path, "version=7").await.expect(412);
    assert_eq!(seen().await, 0);
    let done = send(&ane, &path, "version=1").await.expect(303);
    assert_eq!(done.header("location"), "/me?consent=withdrawn#consents");
    assert_eq!(operations(&ward, 1).await, ["Consent/update"]);
    assert_eq!(seen().await, 1);
    let page = ane.get("/me").await.expect(200).text;
    assert!(page.contains("Du har ikke spærret for noget"));
    let inactive = ane.get(&format!("/fhir/Consent/{id}")).await.expect(200).json();
    assert_eq!(inactive["status"], "inactive");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relative_sees_what_the_citizen_has_chosen_on_the_page() {
    let ward = Ward::new().await;
    ward.take_in(&[weight("ane", "2025-12-31T08:00:00+01:00", "91.7")]).await;
    let ane = ward.world.citizen("ane");
    let datter = ward.world.named(Role::Relative, Some("ane"), "datter");
    let seen = async || datter.get("/fhir/Observation").await.expect(200).json()["total"].clone();
    assert_eq!(seen().await, 0);
    let fields = "kind=relative&relative=datter&category=vital-signs&category=Encounter";
    send(&ane, "/me/consents", fields).await.expect(303);
    assert_eq!(seen().await, 1);
    let page = ane.get("/me").await.expect(200).text;
    assert!(
        page.contains("datter må se: målinger") && page.contains("indlæggelser og besøg"),
        "{page}"
    );
    // A relative has no page, and gives nothing.
    send(&datter, "/me/consents", fields).await.expect(403);
    ward.world.end().await;
}
