//! Who is asking.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::TenantCode;

/// What somebody is to the municipality. Named as in the product's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A citizen's own app: that citizen only.
    Citizen,
    /// A gateway that uploads for many citizens.
    Gateway,
    /// A nurse on the worklist.
    Nurse,
    /// A leader of a team of nurses.
    Lead,
    /// An analyst; never sees who a citizen is.
    Analyst,
    /// An administrator of the municipality; no clinical data.
    Admin,
    /// Who runs the installation; no citizens' data.
    Operator,
}

impl Role {
    /// All roles, in the order of the policy table.
    pub const ALL: [Self; 7] = [
        Self::Citizen,
        Self::Gateway,
        Self::Nurse,
        Self::Lead,
        Self::Analyst,
        Self::Admin,
        Self::Operator,
    ];

    /// The word in tokens and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Gateway => "gateway",
            Self::Nurse => "nurse",
            Self::Lead => "lead",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a role: expected citizen, gateway, nurse, lead, analyst, admin or operator")]
pub struct BadRole;

impl FromStr for Role {
    type Err = BadRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(BadRole)
    }
}

/// An authenticated caller. Only [`super::Authenticator`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub(super) tenant: TenantCode,
    pub(super) role: Role,
    pub(super) subject: Arc<str>,
    pub(super) citizen: Option<Arc<str>>,
    pub(super) expires: i64,
}

impl Principal {
    /// The municipality.
    pub fn tenant(&self) -> &TenantCode {
        &self.tenant
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Who, in the issuer's words.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Until when the caller is believed, seconds since 1970.
    pub fn expires(&self) -> i64 {
        self.expires
    }

    /// The logical id of the one citizen this caller may reach; `Some` exactly for
    /// [`Role::Citizen`].
    pub fn citizen(&self) -> Option<&str> {
        self.citizen.as_deref()
    }
}
