//! The municipality's registered clients, and which of their assertions have been used.

use super::{Store, StoreError};
use crate::access::{Client, ClientId, ClientKeys, Scopes, Thumbprint};
use crate::audit::{Block, Entry};
use crate::clock::Micros;

#[derive(Debug)]
struct Row {
    id: String,
    name: String,
    role: String,
    scope: String,
    jwks: Option<String>,
    jwks_url: Option<String>,
    certificates: Vec<Vec<u8>>,
    created: Micros,
    revoked: Option<Micros>,
}

impl Row {
    fn client(self) -> Result<Client, StoreError> {
        let keys = match (self.jwks, self.jwks_url) {
            (Some(set), None) => ClientKeys::Inline(set),
            (None, Some(url)) => ClientKeys::Url(url),
            _ => return Err(StoreError::damaged("client", "it has no keys, or two sets")),
        };
        let certificates = self
            .certificates
            .iter()
            .map(|hash| <[u8; 32]>::try_from(hash.as_slice()).map(Thumbprint::from));
        let certificates: Result<Vec<_>, _> = certificates.collect();
        Ok(Client {
            id: self.id.parse().map_err(|error| StoreError::damaged("client", error))?,
            name: self.name,
            role: self.role.parse().map_err(|error| StoreError::damaged("client", error))?,
            scopes: Scopes::parse_strict(&self.scope)
                .map_err(|error| StoreError::damaged("client", error))?,
            keys,
            certificates: certificates.map_err(|error| StoreError::damaged("client", error))?,
            created: self.created,
            revoked: self.revoked,
        })
    }
}

fn columns(keys: &ClientKeys) -> (Option<&str>, Option<&str>) {
    match keys {
        ClientKeys::Inline(set) => (Some(set), None),
        ClientKeys::Url(url) => (None, Some(url)),
    }
}

fn hashes(certificates: &[Thumbprint]) -> Vec<Vec<u8>> {
    certificates.iter().map(|one| one.as_bytes().to_vec()).collect()
}

/// The entry of a change at the command line.
fn changed(id: &ClientId, operation: &str, now: Micros) -> Block {
    Block::of(Entry::of_system("operator", operation, now).with("Client", id, 0))
}

impl Store {
    /// Registers a client.
    pub async fn add_client(&self, client: &Client) -> Result<(), StoreError> {
        let (jwks, jwks_url) = columns(&client.keys);
        let mut tx = self.begin().await?;
        sqlx::query!(
            "-- clients.add
             insert into client (id, name, role, scope, jwks, jwks_url, certificates, created)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            client.id.as_str(),
            client.name,
            client.role.as_str(),
            client.scopes.to_string(),
            jwks,
            jwks_url,
            &hashes(&client.certificates),
            client.created as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        tx.commit(&changed(&client.id, "add-client", client.created)).await
    }

    /// All clients, oldest first, also those that were revoked.
    pub async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- clients.list
             select id, name, role, scope, jwks, jwks_url, certificates, created as "created: Micros",
                    revoked as "revoked: Micros"
             from client order by created, id"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::client).collect()
    }

    /// One client, also if it was revoked.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"-- clients.read
             select id, name, role, scope, jwks, jwks_url, certificates, created as "created: Micros",
                    revoked as "revoked: Micros"
             from client where id = $1"#,
            id.as_str()
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(Row::client).transpose()
    }

    /// Revokes a client for good; `false` if there is none that could be.
    pub async fn revoke_client(&self, id: &ClientId, now: Micros) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "-- clients.revoke
             update client set revoked = $2 where id = $1 and revoked is null",
            id.as_str(),
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        tx.commit(&changed(id, "revoke-client", now)).await?;
        Ok(true)
    }

    /// Replaces the keys of a client; `false` if there is none that is not revoked.
    pub async fn replace_client_keys(
        &self,
        id: &ClientId,
        keys: &ClientKeys,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let (jwks, jwks_url) = columns(keys);
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "-- clients.keys
             update client set jwks = $2, jwks_url = $3 where id = $1 and revoked is null",
            id.as_str(),
            jwks,
            jwks_url
        )
        .execute(&mut *tx.0)
        .await?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        tx.commit(&changed(id, "replace-client-keys", now)).await?;
        Ok(true)
    }

    /// Replaces the certificates of a client; `false` if there is none that is not revoked.
    pub async fn replace_client_certificates(
        &self,
        id: &ClientId,
        certificates: &[Thumbprint],
        now: Micros,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "-- clients.certificates
             update client set certificates = $2 where id = $1 and revoked is null",
            id.as_str(),
            &hashes(certificates)
        )
        .execute(&mut *tx.0)
        .await?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        tx.commit(&changed(id, "replace-client-certificates", now)).await?;
        Ok(true)
    }

    /// Takes note of an assertion by the hash of its `jti`; `false` if it has been used before.
    /// Notes of assertions that are over at `now` are dropped.
    pub async fn use_assertion(
        &self,
        id: &ClientId,
        jti: [u8; 32],
        expires: Micros,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- clients.use_assertion
             insert into client_assertion (client, jti, expires) values ($1, $2, $3)
             on conflict do nothing",
            id.as_str(),
            jti.as_slice(),
            expires as Micros
        )
        .execute(&self.pool)
        .await?;
        // Other servers drop them too, and need not wait for each other.
        sqlx::query!(
            "-- clients.forget_assertions
             delete from client_assertion where (client, jti) in (
                 select client, jti from client_assertion where expires < $1
                 limit 100 for update skip locked)",
            now as Micros
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
