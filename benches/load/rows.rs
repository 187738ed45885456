//! Rows as the server would write them, made by the server's own code, and ways to put them into
//! the table without the server.

use anyhow::{Context as _, bail};
use pulsvagt::access::MasterKey;
use pulsvagt::clock::Micros;
use pulsvagt::ingest::{Examiner, Sender, Verdict};
use pulsvagt::store::observations::NewObservation;
use pulsvagt::store::{Catalog, Sight};
use pulsvagt_fhir::Document;
use sqlx::PgConnection;

use crate::forms::Plan;
use crate::site::{Municipality, Site};

/// 2000-01-01T00:00:00Z, from which PostgreSQL counts.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
/// Columns of the table.
const COLUMNS: i16 = 13;

/// The statement with which the server stores readings, but for what it returns.
const UNNEST: &str = "
    insert into observation (effective, received, value, citizen, code, source, fingerprint,
                             shape, span, version, quarantine, holes, extra)
    select effective, $1, value, citizen, code, source, fingerprint,
           shape, span, 1, quarantine, holes, extra
    from unnest($2::timestamptz[], $3::float8[], $4::int4[], $5::int4[], $6::int4[],
                $7::int4[], $8::int4[], $9::int4[], $10::int2[], $11::bytea[], $12::bytea[])
         as new (effective, value, citizen, code, source, fingerprint,
                 shape, span, quarantine, holes, extra)
    on conflict do nothing";

const COPY: &str = "
    copy observation (effective, received, value, citizen, code, source, fingerprint,
                      shape, span, version, quarantine, holes, extra)
    from stdin (format binary)";

/// Makes rows of one municipality.
#[derive(Debug)]
pub(crate) struct Maker {
    examiner: Examiner,
    received: Micros,
}

impl Maker {
    pub(crate) async fn new(
        site: &Site,
        municipality: &Municipality,
        received: Micros,
    ) -> anyhow::Result<Self> {
        let keys = MasterKey::read(&site.key_file())?;
        let catalog = Catalog::connect(site.url(), keys, 4)?;
        let tenant = catalog.tenant(&municipality.code.parse()?).await?.context("no tenant")?;
        let store = catalog.open(&tenant)?;
        store.load_shapes().await?;
        Ok(Self { examiner: Examiner::new(store), received })
    }

    /// The rows of so many readings.
    pub(crate) async fn rows(
        &self,
        plan: &Plan,
        first: u64,
        count: u64,
    ) -> anyhow::Result<Vec<NewObservation>> {
        let texts: Vec<_> = (first..first + count).map(|number| plan.json(number)).collect();
        let documents: Vec<_> =
            texts.iter().map(|text| Document::parse(text)).collect::<Result<_, _>>()?;
        let resources: Vec<_> =
            documents.iter().map(|document| (document.root(), "Observation")).collect();
        let base = "http://127.0.0.1/fhir";
        let sight = Sight::everybody();
        let received = self.received;
        let name = "gateway";
        let sender = Sender { name, citizen: None, sight: &sight, scopes: None, base, received };
        let verdicts = self.examiner.examine_all(&resources, sender).await?;
        verdicts
            .into_iter()
            .map(|verdict| match verdict {
                Verdict::Ready { observation, .. } => Ok(*observation),
                other => bail!("a reading was refused: {other:?}"),
            })
            .collect()
    }

    pub(crate) fn received(&self) -> Micros {
        self.received
    }
}

/// Inserts rows like the server, in a transaction of their own.
pub(crate) async fn unnest(
    connection: &mut PgConnection,
    rows: &[NewObservation],
    received: Micros,
) -> anyhow::Result<u64> {
    macro_rules! column {
        ($row:ident => $value:expr) => {
            rows.iter().map(|$row| $value).collect::<Vec<_>>()
        };
    }
    let done = sqlx::query(UNNEST)
        .bind(received)
        .bind(column!(row => row.key.effective))
        .bind(column!(row => row.value))
        .bind(column!(row => row.key.citizen.0))
        .bind(column!(row => row.key.code.0))
        .bind(column!(row => row.key.source.0))
        .bind(column!(row => row.key.fingerprint.cast_signed()))
        .bind(column!(row => row.shape.no.0))
        .bind(column!(row => row.span))
        .bind(column!(row => row.quarantine))
        .bind(column!(row => &row.packed.holes[..]))
        .bind(column!(row => &row.packed.extra[..]))
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Copies rows in PostgreSQL's own format, in a transaction of their own.
pub(crate) async fn copy(connection: &mut PgConnection, encoded: &[u8]) -> anyhow::Result<u64> {
    let mut copy = connection.copy_in_raw(COPY).await?;
    copy.send(encoded).await?;
    Ok(copy.finish().await?)
}

/// Rows as `copy … (format binary)` reads them.
pub(crate) fn encode(rows: &[NewObservation], received: Micros) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(rows.len() * 160 + 32);
    out.extend_from_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    for row in rows {
        out.extend_from_slice(&COLUMNS.to_be_bytes());
        field(&mut out, &(row.key.effective.0 - POSTGRES_EPOCH).to_be_bytes())?;
        field(&mut out, &(received.0 - POSTGRES_EPOCH).to_be_bytes())?;
        match row.value {
            Some(value) => field(&mut out, &value.to_be_bytes())?,
            None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
        field(&mut out, &row.key.citizen.0.to_be_bytes())?;
        field(&mut out, &row.key.code.0.to_be_bytes())?;
        field(&mut out, &row.key.source.0.to_be_bytes())?;
        field(&mut out, &row.key.fingerprint.to_be_bytes())?;
        field(&mut out, &row.shape.no.0.to_be_bytes())?;
        field(&mut out, &row.span.to_be_bytes())?;
        field(&mut out, &1_i16.to_be_bytes())?;
        field(&mut out, &row.quarantine.to_be_bytes())?;
        field(&mut out, &row.packed.holes)?;
        field(&mut out, &row.packed.extra)?;
    }
    out.extend_from_slice(&(-1_i16).to_be_bytes());
    Ok(out)
}

fn field(out: &mut Vec<u8>, bytes: &[u8]) -> anyhow::Result<()> {
    out.extend_from_slice(&i32::try_from(bytes.len())?.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// One row as a line that `copy … (format csv)` reads, received when a phone would send it: with
/// the others of its hour, a little after the hour.
pub(crate) fn csv(row: &NewObservation) -> String {
    const HOUR: i64 = 3_600_000_000;
    let hour = row.key.effective.0.div_euclid(HOUR) + 1;
    let late = (hour * 7_919 + i64::from(row.key.citizen.0) * 104_729).rem_euclid(600_000) * 1_003;
    let received = Micros(hour * HOUR + late);
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    format!(
        "{},{received},{},{},{},{},{},{},{},1,{},\\x{},\\x{}\n",
        row.key.effective,
        row.value.map_or_else(String::new, |value| value.to_string()),
        row.key.citizen.0,
        row.key.code.0,
        row.key.source.0,
        row.key.fingerprint.cast_signed(),
        row.shape.no.0,
        row.span,
        row.quarantine,
        hex(&row.packed.holes),
        hex(&row.packed.extra)
    )
}
