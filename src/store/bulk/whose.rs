//! Whose data is in an export.

use pulsvagt_fhir::Document;

use super::{ExportFile, ExportJob, Level};
use crate::ids::CitizenNo;
use crate::store::resources::{StoredResource, Who, claims};
use crate::store::{Sight, Store, StoreError};

/// The citizens that an export is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members(Option<Vec<i32>>);

impl Members {
    /// These.
    pub fn of(citizens: impl IntoIterator<Item = CitizenNo>) -> Self {
        Self(Some(citizens.into_iter().map(|no| no.0).collect()))
    }

    /// Everybody.
    pub fn everybody() -> Self {
        Self(None)
    }

    /// Their numbers; `None` = everybody's.
    pub fn numbers(&self) -> Option<&[i32]> {
        self.0.as_deref()
    }
}

impl Store {
    /// The citizens that an export is of: those of the version of the Group that it names.
    ///
    /// # Errors
    /// When the database does, or the Group cannot be read.
    pub async fn export_members(&self, job: &ExportJob, base: &str) -> Result<Members, StoreError> {
        let Some((id, version)) = &job.group else {
            // What has lost its Group is of nobody.
            return Ok(Members((job.level == Level::Group).then(Vec::new)));
        };
        let Some(group) = self.resource_version("Group", id, *version).await? else {
            return Ok(Members(Some(Vec::new())));
        };
        Ok(Members::of(self.group_members(&group, base).await?))
    }

    /// The citizens that a version of a Group lists.
    ///
    /// # Errors
    /// When the database does, or the Group cannot be read.
    pub async fn group_members(
        &self,
        group: &StoredResource,
        base: &str,
    ) -> Result<Vec<CitizenNo>, StoreError> {
        let wanted = active_members(group, base)?;
        let rows = sqlx::query_scalar!(
            "-- bulk.members
             select id from citizen where logical_id = any($1) order by id",
            &wanted
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(CitizenNo).collect())
    }

    /// The citizens whose readings are in a file, as far as they are in sight and their data may be
    /// processed.
    ///
    /// # Errors
    /// When the database does.
    pub async fn citizens_in(
        &self,
        file: &ExportFile,
        members: &Members,
        sight: &Sight,
    ) -> Result<Vec<CitizenNo>, StoreError> {
        let after: i32 = file.after.parse().unwrap_or(0);
        let all = file.until.is_empty();
        let until: i32 = if all { i32::MAX } else { file.until.parse().unwrap_or(0) };
        let rows = sqlx::query_scalar!(
            "-- bulk.citizens
             select c.id from citizen c
             where c.id > $1 and c.id <= $2 and ($3::int4[] is null or c.id = any($3))
               and ($4::int4[] is null or c.team = any($4) or c.id = any($5))
               and not exists (select from citizen_restriction x where x.citizen = c.id)
             order by c.id",
            after,
            until,
            members.numbers(),
            sight.teams(),
            &sight.also()
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(CitizenNo).collect())
    }
}

/// Logical ids of the members of a Group that are not `inactive`.
fn active_members(group: &StoredResource, base: &str) -> Result<Vec<String>, StoreError> {
    let json = group.json();
    let document =
        Document::parse(json.as_bytes()).map_err(|error| StoreError::damaged("resource", error))?;
    let members: Vec<_> = document.root().each("member").collect();
    let claims = claims("Group", document.root(), base);
    Ok(members
        .into_iter()
        .zip(claims)
        .filter(|(member, _)| member.get("inactive").is_none_or(|it| it.raw() != "true"))
        .filter_map(|(_, claim)| match claim.who {
            Who::Patient(id) => Some(id),
            _ => None,
        })
        .collect())
}
