//! People who sign in with a browser: accounts, sessions, forged requests, providers.

mod account;
mod browser;
mod forged;
mod provider;

mod session;
mod sign_in;

use pulsvagt::access::Role;
use pulsvagt::access::accounts::code::{Secret, recovery_hash};
use pulsvagt::access::accounts::password::Hash;
use pulsvagt::access::accounts::{About, Account};
use pulsvagt::audit::{Block, Entry};
use pulsvagt::store::Store;
use pulsvagt::store::audit::BlockFilter;

use crate::world::World;

/// Everybody's password.
const PASSWORD: &str = "korrekt hest batteri";

async fn store(world: &World, code: &str) -> Store {
    let code = code.parse().expect("a code");
    let municipality = world.app.municipality(&code).await.expect("asked").expect("open");
    municipality.store.clone()
}

/// Adds an account to Slagelse, with recovery codes if it has one-time codes.
async fn account_with(
    world: &World,
    user: &str,
    role: Role,
    code: Option<Secret>,
    recovery: &[&str],
) -> Account {
    let citizen = (role == Role::Citizen).then(|| "ane".to_owned());
    let name = format!("Name of {user}");
    let about = About { user: user.to_owned(), name, language: None, code };
    let hash = Hash::of(PASSWORD).expect("a hash");
    let teams = vec!["nord".to_owned()];
    let now = world.clock.now();
    let account = Account::new(about, role, citizen, teams, hash, now).expect("an account");
    let store = store(world, "0330").await;
    let hashes: Vec<_> = recovery.iter().filter_map(|code| recovery_hash(code)).collect();
    let mut tx = store.begin().await.expect("begun");
    assert!(store.add_account_in(&mut tx, &account, &hashes).await.expect("added"));
    let entry = Entry::of_system("test", "add-account", now);
    tx.commit(&Block::of(entry)).await.expect("committed");
    account
}

async fn account(world: &World, user: &str, role: Role) -> Account {
    account_with(world, user, role, None, &[]).await
}

/// The operations and outcomes in the audit trail of Slagelse that people's sessions left.
async fn trail(world: &World) -> Vec<(String, String, String)> {
    let blocks = store(world, "0330").await.blocks_after(0, &BlockFilter::default(), 1_000).await;
    let mut found = Vec::new();
    for block in blocks.expect("blocks") {
        for entry in block.entries().expect("entries") {
            if entry.operation.contains("sign") || entry.operation.contains("session") {
                let outcome = entry.outcome.as_str().to_owned();
                found.push((entry.operation, outcome, entry.actor.subject));
            }
        }
    }
    found
}
