//! One account for each role, so that one can sign in to a demo with a browser.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use data_encoding::BASE32_NOPAD;

use super::load::Marker;
use super::places::{PLACES, Place};
use crate::access::Role;
use crate::access::accounts::{About, Account};
use crate::access::session::random;
use crate::cli::account::{add, hashed};
use crate::cli::door::Door;

/// Somebody with an account.
pub(super) struct User {
    pub(super) user: &'static str,
    pub(super) role: Role,
    pub(super) name: &'static str,
    /// The team, of a nurse.
    pub(super) team: Option<&'static str>,
}

/// Who has an account in a municipality.
pub(super) fn users(place: &'static Place) -> Vec<User> {
    let nurses = place.teams.iter().map(|team| {
        let (user, name) = team.nurse;
        User { user, role: Role::Nurse, name, team: Some(team.code) }
    });
    let others =
        place.others.iter().map(|&(user, role, name)| User { user, role, name, team: None });
    let citizen = User { user: "citizen", role: Role::Citizen, name: "Borger", team: None };
    nurses.chain(others).chain([citizen]).collect()
}

/// Makes the accounts that are missing, all with the folder's password, and tells that.
pub(super) async fn ensure(door: &Door, marker: &Marker, folder: &Path) -> anyhow::Result<String> {
    let password = password(folder)?;
    let now = door.app.clock().now();
    for place in &PLACES {
        let Some(municipality) = door.app.municipality(&place.code.parse()?).await? else {
            continue;
        };
        let store = &municipality.store;
        for User { user, role, name, team } in users(place) {
            if store.account(user).await?.is_some() {
                continue;
            }
            let citizen = match role {
                Role::Citizen => marker.citizen_of(place.code),
                _ => None,
            };
            let (user, name) = (user.to_owned(), name.to_owned());
            let hash = hashed(&password, &user)?;
            let about = About { user, name, language: None, code: None };
            let teams = team.map(str::to_owned).into_iter().collect();
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
