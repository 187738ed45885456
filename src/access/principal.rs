//! Who is asking.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use pulsvagt_fhir::facts::Coding;
use serde::{Deserialize, Serialize};

use super::scope::{Facts, Scopes, Within};
use super::{ApiRight, Extent, Interaction, Presented, Thumbprint, extent, may, policy};
use crate::ids::TenantCode;

/// What somebody is to the municipality. Named as in the product's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A citizen's own app: that citizen only.
    Citizen,
    /// A relative of a citizen, who sees what the citizen has consented to.
    Relative,
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
    pub const ALL: [Self; 8] = [
        Self::Citizen,
        Self::Relative,
        Self::Gateway,
        Self::Nurse,
        Self::Lead,
        Self::Analyst,
        Self::Admin,
        Self::Operator,
    ];

    /// Whether somebody in this role is confined to the one citizen that the token names.
    pub fn is_of_one_citizen(self) -> bool {
        matches!(self, Self::Citizen | Self::Relative)
    }

    /// The word in tokens and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Relative => "relative",
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
#[error("not a role: expected citizen, relative, gateway, nurse, lead, analyst, admin or operator")]
pub struct BadRole;

impl FromStr for Role {
    type Err = BadRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(BadRole)
    }
}

/// An authenticated caller. Only [`super::Authenticator`] and [`super::Machines`] make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub(super) tenant: TenantCode,
    pub(super) role: Role,
    pub(super) issuer: Arc<str>,
    pub(super) program: Option<Arc<str>>,
    pub(super) subject: Arc<str>,
    pub(super) citizen: Option<Arc<str>>,
    pub(super) expires: i64,
    /// `None` = the whole right of the role.
    pub(super) scopes: Option<Arc<Scopes>>,
    pub(super) client: Option<Arc<str>>,
    /// Empty where the issuer names none.
    pub(super) teams: Arc<[String]>,
    pub(super) certificate: Option<Thumbprint>,
}

impl Principal {
    /// The municipality.
    pub fn tenant(&self) -> &TenantCode {
        &self.tenant
    }

    /// The role. What it allows is only the outer limit: ask [`Self::may`].
    pub fn role(&self) -> Role {
        self.role
    }

    /// Who says so.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The program that the token was given to, if it says.
    pub fn program(&self) -> Option<&str> {
        self.program.as_deref()
    }

    /// Who, in the issuer's words.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Until when the caller is believed, seconds since 1970.
    pub fn expires(&self) -> i64 {
        self.expires
    }

    /// The certificate that the caller's token is bound to (RFC 8705).
    pub fn certificate(&self) -> Option<Thumbprint> {
        self.certificate
    }

    /// Whether the caller is believed on a connection with that certificate at that time, seconds
    /// since 1970. A token that is bound to a certificate is worth nothing without it.
    pub fn is_believed_with(&self, presented: Option<&Presented>, now: i64) -> bool {
        self.certificate.is_none_or(|bound| presented.is_some_and(|shown| shown.is(bound, now)))
    }

    /// The logical id of the one citizen that this caller may reach: for [`Role::Citizen`] and
    /// [`Role::Relative`], and for any token with `patient/` scopes.
    pub fn citizen(&self) -> Option<&str> {
        self.citizen.as_deref()
    }

    /// The registered client that got the token for itself, if one did.
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// The teams that the issuer names; empty if it leaves that to the municipality.
    pub fn teams(&self) -> &[String] {
        &self.teams
    }

    /// The scopes of the token; `None` where nothing but the role limits it.
    pub fn scopes(&self) -> Option<&Scopes> {
        self.scopes.as_deref()
    }

    /// Whether the caller may do that to some resources of the type. To which, [`Self::within`]
    /// tells.
    pub fn may(&self, interaction: Interaction, kind: &str) -> bool {
        may(self.role, interaction, kind) && self.within(interaction, kind) != Within::Nothing
    }

    /// To which resources of the type, among those within reach, the scopes let the caller do that.
    pub fn within(&self, interaction: Interaction, kind: &str) -> Within {
        self.scopes.as_ref().map_or(Within::Everything, |scopes| scopes.within(interaction, kind))
    }

    /// Whether the scopes let the caller do that to this resource.
    pub fn covers(
        &self,
        interaction: Interaction,
        kind: &str,
        categories: &[Coding],
        codes: &[Coding],
    ) -> bool {
        // What is not the citizen's is out of reach for a token that is confined to one.
        let facts = Facts { kind, own: true, categories, codes };
        self.scopes.as_ref().is_none_or(|scopes| scopes.may(interaction, facts))
    }

    /// Whether the caller may create by PUT, under an id of its own.
    pub fn may_choose_ids(&self) -> bool {
        policy::may_choose_ids(self.role, self.citizen.is_some())
    }

    /// How far the caller's right to use the JSON API reaches.
    pub fn extent(&self, right: ApiRight) -> Extent {
        let by_role = extent(self.role, right);
        if !self.scopes.as_ref().is_none_or(|scopes| right.is_within(scopes)) {
            return Extent::None;
        }
        match by_role {
            // Of the API, only what is about one citizen can be confined to one.
            Extent::All | Extent::Teams if self.citizen.is_some() => {
                if right.is_about_one_citizen() { Extent::Own } else { Extent::None }
            }
            by_role => by_role,
        }
    }
}
