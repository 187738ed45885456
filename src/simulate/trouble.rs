//! What goes wrong with devices: outages, clocks, stuck sensors.
//!
//! Each kind of trouble is drawn per block of 30 days and never crosses a block's border, so the
//! state of a device on a day can be known without living through the days before it.

use super::Fault;
use super::draw::{Draw, Topic};
use super::encode::Kind;
use super::profile::Profile;

/// Which of a citizen's two devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Watch,
    Hub,
}

const BLOCK: i64 = 30;
const DAY: i64 = 86_400;

/// A device that cannot upload from `first` until `back`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outage {
    pub(super) first: i64,
    /// The day on which everything is uploaded, out of order.
    pub(super) back: i64,
    /// Switched off: nothing was measured either.
    pub(super) off: bool,
}

/// A clock that is wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) fault: Fault,
    first: i64,
    shift: i64,
}

impl Source {
    /// The draw of this device for a kind of trouble, and the first day of the block.
    fn block(self, seed: u64, profile: &Profile, topic: Topic, day: i64) -> (Draw, i64) {
        let phase = profile.phase + self as i64 * 11 + topic as i64 * 7;
        let block = (day + phase).div_euclid(BLOCK);
        let draw = Draw::new(seed, profile.index, topic, block * 2 + self as i64);
        (draw, block * BLOCK - phase)
    }

    /// The outage in the block that holds `day`: one block in five has one of 1–6 days.
    pub(super) fn outage(self, seed: u64, profile: &Profile, day: i64) -> Option<Outage> {
        let (mut draw, start) = self.block(seed, profile, Topic::Outage, day);
        if !draw.chance(0.2) {
            return None;
        }
        let first = start + draw.whole(0, 22);
        Some(Outage { first, back: first + draw.whole(1, 6), off: draw.chance(0.3) })
    }

    /// The clock fault of this device on `day`: one block in 25 has one, for 1–4 days.
    pub(super) fn clock(self, seed: u64, profile: &Profile, day: i64) -> Option<Clock> {
        let (mut draw, start) = self.block(seed, profile, Topic::Clock, day);
        if !draw.chance(0.04) {
            return None;
        }
        let first = start + draw.whole(0, 25);
        if !(first..first + draw.whole(1, 4)).contains(&day) {
            return None;
        }
        let sign = if draw.chance(0.5) { 1 } else { -1 };
        let (fault, shift) = match draw.below(4) {
            0 => (Fault::ClockHours, sign * draw.whole(3600, 12 * 3600)),
            1 => (Fault::ClockDays, sign * draw.whole(DAY, 20 * DAY)),
            2 => (Fault::ClockEpoch, 0),
            _ => (Fault::ClockFuture, draw.whole(200, 900) * DAY),
        };
        Some(Clock { fault, first, shift })
    }

    /// The measure that is stuck on `day`: one block in 30 has one, for 1–3 days.
    pub(super) fn stuck(self, seed: u64, profile: &Profile, day: i64) -> Option<Kind> {
        let (mut draw, start) = self.block(seed, profile, Topic::Stuck, day);
        if !draw.chance(0.033) {
            return None;
        }
        let first = start + draw.whole(0, 26);
        let kind = match (self, draw.below(3)) {
            (Self::Watch, _) => Kind::HeartRate,
            (Self::Hub, 0) => Kind::Saturation,
            (Self::Hub, 1) => Kind::Weight,
            (Self::Hub, _) => Kind::Temperature,
        };
        (first..first + draw.whole(1, 3)).contains(&day).then_some(kind)
    }
}

impl Clock {
    /// What this clock shows at a moment.
    pub(super) fn shows(self, at: i64) -> i64 {
        match self.fault {
            // It lost its battery on the first day and counts from 1970 since.
            Fault::ClockEpoch => at - self.first * DAY,
            _ => at + self.shift,
        }
    }
}
