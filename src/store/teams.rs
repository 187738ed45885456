//! Teams, whom they look after, and who works in them.

use crate::clock::Micros;
use crate::ids::{CitizenNo, TeamNo};

use super::{Store, StoreError, Tx};
use crate::triage::Shift;

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its number.
    pub no: TeamNo,
    /// Its code, by which tokens name it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The part of the municipality, as people call it; empty = all of it.
    pub district: String,
    /// How many citizens it looks after.
    pub citizens: u32,
    /// When somebody of it looks at the list; `None` where that is when the municipality says.
    pub staffed: Option<Vec<Shift>>,
}

/// What a team is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamName {
    /// Its number.
    pub no: TeamNo,
    /// Its code, by which tokens name it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The part of the municipality, as people call it; empty = all of it.
    pub district: String,
}

/// Somebody who works in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The team's code.
    pub team: String,
    /// Who says who it is.
    pub issuer: String,
    /// Who, in the issuer's words.
    pub subject: String,
    /// Since when.
    pub since: Micros,
    /// Who said so.
    pub set_by: String,
}

/// Whether the text may be a team's code: small letters, digits and hyphens, at most 32.
pub fn is_team_code(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-')
}

fn shifts(text: Option<&str>) -> Result<Option<Vec<Shift>>, StoreError> {
    let read = text.map(serde_json::from_str).transpose();
    read.map_err(|_| StoreError::damaged("team", "its hours cannot be read"))
}

impl Store {
    /// All teams, by code.
    pub async fn teams(&self) -> Result<Vec<Team>, StoreError> {
        let rows = sqlx::query!(
            r#"-- teams.all
            select t.id, t.code, t.name, t.district, t.staffed, count(c.id) as "citizens!"
            from team t left join citizen c on c.team = t.id
            group by t.id order by t.code"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Team {
                    no: TeamNo(row.id),
                    code: row.code,
                    name: row.name,
                    district: row.district,
                    citizens: u32::try_from(row.citizens).unwrap_or(u32::MAX),
                    staffed: shifts(row.staffed.as_deref())?,
                })
            })
            .collect()
    }

    /// What the teams are called, by code.
    pub async fn team_names(&self) -> Result<Vec<TeamName>, StoreError> {
        let rows = sqlx::query!(
            "-- teams.names
             select id, code, name, district from team order by code"
        )
        .fetch_all(&self.pool)
        .await?;
        let name = |no, code, name, district| TeamName { no: TeamNo(no), code, name, district };
        Ok(rows.into_iter().map(|row| name(row.id, row.code, row.name, row.district)).collect())
    }

    /// The team of that code.
    pub async fn team(&self, code: &str) -> Result<Option<TeamNo>, StoreError> {
        let row = sqlx::query_scalar!(
            "-- teams.by_code
             select id from team where code = $1",
            code
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(TeamNo))
    }

    /// Makes a team, or gives the one of that code another name and district.
    pub async fn put_team_in(
        &self,
        tx: &mut Tx,
        code: &str,
        name: &str,
        district: &str,
    ) -> Result<TeamNo, StoreError> {
        let no = sqlx::query_scalar!(
            "-- teams.put
             insert into team (code, name, district) values ($1, $2, $3)
             on conflict (code) do update set name = excluded.name, district = excluded.district
             returning id",
            code,
            name,
            district
        )
        .fetch_one(&mut *tx.0)
        .await?;
        Ok(TeamNo(no))
    }

    /// Says when somebody of a team looks; `None` = when the municipality says. Says whether there is
    /// such a team.
    ///
    /// # Errors
    /// When the database does.
    pub async fn put_team_hours_in(
        &self,
        tx: &mut Tx,
        team: TeamNo,
        staffed: Option<&[Shift]>,
    ) -> Result<bool, StoreError> {
        let text = staffed.map(serde_json::to_string).transpose();
        let text = text.map_err(|_| StoreError::damaged("team", "shifts cannot be written"))?;
        let done = sqlx::query!(
            "-- teams.put_hours
             update team set staffed = $2 where id = $1",
            team.0,
            text
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// When somebody of the citizen's team looks, where the team has hours of its own.
    ///
    /// # Errors
    /// When the database does, or what is stored cannot be read.
    pub async fn team_hours_of(
        &self,
        citizen: CitizenNo,
    ) -> Result<Option<Vec<Shift>>, StoreError> {
        let text = sqlx::query_scalar!(
            "-- teams.hours_of_citizen
             select t.staffed from citizen c join team t on t.id = c.team where c.id = $1",
            citizen.0
        )
        .fetch_optional(&self.pool)
        .await?;
        shifts(text.flatten().as_deref())
    }

    /// Lets a team look after a citizen, and no other. Watchers of the worklist are told to look at
    /// the citizen's open alerts again.
    pub async fn assign_in(
        &self,
        tx: &mut Tx,
        citizen: CitizenNo,
        team: TeamNo,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- teams.assign
             update citizen set team = $2 where id = $1",
            citizen.0,
            team.0
        )
        .execute(&mut *tx.0)
        .await?;
        super::standing::announce(tx, citizen).await
    }

    /// The code of the team that looks after a citizen.
    pub async fn team_of(&self, citizen: CitizenNo) -> Result<Option<String>, StoreError> {
        let code = sqlx::query_scalar!(
            "-- teams.of_citizen
             select t.code from citizen c join team t on t.id = c.team where c.id = $1",
            citizen.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(code)
    }

    /// Makes somebody a member of a team.
    pub async fn join_team_in(
        &self,
        tx: &mut Tx,
        team: TeamNo,
        (issuer, subject): (&str, &str),
        set_by: &str,
        now: Micros,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- teams.join
             insert into team_member (team, issuer, subject, since, set_by)
             values ($1, $2, $3, $4, $5) on conflict do nothing",
            team.0,
            issuer,
            subject,
            now as Micros,
            set_by
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Ends a membership. Says whether there was one.
    pub async fn leave_team_in(
        &self,
        tx: &mut Tx,
        team: TeamNo,
        (issuer, subject): (&str, &str),
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- teams.leave
             delete from team_member where team = $1 and issuer = $2 and subject = $3",
            team.0,
            issuer,
            subject
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Who works in which team.
    pub async fn team_members(&self) -> Result<Vec<Member>, StoreError> {
        let rows = sqlx::query_as!(
            Member,
            "-- teams.members
             select t.code as team, m.issuer, m.subject, m.since, m.set_by
             from team_member m join team t on t.id = m.team
             order by t.code, m.issuer, m.subject"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// Who works in the team of that code.
    pub async fn members_of(&self, team: &str) -> Result<Vec<Member>, StoreError> {
        let rows = sqlx::query_as!(
            Member,
            "-- teams.members_of
             select t.code as team, m.issuer, m.subject, m.since, m.set_by
             from team_member m join team t on t.id = m.team
             where t.code = $1 order by m.issuer, m.subject",
            team
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }
}
