//! Why somebody asks.

use crate::access::Role;

/// Codes of HL7 v3 `PurposeOfUse` (<http://terminology.hl7.org/CodeSystem/v3-ActReason>) that a
/// request may give in `X-Purpose-Of-Use`.
const CODES: [&str; 13] = [
    "TREAT",
    "ETREAT",
    "BTG",
    "CAREMGT",
    "COORD",
    "HOPERAT",
    "HQUALIMP",
    "HSYSADMIN",
    "HRESCH",
    "PATADMIN",
    "PATRQT",
    "PUBHLTH",
    "RECORDMGT",
];

/// A reason for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose(&'static str);

impl Purpose {
    /// The reason of that code, if it is one of those that are known here.
    pub fn from_code(code: &str) -> Option<Self> {
        CODES.into_iter().find(|known| *known == code).map(Self)
    }

    /// What is assumed of a role that does not say.
    pub fn of(role: Role) -> Self {
        Self(match role {
            Role::Citizen | Role::Relative => "PATRQT",
            Role::Gateway | Role::Nurse | Role::Lead => "TREAT",
            Role::Analyst => "HQUALIMP",
            Role::Admin | Role::Operator => "HSYSADMIN",
        })
    }

    /// The code.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}
