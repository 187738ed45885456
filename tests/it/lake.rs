//! The lake: what engines read is what is stored, whatever happens while it is written.

mod bucket;
mod command;
mod leave;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use pulsvagt::access::Role;
use pulsvagt::audit::Purpose;
use pulsvagt::lake::{Asked, Lake, LakeError, Report, export};
use pulsvagt::store::Store;
use pulsvagt_analytics::lake::TABLES;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::screening::Ward;
use crate::world::{World, heart_rate};

const DAY: i64 = 86_400 * 1_000_000;

fn asked() -> Asked<'static> {
    let purpose = Purpose::from_code("HQUALIMP").expect("a purpose");
    Asked { actor: "ada", purpose, anew: false }
}

fn folder(root: &Path) -> Lake {
    Lake::Folder(root.to_owned())
}

async fn write(world: &World, store: &Store, root: &Path) -> Report {
    export(store, &folder(root), &asked(), world.clock.now(), |_| ()).await.expect("a lake")
}

/// The program, for a world's database.
fn program(world: &World, keys: &Path) -> Command {
    std::fs::write(keys.join("key"), "07".repeat(32)).expect("a key");
    let mut program = Command::new(env!("CARGO_BIN_EXE_pulsvagt"));
    program.env_remove("PULSVAGT_CONFIG").env_remove("PULSVAGT_DATA");
    program.env("PULSVAGT_DATABASE_URL", &world.url).env("PULSVAGT_KEY_FILE", keys.join("key"));
    program.stdin(Stdio::null());
    program
}

/// All files of a lake, by name.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below").to_owned();
                files.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

async fn ward() -> Ward {
    let ward = Ward::new().await;
    let world = &ward.world;
    for number in 0..12 {
        let id = format!("c{number}");
        let patient = json!({"resourceType":"Patient","id":id,"birthDate":"1950-05-05",
            "gender":"female","name":[{"family":"Hemmelig"}],
            "identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":format!("05055012{:02}", number)}]});
        world.admin("0330").put(&format!("Patient/{id}"), &patient.to_string()).await.expect(201);
        for month in [10, 11, 12] {
            let at = format!("2025-{month}-{:02}T08:00:00+01:00", 1 + number);
            let sent = heart_rate(&id, &at, &format!("{}", 60 + number));
            world.gateway().post("Observation", &sent).await.expect(201);
        }
    }
    let lead = world.client("0330", Role::Lead, None);
    let condition = json!({"resourceType":"Condition","subject":{"reference":"Patient/c1"},
        "onsetDateTime":"2020-02-02","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4",
        "code":"DJ449"}],"text":"Hemmelig"}});
    lead.post("Condition", &condition.to_string()).await.expect(201);
    let encounter = json!({"resourceType":"Encounter","status":"finished",
        "class":{"code":"ACUTE"},"subject":{"reference":"Patient/c2"},
        "period":{"start":"2025-10-31T23:30:00Z","end":"2025-11-07"}});
    lead.post("Encounter", &encounter.to_string()).await.expect(201);
    ward.screen().await;
    // What came a moment before a run is looked at once more by the next.
    ward.world.clock.advance(3_600 * 1_000_000);
    ward
}

/// Asks `DuckDB`.
fn ask(root: &Path, sql: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lake");
    assert!(
        folder.join("node_modules/@duckdb/node-api").is_dir(),
        "DuckDB is not there; get it with: npm ci --prefix tests/lake"
    );
    let done =
        Command::new("node").arg("query.mjs").arg(root).arg(sql).current_dir(folder).output();
    let done = done.expect("node");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_engine_reads_what_is_stored() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let report = write(world, store, root).await;
    assert_eq!(report.rows["readings"], 36);
    let rows = ask(
        root,
        "select municipality, month, signal, count(*)::int as n, sum(value)::int as v \
        from {readings} group by all order by month",
    );
    let months: Vec<&str> = rows.iter().map(|row| row["month"].as_str().expect("text")).collect();
    assert_eq!(months, ["2025-10", "2025-11", "2025-12"]);
    for row in &rows {
        assert_eq!((&row["municipality"], &row["signal"]), (&json!("0330"), &json!("heart_rate")));
        assert_eq!((&row["n"], &row["v"]), (&json!(12), &json!(786)));
    }
    let stored = world.count("0330", "select count(*) from observation").await;
    assert_eq!(rows.iter().map(|row| row["n"].as_i64().expect("a number")).sum::<i64>(), stored);
    let days = ask(root, "select count(*)::int as n, sum(mean)::int as v from {daily_summary}");
    assert_eq!(days, [json!({"n": 36, "v": 3 * 786})]);
    let joined = ask(
        root,
        "select c.code, r.month, p.birth_year, p.sex from {condition} c \
        join {citizen} p using (citizen) join {readings} r using (citizen) order by r.month",
    );
    assert_eq!(joined.len(), 3);
    assert_eq!(
        joined[0],
        json!({"code": "DJ449", "month": "2025-10", "birth_year": 1950,
        "sex": "female"})
    );
    let stays = ask(
        root,
        "select month, class, begun::varchar as begun, ended::varchar as ended from {encounter}",
    );
    // Days are those of the municipality's clocks.
    assert_eq!(
        stays,
        [json!({"month": "2025-11", "class": "ACUTE", "begun": "2025-11-01",
            "ended": "2025-11-07"})]
    );
    // Nobody's name or number is in any of it.
    for (name, bytes) in files(root) {
        for secret in ["Hemmelig", "0505501", "Patient/c"] {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} in {}", name.display());
        }
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_months_that_changed_are_written_again() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(world, store, root).await;
    let first = files(root);
    world.clock.advance(DAY);
    let quiet = write(world, store, root).await;
    assert!(!quiet.rows.contains_key("readings") && !quiet.rows.contains_key("daily_summary"));
    // A late reading of October, and a correction.
    let late = heart_rate("c3", "2025-10-20T08:00:00+02:00", "77");
    world.gateway().post("Observation", &late).await.expect(201);
    ward.screen().await;
    world.clock.advance(DAY);
    let report = write(world, store, root).await;
    assert_eq!(report.rows["readings"], 13);
    let then = files(root);
    let changed: Vec<String> = then
        .iter()
        .filter(|(name, bytes)| first.get(*name) != Some(bytes))
        .map(|(name, _)| name.display().to_string())
        .collect();
    assert_eq!(
        changed,
        [
            "_manifest/0330.json",
            "daily_summary/municipality=0330/month=2025-10/heart_rate.parquet",
            "readings/municipality=0330/month=2025-10/heart_rate.parquet",
        ]
    );
    // Whoever is restricted is in none of it any more.
    let citizen = store.citizen_no("c3").await.expect("asked").expect("a citizen");
    store.restrict(citizen, "objection", "ada", world.clock.now()).await.expect("restricted");
    write(world, store, root).await;
    let left =
        ask(root, "select count(*)::int as n, count(distinct citizen)::int as c from {readings}");
    assert_eq!(left, [json!({"n": 33, "c": 11})]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_is_done_again() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let (cut, whole) =
        (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    write(world, store, whole.path()).await;
    let lake = folder(cut.path());
    for after in 0..4 {
        let (store, lake, now) = (store.clone(), lake.clone(), world.clock.now());
        let left = AtomicU32::new(after);
        let mut run = JoinSet::new();
        run.spawn(async move {
            // Ends there whatever is ready by then, and without telling of a failure.
            let seen = |_: &str| {
                if left.fetch_sub(1, Ordering::Relaxed) == 0 {
                    std::panic::resume_unwind(Box::new(()));
                }
            };
            export(&store, &lake, &asked(), now, seen).await
        });
        let ended = run.join_next().await.expect("one");
        assert!(ended.is_err_and(|error| error.is_panic()), "it came to its end");
        assert!(!cut.path().join("_manifest/0330.json").exists());
    }
    write(world, store, cut.path()).await;
    assert_eq!(files(cut.path()), files(whole.path()));
    ward.world.end().await;
}

#[test]
fn the_documentation_tells_each_column() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/LAKE.md"));
    let text = text.expect("docs/LAKE.md");
    let mut told: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    for table in TABLES {
        assert!(text.contains(&format!("## {}\n", table.name)), "{}", table.name);
        for (name, kind, meaning) in table.columns {
            let line = format!("| `{name}` | {} | {meaning} |", kind.as_str());
            let place = told.iter().position(|it| *it == line);
            told.remove(place.unwrap_or_else(|| panic!("docs/LAKE.md lacks {line}")));
        }
    }
    assert_eq!(told, [""; 0], "docs/LAKE.md tells of what is not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_is_left_alone() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let root = tempfile::tempdir().expect("a folder");
    let manifests = root.path().join("_manifest");
    std::fs::create_dir_all(&manifests).expect("a folder");
    std::fs::write(manifests.join("0330.json"), "{}").expect("a file");
    let now = world.clock.now();
    let refused = export(store, &folder(root.path()), &asked(), now, |_| ()).await;
    assert!(matches!(refused, Err(LakeError::Foreign(_))), "{refused:?}");
    ward.world.end().await;
}
