//! The walk over a resource: every property against the element table.

mod pointers;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::issue::{Issue, IssueCode, Severity};
use crate::json::{Kind, Value};

use pointers::Contained;

use super::path::{Path, is_plain};
use super::table::{Content, Mask, Property, Table, Type};
use super::{Context, MAX_ISSUES, vital_signs};

/// More than twice what the largest type has with all its choices: only repeated names reach it,
/// and they would make the look at the neighbours below a long one.
const MAX_PROPERTIES: usize = 400;

/// Whether resources in a Bundle or Parameters are walked too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Full,
    Envelope,
}

/// The state of one walk.
#[derive(Debug)]
pub(super) struct Walk<'d, 'i> {
    table: &'static Table,
    context: Context,
    depth: Depth,
    issues: &'i mut Vec<Issue>,
    /// How many issues there were before.
    before: usize,
    errors: usize,
    told: usize,
    contained: HashMap<Cow<'d, str>, Contained<'d>>,
    /// The id of the contained resource that we are in.
    inside: Option<Cow<'d, str>>,
}

impl<'d, 'i> Walk<'d, 'i> {
    pub(super) fn new(context: Context, depth: Depth, issues: &'i mut Vec<Issue>) -> Self {
        Self {
            table: Table::get(),
            context,
            depth,
            before: issues.len(),
            issues,
            errors: 0,
            told: 0,
            contained: HashMap::new(),
            inside: None,
        }
    }

    /// Says that not all was said.
    pub(super) fn finish(self, at: &str) {
        let left_out =
            self.errors.saturating_sub(MAX_ISSUES) + self.told.saturating_sub(MAX_ISSUES);
        if left_out > 0 {
            let message = format!("{left_out} more issues are not listed");
            self.issues.push(Issue::warning(IssueCode::Informational, "more-issues", at, message));
        }
    }

    pub(super) fn error(
        &mut self,
        code: IssueCode,
        key: &'static str,
        path: Path<'_>,
        message: &str,
    ) {
        self.tell(Severity::Error, code, key, path, message);
    }

    pub(super) fn warning(
        &mut self,
        code: IssueCode,
        key: &'static str,
        path: Path<'_>,
        message: &str,
    ) {
        self.tell(Severity::Warning, code, key, path, message);
    }

    fn tell(
        &mut self,
        severity: Severity,
        code: IssueCode,
        key: &'static str,
        path: Path<'_>,
        message: &str,
    ) {
        let count = if severity == Severity::Error { &mut self.errors } else { &mut self.told };
        *count += 1;
        if *count <= MAX_ISSUES {
            let expression = path.to_string();
            self.issues.push(Issue { severity, ..Issue::error(code, key, expression, message) });
        }
    }

    /// Makes an error of a warning that was told about this place.
    pub(super) fn raise(&mut self, key: &'static str, path: Path<'_>) {
        let expression = path.to_string();
        let mut told = self.issues.iter_mut().skip(self.before);
        if let Some(issue) = told.find(|one| one.key == key && one.expression == expression) {
            issue.severity = Severity::Error;
        }
    }

    /// A resource that stands on its own: the root, or one in a Bundle.
    pub(super) fn resource(&mut self, value: Value<'d>, path: Path<'_>) {
        let Some(of) = self.resource_type(value, path) else { return };
        let outer = std::mem::take(&mut self.contained);
        let outer_inside = self.inside.take();
        self.list_contained(value);
        let seen = self.object(value, of, path);
        if seen & of.mask("contained") != 0 {
            self.unused_contained(value, path);
        }
        if of.name == "Observation" {
            vital_signs::check(self, value, self.context, path);
        }
        self.contained = outer;
        self.inside = outer_inside;
    }

    /// The type of a resource that can be walked; tells why otherwise.
    fn resource_type(&mut self, value: Value<'d>, path: Path<'_>) -> Option<&'static Type> {
        if !value.is_object() {
            self.error(IssueCode::Structure, "wrong-json-type", path, "must be a resource");
            return None;
        }
        let at = path.name("resourceType");
        let Some(kind) = value.get("resourceType") else {
            self.error(
                IssueCode::Structure,
                "missing-resource-type",
                at,
                "resourceType is missing",
            );
            return None;
        };
        let Some(kind) = kind.as_str() else {
            self.error(IssueCode::Structure, "wrong-json-type", at, "must be a string");
            return None;
        };
        let found = self.table.resource(&kind);
        if found.is_none() && self.table.is_resource_type(&kind) {
            let message = "this resource type is not supported here";
            self.error(IssueCode::NotSupported, "unsupported-resource-type", at, message);
        } else if found.is_none() {
            let message = "not a resource type of FHIR R4";
            self.error(IssueCode::Structure, "unknown-resource-type", at, message);
        }
        found
    }

    /// An object of a known type; returns which elements are there.
    fn object(&mut self, value: Value<'d>, of: &'static Type, path: Path<'_>) -> Mask {
        let mut seen: Mask = 0;
        let mut is_empty = true;
        for (count, (name, child)) in value.members().enumerate() {
            is_empty = false;
            if count == MAX_PROPERTIES {
                let message = "more properties than any type of R4 has";
                self.error(IssueCode::TooCostly, "too-many-properties", path, message);
                return seen;
            }
            if name == "resourceType" && of.is_resource {
                continue;
            }
            if let Some(property) = of.property(name) {
                if property.choice && seen & property.mask() != 0 {
                    self.second_choice(value, count, of, property, path.name(name));
                }
                seen |= property.mask();
                self.property(value, child, property, path.name(name));
            } else if let Some(property) = name
                .strip_prefix('_')
                .and_then(|name| of.property(name))
                .filter(|property| property.is_primitive())
            {
                if property.choice && seen & property.mask() != 0 {
                    self.second_choice(value, count, of, property, path.name(name));
                }
                seen |= property.mask();
                self.sibling(value, child, property, path.name(name));
            } else if is_plain(name) {
                let message = "R4 has no such element here";
                self.error(IssueCode::Structure, "unknown-element", path.name(name), message);
            } else {
                let message = "a property whose name cannot be an element's";
                self.error(IssueCode::Structure, "unknown-element", path, message);
            }
        }
        if is_empty {
            self.error(
                IssueCode::Structure,
                "empty-object",
                path,
                "an object is never empty in FHIR",
            );
            return seen;
        }
        if seen == 1 && !of.is_resource {
            let message = "nothing but an id: the element should have a value or children";
            self.warning(IssueCode::Invariant, "ele-1", path, message);
        }
        self.missing(of, seen, path);
        for rule in of.rules.iter().filter(|rule| !rule.holds(seen)) {
            self.error(IssueCode::Invariant, rule.key, path, rule.message);
        }
        of.special.check(self, value, path);
        seen
    }

    fn missing(&mut self, of: &'static Type, seen: Mask, path: Path<'_>) {
        let mut missing = of.required & !seen;
        while missing != 0 {
            let bit = missing.trailing_zeros() as usize;
            missing &= missing - 1;
            if let Some(name) = of.elements.get(bit) {
                let message = "the element is required";
                self.error(IssueCode::Required, "missing-element", path.name(name), message);
            }
        }
    }

    /// The choice element was among the `before` members before this one; wrong unless as this
    /// very property or its `_` sibling.
    fn second_choice(
        &mut self,
        parent: Value<'d>,
        before: usize,
        of: &'static Type,
        property: &Property,
        path: Path<'_>,
    ) {
        let mut earlier = parent
            .members()
            .take(before)
            .map(|(other, _)| other.strip_prefix('_').unwrap_or(other));
        let repeated = earlier.any(|other| other == property.name);
        if !repeated {
            let element = of.elements.get(usize::from(property.bit)).copied().unwrap_or_default();
            let message = format!("{element}[x] is given in more than one type; send one of them");
            self.error(IssueCode::Structure, "choice-twice", path, &message);
        }
    }

    fn property(
        &mut self,
        parent: Value<'d>,
        child: Value<'d>,
        property: &'static Property,
        path: Path<'_>,
    ) {
        if child.kind() == Kind::Null {
            self.null(path);
        } else if !property.many && child.is_array() {
            let message = "must be a single value, not an array";
            self.error(IssueCode::Structure, "wrong-json-type", path, message);
        } else if !property.many {
            self.item(child, property, path);
        } else if !child.is_array() {
            let message = "must be an array, also when it holds one value";
            self.error(IssueCode::Structure, "wrong-json-type", path, message);
        } else {
            let partner = if property.is_primitive() { sibling_of(parent, property) } else { None };
            let mut partners = partner.map(Value::items);
            let mut is_empty = true;
            for (index, item) in child.items().enumerate() {
                is_empty = false;
                let partner = partners.as_mut().and_then(Iterator::next);
                if item.kind() != Kind::Null {
                    self.item(item, property, path.index(index));
                } else if partner.is_none_or(|partner| partner.kind() == Kind::Null) {
                    self.null(path.index(index));
                }
            }
            if is_empty {
                let message = "an array is never empty in FHIR";
                self.error(IssueCode::Structure, "empty-array", path, message);
            }
        }
    }

    fn null(&mut self, path: Path<'_>) {
        let message = "null is not a value in FHIR: leave the element out";
        self.error(IssueCode::Structure, "null-element", path, message);
    }

    /// `_name`: the id and extensions of a primitive.
    fn sibling(
        &mut self,
        parent: Value<'d>,
        child: Value<'d>,
        property: &Property,
        path: Path<'_>,
    ) {
        let element = self.table.element();
        let partner = parent.get(property.name);
        if !property.many {
            if child.is_object() {
                self.extended(child, element, partner.is_some(), path);
            } else if child.kind() == Kind::Null {
                self.null(path);
            } else {
                let message = "must be an object with id or extension";
                self.error(IssueCode::Structure, "wrong-json-type", path, message);
            }
            return;
        }
        if !child.is_array() {
            let message = "must be an array, one item for each value";
            self.error(IssueCode::Structure, "wrong-json-type", path, message);
            return;
        }
        let values = partner.filter(|partner| partner.is_array());
        if values.is_some_and(|values| values.items().count() != child.items().count()) {
            let message = "must have as many items as the values it belongs to, with null for none";
            self.error(IssueCode::Structure, "misaligned-extension", path, message);
        }
        let mut values = values.map(Value::items);
        let mut is_empty = true;
        for (index, item) in child.items().enumerate() {
            is_empty = false;
            let value = values.as_mut().and_then(Iterator::next);
            let has_value = value.is_some_and(|value| value.kind() != Kind::Null);
            let at = path.index(index);
            match item.kind() {
                Kind::Object => self.extended(item, element, has_value, at),
                // When both are null, the value's place has been told.
                Kind::Null if value.is_some() => {}
                Kind::Null => self.null(at),
                _ => {
                    let message = "must be an object with id or extension, or null";
                    self.error(IssueCode::Structure, "wrong-json-type", at, message);
                }
            }
        }
        if is_empty {
            let message = "an array is never empty in FHIR";
            self.error(IssueCode::Structure, "empty-array", path, message);
        }
    }

    /// The object of a `_name`; with a value beside it, an id alone is fine.
    fn extended(
        &mut self,
        value: Value<'d>,
        element: &'static Type,
        has_value: bool,
        path: Path<'_>,
    ) {
        if has_value && value.members().map(|(name, _)| name).eq(["id"]) {
            if let Some(property) = element.property("id")
                && let Some(id) = value.get("id")
            {
                self.property(value, id, property, path.name("id"));
            }
        } else {
            self.object(value, element, path);
        }
    }

    /// One value of a property, not null and not an array by the property's rules.
    fn item(&mut self, value: Value<'d>, property: &'static Property, path: Path<'_>) {
        match property.content {
            Content::Primitive(primitive) => {
                if let Err(fault) = primitive.check(value) {
                    self.tell(fault.severity, fault.code, fault.key, path, fault.message);
                } else if let Some(set) = property.codes {
                    let code = value.as_str().unwrap_or_default();
                    if !self.table.has_code(set, &code) {
                        self.not_in_set(set, path);
                    }
                } else if primitive.may_point()
                    && let Some(text) = value.as_str()
                    && let Some(id) = text.strip_prefix('#')
                {
                    self.use_contained(id);
                }
            }
            Content::Object(id) => {
                let of = self.table.type_of(id);
                if !value.is_object() {
                    let message = "must be an object";
                    self.error(IssueCode::Structure, "wrong-json-type", path, message);
                    return;
                }
                if property.name == "modifierExtension" {
                    let message = "modifier extensions are stored but not understood";
                    self.warning(IssueCode::NotSupported, "modifier-extension", path, message);
                }
                self.object(value, of, path);
                if of.name == "Reference" {
                    self.reference(value, property, path);
                }
                if let Some(set) = property.codes {
                    self.coded(value, set, path);
                }
            }
            Content::Resource if property.name == "contained" => {
                self.contained_resource(value, path);
            }
            Content::Resource if self.depth == Depth::Full => self.resource(value, path),
            Content::Resource => {}
        }
    }

    /// A Coding or `CodeableConcept` with a required binding.
    fn coded(&mut self, value: Value<'d>, set: &str, path: Path<'_>) {
        let fits = |coding: Value<'d>| {
            let system = coding.str_at("system").unwrap_or_default();
            let code = coding.str_at("code").unwrap_or_default();
            self.table.has_code(set, &format!("{system}#{code}"))
        };
        if !fits(value) && !value.each("coding").any(fits) {
            self.not_in_set(set, path);
        }
    }

    fn not_in_set(&mut self, set: &str, path: Path<'_>) {
        let set = set.trim_end_matches('#');
        let message = format!("not a code of the required value set {set}");
        self.error(IssueCode::CodeInvalid, "code-invalid", path, &message);
    }
}

fn sibling_of<'d>(parent: Value<'d>, property: &Property) -> Option<Value<'d>> {
    let is_sibling = |name: &str| name.strip_prefix('_') == Some(property.name);
    parent.members().find(|(name, _)| is_sibling(name)).map(|(_, value)| value)
}
