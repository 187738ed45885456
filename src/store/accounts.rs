//! Accounts that the municipality keeps itself, and how often somebody failed to sign in.

use super::vault::Field;
use super::{Store, StoreError, Tx};
use crate::access::accounts::password::Hash;
use crate::access::accounts::{About, Account};
use crate::clock::Micros;
use crate::ids::CitizenNo;

/// Failures that are free; after that each doubles the time until the next attempt.
const FREE: i32 = 5;
/// Longest time between attempts, seconds: somebody who keeps failing keeps nobody out for longer.
const LONGEST_WAIT: i32 = 300;

#[derive(Debug)]
struct Row {
    id: String,
    role: String,
    citizen: Option<String>,
    teams: Vec<String>,
    password: String,
    body: String,
    code_step: i64,
    created: Micros,
    disabled: Option<Micros>,
}

/// Whether somebody may try to sign in now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Yes, and it counts as a failure until [`Store::signed_in`].
    Now,
    /// Not before that many seconds.
    Wait(u32),
}

impl Store {
    fn user_lookup(&self, user: &str) -> i64 {
        self.identifier_hash("pulsvagt-account", user)
    }

    async fn account_of_row(&self, row: Row) -> Result<Account, StoreError> {
        let keys = self.keys().await?;
        let body = keys.open_text(&Field::of_person("account", &row.id), row.body)?;
        let about: About = serde_json::from_str(&body)
            .map_err(|_| StoreError::damaged("account", "its body cannot be read"))?;
        Ok(Account {
            id: row.id,
            about,
            role: row.role.parse().map_err(|error| StoreError::damaged("account", error))?,
            citizen: row.citizen,
            teams: row.teams,
            password: Hash::stored(row.password),
            code_step: row.code_step,
            created: row.created,
            disabled: row.disabled,
        })
    }

    async fn account_body(&self, tx: &mut Tx, account: &Account) -> Result<String, StoreError> {
        let json = serde_json::to_string(&account.about)
            .map_err(|_| StoreError::Setup("the account cannot be written".to_owned()))?;
        let keys = self.keys_on(&mut tx.0).await?;
        keys.seal_text(&Field::of_person("account", &account.id), &json)
    }

    /// Adds an account, with recovery codes by their hashes; `false` if the user name is taken.
    ///
    /// # Errors
    /// [`StoreError::Gone`] where it is to be a citizen's who is not kept here.
    pub async fn add_account_in(
        &self,
        tx: &mut Tx,
        account: &Account,
        recovery: &[[u8; 32]],
    ) -> Result<bool, StoreError> {
        let citizen = match &account.citizen {
            Some(id) => {
                let Some(no) = self.citizen_in(tx, id).await? else { return Err(StoreError::Gone) };
                Some(no.0)
            }
            None => None,
        };
        let body = self.account_body(tx, account).await?;
        let done = sqlx::query!(
            "-- accounts.add
             insert into account (id, lookup, role, citizen, teams, password, body, created)
             values ($1::text::uuid, $2, $3, $4, $5, $6, $7, $8)
             on conflict (lookup) do nothing",
            account.id,
            self.user_lookup(&account.about.user),
            account.role.as_str(),
            citizen,
            &account.teams,
            account.password.as_str(),
            body,
            account.created as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        add_recovery(tx, &account.id, recovery).await?;
        Ok(true)
    }

    /// The account of a user name.
    pub async fn account(&self, user: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"-- accounts.by_name
             select a.id::text as "id!", a.role, c.logical_id as "citizen?", a.teams, a.password,
                    a.body, a.code_step, a.created as "created: Micros",
                    a.disabled as "disabled: Micros"
             from account a left join citizen c on c.id = a.citizen where a.lookup = $1"#,
            self.user_lookup(user)
        )
        .fetch_optional(&self.pool)
        .await?;
        match row {
            Some(row) => {
                let account = self.account_of_row(row).await?;
                // Sixty-four bits of a hash are not quite a name.
                Ok(Some(account).filter(|account| account.about.user == user))
            }
            None => Ok(None),
        }
    }

    /// All accounts, oldest first.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.some_accounts(None).await
    }

    /// The accounts of a citizen.
    pub(super) async fn accounts_of(&self, citizen: CitizenNo) -> Result<Vec<Account>, StoreError> {
        self.some_accounts(Some(citizen)).await
    }

    async fn some_accounts(&self, of: Option<CitizenNo>) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- accounts.list
             select a.id::text as "id!", a.role, c.logical_id as "citizen?", a.teams, a.password,
                    a.body, a.code_step, a.created as "created: Micros",
                    a.disabled as "disabled: Micros"
             from account a left join citizen c on c.id = a.citizen
             where $1::int4 is null or a.citizen = $1
             order by a.created, a.id"#,
            of.map(|citizen| citizen.0)
        )
        .fetch_all(&self.pool)
        .await?;
        let mut accounts = Vec::with_capacity(rows.len());
        for row in rows {
            accounts.push(self.account_of_row(row).await?);
        }
        Ok(accounts)
    }

    /// Gives an account another password and other codes. Ends its sessions and forgets failures.
    pub async fn reset_account_in(
        &self,
        tx: &mut Tx,
        account: &Account,
        recovery: &[[u8; 32]],
        now: Micros,
    ) -> Result<(), StoreError> {
        let body = self.account_body(tx, account).await?;
        sqlx::query!(
            "-- accounts.reset
             update account set password = $2, body = $3, code_step = 0, disabled = null
             where id = $1::text::uuid",
            account.id,
            account.password.as_str(),
            body
        )
        .execute(&mut *tx.0)
        .await?;
        forget_recovery(tx, &account.id).await?;
        add_recovery(tx, &account.id, recovery).await?;
        sqlx::query!(
            "-- accounts.forget_failures
             delete from sign_in_delay where lookup = $1",
            self.user_lookup(&account.about.user)
        )
        .execute(&mut *tx.0)
        .await?;
        end_sessions(tx, &account.id, now).await
    }

    /// Gives an account another password, and ends its sessions; `false` if it has been disabled.
    pub async fn change_password_in(
        &self,
        tx: &mut Tx,
        account: &Account,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- accounts.change_password
             update account set password = $2 where id = $1::text::uuid and disabled is null",
            account.id,
            account.password.as_str()
        )
        .execute(&mut *tx.0)
        .await?;
        end_sessions(tx, &account.id, now).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives an account other one-time codes, the first of which has been used, and recovery codes by
    /// their hashes, and ends its sessions; `false` if it has been disabled.
    pub async fn change_codes_in(
        &self,
        tx: &mut Tx,
        account: &Account,
        recovery: &[[u8; 32]],
        now: Micros,
    ) -> Result<bool, StoreError> {
        let body = self.account_body(tx, account).await?;
        let done = sqlx::query!(
            "-- accounts.change_codes
             update account set body = $2, code_step = $3
             where id = $1::text::uuid and disabled is null",
            account.id,
            body,
            account.code_step
        )
        .execute(&mut *tx.0)
        .await?;
        forget_recovery(tx, &account.id).await?;
        add_recovery(tx, &account.id, recovery).await?;
        end_sessions(tx, &account.id, now).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets nobody in with an account any more, and ends its sessions.
    pub async fn disable_account_in(
        &self,
        tx: &mut Tx,
        account: &Account,
        now: Micros,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- accounts.disable
             update account set disabled = $2 where id = $1::text::uuid and disabled is null",
            account.id,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        end_sessions(tx, &account.id, now).await
    }

    /// Takes note of a one-time code by its time step; `false` if one of that step or a later one
    /// has been used.
    pub async fn use_code(&self, account: &Account, step: i64) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- accounts.use_code
             update account set code_step = $2 where id = $1::text::uuid and code_step < $2",
            account.id,
            step
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Uses up a recovery code; `false` if there is none like it.
    pub async fn use_recovery(
        &self,
        account: &Account,
        hash: [u8; 32],
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- accounts.use_recovery
             delete from account_recovery where account = $1::text::uuid and hash = $2",
            account.id,
            hash.as_slice()
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether somebody may try that user name from there now. An attempt counts before it is
    /// looked at, so that many at once are no way around; one that has to wait does not count.
    pub async fn try_sign_in(
        &self,
        user: &str,
        source: [u8; 16],
        now: Micros,
    ) -> Result<Attempt, StoreError> {
        let lookup = self.user_lookup(user);
        let day_ago = Micros(now.0.saturating_sub(86_400_000_000));
        sqlx::query!(
            "-- accounts.forget_attempts
             delete from sign_in_delay where (lookup, source) in (
                 select lookup, source from sign_in_delay where last < $1
                 limit 100 for update skip locked)",
            day_ago as Micros
        )
        .execute(&self.pool)
        .await?;
        let counted = sqlx::query_scalar!(
            r#"-- accounts.attempt
             insert into sign_in_delay as d (lookup, source, failures, last)
             values ($1, $2, 1, $3)
             on conflict (lookup, source) do update
             set failures = least(d.failures + 1, 1000), last = excluded.last
             where d.failures < $4
                or d.last + make_interval(secs => least($5::int4, power(2, d.failures - $4))) <= $3
             returning failures as "failures!""#,
            lookup,
            source.as_slice(),
            now as Micros,
            FREE,
            LONGEST_WAIT
        )
        .fetch_optional(&self.pool)
        .await?;
        if counted.is_some() {
            return Ok(Attempt::Now);
        }
        let left = sqlx::query_scalar!(
            r#"-- accounts.wait
             select ceil(extract(epoch from last - $3::timestamptz
                    + make_interval(secs => least($5::int4, power(2, failures - $4)))))::int4
                    as "left!"
             from sign_in_delay where lookup = $1 and source = $2"#,
            lookup,
            source.as_slice(),
            now as Micros,
            FREE,
            LONGEST_WAIT
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(Attempt::Wait(left.and_then(|left| u32::try_from(left).ok()).unwrap_or(1).max(1)))
    }

    /// Somebody has signed in from there: earlier failures are forgotten.
    pub async fn signed_in(&self, user: &str, source: [u8; 16]) -> Result<(), StoreError> {
        sqlx::query!(
            "-- accounts.signed_in
             delete from sign_in_delay where lookup = $1 and source = $2",
            self.user_lookup(user),
            source.as_slice()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

async fn add_recovery(tx: &mut Tx, id: &str, hashes: &[[u8; 32]]) -> Result<(), StoreError> {
    let hashes: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.to_vec()).collect();
    sqlx::query!(
        "-- accounts.add_recovery
         insert into account_recovery (account, hash)
         select $1::text::uuid, hash from unnest($2::bytea[]) as hash",
        id,
        &hashes
    )
    .execute(&mut *tx.0)
    .await?;
    Ok(())
}

async fn forget_recovery(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "-- accounts.forget_recovery
         delete from account_recovery where account = $1::text::uuid",
        id
    )
    .execute(&mut *tx.0)
    .await?;
    Ok(())
}

async fn end_sessions(tx: &mut Tx, id: &str, now: Micros) -> Result<(), StoreError> {
    sqlx::query!(
        "-- accounts.end_sessions
         update session set revoked = $2 where account = $1::text::uuid and revoked is null",
        id,
        now as Micros
    )
    .execute(&mut *tx.0)
    .await?;
    Ok(())
}
