//! Features: the numbers that rules look at.
//!
//! A feature's name is `<signal>_<stat>`, with the names of [`Signal`](crate::Signal) and
//! `night_heart_rate`, the mean heart rate at rest from 00:00 to 06:59, rounded half up to whole
//! beats (nights with fewer than [`NIGHT_MINUTES`] minutes are none). The value of a day is
//! [`Signal::day_value`](crate::Signal::day_value).
//!
//! *age* is how many local days before the local day of the moment a day lies (0 is today); *rel*
//! how many days before the newest day that has the signal. Days after today (a clock ahead) and
//! days of [`MAX_AGE`] or more are never looked at, so a result does not depend on how much more was
//! loaded. N runs from 1 to 120.
//!
//! | stat | what it is |
//! |---|---|
//! | `last`, `age_hours` | the newest reading, and how many hours ago it was taken |
//! | `last_{N}h` | the newest reading if it is at most N hours old |
//! | `value`, `day_age` | the value of the newest day, and its age in days |
//! | `prev` | the value of the day before it: rel 1, or rel 2 if 1 is missing |
//! | `held_low_{N}h`, `held_high_{N}h` | the least (greatest) level that was confirmed by a second reading within N hours |
//! | `{mean,median,min,max,sd,sum,days,count}_{N}d` | over the values of the days with age 0 to N−1; `days` counts days, `count` readings |
//! | `{…}_prev_{N}d` | the same over rel 1 to N |
//! | `{…}_guard_{N}d` | the same over rel 3 to N+2 |
//! | `median_all`, `days_all` | over all days before rel 0 |
//! | `robust_z`, `robust_z_prev` | (x − median) / max(1.4826·MAD, 1) against the guard window of 28 days; for rel 0, and for the `prev` day with its own window |
//! | `rise_guard`, `rise_guard_prev` | x − median of the same windows |
//! | `abs_z_min_3d` | the least \|x − mean\| / sd over rel 0 to 2 against rel 3 to 30; null unless all three days are there |
//! | `ema_{N}d` | mean of the days with rel < 5·N, weighted (1 − 2/(N+1))^rel |
//! | `baseline` | what the plan says; else the median of rel 1 to 28 if 7 of those days are there |
//!
//! `glucose` also has, over sensor days with age 0 to 13 (consensus 2019): `share_below_3_0_14d`,
//! `share_below_3_9_14d`, `share_in_range_14d`, `share_above_10_0_14d`, `share_above_13_9_14d` (% of
//! the minutes covered), `sensor_share_14d` (% of 14 days covered), `cv_14d` and `gmi_14d` (%).
//! `heart_rate` also has `wear_minutes` (rel 0).
//!
//! Of the citizen: `age_years`, `on_oxygen` (0 or 1), `spo2_scale` (1 or 2); `silence_overdue_hours`
//! and `silence_critical`, the greatest over the plan's (safety-critical) cadences of the hours since
//! the last measurement or the start, less what is allowed (1.5 times the interval up to daily, else
//! the interval and 24 h); `silence_signal`, which cadence that is, as the number of the signal;
//! `news2_score`, `news2_parameters`, `news2_single_three` and the same of `tobs`; `signals_worse`
//! and `deterioration` (see [`worsening`]).
//!
//! Units follow the signal; days have `d`, hours `h`, shares `%`, z and counts `1`, scores
//! `{score}`. What cannot be computed is null, and so is whatever is not finite.
//!
//! Features that look at days or at the plan are computed citizen by citizen, in Rust over the days
//! sorted newest first, so their bits cannot depend on who else is in the batch; grouped
//! aggregation in polars picks its summation by the nulls and the threads of the whole batch.
//! Everything after that (features that a pack defines, `deterioration`, rules) is a column
//! expression over one row per citizen, and only what the pack needs is computed.

pub mod as_of;
pub mod baseline;
pub(crate) mod glucose;
pub(crate) mod grammar;
pub(crate) mod scored;
pub(crate) mod stats;
#[cfg(test)]
mod tests;
pub(crate) mod track;
pub(crate) mod words;
pub mod worsening;

pub use as_of::{AsOf, UnknownFeature};
pub(crate) use grammar::{Aggregate, Chart, Leaf, Scored, Side, Silence, Source, Stat, Window};

/// Days that lie so many local days back are not looked at.
pub const MAX_AGE: i32 = 120;

/// A night counts from so many minutes at rest on \[P\].
pub const NIGHT_MINUTES: u16 = 60;
