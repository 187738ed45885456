//! Readings as they stood at a moment, citizen by citizen, in the order of their keys.

use sqlx::{Postgres, QueryBuilder};

use super::select::Selection;
use super::statement::{self, COLUMNS};
use super::{ObservationQuery, row};
use crate::ids::{CitizenNo, ObservationKey};
use crate::store::bulk::AsOf;
use crate::store::observations::StoredObservation;
use crate::store::{Store, StoreError};

/// What the two tables have in common, and what searches look at.
const STORED: &str = "effective, received, value, citizen, code, source, fingerprint, shape, span, \
     version, quarantine, holes, extra";

impl Store {
    /// The next so many readings of a citizen behind a key that stood then and match one of the
    /// queries. Whether the citizen may be told of is not asked here, and neither order nor pages of
    /// the queries count.
    ///
    /// # Errors
    /// When the database does, or a row cannot be read.
    pub async fn readings_as_of(
        &self,
        citizen: CitizenNo,
        as_of: AsOf,
        queries: &[ObservationQuery],
        after: Option<ObservationKey>,
        most: i64,
    ) -> Result<Vec<StoredObservation>, StoreError> {
        self.refresh_shapes().await?;
        let mut selections = Vec::new();
        for query in queries {
            let about = query.citizens.as_ref().is_none_or(|of| of.contains(&citizen));
            if about && let Some(selection) = self.select(query).await? {
                selections.push((query, selection));
            }
        }
        if selections.is_empty() {
            return Ok(Vec::new());
        }
        let rows = statement(citizen, as_of, &selections, after, most)
            .build()
            .fetch_all(&self.pool)
            .await?;
        self.stored(rows.iter().map(row).collect::<Result<Vec<_>, _>>()?).await
    }
}

fn statement(
    citizen: CitizenNo,
    as_of: AsOf,
    selections: &[(&ObservationQuery, Selection)],
    after: Option<ObservationKey>,
    most: i64,
) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("-- bulk.readings\nselect ");
    sql.push(COLUMNS).push(" from (");
    for history in [false, true] {
        sql.push(if history { " union all select " } else { "select " }).push(STORED);
        sql.push(if history { " from observation_history" } else { " from observation" });
        sql.push(" where citizen = ").push_bind(citizen.0);
        sql.push(" and received <= ").push_bind(as_of.at);
        sql.push(" and received > ").push_bind(as_of.after());
        if history {
            sql.push(" and replaced > ").push_bind(as_of.at);
        }
    }
    sql.push(") o where (false");
    for (query, selection) in selections {
        sql.push(" or (true");
        if selection.ask_code {
            let codes: Vec<i32> = selection.codes.iter().map(|(code, _)| code.0).collect();
            sql.push(" and o.code = any(").push_bind(codes).push(")");
        }
        statement::conditions(&mut sql, query, selection);
        sql.push(")");
    }
    sql.push(")");
    if let Some(key) = after {
        sql.push(" and o.code >= ").push_bind(key.code.0);
        sql.push(" and (o.code, o.effective, o.source, o.fingerprint) > (");
        sql.push_bind(key.code.0).push(", ").push_bind(key.effective).push(", ");
        sql.push_bind(key.source.0).push(", ");
        sql.push_bind(key.fingerprint.cast_signed()).push("::int4::oid)");
    }
    sql.push(" order by o.code, o.effective, o.source, o.fingerprint limit ").push_bind(most);
    sql
}
