//! What no client should send: the answer is a clear refusal, memory stays bounded, and nothing
//! of it is stored.

use std::io::{ErrorKind, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::time::timeout;

use crate::forms::{Kind, Page, Plan};
use crate::http::{self, Connection, JSON, NDJSON};
use crate::memory::watched;
use crate::site::{Municipality, Site};
use crate::{Ending, plan, site};

/// The server closes a connection whose request does not come within this time. Its limits are
/// 10 s for a head and a little more for the next piece of a body.
const SLOW_LIMIT: Duration = Duration::from_secs(25);
/// MiB that the server may have in memory, whatever is sent.
const MEMORY: u64 = 400;
/// Citizens.
const CITIZENS: u64 = 50;

/// A site with one municipality.
async fn one() -> anyhow::Result<(Site, Municipality, Plan)> {
    let site = site("").await?;
    let municipality = site.municipality("0330", CITIZENS).await?;
    Ok((site, municipality, plan(CITIZENS)))
}

/// The server takes in a reading as if nothing had happened, and holds that many.
async fn unharmed(
    site: &Site,
    municipality: &Municipality,
    plan: &Plan,
    number: u64,
    stored: u64,
) -> anyhow::Result<()> {
    let before = site.count(municipality.code).await?;
    ensure!(before == stored, "{before} readings are stored instead of {stored}");
    let body = plan.json(number);
    let token = &municipality.gateway;
    let request = http::request("POST", "/fhir/Observation", token, JSON, &body);
    let mut connection = Connection::open(site.address()).await?;
    let answer = connection.exchange(&request).await?;
    ensure!(answer.status == 201, "{} {}", answer.status, answer.text());
    Ok(())
}

/// Broken JSON in all the ways that have brought servers down.
pub(crate) async fn bodies() -> anyhow::Result<Ending> {
    let (site, municipality, plan) = one().await?;
    let good = String::from_utf8(plan.json(0))?;
    let with = |member: &str| good.replacen('{', &format!("{{{member},"), 1).into_bytes();
    let deep = |levels: usize| {
        with(&format!(r#""extension":{}{}"#, "[".repeat(levels), "]".repeat(levels)))
    };
    let objects =
        format!("{{{}1{}", r#""extension":{"#.repeat(50_000), "}".repeat(50_000)).into_bytes();
    let mut cut_utf8 = with(r#""language":"da-?""#);
    let at = cut_utf8.iter().position(|byte| *byte == b'?').context("no place")?;
    cut_utf8[at] = 0xff;
    let mut raw_nul = cut_utf8.clone();
    raw_nul[at] = 0;
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("half", good.as_bytes()[..good.len() / 2].to_vec()),
        ("arrays 1,000 deep", deep(1_000)),
        ("arrays a million deep, never closed", vec![b'['; 1_000_000]),
        ("arrays a million deep", deep(1_000_000)),
        ("objects 50,000 deep", objects),
        ("a key twice", with(r#""status":"final""#)),
        ("a key twice, once escaped", with(r#""st\u0061tus":"final""#)),
        ("a lone high surrogate", with(r#""language":"\ud83d""#)),
        ("a lone low surrogate", with(r#""language":"\ude00""#)),
        ("surrogates the wrong way round", with(r#""language":"\ude00\ud83d""#)),
        ("NUL, escaped", with(r#""language":"\u0000""#)),
        ("NUL", raw_nul),
        ("not UTF-8", cut_utf8),
        ("text after the end", [good.as_bytes(), b"x"].concat()),
        ("UTF-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("a number without end", good.replace("\"value\":", "\"value\":1e99999").into_bytes()),
    ];
    let token = &municipality.gateway;
    let mut wrong = Vec::new();
    for (name, body) in &cases {
        let bundle = [
            br#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":"#,
            body.as_slice(),
            br#","request":{"method":"POST","url":"Observation"}}]}"#,
        ]
        .concat();
        for (path, body) in [("/fhir/Observation", body), ("/fhir", &bundle)] {
            let request = http::request("POST", path, token, JSON, body);
            let mut connection = Connection::open(site.address()).await?;
            let answer = timeout(Duration::from_secs(20), connection.exchange(&request))
                .await
                .with_context(|| format!("{name} to {path}: no answer"))?
                .with_context(|| format!("{name} to {path}"))?;
            // An entry of a batch stands alone; its own status counts.
            let refused = matches!(answer.status, 400 | 413 | 422)
                || (path == "/fhir"
                    && answer.status == 200
                    && answer.text().contains(r#""status":"4"#));
            if !refused {
                wrong.push(format!("{name} to {path}: {} {}", answer.status, answer.text()));
            }
        }
        let request = http::request("POST", "/fhir/Observation", token, NDJSON, body);
        let mut connection = Connection::open(site.address()).await?;
        let answer = connection.exchange(&request).await?;
        if answer.text().contains("\"status\":20") && !answer.text().contains("\"status\":204") {
            wrong.push(format!("{name} as a line: {}", answer.text()));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    unharmed(&site, &municipality, &plan, 1, 0).await?;
    site.stop().await?;
    Ok(Ending::Passed(format!("{} bodies, three ways each", cases.len())))
}

/// Connections that end in the middle of a body.
pub(crate) async fn cut_connections() -> anyhow::Result<Ending> {
    let (site, municipality, plan) = one().await?;
    let token = &municipality.gateway;
    let single = plan.json(0);
    let mut bundle = crate::forms::bundle(100, 100);
    bundle.fill(&plan, 100);
    for (path, body) in [("/fhir/Observation", &single), ("/fhir", &bundle.bytes)] {
        let request = http::request("POST", path, token, JSON, body);
        for part in [request.len() - 1, request.len() - body.len() / 2, request.len() - body.len()]
        {
            let mut connection = Connection::open(site.address()).await?;
            connection.send(&request[..part]).await?;
            drop(connection);
        }
        // In chunks, the end of the last one missing.
        let mut request = http::head("POST", path, token, JSON, None);
        request.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
        request.extend_from_slice(body);
        request.extend_from_slice(b"\r\n");
        let mut connection = Connection::open(site.address()).await?;
        connection.send(&request).await?;
        drop(connection);
    }
    // Lines that came whole are the client's readings; the one that was cut off is not.
    let mut lines = Page::default();
    for number in 1_000..1_010 {
        lines.observation(Kind::of(number), false);
        lines.raw(b"\n");
    }
    lines.fill(&plan, 1_000);
    let whole = lines.bytes.len();
    lines.raw(&plan.json(1_010)[..200]);
    let mut request = http::head("POST", "/fhir/Observation", token, NDJSON, None);
    request.extend_from_slice(format!("{:x}\r\n", lines.bytes.len()).as_bytes());
    request.extend_from_slice(&lines.bytes);
    request.extend_from_slice(b"\r\n");
    let mut connection = Connection::open(site.address()).await?;
    connection.send(&request).await?;
    drop(connection);
    ensure!(whole < lines.bytes.len(), "nothing was cut off");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let stored = site.count(municipality.code).await?;
    ensure!(stored <= 10, "{stored} readings are stored of which at most 10 came whole");
    unharmed(&site, &municipality, &plan, 5_000, stored).await?;
    site.stop().await?;
    Ok(Ending::Passed(format!("{stored} of 10 whole lines of a cut stream kept")))
}

/// Heads and bodies that come a byte at a time, or stop coming.
pub(crate) async fn slow_clients() -> anyhow::Result<Ending> {
    let (site, municipality, plan) = one().await?;
    let token = &municipality.gateway;
    let body = plan.json(0);
    let request = http::request("POST", "/fhir/Observation", token, JSON, &body);
    let head = request.len() - body.len();
    let stream = {
        let mut start = http::head("POST", "/fhir/Observation", token, NDJSON, None);
        start.extend_from_slice(b"5\r\n{\"res\r\n");
        start
    };
    let cases: [(&str, &[u8], Option<u8>); 5] = [
        ("a head that stops", &request[..head / 2], None),
        ("a head that trickles", b"POST /fhir/Observation HTTP/1.1\r\nx-slow: ", Some(b'a')),
        ("a body that stops", &request[..head + 100], None),
        ("a body that does not begin", &request[..head], None),
        ("a stream that stops", &stream, None),
    ];
    let address = site.address();
    let mut tasks = tokio::task::JoinSet::new();
    for (name, start, trickle) in cases {
        let start = start.to_vec();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            connection.send(&start).await?;
            let began = Instant::now();
            let ended = loop {
                if began.elapsed() > SLOW_LIMIT {
                    break None;
                }
                let wait = if trickle.is_some() { Duration::from_secs(1) } else { SLOW_LIMIT };
                match timeout(wait, closed(&mut connection)).await {
                    Ok(closed) => {
                        closed?;
                        break Some(began.elapsed());
                    }
                    // What was closed meanwhile is noticed by the next read.
                    Err(_) => {
                        if let Some(byte) = trickle {
                            let _ = connection.send(&[byte]).await;
                        }
                    }
                }
            };
            anyhow::Ok((name, ended))
        });
    }
    let (mut told, mut open) = (Vec::new(), Vec::new());
    while let Some(ended) = tasks.join_next().await {
        match ended?? {
            (name, Some(after)) => told.push(format!("{name} {:.0} s", after.as_secs_f64())),
            (name, None) => open.push(name),
        }
    }
    unharmed(&site, &municipality, &plan, 7, 0).await?;
    site.stop().await?;
    ensure!(open.is_empty(), "still open after {} s: {}", SLOW_LIMIT.as_secs(), open.join(", "));
    Ok(Ending::Passed(format!("closed after: {}", told.join(", "))))
}

/// Waits until the other side hangs up; whatever it says before that is ignored.
async fn closed(connection: &mut Connection) -> std::io::Result<()> {
    loop {
        match connection.more().await {
            Ok(()) => {}
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
                ) =>
            {
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}

/// Little gzip that becomes much.
pub(crate) async fn bombs() -> anyhow::Result<Ending> {
    const SIZE: usize = 1 << 30;
    let (site, municipality, plan) = one().await?;
    let token = &municipality.gateway;
    let spaces = bomb(b"{", b' ', SIZE)?;
    let zeros = bomb(b"", 0, SIZE)?;
    let mut most = 0;
    for (name, kind, body) in [
        ("spaces, as JSON", JSON, &spaces),
        ("zeros, as JSON", JSON, &zeros),
        ("spaces, as a line", NDJSON, &spaces),
        ("zeros, as a line", NDJSON, &zeros),
    ] {
        let paths: &[&str] =
            if kind == JSON { &["/fhir", "/fhir/Observation"] } else { &["/fhir/Observation"] };
        for path in paths {
            let plain = http::request("POST", path, token, kind, body);
            let mut request = Vec::with_capacity(plain.len() + 32);
            let (line, rest) = plain.split_at(
                plain.iter().position(|byte| *byte == b'\n').context("no first line")? + 1,
            );
            request.extend_from_slice(line);
            request.extend_from_slice(b"content-encoding: gzip\r\n");
            request.extend_from_slice(rest);
            let mut connection = Connection::open(site.address()).await?;
            let (answer, memory) = watched(site.server_pid()?, async {
                let answer =
                    timeout(Duration::from_mins(1), connection.exchange(&request)).await??;
                Ok((answer.status, answer.text()))
            })
            .await
            .with_context(|| format!("{name} to {path}"))?;
            most = most.max(memory);
            let (status, text) = answer;
            let refused = matches!(status, 400 | 413)
                || (kind == NDJSON && text.contains("\"status\":4") && !text.contains("\"id\""));
            ensure!(refused, "{name} to {path}: {status} {text}");
        }
    }
    ensure!(most < MEMORY, "{most} MiB for a bomb");
    unharmed(&site, &municipality, &plan, 7, 0).await?;
    site.stop().await?;
    Ok(Ending::Passed(format!("{} KiB became 1 GiB; at most {most} MiB", spaces.len() >> 10)))
}

/// So many times the same byte, compressed: a gzip file may have many members, and these are all
/// the same.
fn bomb(start: &[u8], filler: u8, size: usize) -> anyhow::Result<Vec<u8>> {
    const MEMBER: usize = 8 << 20;
    let pack = |bytes: &[u8]| {
        let mut out = GzEncoder::new(Vec::new(), Compression::best());
        out.write_all(bytes)?;
        out.finish()
    };
    let mut out = pack(start)?;
    out.extend(pack(&vec![filler; MEMBER])?.repeat(size / MEMBER));
    Ok(out)
}

/// A stream that goes on and on: it is stored as it comes, and not kept in memory.
pub(crate) async fn endless_stream() -> anyhow::Result<Ending> {
    const BYTES: u64 = 200 << 20;
    const BLOCK: u64 = 250;
    let (site, municipality, plan) = one().await?;
    let token = &municipality.gateway;
    let mut lines = Page::default();
    for number in 0..BLOCK {
        lines.observation(Kind::of(number), false);
        lines.raw(b"\n");
    }
    let head = format!("{:x}\r\n", lines.bytes.len());
    let mut block = lines.after(head.as_bytes());
    block.raw(b"\r\n");
    let mut connection = Connection::open(site.address()).await?;
    connection.send(&http::head("POST", "/fhir/Observation", token, NDJSON, None)).await?;
    let blocks = BYTES / block.bytes.len() as u64;
    let mut stored = (0, 0);
    let ((), most) = watched(site.server_pid()?, async {
        for at in 0..blocks {
            block.fill(&plan, at * BLOCK);
            timeout(Duration::from_secs(30), connection.send(&block.bytes))
                .await
                .context("the stream is not read any more")??;
            if at == blocks / 2 {
                stored.0 = site.count(municipality.code).await?;
            }
        }
        stored.1 = site.count(municipality.code).await?;
        Ok(())
    })
    .await?;
    let (half, all) = stored;
    let sent = blocks * BLOCK;
    ensure!(
        half > sent / 8 && all > sent / 2,
        "{half}, then {all} of {sent} were stored meanwhile"
    );
    ensure!(most < MEMORY, "{most} MiB for a stream");
    // It does have an end: every line has a receipt.
    let answer = timeout(Duration::from_mins(1), connection.exchange(b"0\r\n\r\n")).await??;
    let receipts = answer.text();
    let totals: serde_json::Value =
        serde_json::from_str(receipts.lines().next_back().unwrap_or_default())?;
    ensure!(totals["received"] == sent && totals["stored"] == sent, "{sent} lines, and {totals}");
    unharmed(&site, &municipality, &plan, sent + 7, sent).await?;
    site.stop().await?;
    Ok(Ending::Passed(format!("{sent} lines, {} MiB; at most {most} MiB", BYTES >> 20)))
}
