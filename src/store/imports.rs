//! How far imports of files have come.

use super::{Store, StoreError};
use crate::clock::Micros;

/// How far the import of one file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes of the file that are dealt with.
    pub bytes: u64,
    /// Lines that are dealt with.
    pub lines: u64,
}

impl Store {
    /// How far the file with this digest has come.
    pub async fn import_progress(&self, file: &[u8; 32]) -> Result<Progress, StoreError> {
        let row = sqlx::query!(
            "-- imports.progress
             select bytes, lines from import_progress where file = $1",
            file.as_slice()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map_or_else(Progress::default, |row| Progress {
            bytes: row.bytes.cast_unsigned(),
            lines: row.lines.cast_unsigned(),
        }))
    }

    /// Notes how far the file has come. What was imported is durable by then.
    pub async fn note_import(
        &self,
        file: &[u8; 32],
        progress: Progress,
        now: Micros,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- imports.note
             insert into import_progress (file, bytes, lines, updated) values ($1, $2, $3, $4)
             on conflict (file) do update
             set bytes = excluded.bytes, lines = excluded.lines, updated = excluded.updated",
            file.as_slice(),
            progress.bytes.cast_signed(),
            progress.lines.cast_signed(),
            now as Micros
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
