//! What is wrong with a pack, and where.

use std::fmt;

/// Everything that is wrong with a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackErrors(pub Vec<PackError>);

impl fmt::Display for PackErrors {
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

impl std::error::Error for PackErrors {}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {place}: {fault}")]
pub struct PackError {
    /// The line of the file, from 1; of a text over several lines the first.
    pub line: usize,
    /// What it belongs to, such as `rule HF-WT-FAST, red`.
    pub place: String,
    /// What it is.
    pub fault: Fault,
}

/// Kinds of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not TOML, or a key that is missing, unknown or of the wrong type.
    #[error("{0}")]
    File(String),
    /// An expression that cannot be read, or does what expressions of a pack may not do.
    #[error("expression: {0}")]
    Expression(String),
    /// An expression of the wrong type.
    #[error("expression: is {found} where {expected} is needed")]
    Type {
        /// What it gives.
        found: String,
        /// What it has to give.
        expected: &'static str,
    },
    /// A name that is neither a feature nor a threshold.
    #[error("unknown {what} `{name}`{}", meant(hint.as_deref()))]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// The name.
        name: String,
        /// A known name that is much like it.
        hint: Option<String>,
    },
    /// A feature that is made of itself.
    #[error("cycle: {}", .0.join(" → "))]
    Cycle(Vec<String>),
    /// Two quantities in different units.
    #[error("unit `{left}` of {left_of} does not agree with `{right}` of {right_of}")]
    Unit {
        /// Unit of the one.
        left: String,
        /// What the one is.
        left_of: String,
        /// Unit of the other.
        right: String,
        /// What the other is.
        right_of: String,
    },
    /// A default, or a range, that cannot be.
    #[error("{0}")]
    Range(String),
    /// Twice the same id or name, or a name that is taken.
    #[error("`{0}` is already defined")]
    Duplicate(String),
    /// A text that is needed and not there, or cannot be read.
    #[error("{0}")]
    Text(String),
    /// What a rule says of itself does not fit together.
    #[error("{0}")]
    Rule(String),
}

fn meant(hint: Option<&str>) -> String {
    hint.map_or_else(String::new, |hint| format!("; did you mean `{hint}`?"))
}

/// Collects errors with their lines.
pub(super) struct Faults<'t> {
    text: &'t str,
    found: Vec<PackError>,
}

impl<'t> Faults<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Notes a fault at a byte of the text.
    pub(super) fn add(&mut self, at: usize, place: impl Into<String>, fault: Fault) {
        let line = 1 + self.text.char_indices().filter(|it| it.0 < at && it.1 == '\n').count();
        self.found.push(PackError { line, place: place.into(), fault });
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them by line.
    pub(super) fn finish(mut self) -> PackErrors {
        self.found.sort_by_key(|error| error.line);
        self.found.dedup();
        PackErrors(self.found)
    }
}
