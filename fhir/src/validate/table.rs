//! The element table: what each type of R4 may hold, read once from `r4-elements.tsv`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::invariants::Special;
use super::primitive::Primitive;
use super::rules::{self, Rule};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("r4-elements.tsv")));

/// One bit for each element of a type, in the order of the table; `id` is bit 0.
pub(super) type Mask = u128;

/// Index of a type in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TypeId(usize);

/// What a property holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    Primitive(Primitive),
    Object(TypeId),
    Resource,
}

/// A property as it is named in JSON: a choice element has one for each of its types.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) bit: u8,
    pub(super) many: bool,
    pub(super) choice: bool,
    pub(super) content: Content,
    /// The codes of a required binding.
    pub(super) codes: Option<&'static str>,
    /// The resource types that a Reference may point to; empty for any.
    pub(super) targets: Vec<&'static str>,
}

impl Property {
    pub(super) fn mask(&self) -> Mask {
        1 << self.bit
    }

    pub(super) fn is_primitive(&self) -> bool {
        matches!(self.content, Content::Primitive(_))
    }
}

/// A resource type, datatype or backbone element.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) is_resource: bool,
    /// Names of the elements by bit, without `[x]`.
    pub(super) elements: Vec<&'static str>,
    pub(super) required: Mask,
    pub(super) rules: Vec<Rule>,
    pub(super) special: Special,
    properties: Vec<Property>,
}

impl Type {
    pub(super) fn property(&self, name: &str) -> Option<&Property> {
        let at = self.properties.binary_search_by(|property| property.name.cmp(name)).ok()?;
        self.properties.get(at)
    }

    /// The properties in which an element is told, by its name without `[x]`.
    pub(super) fn properties_of(&self, element: &str) -> impl Iterator<Item = &Property> {
        let mask = self.mask(element);
        self.properties.iter().filter(move |property| property.mask() & mask != 0)
    }

    /// The bit of an element by its name without `[x]`; 0 when there is none.
    pub(super) fn mask(&self, element: &str) -> Mask {
        self.elements.iter().position(|name| *name == element).map_or(0, |bit| 1 << bit)
    }
}

/// All of it.
#[derive(Debug)]
pub(super) struct Table {
    types: Vec<Type>,
    by_name: HashMap<&'static str, TypeId>,
    sets: HashMap<&'static str, Vec<&'static str>>,
    known: Vec<&'static str>,
    element: TypeId,
}

/// A type as its lines say, before the inherited elements are added.
#[derive(Debug)]
struct Source {
    name: &'static str,
    base: &'static str,
    is_resource: bool,
    rows: Vec<[&'static str; 4]>,
}

impl Table {
    pub(super) fn get() -> &'static Self {
        &TABLE
    }

    pub(super) fn type_of(&self, id: TypeId) -> &Type {
        &self.types[id.0]
    }

    /// A type that the table describes.
    pub(super) fn type_named(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    /// What `_name` may hold: `id` and `extension`.
    pub(super) fn element(&self) -> &Type {
        self.type_of(self.element)
    }

    /// A resource type that the table describes.
    pub(super) fn resource(&self, name: &str) -> Option<&Type> {
        self.by_name.get(name).map(|id| self.type_of(*id)).filter(|found| found.is_resource)
    }

    /// Whether R4 has a resource type of that name, described here or not.
    pub(super) fn is_resource_type(&self, name: &str) -> bool {
        self.known.binary_search(&name).is_ok()
    }

    /// Whether a code is in a set: `final`, or `system#code` for sets that name systems.
    pub(super) fn has_code(&self, set: &str, code: &str) -> bool {
        self.sets.get(set).is_none_or(|codes| codes.binary_search(&code).is_ok())
    }

    fn read(text: &'static str) -> Self {
        let mut sources: Vec<Source> = Vec::new();
        let mut sets = HashMap::new();
        let mut known = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let mut next = || columns.next().unwrap_or_default();
            match next() {
                "known" => known = sorted(next()),
                "set" => {
                    let name = next();
                    sets.insert(name, sorted(next()));
                }
                "type" => {
                    let (name, base, is_resource) = (next(), next(), next() == "resource");
                    sources.push(Source { name, base, is_resource, rows: Vec::new() });
                }
                _ => {
                    if let Some(source) = sources.last_mut() {
                        source.rows.push([next(), next(), next(), next()]);
                    }
                }
            }
        }
        let by_name: HashMap<_, _> =
            sources.iter().enumerate().map(|(at, source)| (source.name, TypeId(at))).collect();
        let types = sources.iter().map(|source| build(source, &sources, &by_name)).collect();
        let element = by_name.get("Element").copied().unwrap_or(TypeId(0));
        Self { types, by_name, sets, known, element }
    }

    #[cfg(test)]
    pub(super) fn types(&self) -> &[Type] {
        &self.types
    }
}

#[cfg(test)]
impl Type {
    pub(super) fn properties(&self) -> &[Property] {
        &self.properties
    }
}

fn sorted(words: &'static str) -> Vec<&'static str> {
    let mut words: Vec<_> = words.split(' ').collect();
    words.sort_unstable();
    words
}

fn build(source: &Source, sources: &[Source], by_name: &HashMap<&'static str, TypeId>) -> Type {
    let mut lineage = vec![source];
    while let Some(base) =
        lineage.last().and_then(|last| by_name.get(last.base)).and_then(|id| sources.get(id.0))
    {
        lineage.push(base);
    }
    let mut built = Type {
        name: source.name,
        is_resource: source.is_resource,
        elements: Vec::new(),
        required: 0,
        rules: Vec::new(),
        special: Special::of(lineage.iter().map(|source| source.name)),
        properties: Vec::new(),
    };
    for [element, cardinality, types, codes] in lineage.iter().rev().flat_map(|one| &one.rows) {
        let bit = u8::try_from(built.elements.len()).unwrap_or(u8::MAX);
        let stem = element.strip_suffix("[x]");
        built.elements.push(stem.unwrap_or(element));
        if !cardinality.starts_with('0') {
            built.required |= 1 << bit;
        }
        for kind in split_types(types) {
            let (kind, targets) = kind.split_once('(').unwrap_or((kind, ""));
            let content = match by_name.get(kind) {
                _ if kind == "Resource" => Content::Resource,
                Some(id) => Content::Object(*id),
                None => Content::Primitive(Primitive::of(kind)),
            };
            built.properties.push(Property {
                name: stem.map_or(element, |stem| choice_name(stem, kind)),
                bit,
                many: cardinality.ends_with('*'),
                choice: stem.is_some(),
                content,
                codes: (!codes.is_empty()).then_some(codes),
                targets: targets
                    .trim_end_matches(')')
                    .split('|')
                    .filter(|target| !target.is_empty())
                    .collect(),
            });
        }
    }
    built.properties.sort_unstable_by_key(|property| property.name);
    built.rules = rules::of(&built, lineage.iter().map(|source| source.name));
    built
}

/// Splits `Reference(Patient|Group)|string` at the bars outside parentheses.
fn split_types(types: &'static str) -> impl Iterator<Item = &'static str> {
    let mut inside = false;
    types.split(move |character| {
        match character {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        character == '|' && !inside
    })
}

/// `valueQuantity` for `value` and `Quantity`. Made once for each choice, for as long as we run.
fn choice_name(stem: &str, kind: &str) -> &'static str {
    let kind = if kind.ends_with("Quantity") { "Quantity" } else { kind };
    let (first, rest) = kind.split_at(1);
    String::leak(format!("{stem}{}{rest}", first.to_ascii_uppercase()))
}
