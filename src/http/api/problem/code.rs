//! The kinds of problem. Codes are stable: clients decide by them.

use axum::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $status:ident, $code:literal, $title:literal;)+) => {
        /// A kind of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(in crate::http) enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// All kinds, for the documentation.
            pub(in crate::http) const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable word.
            pub(in crate::http) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What it is, in a sentence that is the same each time.
            pub(in crate::http) const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// The status of answers with it.
            pub(in crate::http) const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }
        }
    };
}

codes! {
    /// The body is no JSON, or not the JSON that is expected.
    BadBody = BAD_REQUEST, "bad-body", "The body cannot be read";
    /// A parameter in the address is unknown or has a wrong value.
    BadParameter = BAD_REQUEST, "bad-parameter", "A parameter cannot be understood";
    /// A header that the operation needs has a wrong value.
    BadHeader = BAD_REQUEST, "bad-header", "A header cannot be understood";
    /// The body ended before its end.
    BodyCutOff = BAD_REQUEST, "body-cut-off", "The body ended before its end";
    /// The body is said to be gzip and is not.
    BadGzip = BAD_REQUEST, "bad-gzip", "The body is not whole gzip";
    /// Who is asking is not known.
    Unauthorised = UNAUTHORIZED, "unauthorised", "A valid bearer token is needed";
    /// It is too long ago that the person has proved who they are.
    SignInAgain = UNAUTHORIZED, "sign-in-again", "Sign in again to do this";
    /// It comes with a session and may have been made by somebody else's page.
    ForgedRequest = FORBIDDEN, "forged-request", "This may not come from a page of this server";
    /// The role may not do this.
    Forbidden = FORBIDDEN, "forbidden", "This role may not do this";
    /// The citizen's data is stored and must not be processed.
    Restricted = FORBIDDEN, "restricted",
        "The citizen's data is restricted: it is stored and must not be processed";
    /// It does not exist, or the caller may not know of it.
    NotFound = NOT_FOUND, "not-found", "There is no such thing";
    /// Nothing is served there.
    UnknownPath = NOT_FOUND, "unknown-path", "Nothing is served at this path";
    /// The path is served, the method is not.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method-not-allowed", "This method is not offered here";
    /// The body came too slowly.
    BodyTooSlow = REQUEST_TIMEOUT, "body-too-slow", "The body came too slowly; try again";
    /// None of the formats that the client takes is offered; the detail names those that are.
    NotAcceptable = NOT_ACCEPTABLE, "not-acceptable", "There is no such format of this";
    /// It is not in a state in which this can be done.
    Conflict = CONFLICT, "conflict", "This cannot be done as things stand";
    /// `If-Match` names a version that is not the current one.
    VersionConflict = PRECONDITION_FAILED, "version-conflict",
        "Somebody else has changed it: read it again, and put your change on top";
    /// The body is larger than is accepted.
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large";
    /// The body is of another media type.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type",
        "Send application/json";
    /// The body is compressed in a way that is not offered.
    UnsupportedEncoding = UNSUPPORTED_MEDIA_TYPE, "unsupported-encoding",
        "Send the body as it is or with gzip";
    /// The body can be read and must not be done; `errors` tells everything that is wrong with it.
    Invalid = UNPROCESSABLE_ENTITY, "invalid", "What was sent is not acceptable";
    /// What was asked for is not a step from where it is; `legal` lists those that are.
    IllegalStep = UNPROCESSABLE_ENTITY, "illegal-step", "There is no such step from here";
    /// The operation needs `If-Match`.
    VersionRequired = PRECONDITION_REQUIRED, "version-required",
        "Say in If-Match which version this replaces";
    /// The client has asked for more than its share; the header `Retry-After` says when to come back.
    RateLimited = TOO_MANY_REQUESTS, "rate-limited", "Too much was asked for; wait and try again";
    /// The address is longer than is accepted.
    AddressTooLong = URI_TOO_LONG, "address-too-long", "The address is too long";
    /// There are more headers, or longer ones, than are accepted.
    HeadersTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large",
        "The headers are too many or too long";
    /// Too many large bodies at a time.
    BodiesFull = TOO_MANY_REQUESTS, "bodies-full", "Too many large requests at a time; try again";
    /// Too many cohorts wait or are made at a time.
    TooManyRuns = TOO_MANY_REQUESTS, "too-many-runs", "Too many cohorts are being made";
    /// The server failed.
    Internal = INTERNAL_SERVER_ERROR, "internal", "The server failed";
    /// The database is away. Nothing was stored.
    DatabaseAway = SERVICE_UNAVAILABLE, "database-away",
        "The database is not available; nothing of this request was stored, try again";
}

impl Code {
    /// The kind of that stable word.
    pub(in crate::http) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}
