//! Risk models and pilots at the edge: their rows from files, and their reports for people.

pub mod home;
mod html;
pub mod live;
mod pilot;
pub mod stays;
#[cfg(test)]
mod tests;
mod text;
pub mod trial;

use std::path::{Path, PathBuf};

use pulsvagt_analytics::risk::Table;
use pulsvagt_analytics::risk::challenge::{self, ChallengeError};
use pulsvagt_analytics::risk::ndjson::{self, RowError};

pub(crate) use html::page;
pub use html::{card, evaluation};
pub use pilot::{json as pilot_json, pilot};
pub use text::summary;

/// Why there are no rows.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The file cannot be read.
    #[error("cannot read {0}")]
    Read(PathBuf, #[source] std::io::Error),
    /// A line is no row.
    #[error("{0}")]
    Row(PathBuf, #[source] RowError),
    /// The set is not as it should be.
    #[error("{0}")]
    Challenge(PathBuf, #[source] ChallengeError),
}

fn read(file: &Path) -> Result<String, RowsError> {
    std::fs::read_to_string(file).map_err(|error| RowsError::Read(file.to_owned(), error))
}

/// Rows of NDJSON.
///
/// # Errors
/// If the file cannot be read, or a line is no row.
pub fn rows(file: &Path) -> Result<Table, RowsError> {
    ndjson::read(&read(file)?).map_err(|error| RowsError::Row(file.to_owned(), error))
}

/// A set of the Challenge 2012: `stays.csv` beside `observations.csv` or `observations.parquet`.
///
/// # Errors
/// If a file cannot be read or is not as it should be.
pub fn challenge(folder: &Path) -> Result<Table, RowsError> {
    let stays = read(&folder.join("stays.csv"))?;
    let text = folder.join("observations.csv");
    let table = if text.exists() {
        challenge::from_csv(&stays, &read(&text)?)
    } else {
        from_parquet(folder, &stays)?
    };
    table.map_err(|error| RowsError::Challenge(folder.to_owned(), error))
}

fn from_parquet(folder: &Path, stays: &str) -> Result<Result<Table, ChallengeError>, RowsError> {
    let file = folder.join("observations.parquet");
    let bytes = std::fs::read(&file).map_err(|error| RowsError::Read(file, error))?;
    Ok(challenge::from_parquet(stays, bytes))
}
