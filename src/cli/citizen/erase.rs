//! `pulsvagt citizen erase`

use std::io::{IsTerminal, Write};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{By, Whom};
use crate::cli::{output, site, usage};
use crate::clock::Clock;
use crate::ids::new_erasure_id;
use crate::store::Store;
use crate::store::erasure::Begun;
use crate::store::holdings::Counts;

/// Why somebody is erased: the grounds of GDPR article 17(1), as codes, so that nothing personal is
/// kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Reason {
    /// (a) no longer needed for what it was collected for
    NoLongerNecessary,
    /// (b) the citizen has withdrawn the consent
    ConsentWithdrawn,
    /// (c) the citizen objects
    Objection,
    /// (d) it was processed unlawfully
    Unlawful,
    /// (e) a law says so
    LegalObligation,
    /// entered by mistake
    Mistake,
}

#[derive(Debug, Args)]
pub(super) struct Erase {
    #[command(flatten)]
    pub(super) whom: Whom,
    /// Why
    #[arg(long)]
    reason: Reason,
    #[command(flatten)]
    by: By,
    /// Only say what would be erased
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Erase {
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let id = &self.whom.citizen;
        let under_way = store.erasure_of(id).await?;
        let citizen = match &under_way {
            Some(erasure) => erasure.citizen,
            None => self.whom.find(store).await?,
        };
        if let Some(held) = store.hold(citizen).await? {
            anyhow::bail!(
                "the citizen is under legal hold ({}, since {}); pulsvagt citizen release ends it",
                held.reason,
                held.since
            );
        }
        let counts = store.citizen_rows(citizen).await?;
        if self.dry_run {
            self.tell(&json!({"dryRun": true, "rows": counts}), &counts, "rows to erase");
            return Ok(());
        }
        if under_way.is_none() && !self.yes {
            report(&counts, "rows to erase");
            confirm(id)?;
        }
        let clock = Clock::system();
        let reason = self.reason.to_possible_value();
        let reason = reason.as_ref().map_or("", |value| value.get_name());
        let (new, by) = (new_erasure_id(), self.by.name());
        let begun =
            site::patiently(|| store.begin_erasure(id, &new, reason, &by, clock.now())).await?;
        let erasure = match begun {
            Begun::Erasing(erasure) => erasure,
            Begun::Held(_) => anyhow::bail!("the citizen has just been put under legal hold"),
            Begun::Unknown => return Err(usage("there is no such citizen in this municipality")),
        };
        site::patiently(|| store.erase(&erasure, clock.now())).await?;
        let erased = store.tombstone(&erasure.id).await?.map(|stone| stone.counts);
        let erased = erased.unwrap_or_default();
        self.tell(&json!({"erasure": erasure.id, "rows": erased}), &erased, "rows erased");
        if !self.whom.json {
            output::line(format!("erasure {}", erasure.id));
        }
        Ok(())
    }

    fn tell(&self, json: &serde_json::Value, counts: &Counts, heading: &str) {
        if self.whom.json { output::json(json) } else { report(counts, heading) }
    }
}

/// Counts by table.
pub(super) fn report(counts: &Counts, heading: &str) {
    let mut rows = vec![vec!["table".to_owned(), heading.to_owned()]];
    for (table, count) in counts.iter().filter(|(_, count)| **count > 0) {
        rows.push(vec![table.clone(), count.to_string()]);
    }
    output::table(&rows);
}

/// Asks for the citizen's id once more.
fn confirm(id: &str) -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(usage("nobody can be asked; say --yes to erase, or --dry-run to look"));
    }
    let mut err = std::io::stderr();
    write!(err, "this cannot be undone; type the citizen's id to erase: ")?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim() != id {
        anyhow::bail!("not the citizen's id; nothing was erased");
    }
    Ok(())
}
