//! Lets things happen while somebody looks: soon after the demo has begun, soon after somebody has
//! signed in, and every few minutes. Readings go over the network like a gateway's.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use jiff::{SignedDuration, Timestamp};

use super::load::{Notebook, People};
use super::places::{PLACES, Place};
use crate::access::{Grant, Role};
use crate::cli::door::Door;
use crate::simulate::{self, Incident, Options};

/// How often to look what is to be done.
const TICK: Duration = Duration::from_secs(2);
/// How long after the beginning, or a sign-in, something happens.
const SOON: SignedDuration = SignedDuration::from_secs(8);
/// How long it is quiet in between.
const PAUSE: SignedDuration = SignedDuration::from_mins(4);
/// How long the gateway waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long its token is good for, seconds.
const TOKEN: i64 = 300;

/// Team of a municipality, as indices.
type Spot = (usize, usize);

/// A reading that is on its way.
struct Posting {
    at: Timestamp,
    place: &'static Place,
    line: String,
}

struct Player {
    door: Arc<Door>,
    url: String,
    notebook: Arc<Notebook>,
    options: Options,
    /// To whom what may happen, by team, those who are steady otherwise first.
    rings: BTreeMap<Spot, Vec<(u32, &'static Incident)>>,
    /// When somewhere the next incident begins.
    begins: VecDeque<(Timestamp, Spot)>,
    postings: Vec<Posting>,
    /// Sessions that are no news.
    sessions: BTreeSet<String>,
    agent: ureq::Agent,
}

/// Begins, until the application stops.
pub(super) fn start(door: &Arc<Door>, url: String, notebook: &Arc<Notebook>, people: &People) {
    let (tasks, door) = (door.app.tasks().clone(), Arc::clone(door));
    let notebook = Arc::clone(notebook);
    let rings = rings(people);
    tasks.spawn(async move {
        let stopping = door.app.stopping().clone();
        let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
        let now = door.app.clock().now().to_jiff();
        let Ok(options) = notebook.read().options(1, now) else { return };
        let mut player = Player {
            door,
            url,
            notebook,
            options,
            rings,
            begins: PLACES.iter().enumerate().map(|(at, _)| (now + SOON, (at, 0))).collect(),
            postings: Vec::new(),
            sessions: BTreeSet::new(),
            agent,
        };
        tokio::select! {
            () = stopping.cancelled() => (),
            () = player.play() => (),
        }
    });
}

/// Everybody to whom something may happen.
fn rings(people: &People) -> BTreeMap<Spot, Vec<(u32, &'static Incident)>> {
    let mut rings: BTreeMap<Spot, Vec<(u32, &'static Incident)>> = BTreeMap::new();
    // Whoever has a story to tell already is left alone.
    let steady = people.iter().filter(|one| one.seen == Some(simulate::Seen::NothingYet));
    for one in steady.chain(people.iter().filter(|one| one.seen.is_none())) {
        let place = PLACES.iter().position(|place| place.code == one.citizen.municipality);
        let team = place.and_then(|at| PLACES[at].teams.iter().position(|t| t.code == one.team));
        let incident = simulate::incident_of(&one.citizen.programmes);
        if let (Some(place), Some(team), Some(incident)) = (place, team, incident) {
            rings.entry((place, team)).or_default().push((one.index, incident));
        }
    }
    rings
}

impl Player {
    async fn play(&mut self) {
        let mut last = self.now();
        // Who is signed in since before the demo was stopped is no news.
        self.signed_in().await;
        loop {
            tokio::time::sleep(TICK).await;
            let now = self.now();
            for spot in self.signed_in().await {
                self.begins.push_back((now + SOON, spot));
            }
            if now.duration_since(last) >= PAUSE {
                last = now;
                self.begins.push_back((now, self.next_spot()));
            }
            let due: Vec<Spot> =
                self.begins.iter().filter(|(at, _)| *at <= now).map(|(_, spot)| *spot).collect();
            self.begins.retain(|(at, _)| *at > now);
            for spot in due {
                self.begin(spot, now);
            }
            let due = self.postings.extract_if(.., |posting| posting.at <= now).collect::<Vec<_>>();
            for posting in due {
                if let Err(error) = self.post(posting).await {
                    let error = crate::telemetry::chain(error.as_ref());
                    tracing::warn!(error, "a simulated reading did not arrive");
                }
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.door.app.clock().now().to_jiff()
    }

    /// The teams of whoever has signed in since this was asked last.
    async fn signed_in(&mut self) -> Vec<Spot> {
        let mut spots = Vec::new();
        let now = self.door.app.clock().now();
        for (at, place) in PLACES.iter().enumerate() {
            let Ok(code) = place.code.parse() else { continue };
            let Ok(Some(municipality)) = self.door.app.municipality(&code).await else { continue };
            let Ok(sessions) = municipality.store.sessions(now).await else { continue };
            for session in sessions {
                let person = session.person;
                if matches!(person.role, Role::Nurse | Role::Lead)
                    && self.sessions.insert(session.id)
                {
                    let own = place
                        .teams
                        .iter()
                        .position(|team| person.teams.iter().any(|code| code == team.code));
                    spots.push((at, own.unwrap_or(0)));
                }
            }
        }
        spots
    }

    /// Where something happens next that nobody waits for: everywhere in turn.
    fn next_spot(&self) -> Spot {
        let count: u32 = self.notebook.read().incidents.values().sum();
        let spots: Vec<Spot> = self.rings.keys().copied().collect();
        let at = usize::try_from(count).unwrap_or(0) % spots.len().max(1);
        spots.get(at).copied().unwrap_or((0, 0))
    }

    /// Lets something happen to the next citizen of a team.
    fn begin(&mut self, spot: Spot, now: Timestamp) {
        let place = &PLACES[spot.0];
        let Some(ring) = self.rings.get(&spot).filter(|ring| !ring.is_empty()) else { return };
        let key = format!("{} {}", place.code, place.teams[spot.1].code);
        // The same happens to nobody again before all others have had their turn.
        let noted = self.notebook.note(|marker| {
            let count = marker.incidents.entry(key).or_default();
            *count = count.saturating_add(1);
            *count - 1
        });
        let count = match noted {
            Ok(count) => usize::try_from(count).unwrap_or(0),
            Err(error) => {
                let error = crate::telemetry::chain(error.as_ref());
                tracing::warn!(error, "what happens could not be noted");
                return;
            }
        };
        let (citizen, incident) = ring[count % ring.len()];
        let events = incident.events(&self.options, citizen, now);
        self.postings.extend(events.into_iter().map(|event| Posting {
            at: event.received,
            place,
            line: event.line,
        }));
        tracing::info!(about = incident.about, rule = incident.rule, "an incident begins");
    }

    /// Sends a reading as a gateway does.
    async fn post(&self, posting: Posting) -> anyhow::Result<()> {
        let token = self.door.mint(&Grant {
            tenant: posting.place.code.parse()?,
            role: Role::Gateway,
            subject: "demo-gateway".to_owned(),
            citizen: None,
            scope: None,
            seconds: TOKEN,
        })?;
        let request = self
            .agent
            .post(format!("{}/fhir/Observation", self.url))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/fhir+json");
        let answer = tokio::task::spawn_blocking(move || request.send(posting.line)).await??;
        if !answer.status().is_success() {
            bail!("the reading was answered {}", answer.status());
        }
        Ok(())
    }
}
