//! Citizens that were opened beyond teams, as pages tell of them.

use crate::access::accounts::ISSUER;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, Needs};
use crate::http::api::problem::Problem;
use crate::http::api::view::CitizenView;
use crate::http::web::model::Opened;
use crate::ids::CitizenNo;
use crate::store::break_glass::BreakGlass;

/// The accesses, with names for whoever may know them; each with the logical id of the citizen.
pub(in crate::http) async fn opened<N: Needs>(
    caller: &ApiCaller<N>,
    found: Vec<(BreakGlass, String)>,
    now: Micros,
) -> Result<Vec<Opened>, Problem> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let store = caller.store();
    let citizens: Vec<CitizenNo> = found.iter().map(|(it, _)| it.citizen).collect();
    let whole = |citizen| caller.caller().unmasks(Some(citizen));
    let persons = store.persons_for(&citizens, whole).await?;
    // Whoever has an account of the municipality is told by name.
    let accounts = store.accounts().await?;
    let opened = found.into_iter().map(|(it, id)| {
        let account = accounts.iter().find(|one| it.issuer == ISSUER && one.id == it.subject);
        let by = account.map_or_else(|| it.subject.clone(), |one| one.about.name.clone());
        Opened {
            who: CitizenView::new(&id, persons.get(&it.citizen), now).into(),
            by,
            is_open: it.is_open(now),
            until: it.ended.unwrap_or(it.expires),
            begun: it.begun,
            id: it.id.0,
            reason: it.reason,
        }
    });
    Ok(opened.collect())
}
