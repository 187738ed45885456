//! The audit trail: what is in it, that nothing is missing, and that nobody can change it.

mod chain;
mod day;
mod machines;
mod reading;
mod site;

use pulsvagt::audit::search::{Wanted, newest};
use pulsvagt::audit::{Entry, Verdict, Verifier};
use pulsvagt::ids::TenantCode;
use pulsvagt::store::Store;
use pulsvagt::store::audit::{BlockFilter, Chain};

use crate::world::World;

const NOON: &str = "2025-12-30T12:00:00Z";

async fn store(world: &World, tenant: &str) -> Store {
    let code: TenantCode = tenant.parse().expect("a code");
    let municipality = world.app.municipality(&code).await.expect("an answer");
    municipality.expect("a municipality").store.clone()
}

/// All entries of a municipality, the newest first.
async fn entries(world: &World, tenant: &str) -> Vec<Entry> {
    let store = store(world, tenant).await;
    let page = newest(&store.chain(), &Wanted::default(), None, 100_000).await.expect("entries");
    page.entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The newest entry of a municipality.
async fn last(world: &World, tenant: &str) -> Entry {
    entries(world, tenant).await.into_iter().next().expect("an entry")
}

async fn verify(world: &World, tenant: &str) -> Verdict {
    along(&store(world, tenant).await.chain()).await
}

/// What is wrong with a chain.
async fn along(chain: &Chain) -> Verdict {
    let mut verifier = Verifier::new(chain.holder(), []);
    let blocks = chain.blocks_after(0, &BlockFilter::default(), 10_000).await.expect("blocks");
    for block in &blocks {
        verifier.take(block);
    }
    verifier.finish(true)
}
