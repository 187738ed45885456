//! One account for each role, so that one can sign in to a demo with a browser.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use data_encoding::BASE32_NOPAD;

use super::MUNICIPALITIES;
use super::load::{Marker, TEAMS};
use crate::access::Role;
use crate::access::accounts::{About, Account};
use crate::access::session::random;
use crate::cli::account::{add, hashed};
use crate::cli::door::Door;

/// User name, role, what they are called.
const PEOPLE: [(&str, Role, &str); 5] = [
    ("nurse", Role::Nurse, "Nanna Nord"),
    ("lead", Role::Lead, "Lone Lund"),
    ("analyst", Role::Analyst, "Anders Ager"),
    ("admin", Role::Admin, "Asta Aa"),
    ("citizen", Role::Citizen, "Borger"),
];

/// The user names.
pub(super) fn users() -> Vec<&'static str> {
    PEOPLE.iter().map(|(user, ..)| *user).collect()
}

/// Makes the accounts that are missing, all with the folder's password, and tells that.
pub(super) async fn ensure(door: &Door, marker: &Marker, folder: &Path) -> anyhow::Result<String> {
    let password = password(folder)?;
    let now = door.app.clock().now();
    for (code, _) in MUNICIPALITIES {
        let Some(municipality) = door.app.municipality(&code.parse()?).await? else { continue };
        let store = &municipality.store;
        for (user, role, name) in PEOPLE {
            if store.account(user).await?.is_some() {
                continue;
            }
            let citizen = match role {
                Role::Citizen => marker.citizen_of(code),
                _ => None,
            };
            // A very small demo may have nobody in one of them.
            if role == Role::Citizen && citizen.is_none() {
                continue;
            }
            let (user, name) = (user.to_owned(), name.to_owned());
            let hash = hashed(&password, &user)?;
            let about = About { user, name, language: None, code: None };
            let teams = if role == Role::Nurse { vec![TEAMS[0].0.to_owned()] } else { Vec::new() };
            let account = Account::new(about, role, citizen, teams, hash, now)?;
            add(store, &account, &[], now).await?;
        }
    }
    Ok(password)
}

/// The password of the folder: made once, for whoever may read the folder.
fn password(folder: &Path) -> anyhow::Result<String> {
    let path = folder.join("accounts.password");
    let told = || format!("cannot use {}", path.display());
    if path.exists() {
        return Ok(std::fs::read_to_string(&path).with_context(told)?.trim().to_owned());
    }
    let text = BASE32_NOPAD.encode(&random::<10>()?).to_lowercase();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(told)?;
    writeln!(file, "{text}").with_context(told)?;
    Ok(text)
}
