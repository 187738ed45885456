//! `pulsvagt rules`, run as people run it, beside a municipality that screens.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use pulsvagt::screening::{DEFAULT_PACK, Worker};
use pulsvagt::store::Store;
use pulsvagt::store::screenings::{Mode, Token, Used};
use pulsvagt_analytics::Pack;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::world::World;

const MINUTE: i64 = 60 * 1_000_000;

struct Site {
    world: World,
    store: Store,
    folder: tempfile::TempDir,
}

impl Site {
    async fn new() -> Self {
        let world = World::new().await;
        let code = "0330".parse().expect("a code");
        let municipality = world.app.municipality(&code).await.expect("a database");
        let store = municipality.expect("a municipality").store.clone();
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("key"), "07".repeat(32)).expect("a key");
        Self { world, store, folder }
    }

    async fn rules(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_pulsvagt"))
            .arg("rules")
            .args(words)
            .env_remove("PULSVAGT_CONFIG")
            .env_remove("PULSVAGT_DATA")
            .env("PULSVAGT_DATABASE_URL", &self.world.url)
            .env("PULSVAGT_KEY_FILE", self.folder.path().join("key"))
            .output()
            .await
            .expect("the binary")
    }

    /// What it prints when it does what it is told.
    async fn text(&self, words: &[&str]) -> String {
        let output = self.rules(words).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {told}");
        String::from_utf8(output.stdout).expect("text")
    }

    async fn json(&self, words: &[&str]) -> Value {
        let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.text(&words).await).expect("json")
    }

    /// What it says when it refuses.
    async fn refused(&self, words: &[&str]) -> String {
        let output = self.rules(words).await;
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{words:?}: {output:?}");
        String::from_utf8(output.stderr).expect("text")
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    async fn modes(&self) -> Vec<(String, Mode)> {
        let packs = self.store.all_rule_packs().await.expect("packs");
        packs.into_iter().map(|pack| (pack.version, pack.mode)).collect()
    }
}

fn word(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// The default pack with something else in it.
fn another(version: &str, changes: &[(&str, &str)]) -> String {
    let old = format!("version = \"{}\"", Pack::default_pack().version());
    let mut text = DEFAULT_PACK.replacen(&old, &format!("version = \"{version}\""), 1);
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

fn hash(text: &str) -> String {
    Pack::parse(text).unwrap_or_else(|errors| panic!("{errors}")).hash().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_goes_from_shadow_to_active_and_back() {
    let site = Site::new().await;
    let tenant = ["--tenant", "0330"];
    let list = async || site.json(&["list", tenant[0], tenant[1]]).await;
    let text = site.text(&["list", "--tenant", "0330"]).await;
    assert!(text.starts_with("0330 has no rule pack yet"), "{text}");
    assert_eq!(list().await["packs"], json!([]));

    // As the first screening does.
    let worker =
        Worker::new(site.store.clone(), site.world.clock.clone(), Arc::new(Semaphore::new(1)));
    let first = worker.packs().await.expect("packs").active.hash().to_owned();

    let body = another("9", &[("value = 48.0\nunit = \"h\"", "value = 36.0\nunit = \"h\"")]);
    let file = site.file("own.toml", &body);
    let used = site.json(&["use", word(&file), "--tenant", "0330", "--shadow"]).await;
    assert_eq!((&used["mode"], &used["changed"]), (&json!("shadow"), &json!(true)));
    let thresholds = &used["change"]["thresholds"];
    assert_eq!(thresholds.as_array().map(Vec::len), Some(1), "{used}");
    assert_eq!(thresholds[0]["name"], "silence_yellow");
    assert_eq!(
        (&thresholds[0]["before"]["value"], &thresholds[0]["now"]["value"]),
        (&json!(48.0), &json!(36.0))
    );
    let default = Pack::default_pack().version().to_owned();
    assert_eq!(
        site.modes().await,
        [(default.clone(), Mode::Active), ("9".to_owned(), Mode::Shadow)]
    );

    let packs = list().await;
    assert_eq!(packs["packs"][1]["hash"], hash(&body));
    assert_eq!(packs["packs"][1]["rules"], Pack::default_pack().rules().len());
    assert!(packs["packs"][0]["valuesNeedSignOff"].as_u64().is_some_and(|values| values > 10));

    // By what its hash begins with.
    let begin = &hash(&body)[..8];
    let text = site.text(&["use", begin, "--tenant", "0330"]).await;
    assert!(text.contains("is the active rule pack from now on"), "{text}");
    assert!(text.contains("silence_yellow"), "{text}");
    assert_eq!(
        site.modes().await,
        [("9".to_owned(), Mode::Active), (default.clone(), Mode::Retired)]
    );
    let packs = worker.packs().await.expect("packs");
    assert_eq!((packs.active.hash(), packs.shadows.len()), (&*hash(&body), 0));
    let before = list().await;
    let text = site.text(&["use", word(&file), "--tenant", "0330"]).await;
    assert!(text.contains("already"), "{text}");
    assert_eq!(list().await, before, "what is so already stays as it is");

    // And back to the one before.
    site.text(&["use", &first, "--tenant", "0330"]).await;
    assert_eq!(
        site.modes().await,
        [(default.clone(), Mode::Active), ("9".to_owned(), Mode::Retired)]
    );

    // The other municipality has its own.
    let other = site.json(&["list", "--tenant", "0306"]).await;
    assert_eq!(other["packs"], json!([]));
    site.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_shadow_retires() {
    let site = Site::new().await;
    let body = another("9", &[]);
    let file = site.file("own.toml", &body);
    let hash = hash(&body);
    let told = site.refused(&["retire", &hash, "--tenant", "0330"]).await;
    assert!(told.contains("there is no rule pack"), "{told}");
    site.text(&["use", word(&file), "--tenant", "0330", "--shadow"]).await;
    let retired = site.json(&["retire", &hash, "--tenant", "0330"]).await;
    assert_eq!((&retired["mode"], &retired["changed"]), (&json!("retired"), &json!(true)));
    let again = site.json(&["retire", &hash, "--tenant", "0330"]).await;
    assert_eq!(again["changed"], false);

    site.text(&["use", word(&file), "--tenant", "0330"]).await;
    let told = site.refused(&["retire", &hash, "--tenant", "0330"]).await;
    assert!(told.contains("cannot be retired without a successor"), "{told}");
    let told = site.refused(&["use", &hash, "--tenant", "0330", "--shadow"]).await;
    assert!(told.contains("successor"), "{told}");
    assert_eq!(site.modes().await, [("9".to_owned(), Mode::Active)]);
    site.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_with_faults_is_refused_before_anything_is_asked() {
    let site = Site::new().await;
    let broken = site.file("broken.toml", &another("9", &[("silence_critical > 0", "silens > 0")]));
    let checked = site.refused(&["check", word(&broken)]).await;
    let used = site.refused(&["use", word(&broken), "--tenant", "0330"]).await;
    assert_eq!(checked, used, "the same messages");
    assert!(checked.contains("silens"), "{checked}");
    assert_eq!(site.modes().await, []);
    let sound = site.file("sound.toml", &another("9", &[]));
    assert!(site.text(&["check", word(&sound)]).await.contains(" 9 is valid"));
    let told = site.refused(&["use", "abcdef12", "--tenant", "0330"]).await;
    assert!(told.contains("there is no rule pack abcdef12"), "{told}");
    let told = site.refused(&["use", "nowhere.toml", "--tenant", "0330"]).await;
    assert!(told.contains("cannot read nowhere.toml"), "{told}");
    let told = site.refused(&["list", "--tenant", "0999"]).await;
    assert!(told.contains("there is no municipality 0999"), "{told}");
    site.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_limits_that_do_not_go_with_a_pack_are_counted() {
    let site = Site::new().await;
    for (citizen, limits) in [
        ("ane", json!({"silence_yellow": 300.0, "ketones_red": 5.0})),
        ("bo", json!({"silence_yellow": 24.0})),
    ] {
        let plan = json!({"programmes": ["diabetes"], "limits": limits});
        let nurse = site.world.nurse().with("content-type", "application/json");
        let nurse = nurse.with("if-match", "\"0\"");
        let path = format!("/api/citizens/{citizen}/plan");
        nurse.put(&path, &plan.to_string()).await.expect(200);
    }
    let body = another(
        "9",
        &[("allowed = [0.0, 336.0]", "allowed = [0.0, 100.0]"), ("ketones_red", "ketone_red")],
    );
    let body = body.replace("ketones_red", "ketone_red");
    let file = site.file("own.toml", &body);
    let used = site.json(&["use", word(&file), "--tenant", "0330", "--shadow"]).await;
    assert_eq!(
        used["limits"],
        json!({"citizens": 1, "unknown": {"ketones_red": 1}, "outOfRange": {"silence_yellow": 1},
               "contradictions": {}})
    );
    let text = site.text(&["use", &hash(&body), "--tenant", "0330"]).await;
    assert!(text.contains("2 limits in the plans of 1 citizens do not go with it"), "{text}");
    site.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_pack_makes_everybody_due_and_holds_nobody_up() {
    let site = Site::new().await;
    let now = site.world.clock.now();
    let weight = |citizen: &str, at: &str| {
        json!({"resourceType": "Observation", "status": "final",
               "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
               "subject": {"reference": format!("Patient/{citizen}")}, "effectiveDateTime": at,
               "valueQuantity": {"value": 80, "unit": "kg", "system": "http://unitsofmeasure.org",
                                 "code": "kg"}})
        .to_string()
    };
    for citizen in ["ane", "bo"] {
        let sent = weight(citizen, "2025-12-30T08:00:00+01:00");
        site.world.gateway().post("Observation", &sent).await.expect(201);
    }
    let worker =
        Worker::new(site.store.clone(), site.world.clock.clone(), Arc::new(Semaphore::new(1)));
    while worker.batch(10).await.expect("screened").is_some() {}
    let body = another("9", &[]);
    let pack = Pack::parse(&body).unwrap_or_else(|errors| panic!("{errors}"));
    let used = site.store.use_rule_pack(pack.hash(), "own", "9", &body, Mode::Active, now).await;
    assert_eq!(used.expect("used"), Used::Now { due: 2 });
    // Bo has measured since; Ane, who has the lower number, waits.
    site.world.clock.advance(MINUTE);
    let sent = weight("bo", "2025-12-31T08:00:00+01:00");
    site.world.gateway().post("Observation", &sent).await.expect(201);
    let token = Token::new("00000000-0000-4000-8000-000000000001".to_owned());
    let now = site.world.clock.now();
    let leased = site.store.lease(&token, 1, now, now).await.expect("leased");
    let bo = site.store.citizen("bo").expect("a citizen").0;
    assert_eq!(leased.iter().map(|one| one.citizen).collect::<Vec<_>>(), [bo]);
    while worker.batch(10).await.expect("screened").is_some() {}
    let by = format!("select count(*) from screened where pack = '{}'", pack.hash());
    assert_eq!(site.world.count("0330", &by).await, 2);
    site.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_changes_at_a_time_leave_one_active_pack() {
    let site = Site::new().await;
    let now = site.world.clock.now();
    let mut running = Vec::new();
    for version in 0..6 {
        let (store, body) = (site.store.clone(), another(&version.to_string(), &[]));
        running.push(site.world.app.tasks().spawn(async move {
            let version = version.to_string();
            store.use_rule_pack(&hash(&body), "own", &version, &body, Mode::Active, now).await
        }));
    }
    for one in running {
        let used = one.await.expect("ended").expect("used");
        assert_eq!(used, Used::Now { due: 0 });
    }
    let modes = site.modes().await;
    let active = modes.iter().filter(|(_, mode)| *mode == Mode::Active).count();
    assert_eq!((modes.len(), active), (6, 1));
    site.world.end().await;
}
