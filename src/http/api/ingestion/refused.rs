//! What was refused or kept in doubt, and which certificates run out.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, Needs};
use crate::http::api::problem::Problem;
use crate::ingest::Quarantine;
use crate::server::{SOON, URGENT};

/// Lines of each kind that are told.
const LINES: u16 = 50;

/// Readings that were refused, or kept in doubt.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct RefusedLine {
    /// Refused: the system that sent them, or the role of the person. In doubt: the device; empty = none
    /// was named.
    pub(in crate::http) sender: String,
    /// Stable key: of the first issue that the sender was told, or the reason of the doubt.
    #[schema(example = "unit-unknown")]
    pub(in crate::http) reason: String,
    /// Whether they are kept, in doubt, and not refused.
    pub(in crate::http) kept: bool,
    /// In the last 24 hours.
    pub(in crate::http) day: u64,
    /// In the last seven days.
    pub(in crate::http) week: u64,
}

/// A certificate and how long it is valid.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct CertificateLine {
    /// server, client-ca, or the system that has come with it since this server was started.
    pub(in crate::http) name: String,
    /// Until when.
    #[schema(format = DateTime)]
    pub(in crate::http) until: String,
    /// The same for the page.
    #[serde(skip)]
    pub(in crate::http) until_moment: Micros,
    /// Whole days that are left; less than 0: it has run out.
    pub(in crate::http) days: i64,
    /// ok; soon: less than 30 days; urgent: less than 7.
    #[schema(example = "ok")]
    pub(in crate::http) state: &'static str,
}

/// What was refused by any server, and what was kept in doubt.
pub(super) async fn refused<N: Needs>(
    caller: &ApiCaller<N>,
    now: Micros,
) -> Result<Vec<RefusedLine>, Problem> {
    let store = caller.store();
    caller.municipality().examiner.tally.write(store, now).await?;
    let refused = store.refusals(now, LINES).await?.into_iter().map(|it| RefusedLine {
        sender: it.sender,
        reason: it.reason,
        kept: false,
        day: it.day,
        week: it.week,
    });
    let doubted = store.doubted(now, LINES).await?.into_iter().filter_map(|it| {
        let reason = Quarantine::ALL.into_iter().find(|known| known.number() == it.reason)?;
        let (sender, reason) = (it.device, reason.as_str().to_owned());
        Some(RefusedLine { sender, reason, kept: true, day: it.day, week: it.week })
    });
    Ok(refused.chain(doubted).collect())
}

/// The certificates of this server, and those that systems have come with; what runs out first first.
pub(super) fn certificates<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    now: Micros,
) -> Vec<CertificateLine> {
    let own = app.certificates().into_iter().map(|it| (it.name.to_owned(), it.until));
    let theirs = caller.municipality().examiner.tally.certificates();
    let mut lines: Vec<CertificateLine> = own
        .chain(theirs)
        .map(|(name, until)| {
            let (left, at) = (until - now.as_second(), Micros(until.saturating_mul(1_000_000)));
            let state = match left {
                left if left < URGENT => "urgent",
                left if left < SOON => "soon",
                _ => "ok",
            };
            let (until, days) = (at.to_string(), left.div_euclid(86_400));
            CertificateLine { name, until, until_moment: at, days, state }
        })
        .collect();
    lines.sort_by(|one, other| {
        (one.until_moment, &one.name).cmp(&(other.until_moment, &other.name))
    });
    lines
}
