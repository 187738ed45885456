//! Contained resources, and references to them and to others.

use std::borrow::Cow;

use crate::issue::IssueCode;
use crate::json::Value;

use super::Walk;
use crate::validate::path::Path;
use crate::validate::reference::Target;
use crate::validate::table::Property;

/// A contained resource, by its id.
#[derive(Debug)]
pub(super) struct Contained<'d> {
    kind: Cow<'d, str>,
    is_used: bool,
}

impl<'d> Walk<'d, '_> {
    /// Notes the resources that `value` contains, so that references find them.
    pub(super) fn list_contained(&mut self, value: Value<'d>) {
        for inner in value.each("contained") {
            if let (Some(id), Some(kind)) = (inner.str_at("id"), inner.str_at("resourceType")) {
                self.contained.entry(id).or_insert(Contained { kind, is_used: false });
            }
        }
    }

    /// `dom-3`.
    pub(super) fn unused_contained(&mut self, value: Value<'d>, path: Path<'_>) {
        let path = path.name("contained");
        for (index, inner) in value.each("contained").enumerate() {
            let id = inner.str_at("id");
            let used = id.and_then(|id| self.contained.get(&id)).is_some_and(|one| one.is_used);
            if !used && inner.is_object() {
                self.error(
                    IssueCode::Invariant,
                    "dom-3",
                    path.index(index),
                    "a contained resource must have an id and be referred to",
                );
            }
        }
    }

    /// `dom-2`, `dom-4`, `dom-5` and the resource itself.
    pub(super) fn contained_resource(&mut self, value: Value<'d>, path: Path<'_>) {
        let Some(of) = self.resource_type(value, path) else { return };
        if value.get("contained").is_some() {
            let at = path.name("contained");
            let message = "a contained resource must not contain another";
            self.error(IssueCode::Invariant, "dom-2", at, message);
        }
        for (name, key) in [("versionId", "dom-4"), ("lastUpdated", "dom-4"), ("security", "dom-5")]
        {
            if value.at(&["meta", name]).is_some() {
                let meta = path.name("meta");
                let message = "a contained resource has no version, update time or security label";
                self.error(IssueCode::Invariant, key, meta.name(name), message);
            }
        }
        let outer = self.inside.replace(value.str_at("id").unwrap_or_default());
        self.object(value, of, path);
        self.inside = outer;
    }

    /// Marks a contained resource as used; its type when there is such a one.
    pub(super) fn use_contained(&mut self, id: &str) -> Option<&str> {
        let inside = if id.is_empty() { self.inside.as_deref() } else { None };
        let contained = self.contained.get_mut(inside.unwrap_or(id))?;
        contained.is_used = true;
        (!id.is_empty()).then_some(&*contained.kind)
    }

    /// `ref-1`, and whether the target is of a type that the element may point to.
    pub(super) fn reference(&mut self, value: Value<'d>, property: &Property, path: Path<'_>) {
        let may = |kind: &str| property.targets.is_empty() || property.targets.contains(&kind);
        let stated = value.str_at("type");
        let reference = value.str_at("reference");
        let at = path.name("reference");
        let mut found = None;
        match reference.as_deref().map(|text| Target::of(text, self.table)) {
            Some(Target::Contained(id)) => match self.use_contained(id) {
                Some(kind) => found = Some(may(kind)),
                None if id.is_empty() => {}
                None => {
                    let message = "no contained resource has this id";
                    self.error(IssueCode::Invariant, "ref-1", at, message);
                }
            },
            Some(Target::Typed(kind)) => {
                found = Some(
                    may(kind) && stated.as_deref().is_none_or(|stated| stated.ends_with(kind)),
                );
            }
            Some(Target::Malformed) if reference.as_deref() != Some("") => {
                let message = "must be Type/id, a URL, a urn, #id or a search for one resource";
                self.error(IssueCode::Value, "bad-reference", at, message);
            }
            Some(Target::Elsewhere | Target::Malformed) | None => {}
        }
        if found == Some(false) {
            let message = format!("must point to {}", property.targets.join(", "));
            let message =
                if property.targets.is_empty() { "is not of the stated type" } else { &message };
            self.error(IssueCode::Value, "reference-type", at, message);
        } else if found.is_none()
            && stated.is_some_and(|kind| self.table.is_resource_type(&kind) && !may(&kind))
        {
            let message = format!("must be one of {}", property.targets.join(", "));
            self.error(IssueCode::Value, "reference-type", path.name("type"), &message);
        }
    }
}
