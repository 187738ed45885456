//! Tables of resources: `ViewDefinition`s of SQL on FHIR v2
//! (<https://build.fhir.org/ig/FHIR/sql-on-fhir-v2/StructureDefinition-ViewDefinition.html>), with the
//! subset of `FHIRPath` that its profile for shared views asks for. No I/O.
//!
//! A view is read and checked as a whole before any resource is looked at: a function that is not in
//! the subset, an element that R4 does not have, a column twice, is an [`Issue`](crate::Issue) with
//! its place. What only a resource can tell (several values in a column for one) ends the run with a
//! [`RunError`]. Nothing is passed over.
//!
//! ```
//! use pulsvagt_fhir::Document;
//! use pulsvagt_fhir::view::View;
//!
//! let view = br#"{"resourceType":"ViewDefinition","resource":"Patient","select":[{
//!     "column":[{"name":"id","path":"getResourceKey()"},
//!               {"name":"year","path":"birthDate.highBoundary()"}]}]}"#;
//! let view = View::parse(Document::parse(view)?.root(), "ViewDefinition").expect("a view");
//! let patient = Document::parse(br#"{"resourceType":"Patient","id":"ane","birthDate":"1950"}"#)?;
//! let rows = view.rows(patient.root(), None)?;
//! let mut out = String::new();
//! view.push_json(&rows[0], &mut out);
//! assert_eq!(out, r#"{"id":"ane","year":"1950-12-31"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cell;
mod check;
mod definition;
mod path;
mod run;

#[cfg(test)]
mod tests;

pub use cell::{Cell, Row};
pub use definition::View;
pub use run::RunError;
