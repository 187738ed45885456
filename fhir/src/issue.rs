//! What is wrong with a resource, and where: the content of an `OperationOutcome`.

use std::fmt;

/// How bad an issue is (`OperationOutcome.issue.severity`; `fatal` is never produced).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Told to the client, changes nothing.
    Information,
    /// Accepted, but the sender should know.
    Warning,
    /// The resource is refused.
    Error,
}

impl Severity {
    /// The FHIR code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The issue type, a subset of <http://hl7.org/fhir/R4/valueset-issue-type.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssueCode {
    /// Content invalid against the specification or a profile.
    Invalid,
    /// A structural issue: wrong JSON type, unknown element, duplicate property.
    Structure,
    /// A required element is missing.
    Required,
    /// An element value is invalid.
    Value,
    /// A validation rule (invariant) failed.
    Invariant,
    /// The code or system could not be understood, or is not valid here.
    CodeInvalid,
    /// The reference could not be found.
    NotFound,
    /// The interaction or content is not supported.
    NotSupported,
    /// A resource or record already exists.
    Duplicate,
    /// Several matching records were found where one was expected.
    MultipleMatches,
    /// A version or edit conflict.
    Conflict,
    /// A business rule refuses it.
    BusinessRule,
    /// Something was too long.
    TooLong,
    /// The request would cost too much.
    TooCostly,
    /// The client must sign in.
    Login,
    /// The client may not do this.
    Forbidden,
    /// The resource was deleted.
    Deleted,
    /// The system is busy; try again later.
    Throttled,
    /// A passing fault; try again later.
    Transient,
    /// An internal error.
    Exception,
    /// A message that is no fault.
    Informational,
}

impl IssueCode {
    /// The FHIR code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::Invariant => "invariant",
            Self::CodeInvalid => "code-invalid",
            Self::NotFound => "not-found",
            Self::NotSupported => "not-supported",
            Self::Duplicate => "duplicate",
            Self::MultipleMatches => "multiple-matches",
            Self::Conflict => "conflict",
            Self::BusinessRule => "business-rule",
            Self::TooLong => "too-long",
            Self::TooCostly => "too-costly",
            Self::Login => "login",
            Self::Forbidden => "forbidden",
            Self::Deleted => "deleted",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Exception => "exception",
            Self::Informational => "informational",
        }
    }
}

/// One thing that is wrong, or worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How bad.
    pub severity: Severity,
    /// What kind, in FHIR's words.
    pub code: IssueCode,
    /// What kind, in Pulsvagt's stable words: `obs-6`, `unknown-element`, `bad-datetime`, …
    pub key: &'static str,
    /// Where, as a FHIRPath: `Bundle.entry[3].resource.valueQuantity.code`. Empty when nowhere.
    pub expression: String,
    /// A sentence for a person. Never repeats a value that could be personal.
    pub diagnostics: String,
}

impl Issue {
    /// An issue that refuses the resource.
    pub fn error(
        code: IssueCode,
        key: &'static str,
        expression: impl Into<String>,
        diagnostics: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            code,
            key,
            expression: expression.into(),
            diagnostics: diagnostics.into(),
        }
    }

    /// An issue that is accepted and told.
    pub fn warning(
        code: IssueCode,
        key: &'static str,
        expression: impl Into<String>,
        diagnostics: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, key, expression, diagnostics) }
    }

    /// Whether this issue refuses the resource.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} at {}: {}",
            self.severity.as_str(),
            self.key,
            self.expression,
            self.diagnostics
        )
    }
}
