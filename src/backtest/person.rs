//! Whom and when a back-test is about.

use jiff::ToSpan;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use pulsvagt_analytics::Day;
use pulsvagt_analytics::replay::{Moment, Replay, Version};

use crate::clock::Micros;
use crate::store::plans::PlanInForce;

/// A citizen with everything that became known.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Place in the run.
    pub index: u32,
    /// Birth, if it is known.
    pub born: Option<Micros>,
    /// Versions of the plan, oldest first.
    pub plans: Vec<PlanInForce>,
    /// All versions of all readings that may be scored.
    pub versions: Vec<Version>,
    /// In place of them, the summaries that are kept, ascending by day.
    pub days: Vec<Day>,
    /// What screening should have found.
    pub truths: Vec<Truth>,
}

/// Something that screening should have found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// What kind.
    pub kind: String,
    /// When it began.
    pub onset: Micros,
    /// What the lead time is counted to: the peak, or the admission.
    pub reference: Micros,
    /// When it was over.
    pub end: Micros,
}

/// When is looked, in which zone.
#[derive(Debug, Clone)]
pub struct Span {
    /// From when on.
    pub from: Micros,
    /// Until when.
    pub to: Micros,
    /// Where the citizens live.
    pub zone: TimeZone,
    /// When everybody is screened, ascending.
    pub moments: Vec<Moment>,
}

impl Span {
    /// Screening at every so many hours on the wall clock, from midnight on.
    pub fn every(hours: u8, from: Micros, to: Micros, zone: &TimeZone) -> Self {
        let mut moments = Vec::new();
        let mut date = from.to_jiff().to_zoned(zone.clone()).date();
        let step = usize::from(hours.max(1));
        while let Ok(midnight) = zone.to_timestamp(date.to_datetime(Time::midnight())) {
            if midnight.as_microsecond() > to.0 {
                break;
            }
            for hour in (0_i8..24).step_by(step) {
                let time = Time::new(hour, 0, 0, 0).unwrap_or(Time::midnight());
                let Ok(at) = zone.to_timestamp(date.to_datetime(time)) else { continue };
                let as_of = at.as_microsecond();
                if (from.0..to.0).contains(&as_of) {
                    moments.push(Moment { as_of, offset: zone.to_offset(at).seconds() });
                }
            }
            let Ok(next) = date.checked_add(1.day()) else { break };
            date = next;
        }
        // Where the clock is put forward two hours may be one moment.
        moments.dedup();
        Self { from, to, zone: zone.clone(), moments }
    }

    /// Screening at the end of each local day, and once more at `to`: when all of a day is known
    /// where only summaries are.
    pub fn days(from: Micros, to: Micros, zone: &TimeZone) -> Self {
        let mut span = Self::every(24, Micros(from.0 + 1), Micros(to.0 + 1), zone);
        // A microsecond before midnight is the day before still.
        let ends: Vec<i64> = span.moments.iter().map(|moment| moment.as_of - 1).collect();
        let moment = |as_of| {
            let offset = zone.to_offset(Micros(as_of).to_jiff()).seconds();
            Moment { as_of, offset }
        };
        span.moments = ends.into_iter().chain([to.0]).map(moment).collect();
        span.moments.dedup_by_key(|moment| moment.as_of);
        Self { from, to, ..span }
    }
}

/// A reading that comes this much later than it was taken has been imported rather than sent.
const LONG_AFTER: i64 = 7 * 86_400_000_000;

impl Person {
    /// Takes every reading for received when it was taken, or its period ended, in its present
    /// version: for histories that were imported in one go.
    pub fn receive_when_taken(&mut self) {
        self.versions.retain(|version| version.replaced.is_none());
        for version in &mut self.versions {
            let sample = &mut version.sample;
            sample.received = sample.at.saturating_add(i64::from(sample.span) * 1_000_000);
        }
    }

    /// How many readings there are, and how many of them were received long after they were taken.
    pub fn received_late(&self) -> (usize, usize) {
        let late = |version: &&Version| version.sample.received - version.sample.at > LONG_AFTER;
        (self.versions.len(), self.versions.iter().filter(late).count())
    }

    /// What is known at each moment, taken out of here.
    pub fn replay(&mut self) -> Replay {
        if self.days.is_empty() {
            Replay::new(std::mem::take(&mut self.versions))
        } else {
            Replay::of_days(std::mem::take(&mut self.days))
        }
    }

    /// From when on anything is known of the citizen; `None` if never.
    pub fn known_from(&self) -> Option<Micros> {
        let readings = self.versions.iter().map(|version| Micros(version.sample.received));
        let days = self.days.iter().flat_map(|day| &day.summaries).map(|it| Micros(it.first_at));
        readings.chain(days).chain(self.plans.iter().map(|plan| plan.since)).min()
    }

    /// The plan in force at a moment.
    pub fn plan_at(&self, at: Micros) -> Option<&PlanInForce> {
        self.plans.iter().rfind(|plan| plan.since <= at)
    }
}
