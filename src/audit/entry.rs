//! One entry: what one request, or the machine, did at one moment.

use std::fmt::Display;

use data_encoding::BASE64_NOPAD;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::clock::Micros;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey};
use crate::store::sight::Access;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    #[default]
    Success,
    /// It was refused: the caller may not, or what was asked for is not there or not valid.
    Refused,
    /// The server failed.
    Failed,
}

impl Outcome {
    /// The outcome of an HTTP status.
    pub fn of(status: u16) -> Self {
        match status {
            500.. => Self::Failed,
            400.. => Self::Refused,
            _ => Self::Success,
        }
    }

    /// The word in entries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_success(&self) -> bool {
        *self == Self::Success
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// The issuer of the token; empty for the machine and the command line.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub issuer: String,
    /// Who, in the issuer's words.
    pub subject: String,
    /// The role, or `system`.
    pub role: String,
    /// The program that the token was given to, if the token says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
}

/// A resource that was read or written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// Its type, as FHIR or the API calls it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its logical id.
    pub id: String,
    /// The version that was read or made; 0 = not said.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub version: u32,
}

/// An entry. Numbers of citizens and codes are those of the municipality's own tables.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When. For readings that were stored, exactly the time at which they were received.
    pub at: Micros,
    /// The request's id; empty for what is no request.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub request: String,
    /// Who.
    #[serde(flatten)]
    pub actor: Actor,
    /// Why: a code of HL7 v3 `PurposeOfUse`.
    pub purpose: String,
    /// The address it came from.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub from: String,
    /// What: a FHIR interaction, the id of an API operation, or what the machine did.
    pub operation: String,
    /// How it ended.
    #[serde(skip_serializing_if = "Outcome::is_success", default)]
    pub outcome: Outcome,
    /// The HTTP status; 0 in entries that were committed with what they record.
    #[serde(skip_serializing_if = "is_zero16", default)]
    pub status: u16,
    /// Whose data.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub citizens: Vec<i32>,
    /// Which resources, but for readings that came in crowds.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub resources: Vec<Target>,
    /// Of what the readings are.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub codes: Vec<i32>,
    /// How many readings.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub readings: u32,
    /// Which readings: a mark of four bytes for each, made of its whole key, in base64. In entries of
    /// the site's chain, which requests: marks of their ids.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub marks: String,
    /// Names of the query's parameters; never their values.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parameters: Vec<String>,
    /// Why it was not let in, in entries of the site's chain.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub reason: String,
    /// Of how many requests it tells, in entries of the site's chain.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub count: u32,
    /// When the first of them was answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Micros>,
    /// Ids of the accesses beyond the caller's teams by which it came about (break-glass).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub break_glass: Vec<String>,
}

/// Four bytes by which a request is recognised.
fn mark_of_request(id: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = xxhash_rust::xxh3::xxh3_64(id.as_bytes()).to_be_bytes();
    [a, b, c, d]
}

/// Four bytes by which a reading is recognised.
fn mark(key: ObservationKey) -> [u8; 4] {
    let mut hash = Xxh3::new();
    hash.update(&key.citizen.0.to_be_bytes());
    hash.update(&key.code.0.to_be_bytes());
    hash.update(&key.effective.0.to_be_bytes());
    hash.update(&key.source.0.to_be_bytes());
    hash.update(&key.fingerprint.to_be_bytes());
    let [a, b, c, d, ..] = hash.digest().to_be_bytes();
    [a, b, c, d]
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero16(number: &u16) -> bool {
    *number == 0
}

impl Entry {
    /// Of what the machine does by itself, or somebody at the command line.
    pub fn of_system(subject: &str, operation: &str, at: Micros) -> Self {
        let actor =
            Actor { subject: subject.to_owned(), role: "system".to_owned(), ..Actor::default() };
        Self {
            at,
            actor,
            purpose: if subject == "operator" { "HSYSADMIN" } else { "TREAT" }.to_owned(),
            operation: operation.to_owned(),
            ..Self::default()
        }
    }

    /// Of somebody whom the store knows by name and role only.
    pub fn of_actor(subject: &str, role: &str, operation: &str, at: Micros) -> Self {
        let mut entry = Self::of_system(subject, operation, at);
        role.clone_into(&mut entry.actor.role);
        entry
    }

    /// Names a resource.
    #[must_use]
    pub fn with(mut self, kind: &str, id: &(impl Display + ?Sized), version: u32) -> Self {
        self.resources.push(Target { kind: kind.to_owned(), id: id.to_string(), version });
        self
    }

    /// Says whose data it was.
    #[must_use]
    pub fn about(mut self, citizens: impl IntoIterator<Item = CitizenNo>) -> Self {
        self.citizens.extend(citizens.into_iter().map(|citizen| citizen.0));
        self.citizens.sort_unstable();
        self.citizens.dedup();
        self
    }

    /// Names readings.
    #[must_use]
    pub fn of_readings(mut self, keys: impl IntoIterator<Item = ObservationKey>) -> Self {
        let mut marks = Vec::new();
        for key in keys {
            self.citizens.push(key.citizen.0);
            self.codes.push(key.code.0);
            self.readings += 1;
            marks.extend_from_slice(&mark(key));
        }
        for numbers in [&mut self.citizens, &mut self.codes] {
            numbers.sort_unstable();
            numbers.dedup();
        }
        if !marks.is_empty() {
            // What is there already is a whole number of groups of four bytes.
            let mut all = BASE64_NOPAD.decode(self.marks.as_bytes()).unwrap_or_default();
            all.append(&mut marks);
            self.marks = BASE64_NOPAD.encode(&all);
        }
        self
    }

    /// Names requests by their ids.
    #[must_use]
    pub fn of_requests<'i>(mut self, ids: impl IntoIterator<Item = &'i str>) -> Self {
        let marks: Vec<u8> = ids.into_iter().flat_map(mark_of_request).collect();
        self.marks = BASE64_NOPAD.encode(&marks);
        self
    }

    /// Whether it tells of that request. Of a thousand that it tells of, one in four million times it
    /// says so of another.
    pub fn tells_of(&self, request: &str) -> bool {
        if self.count == 0 {
            return self.request == request;
        }
        let bytes = BASE64_NOPAD.decode(self.marks.as_bytes()).unwrap_or_default();
        bytes.chunks_exact(4).any(|four| four == mark_of_request(request))
    }

    /// Names those of the accesses that are to one of its citizens. The reason is then that one,
    /// unless the request said another.
    #[must_use]
    pub fn beyond_teams(mut self, accesses: &[Access], said: bool) -> Self {
        let used = accesses.iter().filter(|access| self.is_about(access.citizen));
        self.break_glass = used.map(|access| access.id.to_string()).collect();
        if !self.break_glass.is_empty() && !said {
            "BTG".clone_into(&mut self.purpose);
        }
        self
    }

    /// Whether it is about that citizen.
    pub fn is_about(&self, citizen: CitizenNo) -> bool {
        self.citizens.binary_search(&citizen.0).is_ok()
    }

    /// Whether it names that reading. Of a crowd of a thousand of the same citizen and code, one in
    /// four million times it says so of a reading that is not among them.
    pub fn names(&self, key: ObservationKey) -> bool {
        let bytes = BASE64_NOPAD.decode(self.marks.as_bytes()).unwrap_or_default();
        self.is_about(key.citizen)
            && self.codes.contains(&key.code.0)
            && bytes.chunks_exact(4).any(|four| four == mark(key))
    }

    /// What the readings are of.
    pub fn concepts(&self) -> impl Iterator<Item = ConceptNo> + '_ {
        self.codes.iter().map(|code| ConceptNo(*code))
    }
}
