//! Resources that a page writes for whoever looks at it: checked, recorded and carried out as if they
//! had come over FHIR.

use super::{create_in, decode, update_in};
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::Outcome;

/// Creates a resource, or replaces version `.1` of the one with id `.0`.
pub(in crate::http) async fn write(
    app: &App,
    caller: &Caller,
    kind: &'static str,
    json: &str,
    instead_of: Option<(&str, u32)>,
) -> Result<(), Outcome> {
    let document = decode(json.as_bytes(), kind)?;
    let mut tx = caller.municipality().store.begin().await?;
    let root = document.root();
    match instead_of {
        None => create_in(&mut tx, app, caller, kind, root, kind, None).await?,
        Some((id, version)) => {
            update_in(&mut tx, app, caller, kind, id, root, kind, Some(version)).await?
        }
    };
    Ok(caller.commit(tx, app.clock().now()).await?)
}
