//! Somebody with a browser.

use pulsvagt::access::accounts::password::Hash;
use pulsvagt::access::accounts::{About, Account};
use pulsvagt::access::session::Session;
use pulsvagt::access::{Role, SessionToken};
use pulsvagt::audit::{Block, Entry};
use pulsvagt::clock::Micros;
use pulsvagt::ids::new_person_id;
use pulsvagt::store::NewSession;

use crate::machines::store;
use crate::world::{Client, World};

/// What a browser sends along: its cookie, and what only a page of ours knows.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl Browser {
    /// Of somebody of a role, who is signed in.
    pub(crate) async fn signed_in(
        world: &World,
        tenant: &str,
        role: Role,
        citizen: Option<&str>,
    ) -> Self {
        Self::signed_in_to(world, tenant, role, citizen, &[]).await
    }

    /// The same, of somebody whom the provider says to be in these teams.
    pub(crate) async fn signed_in_to(
        world: &World,
        tenant: &str,
        role: Role,
        citizen: Option<&str>,
        teams: &[&str],
    ) -> Self {
        let (store, now) = (store(world, tenant).await, world.clock.now());
        // An account vouches for the person: of nobody else's sessions is it known that they are good.
        let name = format!("browser-{}", new_person_id());
        let about = About { user: name.clone(), name, language: None, code: None };
        let teams = teams.iter().map(|team| (*team).to_owned()).collect();
        let hash = Hash::of("korrekt hest batteri").expect("a hash");
        let owner = citizen.map(str::to_owned);
        let account = Account::new(about, role, owner, teams, hash, now).expect("an account");
        let session = Session {
            id: new_person_id(),
            person: account.person(),
            authenticated: now,
            seen: now,
            ends: Micros(now.0 + 36_000_000_000),
            revoked: None,
            id_token: None,
        };
        let token = SessionToken::new(store.code()).expect("random bytes");
        let mut tx = store.begin().await.expect("begun");
        assert!(store.add_account_in(&mut tx, &account, &[]).await.expect("added"));
        let new = NewSession { session: &session, token: &token, replaces: None };
        store.begin_session_in(&mut tx, new).await.expect("a session");
        let entry = Entry::of_system("test", "sign-in", now);
        tx.commit(&Block::of(entry)).await.expect("committed");
        let cookie = format!("__Host-pulsvagt={}", token.to_text());
        Self { cookie, csrf: token.csrf() }
    }

    /// What its own pages send.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = self.headers_of_another_page();
        headers.push(("sec-fetch-site", "same-origin".to_owned()));
        headers.push(("x-csrf-token", self.csrf.clone()));
        headers
    }

    /// What the browser adds to requests of any page.
    pub(crate) fn headers_of_another_page(&self) -> Vec<(&'static str, String)> {
        vec![("cookie", self.cookie.clone())]
    }

    /// A client that is a page of ours in this browser.
    pub(crate) fn client(&self, world: &World) -> Client {
        let headers = self.headers();
        headers.iter().fold(world.nobody(), |client, (name, value)| client.with(name, value))
    }
}
