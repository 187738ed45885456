//! Measurements as comma-separated text.

use super::{ChallengeError, Measurement, table};
use crate::risk::Table;

/// From `stays.csv` and the text of measurements with the columns `record_id,t_min,param,value`.
///
/// # Errors
/// If either is not as the Challenge's.
pub fn from_csv(stays: &str, measurements: &str) -> Result<Table, ChallengeError> {
    let mut read = Vec::new();
    let lines = measurements.lines().enumerate().skip(1);
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        read.push(one(line).ok_or(ChallengeError::Measurement(number + 1))?);
    }
    table(stays, read)
}

fn one(line: &str) -> Option<Measurement<'_>> {
    let mut fields = line.split(',').map(str::trim);
    let record = fields.next()?.parse().ok()?;
    let minute = fields.next()?.parse().ok()?;
    let (param, value) = (fields.next()?, fields.next()?.parse().ok()?);
    fields.next().is_none().then_some((record, minute, param, value))
}
