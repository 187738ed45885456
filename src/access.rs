//! Who is asking, and what they may do.

pub mod accounts;
mod cache;
mod certificate;
mod claims;
pub mod clients;
pub mod issuers;
pub mod jwks;
mod jwt;
pub mod keys;
mod local;
pub mod machines;
pub mod policy;
pub mod principal;
pub mod ring;
pub mod scope;
pub mod session;
pub mod sign_in;
mod signing;

#[cfg(test)]
mod tests;

pub use certificate::{BadThumbprint, Presented, Thumbprint};
pub use claims::ClaimNames;
pub use clients::{Client, ClientId, ClientKeys, Standing};
pub use issuers::{Authenticator, Issuer, IssuerKeys, ScopeRule, SetupError, TokenError};
pub use keys::MasterKey;
pub use local::{Grant, LOCAL_ISSUER, LocalIssuer};
pub use machines::Machines;
pub use policy::{ApiRight, Extent, Interaction, extent, may};
pub use principal::{Principal, Role};
pub use ring::KeyRing;
pub use scope::{Scopes, Within};
pub(crate) use session::unmasked;
pub use session::{SessionToken, SignedIn};
pub use sign_in::People;
