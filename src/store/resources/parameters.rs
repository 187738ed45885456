//! The search parameters of each type: the one table from which values are extracted, searches
//! are understood and the `CapabilityStatement` is written
//! (<http://hl7.org/fhir/R4/searchparameter-registry.html>).

/// How a parameter is compared, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The logical id.
    Id,
    /// When the current version was received.
    Updated,
    /// Whose it is: the compartment.
    Citizen,
    /// A `CodeableConcept`, Coding or Identifier: system and code.
    Token,
    /// A plain code or boolean, whose system goes without saying.
    Code,
    /// A string, by its beginning, whatever the case.
    Text,
    /// A date, dateTime, instant or Period.
    Date,
    /// A reference.
    Reference,
    /// A canonical address, with or without a version.
    Canonical,
}

impl How {
    const fn type_name(self) -> &'static str {
        match self {
            Self::Id | Self::Token | Self::Code => "token",
            Self::Updated | Self::Date => "date",
            Self::Citizen | Self::Reference | Self::Canonical => "reference",
            Self::Text => "string",
        }
    }
}

/// A search parameter of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// How it is compared.
    pub how: How,
    /// Where its values are; lists on the way are gone through.
    pub paths: &'static [&'static str],
}

/// Name, FHIR type and meaning of a search parameter.
pub type Documented = (&'static str, &'static str, &'static str);

macro_rules! parameters {
    ($($kind:literal { $($name:literal $how:ident [$($path:literal),*] $doc:literal)* })*) => {
        const PARAMETERS: &[(&str, &[Parameter])] = &[$(($kind, &[
            Parameter { name: "_id", how: How::Id, paths: &[] },
            Parameter { name: "_lastUpdated", how: How::Updated, paths: &[] },
            $(Parameter { name: $name, how: How::$how, paths: &[$($path),*] }),*
        ])),*];

        /// The search parameters of each type with their meaning, for the `CapabilityStatement`.
        pub const SEARCH_PARAMS: &[(&str, &[Documented])] = &[$(($kind, &[
            ("_id", How::Id.type_name(), "Logical id"),
            ("_lastUpdated", How::Updated.type_name(), "When the current version was received"),
            $(($name, How::$how.type_name(), $doc)),*
        ])),*];
    };
}

parameters! {
    "Patient" {
        "identifier" Token ["identifier"] "CPR, X-eCPR, D-eCPR or another identifier"
        "family" Text ["name.family"] "Beginning of a family name"
        "given" Text ["name.given"] "Beginning of a given name"
        "name" Text ["name.family", "name.given", "name.prefix", "name.suffix", "name.text"]
            "Beginning of any part of a name"
        "birthdate" Date ["birthDate"] "Date of birth"
        "gender" Code ["gender"] "Administrative gender"
        "active" Code ["active"] "Whether the record is in use"
        "_security" Token ["meta.security"] "Security label, such as R for a protected name"
    }
    "Device" {
        "identifier" Token ["identifier"] "An identifier of the device"
        "patient" Citizen ["patient"] "The citizen who uses it"
        "status" Code ["status"] "Status"
        "type" Token ["type"] "What kind of device it is"
        "device-name" Text ["deviceName.name", "type.text", "type.coding.display"]
            "Beginning of a name of the device"
        "manufacturer" Text ["manufacturer"] "Beginning of the manufacturer's name"
        "model" Text ["modelNumber"] "Beginning of the model number"
    }
    "Condition" {
        "identifier" Token ["identifier"] "An identifier of the condition"
        "patient" Citizen ["subject"] "The citizen who has it"
        "subject" Citizen ["subject"] "The citizen who has it"
        "code" Token ["code"] "What it is"
        "category" Token ["category"] "Category"
        "clinical-status" Token ["clinicalStatus"] "Clinical status"
        "verification-status" Token ["verificationStatus"] "Verification status"
        "onset-date" Date ["onsetDateTime", "onsetPeriod"] "When it began"
        "recorded-date" Date ["recordedDate"] "When it was recorded"
    }
    "Encounter" {
        "identifier" Token ["identifier"] "An identifier of the encounter"
        "patient" Citizen ["subject"] "The citizen who was seen"
        "subject" Citizen ["subject"] "The citizen who was seen"
        "status" Code ["status"] "Status"
        "class" Token ["class"] "Class, such as home or virtual"
        "type" Token ["type"] "What kind of encounter it was"
        "date" Date ["period"] "When it took place"
    }
    "Consent" {
        "identifier" Token ["identifier"] "An identifier of the consent"
        "patient" Citizen ["patient"] "The citizen who consents"
        "status" Code ["status"] "Status"
        "scope" Token ["scope"] "What it is about, such as patient-privacy"
        "category" Token ["category"] "Category"
        "date" Date ["dateTime"] "When it was given"
        "period" Date ["provision.period"] "When it applies"
    }
    "CarePlan" {
        "identifier" Token ["identifier"] "An identifier of the plan"
        "patient" Citizen ["subject"] "The citizen it is for"
        "subject" Citizen ["subject"] "The citizen it is for"
        "status" Code ["status"] "Status"
        "intent" Code ["intent"] "Intent"
        "category" Token ["category"] "Category"
        "date" Date ["period"] "When it applies"
        "goal" Reference ["goal"] "A goal of the plan that is a resource of its own"
    }
    "Goal" {
        "identifier" Token ["identifier"] "An identifier of the goal"
        "patient" Citizen ["subject"] "The citizen whose goal it is"
        "subject" Citizen ["subject"] "The citizen whose goal it is"
        "lifecycle-status" Code ["lifecycleStatus"] "Lifecycle status"
        "achievement-status" Token ["achievementStatus"] "Achievement status"
        "category" Token ["category"] "Category"
        "start-date" Date ["startDate"] "When it began"
        "target-date" Date ["target.dueDate"] "When it is to be reached"
    }
    "EpisodeOfCare" {
        "identifier" Token ["identifier"] "An identifier of the episode"
        "patient" Citizen ["patient"] "The citizen who is cared for"
        "status" Code ["status"] "Status"
        "type" Token ["type"] "What kind of episode it is"
        "date" Date ["period"] "When care was taken"
    }
    "Communication" {
        "identifier" Token ["identifier"] "An identifier of the message"
        "patient" Citizen ["subject"] "The citizen it is about"
        "subject" Citizen ["subject"] "The citizen it is about"
        "status" Code ["status"] "Status"
        "category" Token ["category"] "Category"
        "sent" Date ["sent"] "When it was sent"
        "received" Date ["received"] "When it was received"
    }
    "QuestionnaireResponse" {
        "identifier" Token ["identifier"] "An identifier of the answers"
        "patient" Citizen ["subject"] "The citizen the answers are about"
        "subject" Citizen ["subject"] "The citizen the answers are about"
        "status" Code ["status"] "Status"
        "questionnaire" Canonical ["questionnaire"] "The questionnaire that was answered"
        "authored" Date ["authored"] "When the answers were given"
    }
    "Provenance" {
        "patient" Citizen ["target"] "The citizen whose record it is about"
        "target" Reference ["target"] "What it is about"
        "recorded" Date ["recorded"] "When it was recorded"
    }
    "Group" {
        "identifier" Token ["identifier"] "An identifier of the group"
        "type" Code ["type"] "What kind of members it has"
        "actual" Code ["actual"] "Whether it has members or describes them"
        "code" Token ["code"] "What kind of group it is"
        "member" Reference ["member.entity"] "Somebody in it"
    }
    "Flag" {
        "identifier" Token ["identifier"] "The alert it tells of"
        "patient" Citizen ["subject"] "The citizen it is about"
        "subject" Citizen ["subject"] "The citizen it is about"
        "status" Code ["status"] "active until the alert is closed"
        "category" Token ["category"] "Category, and the level of the alert"
        "code" Token ["code"] "The problem, and the rules that fired"
        "date" Date ["period"] "When it applies"
    }
    "Task" {
        "identifier" Token ["identifier"] "The alert it is about"
        "patient" Citizen ["for"] "The citizen it is about"
        "subject" Citizen ["for"] "The citizen it is about"
        "status" Code ["status"] "How far the work has come"
        "business-status" Token ["businessStatus"] "The state of the alert"
        "priority" Code ["priority"] "Priority"
        "code" Token ["code"] "What is to be done"
        "intent" Code ["intent"] "Intent"
        "focus" Reference ["focus"] "The Flag"
        "part-of" Reference ["partOf"] "The Task that this one continues"
        "authored-on" Date ["authoredOn"] "When the alert was raised"
        "modified" Date ["lastModified"] "When the alert changed last"
        "period" Date ["executionPeriod"] "From when it was raised to when it was closed"
    }
    "ClinicalImpression" {
        "identifier" Token ["identifier"] "The alert it is about"
        "patient" Citizen ["subject"] "The citizen it is about"
        "subject" Citizen ["subject"] "The citizen it is about"
        "status" Code ["status"] "Status"
        "finding-code" Token ["finding.itemCodeableConcept"] "The level, and the rules that fired"
        "investigation" Reference ["investigation.item"] "A reading that it rests on"
        "previous" Reference ["previous"] "The one before it"
        "date" Date ["effectiveDateTime"] "When the newest reading behind it was taken"
    }
    "RiskAssessment" {
        "identifier" Token ["identifier"] "The alert it is about"
        "patient" Citizen ["subject"] "The citizen it is about"
        "subject" Citizen ["subject"] "The citizen it is about"
        "risk" Token ["prediction.qualitativeRisk"] "How likely"
        "date" Date ["occurrenceDateTime"] "As of when"
    }
    "DetectedIssue" {
        "identifier" Token ["identifier"] "The alert it is about"
        "patient" Citizen ["patient"] "The citizen it is about"
        "code" Token ["code"] "What kind of trouble"
        "implicated" Reference ["implicated"] "A reading that is concerned"
        "identified" Date ["identifiedDateTime", "identifiedPeriod"] "When it was found"
    }
}

/// The type by that name, if it is one of those kept as resources.
pub fn known_kind(name: &str) -> Option<&'static str> {
    PARAMETERS.iter().map(|(kind, _)| *kind).find(|kind| *kind == name)
}

/// The types that are kept as resources.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    PARAMETERS.iter().map(|(kind, _)| *kind)
}

/// The search parameters of a type.
pub fn parameters(kind: &str) -> &'static [Parameter] {
    PARAMETERS.iter().find(|(listed, _)| *listed == kind).map_or(&[], |(_, parameters)| parameters)
}
