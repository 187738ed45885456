//! Whom a caller may know of.

use crate::access::policy::{Whom, whom};
use crate::access::{Principal, Role};
use crate::audit::Purpose;
use crate::clock::Micros;
use crate::store::{Sight, Store, StoreError};

/// Whom the role and the teams of the caller let it know of. Its own compartment and its scopes
/// narrow that further. A relative without a Consent in force is nobody to the citizen.
pub(in crate::http) async fn sight(
    principal: &Principal,
    store: &Store,
    now: Micros,
) -> Result<Sight, StoreError> {
    if principal.role() == Role::Relative {
        let own = match principal.citizen() {
            Some(own) => store.citizen_no(own).await?,
            None => None,
        };
        let purpose = Purpose::of(Role::Relative).as_str();
        let denials = match own {
            Some(own) => store.denials_for_relative(own, principal.subject(), purpose, now).await?,
            None => None,
        };
        return Ok(if denials.is_some() { Sight::everybody() } else { Sight::default() });
    }
    match whom(principal.role()) {
        Whom::Everybody | Whom::Own => Ok(Sight::everybody()),
        Whom::Nobody => Ok(Sight::default()),
        Whom::Teams => {
            let named = Some(principal.teams()).filter(|named| !named.is_empty());
            store.sight_of(principal.issuer(), principal.subject(), named, now).await
        }
    }
}
