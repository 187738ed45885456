//! Puts a plan in force and writes the CarePlan that says the same.

use pulsvagt_analytics::{Pack, Plan};
use pulsvagt_fhir::Document;

use super::care_plan;
use crate::clock::Micros;
use crate::ids::{CitizenNo, is_fhir_id, new_resource_id};
use crate::store::plans::{NewPlan, PlanSource, PutPlan};
use crate::store::resources::NewResource;
use crate::store::{Store, StoreError, Tx};

/// What is to be agreed with a citizen.
#[derive(Debug, Clone, Copy)]
pub struct Agreement<'a> {
    /// With whom.
    pub citizen: CitizenNo,
    /// Their logical id.
    pub citizen_id: &'a str,
    /// The version that is replaced; 0 = nothing was agreed yet.
    pub expected: u32,
    /// What. [`super::check()`] has found nothing wrong with it.
    pub plan: &'a Plan,
    /// By whom, in the words of the issuer of the token.
    pub author: &'a str,
    /// From when on.
    pub at: Micros,
}

/// Agrees a plan over the API's door: as a new version, and as the citizen's CarePlan. References
/// to `base`, the server's own FHIR address, count as relative.
///
/// # Errors
/// As the database gives them.
pub async fn agree(
    store: &Store,
    tx: &mut Tx,
    agreement: &Agreement<'_>,
    pack: &Pack,
    base: &str,
) -> Result<PutPlan, StoreError> {
    let Agreement { citizen, citizen_id, expected, plan, author, at } = *agreement;
    let current = store.plan_in(tx, citizen).await?.map_or(0, |current| current.version);
    if current != expected {
        return Ok(PutPlan::Stale(current));
    }
    let document = document(store, tx, agreement).await?;
    let new = NewPlan { plan, author, source: PlanSource::Api, care_plan: Some(&document) };
    let put = store.put_plan(tx, citizen, Some(expected), &new, at).await?;
    if let PutPlan::Written(_, since) = put {
        let json = care_plan(plan, &document, citizen_id, since, pack).to_string();
        let parsed = Document::parse(json.as_bytes())
            .map_err(|error| StoreError::damaged("resource", error))?;
        let (root, zone) = (parsed.root(), store.zone());
        let resource = NewResource::new("CarePlan", document, Some(citizen), root, zone, base);
        store.update_resource_in(tx, resource, None, at).await?;
    }
    Ok(put)
}

/// Logical id of the CarePlan that says the same, locked: the one that did so last; else one that
/// nobody has. It is locked before the citizen, as an update of a CarePlan does it.
async fn document(
    store: &Store,
    tx: &mut Tx,
    agreement: &Agreement<'_>,
) -> Result<String, StoreError> {
    if let Some(document) = store.last_care_plan_in(tx, agreement.citizen).await? {
        store.locked_resource_in(tx, "CarePlan", &document).await?;
        return Ok(document);
    }
    let usual = format!("plan-{}", agreement.citizen_id);
    let taken = store.locked_resource_in(tx, "CarePlan", &usual).await?.is_some();
    Ok(if is_fhir_id(&usual) && !taken { usual } else { new_resource_id(agreement.at) })
}
