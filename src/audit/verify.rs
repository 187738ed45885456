//! Going along the chain.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::block::{Holder, StoredBlock, genesis, hash};
use crate::clock::Micros;

/// What is wrong at a place of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// A block's content is not what its hash was made of.
    Changed,
    /// A block is not bound to the one before it: that one, or this one, is another than it was.
    Unbound,
    /// Blocks are missing before this one.
    Missing,
    /// A number stands twice, or is not in order.
    OutOfOrder,
    /// The time is before that of the block before.
    Backwards,
    /// The entries cannot be read, or are not as many, or about others, than the block says.
    Unreadable,
    /// The chain ends before a block that an anchor tells of.
    Truncated,
    /// The block is not the one that an anchor tells of.
    NotAnchored,
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// At which block.
    pub seq: i64,
    /// The time of the block; of the anchor where there is no block.
    #[serde(serialize_with = "as_text")]
    pub written: Micros,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn as_text<S: serde::Serializer>(at: &Micros, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(at)
}

/// A block's number and hash, kept where nobody who can write to the database can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The municipality, or `site`.
    pub tenant: String,
    /// The number of the block.
    pub seq: i64,
    /// Its time, microseconds since 1970.
    pub written: Micros,
    /// Its hash, hexadecimal.
    pub hash: String,
}

impl Anchor {
    /// Of a block of that chain.
    pub fn of(holder: &Holder, block: &StoredBlock) -> Self {
        let (seq, written, hash) = (block.seq, block.written, HEXLOWER.encode(&block.hash));
        Self { tenant: holder.to_string(), seq, written, hash }
    }
}

/// Takes blocks in their order and tells what is wrong with them.
#[derive(Debug)]
pub struct Verifier {
    holder: Holder,
    anchors: Vec<Anchor>,
    first: Option<(i64, Micros)>,
    last: Option<Anchor>,
    faults: Vec<Fault>,
    blocks: u64,
    entries: u64,
}

impl Verifier {
    /// For that chain, of which these anchors were kept; others are passed over.
    pub fn new(holder: &Holder, anchors: impl IntoIterator<Item = Anchor>) -> Self {
        let name = holder.to_string();
        let ours = |anchor: &Anchor| anchor.tenant == name;
        Self {
            holder: holder.clone(),
            anchors: anchors.into_iter().filter(ours).collect(),
            first: None,
            last: None,
            faults: Vec::new(),
            blocks: 0,
            entries: 0,
        }
    }

    /// The next block. The first may be from the middle of the chain; then it is believed that the
    /// one before it is what it says.
    pub fn take(&mut self, block: &StoredBlock) {
        let mut fault = |kind| {
            let fault = Fault { kind, seq: block.seq, written: block.written };
            if self.faults.last() != Some(&fault) {
                self.faults.push(fault);
            }
        };
        match &self.last {
            None if block.seq == 1 && block.previous != genesis(&self.holder) => {
                fault(FaultKind::Unbound);
            }
            None => {}
            Some(last) => {
                if block.seq <= last.seq {
                    fault(FaultKind::OutOfOrder);
                } else if block.seq > last.seq + 1 {
                    fault(FaultKind::Missing);
                }
                if HEXLOWER.encode(&block.previous) != last.hash {
                    fault(FaultKind::Unbound);
                }
                if block.written < last.written {
                    fault(FaultKind::Backwards);
                }
            }
        }
        if hash(block) != block.hash {
            fault(FaultKind::Changed);
        }
        match block.entries() {
            Ok(entries) => {
                let mut citizens: Vec<i32> =
                    entries.iter().flat_map(|entry| entry.citizens.iter().copied()).collect();
                citizens.sort_unstable();
                citizens.dedup();
                let number = usize::try_from(block.number).unwrap_or(0);
                if entries.len() != number || citizens != block.citizens {
                    fault(FaultKind::Unreadable);
                }
                self.entries += entries.len() as u64;
            }
            Err(_) => fault(FaultKind::Unreadable),
        }
        let own = Anchor::of(&self.holder, block);
        if self.anchors.iter().any(|anchor| anchor.seq == own.seq && anchor.hash != own.hash) {
            fault(FaultKind::NotAnchored);
        }
        self.blocks += 1;
        self.first.get_or_insert((block.seq, block.written));
        self.last = Some(own);
    }

    /// No more blocks. `whole` says that it was the chain from its first block to its last.
    pub fn finish(mut self, whole: bool) -> Verdict {
        let reached = self.last.as_ref().map_or(0, |last| last.seq);
        if whole {
            let lost = self.anchors.iter().filter(|anchor| anchor.seq > reached);
            let lost = lost.max_by_key(|anchor| anchor.seq);
            self.faults.extend(lost.map(|anchor| Fault {
                kind: FaultKind::Truncated,
                seq: anchor.seq,
                written: anchor.written,
            }));
            if let Some((seq, written)) = self.first.filter(|(seq, _)| *seq > 1) {
                self.faults.insert(0, Fault { kind: FaultKind::Missing, seq, written });
            }
        }
        Verdict { blocks: self.blocks, entries: self.entries, head: self.last, faults: self.faults }
    }
}

/// What going along the chain came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Blocks that were looked at.
    pub blocks: u64,
    /// Entries in them.
    pub entries: u64,
    /// The last block.
    pub head: Option<Anchor>,
    /// Everything that is wrong, in the order of the chain.
    pub faults: Vec<Fault>,
}
