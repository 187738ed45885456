//! Who did what, when and why: entries, the hash chain they are kept in, and what is told of them.
//!
//! Each commit of a municipality appends one block with the entries of all requests that share it. What
//! belongs to no municipality is in the site's chain. See docs/adr/0013-audit-blocks.md and
//! docs/adr/0023-the-sites-chain.md.

mod block;
mod entry;
pub mod event;
mod purpose;
mod recorder;
mod redact;
pub mod search;
mod shown;
mod site;
mod trail;
mod verify;
pub mod words;

#[cfg(test)]
mod tests;

pub use block::{Block, Damaged, GENESIS_BYTES, Holder, StoredBlock, genesis, hash};
pub use entry::{Actor, Entry, Outcome, Target};
pub use purpose::Purpose;
pub use recorder::{NotRecorded, Recorder};
pub use redact::{may_be_cpr, parameter_names};
pub use shown::{Shown, ShownNow};
pub use site::{SiteTrail, Told, reason_of};
pub use trail::{Asked, Finished, Trail, UnknownPurpose};
pub use verify::{Anchor, Fault, FaultKind, Verdict, Verifier};
