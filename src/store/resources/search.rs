//! Searching the current versions.

use sqlx::postgres::Postgres;
use sqlx::{FromRow, QueryBuilder};

use super::compartment::is_about_several;
use super::extract::{Stored, folded, short};
use super::parameters::Parameter;
use super::{Row, StoredResource};
use crate::clock::Micros;
use crate::identity::protected::CODES;
use crate::ids::CitizenNo;
use crate::store::vault::Keys;
use crate::store::{Sight, Store, StoreError};

/// Which compartments are looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Those of all citizens in sight, but for citizens whose data is restricted, and what is
    /// nobody's. See [`crate::store::sight`].
    Seen(Sight),
    /// This citizen's.
    Citizen(CitizenNo),
    /// This citizen's, and what is nobody's.
    CitizenOrNobody(CitizenNo),
    /// None.
    Nothing,
}

/// How a date is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// Within.
    Eq,
    /// Not within.
    Ne,
    /// Reaches beyond its end.
    Gt,
    /// Begins before it.
    Lt,
    /// Is not over before it.
    Ge,
    /// Begins before its end.
    Le,
    /// Begins after it.
    Sa,
    /// Ends before it.
    Eb,
    /// Overlaps it; the range is already as wide as "approximately" means.
    Ap,
}

/// A date to compare with: first and one-past-last moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// How.
    pub prefix: Prefix,
    /// First moment.
    pub lower: Micros,
    /// One past the last moment.
    pub upper: Micros,
}

/// One value that a parameter may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// A logical id, type or reference as `type/id`, whatever the parameter is.
    Id(String),
    /// The citizen with this logical id.
    Citizen(String),
    /// A code in a system; `None` = any.
    Token {
        /// The system; empty = none.
        system: Option<String>,
        /// The code.
        code: Option<String>,
    },
    /// The beginning of a string.
    Starts(String),
    /// A reference to this id, whatever its type.
    ReferenceId(String),
    /// A date, compared with a parameter or with the time of the last update.
    Date(Comparison),
}

/// A parameter and the values it may have.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Which parameter.
    pub parameter: &'static Parameter,
    /// At least one of these.
    pub any: Vec<Criterion>,
}

/// A place in the order of results: behind this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// When it was updated.
    pub updated: Micros,
    /// Its id.
    pub id: String,
}

/// A search.
#[derive(Debug, Clone)]
pub struct ResourceQuery {
    /// For resources of this type.
    pub kind: &'static str,
    /// In these compartments.
    pub reach: Reach,
    /// That fit all of these.
    pub filters: Vec<Filter>,
    /// And all of at least one of these lists, unless there is none: what the caller's scopes
    /// cover.
    pub within: Vec<Vec<Filter>>,
    /// Of none of these: they have denied what the type tells.
    pub denied: Vec<CitizenNo>,
    /// By names only those that are not protected.
    pub unprotected: bool,
    /// Newest first, otherwise oldest first.
    pub newest_first: bool,
    /// Behind this one.
    pub after: Option<Place>,
    /// At most this many.
    pub limit: u32,
    /// Whether all are counted.
    pub count: bool,
}

impl ResourceQuery {
    /// Logical ids of the citizens that are asked for.
    pub fn citizens_named(&self) -> impl Iterator<Item = &str> {
        let patients = self.kind == "Patient";
        self.filters.iter().flat_map(|filter| &filter.any).filter_map(move |one| match one {
            Criterion::Citizen(id) => Some(id.as_str()),
            Criterion::Id(id) if patients => Some(id.as_str()),
            _ => None,
        })
    }
}

/// One page of what was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The resources.
    pub resources: Vec<StoredResource>,
    /// Where the next page begins, if there is one.
    pub next: Option<Place>,
    /// How many there are on all pages, if that was asked or is known anyway.
    pub total: Option<u64>,
}

impl Store {
    /// One page of the resources that fit.
    pub async fn search_resources(&self, query: &ResourceQuery) -> Result<Found, StoreError> {
        if query.reach == Reach::Nothing {
            return Ok(Found { resources: Vec::new(), next: None, total: Some(0) });
        }
        let keys = self.keys().await?;
        let mut resources =
            if query.limit == 0 { Vec::new() } else { self.page(query, &keys).await? };
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let more = resources.len() > limit;
        resources.truncate(limit);
        let next = resources
            .last()
            .filter(|_| more)
            .map(|last| Place { updated: last.updated, id: last.id.clone() });
        let whole = query.after.is_none() && !more && query.limit > 0;
        let total = if whole {
            u64::try_from(resources.len()).ok()
        } else if query.count {
            Some(self.count(query, &keys).await?)
        } else {
            None
        };
        Ok(Found { resources, next, total })
    }

    async fn page(
        &self,
        query: &ResourceQuery,
        keys: &Keys,
    ) -> Result<Vec<StoredResource>, StoreError> {
        let mut sql = QueryBuilder::<Postgres>::new(
            "-- resources.search\n\
             select r.type as kind, r.id, r.version, r.updated, r.citizen, r.body from resource r",
        );
        push_where(&mut sql, query, keys);
        if let Some(place) = &query.after {
            sql.push(" and (r.updated, r.id) ");
            sql.push(if query.newest_first { "<" } else { ">" });
            sql.push(" (");
            sql.push_bind(place.updated);
            sql.push(", ");
            sql.push_bind(place.id.clone());
            sql.push(")");
        }
        sql.push(if query.newest_first {
            " order by r.updated desc, r.id desc limit "
        } else {
            " order by r.updated, r.id limit "
        });
        // One more than is wanted tells whether there is a next page.
        sql.push_bind(i64::from(query.limit) + 1);
        let rows: Vec<Row> = sql.build_query_as().fetch_all(&self.pool).await?;
        rows.into_iter().map(|row| row.stored(keys)).collect()
    }

    async fn count(&self, query: &ResourceQuery, keys: &Keys) -> Result<u64, StoreError> {
        let mut sql =
            QueryBuilder::<Postgres>::new("-- resources.count\nselect count(*) from resource r");
        push_where(&mut sql, query, keys);
        let (count,): (i64,) = sql.build_query_as().fetch_one(&self.pool).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

impl FromRow<'_, sqlx::postgres::PgRow> for Row {
    fn from_row(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row as _;
        Ok(Self {
            kind: row.try_get("kind")?,
            id: row.try_get("id")?,
            version: row.try_get("version")?,
            updated: row.try_get("updated")?,
            citizen: row.try_get("citizen")?,
            body: row.try_get("body")?,
        })
    }
}

type Sql = QueryBuilder<Postgres>;

fn push_where(sql: &mut Sql, query: &ResourceQuery, keys: &Keys) {
    sql.push(" where r.type = ");
    sql.push_bind(query.kind);
    match &query.reach {
        // Only citizens see their own data when it is restricted.
        Reach::Seen(sight) => {
            let all = sight.is_everybody() || !is_about_several(query.kind);
            sql.push(if all { " and (r.citizen is null" } else { " and (false" });
            sql.push(" or r.citizen <> all(array(select x.citizen from citizen_restriction x))");
            sight.push(sql, "r.citizen");
            sql.push(")");
        }
        Reach::Citizen(no) => {
            sql.push(" and r.citizen = ");
            sql.push_bind(no.0);
        }
        Reach::CitizenOrNobody(no) => {
            sql.push(" and (r.citizen is null or r.citizen = ");
            sql.push_bind(no.0);
            sql.push(")");
        }
        Reach::Nothing => {
            sql.push(" and false");
        }
    }
    push_filters(sql, query.kind, &query.filters, keys);
    if !query.denied.is_empty() {
        sql.push(" and (r.citizen is null or r.citizen <> all(");
        sql.push_bind(query.denied.iter().map(|no| no.0).collect::<Vec<i32>>());
        sql.push("))");
    }
    let by_name = query.filters.iter().any(|filter| filter.parameter.how == super::How::Text);
    if query.unprotected && by_name {
        let codes = CODES.iter().flat_map(|code| keys.find_code(code)).collect::<Vec<String>>();
        sql.push(
            " and r.id not in (select p.id from resource_token p where p.type = 'Patient' \
             and p.param = '_security' and p.code = any(",
        );
        sql.push_bind(codes).push("))");
        // Of these it is not known yet.
        sql.push(" and r.id not in (select u.id from patient_unlabelled u)");
    }
    if !query.within.is_empty() {
        sql.push(" and (false");
        for filters in &query.within {
            sql.push(" or (true");
            push_filters(sql, query.kind, filters, keys);
            sql.push(")");
        }
        sql.push(")");
    }
}

fn push_filters(sql: &mut Sql, kind: &'static str, filters: &[Filter], keys: &Keys) {
    for filter in filters {
        sql.push(" and (false");
        for criterion in &filter.any {
            sql.push(" or ");
            push_criterion(sql, kind, filter.parameter, criterion, keys);
        }
        sql.push(")");
    }
}

fn push_criterion(
    sql: &mut Sql,
    kind: &'static str,
    parameter: &'static Parameter,
    criterion: &Criterion,
    keys: &Keys,
) {
    match criterion {
        Criterion::Id(id) => {
            sql.push("r.id = ");
            sql.push_bind(id.clone());
        }
        Criterion::Citizen(logical_id) => {
            sql.push("r.citizen = (select c.id from citizen c where c.logical_id = ");
            sql.push_bind(logical_id.clone());
            sql.push(")");
        }
        Criterion::Token { system, code } => {
            push_tokens(sql, kind, parameter);
            if let Some(code) = code {
                let code = short(code);
                let codes = match Stored::of(parameter) {
                    Stored::Whole => keys.find_identifier(&code),
                    Stored::Clear | Stored::Beginnings => keys.find_code(&code),
                };
                sql.push(" and t.code = any(");
                sql.push_bind(codes);
                sql.push(")");
            }
            if let Some(system) = system {
                sql.push(" and t.system = any(");
                sql.push_bind(keys.find_code(&short(system)));
                sql.push(")");
            }
            sql.push(")");
        }
        Criterion::Starts(text) => {
            push_tokens(sql, kind, parameter);
            let text = folded(text);
            if !text.is_empty() {
                sql.push(" and (t.code = any(");
                sql.push_bind(keys.find_beginning(parameter.name, &text));
                sql.push(")");
                if keys.clear {
                    sql.push(" or not starts_with(t.code, '~') and starts_with(t.code, ");
                    sql.push_bind(text);
                    sql.push(")");
                }
                sql.push(")");
            }
            sql.push(")");
        }
        Criterion::ReferenceId(id) => {
            push_tokens(sql, kind, parameter);
            sql.push(" and split_part(t.code, '/', 2) = ");
            sql.push_bind(id.clone());
            sql.push(")");
        }
        Criterion::Date(comparison) if parameter.how == super::How::Updated => {
            push_comparison(sql, "r.updated", "r.updated + interval '1 microsecond'", *comparison);
        }
        Criterion::Date(comparison) => {
            sql.push("r.id in (select d.id from resource_date d where d.type = ");
            sql.push_bind(kind);
            sql.push(" and d.param = ");
            sql.push_bind(parameter.name);
            sql.push(" and ");
            push_comparison(sql, "d.lower", "d.upper", *comparison);
            sql.push(")");
        }
    }
}

fn push_tokens(sql: &mut Sql, kind: &'static str, parameter: &'static Parameter) {
    sql.push("r.id in (select t.id from resource_token t where t.type = ");
    sql.push_bind(kind);
    sql.push(" and t.param = ");
    sql.push_bind(parameter.name);
}

/// Compares the range from `lower` until before `upper`
/// (<http://hl7.org/fhir/R4/search.html#prefix>).
fn push_comparison(sql: &mut Sql, lower: &'static str, upper: &'static str, with: Comparison) {
    let mut side = |column: &'static str, operator: &'static str, at: Micros| {
        sql.push(column);
        sql.push(operator);
        sql.push_bind(at);
    };
    match with.prefix {
        Prefix::Gt => side(upper, " > ", with.upper),
        Prefix::Ge => side(upper, " > ", with.lower),
        Prefix::Lt => side(lower, " < ", with.lower),
        Prefix::Le => side(lower, " < ", with.upper),
        Prefix::Sa => side(lower, " >= ", with.upper),
        Prefix::Eb => side(upper, " <= ", with.lower),
        Prefix::Ap => {
            side(lower, " < ", with.upper);
            sql.push(" and ");
            sql.push(upper);
            sql.push(" > ");
            sql.push_bind(with.lower);
        }
        Prefix::Eq | Prefix::Ne => {
            sql.push(if with.prefix == Prefix::Ne { "not (" } else { "(" });
            sql.push(lower);
            sql.push(" >= ");
            sql.push_bind(with.lower);
            sql.push(" and ");
            sql.push(upper);
            sql.push(" <= ");
            sql.push_bind(with.upper);
            sql.push(")");
        }
    }
}
