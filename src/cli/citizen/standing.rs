//! `pulsvagt citizen restrict|unrestrict|hold|release`

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{By, Whom};
use crate::cli::{output, site, usage};
use crate::clock::Clock;
use crate::store::Store;

/// Why a citizen is restricted: the grounds of GDPR article 18(1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Ground {
    /// (a) the citizen contests that it is correct
    AccuracyContested,
    /// (b) it was processed unlawfully, and the citizen does not want it erased
    Unlawful,
    /// (c) the citizen needs it for a legal claim
    LegalClaim,
    /// (d) the citizen objects, and it is not decided yet
    Objection,
}

/// Why a restriction is lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lifted {
    /// the ground is settled, and the citizen has been told (article 18(3))
    Settled,
    /// the citizen agrees
    Consent,
    /// it was a mistake
    Mistake,
}

/// Why a citizen is under legal hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Cause {
    /// a complaint
    Complaint,
    /// a case of supervision
    Supervision,
    /// a claim for compensation
    Compensation,
    /// an authority or a court has asked for it
    Authority,
}

#[derive(Debug, Args)]
pub(super) struct Restrict {
    #[command(flatten)]
    pub(super) whom: Whom,
    /// Why
    #[arg(long)]
    reason: Ground,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
pub(super) struct Unrestrict {
    #[command(flatten)]
    pub(super) whom: Whom,
    /// Why
    #[arg(long)]
    reason: Lifted,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
pub(super) struct Hold {
    #[command(flatten)]
    pub(super) whom: Whom,
    /// Why
    #[arg(long)]
    reason: Cause,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
pub(super) struct Release {
    #[command(flatten)]
    pub(super) whom: Whom,
    #[command(flatten)]
    by: By,
}

/// The word of a reason.
fn word(reason: &impl ValueEnum) -> String {
    reason.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

impl Restrict {
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let citizen = self.whom.find(store).await?;
        let now = Clock::system().now();
        let (reason, by) = (word(&self.reason), self.by.name());
        let new = site::patiently(|| store.restrict(citizen, &reason, &by, now)).await?;
        let text = if new { "restricted" } else { "was restricted already" };
        tell(&self.whom, "restricted", true, text);
        Ok(())
    }
}

impl Unrestrict {
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let citizen = self.whom.find(store).await?;
        if !store.unrestrict(citizen, &self.by.name(), Clock::system().now()).await? {
            return Err(usage("the citizen is not restricted"));
        }
        tell(
            &self.whom,
            "restricted",
            false,
            &format!("no longer restricted ({})", word(&self.reason)),
        );
        Ok(())
    }
}

impl Hold {
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let citizen = self.whom.find(store).await?;
        let now = Clock::system().now();
        let new = store.put_hold(citizen, &word(&self.reason), &self.by.name(), now).await?;
        let text = if new { "under legal hold" } else { "was under legal hold already" };
        tell(&self.whom, "held", true, text);
        Ok(())
    }
}

impl Release {
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let citizen = self.whom.find(store).await?;
        if !store.release_hold(citizen, &self.by.name(), Clock::system().now()).await? {
            return Err(usage("the citizen is not under legal hold"));
        }
        tell(&self.whom, "held", false, "no longer under legal hold");
        Ok(())
    }
}

fn tell(whom: &Whom, key: &str, value: bool, text: &str) {
    if whom.json {
        output::json(&json!({"tenant": whom.tenant.as_str(), key: value}));
    } else {
        output::line(text);
    }
}
