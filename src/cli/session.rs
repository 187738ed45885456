//! `pulsvagt session`

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;

use super::LOG;
use super::output;
use super::site::{Site, SiteArgs};
use crate::audit::{Block, Entry};
use crate::clock::Clock;
use crate::ids::TenantCode;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Session {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List who is signed in with a browser.
    List(List),
    /// End one session, or all of them, at once and on every server.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
struct List {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Revoke {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The session's id, as in the list
    id: Option<String>,
    /// All sessions of this person: the subject, as in the list
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// All sessions of the municipality
    #[arg(long)]
    all: bool,
}

impl Session {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let site = match &self.command {
            Command::List(list) => list.site.open().await?,
            Command::Revoke(revoke) => revoke.site.open().await?,
        };
        let result = match &self.command {
            Command::List(list) => list.run(&site).await,
            Command::Revoke(revoke) => revoke.run(&site).await,
        };
        site.close().await?;
        result
    }
}

impl List {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let now = Clock::system().now();
        let mut sessions = site.store(&self.tenant).await?.sessions(now).await?;
        sessions.retain(|session| session.is_good(site.config.sessions, now));
        if self.json {
            let list: Vec<_> = sessions
                .iter()
                .map(|one| {
                    json!({"id": one.id, "name": one.person.name, "role": one.person.role,
                           "issuer": one.person.issuer, "subject": one.person.subject,
                           "authenticated": one.authenticated.to_string(),
                           "seen": one.seen.to_string(), "ends": one.ends.to_string()})
                })
                .collect();
            output::json(&json!({"sessions": list}));
            return Ok(0);
        }
        let head = ["id", "name", "role", "signed in", "seen", "subject"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for one in &sessions {
            rows.push(vec![
                one.id.clone(),
                one.person.name.clone(),
                one.person.role.to_string(),
                one.authenticated.to_string(),
                one.seen.to_string(),
                one.person.subject.clone(),
            ]);
        }
        output::table(&rows);
        Ok(0)
    }
}

impl Revoke {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let store = site.store(&self.tenant).await?;
        let now = Clock::system().now();
        let sessions = store.sessions(now).await?;
        let mut entry = Entry::of_system("operator", "revoke-sessions", now);
        let wanted = |one: &&crate::access::session::Session| match &self.which {
            Which { id: Some(id), .. } => one.id == *id,
            Which { subject: Some(subject), .. } => one.person.subject == *subject,
            Which { .. } => true,
        };
        let these: Vec<_> = sessions.iter().filter(wanted).collect();
        if these.is_empty() {
            bail!("there is no such session");
        }
        let mut tx = store.begin().await?;
        for session in &these {
            store.revoke_session_in(&mut tx, &session.id, now).await?;
            entry = entry.with("Session", &session.id, 0);
        }
        if self.which.all {
            // Also those that have begun since they were listed.
            store.revoke_sessions_in(&mut tx, now).await?;
        }
        tx.commit(&Block::of(entry)).await?;
        output::line(format!("{} revoked", these.len()));
        Ok(0)
    }
}
