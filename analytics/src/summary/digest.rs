//! Tells whether the same readings in the same versions were summarised.

use xxhash_rust::xxh3::Xxh3Default;

use super::Sample;
use super::heart::Activity;
use crate::Signal;

/// XXH3 over the sorted identities of one signal's readings, 8 bytes each, little end first. For
/// heart rate the steps that tell what was at rest are among them.
pub(super) fn of(readings: &[Sample], activity: &Activity) -> u64 {
    let mut identities: Vec<u64> = readings.iter().map(|one| one.identity).collect();
    if readings.first().is_some_and(|one| one.signal == Signal::HeartRate) {
        identities.extend_from_slice(activity.identities());
    }
    identities.sort_unstable();
    let mut hash = Xxh3Default::new();
    for identity in identities {
        hash.update(&identity.to_le_bytes());
    }
    hash.digest()
}
