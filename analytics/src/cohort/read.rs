//! Reading and writing definitions.

use toml::de::DeTable;

use super::check::{self, Found};
use super::error::{DefinitionError, DefinitionErrors, Fault, Place};
use super::{Definition, place};

impl Definition {
    /// Reads a definition from TOML and checks it.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line, column and way through the tree.
    pub fn from_toml(text: &str) -> Result<Self, DefinitionErrors> {
        let refuse = |error: &toml::de::Error| {
            let at = error.span().map(|span| place::line_and_column(text, span.start));
            let place = Place { at, path: String::new() };
            let fault = Fault::File(error.message().trim().to_owned());
            DefinitionErrors(vec![DefinitionError { place, fault }])
        };
        let document = DeTable::parse(text).map_err(|error| refuse(&error))?;
        let definition: Self = toml::from_str(text).map_err(|error| refuse(&error))?;
        definition.checked(|way| {
            let at = place::byte(document.get_ref(), way);
            at.map(|at| place::line_and_column(text, at))
        })
    }

    /// Reads a definition from JSON and checks it.
    ///
    /// # Errors
    /// Everything that is wrong with it. What is not JSON, or has keys that are not known, is told
    /// with line and column, all else with its way through the tree.
    pub fn from_json(text: &str) -> Result<Self, DefinitionErrors> {
        let definition: Self = serde_json::from_str(text).map_err(|error| {
            let at = Some((error.line(), error.column())).filter(|(line, _)| *line > 0);
            let message = error.to_string();
            // The place is told apart.
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            let place = Place { at, path: String::new() };
            DefinitionErrors(vec![DefinitionError { place, fault: Fault::File(message) }])
        })?;
        definition.checked(|_| None)
    }

    fn checked(
        mut self,
        place: impl Fn(&[place::Turn<'_>]) -> Option<(usize, usize)>,
    ) -> Result<Self, DefinitionErrors> {
        let mut found = Vec::new();
        check::definition(&self, &mut |fault: Found<'_>| {
            let place = Place { at: place(fault.way), path: place::path(fault.way) };
            found.push(DefinitionError { place, fault: fault.fault });
        });
        if found.is_empty() {
            check::normalise(&mut self);
            return Ok(self);
        }
        found.sort_by_key(|error| error.place.at);
        Err(DefinitionErrors(found))
    }

    /// As JSON, for people.
    ///
    /// # Errors
    /// Never for a definition that was read.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// As TOML.
    ///
    /// # Errors
    /// Never for a definition that was read.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }

    /// What is hashed: JSON without blanks, keys in the order of the documentation, defaults left
    /// out, lists whose order says nothing sorted, and without the description.
    pub fn canonical(&self) -> String {
        let mut plain = Self { description: String::new(), ..self.clone() };
        check::normalise(&mut plain);
        serde_json::to_string(&plain).unwrap_or_default()
    }

    /// Hash of the [canonical form](Self::canonical) (XXH3, 128 bits), hexadecimal.
    pub fn hash(&self) -> String {
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(self.canonical().as_bytes()))
    }
}
