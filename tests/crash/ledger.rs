//! What the clients know: which readings they have sent, and which were acknowledged with which
//! id. Kept by the clients alone, so it does not share the fate of the servers.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use sqlx::Connection as _;

use crate::forms::{Plan, stagger};
use crate::site::{Municipality, Site};

/// Readings by their number; those that were acknowledged have an id.
#[derive(Debug, Default)]
pub(crate) struct Ledger(HashMap<u64, Option<String>>);

/// What a comparison with the store found. All but `stored` have to be nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) stored: u64,
    pub(crate) lost: Vec<u64>,
    pub(crate) duplicated: Vec<u64>,
    pub(crate) phantom: Vec<String>,
}

impl Ledger {
    /// Has to be said before anything is sent.
    pub(crate) fn sending(&mut self, number: u64) {
        self.0.entry(number).or_default();
    }

    /// A reading was acknowledged; every time with the same id.
    pub(crate) fn acknowledged(&mut self, number: u64, id: &str) -> anyhow::Result<()> {
        let entry = self.0.get_mut(&number).context("acknowledged and never sent")?;
        match entry {
            Some(known) => ensure!(known == id, "reading {number} was {known} and now is {id}"),
            None => *entry = Some(id.to_owned()),
        }
        Ok(())
    }

    /// What was sent and not acknowledged.
    pub(crate) fn open(&self) -> Vec<u64> {
        let mut open: Vec<u64> =
            self.0.iter().filter(|(_, id)| id.is_none()).map(|(number, _)| *number).collect();
        open.sort_unstable();
        open
    }

    /// What was acknowledged, in order.
    pub(crate) fn settled(&self) -> Vec<(u64, &str)> {
        let mut settled: Vec<_> =
            self.0.iter().filter_map(|(number, id)| Some((*number, id.as_deref()?))).collect();
        settled.sort_unstable();
        settled
    }

    /// Compares with every row of the store.
    pub(crate) async fn compare(
        &self,
        site: &Site,
        municipality: &Municipality,
        plan: &Plan,
    ) -> anyhow::Result<Comparison> {
        let mut database = site.database(municipality.code).await?;
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "select citizen.logical_id, (extract(epoch from effective) * 1000000)::int8, count(*)
             from observation join citizen on citizen.id = observation.citizen
             group by 1, 2",
        )
        .fetch_all(&mut database)
        .await?;
        database.close().await?;
        let mut found = Comparison::default();
        let mut there = HashMap::new();
        for (citizen, micros, count) in rows {
            let number =
                number(plan, &citizen, micros).filter(|number| self.0.contains_key(number));
            let Some(number) = number else {
                found.phantom.push(format!("{citizen} at {micros}"));
                continue;
            };
            found.stored += u64::try_from(count)?;
            if count > 1 {
                found.duplicated.push(number);
            }
            there.insert(number, count);
        }
        found.lost = self
            .settled()
            .into_iter()
            .map(|(number, _)| number)
            .filter(|number| !there.contains_key(number))
            .collect();
        Ok(found)
    }

    /// Fails unless everything acknowledged is there, once, and nothing else.
    pub(crate) async fn reconcile(
        &self,
        site: &Site,
        municipality: &Municipality,
        plan: &Plan,
    ) -> anyhow::Result<u64> {
        let found = self.compare(site, municipality, plan).await?;
        let Comparison { stored, lost, duplicated, phantom } = &found;
        ensure!(
            lost.is_empty() && duplicated.is_empty() && phantom.is_empty(),
            "acknowledged and lost {lost:?}, duplicated {duplicated:?}, phantom {phantom:?}"
        );
        Ok(*stored)
    }
}

/// Which reading of a citizen was taken then, if any.
fn number(plan: &Plan, citizen: &str, micros: i64) -> Option<u64> {
    let citizen: u64 = citizen.strip_prefix('c')?.parse().ok()?;
    let since = micros - plan.start.0 - stagger(citizen);
    if citizen >= plan.citizens || since % plan.step != 0 {
        return None;
    }
    let round = u64::try_from(since / plan.step).ok()?;
    let place = (citizen + plan.citizens - round % plan.citizens) % plan.citizens;
    Some(round * plan.citizens + place)
}
