//! `pulsvagt export`, as people run it on a folder.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use pulsvagt::access::Role;
use serde_json::{Value, json};

use super::{ask, files, program, ward, write};

/// All folders and files, with who may use them.
fn modes(root: &Path) -> Vec<(String, u32)> {
    let mut modes = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
        modes.push((path.display().to_string(), mode));
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        }
    }
    modes
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_nobody_elses() {
    let ward = ward().await;
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("a/lake");
    write(&ward.world, &ward.store, &root).await;
    // What a run that was cut off has left was everybody's.
    let month = root.join("readings/municipality=0330/month=2025-10");
    let part = month.join(".heart_rate.parquet.part");
    std::fs::write(&part, "half").expect("a file");
    std::fs::set_permissions(&part, Permissions::from_mode(0o644)).expect("allowed");
    write(&ward.world, &ward.store, &root).await;
    for (path, mode) in modes(&folder.path().join("a")) {
        let wanted = if Path::new(&path).is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, wanted, "{path} has {mode:o}");
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_does_not_keep_the_others_from_it() {
    let ward = ward().await;
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("lake");
    std::fs::create_dir_all(root.join("_manifest")).expect("a folder");
    std::fs::write(root.join("_manifest/0306.json"), "{}").expect("a file");
    let lake = root.to_str().expect("UTF-8");
    let words = ["export", "--lake", lake, "--all", "--purpose", "HQUALIMP"];
    let output = program(&ward.world, folder.path()).args(words).output().expect("the binary");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("pulsvagt: 0306: ") && told.contains("is no manifest"), "{told}");
    assert!(root.join("_manifest/0330.json").is_file(), "{told}");

    let output = program(&ward.world, folder.path()).args(words).arg("--json").output();
    let output = output.expect("the binary");
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let [failed, done] = told["municipalities"].as_array().expect("some").as_slice() else {
        panic!("{told}");
    };
    assert_eq!((&failed["municipality"], &done["municipality"]), (&json!("0306"), &json!("0330")));
    assert!(failed["error"].as_str().is_some_and(|why| why.contains("is no manifest")), "{told}");
    assert!(done["error"].is_null() && done["rows"]["citizen"].is_u64(), "{told}");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_months_are_written_with_few_open_files() {
    let ward = ward().await;
    let world = &ward.world;
    let lead = world.client("0330", Role::Lead, None);
    for number in 0..120 {
        let start = format!("{}-{:02}-03", 2000 + number / 12, 1 + number % 12);
        let encounter = json!({"resourceType":"Encounter","status":"finished",
            "class":{"code":"ACUTE"},"subject":{"reference":"Patient/c2"},
            "period":{"start":start}});
        lead.post("Encounter", &encounter.to_string()).await.expect(201);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("lake");
    let own = program(world, folder.path());
    let mut few = Command::new("sh");
    few.args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""]).arg(own.get_program());
    few.arg("export").arg("--lake").arg(&root);
    few.args(["--tenant", "0330", "--purpose", "HQUALIMP"]);
    for (key, value) in own.get_envs() {
        match value {
            Some(value) => few.env(key, value),
            None => few.env_remove(key),
        };
    }
    let output = few.output().expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = ask(
        &root,
        "select count(*)::int as n, count(distinct month)::int as m \
        from {encounter}",
    );
    assert_eq!(found, [json!({"n": 121, "m": 121})]);
    assert!(files(&root).keys().all(|name| !name.to_string_lossy().ends_with(".part")));
    ward.world.end().await;
}
