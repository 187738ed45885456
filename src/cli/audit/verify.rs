//! `pulsvagt audit verify`

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::{Of, Which, moment};
use crate::audit::{Anchor, FaultKind, Holder, Verdict, Verifier};
use crate::cli::output;
use crate::cli::site::SiteArgs;
use crate::cli::{FAULT, usage};
use crate::store::audit::BlockFilter;

/// Blocks that are read at a time.
const BLOCKS: u16 = 500;

#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    which: Which,
    /// Only from this day or moment on; what the first block says of the one before is believed
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only before this day or moment
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// A file of heads of the chain that were seen before; the present head is added to it when
    /// nothing is wrong. Keep it where nobody who can write to the database can
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

impl Verify {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        let anchors = match &self.anchor {
            Some(path) if path.exists() => read(path)?,
            _ => Vec::new(),
        };
        let site = self.site.open().await?;
        let result = async {
            let of = self.which.open(&site).await?;
            let result = self.verify(&of, anchors).await;
            of.close().await;
            result
        };
        let result = result.await;
        site.close().await?;
        result
    }

    async fn verify(&self, of: &Of, anchors: Vec<Anchor>) -> anyhow::Result<u8> {
        let at = |text: &Option<String>| text.as_deref().map(|at| moment(at, of)).transpose();
        let (from, to) = (at(&self.from)?, at(&self.to)?);
        let filter = BlockFilter { citizen: None, from, to };
        let mut verifier = Verifier::new(of.chain.holder(), anchors.iter().cloned());
        let mut seq = 0;
        loop {
            let blocks = of.chain.blocks_after(seq, &filter, BLOCKS).await?;
            let Some(last) = blocks.last() else { break };
            seq = last.seq;
            for block in &blocks {
                verifier.take(block);
            }
        }
        let verdict = verifier.finish(from.is_none() && to.is_none());
        let guarded = of.chain.blocks_are_append_only().await?;
        self.tell(of.chain.holder(), &verdict, guarded);
        if !verdict.faults.is_empty() {
            return Ok(FAULT);
        }
        if let (Some(path), Some(head), None) = (&self.anchor, &verdict.head, to)
            && !anchors.contains(head)
        {
            let line = serde_json::to_string(head)?;
            let file = OpenOptions::new().create(true).append(true).open(path);
            let written = file.and_then(|mut file| writeln!(file, "{line}"));
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(0)
    }

    fn tell(&self, holder: &Holder, verdict: &Verdict, guarded: bool) {
        if self.json {
            output::json(&json!({
                "tenant": holder.to_string(), "blocks": verdict.blocks,
                "entries": verdict.entries, "head": verdict.head, "appendOnly": guarded,
                "faults": verdict.faults,
            }));
            return;
        }
        for fault in &verdict.faults {
            output::line(format!("block {} of {}: {}", fault.seq, fault.written, said(fault.kind)));
        }
        let (blocks, entries) = (verdict.blocks, verdict.entries);
        let state = if verdict.faults.is_empty() { "whole" } else { "BROKEN" };
        output::line(format!("{holder}: {state}, {blocks} blocks, {entries} entries"));
        if let Some(head) = &verdict.head {
            output::line(format!("head {} {} {}", head.seq, head.written, head.hash));
        }
        if !guarded {
            output::note(
                "note: the database lets this municipality's role change blocks; see \
                 docs/SECURITY.md on municipalities in a database of their own",
            );
        }
    }
}

fn said(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Changed => "its content is not what its hash was made of",
        FaultKind::Unbound => "it is not bound to the block before it",
        FaultKind::Missing => "blocks before it are missing",
        FaultKind::OutOfOrder => "its number stands twice or out of order",
        FaultKind::Backwards => "its time is before that of the block before it",
        FaultKind::Unreadable => "its entries cannot be read, or are not those it says it has",
        FaultKind::Truncated => "an anchor tells of it, and the chain ends before it",
        FaultKind::NotAnchored => "an anchor tells of another block in its place",
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Anchor>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            serde_json::from_str(line)
                .map_err(|_| usage(format!("{} has a line that is no anchor", path.display())))
        })
        .collect()
}
