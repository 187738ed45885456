//! `pulsvagt team`

use clap::{Args, Subcommand};
use serde_json::json;

use super::citizen::{By, open};
use super::output;
use super::site::{Site, SiteArgs};
use super::{LOG, usage};
use crate::access::LOCAL_ISSUER;
use crate::audit::{Block, Entry};
use crate::clock::{Clock, Micros};
use crate::ids::{TeamNo, TenantCode};
use crate::store::teams::is_team_code;
use crate::store::{Store, Tx};
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Team {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a team, or give it another name.
    Add(Add),
    /// List teams and who works in them.
    List(List),
    /// Let a team look after citizens, and no other.
    Assign(Assign),
    /// Make somebody a member of a team, where tokens do not name teams.
    Join(Member),
    /// End a membership.
    Leave(Member),
}

/// Of which municipality, and in whose name.
#[derive(Debug, Args)]
struct Whose {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    #[command(flatten)]
    by: By,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Add {
    /// The team's code, by which tokens name it: small letters, digits, hyphens
    #[arg(long)]
    team: String,
    /// Its name
    #[arg(long)]
    name: String,
    /// The part of the municipality
    #[arg(long, default_value = "")]
    district: String,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
struct Assign {
    /// The team's code; `default` is the team of those whom nobody assigned
    #[arg(long)]
    team: String,
    /// Logical ids of the citizens
    #[arg(value_name = "CITIZEN", required = true)]
    citizens: Vec<String>,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
struct Member {
    /// The team's code
    #[arg(long)]
    team: String,
    /// Who, as the issuer of their tokens calls them
    #[arg(long)]
    subject: String,
    /// The issuer of their tokens
    #[arg(long, default_value = LOCAL_ISSUER)]
    issuer: String,
    #[command(flatten)]
    whose: Whose,
}

impl Team {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let whose = match &self.command {
            Command::Add(command) => &command.whose,
            Command::List(command) => &command.whose,
            Command::Assign(command) => &command.whose,
            Command::Join(command) | Command::Leave(command) => &command.whose,
        };
        let site = whose.site.open().await?;
        let result = self.with(&site, whose).await;
        site.close().await?;
        result.map(|()| 0)
    }

    async fn with(&self, site: &Site, whose: &Whose) -> anyhow::Result<()> {
        let store = open(site, &whose.tenant).await?;
        let now = Clock::system().now();
        let result = match &self.command {
            Command::Add(command) => command.run(&store, now).await,
            Command::List(command) => command.run(&store).await,
            Command::Assign(command) => command.run(&store, now).await,
            Command::Join(command) => command.join(&store, now).await,
            Command::Leave(command) => command.leave(&store, now).await,
        };
        store.close().await;
        result
    }
}

impl Whose {
    fn entry(&self, operation: &str, now: Micros) -> Entry {
        Entry::of_actor(&self.by.name(), "operator", operation, now)
    }

    async fn commit(&self, tx: Tx, entry: Entry) -> anyhow::Result<()> {
        Ok(tx.commit(&Block::of(entry)).await?)
    }

    fn tell(&self, team: &str, what: &str, text: &str) {
        if self.json {
            output::json(&json!({"team": team, "done": what}));
        } else {
            output::line(text);
        }
    }
}

/// The team of that code.
async fn find(store: &Store, code: &str) -> anyhow::Result<TeamNo> {
    let found = store.team(code).await?;
    found.ok_or_else(|| usage(format!("there is no team {code}; see pulsvagt team list")))
}

impl Add {
    async fn run(&self, store: &Store, now: Micros) -> anyhow::Result<()> {
        let Self { team, name, district, whose } = self;
        if !is_team_code(team) || name.trim().is_empty() {
            return Err(usage("a team has a name, and a code of small letters, digits, hyphens"));
        }
        let mut tx = store.begin().await?;
        store.put_team_in(&mut tx, team, name.trim(), district.trim()).await?;
        whose.commit(tx, whose.entry("put-team", now).with("Team", team.as_str(), 0)).await?;
        whose.tell(team, "added", &format!("{team} {name}"));
        Ok(())
    }
}

impl List {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let teams = store.teams().await?;
        let members = store.team_members().await?;
        if self.whose.json {
            let members: Vec<_> = members
                .iter()
                .map(|member| {
                    json!({"team": member.team, "issuer": member.issuer,
                           "subject": member.subject, "since": member.since.to_string()})
                })
                .collect();
            let teams: Vec<_> = teams
                .iter()
                .map(|team| {
                    json!({"code": team.code, "name": team.name, "district": team.district,
                           "citizens": team.citizens})
                })
                .collect();
            output::json(&json!({"teams": teams, "members": members}));
            return Ok(());
        }
        let head = ["code", "name", "district", "citizens", "members"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for team in &teams {
            let mine = members.iter().filter(|member| member.team == team.code);
            let names: Vec<&str> = mine.map(|member| member.subject.as_str()).collect();
            let (code, name) = (team.code.clone(), team.name.clone());
            let citizens = team.citizens.to_string();
            rows.push(vec![code, name, team.district.clone(), citizens, names.join(", ")]);
        }
        output::table(&rows);
        Ok(())
    }
}

impl Assign {
    async fn run(&self, store: &Store, now: Micros) -> anyhow::Result<()> {
        let Self { team: code, citizens, whose } = self;
        let team = find(store, code).await?;
        let mut found = Vec::with_capacity(citizens.len());
        for id in citizens {
            let citizen = store.citizen_no(id).await?;
            found.push(citizen.ok_or_else(|| {
                usage("one of the citizens is not in this municipality; nothing was done")
            })?);
        }
        let mut tx = store.begin().await?;
        for citizen in &found {
            store.assign_in(&mut tx, *citizen, team).await?;
        }
        let entry = whose.entry("assign-team", now).with("Team", code.as_str(), 0);
        whose.commit(tx, entry.about(found.iter().copied())).await?;
        whose.tell(code, "assigned", &format!("{} citizens are with {code}", found.len()));
        Ok(())
    }
}

impl Member {
    async fn join(&self, store: &Store, now: Micros) -> anyhow::Result<()> {
        let Self { team: code, subject, issuer, whose } = self;
        let team = find(store, code).await?;
        let mut tx = store.begin().await?;
        store.join_team_in(&mut tx, team, (issuer, subject), &whose.by.name(), now).await?;
        let entry = whose.entry("join-team", now).with("Team", code.as_str(), 0);
        whose.commit(tx, entry).await?;
        whose.tell(code, "joined", &format!("{subject} works in {code}"));
        Ok(())
    }

    async fn leave(&self, store: &Store, now: Micros) -> anyhow::Result<()> {
        let Self { team: code, subject, issuer, whose } = self;
        let team = find(store, code).await?;
        let mut tx = store.begin().await?;
        if !store.leave_team_in(&mut tx, team, (issuer, subject)).await? {
            return Err(usage("there is no such member of the team"));
        }
        let entry = whose.entry("leave-team", now).with("Team", code.as_str(), 0);
        whose.commit(tx, entry).await?;
        whose.tell(code, "left", &format!("{subject} no longer works in {code}"));
        Ok(())
    }
}
