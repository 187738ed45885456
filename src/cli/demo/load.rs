//! Fills a new demo, and remembers what was filled.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pulsvagt_analytics::Pack;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{MUNICIPALITIES, ZONE};
use crate::audit::{Block, Entry};
use crate::cli::door::{Door, Line, first_issue};
use crate::cli::output::{self, Unit};
use crate::cli::screen::counts;
use crate::cli::tally::Tally;
use crate::clock::Micros;
use crate::ids::TenantCode;
use crate::plans::standard::standard;
use crate::plans::{Agreement, agree};
use crate::screening::Done;
use crate::simulate::{self, Citizen, Density, Options};
use crate::store::plans::PutPlan;

/// Lines in one request.
const CHUNK: usize = 2_000;
/// The teams of each municipality, by code and name; citizens go to them in turn.
pub(super) const TEAMS: [(&str, &str); 2] = [("nord", "Team Nord"), ("syd", "Team Syd")];
/// Citizens that are created at a time.
const AT_A_TIME: usize = 16;

/// What the folder of a demo holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Marker {
    /// Of the simulation.
    pub(super) seed: u64,
    /// In both municipalities.
    pub(super) citizens: u32,
    /// Days that were loaded.
    pub(super) days: u32,
    /// End of those days, seconds since 1970.
    end: i64,
    /// Until when readings have been fed since, seconds since 1970.
    pub(super) fed: i64,
    complete: bool,
    /// What was loaded, by municipality.
    pub(super) municipalities: BTreeMap<String, Loaded>,
    /// A citizen of each municipality, for examples.
    examples: BTreeMap<String, String>,
    /// What screening after that has come to in this run, by municipality.
    #[serde(skip)]
    pub(super) screened: BTreeMap<String, Done>,
}

/// What was loaded into a municipality.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Loaded {
    /// Citizens.
    pub(super) citizens: u64,
    /// Readings.
    pub(super) readings: Tally,
}

impl Marker {
    /// For a folder that holds nothing yet.
    pub(super) fn new(seed: u64, citizens: u32, days: u32, now: Micros) -> Self {
        let end = now.as_second();
        Self {
            seed,
            citizens,
            days,
            end,
            fed: end,
            complete: false,
            municipalities: BTreeMap::new(),
            examples: BTreeMap::new(),
            screened: BTreeMap::new(),
        }
    }

    /// What the folder holds, if it is a demo's.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = place(folder);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).with_context(|| {
                format!("{} is damaged; remove {}", path.display(), folder.display())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes it into the folder, all or nothing.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let (path, new) = (place(folder), folder.join("demo.json.new"));
        std::fs::write(&new, serde_json::to_vec_pretty(self)?)
            .and_then(|()| std::fs::rename(&new, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// A citizen of the municipality.
    pub(super) fn citizen_of(&self, code: &str) -> Option<String> {
        self.examples.get(code).cloned()
    }

    /// For machines.
    pub(super) fn summary(&self) -> serde_json::Value {
        let screened: BTreeMap<&str, serde_json::Value> =
            self.screened.iter().map(|(code, done)| (code.as_str(), counts(*done))).collect();
        json!({"municipalities": self.municipalities, "screened": screened})
    }

    /// The simulation, ending at a moment and reaching back some days.
    pub(super) fn options(&self, days: u32, end: Timestamp) -> anyhow::Result<Options> {
        Ok(Options {
            seed: self.seed,
            citizens: self.citizens,
            days,
            end,
            zone: TimeZone::get(ZONE)?,
            density: Density::Demo,
        })
    }
}

fn place(folder: &Path) -> PathBuf {
    folder.join("demo.json")
}

/// Loads citizens and readings, unless that has been done. One that was interrupted is repeated,
/// which stores nothing twice.
pub(super) async fn load(door: &Door, marker: &mut Marker, folder: &Path) -> anyhow::Result<()> {
    if marker.complete {
        return Ok(());
    }
    // From here on a repetition makes the same readings.
    marker.write(folder)?;
    let options = marker.options(marker.days, Timestamp::from_second(marker.end)?)?;
    let citizens: Vec<Citizen> = simulate::citizens(&options).collect();
    let mut loaded: BTreeMap<String, Loaded> =
        MUNICIPALITIES.iter().map(|(code, _)| ((*code).to_owned(), Loaded::default())).collect();
    create(door, &citizens).await?;
    let start = Micros((marker.end - i64::from(marker.days) * 86_400) * 1_000_000);
    plan(door, &citizens, start).await?;
    assign(door, &citizens, start).await?;
    for citizen in &citizens {
        loaded.entry(citizen.municipality.to_owned()).or_default().citizens += 1;
        marker
            .examples
            .entry(citizen.municipality.to_owned())
            .or_insert_with(|| citizen.id.clone());
    }
    let seconds = u64::from(marker.days) * 86_400;
    let bar = output::progress(seconds, Unit::Share, "readings");
    let mut buffers: BTreeMap<&str, Vec<Line>> = BTreeMap::new();
    let mut number = 0;
    for event in simulate::events(&options) {
        let Some(citizen) = citizens.get(event.citizen as usize) else { continue };
        number += 1;
        let buffer = buffers.entry(citizen.municipality).or_default();
        buffer.push(Line { number, text: event.line });
        if buffer.len() == CHUNK {
            post(door, &mut buffers, &mut loaded).await?;
            let left = u64::try_from(marker.end - event.received.as_second()).unwrap_or(0);
            bar.set_position(seconds.saturating_sub(left));
        }
    }
    post(door, &mut buffers, &mut loaded).await?;
    bar.finish_and_clear();
    marker.municipalities = loaded;
    marker.complete = true;
    marker.write(folder)
}

/// Creates the citizens and their devices.
async fn create(door: &Door, citizens: &[Citizen]) -> anyhow::Result<()> {
    let bar = output::progress(citizens.len() as u64, Unit::Items, "citizens");
    stream::iter(citizens)
        .map(Ok)
        .try_for_each_concurrent(AT_A_TIME, |citizen| {
            let bar = &bar;
            async move {
                let tenant: TenantCode = citizen.municipality.parse()?;
                put(door, &tenant, "Patient", &citizen.id, &citizen.patient_json).await?;
                for device in &citizen.device_json {
                    let id = id_of(device)?;
                    put(door, &tenant, "Device", &id, device).await?;
                }
                bar.inc(1);
                anyhow::Ok(())
            }
        })
        .await?;
    bar.finish_and_clear();
    Ok(())
}

/// Agrees with each citizen what their programmes ask for, from the first day on.
async fn plan(door: &Door, citizens: &[Citizen], start: Micros) -> anyhow::Result<()> {
    for citizen in citizens {
        let tenant: TenantCode = citizen.municipality.parse()?;
        let municipality = door.app.municipality(&tenant).await?.context("it has been created")?;
        let store = &municipality.store;
        let no = store.citizen_no(&citizen.id).await?.context("the citizen has been created")?;
        let programmes = citizen.programmes.iter().map(|programme| (*programme).into()).collect();
        let agreement = Agreement {
            citizen: no,
            citizen_id: &citizen.id,
            expected: 0,
            plan: &standard(&programmes),
            author: "demo",
            at: start,
        };
        let mut tx = store.begin().await?;
        // A repetition finds the plan there already.
        if let PutPlan::Written(..) =
            agree(store, &mut tx, &agreement, Pack::default_pack(), "").await?
        {
            let entry = Entry::of_system("demo", "putPlan", start).about([no]);
            tx.commit(&Block::of(entry)).await?;
        }
    }
    Ok(())
}

/// Gives each municipality its teams and each team its citizens. The first citizen, who stands in
/// examples, is with the first team.
async fn assign(door: &Door, citizens: &[Citizen], at: Micros) -> anyhow::Result<()> {
    for (code, _) in MUNICIPALITIES {
        let tenant: TenantCode = code.parse()?;
        let municipality = door.app.municipality(&tenant).await?.context("it has been created")?;
        let store = &municipality.store;
        let mut tx = store.begin().await?;
        let mut teams = Vec::with_capacity(TEAMS.len());
        for (team, name) in TEAMS {
            teams.push(store.put_team_in(&mut tx, team, name, "").await?);
        }
        let entry = Entry::of_system("demo", "putTeam", at);
        let mut about = Vec::new();
        let mine = citizens.iter().filter(|citizen| citizen.municipality == code);
        for (citizen, team) in mine.zip(teams.iter().cycle()) {
            let no =
                store.citizen_no(&citizen.id).await?.context("the citizen has been created")?;
            store.assign_in(&mut tx, no, *team).await?;
            about.push(no);
        }
        tx.commit(&Block::of(entry.about(about))).await?;
    }
    Ok(())
}

async fn put(
    door: &Door,
    tenant: &TenantCode,
    kind: &str,
    id: &str,
    body: &str,
) -> anyhow::Result<()> {
    let (status, answer) = door.put(tenant, kind, id, body.to_owned()).await?;
    if !status.is_success() {
        bail!("{kind}/{id} was answered {status}: {}", first_issue(&answer));
    }
    Ok(())
}

fn id_of(resource: &str) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    struct Identified {
        id: String,
    }
    Ok(serde_json::from_str::<Identified>(resource)?.id)
}

/// Sends what has been gathered, both municipalities at a time.
pub(super) async fn post(
    door: &Door,
    buffers: &mut BTreeMap<&str, Vec<Line>>,
    loaded: &mut BTreeMap<String, Loaded>,
) -> anyhow::Result<()> {
    let sent = buffers.iter_mut().filter(|(_, lines)| !lines.is_empty()).map(|(code, lines)| {
        let lines = std::mem::take(lines);
        async move {
            let tenant: TenantCode = code.parse()?;
            let mut tally = Tally::default();
            door.post_lines(&tenant, &lines, |line, receipt| {
                if receipt.is_rejected() {
                    let issues = receipt.issues.map(ToString::to_string).unwrap_or_default();
                    tracing::warn!(tenant = %tenant, line = line.number, issues, "rejected");
                }
                tally.count(receipt);
                Ok(())
            })
            .await?;
            anyhow::Ok(((*code).to_owned(), tally))
        }
    });
    for (code, tally) in try_join_all(sent).await? {
        loaded.entry(code).or_default().readings.add(&tally);
    }
    Ok(())
}
