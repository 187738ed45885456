//! SMART scopes: what an app may do, whatever its user's role would allow
//! (<https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html>).
//!
//! A set of scopes is kept in one form, whatever order and version it was written in. What is not
//! understood is left out: it never allows anything. Rights are only ever added up within a set;
//! what a set allows in the end is further limited by role and compartment.

mod algebra;
mod text;

#[cfg(test)]
mod tests;

use std::fmt;

use pulsvagt_fhir::facts::Coding;

use super::Interaction;

pub use text::BadScope;

/// On whose behalf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One citizen's record; which one, the token says.
    Patient,
    /// What the user may reach.
    User,
    /// A system of its own, without a user.
    System,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// Letters of `cruds`, as bits in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Letters(u8);

const LETTERS: [char; 5] = ['c', 'r', 'u', 'd', 's'];

impl Letters {
    const READ: Self = Self(0b1_0010);
    const WRITE: Self = Self(0b0_1101);
    const ALL: Self = Self(0b1_1111);

    fn of(interaction: Interaction) -> Self {
        match interaction {
            Interaction::Create => Self(0b0_0001),
            Interaction::Read => Self(0b0_0010),
            Interaction::Update => Self(0b0_0100),
            Interaction::Search => Self(0b1_0000),
        }
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The element that a [`Limit`] looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element {
    /// `category`.
    Category,
    /// `code`.
    Code,
}

impl Element {
    /// The name of the element, and of the search parameter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Code => "code",
        }
    }

    /// Whether resources of the type have it as something to search by. A limit by what a type
    /// does not have fits nothing of that type.
    pub fn is_of(self, kind: &str) -> bool {
        let kinds: &[&str] = match self {
            Self::Category => &[
                "Observation",
                "Condition",
                "Consent",
                "CarePlan",
                "Goal",
                "Communication",
                "Flag",
            ],
            Self::Code => &["Observation", "Condition", "Group", "Flag", "Task", "DetectedIssue"],
        };
        kinds.contains(&kind)
    }
}

/// A code in a system, as a search for it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// The system; `None` = any, empty = none.
    pub system: Option<String>,
    /// The code; `None` = any of the system.
    pub code: Option<String>,
}

impl Code {
    fn is(&self, coding: &Coding) -> bool {
        self.system.as_ref().is_none_or(|system| *system == coding.system)
            && self.code.as_ref().is_none_or(|code| *code == coding.code)
    }
}

/// Only resources that have one of these codes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Limit {
    /// Where.
    pub element: Element,
    /// One of these; sorted, each once.
    pub any: Vec<Code>,
}

/// What decides whether a resource is within a scope.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Its type.
    pub kind: &'a str,
    /// Whether it is within what the citizen of the token may reach.
    pub own: bool,
    /// Its categories.
    pub categories: &'a [Coding],
    /// Its codes.
    pub codes: &'a [Coding],
}

impl Limit {
    fn fits(&self, facts: Facts<'_>) -> bool {
        let codings = match self.element {
            Element::Category => facts.categories,
            Element::Code => facts.codes,
        };
        self.element.is_of(facts.kind)
            && codings.iter().any(|coding| self.any.iter().any(|code| code.is(coding)))
    }
}

/// One scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    level: Level,
    /// `None` = all types.
    kind: Option<String>,
    /// All of these; sorted, each once.
    limits: Vec<Limit>,
    letters: Letters,
}

impl Scope {
    /// On whose behalf.
    pub fn level(&self) -> Level {
        self.level
    }

    fn is_of(&self, kind: &str) -> bool {
        self.kind.as_deref().is_none_or(|own| own == kind)
    }

    fn allows(&self, interaction: Interaction, facts: Facts<'_>) -> bool {
        self.is_of(facts.kind)
            && self.letters.has(Letters::of(interaction))
            && (facts.own || self.level != Level::Patient)
            && self.limits.iter().all(|limit| limit.fits(facts))
    }
}

/// Which resources of a type a set of scopes lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// None.
    Nothing,
    /// All.
    Everything,
    /// Those that fit all limits of at least one of these lists.
    Any(Vec<Vec<Limit>>),
}

/// A set of scopes. Sorted, and without what another scope of the set allows anyway.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// Whether one of them is about one citizen's record, which confines the whole token to it.
    pub fn is_of_one_citizen(&self) -> bool {
        self.0.iter().any(|scope| scope.level == Level::Patient)
    }

    /// Whether the set allows the interaction with that resource.
    pub fn may(&self, interaction: Interaction, facts: Facts<'_>) -> bool {
        self.0.iter().any(|scope| scope.allows(interaction, facts))
    }

    /// Which resources of the type the set allows the interaction with; those of scopes about one
    /// citizen's record are taken to be within it.
    pub fn within(&self, interaction: Interaction, kind: &str) -> Within {
        let mut any = Vec::new();
        for scope in &self.0 {
            let applies = scope.is_of(kind)
                && scope.letters.has(Letters::of(interaction))
                && scope.limits.iter().all(|limit| limit.element.is_of(kind));
            if applies && scope.limits.is_empty() {
                return Within::Everything;
            }
            if applies {
                any.push(scope.limits.clone());
            }
        }
        if any.is_empty() { Within::Nothing } else { Within::Any(any) }
    }

    /// Whether one scope allows the interaction with all types, without limits.
    pub fn covers_all_types(&self, interaction: Interaction) -> bool {
        self.0.iter().any(|scope| {
            scope.kind.is_none()
                && scope.limits.is_empty()
                && scope.letters.has(Letters::of(interaction))
        })
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{scope}")?;
        }
        Ok(())
    }
}
