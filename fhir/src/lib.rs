//! The part of FHIR R4 (4.0.1) that Pulsvagt speaks. Knows nothing of HTTP, SQL or statistics.
//!
//! In the order a reading meets them: [`json`] (strict JSON, every digit kept), [`validate()`]
//! (structure, primitives, invariants, vital signs), [`measure`] (codes, units, plausibility) and
//! [`shape`] (an Observation split into what stays the same and what changes). [`view`] makes tables of
//! resources.

pub mod cpr;
pub mod datetime;
pub mod facts;
pub mod issue;
pub mod json;
pub mod measure;
pub mod shape;
pub mod validate;
pub mod view;

pub use issue::{Issue, IssueCode, Severity};
pub use json::{Document, Value};
pub use validate::validate;
