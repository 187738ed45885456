//! What R4 says of elements and their types, for who walks through resources by name.

use super::primitive::Primitive;
use super::table::{Content, Table};

/// The type of an element, of a resource or of one value of a choice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind(Content);

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Kind {
    /// The type of that name: a resource, a datatype or a primitive. `None` for those that the table
    /// does not describe.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let object = Table::get().type_named(name).map(Content::Object);
        object.or_else(|| Primitive::named(name).map(Content::Primitive)).map(Self)
    }

    /// Its name: `Patient`, `Patient.contact`, `Quantity`, `dateTime`.
    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            Content::Primitive(primitive) => primitive.name(),
            // Those of Quantity differ in what they may hold and not in what they are.
            Content::Object(id) => match Table::get().type_of(id).name {
                name if name.ends_with("Quantity") => "Quantity",
                name => name,
            },
            Content::Resource => "Resource",
        }
    }

    pub(crate) fn is_primitive(self) -> bool {
        matches!(self.0, Content::Primitive(_))
    }

    /// Whether it is that type, or one that is made from it.
    pub(crate) fn is(self, name: &str) -> bool {
        let own = self.name();
        own == name
            || match name {
                "string" => matches!(own, "code" | "id" | "markdown"),
                "uri" => matches!(own, "url" | "canonical" | "uuid" | "oid"),
                "integer" => matches!(own, "positiveInt" | "unsignedInt"),
                "Quantity" => matches!(own, "Age" | "Count" | "Distance" | "Duration"),
                _ => false,
            }
    }

    /// The property of that name in JSON, with its type.
    pub(crate) fn property(self, name: &str) -> Option<Self> {
        let Content::Object(id) = self.0 else { return None };
        Table::get().type_of(id).property(name).map(|property| Self(property.content))
    }

    /// The properties in which a choice of that name (without `[x]`) is told, with their types.
    pub(crate) fn choices(self, stem: &str) -> Vec<(&'static str, Self)> {
        let Content::Object(id) = self.0 else { return Vec::new() };
        let found = Table::get().type_of(id);
        found
            .properties_of(stem)
            .filter(|property| property.choice)
            .map(|property| (property.name, Self(property.content)))
            .collect()
    }

    /// The types that an element of that name (without `[x]`) may have; none where there is no such
    /// element. A primitive has `id` and `extension` only.
    pub(crate) fn element(self, name: &str) -> Vec<Self> {
        let found = match self.0 {
            Content::Object(id) => Table::get().type_of(id),
            _ => Table::get().element(),
        };
        found.properties_of(name).map(|property| Self(property.content)).collect()
    }
}

/// Whether R4 has a type of that name, a resource, a datatype or a primitive, described here or not.
pub(crate) fn is_type(name: &str) -> bool {
    Table::get().has_code("all-types", name)
}
