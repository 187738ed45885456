//! `pulsvagt audit search`

use std::collections::HashMap;

use clap::Args;
use serde_json::{Value, json};

use super::{Of, Which, moment};
use crate::audit::search::{Place, Wanted, newest};
use crate::audit::{Block, Entry};
use crate::cli::output;
use crate::cli::site::SiteArgs;
use crate::cli::usage;
use crate::clock::Clock;
use crate::ids::CitizenNo;
use crate::store::Store;

/// Entries that are looked up at a time.
const PAGE: usize = 500;
/// Citizens of one entry that are named.
const MOST: usize = 100;

#[derive(Debug, Args)]
pub(super) struct Search {
    #[command(flatten)]
    which: Which,
    /// About this citizen, by logical id
    #[arg(long, value_name = "ID", conflicts_with = "of-the-site")]
    citizen: Option<String>,
    /// Naming this reading, by its FHIR id
    #[arg(long, value_name = "ID", conflicts_with = "of-the-site")]
    reading: Option<String>,
    /// By this subject, as the issuer of the token calls it
    #[arg(long, value_name = "SUBJECT")]
    actor: Option<String>,
    /// In this role; system for what the server does by itself
    #[arg(long)]
    role: Option<String>,
    /// From this day or moment on
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this day or moment
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Most entries
    #[arg(long, default_value_t = 1_000)]
    limit: usize,
    /// One JSON object a line instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

impl Search {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        let site = self.site.open().await?;
        let result = async {
            let of = self.which.open(&site).await?;
            let result = self.search(&of).await;
            of.close().await;
            result
        };
        let result = result.await;
        site.close().await?;
        result
    }

    async fn search(&self, of: &Of) -> anyhow::Result<u8> {
        let at = |text: &Option<String>| text.as_deref().map(|at| moment(at, of)).transpose();
        let mut wanted = Wanted {
            actor: self.actor.clone(),
            role: self.role.clone(),
            from: at(&self.from)?,
            to: at(&self.to)?,
            ..Wanted::default()
        };
        let store = of.store.as_ref();
        if let (Some(id), Some(store)) = (&self.citizen, store) {
            let citizen = store.citizen_no(id).await?;
            wanted.citizen = Some(citizen.ok_or_else(|| usage("there is no such citizen"))?);
        }
        if let (Some(id), Some(store)) = (&self.reading, store) {
            let reading = store.sealer().open(id);
            wanted.reading = Some(reading.ok_or_else(|| usage("there is no such reading"))?);
        }
        let looked = Entry::of_system("operator", "audit-search", Clock::system().now());
        let about = wanted.citizen.or(wanted.reading.map(|key| key.citizen));
        of.chain.record(&Block::of(looked.about(about))).await?;
        let mut ids = HashMap::new();
        let mut rows = vec![HEADING.map(str::to_owned).to_vec()];
        let (mut before, mut left) = (None, self.limit);
        while left > 0 {
            let page = newest(&of.chain, &wanted, before, left.min(PAGE)).await?;
            left -= page.entries.len();
            for (place, entry) in &page.entries {
                let citizens = named(store, entry, wanted.citizen, &mut ids).await?;
                if self.json {
                    output::json(&told(*place, entry, &citizens)?);
                } else {
                    rows.push(row(*place, entry, &citizens));
                }
            }
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        if !self.json {
            output::table(&rows);
        }
        Ok(0)
    }
}

const HEADING: [&str; 9] =
    ["place", "at", "who", "role", "operation", "outcome", "citizens", "request", "requests"];

/// Logical ids of an entry's citizens: the one that was asked for, or the first hundred.
async fn named(
    store: Option<&Store>,
    entry: &Entry,
    only: Option<CitizenNo>,
    ids: &mut HashMap<i32, String>,
) -> anyhow::Result<Vec<String>> {
    let mut named = Vec::new();
    let Some(store) = store else { return Ok(named) };
    let wanted = entry.citizens.iter().filter(|no| only.is_none_or(|only| only.0 == **no));
    for no in wanted.take(MOST) {
        if let Some(id) = ids.get(no) {
            named.push(id.clone());
            continue;
        }
        let id = store.citizen_id(CitizenNo(*no)).await?;
        ids.insert(*no, id.clone());
        named.push(id);
    }
    Ok(named)
}

fn told(place: Place, entry: &Entry, citizens: &[String]) -> anyhow::Result<Value> {
    let mut told = serde_json::to_value(entry)?;
    told["place"] = place.to_string().into();
    told["at"] = entry.at.to_string().into();
    if let Some(since) = entry.since {
        told["since"] = since.to_string().into();
    }
    told["outcome"] = entry.outcome.as_str().into();
    told["citizens"] = json!(citizens);
    told["citizenCount"] = entry.citizens.len().into();
    Ok(told)
}

fn row(place: Place, entry: &Entry, citizens: &[String]) -> Vec<String> {
    let citizens = match citizens {
        [] => String::new(),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one} +{}", rest.len()),
    };
    vec![
        place.to_string(),
        entry.at.to_string(),
        entry.actor.subject.clone(),
        entry.actor.role.clone(),
        entry.operation.clone(),
        entry.outcome.as_str().to_owned(),
        citizens,
        entry.request.clone(),
        if entry.count > 0 { entry.count.to_string() } else { String::new() },
    ]
}
