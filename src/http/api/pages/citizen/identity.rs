//! Who a citizen is, as far as the caller may know.

use serde::Deserialize;

use crate::access::Interaction;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, Needs};
use crate::http::api::problem::Problem;
use crate::http::api::view::CitizenView;
use crate::http::fhir::shown;
use crate::http::web::model::{Identity, Who};
use crate::ids::CitizenNo;
use crate::store::StoreError;
use crate::store::resources::StoredResource;

impl From<CitizenView> for Who {
    fn from(view: CitizenView) -> Self {
        Self { id: view.id, name: view.name, age: view.age }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patient {
    #[serde(default)]
    identifier: Vec<Identifier>,
    #[serde(default)]
    address: Vec<Address>,
    #[serde(default)]
    telecom: Vec<Telecom>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Deserialize)]
struct Identifier {
    system: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    text: Option<String>,
    #[serde(default)]
    line: Vec<Option<String>>,
    postal_code: Option<String>,
    city: Option<String>,
}

#[derive(Deserialize)]
struct Telecom {
    system: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize, Default)]
struct Meta {
    #[serde(default)]
    security: Vec<Coding>,
}

#[derive(Deserialize)]
struct Coding {
    code: Option<String>,
}

impl Address {
    fn line(&self) -> Option<String> {
        let street = self.line.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        let place = [self.postal_code.as_deref(), self.city.as_deref()];
        let place = place.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let parts: Vec<String> = [street, place].into_iter().filter(|it| !it.is_empty()).collect();
        if parts.is_empty() { self.text.clone() } else { Some(parts.join(", ")) }
    }
}

/// Who a citizen is, where the caller may know. Where name and address are protected (code R of
/// HL7's confidentiality), neither address nor telephone number is told: they are not needed to see
/// that it is the right person.
pub(in crate::http::api::pages) async fn identity<N: Needs>(
    caller: &ApiCaller<N>,
    id: &str,
) -> Result<Identity, Problem> {
    if !caller.principal().may(Interaction::Read, "Patient") {
        return Ok(Identity::default());
    }
    let Some(stored) = caller.store().resource("Patient", id).await? else {
        return Ok(Identity::default());
    };
    caller.trail().resource("Patient", id, stored.version, stored.citizen);
    identity_in(caller, &stored)
}

fn identity_in<N: Needs>(
    caller: &ApiCaller<N>,
    stored: &StoredResource,
) -> Result<Identity, Problem> {
    // Errors of serde quote what they could not read, which is somebody's.
    let patient: Patient = serde_json::from_str(&shown::json(caller.caller(), stored, false)?)
        .map_err(|_| Problem::from(StoreError::damaged("resource", "a Patient cannot be read")))?;
    let protected = patient.meta.security.iter().any(|coding| coding.code.as_deref() == Some("R"));
    let cpr = patient.identifier.into_iter().find_map(|identifier| {
        let system = identifier.system?;
        pulsvagt_fhir::cpr::Register::of_system(&system).and(identifier.value)
    });
    let phones = patient.telecom.into_iter().filter(|it| it.system.as_deref() == Some("phone"));
    Ok(Identity {
        cpr,
        address: patient.address.iter().find_map(Address::line).filter(|_| !protected),
        phones: phones.filter_map(|phone| phone.value).filter(|_| !protected).collect(),
        protected,
        ..Identity::default()
    })
}

/// Who the citizens are whose Patients were found; whoever found them has noted them.
pub(in crate::http) async fn people<N: Needs>(
    caller: &ApiCaller<N>,
    found: &[StoredResource],
    now: Micros,
) -> Result<Vec<Identity>, Problem> {
    let citizens: Vec<CitizenNo> = found.iter().filter_map(|stored| stored.citizen).collect();
    let whole = |citizen| caller.caller().unmasks(Some(citizen));
    let persons = caller.store().persons_for(&citizens, whole).await?;
    let mut people = Vec::new();
    for stored in found {
        let Some(no) = stored.citizen else { continue };
        let who = CitizenView::new(&stored.id, persons.get(&no), now).into();
        people.push(Identity { who, ..identity_in(caller, stored)? });
    }
    people.sort_by(|one, other| one.who.name.cmp(&other.who.name));
    Ok(people)
}
