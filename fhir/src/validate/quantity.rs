//! A Quantity's unit (<http://hl7.org/fhir/R4/datatypes.html#Quantity>).

use crate::issue::IssueCode;
use crate::json::Value;
use crate::measure::{UCUM_SYSTEM, is_valid_ucum};

use super::path::Path;
use super::walk::Walk;

/// Warns of a unit that says it is UCUM and is not.
pub(super) fn check<'d>(walk: &mut Walk<'d, '_>, quantity: Value<'d>, path: Path<'_>) {
    if quantity.str_at("system").is_some_and(|system| system == UCUM_SYSTEM)
        && let Some(code) = quantity.str_at("code")
        && !is_valid_ucum(&code)
    {
        let message = "not a UCUM code";
        walk.warning(IssueCode::CodeInvalid, "ucum-invalid", path.name("code"), message);
    }
}
