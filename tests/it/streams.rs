//! NDJSON: any number of readings, a receipt for each, and nothing lost between them.

use std::io::Write;

use axum::body::Body;
use axum::http::Method;
use pulsvagt::app::Limits;
use pulsvagt::clock::{Clock, Micros};
use serde_json::Value;

use crate::world::{Answer, Client, NOW, World, heart_rate};

/// The receipts of a stream, and its totals.
struct Receipts {
    lines: Vec<Value>,
    totals: Value,
}

impl Receipts {
    #[track_caller]
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        assert!(answer.header("content-type").ends_with("ndjson"));
        let mut lines: Vec<Value> = answer
            .text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect();
        let totals = lines.pop().expect("totals");
        let receipts = Self { lines, totals };
        assert_eq!(
            receipts.total("received"),
            receipts.total("stored") + receipts.total("duplicate") + receipts.total("rejected"),
            "{}",
            receipts.totals
        );
        receipts
    }

    #[track_caller]
    fn total(&self, name: &str) -> u64 {
        self.totals[name].as_u64().unwrap_or_else(|| panic!("no {name} in {}", self.totals))
    }

    /// Received, stored, duplicate, rejected.
    fn counts(&self) -> [u64; 4] {
        ["received", "stored", "duplicate", "rejected"].map(|name| self.total(name))
    }

    fn statuses(&self) -> Vec<u64> {
        self.lines.iter().map(|line| line["status"].as_u64().expect("a status")).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.lines.iter().filter_map(|line| line["id"].as_str().map(str::to_owned)).collect()
    }

    /// The numbers of the lines count up from one.
    #[track_caller]
    fn in_order(self) -> Self {
        for (position, line) in (1_u64..).zip(&self.lines) {
            assert_eq!(line["line"], position, "{line}");
        }
        self
    }
}

async fn stream(client: &Client, body: impl Into<Body>) -> Answer {
    client
        .with("content-type", "application/fhir+ndjson")
        .send(Method::POST, "Observation", body.into())
        .await
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text).expect("packed");
    packer.finish().expect("packed")
}

/// A reading a second.
fn reading(second: i64) -> String {
    let at = Micros(NOW.0 - (100_000 - second) * 1_000_000).to_string();
    heart_rate(if second % 2 == 0 { "ane" } else { "bo" }, &at, &format!("{}", 60 + second % 60))
}

fn readings(seconds: std::ops::Range<i64>) -> Vec<String> {
    seconds.map(reading).collect()
}

async fn stored(world: &World) -> i64 {
    world.count("0330", "select count(*) from observation").await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_has_its_receipt_in_order() {
    let world = World::new().await;
    let wrong_status = reading(3).replace("\"final\"", "\"done\"");
    let nobody = heart_rate("nobody", "2025-12-30T12:00:00Z", "72");
    let lines = [
        reading(1),
        "not json".to_owned(),
        reading(2),
        String::new(),
        wrong_status,
        reading(1),
        r#"{"resourceType":"Patient"}"#.to_owned(),
        "  ".to_owned(),
        nobody,
        reading(2).replace("\"status\"", "\"status\":\"final\",\"status\""),
        reading(4),
    ];
    let answer = stream(&world.gateway(), lines.join("\n")).await;
    let receipts = Receipts::of(&answer);
    let numbers: Vec<_> = receipts.lines.iter().filter_map(|line| line["line"].as_u64()).collect();
    assert_eq!(numbers, [1, 2, 3, 5, 6, 7, 9, 10, 11], "none for what is blank");
    assert_eq!(
        receipts.statuses(),
        [201, 400, 201, 422, 200, 400, 422, 400, 201],
        "{}",
        answer.text
    );
    assert_eq!(receipts.counts(), [9, 3, 1, 5]);
    let key = |line: usize| {
        let issue = &receipts.lines[line]["issues"][0];
        (issue["details"]["coding"][0]["code"].clone(), issue["expression"][0].clone())
    };
    let text = |text: &str| Value::from(text);
    assert_eq!(key(1), (text("not-json"), Value::Null));
    assert_eq!(key(3), (text("code-invalid"), text("Observation.status")));
    assert_eq!(key(5), (text("wrong-resource-type"), text("resourceType")));
    assert_eq!(key(6), (text("subject-unknown"), text("Observation.subject.reference")));
    assert_eq!(key(7), (text("duplicate-property"), text("Observation.status")));
    // The one that came twice in the stream is one.
    assert_eq!(receipts.lines[0]["id"], receipts.lines[4]["id"]);
    assert_eq!(receipts.lines[0]["duplicate"], false);
    assert_eq!(receipts.lines[4]["duplicate"], true);
    for id in receipts.ids() {
        world.nurse().get(&format!("Observation/{id}")).await.expect(200);
    }
    assert_eq!(stored(&world).await, 3);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_end_as_senders_end_them() {
    let world = World::new().await;
    let three = readings(0..3);
    let client = world.gateway();
    for (name, body, lines) in [
        ("no newline at the end", three.join("\n"), 3),
        ("a newline at the end", three.join("\n") + "\n", 3),
        ("CRLF", three.join("\r\n") + "\r\n", 3),
        ("CRLF without the last", three.join("\r\n"), 3),
        ("blank lines at the end", three.join("\n") + "\n\n\n", 3),
        ("blank lines between", three.join("\n\n"), 3),
    ] {
        let receipts = Receipts::of(&stream(&client, body).await);
        assert_eq!(receipts.lines.len(), lines, "{name}");
        assert_eq!(receipts.total("received"), 3, "{name}");
        assert_eq!(receipts.total("rejected"), 0, "{name}");
        assert_eq!(receipts.ids().len(), 3, "{name}");
    }
    assert_eq!(stored(&world).await, 3);
    for nothing in ["", "\n"] {
        let receipts = Receipts::of(&stream(&client, nothing).await);
        assert_eq!(receipts.counts(), [0, 0, 0, 0], "{nothing:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_stream_sent_again_is_all_duplicates_with_the_same_ids() {
    let world = World::new().await;
    let body = readings(0..10_000).join("\n");
    let client = world.gateway();
    let first = Receipts::of(&stream(&client, body.clone()).await).in_order();
    assert_eq!(first.counts(), [10_000, 10_000, 0, 0]);
    let mut ids = first.ids();
    let again = Receipts::of(&stream(&client, body.clone()).await).in_order();
    assert_eq!(again.counts(), [10_000, 0, 10_000, 0]);
    assert_eq!(again.ids(), ids);
    let packed = client.with("content-encoding", "gzip");
    let zipped = Receipts::of(&stream(&packed, gzip(body.as_bytes())).await).in_order();
    assert_eq!(zipped.counts(), [10_000, 0, 10_000, 0]);
    assert_eq!(zipped.ids(), ids);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 10_000);
    assert_eq!(stored(&world).await, 10_000);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_reading_many_times_in_one_stream_is_stored_once() {
    let world = World::new().await;
    let lines: Vec<String> = (0..3_000).map(|line| reading(line % 7)).collect();
    let receipts = Receipts::of(&stream(&world.gateway(), lines.join("\n")).await).in_order();
    assert_eq!(receipts.counts(), [3_000, 7, 2_993, 0]);
    let ids = receipts.ids();
    assert_eq!(ids.len(), 3_000);
    for (line, id) in ids.iter().enumerate() {
        assert_eq!(id, &ids[line % 7]);
    }
    assert_eq!(stored(&world).await, 7);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_of_several_members_is_one_stream() {
    let world = World::new().await;
    let lines = readings(0..6);
    let (one, two) = lines.split_at(3);
    let members =
        [gzip((one.join("\n") + "\n").as_bytes()), gzip(two.join("\n").as_bytes())].concat();
    let client = world.gateway().with("content-encoding", "gzip");
    let receipts = Receipts::of(&stream(&client, members).await).in_order();
    assert_eq!(receipts.counts(), [6, 6, 0, 0]);
    let odd = stream(&world.gateway().with("content-encoding", "zstd"), lines.join("\n")).await;
    assert_eq!(odd.expect(415).issues()[0].0, "unsupported-encoding");
    assert_eq!(stored(&world).await, 6);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_cut_off_keeps_what_it_has_acknowledged() {
    let world = World::new().await;
    let lines = readings(0..4_000);
    let packed = gzip(lines.join("\n").as_bytes());
    let client = world.gateway().with("content-encoding", "gzip");
    let answer = stream(&client, packed[..packed.len() / 2].to_vec()).await;
    let receipts = Receipts::of(&answer);
    let last = receipts.lines.last().expect("a receipt");
    assert_eq!(last["status"], 400, "{last}");
    assert_eq!(last["issues"][0]["details"]["coding"][0]["code"], "body-cut-off", "{last}");
    // What was acknowledged is there, and nothing else is.
    let ids = receipts.ids();
    assert_eq!(receipts.total("stored"), ids.len() as u64);
    assert_eq!(stored(&world).await, i64::try_from(ids.len()).expect("few"));
    for (position, line) in (1_u64..).zip(&receipts.lines[..receipts.lines.len() - 1]) {
        assert_eq!(line["line"], position);
    }
    assert_eq!(last["line"], ids.len() as u64 + 1, "the first line that was not dealt with");
    let rest = Receipts::of(&stream(&world.gateway(), lines.join("\n")).await);
    assert_eq!(rest.total("duplicate"), ids.len() as u64);
    assert_eq!(stored(&world).await, 4_000);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_too_long_ends_the_stream_and_says_so() {
    let limits = Limits { line: 4_096, ..Limits::default() };
    let world = World::with(limits, Clock::fixed(NOW)).await;
    let note = format!("\"note\":[{{\"text\":\"{}\"}}],\"status\"", "x".repeat(5_000));
    let long = reading(2).replace("\"status\"", &note);
    for long in [long, "x".repeat(1 << 20)] {
        let body = [reading(0), reading(1), long, reading(3)].join("\n");
        let answer = stream(&world.gateway(), body).await;
        let receipts = Receipts::of(&answer);
        let last = receipts.lines.last().expect("a receipt");
        assert_eq!(last["issues"][0]["details"]["coding"][0]["code"], "line-too-long", "{last}");
        assert_eq!(last["line"], 3, "{}", answer.text);
        // "Everything before it is dealt with."
        assert_eq!(receipts.ids().len(), 2, "{}", answer.text);
        assert_eq!(stored(&world).await, 2);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quarantined_lines_are_stored_and_say_why() {
    let world = World::new().await;
    let high = heart_rate("ane", "2025-12-30T12:00:00Z", "900");
    let ahead = heart_rate("ane", "2026-01-01T00:06:00Z", "70");
    let body = [reading(0), high, ahead].join("\n");
    let receipts = Receipts::of(&stream(&world.gateway(), body).await).in_order();
    assert_eq!(receipts.counts(), [3, 3, 0, 0]);
    assert_eq!(receipts.total("quarantined"), 2);
    assert_eq!(receipts.lines[0]["quarantine"], Value::Null);
    for (line, reason) in [(1, "implausible"), (2, "clock-ahead")] {
        let line = &receipts.lines[line];
        assert_eq!(line["quarantine"], reason);
        assert_eq!(line["issues"][0]["details"]["coding"][0]["code"], reason, "{line}");
        assert_eq!(line["issues"][0]["severity"], "warning");
    }
    world.end().await;
}
