//! Resources as they stood at a moment, in the order of their keys.

use sqlx::postgres::Postgres;
use sqlx::{FromRow, QueryBuilder, Row as _};

use super::{Row, StoredResource, is_about_several};
use crate::ids::CitizenNo;
use crate::store::bulk::{AsOf, ExportFile, Level, Members};
use crate::store::{Sight, Store, StoreError};

/// Which resources are read.
#[derive(Debug, Clone, Copy)]
pub struct Range<'a> {
    /// These keys.
    pub file: &'a ExportFile,
    /// What the export is of.
    pub level: Level,
    /// Of these citizens.
    pub members: &'a Members,
    /// Of citizens in sight only, but for those whose data is restricted.
    pub sight: &'a Sight,
    /// Of none of these: they have denied what the type tells.
    pub denied: &'a [CitizenNo],
    /// The versions that stood then.
    pub as_of: AsOf,
}

/// A version that stood at a moment.
#[derive(Debug, Clone)]
pub struct Then {
    /// The version.
    pub resource: StoredResource,
    /// Which version is the current one.
    pub current: u32,
}

impl Range<'_> {
    fn push(&self, sql: &mut QueryBuilder<Postgres>, after: &str) {
        sql.push(" where r.type = ").push_bind(self.file.kind.clone());
        sql.push(" and r.id > ").push_bind(after.to_owned());
        if !self.file.until.is_empty() {
            sql.push(" and r.id <= ").push_bind(self.file.until.clone());
        }
        let nobodys = self.level == Level::System
            && (self.sight.is_everybody() || !is_about_several(&self.file.kind));
        sql.push(if nobodys { " and (r.citizen is null" } else { " and (false" });
        sql.push(" or r.citizen <> all(array(select x.citizen from citizen_restriction x))");
        self.sight.push(sql, "r.citizen");
        sql.push(")");
        if let Some(members) = self.members.numbers() {
            sql.push(" and r.citizen = any(").push_bind(members.to_vec()).push(")");
        }
        if !self.denied.is_empty() {
            sql.push(" and (r.citizen is null or r.citizen <> all(");
            sql.push_bind(self.denied.iter().map(|no| no.0).collect::<Vec<i32>>());
            sql.push("))");
        }
    }
}

impl Store {
    /// The next so many versions behind a key, by key.
    ///
    /// # Errors
    /// When the database does, or a body cannot be opened.
    pub async fn resources_as_of(
        &self,
        range: &Range<'_>,
        after: &str,
        most: i64,
    ) -> Result<Vec<Then>, StoreError> {
        let mut sql = QueryBuilder::<Postgres>::new(
            "-- bulk.resources\n\
             select r.type as kind, r.id, v.version, v.updated, r.citizen, v.body, \
             r.version as current from resource r cross join lateral (\
             select n.version, n.updated, n.body from (\
             select r.version, r.updated, r.body union all \
             select h.version, h.updated, h.body from resource_history h \
             where h.type = r.type and h.id = r.id) n where n.updated <= ",
        );
        sql.push_bind(range.as_of.at).push(" order by n.version desc limit 1) v");
        range.push(&mut sql, after);
        sql.push(" and v.updated > ").push_bind(range.as_of.after());
        sql.push(" order by r.id limit ").push_bind(most);
        let keys = self.keys().await?;
        let rows = sql.build().fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let current: i32 = row.try_get("current")?;
                let resource = Row::from_row(row)?.stored(&keys)?;
                Ok(Then { resource, current: u32::try_from(current).unwrap_or(0) })
            })
            .collect()
    }

    /// The citizens in whose compartments the resources of a range are, each once.
    ///
    /// # Errors
    /// When the database does.
    pub async fn citizens_of_resources(
        &self,
        range: &Range<'_>,
    ) -> Result<Vec<CitizenNo>, StoreError> {
        let mut sql = QueryBuilder::<Postgres>::new(
            "-- bulk.citizens_of_resources\nselect distinct r.citizen from resource r",
        );
        range.push(&mut sql, &range.file.after);
        sql.push(" and r.citizen is not null order by 1");
        let rows: Vec<(i32,)> = sql.build_query_as().fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(no,)| CitizenNo(no)).collect())
    }
}
