//! Sessions of people who signed in.

use serde::{Deserialize, Serialize};

use super::vault::Field;
use super::{Store, StoreError, Tx};
use crate::access::accounts;
use crate::access::session::{Person, Session, SessionToken};
use crate::clock::Micros;

/// How much older the time of last use may be than the last use, microseconds.
const TOUCH: i64 = 60_000_000;
/// For how long sessions are kept that are over, microseconds: what comes with one of them is told
/// from what somebody makes up.
const KEPT: i64 = 86_400_000_000;

/// What of a session is stored sealed.
#[derive(Debug, Serialize, Deserialize)]
struct Body {
    subject: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    id_token: Option<String>,
}

#[derive(Debug)]
struct Row {
    id: String,
    issuer: String,
    role: String,
    citizen: Option<String>,
    teams: Vec<String>,
    body: String,
    authenticated: Micros,
    seen: Micros,
    ends: Micros,
    revoked: Option<Micros>,
}

/// A session that begins.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'s> {
    /// The session.
    pub session: &'s Session,
    /// What the browser will have.
    pub token: &'s SessionToken,
    /// What it had until now; that session ends.
    pub replaces: Option<&'s SessionToken>,
}

impl Store {
    async fn session_of_row(&self, row: Row) -> Result<Session, StoreError> {
        let keys = self.keys().await?;
        let body = keys.open_text(&Field::of_person("session", &row.id), row.body)?;
        let body: Body = serde_json::from_str(&body)
            .map_err(|_| StoreError::damaged("session", "its body cannot be read"))?;
        Ok(Session {
            id: row.id,
            person: Person {
                role: row.role.parse().map_err(|error| StoreError::damaged("session", error))?,
                issuer: row.issuer,
                subject: body.subject,
                name: body.name,
                citizen: row.citizen,
                teams: row.teams,
                language: body.language,
            },
            authenticated: row.authenticated,
            seen: row.seen,
            ends: row.ends,
            revoked: row.revoked,
            id_token: body.id_token,
        })
    }

    /// Begins a session.
    ///
    /// # Errors
    /// [`StoreError::Gone`] where it is to be a citizen's who is not kept here.
    pub async fn begin_session_in(
        &self,
        tx: &mut Tx,
        new: NewSession<'_>,
    ) -> Result<(), StoreError> {
        let NewSession { session, token, replaces } = new;
        let person = &session.person;
        let citizen = match &person.citizen {
            Some(id) => {
                let Some(no) = self.citizen_in(tx, id).await? else { return Err(StoreError::Gone) };
                Some(no.0)
            }
            None => None,
        };
        let body = Body {
            subject: person.subject.clone(),
            name: person.name.clone(),
            language: person.language.clone(),
            id_token: session.id_token.clone(),
        };
        let body = serde_json::to_string(&body)
            .map_err(|_| StoreError::Setup("the session cannot be written".to_owned()))?;
        let place = Field::of_person("session", &session.id);
        let body = self.keys_on(&mut tx.0).await?.seal_text(&place, &body)?;
        let hash = token.hash();
        let account = (person.issuer == accounts::ISSUER).then_some(person.subject.as_str());
        sqlx::query!(
            "-- sessions.begin
             insert into session (id, token, account, issuer, role, citizen, teams, body,
                                  authenticated, seen, ends)
             values ($1::text::uuid, $2, $3::text::uuid, $4, $5, $6, $7, $8, $9, $10, $11)",
            session.id,
            hash.as_slice(),
            account,
            person.issuer,
            person.role.as_str(),
            citizen,
            &person.teams,
            body,
            session.authenticated as Micros,
            session.seen as Micros,
            session.ends as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        if let Some(old) = replaces {
            let hash = old.hash();
            sqlx::query!(
                "-- sessions.replace
                 update session set revoked = $2 where token = $1 and revoked is null",
                hash.as_slice(),
                session.seen as Micros
            )
            .execute(&mut *tx.0)
            .await?;
        }
        sqlx::query!(
            "-- sessions.forget
             delete from session where id in (
                 select id from session where ends < $1 limit 100 for update skip locked)",
            Micros(session.seen.0.saturating_sub(KEPT)) as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// The session of a token, also if it is over. Does not count as use.
    pub async fn session(&self, token: &SessionToken) -> Result<Option<Session>, StoreError> {
        let hash = token.hash();
        let row = sqlx::query_as!(
            Row,
            r#"-- sessions.read
             select s.id::text as "id!", s.issuer, s.role, c.logical_id as "citizen?", s.teams,
                    s.body, s.authenticated as "authenticated: Micros", s.seen as "seen: Micros",
                    s.ends as "ends: Micros", s.revoked as "revoked: Micros"
             from session s left join citizen c on c.id = s.citizen where s.token = $1"#,
            hash.as_slice()
        )
        .fetch_optional(&self.pool)
        .await?;
        match row {
            Some(row) => Ok(Some(self.session_of_row(row).await?)),
            None => Ok(None),
        }
    }

    /// Takes note that a session is used, once a minute.
    pub async fn touch_session(
        &self,
        session: &mut Session,
        now: Micros,
    ) -> Result<(), StoreError> {
        if now.0.saturating_sub(session.seen.0) < TOUCH {
            return Ok(());
        }
        sqlx::query!(
            "-- sessions.touch
             update session set seen = $2
             where id = $1::text::uuid and revoked is null and seen < $2",
            session.id,
            now as Micros
        )
        .execute(&self.pool)
        .await?;
        session.seen = now;
        Ok(())
    }

    /// All sessions that are not over at that time, newest first.
    pub async fn sessions(&self, now: Micros) -> Result<Vec<Session>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- sessions.list
             select s.id::text as "id!", s.issuer, s.role, c.logical_id as "citizen?", s.teams,
                    s.body, s.authenticated as "authenticated: Micros", s.seen as "seen: Micros",
                    s.ends as "ends: Micros", s.revoked as "revoked: Micros"
             from session s left join citizen c on c.id = s.citizen
             where s.revoked is null and s.ends > $1
             order by s.authenticated desc, s.id"#,
            now as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let mut sessions = Vec::with_capacity(rows.len());
        for row in rows {
            sessions.push(self.session_of_row(row).await?);
        }
        Ok(sessions)
    }

    /// Revokes one session; `false` if there is none that is not revoked.
    pub async fn revoke_session_in(
        &self,
        tx: &mut Tx,
        id: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- sessions.revoke
             update session set revoked = $2 where id::text = $1 and revoked is null",
            id,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Revokes all sessions; how many that were.
    pub async fn revoke_sessions_in(&self, tx: &mut Tx, now: Micros) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            "-- sessions.revoke_all
             update session set revoked = $1 where revoked is null and ends > $1",
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected())
    }
}
