//! `pulsvagt cohort run --region`: the same cohort in each municipality that agreed.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, bail};
use pulsvagt_analytics::cohort::Definition;
use pulsvagt_analytics::cohort::compare::{Comparison, Estimate, Part};

use super::{Run, keep};
use crate::audit::Purpose;
use crate::cli::output::{self, Unit};
use crate::cli::site::{self, Site};
use crate::cli::usage;
use crate::clock::Clock;
use crate::cohorts::region::{Given, Question, ask_all, csv, give, html};
use crate::cohorts::{Asked, CohortError};
use crate::ids::{RegionCode, TenantCode, new_resource_id};
use crate::store::Store;

/// What a comparison is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Html,
    Json,
}

impl Form {
    fn of(out: &Path) -> anyhow::Result<Self> {
        if out.exists() {
            return Err(usage(format!("{} is there already", out.display())));
        }
        match out.extension().and_then(OsStr::to_str) {
            Some("csv") => Ok(Self::Csv),
            Some("html") => Ok(Self::Html),
            Some("json") => Ok(Self::Json),
            _ => Err(usage("--out: with --region, the name ends in .csv, .html or .json")),
        }
    }
}

/// Asks every municipality that ever agreed to anything with the region.
pub(super) async fn run(
    run: &Run,
    region: &RegionCode,
    definition: &Definition,
) -> anyhow::Result<u8> {
    let form = run.out.as_deref().map(Form::of).transpose()?;
    let site = run.site.open().await?;
    let result = with(&site, run, region, definition).await;
    site.close().await?;
    let (parts, comparison, given) = result?;
    let Some(comparison) = comparison else {
        return Err(usage(nobody(region, &parts)));
    };
    if run.give {
        output::note(match given.has.as_slice() {
            [] => "given to nobody: fewer than two municipalities let each other see it".to_owned(),
            codes => format!("given to {}", join(codes)),
        });
    }
    if let (Some(out), Some(form)) = (&run.out, form) {
        let text = match form {
            Form::Csv => csv(&comparison),
            Form::Html => html(&comparison),
            Form::Json => serde_json::to_string(&comparison)? + "\n",
        };
        keep(out, |file| file.write_all(text.as_bytes()).map_err(Into::into))?;
        output::note(format!("wrote {}", out.display()));
    }
    if run.json {
        output::json(&serde_json::to_value(&comparison)?);
    } else {
        tell(&comparison);
    }
    if !given.failed.is_empty() {
        bail!("not given to {}; the log says why", join(&given.failed));
    }
    Ok(0)
}

fn join(codes: &[TenantCode]) -> String {
    let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
    codes.join(", ")
}

fn nobody(region: &RegionCode, parts: &[Part]) -> String {
    let reasons: Vec<String> = parts
        .iter()
        .filter_map(|it| Some(format!("; {} {}: {}", it.code, it.name, it.answer.as_ref().err()?)))
        .collect();
    format!("no municipality tells region {region} anything{}", reasons.concat())
}

async fn with(
    site: &Site,
    run: &Run,
    region: &RegionCode,
    definition: &Definition,
) -> anyhow::Result<(Vec<Part>, Option<Comparison>, Given)> {
    let catalog = site.catalog()?;
    site::patiently(|| catalog.ping()).await?;
    let mut stores = Vec::new();
    for tenant in catalog.tenants().await? {
        // One that cannot be reached, or has migrations due, does not keep the others from telling.
        stores.push(catalog.open(&tenant)?);
    }
    let result = ask(&stores, run, region, definition).await;
    for store in &stores {
        store.close().await;
    }
    result
}

async fn ask(
    stores: &[Store],
    run: &Run,
    region: &RegionCode,
    definition: &Definition,
) -> anyhow::Result<(Vec<Part>, Option<Comparison>, Given)> {
    let now = Clock::system().now();
    for store in stores {
        run.check_day(store, now)?;
    }
    let purpose = Purpose::from_code(&run.purpose).context("the purpose is none")?;
    let by = run.by.name();
    let asked =
        Asked { actor: &by, role: "operator", purpose, reason: &run.reason, least: run.least };
    let question = Question { region, definition, as_of: run.as_of, asked };
    let bar = output::progress(0, Unit::Items, "citizens");
    let result = ask_all(stores, &question, now, |seen| bar.inc(seen)).await;
    bar.finish_and_clear();
    let (parts, comparison) = result.map_err(|error| match error {
        CohortError::Run(error) => usage(error.to_string()),
        CohortError::Store(error) => error.into(),
        error => error.into(),
    })?;
    let given = if run.give {
        give(stores, &question, &parts, &new_resource_id(now), now).await?
    } else {
        Given::default()
    };
    Ok((parts, comparison, given))
}

fn rate(of: Option<Estimate>) -> String {
    let told = |it: Estimate| format!("{:.1} ({:.1} to {:.1})", it.value, it.low, it.high);
    of.map_or_else(|| "–".to_owned(), told)
}

fn count(count: Option<u64>) -> String {
    count.map_or_else(|| "left out".to_owned(), |it| it.to_string())
}

fn tell(comparison: &Comparison) {
    let Comparison { name, version, definition, last_day, engine, .. } = comparison;
    output::line(format!("{name} {version}, definition {definition}"));
    output::line(format!("{engine}; data until {last_day}"));
    for it in &comparison.municipalities {
        let (code, name) = (&it.code, &it.name);
        match (&it.absent, it.least) {
            (Some(reason), _) => output::line(format!("{code} {name} takes no part: {reason}")),
            (None, least) => output::line(format!(
                "{code} {name}: no count is about fewer than {}",
                least.unwrap_or_default()
            )),
        }
    }
    for group in &comparison.groups {
        output::line(format!("\n{}", group.name));
        let mut rows = vec![["municipality", "members", "followed"].map(str::to_owned).to_vec()];
        rows.extend(
            group
                .members
                .iter()
                .map(|it| vec![it.of.join(" + "), count(it.members), count(it.at_risk)]),
        );
        output::table(&rows);
        for outcome in &group.outcomes {
            output::line(format!("\n{}, per 1,000 person-years (95 %)", outcome.outcome));
            let head = ["municipality", "citizens", "events", "events", "first", "standardised"];
            let mut rows = vec![head.map(str::to_owned).to_vec()];
            for line in &outcome.lines {
                let crude = line.crude.as_ref().map(|reason| format!("no: {reason}"));
                rows.push(vec![
                    line.of.join(" + "),
                    count(line.citizens),
                    count(line.events),
                    rate(line.rate),
                    rate(line.first),
                    crude.unwrap_or_else(|| rate(line.standardised)),
                ]);
            }
            output::table(&rows);
        }
    }
    for notice in &comparison.notices {
        output::line(format!("note: {notice}"));
    }
}
