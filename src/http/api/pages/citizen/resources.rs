//! Contacts, messages, devices and tasks, found by the same search as over FHIR, so that roles, scopes
//! and what the citizen denies count here as there.

use pulsvagt_analytics::Plan;
use pulsvagt_fhir::datetime::parse_datetime;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::charts::DAYS;
use crate::access::Interaction;
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::api::problem::Problem;
use crate::http::api::view::iso_day;
use crate::http::fhir::find;
use crate::http::web::model::{Contact, ContactKind, DeviceStatus, Message, OpenTask};
use crate::ids::CitizenNo;
use crate::store::StoreError;
use crate::store::observations::Heard;
use crate::store::resources::StoredResource;

/// Most of a type that are looked at.
const MOST: &str = "200";
const HOUR: i64 = 3_600_000_000;
/// A device of a citizen without a plan is silent after so many hours.
const SILENT_AFTER: u16 = 7 * 24;

/// Who asks about whom.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
    pub(super) citizen: CitizenNo,
    pub(super) id: &'a str,
    pub(super) now: Micros,
}

#[derive(Deserialize)]
struct Coding {
    code: Option<String>,
    display: Option<String>,
}

#[derive(Deserialize, Default)]
struct Concept {
    text: Option<String>,
    #[serde(default)]
    coding: Vec<Coding>,
}

impl Concept {
    fn told(&self) -> Option<String> {
        let display = || self.coding.iter().find_map(|coding| coding.display.clone());
        self.text.clone().or_else(display)
    }

    fn has(&self, code: &str) -> bool {
        self.coding.iter().any(|coding| coding.code.as_deref() == Some(code))
    }
}

#[derive(Deserialize, Default)]
struct Period {
    start: Option<String>,
    end: Option<String>,
}

#[derive(Deserialize, Default)]
struct Reference {
    reference: Option<String>,
    display: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encounter {
    status: String,
    class: Coding,
    #[serde(default)]
    period: Period,
    #[serde(default, rename = "type")]
    kinds: Vec<Concept>,
    #[serde(default)]
    reason_code: Vec<Concept>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    content_string: Option<String>,
}

#[derive(Deserialize)]
struct Communication {
    status: String,
    sent: Option<String>,
    received: Option<String>,
    #[serde(default)]
    medium: Vec<Concept>,
    sender: Option<Reference>,
    #[serde(default)]
    payload: Vec<Payload>,
    topic: Option<Concept>,
}

#[derive(Deserialize)]
struct DeviceName {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    id: String,
    status: Option<String>,
    #[serde(default)]
    device_name: Vec<DeviceName>,
    #[serde(rename = "type")]
    kind: Option<Concept>,
    manufacturer: Option<String>,
    model_number: Option<String>,
}

#[derive(Deserialize, Default)]
struct Restriction {
    #[serde(default)]
    period: Period,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    id: String,
    description: Option<String>,
    code: Option<Concept>,
    priority: Option<String>,
    owner: Option<Reference>,
    #[serde(default)]
    restriction: Restriction,
}

impl Asked<'_> {
    /// What the caller may find of a type.
    async fn find<T: DeserializeOwned>(
        self,
        kind: &'static str,
        filters: &[(&str, &str)],
    ) -> Result<Vec<T>, Problem> {
        if !self.caller.principal().may(Interaction::Search, kind) {
            return Ok(Vec::new());
        }
        let fixed = [("patient", self.id), ("_count", MOST)];
        let parameters = fixed.iter().chain(filters);
        let parameters = parameters.map(|(name, value)| ((*name).into(), (*value).into()));
        let (_, found) = find(self.app, self.caller, kind, parameters.collect(), true).await?;
        found.resources.iter().map(read).collect()
    }

    /// From when to when.
    fn range(self, text: Option<&str>) -> Option<(Micros, Micros)> {
        let zone = self.caller.municipality().store.zone();
        let (start, end) = parse_datetime(text?)?.range_us(zone);
        Some((Micros(start), Micros(end)))
    }

    /// Contacts from a local day on.
    pub(super) async fn contacts(self, first: i32) -> Result<Vec<Contact>, Problem> {
        let since = format!("ge{}", iso_day(first));
        let found: Vec<Encounter> = self.find("Encounter", &[("date", &since)]).await?;
        let took_place = |it: &&Encounter| {
            !matches!(it.status.as_str(), "planned" | "cancelled" | "entered-in-error")
        };
        let contacts = found.iter().filter(took_place).filter_map(|it| {
            let (from, _) = self.range(it.period.start.as_deref())?;
            let what = it.reason_code.iter().chain(&it.kinds).find_map(Concept::told);
            Some(Contact {
                from,
                // Where only a day is given, all of it but not the next.
                to: self.range(it.period.end.as_deref()).map(|(_, end)| Micros(end.0 - 1)),
                kind: match it.class.code.as_deref() {
                    Some("IMP" | "ACUTE" | "NONAC") => ContactKind::Inpatient,
                    Some("EMER") => ContactKind::Emergency,
                    _ => ContactKind::Other,
                },
                what: what.or_else(|| it.class.display.clone()),
            })
        });
        let mut contacts: Vec<Contact> = contacts.collect();
        contacts.sort_by_key(|contact| contact.from);
        Ok(contacts)
    }

    /// Messages and calls from a local day on.
    pub(super) async fn messages(self, first: i32) -> Result<Vec<(Micros, Message)>, Problem> {
        let found: Vec<Communication> = self.find("Communication", &[]).await?;
        let since = i64::from(first) * 24 * HOUR;
        let was_sent = |it: &&Communication| {
            matches!(it.status.as_str(), "in-progress" | "completed" | "unknown")
        };
        let messages = found.iter().filter(was_sent).filter_map(|it| {
            let (at, _) = self.range(it.sent.as_deref().or(it.received.as_deref()))?;
            let parts = it.payload.iter().filter_map(|part| part.content_string.as_deref());
            let text = parts.collect::<Vec<_>>().join("\n");
            let topic = it.topic.as_ref().and_then(Concept::told).unwrap_or_default();
            let sender = it.sender.as_ref().and_then(|sender| sender.reference.as_deref());
            let message = Message {
                // HL7 v3 ParticipationMode.
                is_call: it.medium.iter().any(|medium| medium.has("PHONE")),
                from_citizen: sender.is_some_and(|sender| sender.contains("Patient/")),
                text: if text.is_empty() { topic } else { text },
            };
            (at.0 >= since).then_some((at, message))
        });
        Ok(messages.collect())
    }

    /// The devices, those that are silent first.
    pub(super) async fn devices(self, plan: &Plan) -> Result<Vec<DeviceStatus>, Problem> {
        let devices: Vec<Device> = self.find("Device", &[]).await?;
        let from = Micros(self.now.0 - i64::from(DAYS) * 24 * HOUR);
        let denials = self.caller.denials().await?;
        let store = &self.caller.municipality().store;
        let until = Micros(self.now.0 + 1);
        let mut heard = store.heard_of_devices(self.citizen, from, until, &denials).await?;
        // What the plan lets pass before it calls it silence.
        let often = plan.cadence.iter().map(|cadence| cadence.every_hours).min();
        let allowed = i64::from(often.unwrap_or(SILENT_AFTER)) * HOUR * 3 / 2;
        let status = |name, heard: Option<Heard>| DeviceStatus {
            name,
            newest: heard.map(|heard| heard.newest),
            is_silent: heard.is_none_or(|heard| self.now.0 - heard.newest.0 > allowed),
            battery: heard.and_then(|heard| heard.battery),
        };
        let mut told = Vec::new();
        for device in devices {
            let is_own = |reference: &str| reference.ends_with(&format!("Device/{}", device.id));
            let reference = heard.keys().find(|it| is_own(it)).cloned();
            let newest = reference.and_then(|reference| heard.remove(&reference));
            if device.status.as_deref() == Some("entered-in-error") {
                continue;
            }
            told.push(status(Some(device.told()), newest));
        }
        // Readings name devices that nobody has described, and some name none.
        heard.remove("");
        told.extend(heard.into_values().map(|heard| status(None, Some(heard))));
        told.sort_by_key(|device| (!device.is_silent, std::cmp::Reverse(device.newest)));
        Ok(told)
    }

    /// Tasks that are open, the soonest first.
    pub(super) async fn tasks(self) -> Result<Vec<OpenTask>, Problem> {
        let open = [("status", "draft,requested,received,accepted,ready,in-progress,on-hold")];
        let found: Vec<Task> = self.find("Task", &open).await?;
        let mut tasks: Vec<OpenTask> = found
            .into_iter()
            .map(|task| OpenTask {
                due: self.range(task.restriction.period.end.as_deref()).map(|(due, _)| due),
                urgent: matches!(task.priority.as_deref(), Some("asap" | "stat")),
                what: task
                    .description
                    .or_else(|| task.code.as_ref().and_then(Concept::told))
                    .unwrap_or_default(),
                owner: task.owner.and_then(|owner| owner.display),
                id: task.id,
            })
            .collect();
        tasks.sort_by_key(|task| (task.due.is_none(), task.due));
        Ok(tasks)
    }
}

impl Device {
    fn told(&self) -> String {
        let name = self.device_name.first().map(|name| name.name.clone());
        let kind = || self.kind.as_ref().and_then(Concept::told);
        let made = [self.manufacturer.as_deref(), self.model_number.as_deref()];
        let made = made.into_iter().flatten().collect::<Vec<_>>().join(" ");
        name.or_else(kind).or(Some(made).filter(|it| !it.is_empty())).unwrap_or(self.id.clone())
    }
}

/// Errors of serde quote what they could not read, which is somebody's.
fn read<T: DeserializeOwned>(stored: &StoredResource) -> Result<T, Problem> {
    let read = serde_json::from_str(&stored.json());
    read.map_err(|_| StoreError::damaged("resource", "it cannot be read").into())
}
