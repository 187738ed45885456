//! Keeps readings flowing while a demo serves.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::load::{self, Marker, Notebook, People};
use crate::cli::door::{Door, Line};
use crate::simulate::{self, Event};

/// How often what has happened since is sent.
const TICK: Duration = Duration::from_secs(3);
/// How far ahead readings are made.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How far back a pause is made up for, and devices may have held readings back, days.
const BACK: i64 = 8;
/// Readings in one request.
const CHUNK: usize = 2_000;

/// The municipality of each citizen, by index.
type Homes = BTreeMap<u32, &'static str>;
type Events = Peekable<Box<dyn Iterator<Item = Event> + Send>>;

/// Sends the simulated readings of the same citizens as they happen, beginning where the last
/// run ended, until the application stops.
pub(super) fn start(door: &Arc<Door>, notebook: &Arc<Notebook>, people: &People) {
    let (tasks, door) = (door.app.tasks().clone(), Arc::clone(door));
    let notebook = Arc::clone(notebook);
    let homes = people.iter().map(|one| (one.index, one.citizen.municipality)).collect();
    tasks.spawn(async move {
        let stopping = door.app.stopping().clone();
        tokio::select! {
            () = stopping.cancelled() => (),
            fed = feed(&door, &notebook, &homes) => {
                if let Err(error) = fed {
                    let error = crate::telemetry::chain(error.as_ref());
                    tracing::error!(error, "no more readings are simulated");
                }
            }
        }
    });
}

async fn feed(door: &Door, notebook: &Notebook, homes: &Homes) -> anyhow::Result<()> {
    loop {
        let now = door.app.clock().now().to_jiff();
        let mut events = upcoming(&notebook.read(), now).await?;
        while events.peek().is_some() {
            let now = door.app.clock().now().to_jiff();
            send(door, &mut events, now, homes).await?;
            notebook.note(|marker| marker.fed = now.as_second())?;
            tokio::time::sleep(TICK).await;
        }
    }
}

/// What will be received from where the last feeding ended until tomorrow.
async fn upcoming(marker: &Marker, now: Timestamp) -> anyhow::Result<Events> {
    let (from, began) = (Timestamp::from_second(marker.fed)?, marker.began()?);
    let days = (now.as_second() - marker.fed) / 86_400 + BACK;
    let options = marker.options(u32::try_from(days.clamp(BACK, 2 * BACK))?, now + AHEAD)?;
    // Days that are over are made and passed by, which takes a moment.
    let events = tokio::task::spawn_blocking(move || {
        let events = simulate::events_with_stories(&options, began)
            .skip_while(move |event| event.received < from);
        let mut events = (Box::new(events) as Box<dyn Iterator<Item = Event> + Send>).peekable();
        events.peek();
        events
    });
    Ok(events.await?)
}

/// Sends what has been received by now.
async fn send(
    door: &Door,
    events: &mut Events,
    now: Timestamp,
    homes: &Homes,
) -> anyhow::Result<()> {
    let mut loaded = BTreeMap::new();
    loop {
        let mut buffers: BTreeMap<&str, Vec<Line>> = BTreeMap::new();
        let mut count = 0;
        while count < CHUNK
            && let Some(event) = events.next_if(|event| event.received <= now)
        {
            let Some(&code) = homes.get(&event.citizen) else { continue };
            count += 1;
            buffers.entry(code).or_default().push(Line { number: count as u64, text: event.line });
        }
        if count == 0 {
            break;
        }
        load::post(door, &mut buffers, &mut loaded).await?;
    }
    for (tenant, sent) in &loaded {
        let (received, stored) = (sent.readings.received, sent.readings.stored);
        tracing::debug!(tenant, received, stored, "fed");
    }
    Ok(())
}
