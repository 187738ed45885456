//! Everything but observations: few per citizen, versioned, the JSON as it was sent.

mod bulk;
mod compartment;
mod extract;
mod fits;
mod labels;
mod parameters;
mod rekeyed;
mod search;
mod write;

#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use pulsvagt_fhir::json::{push_minified, push_string};
use pulsvagt_fhir::{Document, Value};
use sqlx::PgConnection;

use super::observations::Identifier;
use super::vault::{Field, Keys, resource_row};
use super::{Sight, Store, StoreError, Tx};
use crate::clock::Micros;
use crate::ids::CitizenNo;

pub use bulk::{Range, Then};
pub use compartment::{Claim, Owner, Who, claims};
pub use parameters::{Documented, How, Parameter, SEARCH_PARAMS, kinds, known_kind, parameters};
pub(super) use rekeyed::{hashed_parameters, rekeyed_tokens};
pub use search::{Comparison, Criterion, Filter, Found, Place, Prefix, Reach, ResourceQuery};
pub use write::Updated;

pub(super) use compartment::is_about_several;
use extract::SearchValues;

/// A version of a resource.
#[derive(Debug, Clone)]
pub struct StoredResource {
    /// Its type.
    pub kind: String,
    /// Its logical id.
    pub id: String,
    /// Which version this is, from 1.
    pub version: u32,
    /// When this version was received.
    pub updated: Micros,
    /// The citizen in whose compartment the current version is, if any.
    pub citizen: Option<CitizenNo>,
    body: String,
}

/// A resource that is ready to be stored: valid, its citizen known.
#[derive(Debug, Clone)]
pub struct NewResource {
    kind: &'static str,
    id: String,
    citizen: Option<CitizenNo>,
    body: String,
    values: SearchValues,
}

impl StoredResource {
    /// One that is made when it is asked for, from what is kept in another form: as FHIR JSON, with its
    /// version and when that came about.
    ///
    /// # Errors
    /// If the JSON is none.
    pub fn made(
        kind: &'static str,
        id: String,
        (version, updated): (u32, Micros),
        citizen: CitizenNo,
        json: &str,
    ) -> Result<Self, StoreError> {
        let document = Document::parse(json.as_bytes())
            .map_err(|error| StoreError::damaged("resource", error))?;
        let body = body(kind, document.root());
        Ok(Self { kind: kind.to_owned(), id, version, updated, citizen: Some(citizen), body })
    }
}

impl NewResource {
    /// From the JSON as it was sent. Dates without an offset are taken in `zone`; references to
    /// `base`, the server's own address, count as relative. For a Patient `citizen` is not looked
    /// at: it is the citizen.
    pub fn new(
        kind: &'static str,
        id: String,
        citizen: Option<CitizenNo>,
        resource: Value<'_>,
        zone: &TimeZone,
        base: &str,
    ) -> Self {
        let values = extract::extract(kind, resource, zone, base);
        Self { kind, id, citizen, body: body(kind, resource), values }
    }
}

/// How every stored body begins. What is left of the client's `meta` follows.
fn opening(kind: &str) -> String {
    format!("{{\"resourceType\":\"{kind}\",\"meta\":{{")
}

/// The JSON as sent, without white space, `id`, `meta.versionId` and `meta.lastUpdated`.
fn body(kind: &str, resource: Value<'_>) -> String {
    let mut out = opening(kind);
    out.reserve(resource.raw().len());
    let mut push = |name: &str, value: Value<'_>, comma: bool| {
        if comma {
            out.push(',');
        }
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        push_minified(&mut out, value);
    };
    let mut comma = false;
    for (name, value) in resource.get("meta").into_iter().flat_map(Value::members) {
        if name != "versionId" && name != "lastUpdated" {
            push(name, value, comma);
            comma = true;
        }
    }
    out.push('}');
    let mut push = |name: &str, value: Value<'_>| {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        push_minified(&mut out, value);
    };
    for (name, value) in resource.members() {
        if !matches!(name, "resourceType" | "id" | "meta") {
            push(name, value);
        }
    }
    out.push('}');
    out
}

impl StoredResource {
    /// The FHIR resource: what was sent, with the server's `id`, `meta.versionId` and
    /// `meta.lastUpdated`.
    pub fn json(&self) -> String {
        let mut out = String::with_capacity(self.body.len() + 128);
        self.push_json(&mut out);
        out
    }

    /// Appends the FHIR resource.
    pub fn push_json(&self, out: &mut String) {
        let sent = self.body.get(opening(&self.kind).len()..).unwrap_or("}}");
        out.push_str("{\"resourceType\":");
        push_string(out, &self.kind);
        out.push_str(",\"id\":");
        push_string(out, &self.id);
        out.push_str(",\"meta\":{\"versionId\":\"");
        out.push_str(&self.version.to_string());
        out.push_str("\",\"lastUpdated\":\"");
        out.push_str(&self.updated.to_string());
        out.push('"');
        if !sent.starts_with('}') {
            out.push(',');
        }
        out.push_str(sent);
    }

    /// What this version says about whose it is.
    pub fn claims(&self, base: &str) -> Result<Vec<Claim>, StoreError> {
        let document = Document::parse(self.body.as_bytes())
            .map_err(|error| StoreError::damaged("resource", error))?;
        Ok(claims(&self.kind, document.root(), base))
    }
}

/// A row as the queries of this module read it.
#[derive(Debug)]
struct Row {
    kind: String,
    id: String,
    version: i32,
    updated: Micros,
    citizen: Option<i32>,
    body: String,
}

impl Row {
    fn stored(self, keys: &Keys) -> Result<StoredResource, StoreError> {
        let row = resource_row(&self.kind, &self.id, self.version);
        let body = keys.open_text(&Field::of_resource(&row), self.body)?;
        if !body.starts_with(&opening(&self.kind)) {
            return Err(StoreError::damaged("resource", "the body does not begin as it has to"));
        }
        Ok(StoredResource {
            kind: self.kind,
            id: self.id,
            version: u32::try_from(self.version).unwrap_or(0),
            updated: self.updated,
            citizen: self.citizen.map(CitizenNo),
            body,
        })
    }
}

/// What a look-up by identifier found.
#[derive(Debug, Clone)]
pub enum Match {
    /// Nothing.
    None,
    /// Exactly this.
    One(StoredResource),
    /// More than one.
    Several,
}

/// Serialises conditional creates of one municipality across servers. In a transaction that also
/// takes the lock of conditional readings, this one comes first.
const CONDITIONAL_LOCK: i32 = 0x7075_6c74;

impl Store {
    /// The current version of a resource.
    pub async fn resource(
        &self,
        kind: &str,
        id: &str,
    ) -> Result<Option<StoredResource>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "-- resources.read
             select type as kind, id, version, updated, citizen, body
             from resource where type = $1 and id = $2",
            kind,
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        self.open_resource(row).await
    }

    /// One version of a resource.
    pub async fn resource_version(
        &self,
        kind: &str,
        id: &str,
        version: u32,
    ) -> Result<Option<StoredResource>, StoreError> {
        let Ok(version) = i32::try_from(version) else { return Ok(None) };
        let row = sqlx::query_as!(
            Row,
            r#"-- resources.version
             select type as "kind!", id as "id!", version as "version!", updated as "updated!: Micros",
                    citizen, body as "body!"
             from resource where type = $1 and id = $2 and version = $3
             union all
             select h.type, h.id, h.version, h.updated, r.citizen, h.body
             from resource_history h join resource r using (type, id)
             where h.type = $1 and h.id = $2 and h.version = $3 and r.version > $3"#,
            kind,
            id,
            version
        )
        .fetch_optional(&self.pool)
        .await?;
        self.open_resource(row).await
    }

    /// All versions of a resource, newest first.
    pub async fn resource_history(
        &self,
        kind: &str,
        id: &str,
    ) -> Result<Vec<StoredResource>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- resources.history
             select type as "kind!", id as "id!", version as "version!", updated as "updated!: Micros",
                    citizen, body as "body!"
             from resource where type = $1 and id = $2
             union all
             select h.type, h.id, h.version, h.updated, r.citizen, h.body
             from resource_history h join resource r using (type, id)
             where h.type = $1 and h.id = $2
             order by 3 desc"#,
            kind,
            id
        )
        .fetch_all(&self.pool)
        .await?;
        self.open_resources(rows).await
    }

    /// So many versions of resources outside a citizen's compartment, earlier ones too, in the order
    /// of their keys. For looking at all of them: nothing else finds what is encrypted.
    pub(super) async fn versions_not_of(
        &self,
        citizen: CitizenNo,
        after: (&str, &str, i32),
        most: i64,
    ) -> Result<Vec<StoredResource>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- resources.versions_not_of
             select v.type as "kind!", v.id as "id!", v.version as "version!",
                    v.updated as "updated!: Micros", v.citizen, v.body as "body!"
             from (
                 (select type, id, version, updated, citizen, body from resource
                  where (type, id, version) > ($2, $3, $4) and citizen is distinct from $1
                  order by type, id limit $5)
                 union all
                 (select h.type, h.id, h.version, h.updated, r.citizen, h.body
                  from resource_history h join resource r using (type, id)
                  where (h.type, h.id, h.version) > ($2, $3, $4) and r.citizen is distinct from $1
                  order by h.type, h.id, h.version limit $5)) as v
             order by v.type, v.id, v.version limit $5"#,
            citizen.0,
            after.0,
            after.1,
            after.2,
            most
        )
        .fetch_all(&self.pool)
        .await?;
        self.open_resources(rows).await
    }

    async fn open_resource(&self, row: Option<Row>) -> Result<Option<StoredResource>, StoreError> {
        match row {
            Some(row) => row.stored(&*self.keys().await?).map(Some),
            None => Ok(None),
        }
    }

    async fn open_resources(&self, rows: Vec<Row>) -> Result<Vec<StoredResource>, StoreError> {
        let keys = self.keys().await?;
        rows.into_iter().map(|row| row.stored(&keys)).collect()
    }

    /// The logical id of the one citizen with this identifier; `None` when nobody or several have
    /// it.
    pub async fn citizen_by_identifier(
        &self,
        identifier: &Identifier,
    ) -> Result<Option<String>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let mut found = self.patients_by_identifier(&mut connection, identifier).await?;
        Ok(if found.len() == 1 { found.pop().map(|(id, _)| id) } else { None })
    }

    /// Waits until no other transaction is creating resources conditionally; holds others up until
    /// this one ends.
    pub async fn lock_conditional_in(&self, tx: &mut Tx) -> Result<(), StoreError> {
        sqlx::query!(
            "-- resources.conditional_lock
             select pg_advisory_xact_lock($1, hashtext(current_schema()))",
            CONDITIONAL_LOCK
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// The resources of a type with this identifier, among those within reach.
    pub async fn find_by_identifier_in(
        &self,
        tx: &mut Tx,
        kind: &str,
        identifier: &Identifier,
        reach: &Reach,
    ) -> Result<Match, StoreError> {
        let nobody = Sight::default();
        let (sight, own, nobodys) = match reach {
            Reach::Seen(sight) => (sight, None, !is_about_several(kind) || sight.is_everybody()),
            Reach::Citizen(no) => (&nobody, Some(no.0), false),
            Reach::CitizenOrNobody(no) => (&nobody, Some(no.0), true),
            Reach::Nothing => return Ok(Match::None),
        };
        let keys = self.keys_on(&mut tx.0).await?;
        let (codes, systems) = look_up(&keys, identifier);
        let mut rows = sqlx::query_as!(
            Row,
            "-- resources.by_identifier
             select r.type as kind, r.id, r.version, r.updated, r.citizen, r.body
             from resource r
             where r.type = $1
               and r.id in (
                   select t.id from resource_token t
                   where t.type = $1 and t.param = 'identifier' and t.code = any($2)
                     and ($3::text[] is null or t.system = any($3)))
               and ($4 or r.citizen = $5 or ($6 and r.citizen is null)
                    or r.citizen in (select c.id from citizen c
                                     where c.team = any($7) or c.id = any($8)))
             limit 2",
            kind,
            &codes,
            systems.as_deref(),
            sight.is_everybody(),
            own,
            nobodys,
            sight.teams().unwrap_or_default(),
            &sight.also()
        )
        .fetch_all(&mut *tx.0)
        .await?;
        Ok(match (rows.pop(), rows.is_empty()) {
            (None, _) => Match::None,
            (Some(row), true) => Match::One(row.stored(&keys)?),
            (Some(_), false) => Match::Several,
        })
    }

    /// Logical id and number of at most two citizens with this identifier.
    async fn patients_by_identifier(
        &self,
        connection: &mut PgConnection,
        identifier: &Identifier,
    ) -> Result<Vec<(String, Option<CitizenNo>)>, StoreError> {
        let keys = self.keys_on(connection).await?;
        let (codes, systems) = look_up(&keys, identifier);
        let rows = sqlx::query!(
            "-- resources.patients_by_identifier
             select distinct r.id, r.citizen
             from resource_token t join resource r on r.type = t.type and r.id = t.id
             where t.type = 'Patient' and t.param = 'identifier' and t.code = any($1)
               and ($2::text[] is null or t.system = any($2))
             limit 2",
            &codes,
            systems.as_deref()
        )
        .fetch_all(connection)
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.citizen.map(CitizenNo))).collect())
    }
}

/// What value and system of an identifier are stored as.
fn look_up(keys: &Keys, identifier: &Identifier) -> (Vec<String>, Option<Vec<String>>) {
    let system = identifier.system.as_deref().map(extract::short);
    let systems = system.map(|system| keys.find_code(&system));
    (keys.find_identifier(&extract::short(&identifier.value)), systems)
}
