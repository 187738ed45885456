//! Whom a caller may know of: the one place where teams narrow what is read and written.
//!
//! A [`Sight`] comes into every search and every look at one citizen. Who sees nobody is the default,
//! so that what forgets to set it shows nothing. What is in nobody's compartment is everybody's, but
//! for a Provenance or a Group, which is nobody's only because it is about several citizens.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::resources::{Reach, is_about_several};
use super::{Store, StoreError, Tx};
use crate::clock::Micros;
use crate::ids::{AccessId, CitizenNo, TeamNo};

/// An access to one citizen beyond the caller's teams, while it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Which.
    pub id: AccessId,
    /// To whom.
    pub citizen: CitizenNo,
}

/// Whom a caller may know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight(Option<Arc<Narrow>>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Narrow {
    teams: Vec<i32>,
    accesses: Vec<Access>,
}

impl Default for Sight {
    /// Nobody.
    fn default() -> Self {
        Self::of_teams(&[], Vec::new())
    }
}

impl Sight {
    /// All citizens of the municipality.
    pub const fn everybody() -> Self {
        Self(None)
    }

    /// The citizens of these teams, and those of these accesses.
    pub fn of_teams(teams: &[TeamNo], accesses: Vec<Access>) -> Self {
        let teams = teams.iter().map(|team| team.0).collect();
        Self(Some(Arc::new(Narrow { teams, accesses })))
    }

    /// Whether nobody is out of sight.
    pub fn is_everybody(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the team's citizens are in sight.
    pub fn includes(&self, team: TeamNo) -> bool {
        self.0.as_ref().is_none_or(|narrow| narrow.teams.contains(&team.0))
    }

    /// Whether a citizen whom that team looks after is in sight.
    pub fn has(&self, citizen: CitizenNo, team: TeamNo) -> bool {
        self.includes(team) || self.accesses().iter().any(|access| access.citizen == citizen)
    }

    /// The accesses that reach beyond teams.
    pub fn accesses(&self) -> &[Access] {
        self.0.as_ref().map_or(&[], |narrow| &narrow.accesses)
    }

    /// The same, without what is not of one of these teams.
    #[must_use]
    pub fn only(&self, teams: &[TeamNo]) -> Self {
        let within: Vec<TeamNo> = teams.iter().copied().filter(|no| self.includes(*no)).collect();
        Self::of_teams(&within, Vec::new())
    }

    /// The numbers of the teams, for statements; `None` = everybody.
    pub(super) fn teams(&self) -> Option<&[i32]> {
        self.0.as_ref().map(|narrow| narrow.teams.as_slice())
    }

    /// Citizens in sight whatever their team, for statements.
    pub(super) fn also(&self) -> Vec<i32> {
        self.accesses().iter().map(|access| access.citizen.0).collect()
    }

    /// ` and` the citizen in that column is in sight.
    pub(super) fn push(&self, sql: &mut QueryBuilder<Postgres>, column: &'static str) {
        let Some(teams) = self.teams() else { return };
        sql.push(" and ").push(column).push(" in (select w.id from citizen w where w.team = any(");
        sql.push_bind(teams.to_vec()).push(") or w.id = any(");
        sql.push_bind(self.also()).push("))");
    }
}

impl Store {
    /// Those of the citizens who are in sight.
    pub async fn seen(
        &self,
        sight: &Sight,
        citizens: &[CitizenNo],
    ) -> Result<Vec<CitizenNo>, StoreError> {
        if sight.is_everybody() {
            return Ok(citizens.to_vec());
        }
        seen(&mut *self.pool.acquire().await?, sight, citizens).await
    }

    /// Whether a citizen is in sight.
    pub async fn sees(&self, sight: &Sight, citizen: CitizenNo) -> Result<bool, StoreError> {
        Ok(!self.seen(sight, &[citizen]).await?.is_empty())
    }

    /// [`Self::sees`], as a transaction sees it.
    pub async fn sees_in(
        &self,
        tx: &mut Tx,
        sight: &Sight,
        citizen: CitizenNo,
    ) -> Result<bool, StoreError> {
        Ok(sight.is_everybody() || !seen(&mut tx.0, sight, &[citizen]).await?.is_empty())
    }

    /// Whether a resource of that type in the compartment of `citizen` is within reach.
    pub async fn reaches(
        &self,
        reach: &Reach,
        kind: &str,
        citizen: Option<CitizenNo>,
    ) -> Result<bool, StoreError> {
        match within(reach, kind, citizen) {
            Within::Known(known) => Ok(known),
            Within::Asked(sight, citizen) => self.sees(sight, citizen).await,
        }
    }

    /// [`Self::reaches`], as a transaction sees it.
    pub async fn reaches_in(
        &self,
        tx: &mut Tx,
        reach: &Reach,
        kind: &str,
        citizen: Option<CitizenNo>,
    ) -> Result<bool, StoreError> {
        match within(reach, kind, citizen) {
            Within::Known(known) => Ok(known),
            Within::Asked(sight, citizen) => self.sees_in(tx, sight, citizen).await,
        }
    }

    /// Whom somebody may know of who is confined to teams: those that the token names, or else those
    /// that the person is a member of, or else the default team; and whom an access is open to.
    pub async fn sight_of(
        &self,
        issuer: &str,
        subject: &str,
        named: Option<&[String]>,
        now: Micros,
    ) -> Result<Sight, StoreError> {
        let rows = sqlx::query!(
            r#"-- sight.of
            select t.id as "team?", null::text as "access?", null::integer as "citizen?"
            from team t
            where case when $3::text[] is null
                  then t.id in (select m.team from team_member m
                                where m.issuer = $1 and m.subject = $2)
                  else t.code = any($3) end
            union all
            select null, b.id, b.citizen from break_glass b
            where b.issuer = $1 and b.subject = $2 and b.begun <= $4 and b.expires > $4
              and b.ended is null"#,
            issuer,
            subject,
            named,
            now as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let mut teams: Vec<TeamNo> = rows.iter().filter_map(|row| row.team).map(TeamNo).collect();
        // A token that names a team which is not there must not come to mean another one.
        if teams.is_empty() && named.is_none() {
            teams.push(TeamNo::DEFAULT);
        }
        let accesses = rows
            .into_iter()
            .filter_map(|row| {
                let (id, citizen) = (AccessId(row.access?), CitizenNo(row.citizen?));
                Some(Access { id, citizen })
            })
            .collect();
        Ok(Sight::of_teams(&teams, accesses))
    }
}

/// Whom people may know of who are confined to teams, as of a moment: all that is needed to tell of
/// anybody, so that many can be told at once.
#[derive(Debug, Default)]
pub struct Sights {
    teams: HashMap<String, TeamNo>,
    members: HashMap<(String, String), Vec<TeamNo>>,
    accesses: HashMap<(String, String), Vec<Access>>,
}

impl Sights {
    /// As [`Store::sight_of`].
    pub fn of(&self, issuer: &str, subject: &str, named: Option<&[String]>) -> Sight {
        let who = (issuer.to_owned(), subject.to_owned());
        let teams: Vec<TeamNo> = match (named, self.members.get(&who)) {
            (Some(named), _) => {
                named.iter().filter_map(|code| self.teams.get(code).copied()).collect()
            }
            (None, Some(teams)) => teams.clone(),
            (None, None) => vec![TeamNo::DEFAULT],
        };
        Sight::of_teams(&teams, self.accesses.get(&who).cloned().unwrap_or_default())
    }
}

impl Store {
    /// Whom people may know of who are confined to teams.
    pub async fn sights(&self, now: Micros) -> Result<Sights, StoreError> {
        let rows = sqlx::query!(
            r#"-- sight.all
            select t.id as "team?", t.code as "code?", null::text as "issuer?",
                   null::text as "subject?", null::text as "access?", null::integer as "citizen?"
            from team t
            union all
            select m.team, null, m.issuer, m.subject, null, null from team_member m
            union all
            select null, null, b.issuer, b.subject, b.id, b.citizen from break_glass b
            where b.begun <= $1 and b.expires > $1"#,
            now as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let mut sights = Sights::default();
        for row in rows {
            match (row.team, row.code, row.issuer.zip(row.subject), row.access.zip(row.citizen)) {
                (Some(team), Some(code), ..) => {
                    sights.teams.insert(code, TeamNo(team));
                }
                (Some(team), None, Some(who), _) => {
                    sights.members.entry(who).or_default().push(TeamNo(team));
                }
                (None, None, Some(who), Some((id, citizen))) => {
                    let access = Access { id: AccessId(id), citizen: CitizenNo(citizen) };
                    sights.accesses.entry(who).or_default().push(access);
                }
                _ => {}
            }
        }
        Ok(sights)
    }
}

/// Whether something is within reach, or what has to be asked to know.
enum Within<'a> {
    Known(bool),
    Asked(&'a Sight, CitizenNo),
}

fn within<'a>(reach: &'a Reach, kind: &str, citizen: Option<CitizenNo>) -> Within<'a> {
    Within::Known(match (reach, citizen) {
        (Reach::Seen(sight), Some(citizen)) => return Within::Asked(sight, citizen),
        (Reach::Seen(sight), None) => sight.is_everybody() || !is_about_several(kind),
        (Reach::Citizen(own), citizen) => citizen == Some(*own),
        (Reach::CitizenOrNobody(own), citizen) => citizen.is_none_or(|no| no == *own),
        (Reach::Nothing, _) => false,
    })
}

async fn seen(
    connection: &mut PgConnection,
    sight: &Sight,
    citizens: &[CitizenNo],
) -> Result<Vec<CitizenNo>, StoreError> {
    let numbers: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
    let rows = sqlx::query_scalar!(
        "-- sight.seen
         select id from citizen
         where id = any($1) and ($2::int4[] is null or team = any($2) or id = any($3))",
        &numbers,
        sight.teams(),
        &sight.also()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(CitizenNo).collect())
}
