//! Who may do what, as one readable table.

use super::Role;

/// What a caller wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interaction {
    /// Read one resource, a version of it, or its history.
    Read,
    /// Search, `$lastn`, `$stats`.
    Search,
    /// Create.
    Create,
    /// Update.
    Update,
}

impl Interaction {
    /// All interactions.
    pub const ALL: [Self; 4] = [Self::Read, Self::Search, Self::Create, Self::Update];

    fn letter(self) -> char {
        match self {
            Self::Read => 'r',
            Self::Search => 's',
            Self::Create => 'c',
            Self::Update => 'u',
        }
    }
}

/// Letters as in SMART scopes: create, read, update, search. A citizen's rights reach only the
/// citizen's own compartment.
const TABLE: &[(&str, [&str; 7])] = &[
    // type                    citizen  gateway nurse   lead    analyst admin  operator
    ("Observation", ["crus", "crus", "crus", "crus", "", "", ""]),
    ("Patient", ["rs", "rs", "rs", "rus", "", "crus", ""]),
    ("Device", ["crus", "crus", "rs", "rs", "", "crus", ""]),
    ("Condition", ["rs", "", "crus", "crus", "", "", ""]),
    ("Encounter", ["rs", "", "crus", "crus", "", "", ""]),
    ("CarePlan", ["rs", "", "crus", "crus", "", "", ""]),
    ("EpisodeOfCare", ["rs", "", "crus", "crus", "", "", ""]),
    ("Communication", ["crs", "", "crus", "crus", "", "", ""]),
    ("QuestionnaireResponse", ["crus", "crus", "crus", "crus", "", "", ""]),
    ("Provenance", ["crs", "crs", "crus", "crus", "", "", ""]),
];

/// The resource types that the table knows.
pub fn resource_types() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// Whether the role may do that to resources of the type.
pub fn may(role: Role, interaction: Interaction, resource_type: &str) -> bool {
    let Some((_, rights)) = TABLE.iter().find(|(name, _)| *name == resource_type) else {
        return false;
    };
    Role::ALL
        .iter()
        .zip(rights)
        .any(|(&listed, letters)| listed == role && letters.contains(interaction.letter()))
}
