//! What is wrong with a definition, as problem details.

use pulsvagt_analytics::cohort::Fault as Wrong;
use pulsvagt_analytics::cohort::{Definition, DefinitionError, DefinitionErrors};
use pulsvagt_fhir::cpr::names_somebody;

use crate::http::api::problem::{Code, Fault, Problem};

/// The longest definition, bytes of its canonical form. A tree of conditions that is larger takes
/// longer than anybody waits.
const LONGEST: usize = 64 << 10;

/// The definition, if it is in order; `at` is where in the body it stands.
///
/// # Errors
/// 422 with everything that is wrong, each with its place.
pub(in crate::http) fn checked(definition: &Definition, at: &str) -> Result<Definition, Problem> {
    let refuse =
        |code: &str, text: &str| Err(Problem::with(Code::Invalid, vec![Fault::at(at, code, text)]));
    let text = definition.to_json().map_err(|error| Problem::internal(error.to_string()))?;
    if text.len() > 4 * LONGEST || definition.canonical().len() > LONGEST {
        return refuse("too-long", "expected a definition of at most 64 KiB");
    }
    if names_somebody(&text) {
        return refuse("names-somebody", "a definition must not hold a CPR number");
    }
    Definition::from_json(&text).map_err(|errors| {
        let faults = told_of(&errors).into_iter();
        let faults = faults.map(|it| {
            let pointer = format!("{at}{}", it.pointer.as_deref().unwrap_or_default());
            Fault { pointer: Some(pointer), ..it }
        });
        Problem::with(Code::Invalid, faults.collect())
    })
}

/// Everything that is wrong, with pointers from the root of the definition.
pub(in crate::http) fn told_of(errors: &DefinitionErrors) -> Vec<Fault> {
    let fault = |error: &DefinitionError| {
        let text = error.fault.to_string();
        Fault::at(pointer(&error.place.path), code(&error.fault), text)
    };
    errors.0.iter().map(fault).collect()
}

/// `who[1].is.any[0]` as `/who/1/is/any/0`. Keys of definitions have neither points nor brackets.
fn pointer(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let parts = path.split(['.', '[']).map(|part| part.trim_end_matches(']'));
    parts.fold(String::new(), |pointer, part| format!("{pointer}/{part}"))
}

fn code(fault: &Wrong) -> &'static str {
    match fault {
        Wrong::File(_) => "unexpected",
        Wrong::Unknown { .. } => "unknown-name",
        Wrong::Nonsense(_) => "nonsense",
        Wrong::Feature(_) => "bad-feature",
        Wrong::Unverified(_) => "unverified-codes",
        Wrong::Incomplete { .. } => "incomplete-codes",
    }
}

#[cfg(test)]
mod tests {
    use super::pointer;

    #[test]
    fn ways_are_pointers() {
        for (way, expected) in [
            ("", ""),
            ("name", "/name"),
            ("who[1].is.any[0].age", "/who/1/is/any/0/age"),
            ("outcomes[0].what.admission.codes[2]", "/outcomes/0/what/admission/codes/2"),
        ] {
            assert_eq!(pointer(way), expected);
        }
    }
}
