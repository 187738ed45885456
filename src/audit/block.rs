//! Blocks, and how each is bound to the one before.

use std::io::{Read, Write};

use aws_lc_rs::digest::{Context, SHA256};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::Entry;
use crate::clock::Micros;
use crate::ids::TenantCode;

/// Whose chain it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A municipality's.
    Municipality(TenantCode),
    /// The installation's, for what belongs to no municipality.
    Site,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Municipality(code) => code.fmt(f),
            Self::Site => f.write_str("site"),
        }
    }
}

impl From<&TenantCode> for Holder {
    fn from(code: &TenantCode) -> Self {
        Self::Municipality(code.clone())
    }
}

/// The length of a hash, bytes.
pub const GENESIS_BYTES: usize = 32;
/// No block is longer than this once it is inflated, bytes.
const LONGEST: u64 = 256 << 20;

/// Entries that are ready to be appended, all in one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub(crate) written: Micros,
    pub(crate) number: i32,
    pub(crate) citizens: Vec<i32>,
    pub(crate) body: Vec<u8>,
}

impl Block {
    /// Of these entries, of which there is at least one. All of them are said to be of `written`,
    /// the moment of the commit.
    pub fn new<'e>(entries: impl IntoIterator<Item = &'e mut Entry>, written: Micros) -> Self {
        let mut citizens = Vec::new();
        let mut number = 0;
        let mut text = Vec::with_capacity(8 << 10);
        for entry in entries {
            entry.at = written;
            citizens.extend_from_slice(&entry.citizens);
            number += 1;
            // Writing into memory does not fail, and an entry is plain text and numbers.
            let _ = serde_json::to_writer(&mut text, entry);
            text.push(b'\n');
        }
        citizens.sort_unstable();
        citizens.dedup();
        let room = Vec::with_capacity(text.len() / 4);
        let mut packed = DeflateEncoder::new(room, Compression::fast());
        // As above.
        let _ = packed.write_all(&text);
        Self { written, number, citizens, body: packed.finish().unwrap_or_default() }
    }

    /// Of one entry, at its own time.
    pub fn of(mut entry: Entry) -> Self {
        let at = entry.at;
        Self::new([&mut entry], at)
    }
}

/// A block as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlock {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When it was committed, as the server's clock said; never before the one before.
    pub written: Micros,
    /// How many entries it has.
    pub number: i32,
    /// Whom they are about, ascending.
    pub citizens: Vec<i32>,
    /// The entries, packed.
    pub body: Vec<u8>,
    /// The hash of the block before.
    pub previous: Vec<u8>,
    /// Its own.
    pub hash: Vec<u8>,
}

/// A block's body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Damaged {
    /// It cannot be inflated.
    #[error("the entries cannot be unpacked")]
    Packed(#[source] std::io::Error),
    /// An entry is not one.
    #[error("an entry cannot be read")]
    Entry(#[source] serde_json::Error),
}

impl StoredBlock {
    /// Its entries.
    ///
    /// # Errors
    /// When the block has been tampered with.
    pub fn entries(&self) -> Result<Vec<Entry>, Damaged> {
        let mut text = Vec::new();
        DeflateDecoder::new(&*self.body)
            .take(LONGEST)
            .read_to_end(&mut text)
            .map_err(Damaged::Packed)?;
        text.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).map_err(Damaged::Entry))
            .collect()
    }
}

/// What stands in place of the hash before the first block: each chain has its own, of the schema
/// that it is in.
pub fn genesis(holder: &Holder) -> Vec<u8> {
    let text = match holder {
        Holder::Municipality(code) => format!("pulsvagt audit m{code}"),
        Holder::Site => "pulsvagt audit pulsvagt".to_owned(),
    };
    aws_lc_rs::digest::digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

/// What the hash of a block has to be. `audit_append` in the database computes the same:
/// SHA-256 of the hash before, the number in the chain, the time in microseconds since 1970, the
/// number of entries, the citizens, and the packed entries.
pub fn hash(block: &StoredBlock) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(&block.previous);
    context.update(&block.seq.to_be_bytes());
    context.update(&block.written.0.to_be_bytes());
    context.update(&block.number.to_be_bytes());
    let citizens: Vec<String> = block.citizens.iter().map(i32::to_string).collect();
    context.update(citizens.join(",").as_bytes());
    context.update(b"\n");
    context.update(&block.body);
    context.finish().as_ref().to_vec()
}
