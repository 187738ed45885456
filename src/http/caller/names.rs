//! What whoever asks is called in the audit trail.

use crate::access::Principal;
use crate::audit::{Actor, may_be_cpr};
use crate::store::Store;

/// Who it is, without a CPR number even if the issuer calls people by that.
pub(in crate::http) fn actor(principal: &Principal, store: &Store) -> Actor {
    let subject = principal.subject();
    Actor {
        issuer: principal.issuer().to_owned(),
        subject: shown(store, subject),
        role: principal.role().as_str().to_owned(),
        client: principal.client().or(principal.program()).map(str::to_owned),
    }
}

/// A subject, without a CPR number.
pub(in crate::http) fn shown(store: &Store, subject: &str) -> String {
    if may_be_cpr(subject) { disguised(store, subject) } else { subject.to_owned() }
}

/// Anything at all, in a form by which it can only be recognised.
pub(in crate::http) fn disguised(store: &Store, text: &str) -> String {
    format!("~{:016x}", store.identifier_hash("audit", text))
}
