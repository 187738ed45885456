//! Where a sealed field stands.

use crate::ids::ObservationKey;

/// A field of a row. The schema is the municipality's.
#[derive(Debug, Clone)]
pub(in crate::store) struct Field<'a> {
    /// The table; a history counts as the table of the current versions.
    pub(in crate::store) table: &'static str,
    /// What makes the row and its version this one.
    pub(in crate::store) row: std::borrow::Cow<'a, [u8]>,
    /// The column.
    pub(in crate::store) column: &'static str,
}

/// Names the row of a resource's version.
pub(in crate::store) fn resource_row(kind: &str, id: &str, version: i32) -> String {
    format!("{kind}/{id}/{version}")
}

impl<'a> Field<'a> {
    /// The body of a version of a resource; `row` is from [`resource_row`].
    pub(in crate::store) fn of_resource(row: &'a str) -> Self {
        Self { table: "resource", row: row.as_bytes().into(), column: "body" }
    }

    /// What says who somebody is who signs in; `table` is `account` or `session`.
    pub(in crate::store) fn of_person(table: &'static str, id: &'a str) -> Self {
        Self { table, row: id.as_bytes().into(), column: "body" }
    }

    /// What somebody wrote about an alert; `row` is its id, or that and the version of an event.
    pub(in crate::store) fn of_alert(row: &'a str, column: &'static str) -> Self {
        Self { table: "alert", row: row.as_bytes().into(), column }
    }

    /// Why somebody opened an access.
    pub(in crate::store) fn of_break_glass(id: &'a str) -> Self {
        Self { table: "break_glass", row: id.as_bytes().into(), column: "reason" }
    }

    /// The large and private part of a version of a reading.
    pub(in crate::store) fn of_observation(key: ObservationKey, version: u32) -> Self {
        let mut row = Vec::with_capacity(28);
        row.extend_from_slice(&key.citizen.0.to_be_bytes());
        row.extend_from_slice(&key.code.0.to_be_bytes());
        row.extend_from_slice(&key.effective.0.to_be_bytes());
        row.extend_from_slice(&key.source.0.to_be_bytes());
        row.extend_from_slice(&key.fingerprint.to_be_bytes());
        row.extend_from_slice(&version.to_be_bytes());
        Self { table: "observation", row: row.into(), column: "extra" }
    }

    /// The whole place, each part after its length.
    pub(super) fn bytes(&self, schema: &str) -> Vec<u8> {
        let parts = [schema.as_bytes(), self.table.as_bytes(), &self.row, self.column.as_bytes()];
        let mut out = Vec::with_capacity(96);
        for part in parts {
            out.extend_from_slice(&(part.len() as u64).to_be_bytes());
            out.extend_from_slice(part);
        }
        out
    }
}
