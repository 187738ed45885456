//! What a literal reference points to (<http://hl7.org/fhir/R4/references.html#literal>).

use super::primitive::is_id;
use super::table::Table;

/// A reference as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'r> {
    /// `#id`, a contained resource; `#` alone is the resource that contains.
    Contained(&'r str),
    /// A resource type of R4: `Patient/1`, `https://…/Patient/1/_history/2`, `Patient?identifier=…`.
    Typed(&'r str),
    /// A place that does not tell the type: `urn:uuid:…` or somebody's URL.
    Elsewhere,
    /// Relative, but not a resource type and an id.
    Malformed,
}

impl<'r> Target<'r> {
    pub(super) fn of(reference: &'r str, table: &Table) -> Self {
        if let Some(id) = reference.strip_prefix('#') {
            return Self::Contained(id);
        }
        if reference.contains(char::is_whitespace) && !reference.contains('?') {
            return Self::Malformed;
        }
        let is_absolute = reference.contains("://") || reference.starts_with("urn:");
        if let Some((kind, _)) = reference.split_once('?')
            && !is_absolute
        {
            return Self::typed(kind, table).unwrap_or(Self::Malformed);
        }
        let versionless =
            reference.split_once("/_history/").map_or(reference, |(before, _)| before);
        let mut ends = versionless.rsplitn(3, '/');
        let typed = match (ends.next(), ends.next(), ends.next()) {
            (Some(id), Some(kind), rest) if is_id(id) && rest.is_some() == is_absolute => {
                Self::typed(kind, table)
            }
            _ => None,
        };
        typed.unwrap_or(if is_absolute { Self::Elsewhere } else { Self::Malformed })
    }

    fn typed(kind: &'r str, table: &Table) -> Option<Self> {
        table.is_resource_type(kind).then_some(Self::Typed(kind))
    }
}
