//! `GET /api/ingestion`: what comes in from where, how late, and which devices have fallen silent.
//! Times and numbers, no values.

mod refused;

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

pub(in crate::http) use self::refused::{CertificateLine, RefusedLine};
use super::extract::{ApiCaller, Needs, needs};
use super::language::Lang;
use super::pages::signal_name;
use super::problem::Problem;
use super::worklist::patience;
use crate::app::App;
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::ingest::Quarantine;
use crate::store::intake::LastSent;
use crate::triage::SILENCE;

/// Hours that are told.
pub(in crate::http) const HOURS: usize = 48;
const HOUR: i64 = 3_600_000_000;
/// Devices that are told one by one.
const DEVICES: u16 = 20;
/// Silent citizens that are told.
const SILENT: u16 = 100;
/// How far back a silent device's last reading is looked for, days.
const LOOK_BACK: i64 = 120;

/// How ingestion is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Ingestion {
    /// The beginning of the first hour.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "moment")]
    pub(in crate::http) from: Micros,
    /// Readings received in each of the last 48 hours, oldest first; the last one is not over yet.
    pub(in crate::http) received: Vec<u64>,
    /// Those of them that cannot be right.
    pub(in crate::http) doubtful: Vec<u64>,
    /// The 20 devices that sent most.
    pub(in crate::http) devices: Vec<DeviceLine>,
    /// Readings that cannot be right and wait for somebody, by reason.
    pub(in crate::http) waiting: Vec<WaitingLine>,
    /// How long readings of these hours were on their way; left out where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) delay: Option<DelayLine>,
    /// Readings that wait to be written by this server.
    pub(in crate::http) queued: usize,
    /// How screening keeps up.
    pub(in crate::http) screening: Keeping,
    /// Readings of seven days that were refused or kept in doubt; at most 50 lines of each.
    pub(in crate::http) refused: Vec<RefusedLine>,
    /// Until when certificates are valid; what runs out first first. Empty where a proxy speaks TLS.
    pub(in crate::http) certificates: Vec<CertificateLine>,
    /// Measurements that were agreed and have not come, the longest overdue first; of at most 100
    /// citizens.
    pub(in crate::http) silent: Vec<SilentLine>,
}

/// What came from a device.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct DeviceLine {
    /// Its reference; empty = none was sent.
    pub(in crate::http) device: String,
    /// Readings in each of the hours, oldest first.
    pub(in crate::http) received: Vec<u64>,
    /// All of them.
    pub(in crate::http) sum: u64,
}

/// What waits for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct WaitingLine {
    /// Why.
    #[schema(value_type = String, example = "implausible")]
    #[serde(serialize_with = "code")]
    pub(in crate::http) reason: Quarantine,
    /// How many.
    pub(in crate::http) count: u64,
}

/// How long readings were on their way, seconds.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct DelayLine {
    /// Half were faster.
    pub(in crate::http) median: f64,
    /// 95 of 100 were faster.
    pub(in crate::http) p95: f64,
    /// The slowest.
    pub(in crate::http) most: f64,
}

/// How screening keeps up.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Keeping {
    /// How long the citizen who has waited longest has been due, seconds.
    pub(in crate::http) lag_seconds: u64,
    /// From how many seconds on that is an alarm.
    pub(in crate::http) alarm_seconds: u64,
    /// Citizens that are due.
    pub(in crate::http) backlog: u64,
    /// Citizens that could not be screened.
    pub(in crate::http) parked: u64,
}

/// A measurement that was agreed and has not come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SilentLine {
    /// Logical id of the citizen.
    pub(in crate::http) citizen: String,
    /// What is to be measured.
    pub(in crate::http) what: String,
    /// How often, hours.
    pub(in crate::http) every_hours: u16,
    /// The device that it came from last; left out where nothing has come in 120 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) device: Option<String>,
    /// When it was measured last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub(in crate::http) last: Option<String>,
    /// The same.
    #[serde(skip)]
    pub(in crate::http) last_moment: Option<Micros>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over so")]
fn moment<S: serde::Serializer>(at: &Micros, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.to_string())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over so")]
fn code<S: serde::Serializer>(reason: &Quarantine, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(reason.as_str())
}

/// What comes in
///
/// Readings by hour and device over 48 hours, what waits in quarantine, what was refused in seven days and
/// why, how late readings are, whether screening keeps up, which certificates run out, and who has not
/// measured as agreed. Nothing of what was measured.
#[utoipa::path(
    get,
    path = "/ingestion",
    operation_id = "getIngestion",
    tag = "administration",
    security(("bearer" = ["ingestion:status"])),
    params(("Accept-Language" = Option<String>, Header, description = "da or en; else da")),
    responses((status = 200, description = "How it is doing.", body = Ingestion)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::IngestionStatus>,
    lang: Lang,
) -> Result<Response, Problem> {
    let told = load(&app, &caller, lang).await?;
    Ok(lang.tell(super::json(&told)))
}

/// How ingestion is doing.
pub(in crate::http) async fn load<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    lang: Lang,
) -> Result<Ingestion, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let hours = i64::try_from(HOURS).unwrap_or(48);
    let from = Micros((now.0.div_euclid(HOUR) - hours + 1) * HOUR);
    let place = |at: Micros| usize::try_from((at.0 - from.0).div_euclid(HOUR)).ok();
    let (mut received, mut doubtful) = (vec![0; HOURS], vec![0; HOURS]);
    for hour in store.received_by_hour(from).await? {
        let Some(place) = place(hour.at).filter(|place| *place < HOURS) else { continue };
        received[place] = hour.received;
        doubtful[place] = hour.doubtful;
    }
    let devices = store.received_by_device(from, DEVICES).await?.into_iter().map(|device| {
        let mut received = vec![0; HOURS];
        for (at, count) in &device.hours {
            if let Some(hour) = place(*at).and_then(|place| received.get_mut(place)) {
                *hour = *count;
            }
        }
        DeviceLine { device: device.device, received, sum: device.received }
    });
    let mut waiting: HashMap<i16, u64> = HashMap::new();
    for count in store.doubt_counts(caller.sight(), &crate::consent::Denials::default()).await? {
        *waiting.entry(count.reason).or_default() += count.count;
    }
    let waiting = Quarantine::ALL
        .into_iter()
        .filter_map(|reason| Some(WaitingLine { reason, count: *waiting.get(&reason.number())? }));
    let lag = store.screening_lag(now).await?;
    let silent = silent(caller, lang, now).await?;
    Ok(Ingestion {
        from,
        received,
        doubtful,
        devices: devices.collect(),
        waiting: waiting.collect(),
        delay: store.delay(from).await?.map(|delay| DelayLine {
            median: delay.median,
            p95: delay.p95,
            most: delay.most,
        }),
        queued: caller.municipality().writer.queued(),
        screening: Keeping {
            lag_seconds: lag.seconds,
            alarm_seconds: patience(app),
            backlog: lag.backlog,
            parked: lag.parked,
        },
        refused: refused::refused(caller, now).await?,
        certificates: refused::certificates(app, caller, now),
        silent,
    })
}

/// What was agreed with citizens who are silent, and has not come.
async fn silent<N: Needs>(
    caller: &ApiCaller<N>,
    Lang(language): Lang,
    now: Micros,
) -> Result<Vec<SilentLine>, Problem> {
    let store = caller.store();
    let silent = store.silent(caller.sight(), SILENCE, SILENT).await?;
    let citizens: Vec<CitizenNo> = silent.iter().map(|it| it.citizen).collect();
    caller.trail().about(citizens.iter().copied());
    let plans = store.plans(&citizens).await?;
    let since = Micros(now.0 - LOOK_BACK * 24 * HOUR);
    let sent = store.last_sent(&citizens, since).await?;
    let mut lines = Vec::new();
    for silent in &silent {
        let Some(plan) = plans.get(&silent.citizen) else { continue };
        for cadence in &plan.plan.cadence {
            let newest: Option<&LastSent> = sent
                .iter()
                .filter(|it| it.citizen == silent.citizen && it.signals.contains(&cadence.signal))
                .max_by_key(|it| it.at);
            let due = newest.map(|it| it.at.0 + i64::from(cadence.every_hours) * HOUR);
            if due.is_some_and(|due| due > now.0) {
                continue;
            }
            lines.push(SilentLine {
                citizen: silent.citizen_id.clone(),
                what: signal_name(cadence.signal, language),
                every_hours: cadence.every_hours,
                device: newest.map(|it| it.device.clone()),
                last: newest.map(|it| it.at.to_string()),
                last_moment: newest.map(|it| it.at),
            });
        }
    }
    lines.sort_by(|one, other| {
        (one.last_moment, &one.citizen).cmp(&(other.last_moment, &other.citizen))
    });
    Ok(lines)
}
