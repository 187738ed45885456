//! `pulsvagt token`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::output;
use super::site::{self, Place, SiteArgs};
use super::usage;
use crate::access::{Grant, LocalIssuer, Role, Scopes, Thumbprint};
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::TenantCode;
use crate::store::teams::is_team_code;

/// The longest that a token may be valid, seconds.
const LONGEST: i64 = 24 * 3_600;

#[derive(Debug, Args)]
pub(super) struct Token {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// citizen, gateway, nurse, lead, analyst, admin or operator
    #[arg(long)]
    role: Role,
    /// The citizen's logical id, for the role citizen and for patient/ scopes
    #[arg(long, value_name = "ID")]
    citizen: Option<String>,
    /// The team whose citizens the bearer sees, by its code, for the role nurse; without, the teams
    /// that the bearer is a member of, or else the default team
    #[arg(long, value_name = "CODE")]
    team: Option<String>,
    /// SMART scopes, such as "user/Observation.rs patient/*.rs"; without, all that the role may do
    #[arg(long)]
    scope: Option<String>,
    /// How long it is valid, at most a day
    #[arg(long, default_value_t = 3_600, value_parser = clap::value_parser!(i64).range(1..=LONGEST))]
    seconds: i64,
    /// Who bears it, for the log
    #[arg(long, value_name = "NAME", default_value = "command-line")]
    subject: String,
    /// The client certificate, PEM, without which the token is worth nothing
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// One JSON object instead of the token alone
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

impl Token {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        let issuer = match self.site.place() {
            Place::Config(file) => {
                let config = Config::load(file.as_deref())?;
                site::local_issuer(&config)?.ok_or_else(|| {
                    usage("the local issuer is off; the section [local_issuer] switches it on")
                })?
            }
            Place::Folder(folder) => {
                let place = folder.join("issuer");
                if !place.is_dir() {
                    return Err(site::not_a_demo(&folder));
                }
                LocalIssuer::open_or_create(&place)?
            }
        };
        if let Some(scope) = &self.scope {
            Scopes::parse_strict(scope).map_err(|error| usage(error.to_string()))?;
        }
        let grant = Grant {
            tenant: self.tenant,
            role: self.role,
            subject: self.subject,
            citizen: self.citizen,
            scope: self.scope,
            seconds: self.seconds,
        };
        if grant.citizen.is_some() != grant.is_of_one_citizen() {
            return Err(usage(
                "--citizen goes with --role citizen or patient/ scopes, and only with them",
            ));
        }
        if self.team.as_deref().is_some_and(|team| !is_team_code(team)) {
            return Err(usage("a team's code is of small letters, digits, hyphens"));
        }
        let now = Clock::system().now();
        let certificate = match &self.certificate {
            Some(path) => Some(
                Thumbprint::of_file(path)
                    .with_context(|| format!("cannot read a certificate in {}", path.display()))?,
            ),
            None => None,
        };
        let token = match (&self.team, certificate) {
            (Some(team), certificate) => issuer.mint_in_team(&grant, team, certificate, now)?,
            (None, Some(certificate)) => issuer.mint_bound(&grant, certificate, now)?,
            (None, None) => issuer.mint(&grant, now)?,
        };
        if self.json {
            output::json(&json!({"token": token, "expires": now.as_second() + grant.seconds}));
        } else {
            output::line(token);
        }
        Ok(0)
    }
}
