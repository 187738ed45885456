//! How much room the readings of a municipality take.

use sqlx::Connection as _;

use crate::report::{Size, float};
use crate::site::{Municipality, Site};

const SIZES: &str = "
    select sum(pg_total_relation_size(chunk))::int8,
           sum(pg_indexes_size(chunk))::int8,
           sum(coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0))::int8,
           pg_total_relation_size('observation_identifier')
    from show_chunks('observation') as chunk join pg_class on pg_class.oid = chunk";

/// Measures all chunks, with the identifiers beside them.
pub(crate) async fn measure(
    site: &Site,
    municipality: &Municipality,
    what: &str,
) -> anyhow::Result<Size> {
    let rows = site.count(municipality.code).await?;
    let mut connection = site.database(municipality.code).await?;
    let (all, index, toast, identifiers): (i64, i64, i64, i64) =
        sqlx::query_as(SIZES).fetch_one(&mut connection).await?;
    connection.close().await?;
    let each = |bytes: i64| float(u64::try_from(bytes).unwrap_or(0)) / float(rows.max(1));
    Ok(Size {
        what: what.to_owned(),
        rows,
        heap: each(all - index - toast),
        index: each(index),
        toast: each(toast),
        identifiers: each(identifiers),
        total: each(all + identifiers),
    })
}
