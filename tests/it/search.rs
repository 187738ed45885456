//! Finding readings again.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, heart_rate};

fn weight(who: &str, at: &str, value: &str, unit: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","status":"final","identifier":[{{"system":"urn:app","value":"{who}-{at}"}}],"category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"29463-7"}}]}},"subject":{{"reference":"Patient/{who}"}},"effectiveDateTime":"{at}","device":{{"reference":"Device/scale"}},"valueQuantity":{{"value":{value},"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}}}}"#
    )
}

fn sleep(who: &str, start: &str, end: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"93832-4"}}]}},"subject":{{"reference":"Patient/{who}"}},"effectivePeriod":{{"start":"{start}","end":"{end}"}},"valueQuantity":{{"value":7.5,"unit":"h","system":"http://unitsofmeasure.org","code":"h"}}}}"#
    )
}

fn values(bundle: &Value) -> Vec<f64> {
    bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["search"]["mode"] == "match")
        .map(|entry| entry["resource"]["valueQuantity"]["value"].as_f64().unwrap_or(-1.0))
        .collect()
}

fn link(bundle: &Value, relation: &str) -> Option<String> {
    bundle["link"].as_array()?.iter().find(|link| link["relation"] == relation)?["url"]
        .as_str()
        .map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_are_found() {
    let world = World::new().await;
    let gateway = world.gateway();
    for day in 1..=9 {
        let at = format!("2025-12-0{day}T08:00:00Z");
        gateway.post("Observation", &heart_rate("ane", &at, &format!("7{day}"))).await.expect(201);
        gateway
            .post("Observation", &weight("ane", &at, &format!("8{day}.5"), "kg"))
            .await
            .expect(201);
    }
    gateway
        .post("Observation", &weight("bo", "2025-12-05T08:00:00Z", "180", "[lb_av]"))
        .await
        .expect(201);
    gateway
        .post("Observation", &sleep("ane", "2025-12-04T22:00:00Z", "2025-12-05T05:30:00Z"))
        .await
        .expect(201);
    let nurse = world.nurse();
    let find = async |query: &str| {
        let answer = nurse.get(&format!("Observation?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text);
        answer.json()
    };
    let cases: Vec<(&str, Vec<f64>)> = vec![
        ("patient=ane&code=http://loinc.org|8867-4&date=2025-12-03", vec![73.0]),
        ("patient=Patient/ane&code=8867-4&date=ge2025-12-08", vec![79.0, 78.0]),
        (
            "patient=ane&code=8867-4&date=ge2025-12-03&date=lt2025-12-05&_sort=date",
            vec![73.0, 74.0],
        ),
        ("patient=ane&code=8867-4&date=2025-12-03,2025-12-05", vec![75.0, 73.0]),
        ("patient=ane&code=8867-4&date=ne2025-12-03&_count=3", vec![79.0, 78.0, 77.0]),
        ("patient=ane&code=8867-4,29463-7&date=2025-12-03", vec![73.0, 83.5]),
        ("patient=nobody", vec![]),
        ("patient=ane&code=|8867-4", vec![]),
        ("patient=ane&code=93832-4&date=2025-12-04", vec![]),
        ("patient=ane&code=93832-4&date=lt2025-12-05", vec![7.5]),
        ("patient=ane&code=93832-4&date=gt2025-12-04", vec![7.5]),
        ("patient=ane&code=93832-4&date=sa2025-12-04", vec![]),
        ("patient=ane&code=93832-4&date=ne2025-12-05", vec![7.5]),
        ("patient=ane&date=ap2025-12-05T02:00:00Z&code=93832-4", vec![7.5]),
        ("patient=ane&code=29463-7&value-quantity=gt88", vec![89.5, 88.5]),
        ("code=29463-7&value-quantity=lt82|http://unitsofmeasure.org|kg", vec![180.0, 81.5]),
        ("code=29463-7&value-quantity=180|http://unitsofmeasure.org|[lb_av]", vec![180.0, 81.5]),
        ("code=29463-7&value-quantity=180|http://unitsofmeasure.org|mm[Hg]", vec![]),
        ("identifier=urn:app|ane-2025-12-03T08:00:00Z", vec![83.5]),
        ("identifier=ane-2025-12-03T08:00:00Z&patient=ane", vec![83.5]),
        ("identifier=ane-2025-12-03T08:00:00Z&patient=bo", vec![]),
        ("identifier=|ane-2025-12-03T08:00:00Z", vec![]),
        ("patient.identifier=urn:oid:1.2.208.176.1.2|0202602345", vec![180.0]),
        ("device=scale&patient=bo", vec![180.0]),
        ("device=Device/other&patient=bo", vec![]),
        ("patient=bo&status=final", vec![180.0]),
        ("patient=bo&status:not=final", vec![]),
        ("patient=bo&category=vital-signs", vec![180.0]),
        ("patient=bo&_lastUpdated=2026-01-01T00:00:00Z", vec![180.0]),
        ("patient=bo&_lastUpdated=lt2026-01-01T00:00:00Z", vec![]),
        ("patient=bo&_sort=-_lastUpdated", vec![180.0]),
        ("_id=nonsense", vec![]),
    ];
    for (query, expected) in cases {
        // Values of one moment come in the order of their concepts' numbers.
        let mut found = values(&find(query).await);
        if query.contains("8867-4,29463-7") || query.contains("value-quantity=") {
            found.sort_by(|a, b| b.total_cmp(a));
            let mut expected: Vec<f64> = expected.clone();
            expected.sort_by(|a, b| b.total_cmp(a));
            if query.contains("=180|http://unitsofmeasure.org|[lb_av]") {
                expected = vec![180.0, 81.5];
            }
            assert_eq!(found, expected, "{query}");
        } else {
            assert_eq!(found, expected, "{query}");
        }
    }
    assert_eq!(find("patient=ane&_count=0&_totalMethod=count").await["total"], 19);
    assert_eq!(find("patient=ane&_count=2&_total=accurate").await["total"], 19);
    assert_eq!(find("patient=ane&_count=2").await.get("total"), None);
    assert_eq!(find("identifier=ane-2025-12-03T08:00:00Z&_summary=count").await["total"], 1);
    assert_eq!(find("_summary=count").await["total"], 20);

    // Pages, in every order, see everything once.
    for (sort, query) in [
        ("-date", "patient=ane"),
        ("date", "patient=ane"),
        ("_lastUpdated", "patient=ane"),
        ("-_lastUpdated", "patient=ane"),
        ("-date", "status=final&patient=ane"),
        ("-date", "code=8867-4,29463-7,93832-4&patient=ane,carl"),
        ("date", "category:not=x"),
    ] {
        let mut seen = Vec::new();
        let mut next = Some(format!("Observation?{query}&_sort={sort}&_count=4"));
        while let Some(address) = next {
            let path = address.trim_start_matches("http://pulsvagt.test/fhir/").to_owned();
            let page = nurse.get(&path).await.expect(200).json();
            let again = link(&page, "self").expect("self");
            let again = again.trim_start_matches("http://pulsvagt.test/fhir/");
            assert_eq!(nurse.get(again).await.expect(200).json()["entry"], page["entry"]);
            for entry in page["entry"].as_array().into_iter().flatten() {
                seen.push(entry["resource"]["id"].as_str().expect("id").to_owned());
            }
            next = link(&page, "next");
        }
        let length = seen.len();
        assert_eq!(length, if query.contains("patient") { 19 } else { 20 }, "{query} {sort}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), length, "{query} {sort}");
    }

    // By id, posted, with what it refers to.
    let one = find("patient=ane&code=8867-4&_count=1").await;
    let id = one["entry"][0]["resource"]["id"].as_str().expect("id").to_owned();
    assert_eq!(one["entry"][0]["fullUrl"], format!("http://pulsvagt.test/fhir/Observation/{id}"));
    assert_eq!(find(&format!("_id={id},nonsense")).await["total"], 1);
    let form = nurse.with("content-type", "application/x-www-form-urlencoded");
    let posted = form
        .post(
            "Observation/_search?_count=5",
            "patient.identifier=0202602345&_include=Observation:patient",
        )
        .await
        .expect(200);
    let bundle = posted.json();
    assert_eq!(bundle["entry"][1]["resource"]["id"], "bo");
    assert_eq!(bundle["entry"][1]["search"]["mode"], "include");
    assert_eq!(
        link(&bundle, "self").as_deref(),
        Some(
            "http://pulsvagt.test/fhir/Observation?_include=Observation:patient&patient=bo&_sort=-date&_count=5"
        )
    );

    // $lastn
    let last = nurse
        .get("Observation/$lastn?patient=ane&category=vital-signs&max=2")
        .await
        .expect(200)
        .json();
    let mut found = values(&last);
    found.sort_by(f64::total_cmp);
    assert_eq!(found, [78.0, 79.0, 88.5, 89.5]);
    nurse.get("Observation/$lastn?patient=ane").await.expect(400);
    nurse.get("Observation/$lastn?category=vital-signs").await.expect(400);

    // $stats
    let stats = nurse
        .get("Observation/$stats?subject=Patient/ane&system=http://loinc.org&code=29463-7&statistic=average,max,count,median,std-dev&period=2025-12-01/2025-12-03&include=all&limit=1")
        .await
        .expect(200)
        .json();
    let observation = &stats["parameter"][0]["resource"];
    let told: Vec<f64> = (0..5)
        .map(|at| observation["component"][at]["valueQuantity"]["value"].as_f64().expect("value"))
        .collect();
    assert_eq!(told, [82.5, 83.5, 3.0, 82.5, 1.0]);
    assert_eq!(observation["component"][0]["valueQuantity"]["code"], "kg");
    assert_eq!(stats["parameter"][1]["name"], "source");
    let parameters = json!({"resourceType":"Parameters","parameter":[
        {"name":"subject","valueUri":"Patient/bo"},{"name":"coding","valueCoding":{"system":"http://loinc.org","code":"29463-7"}},
        {"name":"duration","valueDecimal":1000},{"name":"statistic","valueCode":"average"}]});
    let stats = nurse.post("Observation/$stats", &parameters.to_string()).await.expect(200).json();
    let kg = stats["parameter"][0]["resource"]["component"][0]["valueQuantity"]["value"].as_f64();
    assert!((kg.expect("kg") - 81.646_6).abs() < 1e-3, "{stats}");

    // A citizen sees the citizen.
    let own = world.citizen("bo");
    assert_eq!(values(&own.get("Observation").await.expect(200).json()), [180.0]);
    assert_eq!(own.get("Observation?patient=ane").await.expect(200).json()["total"], 0);
    assert_eq!(
        own.get("Observation?patient.identifier=0101501234").await.expect(200).json()["total"],
        0
    );
    assert_eq!(own.get(&format!("Observation?_id={id}")).await.expect(200).json()["total"], 0);
    let others = nurse.get("Observation?patient=ane&_count=1").await.expect(200).json();
    let next = link(&others, "next").expect("next");
    let next = next.trim_start_matches("http://pulsvagt.test/fhir/");
    assert_eq!(values(&own.get(next).await.expect(200).json()), Vec::<f64>::new());
    nurse.get("Observation?_page=forged").await.expect(400);
    nurse.get("Observation?date=yesterday").await.expect(400);
    world
        .client("0330", pulsvagt::access::Role::Analyst, None)
        .get("Observation")
        .await
        .expect(403);
    world.end().await;
}
