//! From readings to findings: load → summarise → features → rules → store.
//!
//! What is between loading and storing is pure: [`summarise()`] and [`evaluate()`] know no clock and
//! no database, so that the live job, `pulsvagt screen` and tests cannot differ.

mod book;
mod change;
mod evaluate;
mod fit;
mod load;
mod next;
mod packs;
mod past;
mod result;
mod summarise;
mod verify;
mod work;

#[cfg(test)]
mod tests;

pub use change::{Change, Limit, ThresholdChange};
pub use evaluate::{Evaluated, Subject, evaluate};
pub use fit::Misfits;
pub use load::{Loaded, age_years, load};
pub use next::next_time;
pub use packs::{DEFAULT_PACK, PackError, PackShelf, Packs};
pub use past::{Knowing, SamplesByDay, days, days_as_of, load_as_of, samples_as_of};
pub use summarise::{Touched, slices, summarise};
pub use verify::{Verified, verify};
pub use work::{Done, Worker};

use crate::projection::ProjectionError;
use crate::store::StoreError;

/// Local days before the one of the moment that screening looks at.
pub const DAYS_BACK: i32 = 120;

/// Why citizens could not be screened.
#[derive(Debug, thiserror::Error)]
pub enum ScreeningError {
    /// What is stored could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rules could not be evaluated.
    #[error("the rules could not be evaluated")]
    Rules(#[from] pulsvagt_analytics::ScreenError),
    /// The evaluation of the rules ended in a panic.
    #[error("the evaluation of the rules panicked")]
    Panicked,
    /// A result could not be written as JSON.
    #[error("a screening could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The rule pack in force cannot be used.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Other systems could not be told of an alert.
    #[error(transparent)]
    Projection(ProjectionError),
}

impl From<ProjectionError> for ScreeningError {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Store(error) => Self::Store(error),
            invalid @ ProjectionError::Invalid { .. } => Self::Projection(invalid),
        }
    }
}

impl ScreeningError {
    /// Whether the same may succeed later without anybody mending anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}
