//! SQL for searches. Everything that comes from outside is bound; what varies in the text is
//! which conditions there are.

use std::collections::HashMap;

use sqlx::{Postgres, QueryBuilder};

use super::conditions::{Bounds, Span, Window, needs_exact};
use super::select::Selection;
use super::{DateFilter, ObservationQuery, Prefix, QuantityFilter, Sort, Statistics};
use crate::clock::Micros;
use crate::consent::of_reading;
use crate::ids::ObservationKey;

/// In the order of the fields of a row.
pub(super) const COLUMNS: &str = "o.effective, o.received, o.value, o.citizen, o.code, o.source, \
     o.fingerprint, o.shape, o.version, o.quarantine, o.holes, o.extra";

/// The end of a reading, one past its last microsecond.
const END: &str = "case o.span when 0 then o.effective + interval '1 microsecond' \
     when -1 then 'infinity' else o.effective + o.span * interval '1 second' end";

/// Up to so many pairs of citizen and code are walked one by one. More are read chunk by chunk of
/// the time-ordered table, which touches more rows but fewer index pages.
const MOST_BRANCHES: usize = 48;

impl Sort {
    fn descends(self) -> bool {
        matches!(self, Self::DateDesc | Self::UpdatedDesc)
    }

    fn by_date(self) -> bool {
        matches!(self, Self::DateDesc | Self::DateAsc)
    }

    /// The columns of the whole order. The same direction for all, so that a row comparison
    /// finds where the next page begins.
    fn order(self) -> &'static str {
        match self {
            Self::DateDesc => {
                "o.effective desc, o.citizen desc, o.code desc, o.source desc, o.fingerprint desc"
            }
            Self::DateAsc => "o.effective, o.citizen, o.code, o.source, o.fingerprint",
            Self::UpdatedDesc => {
                "o.received desc, o.effective desc, o.citizen desc, o.code desc, o.source desc, \
                 o.fingerprint desc"
            }
            Self::UpdatedAsc => {
                "o.received, o.effective, o.citizen, o.code, o.source, o.fingerprint"
            }
        }
    }

    /// The order within one citizen and code.
    fn order_of_branch(self) -> &'static str {
        if self.descends() {
            "o.effective desc, o.source desc, o.fingerprint desc"
        } else {
            "o.effective, o.source, o.fingerprint"
        }
    }
}

/// One page.
pub(super) fn page(
    query: &ObservationQuery,
    selection: &Selection,
    limit: i64,
) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("-- search.page\nselect ");
    sql.push(COLUMNS);
    if let Some(keys) = &selection.keys {
        from_keys(&mut sql, query, selection, keys);
    } else if query.sort.by_date() && branches(query, selection) <= MOST_BRANCHES {
        from_branches(&mut sql, query, selection, limit);
    } else {
        from_all(&mut sql, query, selection);
    }
    sql.push(" order by ").push(query.sort.order());
    sql.push(" limit ").push_bind(limit);
    sql
}

/// The newest `max` per citizen and concept.
pub(super) fn newest(
    query: &ObservationQuery,
    selection: &Selection,
    max: i64,
) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("-- search.lastn\nselect ");
    sql.push(COLUMNS);
    from_branches(&mut sql, query, selection, max);
    sql
}

/// How many.
pub(super) fn count(query: &ObservationQuery, selection: &Selection) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("-- search.count\nselect count(*)");
    let query = &ObservationQuery { after: None, ..query.clone() };
    match &selection.keys {
        Some(keys) => from_keys(&mut sql, query, selection, keys),
        None => from_all(&mut sql, query, selection),
    }
    sql
}

/// Statistics per bucket, by its place.
pub(super) fn stats(
    query: &ObservationQuery,
    selection: &Selection,
    buckets: &[Statistics],
) -> QueryBuilder<Postgres> {
    let (mut shapes, mut places) = (Vec::new(), Vec::new());
    for (place, bucket) in (0_i32..).zip(buckets) {
        for shape in &bucket.shapes {
            shapes.push(shape.0);
            places.push(place);
        }
    }
    let mut sql = QueryBuilder::new(
        "-- search.stats\n\
         select bucket.place, count(o.value), avg(o.value), min(o.value), max(o.value), \
         stddev_samp(o.value), sum(o.value), \
         percentile_cont(0.5) within group (order by o.value), min(o.effective), max(o.effective) \
         from (select o.value, o.effective, o.shape",
    );
    from_all(&mut sql, query, selection);
    sql.push(" and o.value is not null) o join unnest(").push_bind(shapes);
    sql.push("::int4[], ").push_bind(places);
    sql.push("::int4[]) as bucket (shape, place) on bucket.shape = o.shape group by bucket.place");
    sql
}

fn branches(query: &ObservationQuery, selection: &Selection) -> usize {
    let citizens = query.citizens.as_ref().map_or(usize::MAX, Vec::len);
    citizens.saturating_mul(selection.codes.len())
}

/// From every citizen and code, walked along the primary key until `limit` are found.
fn from_branches(
    sql: &mut QueryBuilder<Postgres>,
    query: &ObservationQuery,
    selection: &Selection,
    limit: i64,
) {
    sql.push(" from (select c.citizen from unnest(").push_bind(citizens(query));
    sql.push("::int4[]) as c (citizen) where true");
    query.sight.push(sql, "c.citizen");
    sql.push(") as who cross join unnest(");
    let windows: Vec<Window> =
        selection.codes.iter().map(|(_, span)| Window::of(&query.dates, *span)).collect();
    // Where one concept reaches further than another, each has its own lower bound.
    let own = windows.iter().any(|window| window.lower != windows[0].lower);
    sql.push_bind(codes(selection)).push("::int4[]");
    if own {
        let lower: Vec<Micros> =
            windows.iter().map(|window| window.lower.map_or(Micros::NO_TIME, Micros)).collect();
        sql.push(", ").push_bind(lower).push("::timestamptz[]) as what (code, lower)");
    } else {
        sql.push(") as what (code)");
    }
    sql.push(" cross join lateral (select ").push(COLUMNS);
    sql.push(" from observation o where o.citizen = who.citizen and o.code = what.code");
    if own {
        sql.push(" and o.effective >= what.lower");
    }
    conditions(sql, query, selection);
    sql.push(" order by ").push(query.sort.order_of_branch());
    sql.push(" limit ").push_bind(limit).push(") o");
}

/// From the whole table, as far as citizens, codes and times leave it.
fn from_all(sql: &mut QueryBuilder<Postgres>, query: &ObservationQuery, selection: &Selection) {
    sql.push(" from observation o where true");
    whose(sql, query);
    if selection.ask_code {
        sql.push(" and o.code = any(").push_bind(codes(selection)).push(")");
    }
    conditions(sql, query, selection);
}

/// From single readings.
fn from_keys(
    sql: &mut QueryBuilder<Postgres>,
    query: &ObservationQuery,
    selection: &Selection,
    keys: &[ObservationKey],
) {
    sql.push(" from (select distinct * from unnest(");
    sql.push_bind(keys.iter().map(|key| key.effective).collect::<Vec<_>>());
    sql.push("::timestamptz[], ");
    sql.push_bind(keys.iter().map(|key| key.citizen.0).collect::<Vec<_>>());
    sql.push("::int4[], ");
    sql.push_bind(keys.iter().map(|key| key.code.0).collect::<Vec<_>>());
    sql.push("::int4[], ");
    sql.push_bind(keys.iter().map(|key| key.source.0).collect::<Vec<_>>());
    sql.push("::int4[], ");
    sql.push_bind(keys.iter().map(|key| key.fingerprint.cast_signed()).collect::<Vec<_>>());
    sql.push("::int4[]::oid[]) as k (effective, citizen, code, source, fingerprint)) k ");
    sql.push("cross join lateral (select * from observation o where o.citizen = k.citizen ");
    sql.push("and o.code = k.code and o.effective = k.effective and o.source = k.source ");
    sql.push("and o.fingerprint = k.fingerprint limit 1) o where true");
    whose(sql, query);
    if selection.ask_code {
        sql.push(" and o.code = any(").push_bind(codes(selection)).push(")");
    }
    conditions(sql, query, selection);
}

fn whose(sql: &mut QueryBuilder<Postgres>, query: &ObservationQuery) {
    if query.citizens.is_some() {
        sql.push(" and o.citizen = any(").push_bind(citizens(query)).push(")");
    }
    if !query.except.is_empty() {
        let except: Vec<i32> = query.except.iter().map(|no| no.0).collect();
        sql.push(" and o.citizen <> all(").push_bind(except).push(")");
    }
    query.sight.push(sql, "o.citizen");
}

fn citizens(query: &ObservationQuery) -> Vec<i32> {
    let mut citizens: Vec<i32> = query.citizens.iter().flatten().map(|no| no.0).collect();
    citizens.sort_unstable();
    citizens.dedup();
    citizens
}

fn codes(selection: &Selection) -> Vec<i32> {
    selection.codes.iter().map(|(code, _)| code.0).collect()
}

/// Everything but citizen and code, each with an `and` before it.
pub(super) fn conditions(
    sql: &mut QueryBuilder<Postgres>,
    query: &ObservationQuery,
    selection: &Selection,
) {
    let span = selection.span();
    bounds(sql, "o.effective", Window::of(&query.dates, span));
    if needs_exact(&query.dates, span) {
        for one_of in &query.dates {
            each(sql, one_of, |sql, filter| compare(sql, *filter, "o.effective", END));
        }
    }
    bounds(sql, "o.received", Window::of(&query.updated, Span::Moment));
    if needs_exact(&query.updated, Span::Moment) {
        for one_of in &query.updated {
            each(sql, one_of, |sql, filter| {
                compare(sql, *filter, "o.received", "o.received + interval '1 microsecond'");
            });
        }
    }
    if selection.ask_shape {
        let shapes: Vec<i32> = selection.shapes.iter().map(|shape| shape.no.0).collect();
        sql.push(" and o.shape = any(").push_bind(shapes).push(")");
    }
    for (category, citizens) in query.denied.iter() {
        let shapes =
            selection.shapes.iter().filter(|shape| of_reading(&shape.facts).contains(&category));
        let shapes: Vec<i32> = shapes.map(|shape| shape.no.0).collect();
        let citizens: Vec<i32> = citizens.iter().map(|no| no.0).collect();
        if !shapes.is_empty() {
            sql.push(" and not (o.citizen = any(").push_bind(citizens);
            sql.push(") and o.shape = any(").push_bind(shapes).push("))");
        }
    }
    if let Some(sources) = &query.sources {
        let sources: Vec<i32> = sources.iter().map(|source| source.0).collect();
        sql.push(" and o.source = any(").push_bind(sources).push(")");
    }
    if query.scored_only {
        sql.push(" and o.quarantine = 0");
    }
    for one_of in &query.values {
        each(sql, one_of, |sql, filter| value(sql, filter, selection));
    }
    after(sql, query);
}

fn each<T>(
    sql: &mut QueryBuilder<Postgres>,
    one_of: &[T],
    mut push: impl FnMut(&mut QueryBuilder<Postgres>, &T),
) {
    sql.push(" and (");
    for (place, one) in one_of.iter().enumerate() {
        sql.push(if place > 0 { " or (" } else { "(" });
        push(sql, one);
        sql.push(")");
    }
    sql.push(if one_of.is_empty() { "false)" } else { ")" });
}

fn bounds(sql: &mut QueryBuilder<Postgres>, column: &str, window: Window) {
    if let Some(lower) = window.lower {
        sql.push(" and ").push(column).push(" >= ").push_bind(Micros(lower));
    }
    if let Some(upper) = window.upper {
        sql.push(" and ").push(column).push(" < ").push_bind(Micros(upper));
    }
}

/// [`DateFilter`] as SQL; `end` is exclusive.
fn compare(sql: &mut QueryBuilder<Postgres>, filter: DateFilter, start: &str, end: &str) {
    let (lower, upper) = (Micros(filter.lower), Micros(filter.upper));
    let contained = |sql: &mut QueryBuilder<Postgres>| {
        sql.push(start).push(" >= ").push_bind(lower);
        sql.push(" and ").push(end).push(" <= ").push_bind(upper);
    };
    match filter.prefix {
        Prefix::Eq => contained(sql),
        Prefix::Ne => {
            sql.push("not (");
            contained(sql);
            sql.push(")");
        }
        Prefix::Gt => {
            sql.push(end).push(" > ").push_bind(upper);
        }
        Prefix::Lt => {
            sql.push(start).push(" < ").push_bind(lower);
        }
        Prefix::Ge => {
            sql.push(end).push(" > ").push_bind(upper).push(" or ");
            contained(sql);
        }
        Prefix::Le => {
            sql.push(start).push(" < ").push_bind(lower).push(" or ");
            contained(sql);
        }
        Prefix::Sa => {
            sql.push(start).push(" >= ").push_bind(upper);
        }
        Prefix::Eb => {
            sql.push(end).push(" <= ").push_bind(lower);
        }
        Prefix::Ap => {
            sql.push(start).push(" < ").push_bind(upper);
            sql.push(" and ").push(end).push(" > ").push_bind(lower);
        }
    }
}

/// A value in a unit: the templates that can have it, by what the stored number then is.
fn value(sql: &mut QueryBuilder<Postgres>, filter: &QuantityFilter, selection: &Selection) {
    if filter.unit.is_none() {
        value_within(sql, filter.bounds(|value| value));
        return;
    }
    let mut alike: HashMap<(u64, u64), (Bounds, Vec<i32>)> = HashMap::new();
    for shape in &selection.shapes {
        if let Some(bounds) = filter.bounds_for(shape) {
            let key = (bounds.lower.to_bits(), bounds.upper.to_bits());
            alike.entry(key).or_insert((bounds, Vec::new())).1.push(shape.no.0);
        }
    }
    let alike: Vec<_> = alike.into_values().collect();
    for (place, (bounds, shapes)) in alike.iter().enumerate() {
        sql.push(if place > 0 { " or o.shape = any(" } else { "o.shape = any(" });
        sql.push_bind(shapes.clone()).push(") and ");
        value_within(sql, *bounds);
    }
    if alike.is_empty() {
        sql.push("false");
    }
}

fn value_within(sql: &mut QueryBuilder<Postgres>, bounds: Bounds) {
    sql.push(if bounds.outside { "not (" } else { "(" });
    sql.push("o.value >= ").push_bind(bounds.lower);
    // The largest double is as good as infinity here, and the end belongs to the range.
    if bounds.upper.is_infinite() {
        sql.push(")");
    } else {
        sql.push(" and o.value < ").push_bind(bounds.upper).push(")");
    }
}

/// Beyond the last reading of the page before.
fn after(sql: &mut QueryBuilder<Postgres>, query: &ObservationQuery) {
    let Some(position) = query.after else { return };
    let (than, or_equal) = if query.sort.descends() { (" < ", " <= ") } else { (" > ", " >= ") };
    let key = position.key;
    // The row comparison is exact, the plain one is what the index understands.
    if query.sort.by_date() {
        sql.push(" and o.effective").push(or_equal).push_bind(key.effective);
        sql.push(" and (");
    } else {
        sql.push(" and o.received").push(or_equal).push_bind(position.received);
        sql.push(" and (o.received, ");
    }
    sql.push("o.effective, o.citizen, o.code, o.source, o.fingerprint)").push(than).push("(");
    if !query.sort.by_date() {
        sql.push_bind(position.received).push(", ");
    }
    sql.push_bind(key.effective).push(", ").push_bind(key.citizen.0).push(", ");
    sql.push_bind(key.code.0).push(", ").push_bind(key.source.0).push(", ");
    sql.push_bind(key.fingerprint.cast_signed()).push("::int4::oid)");
}
