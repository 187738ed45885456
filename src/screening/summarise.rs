//! Samples → daily summaries.

use std::collections::BTreeMap;

use pulsvagt_analytics::Sample;
use pulsvagt_analytics::summary;

use crate::ids::CitizenNo;
use crate::store::samples::Placed;
use crate::store::summaries::NewSummary;

/// Citizens with the local days that are to be summarised, sorted, days since 1970.
pub type Touched = Vec<(CitizenNo, Vec<i32>)>;

/// The summaries of exactly the touched days; a day without samples has none.
pub fn summarise(touched: &[(CitizenNo, Vec<i32>)], placed: &[Placed]) -> Vec<NewSummary> {
    let mut days: BTreeMap<(CitizenNo, i32), Vec<Sample>> = BTreeMap::new();
    for (citizen, touched) in touched {
        for day in touched {
            days.insert((*citizen, *day), Vec::new());
        }
    }
    for Placed { citizen, day, sample } in placed {
        if let Some(samples) = days.get_mut(&(*citizen, *day)) {
            samples.push(*sample);
        }
    }
    days.into_iter()
        .map(|((citizen, day), samples)| NewSummary {
            citizen,
            day,
            summaries: summary::summarise(&samples),
        })
        .collect()
}

/// The same in pieces of at most so many citizen-days, so that not all readings of a large backlog
/// are in memory at a time.
pub fn slices(touched: &[(CitizenNo, Vec<i32>)], most: usize) -> Vec<Touched> {
    let mut slices: Vec<Touched> = Vec::new();
    let mut room = 0;
    for (citizen, days) in touched {
        let mut days = days.as_slice();
        while !days.is_empty() {
            if room == 0 {
                slices.push(Vec::new());
                room = most.max(1);
            }
            let (now, later) = days.split_at(room.min(days.len()));
            if let Some(slice) = slices.last_mut() {
                slice.push((*citizen, now.to_vec()));
            }
            room -= now.len();
            days = later;
        }
    }
    slices
}
