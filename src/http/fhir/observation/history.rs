//! `GET /fhir/Observation/{id}/_history`.

use std::fmt::Write;

use axum::extract::{Path, State};
use axum::response::Response;

use super::{key, must_allow, visible};
use crate::access::Interaction;
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::{Outcome, reply};

/// All versions, newest first.
pub(super) async fn history(
    State(_app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Read, "Observation")?;
    let mut versions = caller
        .municipality()
        .store
        .observation_history(key(&caller, &id)?)
        .await
        .map_err(Outcome::failed)?;
    versions.retain(|version| visible(&caller, Interaction::Read, version));
    if versions.is_empty() {
        return Err(Outcome::not_found());
    }
    let newest = &versions[0];
    caller.must_see(newest.key.citizen).await?;
    must_allow(&caller, newest).await?;
    caller.trail().readings([newest.key]);
    caller.trail().resource("Observation", &id, newest.version, None);
    caller.may_see(Some(newest.key.citizen)).await?;
    let base = caller.base();
    let mut out = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"history\",\"total\":{},\
         \"link\":[{{\"relation\":\"self\",\"url\":\"{base}/Observation/{id}/_history\"}}],\
         \"entry\":[",
        versions.len()
    );
    for (position, stored) in versions.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        let _ = write!(out, "{{\"fullUrl\":\"{base}/Observation/{id}\",\"resource\":");
        stored.push_json(&mut out, &id).map_err(Outcome::failed)?;
        let (method, path, status) = if stored.version == 1 {
            ("POST", "Observation".to_owned(), "201")
        } else {
            ("PUT", format!("Observation/{id}"), "200")
        };
        let _ = write!(
            out,
            ",\"request\":{{\"method\":\"{method}\",\"url\":\"{path}\"}},\"response\":{{\"status\":\
             \"{status}\",\"etag\":\"W/\\\"{}\\\"\",\"lastModified\":\"{}\"}}}}",
            stored.version, stored.received
        );
    }
    out.push_str("]}");
    Ok(reply::ok(out))
}
