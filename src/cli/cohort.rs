//! `pulsvagt cohort`

mod region;

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, IntoInnerError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::civil;
use pulsvagt_analytics::cohort::disclosure::{Cell, Count, Release};
use pulsvagt_analytics::cohort::{Definition, Format, Notice, preventable, write};
use pulsvagt_fhir::cpr::names_somebody;
use serde_json::json;

use super::citizen::{By, open};
use super::output::{self, Unit};
use super::site::SiteArgs;
use super::{LOG, usage};
use crate::audit::Purpose;
use crate::clock::{Clock, Micros};
use crate::cohorts::{Asked, CohortError, PURPOSES, answer, is_reason, release};
use crate::ids::{RegionCode, TenantCode};
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Cohort {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the definition in a file, and say everything that is wrong with it.
    Check(Check),
    /// Make a cohort of what was known at the beginning of a day; tells nothing about few citizens.
    Run(Run),
    /// List the sets of codes of preventable admissions, where they come from and what they lack.
    Sets(Sets),
}

#[derive(Debug, Args)]
struct Check {
    /// The definition, TOML or, if its name ends so, JSON
    file: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Sets {
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Run {
    /// The definition, TOML or, if its name ends so, JSON
    file: PathBuf,
    /// The municipality, by its code
    #[arg(long, value_name = "CODE", required_unless_present = "region")]
    tenant: Option<TenantCode>,
    /// Instead of one municipality, all that have agreed to tell this region, beside each other
    #[arg(long, value_name = "CODE", conflicts_with = "tenant")]
    region: Option<RegionCode>,
    /// Give it back to those municipalities that agreed to let each other see their numbers; their
    /// analysts find it on the page of cohorts
    #[arg(long, requires = "region")]
    give: bool,
    /// What was known at the beginning of this local day; the day before is the last that counts.
    /// Tomorrow: all that is known by now
    #[arg(long, value_name = "DATE")]
    as_of: civil::Date,
    /// Write the rows to this file; its name ends in .csv, .ndjson, .parquet or .arrow. For a region,
    /// the comparison; .csv, .html or .json. A file that is there already is left alone
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What for: HQUALIMP quality, HRESCH research, PUBHLTH public health, HOPERAT operations
    #[arg(long, value_name = "CODE", value_parser = PURPOSES)]
    purpose: String,
    /// What for, in words; it is kept with the answer
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// No count is about fewer citizens
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(5..))]
    least: u32,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    site: SiteArgs,
}

impl Cohort {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        match &self.command {
            Command::Check(command) => command.run(),
            Command::Sets(command) => Ok(command.run()),
            Command::Run(command) => command.run().await,
        }
    }
}

/// The definition in a file.
pub(super) fn read(file: &Path) -> anyhow::Result<Definition> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let definition = if file.extension() == Some(OsStr::new("json")) {
        Definition::from_json(&text)
    } else {
        Definition::from_toml(&text)
    };
    let definition = definition.map_err(|errors| usage(format!("{}: {errors}", file.display())))?;
    // It is kept with each answer.
    if names_somebody(&definition.to_json()?) {
        return Err(usage(format!("{} holds a CPR number", file.display())));
    }
    Ok(definition)
}

impl Check {
    fn run(&self) -> anyhow::Result<u8> {
        let definition = read(&self.file)?;
        if self.json {
            let canonical: serde_json::Value = serde_json::from_str(&definition.canonical())?;
            output::json(&json!({"hash": definition.hash(), "definition": canonical}));
        } else {
            let Definition { name, version, .. } = &definition;
            output::line(format!(
                "{name} {version} is in order; its hash is {}",
                definition.hash()
            ));
        }
        Ok(0)
    }
}

impl Sets {
    fn run(&self) -> u8 {
        if self.json {
            let sets: Vec<_> = preventable::sets()
                .iter()
                .map(|set| {
                    json!({"id": set.id, "title": set.title, "verified": set.is_verified(),
                           "sources": set.sources(), "caveats": set.all_caveats(),
                           "incomplete": set.incomplete})
                })
                .collect();
            output::json(&json!({"version": preventable::version(), "sets": sets}));
            return 0;
        }
        let mut rows = vec![["set", "what", "codes"].map(str::to_owned).to_vec()];
        for set in preventable::sets() {
            let codes = match (&set.incomplete, set.is_verified()) {
                (Some(reason), _) => reason.clone(),
                (None, true) => "from their source".to_owned(),
                (None, false) => "not checked".to_owned(),
            };
            rows.push(vec![set.id.clone(), set.title.en.clone(), codes]);
        }
        output::table(&rows);
        0
    }
}

impl Run {
    async fn run(&self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let definition = read(&self.file)?;
        if !is_reason(&self.reason) {
            return Err(usage("--reason has 3 to 1,000 characters and no CPR number"));
        }
        let tenant = match (&self.tenant, &self.region) {
            (Some(tenant), _) => tenant,
            (None, Some(region)) => return region::run(self, region, &definition).await,
            (None, None) => return Err(usage("--tenant or --region says of whom")),
        };
        let format = self.out.as_deref().map(format).transpose()?;
        let site = self.site.open().await?;
        let result = match open(&site, tenant).await {
            Ok(store) => {
                let result = self.of(&store, &definition).await;
                store.close().await;
                result
            }
            Err(error) => Err(error),
        };
        site.close().await?;
        let release = result?;
        if let (Some(out), Some(format)) = (&self.out, format) {
            save(&release, format, out)?;
        }
        if self.json {
            output::json(&serde_json::to_value(&release)?);
        } else {
            tell(&release);
        }
        Ok(0)
    }

    fn check_day(&self, store: &Store, now: Micros) -> anyhow::Result<()> {
        let today = now.to_jiff().to_zoned(store.zone().clone()).date();
        if today.tomorrow().is_ok_and(|tomorrow| self.as_of > tomorrow) {
            return Err(usage("--as-of lies in the future"));
        }
        Ok(())
    }

    async fn of(&self, store: &Store, definition: &Definition) -> anyhow::Result<Release> {
        let now = Clock::system().now();
        self.check_day(store, now)?;
        let Some(purpose) = Purpose::from_code(&self.purpose) else {
            return Err(usage(format!("--purpose: {} is none", self.purpose)));
        };
        let bar = output::progress(store.count_citizens().await?, Unit::Items, "citizens");
        let answer =
            answer(store, definition, self.as_of, purpose.as_str(), now, |seen| bar.inc(seen))
                .await;
        bar.finish_and_clear();
        let answer = answer.map_err(|error| match error {
            CohortError::Run(error) => usage(error.to_string()),
            // By itself, so that its exit code is found.
            CohortError::Store(error) => error.into(),
            error => error.into(),
        })?;
        let by = self.by.name();
        let (actor, reason) = (by.as_str(), self.reason.as_str());
        let asked = Asked { actor, role: "operator", purpose, reason, least: self.least };
        Ok(release(store, definition, &answer, self.as_of, &asked, now).await?)
    }
}

fn format(out: &Path) -> anyhow::Result<Format> {
    if out.exists() {
        return Err(usage(format!("{} is there already", out.display())));
    }
    let extension = out.extension().and_then(OsStr::to_str).unwrap_or_default();
    let wrong = || usage("--out: the name ends in .csv, .ndjson, .parquet or .arrow");
    Format::of_extension(extension).ok_or_else(wrong)
}

/// Writes the rows.
fn save(release: &Release, format: Format, out: &Path) -> anyhow::Result<()> {
    keep(out, |file| write(&release.rows, format, file).map_err(Into::into))?;
    output::note(format!("wrote {} rows to {}", release.rows.height(), out.display()));
    Ok(())
}

/// Makes a file; nobody shall take half of it for the whole, or read it who may not.
fn keep(
    out: &Path,
    content: impl FnOnce(&mut BufWriter<&File>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut part = out.to_path_buf().into_os_string();
    part.push(".part");
    let cannot = || format!("cannot write {}", out.display());
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)
        .with_context(cannot)?;
    let mut buffer = BufWriter::new(&file);
    content(&mut buffer).with_context(cannot)?;
    buffer.into_inner().map_err(IntoInnerError::into_error).with_context(cannot)?;
    file.sync_all()?;
    std::fs::rename(&part, out).with_context(cannot)?;
    Ok(())
}

fn count(count: Count) -> String {
    match count {
        Count::Told(count) => count.to_string(),
        Count::LeftOut => "left out".to_owned(),
    }
}

fn rate(rate: Option<f64>, interval: Option<(f64, f64)>) -> String {
    match (rate, interval) {
        (Some(rate), Some((low, high))) => format!("{rate:.1} ({low:.1} to {high:.1})"),
        _ => "left out".to_owned(),
    }
}

fn tell(release: &Release) {
    let Release { name, version, definition, last_day, engine, least, .. } = release;
    output::line(format!("{name} {version}, definition {definition}"));
    output::line(format!("{engine}; data until {last_day}; no count is about fewer than {least}"));
    for group in &release.groups {
        output::line(format!("\n{}: {} members", group.name, count(group.members)));
        if let Some(refused) = &group.refused {
            output::line(format!("  left out: {refused}"));
            continue;
        }
        let mut rows = vec![vec!["step".to_owned(), "left".to_owned()]];
        let row = |cell: &Cell| vec![cell.name.clone(), count(cell.count)];
        rows.extend(group.attrition.iter().map(row));
        for (kind, cells) in [
            ("sex", &group.sex),
            ("age", &group.age),
            ("municipality", &group.municipality),
            ("index in", &group.quarter),
        ] {
            let cells = cells.iter();
            rows.extend(cells.map(|cell| vec![format!("{kind} {}", cell.name), count(cell.count)]));
        }
        output::table(&rows);
        if group.outcomes.is_empty() {
            continue;
        }
        let heading = [
            "outcome",
            "citizens",
            "events",
            "person-years",
            "per 1,000 (95 %)",
            "first per 1,000 (95 %)",
        ];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        for outcome in &group.outcomes {
            let number = |text: Option<String>| text.unwrap_or_else(|| "left out".to_owned());
            rows.push(vec![
                outcome.outcome.clone(),
                count(outcome.citizens),
                number(outcome.events.map(|it| it.to_string())),
                number(outcome.person_years.map(|it| format!("{it:.1}"))),
                rate(outcome.rate, outcome.rate_interval),
                rate(outcome.first, outcome.first_interval),
            ]);
        }
        output::line("");
        output::table(&rows);
        if group.rows_left_out {
            output::line("no rows: they would be rare");
        }
    }
    if !release.notices.is_empty() {
        output::line("");
    }
    for notice in &release.notices {
        output::line(format!("note: {}", Notice::text(notice)));
    }
}
