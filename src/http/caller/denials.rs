//! What citizens deny a caller.

use std::sync::{Arc, PoisonError};

use super::Caller;
use crate::access::Role;
use crate::audit::Purpose;
use crate::consent::{Denials, RESOURCES, TRIAGED};
use crate::ids::CitizenNo;
use crate::store::StoreError;

impl Caller {
    /// What citizens have denied to the caller, as of the request's beginning. Whoever has opened an
    /// access to a citizen sees all of that citizen (sundhedsloven section 42 a; see
    /// `docs/SECURITY.md`).
    pub(in crate::http) async fn denials(&self) -> Result<Arc<Denials>, StoreError> {
        if let Some(known) = self.known_denials() {
            return Ok(known);
        }
        let denials = Arc::new(self.load_denials().await?);
        *self.denials.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&denials));
        Ok(denials)
    }

    /// What [`Self::denials`] has found; nothing before it was asked.
    pub(in crate::http) fn known_denials(&self) -> Option<Arc<Denials>> {
        self.denials.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A Consent was written in this request: what is asked for after it keeps to it.
    pub(in crate::http) fn forget_denials(&self) {
        *self.denials.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn load_denials(&self) -> Result<Denials, StoreError> {
        let purpose = self.trail.purpose().ok().flatten();
        let purpose = purpose.unwrap_or(Purpose::of(self.principal.role())).as_str();
        let store = &self.municipality.store;
        let citizen = match self.principal.role() {
            // An administrator sees nothing that could be denied.
            Role::Citizen | Role::Admin => return Ok(Denials::default()),
            Role::Relative => self.principal.citizen(),
            _ => None,
        };
        let Some(citizen) = citizen else {
            let mut denials = store.denials(purpose, self.came).await?;
            denials.lift(self.sight.accesses().iter().map(|access| access.citizen));
            return Ok(denials);
        };
        // Nobody is in sight of a relative of nobody.
        let Some(no) = store.citizen_no(citizen).await? else { return Ok(Denials::default()) };
        let subject = self.principal.subject();
        let denials = store.denials_for_relative(no, subject, purpose, self.came).await?;
        Ok(denials.unwrap_or_else(|| Denials::all_of(no)))
    }

    /// Whether the citizen lets the caller see resources of that type.
    pub(in crate::http) async fn allows(
        &self,
        kind: &str,
        citizen: Option<CitizenNo>,
    ) -> Result<bool, StoreError> {
        let matters = RESOURCES.contains(&kind) || TRIAGED.contains(&kind);
        match citizen.filter(|_| matters) {
            Some(citizen) => Ok(self.denials().await?.allows(kind, citizen)),
            None => Ok(true),
        }
    }
}
