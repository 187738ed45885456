//! In which order the entries of a Bundle are dealt with.

use std::collections::HashMap;

use super::entry::{Entry, Method};
use super::references::{references, relative};

/// The order of work.
pub(super) struct Order {
    /// Resources that do not refer to readings.
    pub(super) before: Vec<usize>,
    /// Readings, those that refer to other readings of the Bundle after them.
    pub(super) readings: Vec<Vec<usize>>,
    /// What refers to readings, and corrections.
    pub(super) after: Vec<usize>,
    /// Reads, which see all that was written.
    pub(super) reads: Vec<usize>,
}

pub(super) fn order(entries: &[Entry<'_>]) -> Order {
    let needs = needs(entries);
    let depths = depths(&needs);
    let mut order =
        Order { before: Vec::new(), readings: Vec::new(), after: Vec::new(), reads: Vec::new() };
    let mut by_depth: Vec<usize> = (0..entries.len()).collect();
    by_depth.sort_by_key(|&at| depths[at]);
    // What refers to a reading, or to something that does, comes after the readings.
    let mut late = vec![false; entries.len()];
    let mut depth_of_last = None;
    for at in by_depth {
        let entry = &entries[at];
        late[at] = needs[at].iter().any(|&needed| late[needed] || entries[needed].is_reading());
        match entry.method {
            Method::Post if entry.is_reading() => {
                if depth_of_last != Some(depths[at]) {
                    order.readings.push(Vec::new());
                    depth_of_last = Some(depths[at]);
                }
                if let Some(wave) = order.readings.last_mut() {
                    wave.push(at);
                }
            }
            Method::Post | Method::Put if late[at] || entry.kind == "Observation" => {
                order.after.push(at);
            }
            Method::Post | Method::Put => order.before.push(at),
            Method::Get | Method::Other => order.reads.push(at),
        }
    }
    order.reads.sort_unstable();
    order
}

/// For each entry, the entries that it refers to.
fn needs(entries: &[Entry<'_>]) -> Vec<Vec<usize>> {
    let mut called: HashMap<&str, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if let (Some(full_url), true) = (entry.full_url.as_deref(), entry.resource.is_some()) {
            called.insert(full_url, at);
            called.extend(relative(full_url).map(|relative| (relative, at)));
        }
    }
    let needs = |(at, entry): (usize, &Entry<'_>)| {
        let resource = entry.resource.filter(|_| !called.is_empty());
        let names = resource.into_iter().flat_map(references);
        names
            .filter_map(|name| called.get(&*name).copied())
            .filter(|&needed| needed != at)
            .collect()
    };
    entries.iter().enumerate().map(needs).collect()
}

/// How many entries have to be done one after the other before each; those that refer to each
/// other in a circle are as deep as all others are.
fn depths(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needed) in needs.iter().enumerate() {
        for &needed in needed {
            needed_by[needed].push(at);
        }
    }
    let mut depths = vec![usize::MAX; needs.len()];
    let mut wave: Vec<usize> = (0..needs.len()).filter(|&at| open[at] == 0).collect();
    let mut depth = 0;
    while !wave.is_empty() {
        let mut next = Vec::new();
        for at in wave {
            depths[at] = depth;
            for &waiting in &needed_by[at] {
                open[waiting] -= 1;
                if open[waiting] == 0 {
                    next.push(waiting);
                }
            }
        }
        wave = next;
        depth += 1;
    }
    depths
}
