//! Rule packs from the page and over the API: on trial, compared, signed, in force, and back.

use axum::body::Body;
use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::store::screenings::Mode;
use pulsvagt_analytics::Pack;
use serde_json::{Value, json};

use crate::worklist::{PACK, Ward, weight};
use crate::world::{Answer, Client};

fn lead(ward: &Ward) -> Client {
    ward.world.client("0330", Role::Lead, None).with("content-type", "application/json")
}

async fn send(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let client = client.with("content-type", "application/x-www-form-urlencoded");
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, text)| {
            let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
            format!("{name}={}", bytes.collect::<String>())
        })
        .collect();
    client.send(Method::POST, path, Body::from(fields.join("&"))).await
}

/// The test pack with another version and another limit.
fn another() -> (String, String) {
    let text = PACK.replace("version = \"7\"", "version = \"8\"").replacen("100.0", "103.0", 1);
    let hash = Pack::parse(&text).expect("a pack").hash().to_owned();
    (text, hash)
}

async fn modes(ward: &Ward) -> Vec<(String, Mode)> {
    let packs = ward.store.all_rule_packs().await.expect("packs");
    packs.into_iter().map(|pack| (pack.version, pack.mode)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_goes_from_a_file_to_force_and_back_on_the_page() {
    let ward = Ward::new().await;
    let lead = lead(&ward);
    let (text, hash) = another();
    let active = Pack::parse(PACK).expect("a pack").hash().to_owned();

    // What is wrong is told with its place, and nothing of it is kept.
    let broken = text.replacen("evidence = \"P\"", "evidence = \"X\"", 1);
    let refused = send(&lead, "/admin/rules", &[("pack", &broken)]).await.expect(422).text;
    let line = 1 + broken.lines().position(|line| line.contains("\"X\"")).expect("a line");
    assert!(refused.contains(&format!("Linje {line}")), "{refused}");
    assert!(refused.contains("<pre>evidence = &quot;X&quot;</pre>"), "{refused}");
    assert!(refused.contains("Intet er gemt"), "{refused}");
    assert_eq!(modes(&ward).await, [("7".to_owned(), Mode::Active)]);

    // As a browser sends it: the text is that of the file all the same.
    let sent = text.replace('\n', "\r\n");
    let done = send(&lead, "/admin/rules", &[("pack", &sent)]).await.expect(303);
    let page = format!("/admin/rules/{hash}");
    assert_eq!(done.header("location"), format!("{page}?done=trial"));
    ward.take_in(&[weight("ane", "2025-12-31T08:00:00+01:00", "102")]).await;
    let shown = lead.get(&page).await.expect(200).text;
    for told in ["100\u{a0}kg", "103\u{a0}kg", "Mindre hastende på prøve"] {
        assert!(shown.contains(told), "{told} in {shown}");
    }
    assert!(shown.contains("Ingen har skrevet under"), "{shown}");
    assert!(!shown.contains("/use\""), "nobody has signed: {shown}");

    // Without a signature it stays where it is.
    let used = format!("{page}/use");
    let wanted = [("insteadOf", &*active), ("reason", "Vedtaget i dag")];
    let refused = send(&lead, &used, &wanted).await.expect(409).text;
    assert!(refused.contains("før nogen har skrevet under"), "{refused}");

    let sign = format!("{page}/sign");
    let wrong = [("signedBy", "Ole, 0101501234"), ("signedAs", "overlæge")];
    let refused = send(&lead, &sign, &wrong).await.expect(422).text;
    assert!(refused.contains("uden CPR-nummer"), "{refused}");
    let signed = [("signedBy", "Ole Overlæge"), ("signedAs", "ledende overlæge")];
    for _ in 0..2 {
        send(&lead, &sign, &signed).await.expect(303);
    }
    let shown = lead.get(&page).await.expect(200).text;
    assert_eq!(shown.matches("Ole Overlæge, ledende overlæge").count(), 1, "{shown}");

    // Why has to be said, and what was thought to be in force has to be.
    let mute = [("insteadOf", &*active), ("reason", "")];
    let refused = send(&lead, &used, &mute).await.expect(422).text;
    assert!(refused.contains("Skriv hvorfor"), "{refused}");
    let stale = [("insteadOf", "another"), ("reason", "Vedtaget i dag")];
    let refused = send(&lead, &used, &stale).await.expect(409).text;
    assert!(refused.contains("imens sat en anden pakke") && refused.contains("Vedtaget i dag"));
    let done = send(&lead, &used, &wanted).await.expect(303);
    assert_eq!(done.header("location"), "/admin/rules?done=use");
    assert_eq!(
        modes(&ward).await,
        [("8".to_owned(), Mode::Active), ("7".to_owned(), Mode::Retired)]
    );
    let shown = lead.get("/admin/rules").await.expect(200).text;
    assert!(shown.contains("Vedtaget i dag") && shown.contains("den forrige"), "{shown}");

    // The way back needs no signature.
    let back = format!("/admin/rules/{active}/use");
    let wanted = [("insteadOf", &*hash), ("reason", "For mange alarmer")];
    send(&lead, &back, &wanted).await.expect(303);
    assert_eq!(
        modes(&ward).await,
        [("7".to_owned(), Mode::Active), ("8".to_owned(), Mode::Retired)]
    );
    let nurse = ward.nurse();
    let shown = nurse.get(&page).await.expect(200).text;
    assert!(!shown.contains("/sign\"") && !shown.contains("/use\""), "{shown}");
    for path in [&used, &sign, "/admin/rules"] {
        send(&nurse, path, &wanted).await.expect(403);
    }
    let file = nurse.get(&format!("{page}/text")).await.expect(200);
    assert_eq!(
        (file.text.as_str(), file.header("content-type")),
        (&*text, "text/plain; charset=utf-8")
    );
    for path in ["/admin/rules/none", "/admin/rules/none/text", "/admin/rules/none/x"] {
        lead.get(path).await.expect(404);
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_says_the_same() {
    let ward = Ward::new().await;
    let lead = lead(&ward);
    // Bo has a limit of his own that the pack on trial lets nobody have.
    let text = another().0.replacen("allowed = [50.0, 300.0]", "allowed = [50.0, 120.0]", 1);
    let hash = Pack::parse(&text).expect("a pack").hash().to_owned();
    let active = Pack::parse(PACK).expect("a pack").hash().to_owned();
    let plan = json!({"programmes": [], "limits": {"heavy": 150.0}, "cadence": []});
    let plans = ward.nurse().with("if-match", "\"0\"");
    plans.put("/api/citizens/bo/plan", &plan.to_string()).await.expect(200);
    lead.post("/api/rules/trial", &json!({ "pack": text }).to_string()).await.expect(200);
    ward.take_in(&[weight("ane", "2025-12-31T08:00:00+01:00", "102")]).await;

    let path = format!("/api/rules/packs/{hash}");
    let told = lead.get(&path).await.expect(200).json();
    assert_eq!((&told["inForce"], &told["mayBeUsed"]), (&json!(active), &json!(false)));
    assert_eq!(told["text"], text);
    assert_eq!(told["pack"]["changes"]["thresholds"].as_array().map(Vec::len), Some(1));
    // Red by the one in force, yellow by the one on trial.
    let all = &told["compared"]["all"];
    let counts = |line: &Value| {
        ["onlyTrial", "onlyInForce", "higher", "lower", "same"].map(|it| line[it].as_u64())
    };
    assert_eq!(counts(all), [Some(0), Some(0), Some(0), Some(1), Some(0)], "{told}");
    assert_eq!(told["compared"]["rules"][0]["rule"], "HEAVY");
    let misfits =
        json!({"citizens": 1, "unknown": {}, "outOfRange": {"heavy": 1}, "contradictions": {}});
    assert_eq!(told["limits"], misfits);

    let wanted = json!({"insteadOf": active, "reason": "agreed"}).to_string();
    lead.post(&format!("{path}/use"), &wanted).await.expect(409);
    let wrong = json!({"signedBy": "", "signedAs": "consultant"}).to_string();
    let refused = lead.post(&format!("{path}/sign-off"), &wrong).await.expect(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/signedBy", "{refused}");
    let signed = json!({"signedBy": "Ole Overlæge", "signedAs": "consultant"}).to_string();
    let told = lead.post(&format!("{path}/sign-off"), &signed).await.expect(200).json();
    assert_eq!(told["pack"]["signOffs"][0]["signedBy"], "Ole Overlæge");
    let short = json!({"insteadOf": active, "reason": "x"}).to_string();
    lead.post(&format!("{path}/use"), &short).await.expect(422);
    for _ in 0..2 {
        let told = lead.post(&format!("{path}/use"), &wanted).await.expect(200).json();
        assert_eq!(told["pack"]["mode"], "active", "{told}");
    }
    let told = lead.get("/api/rules").await.expect(200).json();
    assert_eq!(told["uses"][0]["reason"], "agreed");
    // The one before was put in force by the operator.
    assert_eq!(told["uses"].as_array().map(Vec::len), Some(2), "{told}");
    assert_eq!(
        (&told["earlier"][0]["hash"], &told["earlier"][0]["isBefore"]),
        (&json!(active), &json!(true))
    );
    for path in ["/api/rules/packs/none/sign-off", "/api/rules/packs/none/use"] {
        let body = if path.ends_with("use") { &wanted } else { &signed };
        lead.post(path, body).await.expect(404);
        let nurse = ward.nurse().with("content-type", "application/json");
        nurse.post(path, body).await.expect(403);
    }
    ward.world.end().await;
}
