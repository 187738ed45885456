//! People who sign in with a browser: accounts, sessions, forged requests, providers.

mod account;
pub(crate) mod browser;
mod elsewhere;
mod forged;
mod fuzz;
mod kept;
mod logout_token;
mod open;
mod own;
mod provider;
mod session;
mod sign_in;

use pulsvagt::access::accounts::code::{Secret, recovery_hash};
use pulsvagt::access::accounts::password::Hash;
use pulsvagt::access::accounts::{About, Account};
use pulsvagt::access::session::Session;
use pulsvagt::access::{Role, SessionToken};
use pulsvagt::audit::{Block, Entry};
use pulsvagt::clock::Micros;
use pulsvagt::store::audit::BlockFilter;
use pulsvagt::store::{NewSession, Store};

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
    let teams = vec!["default".to_owned()];
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

/// A citizen has an account with a recovery code, and is signed in with it.
pub(crate) async fn take_part(store: &Store, citizen: &str, now: Micros) {
    let (user, name) = (format!("{citizen}-user"), format!("{citizen}-name"));
    let about = About { user, name, language: None, code: None };
    let hash = Hash::of(PASSWORD).expect("a hash");
    let owner = Some(citizen.to_owned());
    let account = Account::new(about, Role::Citizen, owner, Vec::new(), hash, now);
    let account = account.expect("an account");
    let mut tx = store.begin().await.expect("begun");
    assert!(store.add_account_in(&mut tx, &account, &[[7; 32]]).await.expect("added"));
    let token = SessionToken::new(store.code()).expect("random bytes");
    let session = Session {
        id: account.id.clone(),
        person: account.person(),
        authenticated: now,
        seen: now,
        ends: Micros(now.0 + 1),
        revoked: None,
        id_token: None,
    };
    let new = NewSession { session: &session, token: &token, replaces: None };
    store.begin_session_in(&mut tx, new).await.expect("a session");
    let entry = Entry::of_system("test", "sign-in", now);
    tx.commit(&Block::of(entry)).await.expect("committed");
}

/// The entries of an operation in the audit trail of Slagelse.
async fn entries_of(world: &World, operation: &str) -> Vec<Entry> {
    let chain = store(world, "0330").await.chain();
    let blocks = chain.blocks_after(0, &BlockFilter::default(), 1_000).await.expect("blocks");
    let entries = blocks.iter().flat_map(|block| block.entries().expect("entries"));
    entries.filter(|entry| entry.operation == operation).collect()
}

/// The operations and outcomes in the audit trail of Slagelse that people's sessions left.
async fn trail(world: &World) -> Vec<(String, String, String)> {
    let blocks =
        store(world, "0330").await.chain().blocks_after(0, &BlockFilter::default(), 1_000).await;
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
