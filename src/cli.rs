//! The command line: one sub-command per file.

mod account;
mod audit;
mod backtest;
mod citizen;
mod client;
mod cohort;
mod demo;
mod doctor;
mod door;
mod evaluate;
mod export;
mod fit;
mod import;
mod keys;
mod migrate;
mod model;
mod output;
mod pilot;
mod region;
mod rekey;
mod retention;
mod rows;
mod rules;
mod screen;
mod serve;
mod session;
mod simulate;
mod site;
mod tally;
mod team;
mod tenant;
#[cfg(test)]
mod tests;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::access::SetupError;
use crate::access::keys::KeyError;
use crate::config::ConfigError;
use crate::embedded::EmbeddedError;
use crate::server;
use crate::store::StoreError;
use crate::telemetry;

/// Something failed; the message says what.
pub const FAILURE: u8 = 1;
/// The command line or the configuration is wrong.
pub const USAGE: u8 = 2;
/// The database is not available.
pub const DATABASE: u8 = 3;
/// `doctor` or `audit verify` found a fault.
pub const FAULT: u8 = 4;

/// What commands that end by themselves log.
const LOG: &str = "warn,sqlx=error";

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    something failed; the message says what
  2    the command line or the configuration is wrong
  3    the database is not available
  4    doctor or audit verify found a fault
  130  told to stop twice

Environment:
  PULSVAGT_CONFIG  the configuration file, for want of --config
  PULSVAGT_DATA    the folder of a demo, for want of --data
  PULSVAGT_PG_BIN  the PostgreSQL programs that demo runs
  PULSVAGT_…       every key of the configuration: pulsvagt serve --print-defaults";

/// Remote patient monitoring for chronic patients who live at home.
#[derive(Debug, Parser)]
#[command(version, after_long_help = EXIT_CODES, after_help = "--help tells more, also exit codes")]
#[command(propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: own database, two municipalities, simulated citizens, a server.
    #[command(after_long_help = EXIT_CODES)]
    Demo(demo::Demo),
    /// Run the server.
    #[command(after_long_help = EXIT_CODES)]
    Serve(serve::Serve),
    /// Bring the catalogue and every municipality up to date.
    #[command(after_long_help = EXIT_CODES)]
    Migrate(migrate::Migrate),
    /// Add and list municipalities.
    #[command(after_long_help = EXIT_CODES)]
    Tenant(tenant::Tenant),
    /// Teams of nurses: who looks after whom.
    #[command(after_long_help = EXIT_CODES)]
    Team(team::Team),
    /// Mint a short-lived token with the local issuer; it is alone on the last line.
    #[command(after_long_help = EXIT_CODES)]
    Token(token::Token),
    /// Register systems that get tokens for themselves (SMART Backend Services).
    #[command(after_long_help = EXIT_CODES)]
    Client(client::Client),
    /// Accounts that a municipality keeps itself, for demos and small sites.
    #[command(after_long_help = EXIT_CODES)]
    Account(account::AccountCommand),
    /// Who is signed in with a browser, and end that.
    #[command(after_long_help = EXIT_CODES)]
    Session(session::Session),
    /// The keys that access tokens are signed with, and keys for clients.
    #[command(after_long_help = EXIT_CODES)]
    Keys(keys::Keys),
    /// Import NDJSON, Bundles or folders of them; can be resumed, and counts everything once.
    #[command(after_long_help = EXIT_CODES)]
    Import(import::Import),
    /// Encrypt what names somebody with another key, while the server runs; can be resumed.
    #[command(after_long_help = EXIT_CODES)]
    Rekey(rekey::Rekey),
    /// Replay history through a rule pack and say what a team would have seen.
    #[command(after_long_help = EXIT_CODES)]
    Backtest(backtest::Backtest),
    /// Fit a risk model on rows, validate it, and write its card.
    #[command(after_long_help = EXIT_CODES)]
    Fit(fit::Fit),
    /// Apply a risk model unchanged to other rows, and say how good it is there.
    #[command(after_long_help = EXIT_CODES)]
    Evaluate(evaluate::Evaluate),
    /// Write the rows that risk models are fitted on, of a municipality's citizens.
    #[command(after_long_help = EXIT_CODES)]
    Rows(rows::Rows),
    /// Risk models of a municipality: add, evaluate, approve, retire.
    #[command(after_long_help = EXIT_CODES)]
    Model(model::Model),
    /// Say what a pilot changed, and whether to continue, change or stop it.
    #[command(after_long_help = EXIT_CODES)]
    Pilot(pilot::Pilot),
    /// What municipalities have agreed to with regions whose analysts compare them.
    #[command(after_long_help = EXIT_CODES)]
    Region(region::Region),
    /// Define groups of citizens, follow them, and tell what may be told of them.
    #[command(after_long_help = EXIT_CODES)]
    Cohort(cohort::Cohort),
    /// Write what is stored to a lake of Parquet files, without names, for other engines.
    #[command(after_long_help = EXIT_CODES)]
    Export(export::Export),
    /// Screen citizens by the rule pack: those who are due, one, or all.
    #[command(after_long_help = EXIT_CODES)]
    Screen(screen::Screen),
    /// List, check, use and retire rule packs.
    #[command(after_long_help = EXIT_CODES)]
    Rules(rules::Rules),
    /// A citizen's rights over their data: export, erase, restrict, legal hold.
    #[command(after_long_help = EXIT_CODES)]
    Citizen(citizen::Citizen),
    /// How long a municipality keeps what, and delete what is older.
    #[command(after_long_help = EXIT_CODES)]
    Retention(retention::Retention),
    /// Write simulated citizens and readings as NDJSON; the same seed gives the same bytes.
    #[command(after_long_help = EXIT_CODES)]
    Simulate(simulate::Simulate),
    /// Check the audit trail, and find who did what.
    #[command(after_long_help = EXIT_CODES)]
    Audit(audit::Audit),
    /// Check the installation, and say what to do about what is wrong.
    #[command(after_long_help = EXIT_CODES)]
    Doctor(doctor::Doctor),
}

/// Parses the command line, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    server::install_crypto();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("pulsvagt: cannot start threads: {error}");
            return ExitCode::from(FAILURE);
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("pulsvagt: {}", explain(&error));
            ExitCode::from(exit_code(&error))
        }
    }
}

async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Demo(command) => command.run().await,
        Command::Serve(command) => command.run().await,
        Command::Migrate(command) => command.run().await,
        Command::Tenant(command) => command.run().await,
        Command::Team(command) => command.run().await,
        Command::Token(command) => command.run(),
        Command::Client(command) => command.run().await,
        Command::Account(command) => command.run().await,
        Command::Session(command) => command.run().await,
        Command::Keys(command) => command.run().await,
        Command::Import(command) => command.run().await,
        Command::Rekey(command) => command.run().await,
        Command::Backtest(command) => command.run().await,
        Command::Fit(command) => command.run().await,
        Command::Evaluate(command) => command.run().await,
        Command::Rows(command) => command.run().await,
        Command::Model(command) => command.run().await,
        Command::Pilot(command) => command.run().await,
        Command::Region(command) => command.run().await,
        Command::Cohort(command) => command.run().await,
        Command::Export(command) => command.run().await,
        Command::Screen(command) => command.run().await,
        Command::Rules(command) => command.run().await,
        Command::Citizen(command) => command.run().await,
        Command::Retention(command) => command.run().await,
        Command::Simulate(command) => command.run(),
        Command::Audit(command) => command.run().await,
        Command::Doctor(command) => command.run().await,
    }
}

/// The error with its causes, without anything that the database quoted.
fn explain(error: &anyhow::Error) -> String {
    let mut text = telemetry::chain(error.as_ref());
    if exit_code(error) == DATABASE && error.chain().all(|cause| !cause.is::<EmbeddedError>()) {
        text.push_str("; check that PostgreSQL runs and that database_url names it");
    }
    text
}

/// What a script may conclude from an error.
fn exit_code(error: &anyhow::Error) -> u8 {
    error
        .chain()
        .find_map(|cause| {
            if cause.is::<Usage>()
                || cause.is::<ConfigError>()
                || cause.is::<KeyError>()
                || cause.is::<server::TlsError>()
                || cause.is::<SetupError>()
            {
                Some(USAGE)
            } else if cause.downcast_ref::<StoreError>().is_some_and(StoreError::is_transient)
                || cause.is::<EmbeddedError>()
                || cause.is::<Away>()
            {
                Some(DATABASE)
            } else {
                None
            }
        })
        .unwrap_or(FAILURE)
}

/// What was asked for cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// The database, or the server because of it, stayed away for too long.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Away(String);

fn usage(text: impl Into<String>) -> anyhow::Error {
    Usage(text.into()).into()
}
