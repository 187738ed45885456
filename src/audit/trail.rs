//! What is known of a request while it is being dealt with.
//!
//! The door lays a trail for every request. Authentication writes down who it is, handlers whose
//! data they touch, and the door does not let an answer out before the trail has become an entry.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::entry::{Actor, Entry, Outcome, Target};
use super::purpose::Purpose;
use super::recorder::Recorder;
use super::redact::may_be_cpr;
use crate::clock::Micros;
use crate::ids::{CitizenNo, ObservationKey, TenantCode};
use crate::store::sight::Access;

/// What is known of a request before anybody has looked at who it is.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The request's id.
    pub request: String,
    /// The operation.
    pub operation: String,
    /// The address it came from; empty if there is none.
    pub from: String,
    /// The reason it gives; `Err` if that is none that is known.
    pub purpose: Result<Option<Purpose>, UnknownPurpose>,
    /// Names of the query's parameters.
    pub parameters: Vec<String>,
}

/// The reason that a request gives is none that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownPurpose;

/// One request's trail. Clones are the same trail.
#[derive(Debug, Clone)]
pub struct Trail(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    asked: Asked,
    who: Option<Who>,
    /// What a refusal is about, if it is about one thing.
    target: Option<(Target, Option<CitizenNo>)>,
    notes: Notes,
    /// Whether a handler has said whose data it was, be it nobody's.
    said: bool,
    /// How many entries were committed with what they record.
    committed: u32,
    /// Accesses beyond the caller's teams.
    accesses: Vec<Access>,
    /// Why nobody was let in, as a class.
    refused: Option<&'static str>,
}

#[derive(Debug)]
struct Who {
    tenant: TenantCode,
    actor: Actor,
    purpose: Purpose,
    recorder: Recorder,
}

#[derive(Debug, Default)]
struct Notes {
    citizens: BTreeSet<CitizenNo>,
    resources: BTreeSet<Target>,
    readings: Vec<ObservationKey>,
}

impl Notes {
    fn is_empty(&self) -> bool {
        self.citizens.is_empty() && self.resources.is_empty() && self.readings.is_empty()
    }
}

/// What is left to be done at the end of a request.
#[derive(Debug)]
pub enum Finished {
    /// Nobody was let in, so there is no municipality whose chain it belongs to.
    Nobody,
    /// Everything is in an entry already.
    Covered,
    /// This is to be recorded before the answer leaves.
    Open(Box<Entry>, Recorder),
    /// Likewise; and no handler has said whose data is in the answer, so it must not leave.
    Unsaid(Box<Entry>, Recorder),
}

impl Trail {
    /// Of a request that has just come.
    pub fn new(asked: Asked) -> Self {
        Self(Arc::new(Mutex::new(State {
            asked,
            who: None,
            target: None,
            notes: Notes::default(),
            said: false,
            committed: 0,
            accesses: Vec::new(),
            refused: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reason that the request gives.
    ///
    /// # Errors
    /// When it gives one that is not known.
    pub fn purpose(&self) -> Result<Option<Purpose>, UnknownPurpose> {
        self.state().asked.purpose
    }

    /// Somebody was let in.
    pub fn authenticated(
        &self,
        tenant: &TenantCode,
        actor: Actor,
        purpose: Purpose,
        recorder: Recorder,
    ) {
        self.state().who = Some(Who { tenant: tenant.clone(), actor, purpose, recorder });
    }

    /// The caller may know of these citizens although they are of other teams; each entry about one
    /// of them says so.
    pub fn beyond_teams(&self, accesses: &[Access]) {
        self.state().accesses = accesses.to_vec();
    }

    /// Municipality and role of whoever was let in.
    pub fn asked_by(&self) -> Option<(TenantCode, String)> {
        let state = self.state();
        state.who.as_ref().map(|who| (who.tenant.clone(), who.actor.role.clone()))
    }

    /// Nobody is let in, for a reason of that class.
    pub fn refused(&self, class: &'static str) {
        self.state().refused = Some(class);
    }

    /// Why nobody was let in, where that is known.
    pub fn reason(&self) -> Option<&'static str> {
        self.state().refused
    }

    /// What the address names; told of if the request is refused.
    pub fn asked_for(&self, target: Target, citizen: Option<CitizenNo>) {
        self.state().target = Some((target, citizen));
    }

    /// The operation is another than the address says.
    pub fn operation(&self, name: &str) {
        name.clone_into(&mut self.state().asked.operation);
    }

    /// The reason is said in the request's body.
    pub fn because(&self, purpose: Purpose) {
        if let Some(who) = &mut self.state().who {
            who.purpose = purpose;
        }
    }

    /// Nobody's data is touched.
    pub fn nobody(&self) {
        self.state().said = true;
    }

    /// The data of these citizens, perhaps of none, is touched.
    pub fn about(&self, citizens: impl IntoIterator<Item = CitizenNo>) {
        let mut state = self.state();
        state.notes.citizens.extend(citizens);
        state.said = true;
    }

    /// A resource, which is of that citizen's if of anybody's.
    pub fn resource(&self, kind: &str, id: &str, version: u32, citizen: Option<CitizenNo>) {
        let id = if may_be_cpr(id) { "~cpr" } else { id };
        let target = Target { kind: kind.to_owned(), id: id.to_owned(), version };
        let mut state = self.state();
        state.notes.resources.insert(target);
        state.notes.citizens.extend(citizen);
        state.said = true;
    }

    /// Readings.
    pub fn readings(&self, keys: impl IntoIterator<Item = ObservationKey>) {
        let mut state = self.state();
        state.notes.readings.extend(keys);
        state.said = true;
    }

    /// The entry of what was noted so far, to be committed with it: a success. `None` where nobody
    /// was let in.
    pub fn entry(&self, at: Micros) -> Option<Entry> {
        self.state().entry(at)
    }

    /// That entry has been committed.
    pub fn committed(&self) {
        let mut state = self.state();
        state.committed += 1;
        state.notes = Notes::default();
        state.said = true;
    }

    /// The end, with the status of the answer.
    pub fn finish(&self, status: u16, at: Micros) -> Finished {
        let state = self.state();
        let Some(who) = &state.who else { return Finished::Nobody };
        let outcome = Outcome::of(status);
        if state.committed > 0 && outcome == Outcome::Success && state.notes.is_empty() {
            return Finished::Covered;
        }
        let Some(mut entry) = state.entry(at) else { return Finished::Nobody };
        (entry.outcome, entry.status) = (outcome, status);
        if let Some((target, citizen)) = &state.target
            && outcome != Outcome::Success
            && entry.resources.is_empty()
        {
            entry.resources.push(target.clone());
            entry = entry.about(*citizen);
        }
        let (entry, recorder) = (Box::new(entry), who.recorder.clone());
        if outcome == Outcome::Success && !state.said {
            Finished::Unsaid(entry, recorder)
        } else {
            Finished::Open(entry, recorder)
        }
    }
}

impl State {
    fn entry(&self, at: Micros) -> Option<Entry> {
        let Who { actor, purpose, .. } = self.who.as_ref()?;
        let entry = Entry {
            at,
            request: self.asked.request.clone(),
            actor: actor.clone(),
            purpose: purpose.as_str().to_owned(),
            from: self.asked.from.clone(),
            operation: self.asked.operation.clone(),
            resources: self.notes.resources.iter().cloned().collect(),
            parameters: self.asked.parameters.clone(),
            ..Entry::default()
        };
        let citizens = self.notes.citizens.iter().copied();
        let entry = entry.of_readings(self.notes.readings.iter().copied()).about(citizens);
        let said = matches!(self.asked.purpose, Ok(Some(_)));
        Some(entry.beyond_teams(&self.accesses, said))
    }
}
