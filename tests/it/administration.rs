//! The pages of administration, and what the API tells of the same: policy, teams, rules, what
//! comes in.

use axum::body::Body;
use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::clock::Micros;
use pulsvagt::store::screenings::{Mode, Used};
use pulsvagt_analytics::Pack;
use serde_json::{Value, json};

use crate::worklist::{PACK, Ward, weight};
use crate::world::{Answer, Client};

const FORM: &str = "application/x-www-form-urlencoded";

async fn send(client: &Client, path: &str, fields: &str) -> Answer {
    let client = client.with("content-type", FORM);
    client.send(Method::POST, path, Body::from(fields.to_owned())).await
}

fn lead(ward: &Ward) -> Client {
    ward.world.client("0330", Role::Lead, None).with("content-type", "application/json")
}

/// The fields of the form on a page, but for those of one name, which are `with` instead.
fn fields(page: &str, with: &[(&str, &str)]) -> String {
    let mut found: Vec<(String, String)> = Vec::new();
    for input in page.split("<input ").skip(1) {
        let input = input.split('>').next().expect("an end");
        let attribute = |name: &str| {
            let rest = input.split(&format!(" {name}=\"")).nth(1);
            let rest = rest.or_else(|| input.strip_prefix(&format!("{name}=\"")))?;
            rest.split('"').next().map(str::to_owned)
        };
        let checkable = input.contains("type=\"checkbox\"");
        let off = checkable && !input.contains(" checked");
        if let (Some(name), false) = (attribute("name"), off) {
            found.push((name, attribute("value").unwrap_or_default()));
        }
    }
    found.retain(|(name, _)| name != "q" && !with.iter().any(|(other, _)| other == name));
    found.extend(with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let encoded: Vec<String> = found
        .into_iter()
        .map(|(name, value)| format!("{name}={}", value.replace(':', "%3A").replace(' ', "+")))
        .collect();
    encoded.join("&")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_shown_in_words_before_it_holds() {
    let ward = Ward::new().await;
    let lead = lead(&ward);
    let page = lead.get("/admin/settings").await.expect(200).text;
    assert!(page.contains("Rød: nogen handler inden for"), "{page}");
    let asked = fields(&page, &[("n.redMinutes", "60"), ("closedDays", "12-24 12-31")]);
    let preview = send(&lead, "/admin/settings", &asked).await.expect(200).text;
    assert!(preview.contains("120 minutter → <b>60 minutter</b>"), "{preview}");
    assert!(preview.contains("Lukkede dage: ingen → <b>12-24; 12-31</b>"), "{preview}");
    assert_eq!(preview.matches("<li>").count(), 2 + 6, "nothing else would change: {preview}");
    let version = async || {
        let policy = lead.get("/api/triage/policy").await.expect(200).json();
        policy["version"].as_u64().expect("a version")
    };
    assert_eq!(version().await, 0, "a preview changes nothing");
    let save = fields(&preview, &[]);
    let done = send(&lead, "/admin/settings", &save).await.expect(303);
    assert_eq!(done.header("location"), "/admin/settings?done=settings");
    let policy = lead.get("/api/triage/policy").await.expect(200).json();
    assert_eq!((&policy["version"], &policy["policy"]["redMinutes"]), (&json!(1), &json!(60)));
    assert_eq!(policy["policy"]["staffed"][0]["from"], "08:00", "what was not touched stays");
    // The form of before is of no use any more.
    let late = send(&lead, "/admin/settings", &save).await.expect(409).text;
    assert!(late.contains("En anden har ændret noget"), "{late}");
    let bad =
        fields(&lead.get("/admin/settings").await.expect(200).text, &[("n.claimMinutes", "0")]);
    let bad = send(&lead, "/admin/settings", &bad).await.expect(422).text;
    assert!(bad.contains("mellem 1 og 480"), "{bad}");
    assert_eq!(version().await, 1);

    let history = lead.get("/api/triage/policy/history").await.expect(200).json();
    let expected = json!([
        {"field": "closedDays", "before": [], "after": ["12-24", "12-31"]},
        {"field": "redMinutes", "before": 120, "after": 60},
    ]);
    assert_eq!(history[0]["changes"], expected);
    assert_eq!(history[0]["setBy"], "test-lead");
    // Who may only read is shown no form.
    let nurse = ward.nurse();
    let page = nurse.get("/admin/settings").await.expect(200).text;
    assert!(!page.contains("action=\"/admin/settings\"") && page.contains("60 minutter"), "{page}");
    send(&nurse, "/admin/settings", &save).await.expect(403);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_are_made_and_renamed() {
    let ward = Ward::new().await;
    let admin = ward.world.admin("0330");
    let made = send(&admin, "/admin/teams", "code=nord&name=Team+Nord&district=Havnen").await;
    assert_eq!(made.expect(303).header("location"), "/admin/teams#team-nord");
    let page = admin.get("/admin/teams").await.expect(200).text;
    assert!(page.contains("Team Nord") && page.contains("Havnen"), "{page}");
    for wrong in ["code=No+rd&name=x", "code=syd&name="] {
        let page = send(&admin, "/admin/teams", wrong).await.expect(422).text;
        assert!(page.contains("Det blev ikke gjort"), "{page}");
    }
    let nurse = ward.nurse();
    assert!(!nurse.get("/admin/teams").await.expect(200).text.contains("name=\"district\""));
    send(&nurse, "/admin/teams", "code=syd&name=Syd").await.expect(403);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_works_in_a_team_and_when_is_said_on_the_page() {
    let ward = Ward::new().await;
    let admin = ward.world.admin("0330");
    let page = async || admin.get("/admin/teams").await.expect(200).text;
    let members = "/admin/teams/default/members";
    let joined = send(&admin, members, "subject=maja&issuer=https%3A%2F%2Fidp.test").await;
    assert_eq!(joined.expect(303).header("location"), "/admin/teams#team-default");
    let there = page().await;
    assert!(there.contains("<b>maja</b>") && there.contains("https://idp.test"), "{there}");
    for wrong in ["subject=", "subject=010203-4569"] {
        let refused = send(&admin, members, wrong).await.expect(422).text;
        assert!(refused.contains("Vælg en medarbejder"), "{refused}");
    }
    let mut paths = there.split("action=\"").filter_map(|part| part.split('"').next());
    let leave = paths.find(|path| path.ends_with("/leave")).expect("a way out");
    assert!(!leave.contains("maja"), "no name in an address");
    send(&admin, leave, "").await.expect(303);
    assert!(!page().await.contains("<b>maja</b>"));
    send(&admin, leave, "").await.expect(404);

    // The citizens of a team are told when it is there; and nobody else otherwise than before.
    let citizen = ward.world.client("0330", Role::Citizen, Some("ane"));
    let hours = "/admin/teams/default/hours";
    assert!(citizen.get("/me").await.expect(200).text.contains("mandag–fredag kl. 08:00–16:00"));
    let shift = "shift.0.days=saturday&shift.0.days=sunday&shift.0.from=09:00&shift.0.to=11:30";
    send(&admin, hours, shift).await.expect(303);
    let told = citizen.get("/me").await.expect(200).text;
    assert!(told.contains("lørdag, søndag kl. 09:00–11:30"), "{told}");
    assert!(page().await.contains("lørdag, søndag 09:00–11:30"));
    let known = admin.get("/api/teams").await.expect(200).json();
    assert_eq!(known[0]["staffed"][0]["from"], "09:00", "{known}");
    for wrong in ["shift.0.days=monday&shift.0.from=09:00&shift.0.to=08:00", "shift.0.days=monday"]
    {
        let refused = send(&admin, hours, wrong).await.expect(422).text;
        assert!(refused.contains("slutte, efter den begynder"), "{refused}");
    }
    let json = admin.with("content-type", "application/json");
    json.put("/api/teams/nobody/hours", r#"{"staffed": null}"#).await.expect(404);
    let refused = json.put("/api/teams/default/hours", r#"{"staffed": []}"#).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/staffed", "{}", refused.text);
    // Without days it is as the municipality says.
    send(&admin, hours, "shift.0.from=&shift.0.to=").await.expect(303);
    assert!(citizen.get("/me").await.expect(200).text.contains("mandag–fredag kl. 08:00–16:00"));
    let nurse = ward.nurse();
    assert!(!nurse.get("/admin/teams").await.expect(200).text.contains("/members\""));
    for path in [members, hours] {
        send(&nurse, path, "subject=x").await.expect(403);
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_on_trial_is_compared_rule_by_rule() {
    let ward = Ward::new().await;
    let text = PACK.replace("version = \"7\"", "version = \"8\"").replacen("100.0", "103.0", 1);
    let pack = Pack::parse(&text).expect("a pack");
    let now = ward.world.clock.now();
    let used = ward.store.use_rule_pack(pack.hash(), "test", "8", &text, Mode::Shadow, now).await;
    assert!(matches!(used.expect("a pack"), Used::Now { .. }));
    ward.take_in(&[weight("ane", "2025-12-31T08:00:00+01:00", "102")]).await;
    let nurse = ward.nurse();
    let told = nurse.get("/api/rules").await.expect(200).json();
    let (active, shadow) = (&told["packs"][0], &told["packs"][1]);
    assert_eq!((&active["mode"], &active["version"]), (&json!("active"), &json!("7")));
    assert_eq!((&shadow["mode"], &shadow["version"]), (&json!("shadow"), &json!("8")));
    let heavy = |pack: &Value| pack["rules"][0].clone();
    assert_eq!(heavy(active)["id"], "HEAVY");
    assert_eq!(heavy(active)["fired"], json!([1, 0, 0]));
    assert_eq!(heavy(shadow)["fired"], json!([0, 1, 0]), "it would have been yellow");
    assert_eq!(
        (&heavy(active)["evidence"], &heavy(active)["needsSignOff"]),
        (&json!("P"), &json!(true))
    );
    let limits = &shadow["changes"]["thresholds"];
    assert_eq!(limits.as_array().map(Vec::len), Some(1));
    assert_eq!(limits[0]["before"]["value"], 100.0);
    assert_eq!(limits[0]["after"]["value"], 103.0);
    assert_eq!(shadow["changes"]["changed"], json!([]));
    let page = nurse.get("/admin/rules").await.expect(200).text;
    for told in ["På prøve: test 8", "100\u{a0}kg", "103\u{a0}kg", "HEAVY", "forslag"] {
        assert!(page.contains(told), "{told} in {page}");
    }
    // Numbers of nobody: an analyst may know them, a citizen need not.
    ward.world.client("0330", Role::Analyst, None).get("/api/rules").await.expect(200);
    ward.world.citizen("ane").get("/api/rules").await.expect(403);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_is_told_without_what_it_was() {
    let ward = Ward::new().await;
    let plan = json!({"programmes": [], "limits": {},
        "cadence": [{"signal": "body_weight", "everyHours": 24}]});
    let plans = ward.nurse().with("if-match", "\"0\"");
    plans.put("/api/citizens/ane/plan", &plan.to_string()).await.expect(200);
    let mut sent: Value =
        serde_json::from_str(&weight("ane", "2025-12-31T08:00:00+01:00", "77.7")).expect("JSON");
    sent["device"] = json!({"reference": "Device/scale-1"});
    ward.take_in(&[sent.to_string(), weight("bo", "2025-12-31T08:00:00+01:00", "704")]).await;
    let admin = ward.world.admin("0330");
    let told = admin.get("/api/ingestion").await.expect(200).json();
    let sum = |hours: &Value| -> u64 {
        hours.as_array().expect("hours").iter().filter_map(Value::as_u64).sum()
    };
    assert_eq!(told["received"].as_array().map(Vec::len), Some(48));
    assert_eq!((sum(&told["received"]), sum(&told["doubtful"])), (2, 1));
    let devices = told["devices"].as_array().expect("devices");
    assert_eq!(devices.iter().map(|it| it["sum"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(1)]);
    assert_eq!(told["waiting"], json!([{"reason": "implausible", "count": 1}]));
    // Both were taken at 7 UTC, and received at midnight.
    assert_eq!(told["delay"]["median"], 17.0 * 3_600.0);
    assert_eq!(told["silent"], json!([]));
    assert_eq!(told["certificates"], json!([]), "a proxy speaks TLS");
    // In doubt is told by device; refused, which is kept nowhere, by whoever sent it.
    let doubt = json!([{"sender": "", "reason": "implausible", "kept": true, "day": 1, "week": 1}]);
    assert_eq!(told["refused"], doubt);
    let fhir = "application/fhir+json";
    let gateway = ward.world.client("0330", Role::Gateway, None).with("content-type", fhir);
    let mut broken = sent.clone();
    broken["status"] = json!("sometimes");
    for _ in 0..2 {
        let answer = gateway.post("/fhir/Observation", &broken.to_string()).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{}", answer.text);
    }
    let told = admin.get("/api/ingestion").await.expect(200).json();
    let line = &told["refused"][0];
    assert_eq!((&line["kept"], &line["day"], &line["week"]), (&json!(false), &json!(2), &json!(2)));
    assert!(line["reason"].as_str().is_some_and(|key| !key.is_empty()), "{told}");
    // It is still known an hour later, and no more after a week.
    let refused = async |days: i64| {
        let now = Micros(ward.world.clock.now().0 + days * 86_400_000_000);
        let lines = ward.store.refusals(now, 10).await.expect("refusals");
        lines.first().map(|line| (line.day, line.week))
    };
    assert_eq!(
        [refused(0).await, refused(2).await, refused(8).await],
        [Some((2, 2)), Some((0, 2)), None]
    );
    let page = admin.get("/admin/ingestion").await.expect(200).text;
    assert!(page.contains("Device/scale-1") && page.contains("17 t"), "{page}");
    assert!(!page.contains("77.7") && !page.contains("77,7") && !page.contains("704"), "{page}");
    for role in [Role::Nurse, Role::Analyst, Role::Gateway, Role::Operator] {
        ward.world.client("0330", role, None).get("/api/ingestion").await.expect(403);
        ward.world.client("0330", role, None).get("/admin/ingestion").await.expect(403);
    }
    ward.world.end().await;
}

/// What a rule of silence adds to the test pack.
const SILENCE: &str = r#"
[[rules]]
id = "SILENCE"
problem = "silence"
programmes = []
blue = "silence_overdue_hours > 0"
sign_off = "needed"
evidence = "P"
sources = ["test"]
false_alarms = "not known"
title = { en = "Silence", da = "Tavshed" }
[rules.explain.en]
blue = "No {silence_signal}"
[rules.explain.da]
blue = "Ingen {silence_signal}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_measured_as_agreed_is_told_with_the_device() {
    let ward = Ward::new().await;
    let text = [PACK, SILENCE].concat();
    let pack = Pack::parse(&text).unwrap_or_else(|errors| panic!("{errors}"));
    let now = ward.world.clock.now();
    let used = ward.store.use_rule_pack(pack.hash(), "test", "7", &text, Mode::Active, now).await;
    assert!(matches!(used.expect("a pack"), Used::Now { .. }));
    let plan = json!({"programmes": [], "limits": {},
        "cadence": [{"signal": "body_weight", "everyHours": 24}]});
    let plans = ward.nurse().with("if-match", "\"0\"");
    plans.put("/api/citizens/ane/plan", &plan.to_string()).await.expect(200);
    let mut sent: Value =
        serde_json::from_str(&weight("ane", "2025-12-31T08:00:00+01:00", "77.7")).expect("JSON");
    sent["device"] = json!({"reference": "Device/scale-1"});
    ward.take_in(&[sent.to_string()]).await;
    let admin = ward.world.admin("0330");
    assert_eq!(admin.get("/api/ingestion").await.expect(200).json()["silent"], json!([]));
    ward.world.clock.advance(4 * 86_400 * 1_000_000);
    ward.take_in(&[]).await;
    // A token of four days ago is of no use.
    let admin = ward.world.admin("0330");
    let told = admin.get("/api/ingestion").await.expect(200).json();
    assert_eq!(
        told["silent"],
        json!([{"citizen": "ane", "what": "Vægt", "everyHours": 24, "device": "Device/scale-1",
            "last": "2025-12-31T07:00:00.000000Z"}])
    );
    let page = admin.get("/admin/ingestion").await.expect(200).text;
    assert!(page.contains("Tavse enheder") && page.contains("hver dag"), "{page}");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_put_on_trial_and_taken_off_it() {
    let ward = Ward::new().await;
    let lead = lead(&ward);
    let text = PACK.replace("version = \"7\"", "version = \"8\"").replacen("100.0", "103.0", 1);
    let body = |text: &str| json!({ "pack": text }).to_string();
    let refused = lead.post("/api/rules/trial", &body("[pack]\nname = 1")).await.expect(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/pack", "{refused}");
    lead.post("/api/rules/trial", &body(PACK)).await.expect(409);
    for _ in 0..2 {
        let told = lead.post("/api/rules/trial", &body(&text)).await.expect(200).json();
        assert_eq!(told["packs"][1]["mode"], "shadow", "{told}");
        assert_eq!(told["packs"].as_array().map(Vec::len), Some(2));
    }
    let nurse = ward.nurse().with("content-type", "application/json");
    nurse.post("/api/rules/trial", &body(&text)).await.expect(403);
    // Each costs as much as the one in force.
    for version in ["9", "10"] {
        let more = text.replace("version = \"8\"", &format!("version = \"{version}\""));
        lead.post("/api/rules/trial", &body(&more)).await.expect(200);
    }
    let fourth = text.replace("version = \"8\"", "version = \"11\"");
    lead.post("/api/rules/trial", &body(&fourth)).await.expect(409);
    let pack = Pack::parse(&text).expect("a pack");
    let page = lead.get(&format!("/admin/rules/{}", pack.hash())).await.expect(200).text;
    assert!(page.contains(&format!("/admin/rules/{}/end", pack.hash())), "{page}");
    let path = format!("/admin/rules/{}/end", pack.hash());
    send(&lead, &path, "").await.expect(303);
    send(&lead, &path, "").await.expect(404);
    let active = Pack::parse(PACK).expect("a pack");
    lead.delete(&format!("/api/rules/trial/{}", active.hash())).await.expect(404);
    let packs = ward.store.all_rule_packs().await.expect("packs");
    let ended = packs.iter().find(|known| known.hash == pack.hash()).expect("it stays");
    assert_eq!(ended.mode, Mode::Retired);
    ward.world.end().await;
}
