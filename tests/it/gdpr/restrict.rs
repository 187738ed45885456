//! A restricted citizen's data is stored and nothing else.

use pulsvagt::access::Role;
use pulsvagt::screening::verify;
use serde_json::json;

use super::{ANE, busy, number};
use crate::worklist::weight;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_citizen_sees_what_is_restricted() {
    let ward = busy().await;
    let (store, world) = (&ward.store, &ward.world);
    let now = world.clock.now();
    let citizen = number(store, ANE).await;
    let alert = ward.list("").await["alerts"].to_string();
    assert!(alert.contains(ANE), "the alert is on the list before");
    let alerts = store.open_alerts(citizen).await.expect("alerts");
    let alert = alerts[0].id;
    let reading = world.nurse().get(&format!("Observation?patient={ANE}")).await.expect(200);
    let reading = reading.json()["entry"][0]["resource"]["id"].as_str().expect("an id").to_owned();
    let condition = world.nurse().get(&format!("Condition?patient={ANE}")).await.expect(200);
    let condition =
        condition.json()["entry"][0]["resource"]["id"].as_str().expect("an id").to_owned();
    assert!(store.restrict(citizen, "accuracy-contested", "test", now).await.expect("restricted"));
    assert!(!store.restrict(citizen, "accuracy-contested", "test", now).await.expect("is"));

    // By name it is refused and says why; in lists it is left out.
    let named = [
        format!("/fhir/Patient/{ANE}"),
        format!("/fhir/Patient/{ANE}/_history"),
        format!("/fhir/Patient/{ANE}/_history/1"),
        format!("/fhir/Patient?_id={ANE}"),
        format!("/fhir/Observation/{reading}"),
        format!("/fhir/Observation/{reading}/_history"),
        format!("/fhir/Observation/{reading}/_history/1"),
        format!("/fhir/Observation?patient={ANE}"),
        format!("/fhir/Observation?patient=bo,{ANE}"),
        format!("/fhir/Observation/$lastn?patient={ANE}&code=29463-7"),
        format!(
            "/fhir/Observation/$stats?subject=Patient/{ANE}&code=http://loinc.org|29463-7\
             &statistic=average&period=2025-12-01T00:00:00Z/2026-01-01T00:00:00Z"
        ),
        format!("/fhir/Condition/{condition}"),
        format!("/fhir/Condition?patient={ANE}"),
        format!("/fhir/CarePlan?patient={ANE}"),
        format!("/fhir/Flag?patient={ANE}"),
        format!("/fhir/Device/scale-{ANE}"),
        format!("/api/citizens/{ANE}/summary"),
        format!("/api/citizens/{ANE}/plan"),
        format!("/api/citizens/{ANE}/plan/history"),
        format!("/api/alerts/{alert}"),
        format!("/api/suppressions?citizen={ANE}"),
    ];
    let listed = [
        "/fhir/Patient",
        "/fhir/Observation",
        "/fhir/Observation?code=29463-7&_include=Observation:patient",
        "/fhir/Observation?date=ge2025-01-01&_sort=-_lastUpdated",
        "/fhir/Condition",
        "/fhir/Device",
        "/fhir/CarePlan",
        "/fhir/Flag",
        "/fhir/Task",
        "/fhir/RiskAssessment",
        "/api/worklist",
        "/api/worklist?state=snoozed",
        "/api/suppressions",
    ];
    let allowed = |role: Role, path: &str| role != Role::Gateway || path.contains("Observation");
    for role in [Role::Nurse, Role::Lead, Role::Gateway, Role::Admin, Role::Analyst] {
        let client = world.client("0330", role, None);
        for path in &named {
            let answer = client.get(path).await;
            assert_eq!(answer.status.as_u16(), 403, "{role} {path}: {}", answer.text);
            let says = answer.text.contains("restricted");
            // Whoever may not see it anyway is not told why.
            let staff = [Role::Nurse, Role::Lead].contains(&role);
            assert!(says || !staff, "{role} {path}: {}", answer.text);
            assert!(!says || role != Role::Analyst, "{role} {path}: {}", answer.text);
            assert!(!answer.text.contains("-name") && !answer.text.contains("104.2"), "{path}");
        }
        for path in listed {
            let answer = client.get(path).await;
            if answer.status.as_u16() == 200 && allowed(role, path) {
                assert!(!answer.text.contains(ANE), "{role} {path}: {}", answer.text);
            }
        }
    }
    let nobody = world.client("0306", Role::Nurse, None);
    nobody.get(&format!("Patient/{ANE}")).await.expect(404);
    assert_eq!(ward.list("").await["counts"]["restricted"], alerts.len());
    assert!(ward.list("").await["alerts"].to_string().contains("bo"), "others stay on the list");
    let refused = ward.act(&ward.nurse(), &alert.to_string(), "claim", 1, &json!({})).await;
    assert_eq!(refused.json()["code"], "restricted", "{}", refused.text);
    assert_eq!(store.open_alerts(citizen).await.expect("alerts"), alerts, "nobody closed it");

    // The citizen's own access stays.
    let own = world.citizen(ANE);
    own.get(&format!("Patient/{ANE}")).await.expect(200);
    own.get(&format!("Observation/{reading}")).await.expect(200);
    own.get(&format!("/api/citizens/{ANE}/summary")).await.expect(200);
    let found = own.get("Observation").await.expect(200).json();
    assert!(found["entry"].as_array().is_some_and(|entries| entries.len() > 2));
    let all = store.citizens_after(pulsvagt::ids::CitizenNo(i32::MIN), 100).await.expect("all");
    assert!(!all.contains(&citizen), "analysts would see the citizen");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_is_stored_and_waits_for_the_end_of_the_restriction() {
    let ward = busy().await;
    let (store, world) = (&ward.store, &ward.world);
    let citizen = number(store, ANE).await;
    let before = store.screened(&[citizen]).await.expect("screened");
    let findings = store.findings(citizen, 1_000).await.expect("findings").len();
    store.restrict(citizen, "objection", "test", world.clock.now()).await.expect("restricted");
    world.clock.advance(60_000_000);
    let reading = weight(ANE, "2025-12-31T20:00:00+01:00", "111");
    ward.take_in(std::slice::from_ref(&reading)).await;
    store.make_everybody_due(world.clock.now()).await.expect("due");
    ward.take_in(&[]).await;
    assert_eq!(store.screened(&[citizen]).await.expect("screened"), before);
    assert_eq!(ward.worker.these(&[citizen]).await.expect("done").screened, 0);
    assert_eq!(store.findings(citizen, 1_000).await.expect("findings").len(), findings);
    // It is no fault, and nobody waits for it.
    world.clock.advance(3_600_000_000);
    let lag = store.screening_lag(world.clock.now()).await.expect("a lag");
    assert_eq!((lag.parked, lag.seconds, lag.backlog), (0, 0, 0), "{lag:?}");

    assert!(store.unrestrict(citizen, "test", world.clock.now()).await.expect("lifted"));
    assert!(!store.unrestrict(citizen, "test", world.clock.now()).await.expect("is not"));
    ward.take_in(&[]).await;
    let after = store.screened(&[citizen]).await.expect("screened");
    assert_ne!(after, before);
    assert!(store.findings(citizen, 1_000).await.expect("findings").len() > findings);
    let verified = verify(store, &[citizen], world.clock.now()).await.expect("verified");
    assert_eq!(verified.different, [], "the days of meanwhile are summarised");
    world.nurse().get(&format!("Patient/{ANE}")).await.expect(200);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_screens_just_now_cannot_store_it() {
    use pulsvagt::clock::Micros;
    use pulsvagt::store::screenings::Token;

    let ward = busy().await;
    let (store, now) = (&ward.store, ward.world.clock.now());
    let citizen = number(store, ANE).await;
    let token = Token::new("00000000-0000-4000-8000-000000000001".to_owned());
    let expires = Micros(now.0 + 60_000_000);
    let leased = store.lease_these(&token, &[citizen], now, expires).await.expect("leased");
    assert_eq!(leased.len(), 1);
    let before = store.screened(&[citizen]).await.expect("screened");
    store.restrict(citizen, "unlawful", "test", now).await.expect("restricted");
    ward.world.clock.advance(1_000_000);
    let done = ward.worker.screen(&token, &leased).await.expect("done");
    assert_eq!((done.screened, done.lost), (0, 1));
    assert_eq!(store.screened(&[citizen]).await.expect("screened"), before);
    ward.world.end().await;
}
