//! `pulsvagt export`

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::citizen::{By, open};
use super::output;
use super::site::{Site, SiteArgs};
use super::{FAILURE, LOG, explain, usage};
use crate::audit::Purpose;
use crate::clock::Clock;
use crate::ids::TenantCode;
use crate::lake::{self, Asked, Bucket, Lake, LakeError, Report};
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

const LAKE: &str =
    "Write a lake of Parquet files to this folder or s3://BUCKET/PREFIX, or bring it up to date";
const LAKE_LONG: &str = "Write a lake of Parquet files to this folder or s3://BUCKET/PREFIX, or bring it up to date

Of a bucket, variables of the environment tell the rest: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, \
AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; AWS_ALLOW_HTTP=true if there is no TLS. See docs/LAKE.md.";
/// Purposes for which a lake may be made (HL7 v3 `PurposeOfUse`).
const PURPOSES: [&str; 4] = ["HQUALIMP", "HRESCH", "PUBHLTH", "HOPERAT"];

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Export {
    #[arg(long, value_name = "DIR|URL", help = LAKE, long_help = LAKE_LONG)]
    lake: PathBuf,
    #[command(flatten)]
    whose: Whose,
    /// What for: HQUALIMP quality, HRESCH research, PUBHLTH public health, HOPERAT operations
    #[arg(long, value_name = "CODE", value_parser = PURPOSES)]
    purpose: String,
    /// Write everything anew, not only the months in which something has changed
    #[arg(long)]
    anew: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    site: SiteArgs,
}

/// Of whom.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whose {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: Option<TenantCode>,
    /// All municipalities; one that fails does not keep the others from it
    #[arg(long)]
    all: bool,
}

impl Export {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let site = self.site.open().await?;
        let result = self.with(&site).await;
        site.close().await?;
        result
    }

    async fn with(&self, site: &Site) -> anyhow::Result<u8> {
        let lake = self.lake()?;
        let codes: Vec<TenantCode> = match &self.whose.tenant {
            Some(code) => vec![code.clone()],
            None => {
                let tenants = site.catalog()?.tenants().await?;
                tenants.into_iter().map(|tenant| tenant.code).collect()
            }
        };
        let mut done = Vec::new();
        let mut result = 0;
        for code in codes {
            let began = Instant::now();
            let report = match self.of(site, &code, &lake).await {
                Ok(report) => report,
                // The others' data is not the worse for it.
                Err(error) if self.whose.all => {
                    let why = explain(&error);
                    output::note(format!("pulsvagt: {code}: {why}"));
                    done.push(json!({"municipality": code.as_str(), "error": why}));
                    result = FAILURE;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let seconds = began.elapsed().as_secs_f64();
            if !self.json {
                tell(&code, &report);
            }
            done.push(json!({"municipality": code.as_str(), "written": report.written,
                "kept": report.kept, "rows": report.rows, "seconds": seconds}));
        }
        if self.json {
            output::json(&json!({"lake": lake.to_string(), "municipalities": done}));
        }
        Ok(result)
    }

    async fn of(&self, site: &Site, code: &TenantCode, lake: &Lake) -> anyhow::Result<Report> {
        let store = open(site, code).await?;
        let report = self.write(&store, lake).await;
        store.close().await;
        report
    }

    fn lake(&self) -> anyhow::Result<Lake> {
        let Some(address) = self.lake.to_str().filter(|text| text.contains("://")) else {
            return Ok(Lake::Folder(self.lake.clone()));
        };
        let variables = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
        match Bucket::open(address, variables) {
            Ok(bucket) => Ok(Lake::Bucket(bucket)),
            Err(error) => Err(usage(format!("--lake: {error}"))),
        }
    }

    async fn write(&self, store: &Store, lake: &Lake) -> anyhow::Result<Report> {
        let Some(purpose) = Purpose::from_code(&self.purpose) else {
            return Err(usage(format!("--purpose: {} is none", self.purpose)));
        };
        let by = self.by.name();
        let asked = Asked { actor: &by, purpose, anew: self.anew };
        let bar = indicatif::ProgressBar::new_spinner();
        let seen = |what: &str| bar.set_message(what.to_owned());
        let report = lake::export(store, lake, &asked, Clock::system().now(), seen).await;
        bar.finish_and_clear();
        report.map_err(|error| match error {
            // By itself, so that its exit code is found.
            LakeError::Store(error) => error.into(),
            error @ (LakeError::Busy | LakeError::Foreign(_)) => usage(error.to_string()),
            error => error.into(),
        })
    }
}

fn tell(code: &TenantCode, report: &Report) {
    let Report { written, kept, rows } = report;
    output::line(format!("{code}: {written} partitions written, {kept} as they were"));
    let lines = rows.iter().map(|(table, rows)| vec![(*table).to_owned(), rows.to_string()]);
    let heading = ["table", "rows written"].map(str::to_owned).to_vec();
    output::table(&std::iter::once(heading).chain(lines).collect::<Vec<_>>());
}
