//! A cohort of everybody as an analyst asks for it, and how fast its rows go out.

use std::io::Read;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use pulsvagt::clock::Clock;
use serde_json::{Value, json};

use super::report::float;
use super::site::{Municipality, Site};

/// Times that the rows are fetched in each form; the fastest counts.
const ROUNDS: u32 = 5;
const FORMS: [(&str, &str); 3] = [
    ("Arrow stream", "application/vnd.apache.arrow.stream"),
    ("NDJSON", "application/x-ndjson"),
    ("CSV", "text/csv"),
];

/// Asks, waits, and fetches the rows.
pub(super) async fn measure(site: &Site, municipality: &Municipality) -> anyhow::Result<()> {
    let token = format!("Bearer {}", site.token(municipality.code, "analyst").await?);
    let (base, code) = (format!("http://{}", site.address()), municipality.code);
    tokio::task::spawn_blocking(move || fetch(&base, &token, code)).await?
}

fn fetch(base: &str, token: &str, code: &str) -> anyhow::Result<()> {
    let today = Clock::system().now().to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
    let body = json!({
        "definition": {
            "name": "everybody", "version": "1",
            "index": {"date": today.checked_sub(jiff::Span::new().days(60))?.to_string()},
            "who": [{"name": "here", "is": {"municipality": [code]}}],
            "follow_up": {"days": 30},
            "outcomes": [{"name": "red", "what": {"alert": {"severity": ["red"]}}}],
        },
        "ask": {"asOf": today.tomorrow()?.to_string(), "purpose": "HOPERAT", "reason": "to measure"},
    });
    let began = Instant::now();
    let asked = ureq::post(format!("{base}/api/cohort-runs"))
        .header("authorization", token)
        .send_json(&body)?;
    let place = asked.headers().get("location").context("no place")?.to_str()?.to_owned();
    let place = if place.starts_with('/') { format!("{base}{place}") } else { place };
    let run: Value = loop {
        let mut answer = ureq::get(&place).header("authorization", token).call()?;
        let run: Value = answer.body_mut().read_json()?;
        if !matches!(run["state"].as_str(), Some("waiting" | "running")) {
            break run;
        }
        ensure!(began.elapsed() < Duration::from_mins(5), "the cohort is not made");
        std::thread::sleep(Duration::from_millis(100));
    };
    ensure!(run["state"] == "done", "the cohort is not made: {run}");
    let members = run["result"]["groups"][0]["members"].as_u64().context("no members")?;
    println!(
        "\nA cohort of {members} members of {} citizens: made in {:.1} s.",
        run["citizens"],
        began.elapsed().as_secs_f64()
    );
    for (name, accept) in FORMS {
        let mut best = (f64::INFINITY, 0);
        for _ in 0..ROUNDS {
            let began = Instant::now();
            let answer = ureq::get(format!("{place}/rows"))
                .header("authorization", token)
                .header("accept", accept)
                .call()?;
            let mut bytes = Vec::new();
            answer.into_body().into_reader().read_to_end(&mut bytes)?;
            let seconds = began.elapsed().as_secs_f64();
            if seconds < best.0 {
                best = (seconds, bytes.len());
            }
        }
        println!(
            "{name}: {members} rows, {} kB in {:.0} ms, {:.0} rows/s",
            best.1 >> 10,
            best.0 * 1e3,
            float(members) / best.0
        );
    }
    Ok(())
}
