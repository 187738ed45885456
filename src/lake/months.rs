//! Readings and daily summaries, a month at a time. A file holds one signal, by citizen and day: who
//! asks about one signal reads nothing of others.

use jiff::ToSpan;
use jiff::civil::Date;
use pulsvagt_analytics::lake::{Cell, DAILY_SUMMARY, READINGS};
use pulsvagt_analytics::{DaySummary, Sample};

use super::leave::Leave;
use super::place::Place;
use super::{Known, LakeError, Partition, TOGETHER};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::{Store, StoreError};

const DAY: i64 = 86_400 * 1_000_000;

/// The first and the last day of a month, days since 1970.
fn days_of(month: &str) -> Result<(i32, i32), StoreError> {
    let damaged = |error: jiff::Error| StoreError::damaged("lake", error);
    let first: Date = format!("{month}-01").parse().map_err(damaged)?;
    let next = first.checked_add(1.month()).map_err(damaged)?;
    let number = |date: Date| date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
    let day = |date| i32::try_from(number(date)).unwrap_or(i32::MAX);
    Ok((day(first), day(next) - 1))
}

fn pseudonym(citizens: &[Known], citizen: CitizenNo) -> i64 {
    let found = citizens.iter().find(|(_, known)| *known == citizen);
    found.map_or(0, |(pseudonym, _)| *pseudonym)
}

/// The readings of a month.
pub(super) async fn readings(
    store: &Store,
    citizens: &[Known],
    month: &str,
    now: Micros,
    mut place: Place,
) -> Result<Partition, LakeError> {
    let (first, last) = days_of(month)?;
    // A local day may begin before that of UTC, and a sleep began the day before.
    let from = Micros((i64::from(first) - 3) * DAY);
    let to = Micros((i64::from(last) + 3) * DAY);
    for some in citizens.chunks(TOGETHER) {
        let numbers: Vec<CitizenNo> = some.iter().map(|(_, citizen)| *citizen).collect();
        let versions = store.readings_over_time(&numbers, from, to, now).await?;
        let mut rows: Vec<(i64, i32, Sample)> = versions
            .into_iter()
            .filter(|it| it.replaced.is_none() && it.day >= first && it.day <= last)
            .map(|it| (pseudonym(some, it.citizen), it.day, it.sample))
            .collect();
        rows.sort_unstable_by_key(|(citizen, day, sample)| {
            (*citizen, *day, sample.signal, sample.at, sample.identity)
        });
        tokio::task::block_in_place(|| {
            rows.iter().try_for_each(|row| push_reading(&mut place, row))
        })?;
    }
    place.finish().await
}

fn push_reading(place: &mut Place, row: &(i64, i32, Sample)) -> Result<(), LakeError> {
    let (citizen, day, sample) = row;
    let signal = sample.signal.name();
    place.push(
        &READINGS,
        signal,
        &[
            Cell::Whole(*citizen),
            Cell::Whole(i64::from(*day)),
            Cell::Text(signal),
            Cell::Whole(sample.at),
            Cell::Number(sample.value),
            Cell::Text(sample.signal.unit()),
            Cell::Whole(i64::from(sample.span)),
            Cell::Whole(sample.received),
        ],
    )
}

/// The summaries of a month's days.
pub(super) async fn summaries(
    store: &Store,
    citizens: &[Known],
    leave: &Leave,
    month: &str,
    mut place: Place,
) -> Result<Partition, LakeError> {
    let (first, last) = days_of(month)?;
    for some in citizens.chunks(TOGETHER) {
        let numbers: Vec<CitizenNo> = some.iter().map(|(_, citizen)| *citizen).collect();
        let mut found = store.summaries(&numbers, first, last).await?;
        if let Some((_, error)) = found.broken.pop_first() {
            return Err(error.into());
        }
        tokio::task::block_in_place(|| {
            for (pseudonym, citizen) in some {
                for day in found.days.get(citizen).into_iter().flatten() {
                    for summary in &day.summaries {
                        if leave.allows_summary(summary.signal, *citizen) {
                            push_summary(&mut place, *pseudonym, day.day, summary)?;
                        }
                    }
                }
            }
            Ok::<(), LakeError>(())
        })?;
    }
    place.finish().await
}

fn push_summary(
    place: &mut Place,
    citizen: i64,
    day: i32,
    it: &DaySummary,
) -> Result<(), LakeError> {
    let signal = it.signal.name();
    let heart = it.wear_minutes > 0 || it.night.is_some();
    place.push(
        &DAILY_SUMMARY,
        signal,
        &[
            Cell::Whole(citizen),
            Cell::Whole(i64::from(day)),
            Cell::Text(signal),
            Cell::Whole(i64::from(it.count)),
            Cell::Number(it.mean),
            Cell::Number(it.min),
            Cell::Number(it.max),
            Cell::Number(it.first),
            Cell::Number(it.last),
            Cell::number(it.deviation),
            Cell::Number(it.total),
            Cell::number(it.night.map(|night| night.mean)),
            Cell::whole(heart.then_some(it.wear_minutes)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::days_of;

    #[test]
    fn a_month_has_its_days() {
        assert_eq!(days_of("1970-01").expect("days"), (0, 30));
        assert_eq!(days_of("2024-02").expect("days"), (19_754, 19_782));
        assert!(days_of("2024-13").is_err());
    }
}
