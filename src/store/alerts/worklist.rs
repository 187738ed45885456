//! The worklist.
//!
//! Its pages show the list as of the first one: an alert that has changed since stands where its
//! log says that it stood then. What a row says of the alert itself is always as of now.

use crate::clock::Micros;
use crate::ids::AlertId;
use crate::plans::codes::PROGRAMMES;
use crate::store::{Sight, Store, StoreError};
use crate::triage::{Alert, Cursor, Filter, Level, Order, SILENCE, State};

/// A row of the worklist.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The alert as it is now.
    pub alert: Alert,
    /// Logical id of the citizen.
    pub citizen_id: String,
    /// Its place in the list.
    pub order: Order,
}

/// A page of the worklist.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// As of when the list is.
    pub as_of: Micros,
    /// Its rows, in order.
    pub rows: Vec<Listed>,
    /// Where the next page begins, if there is more.
    pub next: Option<Cursor>,
}

/// How many open alerts fit a filter, whatever its levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Red ones on the list.
    pub red: u32,
    /// Yellow ones on the list.
    pub yellow: u32,
    /// Blue ones on the list.
    pub blue: u32,
    /// Green ones on the list.
    pub green: u32,
    /// Those on the list whose response target has passed.
    pub overdue: u32,
    /// Those that wait to be confirmed, which are not on the list.
    pub pending: u32,
    /// Those that are snoozed, which are not on the list.
    pub snoozed: u32,
    /// Those of citizens whose data is restricted, which are not on the list; whatever the filter.
    pub restricted: u32,
}

/// The states that a filter lets through.
fn states(filter: &Filter) -> Vec<String> {
    let shown = State::ALL.iter().filter(|state| filter.shows(**state));
    shown.map(|state| state.as_str().to_owned()).collect()
}

/// The name of the programme, in plans.
fn programme(filter: &Filter) -> Option<&'static str> {
    let wanted = filter.programme?;
    PROGRAMMES.iter().find(|(known, ..)| *known == wanted).map(|(_, code, ..)| *code)
}

impl Store {
    /// A page of the worklist of citizens in sight, at most `limit` rows. Without `after` it is the first page, as of
    /// now.
    pub async fn worklist(
        &self,
        sight: &Sight,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: u16,
        now: Micros,
    ) -> Result<Page, StoreError> {
        let as_of = after.map_or(now, |cursor| cursor.as_of);
        let levels: Vec<i16> = match filter.levels.as_slice() {
            [] => Level::ALL.iter().map(|level| level.rank()).collect(),
            levels => levels.iter().map(|level| level.rank()).collect(),
        };
        let last = after.map(|cursor| cursor.last);
        // A range for the time of closing, as with one end only the planner reads all that was ever
        // closed.
        let rows = sqlx::query!(
            r#"-- alerts.worklist
            select a.body, c.logical_id, a.id as "id: AlertId", a.opened,
                   p.severity as "severity!", p.on_time as "on_time!", p.silent as "silent!",
                   p.trend as "trend!"
            from alert a
            join citizen c on c.id = a.citizen
            cross join lateral (
                select v.severity, (v.due >= $1)::int as on_time,
                       (a.problem = $16)::int as silent, v.trend, -v.trend as improvement,
                       v.state, v.claimed_by
                from (
                    select a.severity, a.due, a.trend, a.state, a.claimed_by
                    where a.updated <= $1
                    union all
                    (select e.severity, e.due, e.trend, e.state, e.claimed_by
                     from alert_event e
                     where a.updated > $1 and e.alert = a.id and e.at <= $1
                     order by e.version desc limit 1)
                ) v
            ) p
            where (a.closed is null or (a.closed > $1 and a.closed < 'infinity'))
              and a.citizen not in (select citizen from citizen_restriction)
              and ($12::int4[] is null or c.team = any($12) or c.id = any($13))
              and p.severity = any($2) and p.state = any($3)
              and ($4::text is null or a.problem = $4)
              and ($5::text is null or p.claimed_by = $5)
              and (not $14 or p.on_time = 0)
              and ($15::text is null or (
                  select l.body::jsonb -> 'programmes' ? $15 from plan l
                  where l.citizen = a.citizen order by l.version desc limit 1))
              and ($6::smallint is null
                   or (p.severity, p.on_time, p.silent, p.improvement, a.opened, a.id)
                      > ($6, $7::int, $17::int, -$8::float8, $9::timestamptz, $10::uuid))
            order by p.severity, p.on_time, p.silent, p.improvement, a.opened, a.id
            limit $11"#,
            as_of as Micros,
            &levels,
            &states(filter),
            filter.problem,
            filter.claimed_by,
            last.map(|last| last.level.rank()),
            last.map(|last| i32::from(!last.overdue)),
            last.map(|last| last.trend),
            last.map(|last| last.opened) as Option<Micros>,
            last.map(|last| last.id) as Option<AlertId>,
            i64::from(limit) + 1,
            sight.teams(),
            &sight.also(),
            filter.overdue,
            programme(filter),
            SILENCE,
            last.map(|last| i32::from(last.silent))
        )
        .fetch_all(&self.pool)
        .await?;
        let keys = self.keys().await?;
        let more = rows.len() > usize::from(limit);
        let rows: Vec<Listed> = rows
            .into_iter()
            .take(usize::from(limit))
            .map(|row| {
                let level = Level::from_rank(row.severity)
                    .ok_or_else(|| StoreError::damaged("alert", "the severity is not known"))?;
                let order = Order {
                    level,
                    overdue: row.on_time == 0,
                    silent: row.silent == 1,
                    trend: row.trend,
                    opened: row.opened,
                    id: row.id,
                };
                Ok(Listed { alert: keys.open_alert(&row.body)?, citizen_id: row.logical_id, order })
            })
            .collect::<Result<_, StoreError>>()?;
        let next = rows.last().filter(|_| more).map(|last| Cursor { as_of, last: last.order });
        Ok(Page { as_of, rows, next })
    }

    /// How many open alerts of citizens in sight fit the filter by now, whatever its levels; those of
    /// restricted citizens are not listed and counted apart.
    pub async fn worklist_counts(
        &self,
        sight: &Sight,
        filter: &Filter,
        now: Micros,
    ) -> Result<Counts, StoreError> {
        let row = sqlx::query!(
            r#"-- alerts.counts
            select count(*) filter (where listed and severity = 0) as "red!",
                   count(*) filter (where listed and severity = 1) as "yellow!",
                   count(*) filter (where listed and severity = 2) as "blue!",
                   count(*) filter (where listed and severity = 3) as "green!",
                   count(*) filter (where listed and due < $2) as "overdue!",
                   count(*) filter (where state = 'pending') as "pending!",
                   count(*) filter (where state = 'snoozed') as "snoozed!",
                   (select count(*) from alert r join citizen c on c.id = r.citizen
                    where r.closed is null
                      and ($3::int4[] is null or c.team = any($3) or c.id = any($4))
                      and r.citizen in (select citizen from citizen_restriction)) as "restricted!"
            from (select severity, due, state, state = any($1) as listed
                  from alert join citizen c on c.id = alert.citizen
                  where closed is null
                    and ($3::int4[] is null or c.team = any($3) or c.id = any($4))
                    and citizen not in (select citizen from citizen_restriction)
                    and ($5::text is null or problem = $5)
                    and ($6::text is null or claimed_by = $6)
                    and (not $7 or due < $2)
                    and ($8::text is null or (
                        select l.body::jsonb -> 'programmes' ? $8 from plan l
                        where l.citizen = alert.citizen order by l.version desc limit 1))) a"#,
            &states(filter),
            now as Micros,
            sight.teams(),
            &sight.also(),
            filter.problem,
            filter.claimed_by,
            filter.overdue,
            programme(filter)
        )
        .fetch_one(&self.pool)
        .await?;
        let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Counts {
            red: count(row.red),
            yellow: count(row.yellow),
            blue: count(row.blue),
            green: count(row.green),
            overdue: count(row.overdue),
            pending: count(row.pending),
            snoozed: count(row.snoozed),
            restricted: count(row.restricted),
        })
    }
}
