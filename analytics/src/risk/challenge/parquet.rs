//! Measurements as parquet.

use std::io::Cursor;

use polars::prelude::{ParquetReader, SerReader};

use super::{ChallengeError, table};
use crate::risk::Table;

/// From `stays.csv` and the bytes of a parquet file with the columns `record_id`, `t_min`, `param`
/// and `value`.
///
/// # Errors
/// If either is not as the Challenge's.
pub fn from_parquet(stays: &str, measurements: Vec<u8>) -> Result<Table, ChallengeError> {
    let frame = ParquetReader::new(Cursor::new(measurements)).finish()?;
    let (records, minutes) = (frame.column("record_id")?.i64()?, frame.column("t_min")?.i64()?);
    let (params, values) = (frame.column("param")?.str()?, frame.column("value")?.f64()?);
    let rows = records.iter().zip(minutes.iter()).zip(params.iter().zip(values.iter()));
    table(
        stays,
        rows.filter_map(|((record, minute), (param, value))| {
            Some((record?, minute?, param?, value?))
        }),
    )
}
