//! `pulsvagt rules`

mod print;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use pulsvagt_analytics::Pack;

use super::site::{Site, SiteArgs};
use super::{LOG, usage};
use crate::clock::Clock;
use crate::ids::TenantCode;
use crate::screening::{Change, Misfits};
use crate::store::Store;
use crate::store::screenings::{Mode, StoredPack, Used};
use crate::telemetry::{self, LogFormat};

/// Least characters of a hash that name a pack.
const LEAST: usize = 6;

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the rule packs of a municipality: the active one, shadows, those that were retired.
    List(List),
    /// Check the rule pack in a file, and say everything that is wrong with it.
    Check(Check),
    /// Screen by a rule pack from now on, and say what that changes; everybody is due at once.
    Use(Use),
    /// Stop evaluating a rule pack in the shadow of the active one.
    Retire(Retire),
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
struct Check {
    /// The rule pack
    file: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Use {
    /// A file, or the hash of a pack that is stored, or what that begins with
    #[arg(value_name = "FILE|HASH")]
    pack: String,
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// Only evaluate it beside the active one: it raises nothing
    #[arg(long)]
    shadow: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Retire {
    /// The hash of the pack, or what that begins with
    hash: String,
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// One JSON object instead of a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

impl Rules {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        match self.command {
            Command::Check(check) => {
                let (pack, _) = read(&check.file)?;
                print::checked(&pack, check.json);
            }
            Command::List(list) => {
                let site = list.site.open().await?;
                let result = list.run(&site).await;
                site.close().await?;
                result?;
            }
            Command::Use(wanted) => {
                // What is wrong with a file is told without a database.
                let file = wanted.file()?;
                let site = wanted.site.open().await?;
                let result = wanted.run(&site, file).await;
                site.close().await?;
                result?;
            }
            Command::Retire(retire) => {
                let site = retire.site.open().await?;
                let result = retire.run(&site).await;
                site.close().await?;
                result?;
            }
        }
        Ok(0)
    }
}

impl List {
    async fn run(&self, site: &Site) -> anyhow::Result<()> {
        let store = site.store(&self.tenant).await?;
        let packs = store.all_rule_packs().await;
        store.close().await;
        print::list(&self.tenant, &packs?, self.json);
        Ok(())
    }
}

impl Use {
    fn file(&self) -> anyhow::Result<Option<(Pack, String)>> {
        let path = Path::new(&self.pack);
        if is_hash(&self.pack) && !path.exists() { Ok(None) } else { read(path).map(Some) }
    }

    async fn run(&self, site: &Site, file: Option<(Pack, String)>) -> anyhow::Result<()> {
        let store = site.store(&self.tenant).await?;
        let result = self.put(&store, file).await;
        store.close().await;
        result
    }

    async fn put(&self, store: &Store, file: Option<(Pack, String)>) -> anyhow::Result<()> {
        let stored = store.all_rule_packs().await?;
        let (pack, text) = match file {
            Some(file) => file,
            None => stored_pack(find(&stored, &self.pack)?)?,
        };
        // For want of one the default pack is what a municipality is screened by.
        let active = match stored.iter().find(|pack| pack.mode == Mode::Active) {
            Some(active) => stored_pack(active).map(|(active, _)| active).ok(),
            None => Some(Pack::default_pack().clone()),
        };
        let change = active.map(|active| Change::between(&active, &pack));
        let misfits = Misfits::of(store, &pack).await?;
        let mode = if self.shadow { Mode::Shadow } else { Mode::Active };
        let (hash, name, version) = (pack.hash(), pack.name(), pack.version());
        let now = Clock::system().now();
        let used = store.use_rule_pack(hash, name, version, &text, mode, now).await?;
        if used == Used::IsActive {
            return Err(usage(format!(
                "{} is the active rule pack; it leaves its place only to a successor: \
                 pulsvagt rules use",
                pack.hash()
            )));
        }
        let is_signed = store.rule_pack_sign_offs().await?.contains_key(pack.hash());
        let came = (mode, used, is_signed);
        print::used(&self.tenant, &pack, came, change.as_ref(), &misfits, self.json);
        Ok(())
    }
}

impl Retire {
    async fn run(&self, site: &Site) -> anyhow::Result<()> {
        let store = site.store(&self.tenant).await?;
        let result = self.put(&store).await;
        store.close().await;
        result
    }

    async fn put(&self, store: &Store) -> anyhow::Result<()> {
        let stored = store.all_rule_packs().await?;
        let pack = find(&stored, &self.hash)?;
        let StoredPack { hash, name, version, body, .. } = pack;
        let now = Clock::system().now();
        let used = store.use_rule_pack(hash, name, version, body, Mode::Retired, now).await?;
        if used == Used::IsActive {
            return Err(usage(format!(
                "{hash} is the active rule pack and cannot be retired without a successor; \
                 pulsvagt rules use makes another one active and retires it"
            )));
        }
        print::retired(&self.tenant, pack, used, self.json);
        Ok(())
    }
}

/// Reads and checks the rule pack in a file; also its text.
pub(super) fn read(path: &Path) -> anyhow::Result<(Pack, String)> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| usage(format!("cannot read {}: {error}", path.display())))?;
    match Pack::parse(&text) {
        Ok(pack) => Ok((pack, text)),
        Err(errors) => Err(usage(format!("{}:\n{errors}", path.display()))),
    }
}

fn stored_pack(pack: &StoredPack) -> anyhow::Result<(Pack, String)> {
    match Pack::parse(&pack.body) {
        Ok(read) => Ok((read, pack.body.clone())),
        Err(errors) => Err(usage(format!("{} can no longer be used:\n{errors}", pack.hash))),
    }
}

fn is_hash(text: &str) -> bool {
    text.len() >= LEAST && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The one stored pack whose hash begins so.
fn find<'a>(stored: &'a [StoredPack], hash: &str) -> anyhow::Result<&'a StoredPack> {
    if !is_hash(hash) {
        return Err(usage(format!("give at least {LEAST} characters of a hash, not {hash}")));
    }
    let begin = hash.to_ascii_lowercase();
    let mut found = stored.iter().filter(|pack| pack.hash.starts_with(&begin));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(usage(format!("there is no rule pack {hash}; see pulsvagt rules list"))),
        (Some(_), Some(_)) => Err(usage(format!("more than one rule pack begins with {hash}"))),
    }
}
