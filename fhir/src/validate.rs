//! Whether a resource is FHIR R4 (4.0.1): structure, primitives, codes, references, invariants and
//! the vital-signs profiles. One pass, all issues, each with the FHIRPath of the element.
//!
//! What an element may hold comes from `r4-elements.tsv`, which `scripts/make-r4-elements` makes
//! from the published definitions; the invariants are in `rules.rs` and `invariants.rs`
//! (<http://hl7.org/fhir/R4/observation.html>, <http://hl7.org/fhir/R4/datatypes.html>).
//!
//! Where the sender meets real devices, the specification gives way: a Period that ends before it
//! starts (`per-1`), an element with nothing but an `id` (`ele-1`) and an unknown unit outside the
//! vital signs (`ucum-invalid`) are warnings, because Apple's exports hold all three. A missing
//! narrative (`dom-6`) is not mentioned.

pub(crate) mod elements;
mod invariants;
mod path;
mod primitive;
mod quantity;
mod reference;
mod rules;
mod table;
mod vital_signs;
mod walk;

#[cfg(test)]
mod tests;

use crate::issue::{Issue, IssueCode};
use crate::json::{Document, Value};

use path::Path;
use walk::{Depth, Walk};

/// How many errors, and how many warnings, are told about one resource before the rest is left out.
pub const MAX_ISSUES: usize = 200;

/// How many repeated properties of one document are told.
const MAX_DUPLICATES: usize = 20;

/// What the resource itself does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// Whether the server knows whose reading it is without `subject`, from the sender's token.
    pub subject_known: bool,
}

/// Checks a resource found at the FHIRPath `at` (`Observation`, `Bundle.entry[3].resource`) and
/// adds everything that is wrong to `issues`. A Bundle is checked with the resources in it, but
/// not by the rules of its own (`bdl-*`).
///
/// A property that came twice cannot be seen here: see [`duplicate_properties`].
///
/// ```
/// use pulsvagt_fhir::Document;
/// use pulsvagt_fhir::validate::{Context, validate};
///
/// let text = br#"{"resourceType":"Observation","status":"done","code":{"text":"Steps"}}"#;
/// let document = Document::parse(text)?;
/// let mut issues = Vec::new();
/// validate(document.root(), "Observation", Context::default(), &mut issues);
/// assert_eq!(issues.len(), 1);
/// assert_eq!((issues[0].key, issues[0].expression.as_str()), ("code-invalid", "Observation.status"));
/// # Ok::<(), pulsvagt_fhir::json::SyntaxError>(())
/// ```
pub fn validate(resource: Value<'_>, at: &str, context: Context, issues: &mut Vec<Issue>) {
    check(resource, at, context, Depth::Full, issues);
}

/// Like [`validate`] for a Bundle or Parameters whose inner resources the caller checks one by
/// one: everything except what is inside `entry.resource` and `parameter.resource`.
pub fn validate_envelope(resource: Value<'_>, at: &str, context: Context, issues: &mut Vec<Issue>) {
    check(resource, at, context, Depth::Envelope, issues);
}

fn check(resource: Value<'_>, at: &str, context: Context, depth: Depth, issues: &mut Vec<Issue>) {
    let mut walk = Walk::new(context, depth, issues);
    walk.resource(resource, Path::Root(at));
    walk.finish(at);
}

/// The FHIRPath of a value in a document, by walking from the root: `Observation.code.coding[0]`.
/// Starts with the root's `resourceType`. The root's own name when `value` is of another document.
pub fn path_of(document: &Document<'_>, value: Value<'_>) -> String {
    let root = document.root();
    let name = root.get("resourceType").and_then(Value::raw_string);
    let name = name.filter(|name| path::is_plain(name)).unwrap_or("Resource");
    path_from(root, name, value)
}

/// An error for each property that was given more than once in the same object, the first 20 of
/// them; `at` is the FHIRPath of the document's root.
pub fn duplicate_properties(document: &Document<'_>, at: &str) -> Vec<Issue> {
    let twice = document.duplicates().take(MAX_DUPLICATES);
    twice
        .map(|value| {
            Issue::error(
                IssueCode::Structure,
                "duplicate-property",
                path_from(document.root(), at, value),
                "the property is given more than once in the same object",
            )
        })
        .collect()
}

fn path_from(root: Value<'_>, name: &str, value: Value<'_>) -> String {
    let mut path = String::from(name);
    let mut here = root;
    while !here.is(value) {
        if let Some((name, child)) = here.members().find(|(_, child)| child.contains(value)) {
            if !path::is_plain(name) {
                break;
            }
            path.push('.');
            path.push_str(name);
            here = child;
        } else if let Some((index, child)) =
            here.items().enumerate().find(|(_, child)| child.contains(value))
        {
            path.push_str(&["[", &index.to_string(), "]"].concat());
            here = child;
        } else {
            break;
        }
    }
    path
}
