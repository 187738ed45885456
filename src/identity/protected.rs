//! Protected names and addresses (navne- og adressebeskyttelse, lov om Det Centrale Personregister
//! section 28). A Patient is protected whose `meta.security` has the code R or V of
//! <http://terminology.hl7.org/CodeSystem/v3-Confidentiality>. What is left of it for those who need
//! neither is a list of what they may see, so that an element that nobody thought of is hidden.

use pulsvagt_fhir::json::{push_minified, push_string};
use pulsvagt_fhir::{Document, Value};

const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
/// Codes that protect.
pub const CODES: [&str; 2] = ["R", "V"];
/// Members of a Patient that tell neither a name nor where to find somebody.
const SHOWN: [&str; 12] = [
    "resourceType",
    "id",
    "meta",
    "identifier",
    "active",
    "_active",
    "gender",
    "_gender",
    "birthDate",
    "_birthDate",
    "deceasedBoolean",
    "deceasedDateTime",
];
/// Why something is not there (<http://hl7.org/fhir/R4/extension-data-absent-reason.html>).
const MASKED: &str = "\"extension\":[{\"url\":\
     \"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"masked\"}]";

/// Whether a Patient is protected.
pub fn is_protected(patient: Value<'_>) -> bool {
    let labels = patient.get("meta").into_iter().flat_map(|meta| meta.each("security"));
    labels.into_iter().any(|label| {
        label.str_at("system").is_none_or(|system| system == CONFIDENTIALITY)
            && label.str_at("code").is_some_and(|code| CODES.contains(&&*code))
    })
}

/// What is left of a protected Patient: initials for the name, and no address, telephone number or
/// contact. `None` if the text is no JSON.
pub fn masked(json: &str) -> Option<String> {
    let document = Document::parse(json.as_bytes()).ok()?;
    let patient = document.root();
    let mut out = String::with_capacity(json.len());
    for (name, value) in patient.members() {
        let shortened = match name {
            "name" => {
                let text = initials(patient);
                let text = text.map(|text| {
                    let mut quoted = String::new();
                    push_string(&mut quoted, &text);
                    format!(",\"text\":{quoted}")
                });
                format!("[{{{MASKED},\"use\":\"anonymous\"{}}}]", text.unwrap_or_default())
            }
            "telecom" | "address" => format!("[{{{MASKED}}}]"),
            _ if !SHOWN.contains(&name) => continue,
            _ => String::new(),
        };
        out.push(if out.is_empty() { '{' } else { ',' });
        push_string(&mut out, name);
        out.push(':');
        if shortened.is_empty() {
            push_minified(&mut out, value);
        } else {
            out.push_str(&shortened);
        }
    }
    out.push('}');
    Some(out)
}

/// The initials of the first name that has any.
fn initials(patient: Value<'_>) -> Option<String> {
    patient.each("name").find_map(|name| {
        let given = name.each("given").filter_map(|part| part.as_str().map(|part| shorten(&part)));
        let family = name.str_at("family").map(|family| shorten(&family));
        let parts: Vec<String> = given.take(1).chain(family).flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

/// A name by its first letter.
pub fn shorten(name: &str) -> Option<String> {
    let first = name.trim().chars().next().filter(|letter| letter.is_alphabetic())?;
    Some(format!("{first}."))
}

#[cfg(test)]
mod tests {
    use pulsvagt_fhir::Document;

    use super::{is_protected, masked};

    const PATIENT: &str = r#"{"resourceType":"Patient","id":"x","meta":{"security":[{"system":
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},
        "text":{"status":"generated","div":"<div>Bodil Hemmelig</div>"},
        "identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"3001749995"}],
        "name":[{"text":"Bodil Hemmelig"},{"given":["Bodil","Ida"],"family":"Hemmelig"}],
        "telecom":[{"value":"12345678"}],"address":[{"line":["Skjulvej 7"]}],
        "birthDate":"1974-01-30","contact":[{"name":{"text":"Hemmelig"}}],
        "generalPractitioner":[{"display":"Hemmelig by"}],
        "extension":[{"url":"urn:x","valueString":"Hemmelig"}]}"#;

    #[test]
    fn nothing_is_left_of_name_and_address() {
        let document = Document::parse(PATIENT.as_bytes()).expect("json");
        assert!(is_protected(document.root()));
        let masked = masked(PATIENT).expect("json");
        for secret in ["Hemmelig", "Bodil", "Skjulvej", "12345678", "Ida"] {
            assert!(!masked.contains(secret), "{masked}");
        }
        let json: serde_json::Value = serde_json::from_str(&masked).expect("json");
        assert_eq!(json["name"][0]["text"], "B. H.");
        assert_eq!(json["address"][0]["extension"][0]["valueCode"], "masked");
        assert_eq!(json["birthDate"], "1974-01-30");
        assert_eq!(json["identifier"][0]["value"], "3001749995");
    }

    #[test]
    fn only_the_labels_of_confidentiality_protect() {
        for (label, protected) in [
            (r#"{"code":"R"}"#, true),
            (r#"{"code":"V"}"#, true),
            (r#"{"code":"N"}"#, false),
            (r#"{"system":"urn:other","code":"R"}"#, false),
        ] {
            let json = format!(r#"{{"resourceType":"Patient","meta":{{"security":[{label}]}}}}"#);
            let document = Document::parse(json.as_bytes()).expect("json");
            assert_eq!(is_protected(document.root()), protected, "{label}");
        }
    }
}
