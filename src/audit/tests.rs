//! The chain, without a database.

use proptest::prelude::*;

use super::*;
use crate::clock::Micros;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey, SourceNo};

fn tenant() -> Holder {
    Holder::Municipality("0330".parse().expect("a code"))
}

/// A chain as `audit_append` makes it, with blocks of so many entries.
fn chain(sizes: &[usize]) -> Vec<StoredBlock> {
    let mut previous = genesis(&tenant());
    let mut blocks = Vec::new();
    for (seq, size) in (1..).zip(sizes) {
        let mut entries: Vec<Entry> = (0..*size)
            .map(|nth| {
                let citizen = CitizenNo(i32::try_from(nth % 3).expect("small") + 1);
                let request = format!("{seq}-{nth}");
                Entry { request, ..Entry::of_system("test", "read", Micros(seq)) }.about([citizen])
            })
            .collect();
        let block = Block::new(&mut entries, Micros(seq * 1_000));
        let mut stored = StoredBlock {
            seq,
            written: block.written,
            number: block.number,
            citizens: block.citizens,
            body: block.body,
            previous: previous.clone(),
            hash: Vec::new(),
        };
        stored.hash = hash(&stored);
        previous.clone_from(&stored.hash);
        blocks.push(stored);
    }
    blocks
}

fn verify(blocks: &[StoredBlock], anchors: Vec<Anchor>) -> Verdict {
    let mut verifier = Verifier::new(&tenant(), anchors);
    for block in blocks {
        verifier.take(block);
    }
    verifier.finish(true)
}

/// What somebody may do to a chain who can write to the table.
#[derive(Debug, Clone)]
enum Tampering {
    Flip {
        at: usize,
        part: u8,
        bit: usize,
    },
    Remove(usize),
    Swap(usize, usize),
    Duplicate(usize),
    /// Takes one entry out and packs the rest anew.
    Entry(usize),
}

fn tampering(blocks: usize) -> impl Strategy<Value = Tampering> {
    prop_oneof![
        4 => (0..blocks, 0..6_u8, 0..10_000_usize)
            .prop_map(|(at, part, bit)| Tampering::Flip { at, part, bit }),
        1 => (0..blocks).prop_map(Tampering::Remove),
        1 => (0..blocks, 0..blocks).prop_map(|(one, other)| Tampering::Swap(one, other)),
        1 => (0..blocks).prop_map(Tampering::Duplicate),
        1 => (0..blocks).prop_map(Tampering::Entry),
    ]
}

fn flip(bytes: &mut [u8], bit: usize) {
    let at = bit / 8 % bytes.len();
    bytes[at] ^= 1 << (bit % 8);
}

/// The first and last number of a block that may be named for it; `None` if nothing was changed.
fn apply(blocks: &mut Vec<StoredBlock>, tampering: &Tampering) -> Option<(i64, i64)> {
    match *tampering {
        Tampering::Flip { at, part, bit } => {
            let block = &mut blocks[at];
            let seq = block.seq;
            match part {
                0 => flip(&mut block.body, bit),
                1 => flip(&mut block.previous, bit),
                2 => flip(&mut block.hash, bit),
                3 => block.written.0 ^= 1 << (bit % 20),
                4 => block.number ^= 1 << (bit % 8),
                _ => block.citizens.push(9),
            }
            Some((seq, seq))
        }
        Tampering::Remove(at) => {
            let seq = blocks.remove(at).seq;
            Some((seq, seq + 1))
        }
        Tampering::Swap(one, other) => {
            blocks.swap(one, other);
            let seqs = (one.min(other), one.max(other));
            let seq = |at| i64::try_from(at).expect("small") + 1;
            (one != other).then(|| (seq(seqs.0), seq(seqs.1)))
        }
        Tampering::Duplicate(at) => {
            let copy = blocks[at].clone();
            let seq = copy.seq;
            blocks.insert(at, copy);
            Some((seq, seq))
        }
        Tampering::Entry(at) => {
            let block = &mut blocks[at];
            let mut entries = block.entries().expect("entries");
            entries.pop();
            if entries.is_empty() {
                entries.push(Entry::of_system("nobody", "nothing", block.written));
            }
            block.body = Block::new(&mut entries, block.written).body;
            Some((block.seq, block.seq))
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_chain_is_found_and_named(
        sizes in prop::collection::vec(1..6_usize, 2..12),
        seed in any::<prop::sample::Index>(),
        tampering in tampering(2),
        spread in any::<prop::sample::Index>(),
    ) {
        let whole = chain(&sizes);
        let head = Anchor::of(&tenant(), whole.last().expect("a block"));
        let verdict = verify(&whole, vec![head.clone()]);
        prop_assert_eq!(&verdict.faults, &[]);
        prop_assert_eq!(verdict.entries, sizes.iter().sum::<usize>() as u64);
        // The drawn places are for a chain of two; they are moved to places of this one.
        let (one, other) = (seed.index(sizes.len()), spread.index(sizes.len()));
        let tampering = match tampering {
            Tampering::Flip { part, bit, .. } => Tampering::Flip { at: one, part, bit },
            Tampering::Remove(_) => Tampering::Remove(one),
            Tampering::Swap(..) => Tampering::Swap(one, other),
            Tampering::Duplicate(_) => Tampering::Duplicate(one),
            Tampering::Entry(_) => Tampering::Entry(one),
        };
        let mut broken = whole.clone();
        let Some((first, last)) = apply(&mut broken, &tampering) else { return Ok(()) };
        let faults = verify(&broken, vec![head]).faults;
        prop_assert!(!faults.is_empty(), "{:?} was not found", tampering);
        let named = faults[0].seq;
        prop_assert!((first..=last).contains(&named), "{:?} was found at {named}", tampering);
    }

    #[test]
    fn what_is_cut_off_at_the_end_is_told_by_an_anchor(
        sizes in prop::collection::vec(1..4_usize, 1..10),
        keep in any::<prop::sample::Index>(),
    ) {
        let whole = chain(&sizes);
        let head = Anchor::of(&tenant(), whole.last().expect("a block"));
        let kept = &whole[..keep.index(whole.len())];
        prop_assert_eq!(&verify(kept, Vec::new()).faults, &[]);
        let faults = verify(kept, vec![head.clone()]).faults;
        prop_assert_eq!(faults.len(), 1);
        prop_assert_eq!((faults[0].kind, faults[0].seq), (FaultKind::Truncated, head.seq));
        prop_assert_eq!(faults[0].written, head.written);
    }

    #[test]
    fn a_chain_that_is_written_anew_is_told_by_an_anchor(
        sizes in prop::collection::vec(1..4_usize, 2..10),
        at in any::<prop::sample::Index>(),
    ) {
        let whole = chain(&sizes);
        let head = Anchor::of(&tenant(), whole.last().expect("a block"));
        let mut sizes = sizes;
        sizes[at.index(whole.len())] += 1;
        let other = chain(&sizes);
        prop_assert_eq!(&verify(&other, Vec::new()).faults, &[]);
        let faults = verify(&other, vec![head.clone()]).faults;
        prop_assert_eq!(faults.len(), 1);
        prop_assert_eq!((faults[0].kind, faults[0].seq), (FaultKind::NotAnchored, head.seq));
    }
}

#[test]
fn the_chain_of_one_municipality_is_not_that_of_another() {
    let blocks = chain(&[1, 2]);
    let mut verifier = Verifier::new(&Holder::Site, []);
    for block in &blocks {
        verifier.take(block);
    }
    let faults = verifier.finish(true).faults;
    assert_eq!(faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Unbound]);
}

#[test]
fn a_part_of_a_chain_can_be_verified_alone() {
    let blocks = chain(&[1, 2, 3, 1]);
    let mut verifier = Verifier::new(&tenant(), []);
    for block in &blocks[1..3] {
        verifier.take(block);
    }
    assert_eq!(verifier.finish(false).faults, []);
    assert_eq!(verify(&blocks[1..], Vec::new()).faults[0].kind, FaultKind::Missing);
}

#[test]
fn an_entry_names_its_readings_and_no_others() {
    let key = |citizen, fingerprint| ObservationKey {
        citizen: CitizenNo(citizen),
        code: ConceptNo(7),
        effective: Micros(5),
        source: SourceNo(0),
        fingerprint,
    };
    let entry =
        Entry::default().of_readings([key(1, 11), key(2, u32::MAX)]).of_readings([key(3, 5)]);
    for known in [key(1, 11), key(2, u32::MAX), key(3, 5)] {
        assert!(entry.names(known));
    }
    assert!(!entry.names(key(1, 12)) && !entry.names(key(4, 11)));
    assert_eq!((entry.readings, &*entry.citizens, &*entry.codes), (3, &[1, 2, 3][..], &[7][..]));
    let stored = chain(&[1]).remove(0);
    assert_eq!(stored.entries().expect("entries").len(), 1);
    let json = serde_json::to_string(&entry).expect("json");
    assert_eq!(serde_json::from_str::<Entry>(&json).expect("an entry"), entry);
}

#[test]
fn what_may_be_a_cpr_number_is_told_from_what_is_none() {
    for text in ["0101501234", "010150-1234", "x0101501234", "Patient/010150-1234", "-0101501234"] {
        assert!(may_be_cpr(text), "{text}");
    }
    for text in [
        "",
        "ane",
        "12345",
        "01015012345",
        "2026-01-31",
        "019b2a3c-4d5e-7f80-9a1b-0123456789ab",
        "00000000-0000-7000-8000-010150123400",
    ] {
        assert!(!may_be_cpr(text), "{text}");
    }
}

#[test]
fn of_a_query_only_names_are_kept() {
    let query = "patient=0101501234&_count=5&code=http://x|y&date=ge2026&date=lt2027&hans=x&\
                 0101501234=x&a%20b=1&=&&status:not=y&patient.identifier=0101501234";
    let known = ["_count", "code", "date", "patient", "status"];
    assert_eq!(parameter_names(query, |name| known.contains(&name)), known);
    assert_eq!(parameter_names("", |_| true), [""]);
}
