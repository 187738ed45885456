//! What cannot be meant in a plan.

use pulsvagt_analytics::pack::PlanFault;
use pulsvagt_analytics::{Pack, Plan};

/// 2000-01-01T00:00:00Z. What is earlier is in the wrong unit.
const EARLIEST: i64 = 946_684_800_000_000;
/// 2100-01-01T00:00:00Z.
const LATEST: i64 = 4_102_444_800_000_000;

/// Something in a plan that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Where, as a JSON pointer (RFC 6901) into the plan.
    pub pointer: String,
    /// What kind of fault it is, stable.
    pub code: &'static str,
    /// A sentence for a person.
    pub detail: String,
}

/// Everything that cannot be meant in a plan, by itself or by the rules of the pack.
pub fn check(plan: &Plan, pack: &Pack) -> Vec<Wrong> {
    let of_pack = pack.check_plan(plan).into_iter().map(|problem| Wrong {
        pointer: pointer(&problem.path),
        code: code(&problem.fault),
        detail: problem.fault.to_string(),
    });
    let starts = plan.cadence.iter().enumerate().filter_map(|(at, cadence)| {
        let implausible = !(EARLIEST..LATEST).contains(&cadence.from?);
        implausible.then(|| Wrong {
            pointer: format!("/cadence/{at}/from"),
            code: "cadence-from",
            detail: "expected microseconds since 1970, of a time from 2000 to 2099".to_owned(),
        })
    });
    of_pack.chain(starts).collect()
}

fn code(fault: &PlanFault) -> &'static str {
    match fault {
        PlanFault::UnknownLimit { .. } => "limit-unknown",
        PlanFault::NotPersonal => "limit-not-personal",
        PlanFault::OutOfRange { .. } => "limit-range",
        PlanFault::Contradiction { .. } => "limit-contradiction",
        PlanFault::Cadence { .. } => "cadence-range",
        PlanFault::CadenceTwice { .. } => "cadence-twice",
        PlanFault::Baseline { .. } => "baseline-range",
    }
}

/// `cadence[1].everyHours` as `/cadence/1/everyHours`. What follows `limits.` is a name whatever is
/// in it.
fn pointer(path: &str) -> String {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let first = first.replace('[', "/").replace(']', "");
    if rest.is_empty() {
        format!("/{first}")
    } else {
        format!("/{first}/{}", rest.replace('~', "~0").replace('/', "~1"))
    }
}
