//! Who is asking, and what they may do.

mod cache;
pub mod issuers;
pub mod keys;
mod local;
pub mod policy;
pub mod principal;
pub mod ring;

#[cfg(test)]
mod tests;

pub use issuers::{Authenticator, Issuer, IssuerKeys, SetupError, TokenError};
pub use keys::MasterKey;
pub use local::{Grant, LocalIssuer};
pub use policy::{ApiRight, Extent, Interaction, extent, may};
pub use principal::{Principal, Role};
pub use ring::KeyRing;
