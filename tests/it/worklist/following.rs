//! Server-sent events.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt;
use pulsvagt::access::Role;
use serde_json::json;
use tower::ServiceExt;

use super::{Ward, weight};

/// A stream of events that is being read.
pub(crate) struct Following(BodyDataStream, String);

impl Following {
    async fn new(ward: &Ward, tenant: &str, last: Option<&str>) -> Self {
        Self::with(ward, &ward.world.token(tenant, Role::Nurse, None), last).await
    }

    /// Whoever bears the token follows.
    pub(crate) async fn with(ward: &Ward, token: &str, last: Option<&str>) -> Self {
        let mut request = Request::get("/api/events")
            .header("authorization", format!("Bearer {token}"))
            .header("accept-encoding", "gzip");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let request = request.body(Body::empty()).expect("a request");
        let answer = ward.world.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert!(!answer.headers().contains_key("content-encoding"), "events do not wait");
        Self(answer.into_body().into_data_stream(), String::new())
    }

    /// The next event: kind and data. `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some(end) = self.1.find("\n\n") {
                let rest = self.1.split_off(end + 2);
                let event = std::mem::replace(&mut self.1, rest);
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                let found = (field("event:"), field("data:"));
                if !found.0.is_empty() {
                    return Some(found);
                }
                continue;
            }
            let more = tokio::time::timeout(Duration::from_secs(5), self.0.next()).await;
            let more = more.expect("an event within five seconds")?.expect("bytes");
            self.1.push_str(std::str::from_utf8(&more).expect("text"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_is_told_within_a_second() {
    let ward = Ward::new().await;
    let mut one = Following::new(&ward, "0330", None).await;
    let mut other = Following::new(&ward, "0330", Some("whatever")).await;
    let mut elsewhere = Following::new(&ward, "0306", None).await;
    assert_eq!(one.next().await.expect("an event").0, "ready");
    assert_eq!(other.next().await.expect("an event").0, "resync");
    assert_eq!(elsewhere.next().await.expect("an event").0, "ready");

    let id = ward.heavy_ane().await;
    for (version, what) in [(1, "claim"), (2, "release")] {
        let begun = std::time::Instant::now();
        for following in [&mut one, &mut other] {
            let (kind, data) = following.next().await.expect("an event");
            assert_eq!(kind, "alert");
            let data: serde_json::Value = serde_json::from_str(&data).expect("JSON");
            assert_eq!(data, json!({"alert": id, "version": version}), "ids and versions only");
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        ward.act(&ward.nurse(), &id, what, version, &json!({})).await.expect(200);
    }
    // The next thing that the other municipality hears is that the server stops.
    let (heard, ()) = tokio::join!(elsewhere.next(), ward.world.app.stop());
    assert_eq!(heard, None);
    while one.next().await.is_some() {}
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_made_again_and_everything_is_to_be_looked_at() {
    let ward = Ward::new().await;
    let mut following = Following::new(&ward, "0330", None).await;
    assert_eq!(following.next().await.expect("an event").0, "ready");
    ward.world
        .count(
            "0330",
            "select count(pg_terminate_backend(pid)) from pg_stat_activity
             where datname = current_database() and query ilike 'listen%'",
        )
        .await;
    assert_eq!(following.next().await.expect("an event").0, "resync");
    ward.take_in(&[weight("ane", "2025-12-31T08:00:00+01:00", "104.2")]).await;
    assert_eq!(following.next().await.expect("an event").0, "alert");
    ward.world.end().await;
}
