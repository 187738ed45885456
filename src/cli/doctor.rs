//! `pulsvagt doctor`

mod database;
mod keys;
mod machine;
mod risk;
mod screening;
mod summaries;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::output;
use super::site::{Site, SiteArgs};
use super::{FAULT, server};
use crate::clock::Clock;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
    /// The folder of PostgreSQL's files on this machine, if it cannot be found out
    #[arg(long, value_name = "DIR")]
    database_folder: Option<PathBuf>,
    /// Also recompute daily summaries from the readings and compare: those of about so many citizens
    /// of each municipality, or of all
    #[arg(long, value_name = "CITIZENS", num_args = 0..=1, default_missing_value = "all")]
    verify_summaries: Option<summaries::Extent>,
    #[command(flatten)]
    site: SiteArgs,
}

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and ought to be better; or it could not be looked at.
    Warn,
    /// Data or service is in danger.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    check: String,
    verdict: Verdict,
    found: String,
    /// What to do about it; empty when it is fine.
    #[serde(skip_serializing_if = "String::is_empty")]
    cure: String,
}

/// What has been looked at.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, check: &str, found: impl Into<String>) {
        self.push(check, Verdict::Ok, found, "");
    }

    pub(super) fn warn(&mut self, check: &str, found: impl Into<String>, cure: &str) {
        self.push(check, Verdict::Warn, found, cure);
    }

    pub(super) fn fault(&mut self, check: &str, found: impl Into<String>, cure: &str) {
        self.push(check, Verdict::Fault, found, cure);
    }

    /// Fine or not.
    pub(super) fn judge(&mut self, check: &str, verdict: Verdict, found: String, cure: &str) {
        let cure = if verdict == Verdict::Ok { "" } else { cure };
        self.push(check, verdict, found, cure);
    }

    fn push(&mut self, check: &str, verdict: Verdict, found: impl Into<String>, cure: &str) {
        let (check, found, cure) = (check.to_owned(), found.into(), cure.to_owned());
        self.0.push(Finding { check, verdict, found, cure });
    }
}

impl Doctor {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, "error");
        let site = self.site.open().await?;
        let mut findings = Findings::default();
        installation(&site, &mut findings);
        let health = database::look(&site, &mut findings).await;
        machine::look(self.folder(&site, health.as_ref()), health.as_ref(), &mut findings);
        if health.is_some() {
            keys::look(&site, &mut findings).await;
            screening::look(&site, &mut findings).await;
            risk::look(&site, &mut findings).await;
            if let Some(extent) = self.verify_summaries {
                summaries::look(&site, extent, &mut findings).await;
            }
        }
        site.close().await?;
        self.report(&findings)
    }

    /// Where the database keeps its files, if that is on this machine.
    fn folder(
        &self,
        site: &Site,
        health: Option<&crate::store::health::DatabaseHealth>,
    ) -> Option<PathBuf> {
        self.database_folder
            .clone()
            .or_else(|| site.folder.clone())
            .or_else(|| health?.setting("data_directory").map(PathBuf::from))
            .filter(|folder| folder.is_dir())
    }

    fn report(&self, findings: &Findings) -> anyhow::Result<u8> {
        let count =
            |verdict| findings.0.iter().filter(|finding| finding.verdict == verdict).count();
        let (warnings, faults) = (count(Verdict::Warn), count(Verdict::Fault));
        if self.json {
            output::json(&json!({
                "findings": serde_json::to_value(&findings.0)?,
                "warnings": warnings,
                "faults": faults,
            }));
        } else {
            for finding in &findings.0 {
                let verdict = match finding.verdict {
                    Verdict::Ok => "ok   ",
                    Verdict::Warn => "warn ",
                    Verdict::Fault => "FAULT",
                };
                output::line(format!("{verdict} {}: {}", finding.check, finding.found));
                if !finding.cure.is_empty() {
                    output::line(format!("      what to do: {}", finding.cure));
                }
            }
            output::line(format!("{warnings} warnings, {faults} faults"));
        }
        Ok(if faults > 0 { FAULT } else { 0 })
    }
}

/// Files that belong to the configuration.
fn installation(site: &Site, findings: &mut Findings) {
    machine::key_file(&site.config.key_file, findings);
    let now = Clock::system().now().as_second();
    let Some(tls) = &site.config.tls else {
        findings.ok("certificate", "TLS is off; a proxy in front has to do it");
        return;
    };
    match server::check(tls) {
        Err(error) => findings.fault(
            "certificate",
            telemetry::chain(&error),
            "put a certificate and its key where [tls] names them",
        ),
        Ok(certificates) => {
            for certificate in certificates {
                let (check, verdict, found) = expiry(certificate, now);
                findings.judge(check, verdict, found, "renew it; the server takes it by itself");
            }
        }
    }
}

/// How it stands with the dates of a certificate.
fn expiry(certificate: server::Certificate, now: i64) -> (&'static str, Verdict, String) {
    let check = if certificate.name == "client-ca" { "client CA" } else { "certificate" };
    let left = certificate.until - now;
    let verdict = match left {
        left if left < server::URGENT || certificate.from > now => Verdict::Fault,
        left if left < server::SOON => Verdict::Warn,
        _ => Verdict::Ok,
    };
    let found = if certificate.from > now {
        "not valid yet".to_owned()
    } else {
        format!("valid for {} more days", left.div_euclid(86_400))
    };
    (check, verdict, found)
}

#[cfg(test)]
mod tests {
    use super::{Verdict, expiry, server::Certificate};

    #[test]
    fn a_certificate_is_spoken_of_a_month_before_and_a_fault_a_week_before_it_runs_out() {
        const DAY: i64 = 86_400;
        let at = |name, from, until| expiry(Certificate { name, from, until }, 100 * DAY).1;
        assert_eq!(at("server", 0, 131 * DAY), Verdict::Ok);
        assert_eq!(at("server", 0, 129 * DAY), Verdict::Warn);
        assert_eq!(at("client-ca", 0, 108 * DAY), Verdict::Warn);
        assert_eq!(at("client-ca", 0, 106 * DAY), Verdict::Fault);
        assert_eq!(at("server", 0, 99 * DAY), Verdict::Fault);
        assert_eq!(at("server", 101 * DAY, 200 * DAY), Verdict::Fault);
    }
}
