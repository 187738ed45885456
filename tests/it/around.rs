//! What a citizen's page shows besides the worklist's alert: limits that are tried, what was not
//! scored, contacts, messages, devices, and who changed the plan.

use axum::body::Body;
use axum::http::Method;
use pulsvagt::audit::search::{Wanted, newest};
use pulsvagt::clock::Micros;
use pulsvagt::consent::Denials;
use serde_json::{Value, json};

use crate::worklist::{Ward, weight};
use crate::world::{Answer, Client, NOW};

const FORM: &str = "application/x-www-form-urlencoded";
const MDC: &str = "urn:iso:std:iso:11073:10101";

async fn send(client: &Client, path: &str, fields: &str) -> Answer {
    let client = client.with("content-type", FORM);
    client.send(Method::POST, path, Body::from(fields.to_owned())).await
}

/// Four weeks of weighing at 90 kg, with some days above a limit.
async fn month(ward: &Ward, above: &[(u32, &str)]) {
    let value = |day| above.iter().find(|(other, _)| *other == day).map_or("90", |it| it.1);
    let readings: Vec<String> = (4..=31)
        .map(|day| weight("ane", &format!("2025-12-{day:02}T08:00:00+01:00"), value(day)))
        .collect();
    ward.take_in(&readings).await;
}

fn numbers(chart: &str, page: &str) -> Value {
    let (_, rest) = page.split_once(&format!("id=\"chart-{chart}\"")).expect("the chart");
    let (_, rest) = rest.split_once("data-chart=\"").expect("its numbers");
    let text = rest.split('"').next().expect("an attribute").replace("&quot;", "\"");
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_tried_on_the_last_month_and_nothing_changes() {
    let ward = Ward::new().await;
    month(&ward, &[(10, "96"), (11, "96"), (29, "103")]).await;
    let (nurse, path) = (ward.nurse(), "/api/citizens/ane/plan/preview");
    let asked = |limits: Value| json!({ "limits": limits }).to_string();
    let told = nurse.post(path, &asked(json!({}))).await.expect(200).json();
    assert_eq!(told["proposed"], told["present"], "the same limits");
    // One spell above 95 kg, and one day above 100.
    assert_eq!(told["present"], json!({"alerts": 2, "red": 1}), "{told}");
    let told = nurse.post(path, &asked(json!({"stout": 96.5}))).await.expect(200).json();
    assert_eq!(told["proposed"], json!({"alerts": 1, "red": 1}), "{told}");
    let told = nurse.post(path, &asked(json!({"stout": 99, "heavy": 110}))).await;
    let told = told.expect(200).json();
    assert_eq!(told["proposed"], json!({"alerts": 1, "red": 0}), "{told}");
    assert_eq!(told["problems"][0]["problem"]["code"], "weight");
    assert_eq!(told["problems"][0]["present"]["alerts"], 2);
    let none = nurse.post(path, &asked(json!({"stout": 120, "heavy": 130}))).await.expect(200);
    assert_eq!(none.json()["proposed"], json!({"alerts": 0, "red": 0}));
    nurse.post(path, &asked(json!({"stout": 500}))).await.expect(422);

    let page = send(&nurse, "/citizens/ane/plan/preview", "version=0&limit.stout=96,5").await;
    let page = page.expect(200).text;
    assert!(page.contains("én alarm de seneste 27 dage"), "{page}");
    assert!(page.contains("(2 med de nuværende)") && page.contains("value=\"96,5\""), "{page}");
    let wrong = send(&nurse, "/citizens/ane/plan/preview", "version=0&limit.stout=x").await;
    assert!(wrong.expect(422).text.contains("id=\"preview\""));
    assert!(nurse.get("/api/citizens/ane/plan").await.expect(200).json()["limits"] == json!({}));
    let entries =
        newest(&ward.store.chain(), &Wanted::default(), None, 8).await.expect("entries").entries;
    let previews = entries.iter().filter(|(_, entry)| entry.operation == "previewPlan");
    assert!(
        previews.clone().count() >= 5 && previews.clone().all(|(_, it)| it.citizens.len() == 1)
    );
    // What is tried is not for those who may not change it.
    let own = ward.world.citizen("ane").with("content-type", "application/json");
    own.post(path, &asked(json!({}))).await.expect(403);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_scored_is_shown_as_such_unless_it_is_denied() {
    let ward = Ward::new().await;
    month(&ward, &[(17, "4000")]).await;
    let (ane, _) = ward.store.citizen("ane").expect("a citizen");
    let (from, to) = (Micros(NOW.0 - 40 * 86_400_000_000), NOW);
    let doubtful = async |denials: &Denials, from, to| {
        let found = ward.store.quarantined(ane, from, to, denials).await.expect("rows");
        found.into_iter().map(|it| (it.at, it.signal.name(), it.value)).collect::<Vec<_>>()
    };
    let there = "select count(*) from observation where quarantine <> 0";
    assert_eq!(ward.world.count("0330", there).await, 1);
    let at = "2025-12-17T08:00:00+01:00".parse::<jiff::Timestamp>().expect("a moment");
    let at = Micros(at.as_microsecond());
    let all = doubtful(&Denials::default(), from, to).await;
    assert_eq!(all, [(at, "body_weight", 4_000.0)]);
    assert_eq!(doubtful(&Denials::default(), from, at).await, [], "before it was taken");
    assert_eq!(doubtful(&Denials::default(), Micros(at.0 + 1), to).await, []);
    assert_eq!(doubtful(&Denials::all_of(ane), from, to).await, []);
    let bo = ward.store.citizen_no("bo").await.expect("asked").expect("a citizen");
    assert_eq!(ward.store.quarantined(bo, from, to, &Denials::default()).await.expect("rows"), []);

    let page = ward.nurse().get("/citizens/ane").await.expect(200).text;
    let chart = numbers("body_weight", &page);
    assert_eq!(chart["doubtful"], json!([[at.as_second(), 4_000.0]]));
    assert!(chart["days"].as_array().expect("days").iter().all(|day| day[1] == 90.0), "{chart}");
    assert!(page.contains("Usikker: vurderes ikke") && page.contains("class=\"doubtful\""));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_lies_on_one_axis_and_in_one_story() {
    let ward = Ward::new().await;
    month(&ward, &[(31, "103")]).await;
    let nurse = ward.nurse();
    let create = async |kind: &str, resource: Value| {
        nurse.post(&format!("/fhir/{kind}"), &resource.to_string()).await.expect(201);
    };
    let subject = json!({"reference": "Patient/ane"});
    let class = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    for (status, code, text) in
        [("finished", "IMP", "Lungebetændelse"), ("cancelled", "EMER", "Aflyst besøg")]
    {
        create(
            "Encounter",
            json!({"resourceType": "Encounter", "status": status, "subject": subject,
                "class": {"system": class, "code": code}, "reasonCode": [{"text": text}],
                "period": {"start": "2025-12-12T10:00:00+01:00", "end": "2025-12-15"}}),
        )
        .await;
    }
    let medium = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode";
    for (code, text) in [("PHONE", "Talte med Ane"), ("WRITTEN", "Husk at veje dig")] {
        create(
            "Communication",
            json!({"resourceType": "Communication", "status": "completed", "subject": subject,
                "sent": "2025-12-30T10:00:00+01:00", "payload": [{"contentString": text}],
                "medium": [{"coding": [{"system": medium, "code": code}]}]}),
        )
        .await;
    }
    let page = nurse.get("/citizens/ane").await.expect(200).text;
    let chart = numbers("body_weight", &page);
    let contact = &chart["contacts"][0];
    assert_eq!(contact[2], "inpatient");
    assert_eq!(contact[3], "Indlæggelse: Lungebetændelse, til 15. dec. 2025", "{contact}");
    assert_eq!(
        chart["contacts"].as_array().expect("contacts").len(),
        1,
        "none that was called off"
    );
    let (from, to) = (contact[0].as_f64().expect("a day"), contact[1].as_f64().expect("a day"));
    assert!((from - 20_434.375).abs() < 0.01 && (to - 20_437.96).abs() < 0.01, "{from} {to}");
    assert_eq!(chart["marks"][0][1], "red");
    // After a week of readings each day has been compared with those before.
    let baseline = chart["baseline"].as_array().expect("a baseline");
    assert_eq!(baseline.len(), 28 - 7);
    assert!(baseline.iter().all(|day| day[1] == 90.0 && day[2] == 0.0), "{baseline:?}");
    for told in
        ["class=\"contact inpatient\"", "class=\"band\"", "Talte med Ane", "Husk at veje dig"]
    {
        assert!(page.contains(told), "{told}");
    }
    assert!(!page.contains("Aflyst"));
    let calls = nurse.get("/citizens/ane?show=call").await.expect(200).text;
    let (_, calls) = calls.split_once("id=\"timeline\"").expect("the story");
    let calls = calls.split("</ol>").next().expect("a list");
    assert!(calls.contains("Talte med Ane") && !calls.contains("Husk at veje dig"), "{calls}");
    // The letters tell the same, and that nobody sends them.
    assert!(page.contains("Korrespondance til egen læge") && page.contains("Intet bliver sendt"));
    let (_, letter) = page.split_once("<textarea").expect("a letter");
    let letter = letter.split("</textarea>").next().expect("its text");
    for told in ["ane Test", "010150-1234", "Vægt 103\u{a0}kg", "Lungebetændelse", "(skriv"] {
        assert!(!letter.is_empty() && letter.contains(told), "{told}: {letter}");
    }

    // What the citizen denies is in neither.
    let denial = json!({"resourceType": "Consent", "status": "active",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy"}]},
        "category": [{"text": "privacy"}], "policyRule": {"text": "sundhedsloven"},
        "patient": subject, "provision": {"type": "deny", "class": [
            {"system": "http://hl7.org/fhir/resource-types", "code": "Encounter"},
            {"system": "http://hl7.org/fhir/resource-types", "code": "Communication"}]}});
    ward.world.citizen("ane").post("Consent", &denial.to_string()).await.expect(201);
    let page = nurse.get("/citizens/ane").await.expect(200).text;
    assert_eq!(numbers("body_weight", &page)["contacts"], json!([]));
    for hidden in ["Lungebetændelse", "Talte med Ane", "Husk at veje dig"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_say_when_they_were_heard_of_and_how_full_their_battery_is() {
    let ward = Ward::new().await;
    let admin = ward.world.admin("0330");
    for (id, name) in [("scale", "Badevægt"), ("watch", "Ur")] {
        let device = json!({"resourceType": "Device", "id": id, "status": "active",
            "patient": {"reference": "Patient/ane"},
            "deviceName": [{"name": name, "type": "user-friendly-name"}]});
        admin.put(&format!("Device/{id}"), &device.to_string()).await.expect(201);
    }
    let of = |reading: &str, id: &str| {
        let mut reading: Value = serde_json::from_str(reading).expect("JSON");
        reading["device"] = json!({"reference": format!("Device/{id}")});
        reading
    };
    let mut battery = of(&weight("ane", "2025-12-30T08:00:00+01:00", "12"), "scale");
    battery["code"] = json!({"coding": [{"system": MDC, "code": "67996"}]});
    battery["valueQuantity"] = json!({"value": 12, "unit": "%",
        "system": "http://unitsofmeasure.org", "code": "%"});
    let reading = of(&weight("ane", "2025-12-31T08:00:00+01:00", "90"), "scale");
    ward.take_in(&[battery.to_string(), reading.to_string()]).await;
    let page = ward.nurse().get("/citizens/ane").await.expect(200).text;
    let (_, devices) = page.split_once("id=\"devices\"").expect("devices");
    let devices = devices.split("</section>").next().expect("a section");
    let (watch, scale) = devices.split_once("Badevægt").expect("the scale after what is silent");
    assert!(watch.contains("Ur") && watch.contains("Ikke hørt fra"), "{watch}");
    assert!(scale.contains("31. dec. 2025 kl. 08.00") && scale.contains("Batteri 12 %"), "{scale}");
    assert!(!scale.contains("Tavs"));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_plan_says_what_each_version_changed() {
    let ward = Ward::new().await;
    ward.heavy_ane().await;
    let nurse = ward.nurse();
    let put = async |version: u32, plan: Value| {
        let nurse = nurse.with("if-match", &format!("\"{version}\""));
        nurse.put("/api/citizens/ane/plan", &plan.to_string()).await.expect(200);
    };
    put(0, json!({"programmes": ["copd"], "limits": {"heavy": 109.5}})).await;
    let cadence = json!([{"signal": "body_weight", "everyHours": 24, "safetyCritical": true}]);
    put(1, json!({"cadence": cadence, "oxygen": true})).await;
    let english = nurse.with("accept-language", "en");
    let history = english.get("/api/citizens/ane/plan/history").await.expect(200).json();
    assert_eq!(
        history[1]["changes"],
        json!([
            {"pointer": "/programmes/copd", "text": "Chronic obstructive pulmonary disease",
                "after": "copd"},
            {"pointer": "/limits/heavy", "text": "heavy", "after": 109.5},
        ])
    );
    let newest = history[0]["changes"].as_array().expect("changes");
    assert_eq!(newest.len(), 4, "{newest:?}");
    assert_eq!(newest[2], json!({"pointer": "/limits/heavy", "text": "heavy", "before": 109.5}));
    let page = nurse.get("/citizens/ane").await.expect(200).text;
    for told in [
        "Tilmeldt KOL.",
        "Afmeldt KOL.",
        "tung: fra regelsættets til 109,5\u{a0}kg.",
        "Vægt: fra måles ikke til hver dag, tavshed er farlig.",
        "Borgeren får ilttilskud.",
    ] {
        assert!(page.contains(told), "{told}");
    }
    ward.world.end().await;
}
