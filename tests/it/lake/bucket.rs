//! The lake in a bucket: what a folder has, whatever happens on the way there.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use pulsvagt::lake::{Bucket, Lake, LakeError, Report, export};
use pulsvagt::store::Store;
use tokio::task::JoinSet;

use super::{DAY, asked, files, program, ward, write};
use crate::world::{World, heart_rate};

/// Object stores end the names of files so that they keep for an object.
const OBJECT: &str = "._S3rver_object";

/// An object store with the bucket `health`.
struct Shelf {
    folder: tempfile::TempDir,
    address: String,
    child: Child,
    tell: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Shelf {
    fn new() -> Self {
        pulsvagt::server::install_crypto();
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lake");
        assert!(
            scripts.join("node_modules/@20minutes/s3rver").is_dir(),
            "the store is not there; get it with: npm ci --prefix tests/lake"
        );
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = Command::new("node")
            .arg("store.mjs")
            .arg(folder.path())
            .current_dir(scripts)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let tell = child.stdin.take().expect("standard input");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output"));
        let mut address = String::new();
        lines.read_line(&mut address).expect("an address");
        let address = address.trim().to_owned();
        assert!(address.starts_with("http://127.0.0.1:"), "{address}");
        Self { folder, address, child, tell, lines }
    }

    fn variables(&self) -> Vec<(String, String)> {
        let secret = [("AWS_ACCESS_KEY_ID", "S3RVER"), ("AWS_SECRET_ACCESS_KEY", "S3RVER")];
        let place = [("AWS_ENDPOINT_URL", self.address.as_str()), ("AWS_ALLOW_HTTP", "true")];
        let all = secret.into_iter().chain(place);
        all.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    fn bucket(&self, prefix: &str) -> Bucket {
        let address = format!("s3://health/{prefix}");
        Bucket::open(&address, self.variables()).expect("a bucket")
    }

    fn say(&mut self, line: &str) {
        writeln!(self.tell, "{line}").expect("it listens");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        assert!(!line.is_empty(), "the store has ended");
        line.trim().to_owned()
    }

    /// What it was asked to change since the last time.
    fn changes(&mut self) -> Vec<String> {
        self.say("so far");
        let mut changes = Vec::new();
        loop {
            match self.line() {
                line if line == "so far" => return changes,
                line if line.starts_with("GET ") || line.starts_with("HEAD ") => {}
                line => changes.push(line),
            }
        }
    }

    /// All objects below a prefix, by name.
    fn objects(&self, prefix: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let root = self.folder.path().join("health").join(prefix);
        let all = if root.is_dir() { files(&root) } else { BTreeMap::new() };
        all.into_iter()
            .filter_map(|(name, bytes)| {
                Some((PathBuf::from(name.to_str()?.strip_suffix(OBJECT)?), bytes))
            })
            .collect()
    }

    /// Puts an object there as somebody else would.
    fn put(&self, name: &str) {
        let path = self.folder.path().join("health").join(format!("{name}{OBJECT}"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, "old").expect("an object");
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn send(world: &World, store: &Store, bucket: &Bucket) -> Report {
    let lake = Lake::Bucket(bucket.clone());
    export(store, &lake, &asked(), world.clock.now(), |_| ()).await.expect("a lake")
}

/// What readers see of a folder.
fn seen(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files(root);
    files.retain(|name, _| !name.to_string_lossy().ends_with(".lock"));
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_has_what_a_folder_has() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let folder = tempfile::tempdir().expect("a folder");
    let mut shelf = Shelf::new();
    let bucket = shelf.bucket("a/lake");
    let report = send(world, store, &bucket).await;
    assert_eq!(report, write(world, store, folder.path()).await);
    assert_eq!(shelf.objects("a/lake"), seen(folder.path()));
    let changes = shelf.changes();
    assert_eq!(changes.len(), seen(folder.path()).len(), "{changes:?}");
    assert_eq!(changes.last().expect("one"), "PUT /health/a/lake/_manifest/0330.json");

    // What is there already is not sent again, also of what is written each time.
    world.clock.advance(DAY);
    send(world, store, &bucket).await;
    assert_eq!(shelf.changes(), ["PUT /health/a/lake/_manifest/0330.json"]);

    let late = heart_rate("c3", "2025-10-20T08:00:00+02:00", "77");
    world.gateway().post("Observation", &late).await.expect(201);
    ward.screen().await;
    world.clock.advance(DAY);
    let gone = "a/lake/readings/municipality=0330/month=2025-10/gone.parquet";
    let others = [
        "a/lake/readings/municipality=0306/month=2025-10/heart_rate.parquet",
        "a/lake/readings/municipality=0330/of/others/notes.txt",
        "a/lake/notes.txt",
    ];
    shelf.put(gone);
    for name in others {
        shelf.put(name);
    }
    send(world, store, &bucket).await;
    assert_eq!(
        shelf.changes(),
        [
            "PUT /health/a/lake/readings/municipality=0330/month=2025-10/heart_rate.parquet",
            "PUT /health/a/lake/daily_summary/municipality=0330/month=2025-10/heart_rate.parquet",
            &format!("DELETE /health/{gone}"),
            "PUT /health/a/lake/_manifest/0330.json",
        ]
    );
    write(world, store, folder.path()).await;
    let mut objects = shelf.objects("a/lake");
    for name in others {
        let own = name.strip_prefix("a/lake/").expect("below");
        assert!(objects.remove(Path::new(own)).is_some(), "{name}");
    }
    assert_eq!(objects, seen(folder.path()));

    // Whoever is restricted is in none of it any more.
    let citizen = store.citizen_no("c3").await.expect("asked").expect("a citizen");
    store.restrict(citizen, "objection", "ada", world.clock.now()).await.expect("restricted");
    send(world, store, &bucket).await;
    write(world, store, folder.path()).await;
    let objects = shelf.objects("a/lake");
    for (name, bytes) in seen(folder.path()) {
        assert_eq!(objects.get(&name), Some(&bytes), "{}", name.display());
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_long_is_sent_in_pieces() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let mut shelf = Shelf::new();
    send(world, store, &shelf.bucket("whole")).await;
    assert!(shelf.changes().iter().all(|line| !line.contains("uploadId=")));
    send(world, store, &shelf.bucket("pieces").in_pieces_of(500)).await;
    let changes = shelf.changes();
    assert!(changes.iter().any(|line| line.contains("partNumber=3")), "{changes:?}");
    assert_eq!(shelf.objects("pieces"), shelf.objects("whole"));
    // Nor are they sent once more.
    send(world, store, &shelf.bucket("pieces").in_pieces_of(500)).await;
    assert_eq!(shelf.changes(), ["PUT /health/pieces/_manifest/0330.json"]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_others_is_left_alone() {
    let ward = ward().await;
    let mut shelf = Shelf::new();
    shelf.put("a/_manifest/0330.json");
    let lake = Lake::Bucket(shelf.bucket("a"));
    let now = ward.world.clock.now();
    let refused = export(&ward.store, &lake, &asked(), now, |_| ()).await;
    assert!(matches!(refused, Err(LakeError::Foreign(_))), "{refused:?}");
    assert_eq!(shelf.changes(), [""; 0]);
    ward.world.end().await;
}

/// `pulsvagt export`, as people run it.
fn command(world: &World, keys: &Path, shelf: &Shelf, lake: &str) -> Command {
    let mut command = program(world, keys);
    command.args(["export", "--lake", lake, "--tenant", "0330", "--purpose", "HQUALIMP"]);
    let others = std::env::vars_os().map(|(key, _)| key);
    for key in others.filter(|key| key.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(key);
    }
    command.envs(shelf.variables());
    command
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_killed_before_the_manifest_goes_on_from_there() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let folder = tempfile::tempdir().expect("a folder");
    write(world, store, folder.path()).await;
    let keys = tempfile::tempdir().expect("a folder");
    let mut shelf = Shelf::new();
    let mut command = command(world, keys.path(), &shelf, "s3://health/lake");
    shelf.say("hold _manifest");
    let mut run = command.stdout(Stdio::null()).spawn().expect("the binary");
    while shelf.line() != "held PUT /health/lake/_manifest/0330.json" {}

    // Somebody else waits until it has ended.
    let other = command.output().expect("the binary");
    assert_eq!(other.status.code(), Some(2), "{}", told(&other));
    assert!(told(&other).contains("another run is writing"), "{}", told(&other));

    run.kill().expect("killed");
    run.wait().expect("ended");
    let mut whole = seen(folder.path());
    whole.remove(Path::new("_manifest/0330.json")).expect("a manifest");
    assert_eq!(shelf.objects("lake"), whole);

    shelf.say("go");
    shelf.changes();
    let again = command.stdout(Stdio::piped()).output().expect("the binary");
    assert!(again.status.success(), "{}", told(&again));
    assert_eq!(shelf.changes(), ["PUT /health/lake/_manifest/0330.json"]);
    let mut objects = shelf.objects("lake");
    objects.remove(Path::new("_manifest/0330.json")).expect("a manifest");
    assert_eq!(objects, whole);
    ward.world.end().await;
}

/// As soon as the run before has let go of the lock.
async fn send_after(world: &World, store: &Store, bucket: &Bucket) -> Report {
    let lake = Lake::Bucket(bucket.clone());
    loop {
        match export(store, &lake, &asked(), world.clock.now(), |_| ()).await {
            Err(LakeError::Busy) => tokio::time::sleep(Duration::from_millis(20)).await,
            done => return done.expect("a lake"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_ends_while_pieces_are_sent_begins_that_object_again() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let folder = tempfile::tempdir().expect("a folder");
    write(world, store, folder.path()).await;
    let whole = seen(folder.path());
    let mut shelf = Shelf::new();
    let bucket = shelf.bucket("lake").in_pieces_of(500);
    shelf.say("hold partNumber=2");
    let (own, lake, now) = (store.clone(), Lake::Bucket(bucket.clone()), world.clock.now());
    let mut run = JoinSet::new();
    run.spawn(async move { export(&own, &lake, &asked(), now, |_| ()).await });
    let held = loop {
        let line = shelf.line();
        if let Some(held) = line.strip_prefix("held PUT /health/lake/") {
            break held.split_once('?').expect("a query").0.to_owned();
        }
    };
    run.shutdown().await;
    let there = shelf.objects("lake");
    assert!(!there.contains_key(Path::new(&held)), "half of {held} is there");
    assert!(there.iter().all(|(name, bytes)| whole.get(name) == Some(bytes)), "{there:?}");

    shelf.say("go");
    send_after(world, store, &bucket).await;
    assert_eq!(shelf.objects("lake"), whole);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_the_lock_deletes_nothing_and_says_nothing_is_done() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let mut shelf = Shelf::new();
    let bucket = shelf.bucket("lake");
    shelf.put("lake/readings/municipality=0330/month=2025-10/gone.parquet");
    // As if the database had been restarted.
    let end = "select count(pg_terminate_backend(pid, 5000)) from pg_locks \
        where locktype = 'advisory' and classid = 1886743660 \
          and database = (select oid from pg_database where datname = current_database())";
    let seen = |_: &str| {
        let ended = async { world.count("0330", end).await };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(ended));
    };
    let lake = Lake::Bucket(bucket.clone());
    let lost = export(store, &lake, &asked(), world.clock.now(), seen).await;
    assert!(matches!(lost, Err(LakeError::Busy)), "{lost:?}");
    let changes = shelf.changes();
    let is_an_end = |line: &&String| line.starts_with("DELETE ") || line.contains("_manifest");
    assert_eq!(changes.iter().find(is_an_end), None, "{changes:?}");
    send(world, store, &bucket).await;
    assert_eq!(shelf.changes().len(), 2);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_refuses_is_told_of_without_secrets() {
    let ward = ward().await;
    let world = &ward.world;
    let keys = tempfile::tempdir().expect("a folder");
    let mut shelf = Shelf::new();
    let blocks = "select count(*) from audit_block";
    let before = world.count("0330", blocks).await;
    let manifest = "s3://health/lake/_manifest/0330.json: ";
    let wrong = [("AWS_SECRET_ACCESS_KEY", "hemmelig"), ("AWS_SESSION_TOKEN", "hemmelig")];
    let stranger = [("AWS_ACCESS_KEY_ID", "AKIAHEMMELIG"), ("AWS_SECRET_ACCESS_KEY", "hemmelig")];
    let nobody = [
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1"),
    ];
    let away = [("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
    let cases: [(&str, &[(&str, &str)], i32, &str); 7] = [
        ("s3://nowhere/lake", &[], 1, "nowhere/lake/_manifest/0330.json: there is no such bucket"),
        ("s3://health/lake", &wrong, 1, "does not take the credentials (SignatureDoesNotMatch)"),
        ("s3://health/lake", &stranger, 1, "does not take the credentials (InvalidAccessKeyId)"),
        ("s3://health/lake", &nobody, 1, "there are no credentials"),
        ("s3://health/lake", &away, 1, "the store cannot be asked: Connection refused"),
        ("s3://S3RVER:hemmelig@health/lake", &[], 2, "the name of a bucket"),
        ("gs://hemmelig/lake", &[], 2, "a lake is a folder or s3://BUCKET/PREFIX"),
    ];
    for (address, variables, code, why) in cases {
        let mut command = command(world, keys.path(), &shelf, address);
        let output = command.envs(variables.iter().copied()).output().expect("the binary");
        let told = told(&output);
        assert_eq!(output.status.code(), Some(code), "{address}: {told}");
        assert!(told.contains(why), "{address}: {told}");
        assert!(!told.to_lowercase().contains("hemmelig"), "{address}: {told}");
        if code == 1 && address.starts_with("s3://health") {
            assert!(told.contains(manifest), "{address}: {told}");
        }
    }
    assert_eq!(shelf.changes(), [""; 0]);
    // Nobody has got anything, so there is no entry.
    assert_eq!(world.count("0330", blocks).await, before);
    ward.world.end().await;
}
