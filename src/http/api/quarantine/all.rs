//! `POST /api/quarantine/all`: one decision about everything that waits for one reason from one
//! device, such as a scale that sends pounds and says kilograms.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decide::{self, Ask, Refused, is_invalid, is_reason, is_stale};
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, ApiJson, needs};
use crate::http::api::problem::{Code, Fault, Problem};
use crate::http::fhir::{Fix, Ruled, rule_in};
use crate::ingest::Quarantine;
use crate::store::observations::{Doubt, DoubtFilter};

/// Readings that are decided about in one transaction.
const MOST: u16 = 200;

/// One decision about several readings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct AllBody {
    /// The device's reference, as it was sent; empty = readings without one.
    device: String,
    /// The reason for which they wait.
    #[schema(example = "implausible")]
    reason: String,
    /// accept, reject, or fix.
    decision: String,
    /// For fix: the unit that the value was really sent in, a UCUM code.
    #[schema(example = "[lb_av]")]
    unit: Option<String>,
    /// In 3 to 1,000 characters and without a CPR number.
    why: String,
    /// Only those that were received at this moment or before: when the list was read.
    #[schema(format = DateTime)]
    until: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::http) struct All {
    /// Readings that were decided about.
    pub(in crate::http) done: u32,
    /// Readings that were looked at and still wait: the decision would not make them count, or
    /// somebody has changed them meanwhile.
    pub(in crate::http) left: u32,
    /// Whether there are more than were looked at.
    pub(in crate::http) more: bool,
}

/// Decide about everything from one device
///
/// At most 200 readings of citizens in sight, oldest last, in one transaction: all that can be done
/// are done, or none. Ask again while `more`.
#[utoipa::path(
    post,
    path = "/quarantine/all",
    operation_id = "decideReadings",
    tag = "worklist",
    security(("bearer" = ["quarantine:decide"])),
    request_body = AllBody,
    responses((status = 200, description = "What came of it.", body = All)),
)]
pub(in crate::http::api) async fn post(
    State(app): State<App>,
    caller: ApiCaller<needs::QuarantineDecide>,
    ApiJson(body): ApiJson<AllBody>,
) -> Result<Response, Problem> {
    let wrong = |pointer: &'static str, text: &str| {
        Problem::with(Code::Invalid, vec![Fault::at(pointer, "unacceptable", text)])
    };
    let reason = Quarantine::from_code(&body.reason);
    let reason = reason.ok_or_else(|| wrong("/reason", "expected a known reason"))?;
    let until = body.until.parse::<jiff::Timestamp>();
    let until = until.map_err(|_| wrong("/until", "expected a moment"))?;
    let ask = match (&*body.decision, body.unit) {
        ("accept", None) => Ask::Accept,
        ("reject", None) => Ask::Reject,
        ("fix", Some(unit)) => Ask::Fix(vec![Fix { place: 0, value: None, unit: Some(unit) }]),
        _ => return Err(wrong("/decision", "expected accept, reject, or fix with a unit")),
    };
    let until = Micros(until.as_microsecond());
    match decide_all(&app, &caller, &body.device, reason, until, &ask, &body.why).await? {
        Ok(all) => Ok(crate::http::api::json(&all)),
        Err(Refused::Why) => Err(wrong("/why", decide::WHY)),
        Err(Refused::Unit(_)) => Err(wrong("/unit", "expected a UCUM code")),
        Err(_) => Err(Problem::new(Code::IllegalStep, "")),
    }
}

/// Decides about what waits for this reason from this device.
pub(in crate::http) async fn decide_all(
    app: &App,
    caller: &ApiCaller<needs::QuarantineDecide>,
    device: &str,
    reason: Quarantine,
    until: Micros,
    ask: &Ask,
    why: &str,
) -> Result<Result<All, Refused>, Problem> {
    let why = why.trim();
    if !is_reason(why) {
        return Ok(Err(Refused::Why));
    }
    let legal = match ask {
        Ask::Accept => reason.can_be_accepted(),
        Ask::Fix(_) => reason.can_be_fixed(),
        Ask::Reject => true,
        Ask::Undo => false,
    };
    if !legal {
        return Ok(Err(Refused::NotNow));
    }
    if let Err(refused) = ask.check() {
        return Ok(Err(refused));
    }
    let (store, denials) = (caller.store(), caller.caller().denials().await?);
    let filter = DoubtFilter {
        reason: Some(reason.number()),
        device: Some(device.to_owned()),
        until: Some(until),
        ..DoubtFilter::default()
    };
    let page = store.doubts(caller.sight(), &denials, &filter, None, MOST).await?;
    let more = page.next.is_some();
    let mut doubts = page.doubts;
    // One order for everybody: no deadlocks.
    doubts.sort_by_key(|doubt| doubt.reading.key);
    caller.trail().about(doubts.iter().map(|doubt| doubt.reading.key.citizen));
    let _turn = caller.municipality().transactions.acquire().await;
    let mut tx = store.begin().await?;
    let (ruling, mut done) = (ask.ruling(reason), 0);
    for Doubt { reading, .. } in &doubts {
        let has_time = reading.key.effective != Micros::NO_TIME;
        if !has_time && !matches!(ask, Ask::Reject) {
            continue;
        }
        let id = store.sealer().seal(reading.key);
        let ruled =
            rule_in(&mut tx, app, caller.caller(), &id, &ruling, why, reading.version).await;
        match ruled {
            Ok(Ruled::Done(_)) => {
                decide::keep(app, caller, &mut tx, reading.key, ask, why).await?;
                done += 1;
            }
            Ok(Ruled::Still(_) | Ruled::Same | Ruled::NoNumber(_)) => {}
            Err(outcome) if is_stale(&outcome) || is_invalid(&outcome) => {}
            Err(outcome) => return Err(outcome.into()),
        }
    }
    let looked_at = u32::try_from(doubts.len()).unwrap_or(u32::MAX);
    if done > 0 {
        caller.commit(tx, app.clock().now()).await?;
    }
    Ok(Ok(All { done, left: looked_at.saturating_sub(done), more }))
}
