//! The back-test of a municipality's citizens.

use pulsvagt_analytics::Pack;

use super::{Backtest, Seen, watch_by_each};
use crate::backtest::{self, Source, Target};
use crate::cli::output::{self, Unit};
use crate::cli::{LOG, site, usage};
use crate::ids::{CitizenNo, TenantCode};
use crate::server::Stop;
use crate::store::Store;
use crate::store::screenings::Mode;
use crate::telemetry::{self, LogFormat};

/// How many citizens are in memory at a time.
const TOGETHER: u32 = 32;

impl Backtest {
    /// Replays what the store has of everybody. Nothing is written.
    pub(super) async fn stored(&self) -> anyhow::Result<Seen> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let Some(code) = &self.tenant else { return Err(usage("--tenant is missing")) };
        let mut stop = Stop::listen()?;
        let site = self.site.open().await?;
        let result = tokio::select! {
            result = self.of_tenant(&site, code) => result,
            () = stop.requested() => Err(anyhow::anyhow!("stopped; nothing was written")),
        };
        stop.or_exit(site.close()).await?;
        result
    }

    async fn of_tenant(&self, site: &site::Site, code: &TenantCode) -> anyhow::Result<Seen> {
        let catalog = site.catalog()?;
        site::patiently(|| catalog.ping()).await?;
        let Some(tenant) = catalog.tenant(code).await? else {
            let text = format!("there is no municipality {code}; see pulsvagt tenant list");
            return Err(usage(text));
        };
        let store = catalog.open(&tenant)?;
        let seen = self.of_store(&store).await;
        store.close().await;
        seen
    }

    async fn of_store(&self, store: &Store) -> anyhow::Result<Seen> {
        let stored = store.rule_packs().await?;
        let active = stored.into_iter().find(|pack| pack.mode == Mode::Active);
        let active = active.map(|pack| Pack::parse(&pack.body)).transpose()?;
        let packs = self.packs(|| active.unwrap_or_else(|| Pack::default_pack().clone()))?;
        let policy = store.policy().await?.policy;
        let (span, begin) = self.span(store.zone(), Self::now())?;

        let count = store.count_citizens().await?;
        let bar = output::progress(count, Unit::Items, "citizens");
        let mut watched = vec![Vec::new(); packs.len()];
        let (mut readings, mut imported) = (0, 0);
        let mut last = CitizenNo(i32::MIN);
        loop {
            let citizens = store.citizens_after(last, TOGETHER).await?;
            let Some(newest) = citizens.last() else { break };
            last = *newest;
            let mut people = backtest::stored::people(store, &citizens, begin, span.to).await?;
            for person in &mut people {
                let (all, late) = person.received_late();
                readings += all;
                imported += late;
                if self.received_when_taken {
                    person.receive_when_taken();
                }
            }
            let seen =
                tokio::task::block_in_place(|| watch_by_each(people, &span, &packs, &policy))?;
            watched.iter_mut().zip(seen).for_each(|(all, some)| all.extend(some));
            bar.inc(u64::try_from(citizens.len()).unwrap_or(0));
        }
        bar.finish_and_clear();
        if imported > readings / 2 && !self.received_when_taken {
            output::note(
                "most readings were received more than a week after they were taken, so nothing \
                 was known of them then; for an imported history add --received-when-taken",
            );
        }
        let source = Source::Stored {
            tenant: store.code().as_str().to_owned(),
            received_when_taken: self.received_when_taken,
        };
        let target = Target {
            of: "emergency and inpatient Encounters".to_owned(),
            days_before: self.before.unwrap_or(14),
        };
        Ok(Seen { packs, watched, span, source, target })
    }
}
