//! How fast what a municipality has stored goes out: as Parquet with `pulsvagt export`, as NDJSON with
//! `$export`. The program, its own PostgreSQL and what fetches share the machine.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

const TENANT: &str = "0330";

/// Ends the server when the measuring does.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let id = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
        }
        let _ = self.0.wait();
    }
}

pub(super) fn measure(citizens: u32, days: u32) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("pulsvagt-lake-").tempdir()?;
    let (citizens, days) = (citizens.to_string(), days.to_string());
    let ward = ["--citizens", &citizens, "--days", &days];
    run(folder.path(), &[&["demo", "--once"][..], &ward[..]].concat())?;
    let lake = folder.path().join("lake");
    let lake_text = lake.to_string_lossy().into_owned();
    let export =
        ["export", "--lake", &lake_text, "--tenant", TENANT, "--purpose", "HOPERAT", "--json"];
    for (name, more) in [("all", None), ("nothing new", None), ("anew", Some("--anew"))] {
        if name == "nothing new" {
            age(&lake)?;
        }
        let text = run(folder.path(), &[&export[..], more.as_slice()].concat())?;
        let told: Value = serde_json::from_str(text.lines().last().context("no answer")?)?;
        let part = &told["municipalities"][0];
        let rows: u64 =
            part["rows"].as_object().into_iter().flatten().filter_map(|(_, it)| it.as_u64()).sum();
        let seconds = part["seconds"].as_f64().context("no time")?;
        println!(
            "Parquet, {name}: {rows} rows in {seconds:.2} s, {:.0} rows/s, {} MB",
            super::float(rows) / seconds,
            super::size(&lake)? >> 20
        );
    }
    bulk(folder.path(), &ward)
}

/// Makes a lake as if it had been made an hour later: what was received a moment before it is looked
/// at once more.
fn age(lake: &Path) -> anyhow::Result<()> {
    let path = lake.join("_manifest").join(format!("{TENANT}.json"));
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let as_of = manifest["as_of"].as_i64().context("no moment")?;
    manifest["as_of"] = (as_of + 3_600_000_000).into();
    Ok(std::fs::write(&path, manifest.to_string())?)
}

/// A command with the program, on the installation in a folder.
fn program(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulsvagt"));
    command.args(words).arg("--data").arg(folder.join("site"));
    command
}

fn run(folder: &Path, words: &[&str]) -> anyhow::Result<String> {
    let done = program(folder, words).output()?;
    let error = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "pulsvagt {}: {error}", words.join(" "));
    Ok(String::from_utf8(done.stdout)?)
}

fn bulk(folder: &Path, ward: &[&str]) -> anyhow::Result<()> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port().to_string();
    let words = [&["demo", "--no-live", "--port", port.as_str()][..], ward].concat();
    let mut command = program(folder, &words);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _server = Server(command.spawn()?);
    let base = format!("http://127.0.0.1:{port}");
    let began = Instant::now();
    while ureq::get(format!("{base}/health/ready")).call().is_err() {
        ensure!(began.elapsed() < Duration::from_mins(2), "the server does not get ready");
        std::thread::sleep(Duration::from_millis(200));
    }
    let token = run(folder, &["token", "--tenant", TENANT, "--role", "lead"])?;
    let token = format!("Bearer {}", token.lines().last().context("no token")?.trim());
    let asked = ureq::get(format!("{base}/fhir/$export?_type=Observation"))
        .header("authorization", &token)
        .header("prefer", "respond-async")
        .call()?;
    let status =
        asked.headers().get("content-location").context("no address")?.to_str()?.to_owned();
    let began = Instant::now();
    let manifest: Value = loop {
        ensure!(began.elapsed() < Duration::from_mins(5), "the export does not get ready");
        let mut answer = ureq::get(&status).header("authorization", &token).call()?;
        match answer.status().as_u16() {
            200 => break serde_json::from_str(&answer.body_mut().read_to_string()?)?,
            202 => std::thread::sleep(Duration::from_millis(500)),
            other => bail!("the status is {other}"),
        }
    };
    let (mut lines, mut bytes) = (0_u64, 0_u64);
    let began = Instant::now();
    for file in manifest["output"].as_array().into_iter().flatten() {
        let url = file["url"].as_str().context("no address")?;
        let answer = ureq::get(url).header("authorization", &token).call()?;
        let mut reader = BufReader::with_capacity(1 << 17, answer.into_body().into_reader());
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            lines += 1;
            bytes += read as u64;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "NDJSON: {lines} Observations, {} MB in {seconds:.2} s, {:.0} Observations/s",
        bytes >> 20,
        super::float(lines) / seconds
    );
    Ok(())
}
