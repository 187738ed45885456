//! `pulsvagt account`

mod secret;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;

use super::output;
use super::site::{Site, SiteArgs};
use super::{LOG, usage};
use crate::access::Role;
use crate::access::accounts::code::{Secret, new_recovery_codes, recovery_hash};
use crate::access::accounts::{About, password, provisioning, user_name};
use crate::audit::{Block, Entry};
use crate::clock::{Clock, Micros};
use crate::ids::TenantCode;
use crate::store::{Store, StoreError};
use crate::telemetry::{self, LogFormat};

type Account = crate::access::accounts::Account;

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct AccountCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add an account; the password is asked for, or read from standard input.
    Add(Add),
    /// List the accounts of a municipality.
    List(List),
    /// Give an account another password, and other one-time codes; ends its sessions.
    Reset(Reset),
    /// Let nobody in with an account any more; ends its sessions. `reset` lets in again.
    Disable(Disable),
}

#[derive(Debug, Args)]
struct Who {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// The user name
    #[arg(long)]
    user: String,
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    who: Who,
    /// What the owner is called [default: the user name]
    #[arg(long)]
    name: Option<String>,
    /// citizen, nurse, lead, analyst, admin or operator
    #[arg(long)]
    role: Role,
    /// The citizen's logical id, for the role citizen
    #[arg(long, value_name = "ID")]
    citizen: Option<String>,
    /// A team; may be given several times
    #[arg(long = "team", value_name = "TEAM")]
    teams: Vec<String>,
    /// da or en [default: what the browser likes best]
    #[arg(long, value_parser = ["da", "en"])]
    language: Option<String>,
    /// Ask for a one-time code too; prints what the app needs, and recovery codes
    #[arg(long)]
    code: bool,
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
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
struct Reset {
    #[command(flatten)]
    who: Who,
    /// Ask for a one-time code from now on, also if it was not so before
    #[arg(long, conflicts_with = "no_code")]
    code: bool,
    /// Do not ask for a one-time code any more
    #[arg(long)]
    no_code: bool,
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Disable {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    site: SiteArgs,
}

impl AccountCommand {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let site = match &self.command {
            Command::Add(add) => add.site.open().await?,
            Command::List(list) => list.site.open().await?,
            Command::Reset(reset) => reset.site.open().await?,
            Command::Disable(disable) => disable.site.open().await?,
        };
        let result = match &self.command {
            Command::Add(add) => add.run(&site).await,
            Command::List(list) => list.run(&site).await,
            Command::Reset(reset) => reset.run(&site).await,
            Command::Disable(disable) => disable.run(&site).await,
        };
        site.close().await?;
        result
    }
}

/// Codes for a new start: recovery codes for the person, their hashes for the store.
fn recovery(wanted: bool) -> anyhow::Result<(Vec<String>, Vec<[u8; 32]>)> {
    let codes = if wanted { new_recovery_codes()? } else { Vec::new() };
    let hashes = codes.iter().filter_map(|code| recovery_hash(code)).collect();
    Ok((codes, hashes))
}

/// Adds an account with an entry in the audit trail; `false` if the user name is taken.
pub(super) async fn add(
    store: &Store,
    account: &Account,
    recovery: &[[u8; 32]],
    now: Micros,
) -> anyhow::Result<bool> {
    let mut tx = store.begin().await?;
    if !store.add_account_in(&mut tx, account, recovery).await? {
        return Ok(false);
    }
    tx.commit(&Block::of(entry("add-account", account, now))).await?;
    Ok(true)
}

fn entry(operation: &str, account: &Account, now: Micros) -> Entry {
    Entry::of_system("operator", operation, now).with("Account", &account.id, 0)
}

impl Add {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        if !site.config.local_accounts.enabled {
            output::note("note: [local_accounts] is off, so nobody signs in with this yet");
        }
        let store = site.store(&self.who.tenant).await?;
        let user = user_name(&self.who.user);
        let name = self.name.clone().unwrap_or_else(|| self.who.user.clone());
        let code = if self.code { Some(Secret::new()?) } else { None };
        let about = About { user, name, language: self.language.clone(), code };
        let hash = secret::ask(&about.user)?;
        let (citizen, teams) = (self.citizen.clone(), self.teams.clone());
        let now = Clock::system().now();
        let account = Account::new(about, self.role, citizen, teams, hash, now)
            .map_err(|error| usage(error.to_string()))?;
        let (codes, hashes) = recovery(self.code)?;
        match add(&store, &account, &hashes, now).await {
            Ok(true) => {}
            Ok(false) => return Err(usage("there is an account of that user name already")),
            Err(error) if is_gone(&error) => return Err(usage("there is no such citizen")),
            Err(error) => return Err(error),
        }
        tell(&account, &self.who.tenant, &codes, self.json);
        Ok(0)
    }
}

fn is_gone(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<StoreError>(), Some(StoreError::Gone))
}

/// Says what the owner needs; none of it is shown again.
fn tell(account: &Account, tenant: &TenantCode, recovery: &[String], as_json: bool) {
    let address = provisioning(account, tenant);
    if as_json {
        output::json(&json!({"id": account.id, "user": account.about.user, "role": account.role,
                             "code": address, "recovery": recovery}));
        return;
    }
    if let Some(address) = address {
        output::note("for the app that makes one-time codes; shown only now:");
        output::line(address);
        output::note("recovery codes, each good once instead of a one-time code; shown only now:");
        for code in recovery {
            output::line(code);
        }
    }
    output::line(&account.id);
}

impl List {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let accounts = site.store(&self.tenant).await?.accounts().await?;
        let disabled = |one: &Account| one.disabled.map(|at| at.to_string());
        if self.json {
            let list: Vec<_> = accounts
                .iter()
                .map(|one| {
                    json!({"id": one.id, "user": one.about.user, "name": one.about.name,
                           "role": one.role, "citizen": one.citizen, "teams": one.teams,
                           "code": one.about.code.is_some(), "created": one.created.to_string(),
                           "disabled": disabled(one)})
                })
                .collect();
            output::json(&json!({"accounts": list}));
            return Ok(0);
        }
        let head = ["user", "name", "role", "teams", "code", "disabled", "id"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for one in &accounts {
            let code = if one.about.code.is_some() { "yes" } else { "no" };
            rows.push(vec![
                one.about.user.clone(),
                one.about.name.clone(),
                one.role.to_string(),
                one.teams.join(", "),
                code.to_owned(),
                disabled(one).unwrap_or_default(),
                one.id.clone(),
            ]);
        }
        output::table(&rows);
        Ok(0)
    }
}

async fn known(store: &Store, user: &str) -> anyhow::Result<Account> {
    let account = store.account(&user_name(user)).await?;
    account.ok_or_else(|| usage("there is no account of that user name"))
}

impl Reset {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let store = site.store(&self.who.tenant).await?;
        let mut account = known(&store, &self.who.user).await?;
        account.password = secret::ask(&account.about.user)?;
        let wants_code = (account.about.code.is_some() || self.code) && !self.no_code;
        account.about.code = if wants_code { Some(Secret::new()?) } else { None };
        let (codes, hashes) = recovery(wants_code)?;
        let now = Clock::system().now();
        let mut tx = store.begin().await?;
        store.reset_account_in(&mut tx, &account, &hashes, now).await?;
        tx.commit(&Block::of(entry("reset-account", &account, now))).await?;
        tell(&account, &self.who.tenant, &codes, self.json);
        Ok(0)
    }
}

impl Disable {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let store = site.store(&self.who.tenant).await?;
        let account = known(&store, &self.who.user).await?;
        if account.disabled.is_some() {
            bail!("the account is disabled already");
        }
        let now = Clock::system().now();
        let mut tx = store.begin().await?;
        store.disable_account_in(&mut tx, &account, now).await?;
        tx.commit(&Block::of(entry("disable-account", &account, now))).await?;
        output::line(format!("{} is disabled, and its sessions have ended", account.id));
        Ok(0)
    }
}

/// The hash of a password that is good enough.
pub(super) fn hashed(text: &str, user: &str) -> anyhow::Result<password::Hash> {
    password::check(text, user).map_err(|error| usage(error.to_string()))?;
    Ok(password::Hash::of(text)?)
}
