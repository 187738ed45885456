//! What is wrong with a definition, and where.

use std::fmt;

/// Everything that is wrong with a definition, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionErrors(pub Vec<DefinitionError>);

impl fmt::Display for DefinitionErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            error.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for DefinitionErrors {}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct DefinitionError {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

/// Where in a definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Line and column of the file, from 1; none in a tree that came without a text.
    pub at: Option<(usize, usize)>,
    /// The way through the tree, such as `who[1].is.any[0].age`.
    pub path: String,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at, self.path.as_str()) {
            (Some((line, column)), "") => write!(formatter, "line {line}, column {column}"),
            (Some((line, column)), path) => {
                write!(formatter, "line {line}, column {column}, {path}")
            }
            (None, "") => formatter.write_str("definition"),
            (None, path) => formatter.write_str(path),
        }
    }
}

/// Kinds of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not TOML or JSON, or a key that is missing, unknown or of the wrong type.
    #[error("{0}")]
    File(String),
    /// A name that is not known.
    #[error("unknown {what} `{name}`{}", meant(hint.as_deref()))]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// The name.
        name: String,
        /// A known name that is much like it.
        hint: Option<String>,
    },
    /// What is written cannot be, or says nothing.
    #[error("{0}")]
    Nonsense(String),
    /// A condition over features that cannot be read.
    #[error("{0}")]
    Feature(String),
    /// Codes that nobody has checked against their source.
    #[error(
        "the codes of `{0}` have not been checked against their source; \
         say `accept_unverified = true` to use them all the same"
    )]
    Unverified(String),
    /// Codes that nobody has.
    #[error("`{set}` cannot be computed: {reason}")]
    Incomplete {
        /// The set.
        set: String,
        /// What is missing.
        reason: String,
    },
}

fn meant(hint: Option<&str>) -> String {
    hint.map_or_else(String::new, |hint| format!("; did you mean `{hint}`?"))
}
