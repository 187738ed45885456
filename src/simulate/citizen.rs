//! Citizens and their devices as FHIR resources.

use jiff::Timestamp;

use super::draw::{Draw, Topic};
use super::encode::Sender;
use super::profile::Profile;
use super::render::{push_date, push_hex, suffix};
use super::story::{self, Part, Start};
use super::trouble::Source;
use super::{Options, Programme, citizen_id};

/// A simulated citizen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citizen {
    /// FHIR logical id, for example `sim-000123`.
    pub id: String,
    /// The municipality whose citizen this is: `0330`, `0461` or `0851`.
    pub municipality: &'static str,
    /// What the citizen is enrolled in, main programme first.
    pub programmes: Vec<Programme>,
    /// The Patient resource, minified JSON.
    pub patient_json: String,
    /// Two Device resources, minified JSON: the smartwatch (`<id>-watch`) and the home kit
    /// (`<id>-hub`).
    pub device_json: Vec<String>,
}

const WOMEN: [&str; 24] = [
    "Anne", "Kirsten", "Hanne", "Mette", "Inger", "Karen", "Lene", "Susanne", "Birthe", "Gitte",
    "Marianne", "Jytte", "Lone", "Pia", "Bente", "Tove", "Ulla", "Grethe", "Lis", "Annette",
    "Ingrid", "Helle", "Vibeke", "Åse",
];
const MEN: [&str; 24] = [
    "Peter", "Jens", "Lars", "Michael", "Henrik", "Søren", "Niels", "Jørgen", "Hans", "Poul",
    "Erik", "Finn", "Bent", "Kaj", "Ole", "Svend", "Flemming", "Torben", "Leif", "Preben",
    "Carsten", "Mogens", "Børge", "Aage",
];
const FAMILIES: [&str; 24] = [
    "Jensen",
    "Nielsen",
    "Hansen",
    "Pedersen",
    "Andersen",
    "Christensen",
    "Larsen",
    "Sørensen",
    "Rasmussen",
    "Jørgensen",
    "Petersen",
    "Madsen",
    "Kristensen",
    "Olsen",
    "Thomsen",
    "Poulsen",
    "Johansen",
    "Knudsen",
    "Mortensen",
    "Møller",
    "Lund",
    "Holm",
    "Østergaard",
    "Kjær",
];
const STREETS: [&str; 8] = [
    "Testvej",
    "Prøvegade",
    "Attrapvænget",
    "Eksempelstræde",
    "Modelparken",
    "Øvelsesvej",
    "Skabelonvej",
    "Demohaven",
];
/// Municipality, region, postal code, town.
const TOWNS: [(&str, &str, &str, &str); 9] = [
    ("0330", "DK-85", "4200", "Slagelse"),
    ("0330", "DK-85", "4220", "Korsør"),
    ("0330", "DK-85", "4230", "Skælskør"),
    ("0461", "DK-83", "5000", "Odense C"),
    ("0461", "DK-83", "5220", "Odense SØ"),
    ("0461", "DK-83", "5270", "Odense N"),
    ("0851", "DK-81", "9000", "Aalborg"),
    ("0851", "DK-81", "9400", "Nørresundby"),
    ("0851", "DK-81", "9310", "Vodskov"),
];

/// The citizens, in order of their index.
pub fn citizens(options: &Options) -> impl Iterator<Item = Citizen> + use<> {
    let seed = options.seed;
    (0..options.citizens).map(move |index| citizen(seed, index))
}

/// Those who play in a demo that began at that moment, with their indices, in the order of
/// [`CAST`](super::CAST).
pub fn players(
    options: &Options,
    began: Timestamp,
) -> impl Iterator<Item = (u32, Citizen, &'static Part)> + use<> {
    let (seed, start) = (options.seed, Start::new(began, &options.zone));
    story::players(seed).map(move |(index, part)| {
        let profile = Profile::playing(seed, index, part, start);
        (index, described(&profile, seed, Some(part)), part)
    })
}

fn citizen(seed: u64, index: u32) -> Citizen {
    described(&Profile::new(seed, index), seed, None)
}

fn described(profile: &Profile, seed: u64, part: Option<&Part>) -> Citizen {
    let index = profile.index;
    let mut draw = Draw::new(seed, index, Topic::Profile, 1);
    let mut of = |limit: usize| {
        let limit = u32::try_from(limit).unwrap_or(1);
        usize::try_from(draw.below(limit)).unwrap_or(0)
    };
    let given = if profile.female { WOMEN[of(24)] } else { MEN[of(24)] };
    let family = FAMILIES[of(24)];
    let (municipality, region, postcode, town) = match part {
        Some(part) => *TOWNS.iter().find(|town| town.0 == part.municipality).unwrap_or(&TOWNS[0]),
        None => TOWNS[of(9)],
    };
    let (given, family) = part.map_or((given, family), |part| part.name);
    let (street, number) = (STREETS[of(8)], 1 + of(120));
    let phone = [of(100), of(100), of(100)].map(|pair| format!("{pair:02}")).join(" ");
    let id = citizen_id(index);
    let cpr = profile.cpr(seed);
    let gender = if profile.female { "female" } else { "male" };
    let mut born = String::new();
    push_date(&mut born, profile.birth);

    // Denmark keeps no telephone numbers for fiction. No subscriber's number begins with 0: the numbering
    // plan (Klimadatastyrelsen) keeps 01 to 09 for prefixes, so this one rings nowhere.
    // The word "Test" in the name is how Danish test citizens are told from real ones.
    let patient_json = format!(
        concat!(
            r#"{{"resourceType":"Patient","id":"{id}","#,
            r#""meta":{{"profile":["http://hl7.dk/fhir/core/StructureDefinition/dk-core-patient"]}},"#,
            r#""identifier":[{{"use":"official","system":"urn:oid:1.2.208.176.1.2","#,
            r#""value":"{cpr}"}}],"active":true,"#,
            r#""name":[{{"use":"official","family":"{family}","given":["{given}","Test"]}}],"#,
            r#""telecom":[{{"system":"phone","value":"01 {phone}","use":"mobile"}}],"#,
            r#""gender":"{gender}","birthDate":"{born}","#,
            r#""address":[{{"extension":[{{"#,
            r#""url":"http://hl7.dk/fhir/core/StructureDefinition/dk-core-municipalityCodes","#,
            r#""valueCodeableConcept":{{"coding":[{{"#,
            r#""system":"http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes","#,
            r#""code":"{municipality}"}}]}}}},{{"#,
            r#""url":"http://hl7.dk/fhir/core/StructureDefinition/dk-core-RegionalSubDivisionCodes","#,
            r#""valueCodeableConcept":{{"coding":[{{"#,
            r#""system":"urn:iso:std:iso:3166:-2","code":"{region}"}}]}}}}],"use":"home","#,
            r#""line":["{street} {number}"],"city":"{town}","postalCode":"{postcode}","#,
            r#""country":"DK"}}]}}"#
        ),
        id = id,
        cpr = cpr,
        family = family,
        given = given,
        phone = phone,
        gender = gender,
        born = born,
        municipality = municipality,
        region = region,
        street = street,
        number = number,
        town = town,
        postcode = postcode,
    );
    let (maker, model) = match profile.watch.sender {
        Sender::HealthKit => ("Apple Inc.", "Watch"),
        _ => ("Nordur", "Puls 2"),
    };
    let device_json = vec![
        device(profile, seed, Source::Watch, maker, model, "Smartwatch"),
        device(profile, seed, Source::Hub, "Hjemmekit", "PoC-1", "Point-of-care hub"),
    ];
    let programmes = profile.programmes.iter().collect();
    Citizen { id, municipality, programmes, patient_json, device_json }
}

fn device(
    profile: &Profile,
    seed: u64,
    source: Source,
    maker: &str,
    model: &str,
    kind: &str,
) -> String {
    let mut eui = String::new();
    push_hex(&mut eui, Profile::eui64(seed, profile.index, source as i64), 16, b'A');
    format!(
        concat!(
            r#"{{"resourceType":"Device","id":"{id}{suffix}","#,
            r#""identifier":[{{"system":"urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2680","#,
            r#""value":"{eui}"}}],"status":"active","manufacturer":"{maker}","#,
            r#""deviceName":[{{"name":"{kind}","type":"user-friendly-name"}}],"#,
            r#""modelNumber":"{model}","type":{{"text":"{kind}"}},"#,
            r#""patient":{{"reference":"Patient/{id}"}}}}"#
        ),
        id = citizen_id(profile.index),
        suffix = suffix(source),
        eui = eui,
        maker = maker,
        model = model,
        kind = kind,
    )
}
