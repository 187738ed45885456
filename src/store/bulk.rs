//! Bulk exports: what was asked for, how far its files have been laid out, and what is in them.
//!
//! A job fixes a moment and filters. A file of it is a range of keys, read as of that moment from the
//! tables and their history each time it is fetched; so an export holds nothing of anybody on disk,
//! survives a restart, and a download that broke off is made again with the same bytes.

mod lay;
mod whose;

use super::{Store, StoreError, Tx};
use crate::clock::Micros;

pub use whose::Members;

/// What an export is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Everything that may be read.
    System,
    /// What is in citizens' compartments.
    Patient,
    /// What is in the compartments of a Group's members.
    Group,
}

impl Level {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Patient => "patient",
            Self::Group => "group",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "system" => Self::System,
            "patient" => Self::Patient,
            _ => Self::Group,
        }
    }
}

/// An export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportJob {
    /// Its id, which cannot be guessed.
    pub id: String,
    /// Who vouches for whoever asked.
    pub issuer: String,
    /// Who asked, in the issuer's words.
    pub subject: String,
    /// In which role.
    pub role: String,
    /// The versions that stood at this moment are exported.
    pub at: Micros,
    /// Until when it can be fetched.
    pub expires: Micros,
    /// The address that it was asked for by.
    pub request: String,
    /// What it is of.
    pub level: Level,
    /// Logical id and version of the Group.
    pub group: Option<(String, u32)>,
    /// Only what was received after this moment.
    pub since: Option<Micros>,
    /// The types.
    pub types: Vec<String>,
    /// Searches as `Type?parameters`; a resource of the type has to fit one.
    pub filters: Vec<String>,
    /// Whether its files are laid out.
    pub ready: bool,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its number within the export, from 1.
    pub number: i32,
    /// The type of what is in it.
    pub kind: String,
    /// Behind this key.
    pub after: String,
    /// Until this key; nothing for all behind the first.
    pub until: String,
}

impl ExportFile {
    /// All of a type: a range that is no file.
    pub fn whole(kind: &str) -> Self {
        let (after, until) = (String::new(), String::new());
        Self { number: 0, kind: kind.to_owned(), after, until }
    }
}

/// Versions that stood at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// The moment.
    pub at: Micros,
    /// Only those received after this one.
    pub since: Option<Micros>,
}

impl AsOf {
    /// The lower bound, exclusive.
    pub(super) fn after(self) -> Micros {
        self.since.unwrap_or(Micros(-100_000_000_000_000_000))
    }
}

impl ExportJob {
    /// The versions that it is of.
    pub fn as_of(&self) -> AsOf {
        AsOf { at: self.at, since: self.since }
    }
}

impl Store {
    /// Notes an export that somebody asks for, and forgets those that have expired.
    ///
    /// # Errors
    /// When the database does.
    pub async fn add_export_in(&self, tx: &mut Tx, job: &ExportJob) -> Result<(), StoreError> {
        sqlx::query!(
            "-- bulk.expire
             delete from export_job where expires <= $1",
            job.at as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        let (group, version) = job.group.clone().unzip();
        sqlx::query!(
            "-- bulk.add
             insert into export_job (id, issuer, subject, role, at, expires, request, level,
                                     group_id, group_version, since, types, filters)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            job.id,
            job.issuer,
            job.subject,
            job.role,
            job.at as Micros,
            job.expires as Micros,
            job.request,
            job.level.as_str(),
            group,
            version.and_then(|version| i32::try_from(version).ok()),
            job.since as Option<Micros>,
            &job.types,
            &job.filters
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// How many exports somebody has that have not expired.
    ///
    /// # Errors
    /// When the database does.
    pub async fn exports_of(
        &self,
        issuer: &str,
        subject: &str,
        now: Micros,
    ) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"-- bulk.count
             select count(*) as "count!" from export_job
             where issuer = $1 and subject = $2 and expires > $3"#,
            issuer,
            subject,
            now as Micros
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// An export that has not expired.
    ///
    /// # Errors
    /// When the database does.
    pub async fn export_job(&self, id: &str, now: Micros) -> Result<Option<ExportJob>, StoreError> {
        let row = sqlx::query!(
            r#"-- bulk.job
             select id, issuer, subject, role, at as "at: Micros", expires as "expires: Micros",
                    request, level, group_id, group_version, since as "since: Micros", types,
                    filters, ready
             from export_job where id = $1 and expires > $2"#,
            id,
            now as Micros
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| ExportJob {
            level: Level::from_name(&row.level),
            group: row.group_id.zip(row.group_version.and_then(|it| u32::try_from(it).ok())),
            id: row.id,
            issuer: row.issuer,
            subject: row.subject,
            role: row.role,
            at: row.at,
            expires: row.expires,
            request: row.request,
            since: row.since,
            types: row.types,
            filters: row.filters,
            ready: row.ready,
        }))
    }

    /// Forgets an export.
    ///
    /// # Errors
    /// When the database does.
    pub async fn remove_export_in(&self, tx: &mut Tx, id: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "-- bulk.remove
             delete from export_job where id = $1",
            id
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// The files of an export.
    ///
    /// # Errors
    /// When the database does.
    pub async fn export_files(&self, id: &str) -> Result<Vec<ExportFile>, StoreError> {
        Ok(sqlx::query_as!(
            ExportFile,
            r#"-- bulk.files
             select number, type as kind, after, until
             from export_file where job = $1 order by number"#,
            id
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// One file of an export.
    ///
    /// # Errors
    /// When the database does.
    pub async fn export_file(
        &self,
        id: &str,
        number: i32,
    ) -> Result<Option<ExportFile>, StoreError> {
        Ok(sqlx::query_as!(
            ExportFile,
            r#"-- bulk.file
             select number, type as kind, after, until
             from export_file where job = $1 and number = $2"#,
            id,
            number
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}
