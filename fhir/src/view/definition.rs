//! A `ViewDefinition`, read and checked.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::check::{Shape, infer};
use super::path::decimal::Decimal;
use super::path::item::Item;
use super::path::moment::Moment;
use super::path::{Expr, PathError, parse};
use crate::issue::{Issue, IssueCode};
use crate::json::Value;
use crate::validate::elements::is_type;

/// Most columns of a view.
const MAX_COLUMNS: usize = 500;

/// Elements of a `ViewDefinition` that say nothing of its rows.
const DESCRIBING: [&str; 27] = [
    "resourceType",
    "id",
    "meta",
    "language",
    "text",
    "extension",
    "url",
    "identifier",
    "version",
    "versionAlgorithmString",
    "versionAlgorithmCoding",
    "name",
    "title",
    "status",
    "experimental",
    "date",
    "publisher",
    "contact",
    "description",
    "useContext",
    "jurisdiction",
    "purpose",
    "copyright",
    "copyrightLabel",
    "profile",
    "fhirVersion",
    "resource",
];

/// The types that a constant may have, in the name of its value.
const CONSTANTS: [&str; 19] = [
    "base64Binary",
    "boolean",
    "canonical",
    "code",
    "date",
    "dateTime",
    "decimal",
    "id",
    "instant",
    "integer",
    "integer64",
    "oid",
    "string",
    "positiveInt",
    "time",
    "unsignedInt",
    "uri",
    "url",
    "uuid",
];

/// A view that can be made of resources.
#[derive(Debug)]
pub struct View {
    pub(super) resource: String,
    name: Option<String>,
    columns: Vec<String>,
    pub(super) constants: Vec<Item<'static>>,
    pub(super) filters: Vec<Path>,
    pub(super) root: Select,
}

/// An expression and where it stands.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) expr: Expr,
    pub(super) place: String,
}

/// What a selection is made of, again and again.
#[derive(Debug)]
pub(super) enum Each {
    /// Once, of what is around it.
    This,
    Of(Path),
    OfOrNull(Path),
    Repeat(Vec<Path>),
}

/// A selection. Its columns stand side by side: its own, those of selections in it, those of its
/// union.
#[derive(Debug)]
pub(super) struct Select {
    pub(super) each: Each,
    pub(super) columns: Vec<Column>,
    pub(super) selects: Vec<Select>,
    pub(super) union: Vec<Select>,
}

#[derive(Debug)]
pub(super) struct Column {
    name: String,
    kind: Option<String>,
    pub(super) path: Path,
    pub(super) collection: bool,
}

impl View {
    /// Reads a view, which stands `at` a place of the request.
    ///
    /// # Errors
    /// The first thing that is wrong with it, or not offered, with its place.
    pub fn parse(view: Value<'_>, at: &str) -> Result<Self, Issue> {
        if !view.is_object() || view.str_at("resourceType").is_some_and(|it| it != "ViewDefinition")
        {
            return Err(wrong(at, "this is not a ViewDefinition"));
        }
        known(view, at, &DESCRIBING, &["constant", "select", "where"])?;
        is_for_r4(view, at)?;
        let resource = text(view, at, "resource")?;
        let resource = resource.ok_or_else(|| missing(at, "resource"))?;
        if !is_type(&resource) || !resource.starts_with(|it: char| it.is_ascii_uppercase()) {
            return Err(wrong(&format!("{at}.resource"), "R4 has no resource of this type"));
        }
        let name = text(view, at, "name")?;
        if name.as_ref().is_some_and(|name| !is_name(name)) {
            return Err(bad_name(&format!("{at}.name")));
        }
        let constants = constants(view, at)?;
        let names: Vec<&str> = constants.iter().map(|constant| constant.name.as_str()).collect();
        let shapes: Vec<Shape> = constants.iter().map(|constant| constant.shape.clone()).collect();
        let reader = Reader { constants: &names, shapes: &shapes };
        let focus = Shape::named(&resource);
        let mut filters = Vec::new();
        for (place, filter) in list(view, at, "where")? {
            known(filter, &place, &["path", "description"], &[])?;
            let path = text(filter, &place, "path")?.ok_or_else(|| missing(&place, "path"))?;
            let (path, shape) = reader.path(&path, format!("{place}.path"), &focus)?;
            if !shape.may_hold() {
                return Err(wrong(&path.place, "a condition has to come to true or false"));
            }
            filters.push(path);
        }
        let selects = reader.selects(view, at, "select", &focus)?;
        if selects.is_empty() {
            return Err(missing(at, "select"));
        }
        let root = Select { each: Each::This, columns: Vec::new(), selects, union: Vec::new() };
        let mut columns = Vec::new();
        gather(&root, at, &mut columns)?;
        let mut seen = BTreeSet::new();
        if let Some((twice, _)) = columns.iter().find(|(name, _)| !seen.insert(name)) {
            return Err(wrong(at, &format!("there are two columns {twice}")));
        }
        if columns.is_empty() || columns.len() > MAX_COLUMNS {
            return Err(wrong(at, &format!("a view has 1 to {MAX_COLUMNS} columns")));
        }
        Ok(Self {
            name: name.map(Cow::into_owned),
            columns: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
            constants: constants.into_iter().map(|constant| constant.value).collect(),
            filters,
            root,
            resource: resource.into(),
        })
    }

    /// The type of the resources that it is of.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Its name, if it has one: letters, digits and underscores.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The names of its columns, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }
}

/// Name and declared type of each column, in their order.
fn gather<'s>(
    select: &'s Select,
    at: &str,
    columns: &mut Vec<(&'s str, Option<&'s str>)>,
) -> Result<(), Issue> {
    columns.extend(select.columns.iter().map(|it| (it.name.as_str(), it.kind.as_deref())));
    for nested in &select.selects {
        gather(nested, at, columns)?;
    }
    let mut first: Option<Vec<_>> = None;
    for branch in &select.union {
        let mut own = Vec::new();
        gather(branch, at, &mut own)?;
        match &first {
            None => first = Some(own),
            Some(first) => {
                let same = first.len() == own.len()
                    && first.iter().zip(&own).all(|((name, kind), (other, of))| {
                        name == other && (kind.is_none() || of.is_none() || kind == of)
                    });
                if !same {
                    let text = "the selections of a unionAll have to have the same columns, in the \
                                same order and of the same types";
                    return Err(wrong(at, text));
                }
            }
        }
    }
    columns.extend(first.unwrap_or_default());
    Ok(())
}

struct Constant {
    name: String,
    value: Item<'static>,
    shape: Shape,
}

fn constants(view: Value<'_>, at: &str) -> Result<Vec<Constant>, Issue> {
    let mut found: Vec<Constant> = Vec::new();
    for (place, constant) in list(view, at, "constant")? {
        let name = text(constant, &place, "name")?.ok_or_else(|| missing(&place, "name"))?;
        if !is_name(&name) || name == "rowIndex" {
            return Err(bad_name(&format!("{place}.name")));
        }
        if found.iter().any(|other| other.name == name) {
            return Err(wrong(&place, "there are two constants of this name"));
        }
        let mut values = constant.members().filter(|(member, _)| *member != "name");
        let Some((member, value)) = values.next() else { return Err(missing(&place, "value[x]")) };
        let kind = CONSTANTS.into_iter().find(|kind| {
            member.strip_prefix("value").is_some_and(|rest| {
                rest.starts_with(|it: char| it.is_ascii_uppercase())
                    && rest.eq_ignore_ascii_case(kind)
                    && rest.get(1..) == kind.get(1..)
            })
        });
        let Some(kind) = kind.filter(|_| values.next().is_none()) else {
            return Err(wrong(&place, "a constant has a name and one value of a primitive type"));
        };
        let place = format!("{place}.{member}");
        let (value, shape) =
            constant_value(kind, value).ok_or_else(|| wrong(&place, "not of its type"))?;
        found.push(Constant { name: name.into(), value, shape });
    }
    Ok(found)
}

fn constant_value(kind: &str, value: Value<'_>) -> Option<(Item<'static>, Shape)> {
    Some(match kind {
        "boolean" => (Item::Bool(value.as_bool()?), Shape::Bool),
        "integer64" if value.is_string() => {
            let number: i64 = value.as_str()?.parse().ok()?;
            (Item::Number(Decimal::whole(number)), Shape::Number)
        }
        "integer" | "positiveInt" | "unsignedInt" | "integer64" => {
            (Item::Number(Decimal::whole(value.as_i64()?)), Shape::Number)
        }
        "decimal" => (Item::Number(Decimal::parse(value.number_text()?)?), Shape::Number),
        "date" | "dateTime" | "instant" | "time" => {
            let text = value.as_str()?;
            Moment::parse(&text)?;
            (Item::Moment(Cow::Owned(text.into_owned())), Shape::Moment)
        }
        _ => (Item::Text(Cow::Owned(value.as_str()?.into_owned())), Shape::Text),
    })
}

/// What selections and expressions are read with.
struct Reader<'r> {
    constants: &'r [&'r str],
    shapes: &'r [Shape],
}

impl Reader<'_> {
    fn path(&self, path: &str, place: String, focus: &Shape) -> Result<(Path, Shape), Issue> {
        let expr = parse(path, self.constants).map_err(|error| not_a_path(&place, &error))?;
        let shape = infer(&expr, focus, self.shapes).map_err(|text| wrong(&place, &text))?;
        Ok((Path { expr, place }, shape))
    }

    fn selects(
        &self,
        of: Value<'_>,
        at: &str,
        name: &str,
        focus: &Shape,
    ) -> Result<Vec<Select>, Issue> {
        list(of, at, name)?.into_iter().map(|(at, it)| self.select(it, &at, focus)).collect()
    }

    fn select(&self, select: Value<'_>, at: &str, around: &Shape) -> Result<Select, Issue> {
        const LISTED: [&str; 6] =
            ["column", "select", "unionAll", "forEach", "forEachOrNull", "repeat"];
        known(select, at, &LISTED, &[])?;
        let one = |name| text(select, at, name);
        let (of, or_null) = (one("forEach")?, one("forEachOrNull")?);
        let repeat = list(select, at, "repeat")?;
        if usize::from(of.is_some())
            + usize::from(or_null.is_some())
            + usize::from(!repeat.is_empty())
            > 1
        {
            return Err(wrong(at, "there may be one of forEach, forEachOrNull and repeat"));
        }
        let (each, focus) = if let Some(path) = of {
            let (path, shape) = self.path(&path, format!("{at}.forEach"), around)?;
            (Each::Of(path), shape)
        } else if let Some(path) = or_null {
            let (path, shape) = self.path(&path, format!("{at}.forEachOrNull"), around)?;
            (Each::OfOrNull(path), shape)
        } else if repeat.is_empty() {
            (Each::This, around.clone())
        } else {
            let (paths, shape) = self.repeated(&repeat, around)?;
            (Each::Repeat(paths), shape)
        };
        let mut columns = Vec::new();
        for (at, column) in list(select, at, "column")? {
            columns.push(self.column(column, &at, &focus)?);
        }
        let selects = self.selects(select, at, "select", &focus)?;
        let union = self.selects(select, at, "unionAll", &focus)?;
        if columns.is_empty() && selects.is_empty() && union.is_empty() {
            return Err(wrong(at, "a selection without columns"));
        }
        Ok(Select { each, columns, selects, union })
    }

    /// What a repeat comes to is what it is repeated on, so the types are gathered until there is
    /// nothing new. An element need not be there on every level, so here a name that no element has
    /// is no error.
    fn repeated(
        &self,
        listed: &[(String, Value<'_>)],
        around: &Shape,
    ) -> Result<(Vec<Path>, Shape), Issue> {
        let mut paths = Vec::new();
        for (place, path) in listed {
            let text = path.as_str().ok_or_else(|| wrong(place, "has to be a string"))?;
            let expr = parse(&text, self.constants).map_err(|error| not_a_path(place, &error))?;
            paths.push(Path { expr, place: place.clone() });
        }
        let step = |focus: &Shape| {
            let shapes = paths.iter().filter_map(|path| infer(&path.expr, focus, self.shapes).ok());
            shapes.reduce(Shape::or)
        };
        let mut found = step(around);
        while let Some(shape) = &found {
            let next = step(shape).map_or_else(|| shape.clone(), |next| shape.clone().or(next));
            if next == *shape {
                break;
            }
            found = Some(next);
        }
        Ok((paths, found.unwrap_or(Shape::Any)))
    }

    fn column(&self, column: Value<'_>, at: &str, focus: &Shape) -> Result<Column, Issue> {
        const LISTED: [&str; 6] = ["path", "name", "description", "collection", "type", "tag"];
        known(column, at, &LISTED, &[])?;
        let name = text(column, at, "name")?.ok_or_else(|| missing(at, "name"))?;
        if !is_name(&name) {
            return Err(bad_name(&format!("{at}.name")));
        }
        let path = text(column, at, "path")?.ok_or_else(|| missing(at, "path"))?;
        let (path, shape) = self.path(&path, format!("{at}.path"), focus)?;
        let collection = match column.get("collection").map(Value::as_bool) {
            None => false,
            Some(Some(value)) => value,
            Some(None) => {
                return Err(wrong(&format!("{at}.collection"), "has to be true or false"));
            }
        };
        let kind = text(column, at, "type")?.map(|kind| {
            kind.strip_prefix("http://hl7.org/fhir/StructureDefinition/")
                .unwrap_or(&kind)
                .to_owned()
        });
        if shape.may_have_elements() && kind.is_none() {
            let text = "the column may hold an element that has elements: choose one of them, a type \
                        with ofType(), or say the column's type";
            return Err(wrong(&path.place, text));
        }
        if kind.as_ref().is_some_and(|kind| !shape.may_be(kind)) {
            return Err(wrong(&format!("{at}.type"), "the path comes to another type"));
        }
        Ok(Column { name: name.into(), kind, path, collection })
    }
}

/// Whether it is a name for a column: letters, digits and underscores, beginning with a letter.
fn is_name(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_alphabetic())
        && name.len() <= 255
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
}

fn is_for_r4(view: Value<'_>, at: &str) -> Result<(), Issue> {
    let mut versions = view.each("fhirVersion").filter_map(Value::as_str).peekable();
    if versions.peek().is_none() || versions.any(|it| it == "4.0" || it.starts_with("4.0.")) {
        return Ok(());
    }
    Err(outside(&format!("{at}.fhirVersion"), "what is kept here is FHIR 4.0.1"))
}

/// Refuses what is not one of these elements.
fn known(of: Value<'_>, at: &str, one: &[&str], other: &[&str]) -> Result<(), Issue> {
    if !of.is_object() {
        return Err(wrong(at, "has to be an object"));
    }
    let mut seen = BTreeSet::new();
    for (name, _) in of.members() {
        if !one.contains(&name) && !other.contains(&name) {
            return Err(outside(at, &format!("the element {name} is not known here")));
        }
        if !seen.insert(name) {
            return Err(wrong(at, &format!("the element {name} is there twice")));
        }
    }
    Ok(())
}

/// A member that is a string.
fn text<'v>(of: Value<'v>, at: &str, name: &str) -> Result<Option<Cow<'v, str>>, Issue> {
    let Some(value) = of.get(name) else { return Ok(None) };
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(Some).ok_or_else(|| wrong(&format!("{at}.{name}"), "has to be a string"))
}

/// The items of a member that is an array, each with its place.
fn list<'v>(of: Value<'v>, at: &str, name: &str) -> Result<Vec<(String, Value<'v>)>, Issue> {
    let Some(value) = of.get(name) else { return Ok(Vec::new()) };
    let place = format!("{at}.{name}");
    if !value.is_array() || value.items().next().is_none() {
        return Err(wrong(&place, "has to be an array with something in it"));
    }
    Ok(value.items().enumerate().map(|(number, it)| (format!("{place}[{number}]"), it)).collect())
}

fn wrong(place: &str, text: &str) -> Issue {
    Issue::error(IssueCode::Invalid, "bad-view", place, text)
}

fn outside(place: &str, text: &str) -> Issue {
    Issue::error(IssueCode::NotSupported, "view-not-supported", place, text)
}

fn missing(at: &str, name: &str) -> Issue {
    wrong(&format!("{at}.{name}"), "is missing")
}

fn bad_name(place: &str) -> Issue {
    wrong(place, "a name has letters, digits and underscores, and begins with a letter")
}

fn not_a_path(place: &str, error: &PathError) -> Issue {
    let text = format!("at character {}: {}", error.at, error.text);
    if error.outside { outside(place, &text) } else { wrong(place, &text) }
}
