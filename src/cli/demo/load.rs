//! Fills a new demo, and remembers what was filled.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pulsvagt_analytics::Pack;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ZONE;
use super::places::{PLACES, place};
use crate::audit::{Block, Entry};
use crate::cli::door::{Door, Line, first_issue};
use crate::cli::output::{self, Unit};
use crate::cli::screen::{self, counts};
use crate::cli::tally::Tally;
use crate::clock::Micros;
use crate::ids::TenantCode;
use crate::plans::standard::standard;
use crate::plans::{Agreement, agree};
use crate::screening::Done;
use crate::simulate::{self, Citizen, Density, Options, Seen};
use crate::store::plans::PutPlan;
use crate::triage::{Actor, Policy};

/// Lines in one request.
const CHUNK: usize = 2_000;
/// How long before its end the loading pauses for a screening, so that the last readings of stories
/// confirm what the first ones said, as they would have, seconds.
const LAST: i64 = simulate::LAST + 10;
/// Citizens that are created at a time.
const AT_A_TIME: usize = 16;

/// What the folder of a demo holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Marker {
    /// Of the simulation.
    pub(super) seed: u64,
    /// In all municipalities, without those of the stories.
    pub(super) citizens: u32,
    /// Days that were loaded.
    pub(super) days: u32,
    /// End of those days, when the stories are told, seconds since 1970.
    end: i64,
    /// Until when readings have been fed since, seconds since 1970.
    pub(super) fed: i64,
    complete: bool,
    /// What was loaded, by municipality.
    pub(super) municipalities: BTreeMap<String, Loaded>,
    /// A citizen of each municipality, for examples.
    examples: BTreeMap<String, String>,
    /// How many incidents there have been, by municipality and team.
    #[serde(default)]
    pub(super) incidents: BTreeMap<String, u32>,
    /// What screening after that has come to in this run, by municipality.
    #[serde(skip)]
    pub(super) screened: BTreeMap<String, Done>,
}

/// The marker of a demo that serves, which several tasks write into.
#[derive(Debug)]
pub(super) struct Notebook {
    marker: Mutex<Marker>,
    folder: PathBuf,
}

impl Notebook {
    pub(super) fn new(marker: Marker, folder: PathBuf) -> Self {
        Self { marker: Mutex::new(marker), folder }
    }

    /// What is in it now.
    pub(super) fn read(&self) -> Marker {
        self.marker.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes something, and keeps it.
    pub(super) fn note<T>(&self, change: impl FnOnce(&mut Marker) -> T) -> anyhow::Result<T> {
        let mut marker = self.marker.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut marker);
        marker.write(&self.folder)?;
        Ok(result)
    }
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
            incidents: BTreeMap::new(),
            screened: BTreeMap::new(),
        }
    }

    /// What the folder holds, if it is a demo's.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = file(folder);
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
        let (path, new) = (file(folder), folder.join("demo.json.new"));
        std::fs::write(&new, serde_json::to_vec_pretty(self)?)
            .and_then(|()| std::fs::rename(&new, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// When the demo began and its stories are told.
    pub(super) fn began(&self) -> anyhow::Result<Timestamp> {
        Ok(Timestamp::from_second(self.end)?)
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

fn file(folder: &Path) -> PathBuf {
    folder.join("demo.json")
}

/// Somebody of a demo.
#[derive(Debug)]
pub(super) struct Somebody {
    pub(super) index: u32,
    pub(super) citizen: Citizen,
    /// The team, by its code.
    pub(super) team: &'static str,
    /// What is to be seen of whoever has a story.
    pub(super) seen: Option<Seen>,
}

/// Everybody of a demo: those with stories first.
pub(super) type People = Vec<Somebody>;

/// Who they are. Those without a story go to the teams of their municipality in turn.
pub(super) fn people(marker: &Marker) -> anyhow::Result<People> {
    let options = marker.options(marker.days, marker.began()?)?;
    let mut people: People = simulate::players(&options, marker.began()?)
        .map(|(index, citizen, part)| Somebody {
            index,
            citizen,
            team: part.team,
            seen: Some(part.plot.seen),
        })
        .collect();
    let mut turns: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, citizen) in (0..).zip(simulate::citizens(&options)) {
        let place = place(citizen.municipality).context("a municipality of the demo")?;
        let turn = turns.entry(place.code).or_default();
        let team = place.teams[*turn % place.teams.len()].code;
        *turn += 1;
        people.push(Somebody { index, citizen, team, seen: None });
    }
    Ok(people)
}

/// Loads citizens and readings and screens them, unless that has been done. One that was interrupted
/// is repeated, which stores nothing twice.
pub(super) async fn load(
    door: &Door,
    marker: &mut Marker,
    people: &People,
    folder: &Path,
) -> anyhow::Result<()> {
    if marker.complete {
        return Ok(());
    }
    // From here on a repetition makes the same readings.
    marker.write(folder)?;
    let (end, began) = (marker.end, marker.began()?);
    let options = marker.options(marker.days, began)?;
    let mut loaded: BTreeMap<String, Loaded> =
        PLACES.iter().map(|place| (place.code.to_owned(), Loaded::default())).collect();
    let citizens: Vec<&Citizen> = people.iter().map(|one| &one.citizen).collect();
    create(door, &citizens).await?;
    let start = Micros((end - i64::from(marker.days) * 86_400) * 1_000_000);
    plan(door, &citizens, start).await?;
    assign(door, people, start).await?;
    for citizen in &citizens {
        loaded.entry(citizen.municipality.to_owned()).or_default().citizens += 1;
        marker
            .examples
            .entry(citizen.municipality.to_owned())
            .or_insert_with(|| citizen.id.clone());
    }
    let homes: BTreeMap<u32, &str> =
        people.iter().map(|one| (one.index, one.citizen.municipality)).collect();
    let seconds = u64::from(marker.days) * 86_400;
    let bar = output::progress(seconds, Unit::Share, "readings");
    let mut buffers: BTreeMap<&str, Vec<Line>> = BTreeMap::new();
    let mut number = 0;
    let mut is_last = false;
    for event in simulate::events_with_stories(&options, began) {
        let Some(&code) = homes.get(&event.citizen) else { continue };
        let left = end - event.received.as_second();
        if left <= LAST && !is_last {
            is_last = true;
            post(door, &mut buffers, &mut loaded).await?;
            screen(door, marker).await?;
        }
        number += 1;
        let buffer = buffers.entry(code).or_default();
        buffer.push(Line { number, text: event.line });
        if buffer.len() == CHUNK {
            post(door, &mut buffers, &mut loaded).await?;
            bar.set_position(seconds.saturating_sub(u64::try_from(left).unwrap_or(0)));
        }
    }
    post(door, &mut buffers, &mut loaded).await?;
    bar.finish_and_clear();
    marker.municipalities = loaded;
    marker.complete = true;
    marker.write(folder)
}

/// Screens everybody whose readings are new.
pub(super) async fn screen(door: &Door, marker: &mut Marker) -> anyhow::Result<()> {
    let clock = door.app.clock();
    for place in &PLACES {
        let code = place.code.parse()?;
        let Some(municipality) = door.app.municipality(&code).await? else { continue };
        let store = &municipality.store;
        let done = screen::everybody_due(store, &screen::worker(store, clock), clock).await?;
        marker.screened.entry(place.code.to_owned()).or_default().add(done);
    }
    Ok(())
}

/// Creates the citizens and their devices.
async fn create(door: &Door, citizens: &[&Citizen]) -> anyhow::Result<()> {
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
async fn plan(door: &Door, citizens: &[&Citizen], start: Micros) -> anyhow::Result<()> {
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

/// Gives each municipality its teams and its staffed hours, and each team its citizens.
async fn assign(door: &Door, people: &People, at: Micros) -> anyhow::Result<()> {
    for place in &PLACES {
        let tenant: TenantCode = place.code.parse()?;
        let municipality = door.app.municipality(&tenant).await?.context("it has been created")?;
        let store = &municipality.store;
        let mut tx = store.begin().await?;
        let mut teams = BTreeMap::new();
        for team in place.teams {
            let no = store.put_team_in(&mut tx, team.code, team.name, team.district).await?;
            teams.insert(team.code, no);
        }
        let entry = Entry::of_system("demo", "putTeam", at);
        let mut about = Vec::new();
        for one in people.iter().filter(|one| one.citizen.municipality == place.code) {
            let id = &one.citizen.id;
            let no = store.citizen_no(id).await?.context("the citizen has been created")?;
            let team = teams.get(one.team).context("a team of the municipality")?;
            store.assign_in(&mut tx, no, *team).await?;
            about.push(no);
        }
        tx.commit(&Block::of(entry.about(about))).await?;
        let staffed: Vec<_> = place
            .staffed
            .iter()
            .map(|(days, from, to)| json!({"days": days, "from": from, "to": to}))
            .collect();
        let policy: Policy = serde_json::from_value(json!({"staffed": staffed}))?;
        let actor = Actor::new("demo", "system");
        // A repetition finds it there already.
        let _ = store.set_policy(0, &policy, &actor, at).await?;
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

/// Sends what has been gathered, all municipalities at a time.
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
