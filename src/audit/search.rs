//! Finding entries.

use crate::clock::Micros;
use crate::ids::{CitizenNo, ObservationKey};
use crate::store::StoreError;
use crate::store::audit::{BlockFilter, Chain};

use super::{Entry, Outcome};

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// About this citizen.
    pub citizen: Option<CitizenNo>,
    /// Naming this reading, which is the citizen's.
    pub reading: Option<ObservationKey>,
    /// By this subject.
    pub actor: Option<String>,
    /// In this role.
    pub role: Option<String>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// At this moment or later.
    pub from: Option<Micros>,
    /// Before this moment.
    pub to: Option<Micros>,
}

/// Where an entry is: the number of its block, and its place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The block.
    pub seq: i64,
    /// The place, from 0.
    pub at: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.seq, self.at)
    }
}

impl std::str::FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seq, at) = text.split_once('-').ok_or(NoPlace)?;
        let place =
            Self { seq: seq.parse().map_err(|_| NoPlace)?, at: at.parse().map_err(|_| NoPlace)? };
        // One entry has one id.
        if place.to_string() == text { Ok(place) } else { Err(NoPlace) }
    }
}

/// Not the place of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the place of an entry")]
pub struct NoPlace;

impl Wanted {
    fn filter(&self) -> BlockFilter {
        let citizen = self.citizen.or(self.reading.map(|key| key.citizen));
        BlockFilter { citizen, from: self.from, to: self.to }
    }

    fn fits(&self, entry: &Entry) -> bool {
        self.citizen.is_none_or(|citizen| entry.is_about(citizen))
            && self.reading.is_none_or(|key| entry.names(key))
            && self.actor.as_ref().is_none_or(|actor| entry.actor.subject == *actor)
            && self.role.as_ref().is_none_or(|role| entry.actor.role == *role)
            && self.outcome.is_none_or(|outcome| entry.outcome == outcome)
    }
}

/// Blocks that are read at a time.
const BLOCKS: u16 = 100;
/// Blocks that one page looks through at most, so that a search for what is rare ends.
const MOST_BLOCKS: usize = 20_000;

/// A page of entries, newest first.
#[derive(Debug, Default)]
pub struct Page {
    /// They, each with its place.
    pub entries: Vec<(Place, Entry)>,
    /// After which place the next page begins, if there may be more.
    pub next: Option<Place>,
}

/// At most so many entries that come before a place, newest first. A page may be short although
/// there is more: `next` says so.
///
/// # Errors
/// When the database fails, or a block cannot be read.
pub async fn newest(
    chain: &Chain,
    wanted: &Wanted,
    before: Option<Place>,
    limit: usize,
) -> Result<Page, StoreError> {
    let filter = wanted.filter();
    let mut page = Page::default();
    let mut looked = 0;
    // The rest of the block of the place comes first.
    let mut seq = before.map_or(i64::MAX, |place| place.seq.saturating_add(1));
    loop {
        let blocks = chain.blocks_before(seq, &filter, BLOCKS).await?;
        let last = blocks.len() < usize::from(BLOCKS);
        for block in blocks {
            seq = block.seq;
            looked += 1;
            let entries = block.entries().map_err(|e| StoreError::damaged("audit_block", e))?;
            for (at, entry) in (0..).zip(entries).collect::<Vec<_>>().into_iter().rev() {
                let place = Place { seq, at };
                if before.is_some_and(|before| place >= before) || !wanted.fits(&entry) {
                    continue;
                }
                page.entries.push((place, entry));
                if page.entries.len() == limit {
                    page.next = Some(place);
                    return Ok(page);
                }
            }
        }
        if last {
            return Ok(page);
        }
        if looked >= MOST_BLOCKS {
            page.next = Some(Place { seq, at: 0 });
            return Ok(page);
        }
    }
}

/// The entry at a place.
///
/// # Errors
/// When the database fails, or the block cannot be read.
pub async fn one(chain: &Chain, place: Place) -> Result<Option<Entry>, StoreError> {
    let Some(block) = chain.block(place.seq).await? else { return Ok(None) };
    let entries = block.entries().map_err(|e| StoreError::damaged("audit_block", e))?;
    Ok(usize::try_from(place.at).ok().and_then(|at| entries.into_iter().nth(at)))
}
