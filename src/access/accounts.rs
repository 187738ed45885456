//! Accounts that the municipality keeps itself, for demos and small sites. Off unless configured.

pub mod code;
pub mod password;

use serde::{Deserialize, Serialize};

use super::Role;
use super::session::Person;
use crate::clock::Micros;
use crate::ids::{TenantCode, is_fhir_id, new_person_id};
use code::Secret;
use password::Hash;

/// Who vouches for these accounts.
pub const ISSUER: &str = "pulsvagt-account";
/// Longest user name and name, characters.
const LONGEST: usize = 100;
/// Most teams of an account.
const MOST_TEAMS: usize = 20;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, which is the subject in the audit trail.
    pub id: String,
    /// What of it is stored sealed.
    pub about: About,
    /// What its owner is to the municipality.
    pub role: Role,
    /// Whose account it is, exactly for [`Role::Citizen`].
    pub citizen: Option<String>,
    /// The teams.
    pub teams: Vec<String>,
    /// The password.
    pub password: Hash,
    /// Time step of the one-time code that was used last.
    pub code_step: i64,
    /// Since when there is this account.
    pub created: Micros,
    /// Since when nobody gets in with it.
    pub disabled: Option<Micros>,
}

/// What says who the owner of an account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The user name, in lower case.
    pub user: String,
    /// What they are called.
    pub name: String,
    /// `da` or `en`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// The secret of one-time codes, where they are used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<Secret>,
}

/// Why there cannot be such an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAccount {
    /// The user name.
    #[error("a user name is 2 to 100 letters, digits, '.', '-', '_' or '@'")]
    User,
    /// The name.
    #[error("a name is 1 to 100 characters")]
    Name,
    /// Role and citizen.
    #[error("the role citizen needs --citizen, and no other may have it")]
    Citizen,
    /// Machines have keys.
    #[error("a gateway is no person: register it with pulsvagt client add")]
    Role,
    /// The teams.
    #[error("at most 20 teams, each of 1 to 100 characters")]
    Teams,
}

/// A user name as it is compared: case makes no difference.
pub fn user_name(text: &str) -> String {
    text.trim().to_lowercase()
}

impl Account {
    /// A new account.
    ///
    /// # Errors
    /// When there cannot be such an account.
    pub fn new(
        about: About,
        role: Role,
        citizen: Option<String>,
        teams: Vec<String>,
        password: Hash,
        now: Micros,
    ) -> Result<Self, BadAccount> {
        let About { user, name, .. } = &about;
        let fits = |text: &str, least| (least..=LONGEST).contains(&text.chars().count());
        let plain = |c: char| c.is_alphanumeric() || ".-_@".contains(c);
        if !fits(user, 2) || !user.chars().all(plain) || *user != user_name(user) {
            return Err(BadAccount::User);
        }
        if !fits(name, 1) || name.chars().any(char::is_control) {
            return Err(BadAccount::Name);
        }
        if role == Role::Gateway {
            return Err(BadAccount::Role);
        }
        let owner = citizen.as_deref().is_some_and(is_fhir_id);
        if owner != (role == Role::Citizen) || (citizen.is_some() && !owner) {
            return Err(BadAccount::Citizen);
        }
        let one = |team: &String| fits(team, 1) && !team.chars().any(char::is_control);
        if teams.len() > MOST_TEAMS || !teams.iter().all(one) {
            return Err(BadAccount::Teams);
        }
        let (id, code_step, disabled) = (new_person_id(), 0, None);
        Ok(Self { id, about, role, citizen, teams, password, code_step, created: now, disabled })
    }

    /// Whoever signs in with it.
    pub fn person(&self) -> Person {
        Person {
            role: self.role,
            issuer: ISSUER.to_owned(),
            subject: self.id.clone(),
            name: self.about.name.clone(),
            citizen: self.citizen.clone(),
            teams: self.teams.clone(),
            language: self.about.language.clone(),
        }
    }
}

/// The provisioning address of an authenticator app
/// (<https://github.com/google/google-authenticator/wiki/Key-Uri-Format>).
pub fn provisioning(account: &Account, tenant: &TenantCode) -> Option<String> {
    let secret = account.about.code.as_ref()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    // Letters that an address cannot have as they are would have to be escaped; nobody needs them.
    let user: String = account.about.user.chars().filter(|c| plain(*c)).collect();
    let secret = secret.to_text();
    Some(format!(
        "otpauth://totp/Pulsvagt%20{tenant}:{user}?secret={secret}&issuer=Pulsvagt%20{tenant}"
    ))
}
