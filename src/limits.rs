//! How much one client may ask of this server: token buckets, weighted by what a request costs.
//!
//! Who has a token has a bucket of its own; everybody else shares that of the address they come
//! from. Buckets are in the memory of this process: with several servers behind one address a
//! client has as many. A client that is forgotten because there are too many starts with a full
//! bucket.

mod bucket;
mod costs;

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use quick_cache::sync::Cache;
use serde::Deserialize;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::access::{Principal, Role};
use bucket::Bucket;

pub use costs::{Costs, Kind};

/// Buckets of each kind that are kept, each some hundred bytes.
const BUCKETS: usize = 50_000;
/// Unknown tokens that may wait for [`Limiter::lane`].
const LANE: usize = 100;

/// What a bucket holds and how fast it fills, in units of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Units that come back in a minute.
    pub per_minute: u32,
    /// Units in a full bucket: what may be asked for at once after a pause.
    pub burst: u32,
}

impl Quota {
    /// Largest numbers that can be computed with.
    const MOST: u32 = 100_000_000;

    /// Whether it can be used.
    pub fn is_valid(self) -> bool {
        (1..=Self::MOST).contains(&self.per_minute) && (1..=Self::MOST).contains(&self.burst)
    }

    /// How long an empty bucket takes to be full.
    pub fn window(self) -> Duration {
        Duration::from_nanos(self.interval() * u64::from(self.burst))
    }

    /// Nanoseconds until one unit has come back.
    fn interval(self) -> u64 {
        60_000_000_000 / u64::from(self.per_minute.max(1))
    }
}

/// The quota of every kind of client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// One citizen's app.
    pub citizen: Quota,
    /// A nurse, a leader or an analyst.
    pub staff: Quota,
    /// A gateway, an administrator's or an operator's program.
    pub system: Quota,
    /// All requests without a good token that come from one address.
    pub address: Quota,
    /// Bad tokens that come from one address.
    pub failures: Quota,
}

impl Rates {
    /// Every quota with its name.
    pub fn all(&self) -> [(&'static str, Quota); 5] {
        [
            ("citizen", self.citizen),
            ("staff", self.staff),
            ("system", self.system),
            ("address", self.address),
            ("failures", self.failures),
        ]
    }
}

impl Default for Rates {
    fn default() -> Self {
        let quota = |per_minute, burst| Quota { per_minute, burst };
        Self {
            citizen: quota(600, 1_200),
            staff: quota(6_000, 6_000),
            system: quota(6_000_000, 1_000_000),
            address: quota(1_200, 2_400),
            failures: quota(30, 30),
        }
    }
}

/// Where a request comes from: an IPv4 address, or the 64 bits that one IPv6 customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer(IpAddr);

impl From<IpAddr> for Peer {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(long) => {
                Self(Ipv6Addr::from_bits(long.to_bits() & (u128::MAX << 64)).into())
            }
            short @ IpAddr::V4(_) => Self(short),
        }
    }
}

/// One client's bucket.
#[derive(Debug, Clone)]
pub struct Meter {
    policy: &'static str,
    quota: Quota,
    bucket: Arc<Bucket>,
    began: Instant,
}

/// How a bucket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which quota it is.
    pub policy: &'static str,
    /// The quota.
    pub quota: Quota,
    /// Whole units that are left.
    pub left: u32,
    /// Until it is full again.
    pub full_in: Duration,
}

impl Meter {
    /// Takes what a request costs. What costs more than a full bucket costs a full bucket, so that
    /// nothing is impossible for good.
    ///
    /// # Errors
    /// When there is not enough; then nothing is taken, and there will be after that time.
    pub fn take(&self, cost: u32) -> Result<(), Duration> {
        self.bucket.take(self.now(), cost, self.quota)
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let (left, full_in) = self.bucket.left(self.now(), self.quota);
        Standing { policy: self.policy, quota: self.quota, left, full_in }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// All buckets of this process.
#[derive(Debug)]
pub struct Limiter {
    rates: Rates,
    /// Monotonic: a step of the computer's clock locks nobody out.
    began: Instant,
    callers: Cache<[u8; 32], Arc<Bucket>>,
    addresses: Cache<Peer, Arc<Bucket>>,
    failures: Cache<Peer, Arc<Bucket>>,
    lane: Semaphore,
    waiting: Semaphore,
}

impl Limiter {
    /// With all buckets full.
    pub fn new(rates: Rates) -> Self {
        Self {
            rates,
            began: Instant::now(),
            callers: Cache::new(BUCKETS),
            addresses: Cache::new(BUCKETS),
            failures: Cache::new(BUCKETS),
            lane: Semaphore::new(1),
            waiting: Semaphore::new(LANE),
        }
    }

    /// The bucket of whoever bears a token: that subject, for that citizen.
    pub fn caller(&self, caller: &Principal) -> Meter {
        let (policy, quota) = match caller.role() {
            Role::Citizen | Role::Relative => ("citizen", self.rates.citizen),
            Role::Nurse | Role::Lead | Role::Analyst => ("staff", self.rates.staff),
            Role::Gateway | Role::Admin | Role::Operator => ("system", self.rates.system),
        };
        let mut hash = digest::Context::new(&digest::SHA256);
        let names = [
            caller.tenant().as_str(),
            caller.role().as_str(),
            caller.citizen().unwrap_or_default(),
            caller.subject(),
        ];
        for name in names {
            hash.update(&name.len().to_be_bytes());
            hash.update(name.as_bytes());
        }
        let mut key = [0; 32];
        key.copy_from_slice(hash.finish().as_ref());
        self.meter(&self.callers, &key, policy, quota)
    }

    /// The bucket of requests without a good token from there.
    pub fn address(&self, peer: Peer) -> Meter {
        self.meter(&self.addresses, &peer, "address", self.rates.address)
    }

    /// The bucket of bad tokens from there.
    pub fn failures(&self, peer: Peer) -> Meter {
        self.meter(&self.failures, &peer, "failures", self.rates.failures)
    }

    /// Where tokens that nobody has seen are looked at one after the other when bad ones have come
    /// from their address: an attack has at most one core, and a good token behind the same address
    /// comes in a little later. `None` when too many wait.
    pub async fn lane(&self) -> Option<(SemaphorePermit<'_>, SemaphorePermit<'_>)> {
        let waiting = self.waiting.try_acquire().ok()?;
        let turn = self.lane.acquire().await.ok()?;
        Some((waiting, turn))
    }

    fn meter<K: Hash + Eq + Clone>(
        &self,
        buckets: &Cache<K, Arc<Bucket>>,
        key: &K,
        policy: &'static str,
        quota: Quota,
    ) -> Meter {
        let Ok(bucket) = buckets.get_or_insert_with(key, || Ok::<_, Infallible>(Arc::default()));
        Meter { policy, quota, bucket, began: self.began }
    }
}
