//! Every client gets its share: who asks, from where, what it costs, and what is left.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::caller::{identify, is_known};
use super::fhir::Outcome;
use super::log::RequestId;
use super::refuse::Why;
use crate::app::App;
use crate::limits::{Kind, Meter, Peer};

/// Names as in draft-ietf-httpapi-ratelimit-headers-10.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// How long to stay away when too many unknown tokens wait.
const LANE_FULL: Duration = Duration::from_secs(1);

/// What the limit needs to know.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    app: App,
    proxies: Arc<[IpAddr]>,
}

impl Gate {
    pub(super) fn new(app: App, proxies: Arc<[IpAddr]>) -> Self {
        Self { app, proxies }
    }
}

/// The share of whoever sent the request, for handlers that find out later what it costs.
#[derive(Debug, Clone, Default)]
pub(super) struct Share(Option<Meter>);

impl Share {
    /// Takes that much.
    ///
    /// # Errors
    /// 429 when there is not enough.
    pub(super) fn take(&self, cost: u32) -> Result<(), Outcome> {
        let Some(meter) = &self.0 else { return Ok(()) };
        meter.take(cost).map_err(|wait| {
            count(meter);
            Why::RateLimited(wait).outcome()
        })
    }
}

impl FromRequestParts<App> for Share {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// Refuses what is more than a client's share, and tells every client how it stands. What did not
/// come over a connection is our own, as in `import`, and is not limited.
pub(super) async fn limit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(peer) = peer(&parts.extensions, &parts.headers, &gate.proxies) else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let app = &gate.app;
    let limiter = app.limiter();
    let failures = limiter.failures(peer);
    // Others may have used up the patience with this address: whoever has been let in before is
    // not asked to wait for them.
    let doubted = failures.standing().left == 0 && is_known(&parts, app) == Some(false);
    let turn = if doubted { limiter.lane().await } else { None };
    if doubted && turn.is_none() {
        return refuse(&parts, &failures, Why::RateLimited(LANE_FULL));
    }
    // If it cannot be found out who it is, the handler says so.
    let identified = identify(&parts, app).await.ok();
    drop(turn);
    let known = identified.as_ref().map(|identified| &identified.who);
    if known.is_some_and(|known| known.as_ref().is_err_and(|unknown| unknown.is_guess))
        && let Err(wait) = failures.take(1)
    {
        return refuse(&parts, &failures, Why::RateLimited(wait));
    }
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let cost = app.limits().costs.of(Kind::of(is_read, route));
    let (meter, cost) = match known {
        Some(Ok(principal)) => (limiter.caller(principal), cost),
        // It will not get far.
        _ => (limiter.address(peer), cost.min(1)),
    };
    if let Err(wait) = meter.take(cost) {
        return refuse(&parts, &meter, Why::RateLimited(wait));
    }
    if let Some(identified) = identified {
        parts.extensions.insert(identified);
    }
    parts.extensions.insert(peer);
    parts.extensions.insert(Share(Some(meter.clone())));
    let mut response = next.run(Request::from_parts(parts, body)).await;
    tell(&meter, &mut response);
    response
}

fn refuse(parts: &Parts, meter: &Meter, why: Why) -> Response {
    count(meter);
    let id = parts.extensions.get::<RequestId>().map(|id| id.0.as_str());
    let mut response = why.answer(&parts.uri, &parts.headers, id);
    tell(meter, &mut response);
    response
}

fn count(meter: &Meter) {
    metrics::counter!("pulsvagt_rate_limited_total", "policy" => meter.standing().policy)
        .increment(1);
}

/// `RateLimit-Policy` says what the bucket is, `RateLimit` how it stands: `q` units in `w` seconds,
/// `r` of them left, all of them back in `t` seconds. Units are those of cost.
fn tell(meter: &Meter, response: &mut Response) {
    let standing = meter.standing();
    let (name, quota) = (standing.policy, standing.quota);
    let whole = |time: Duration| time.as_millis().div_ceil(1_000);
    let policy = format!("\"{name}\";q={};w={}", quota.burst, whole(quota.window()));
    let left = format!("\"{name}\";r={};t={}", standing.left, whole(standing.full_in));
    for (header, text) in [(POLICY, policy), (STANDING, left)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(header, value);
        }
    }
}

/// Where the request comes from: the other end of the connection, or who that says it speaks for
/// if it is one of our proxies.
fn peer(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpAddr]) -> Option<Peer> {
    let ConnectInfo(end) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let mut address = end.ip().to_canonical();
    // Each proxy appends who spoke to it, so the last is the nearest; the first is anybody's word.
    let said: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for hop in said.iter().rev() {
        if !proxies.contains(&address) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(before) => address = before.to_canonical(),
            Err(_) => break,
        }
    }
    Some(address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(end: &str, said: &[&str], proxies: &[&str]) -> Peer {
        let mut extensions = Extensions::new();
        let end: IpAddr = end.parse().expect("an address");
        extensions.insert(ConnectInfo(SocketAddr::from((end, 1))));
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append("x-forwarded-for", value.parse().expect("a value"));
        }
        let proxies: Vec<IpAddr> =
            proxies.iter().map(|text| text.parse().expect("an address")).collect();
        peer(&extensions, &headers, &proxies).expect("a peer")
    }

    #[test]
    fn only_our_proxies_are_believed_about_who_they_speak_for() {
        let is = |text: &str| Peer::from(text.parse::<IpAddr>().expect("an address"));
        assert_eq!(from("1.2.3.4", &["9.9.9.9"], &[]), is("1.2.3.4"));
        assert_eq!(from("10.0.0.1", &["9.9.9.9"], &["10.0.0.1"]), is("9.9.9.9"));
        assert_eq!(from("::ffff:10.0.0.1", &["9.9.9.9"], &["10.0.0.1"]), is("9.9.9.9"));
        // What the client itself put in front is not believed.
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 9.9.9.9"], &["10.0.0.1"]), is("9.9.9.9"));
        assert_eq!(from("10.0.0.1", &["6.6.6.6", "9.9.9.9"], &["10.0.0.1"]), is("9.9.9.9"));
        let two = ["10.0.0.1", "10.0.0.2"];
        assert_eq!(from("10.0.0.1", &["9.9.9.9, 10.0.0.2"], &two), is("9.9.9.9"));
        assert_eq!(from("10.0.0.1", &["unknown"], &two), is("10.0.0.1"));
        assert_eq!(from("10.0.0.1", &[], &two), is("10.0.0.1"));
        assert_eq!(is("2001:db8::1"), is("2001:db8::2"), "one customer");
        assert_ne!(is("2001:db8::1"), is("2001:db8:0:1::1"));
    }
}
