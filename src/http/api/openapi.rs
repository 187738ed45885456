//! The API's own description (OpenAPI 3.1). Operations bring theirs; here is what they share.

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, ServerBuilder};

use super::problem::{Fault, ProblemDetails};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pulsvagt",
        description = "Worklist, plans and administration of one municipality, which the token \
            names. Resources of FHIR R4 are served under /fhir.\n\nThe role in the token decides \
            what a caller may do; each operation names the right it needs. Whoever has the right \
            for their own record only is told 404 for anybody else's.\n\nErrors are problem \
            details (RFC 9457); decide by `code`, which is stable.",
        license(name = "MPL-2.0", identifier = "MPL-2.0"),
    ),
    components(schemas(ProblemDetails<'static>, Fault)),
    tags(
        (name = "worklist", description = "Whom to look at first, and what is done about it. The \
            same alerts are FHIR Flags and Tasks."),
        (name = "citizens", description = "What was measured and computed about one citizen."),
        (name = "administration", description = "What the municipality decides, and whether \
            screening keeps up."),
        (name = "plans", description = "What was agreed with a citizen: programmes, how often to \
            measure, personal limits. The same plan is the FHIR CarePlan of the citizen."),
        (name = "analysis", description = "Cohorts: who, from when on, what came after, compared with \
            whom. Numbers about groups, never about somebody."),
    ),
)]
struct Frame;

/// What there is to say before any operation.
pub(super) fn frame() -> utoipa::openapi::OpenApi {
    let mut api = Frame::openapi();
    let bearer = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "Token of a configured issuer or, for registered systems, of this server. It names the \
             municipality, the role and, for a citizen's own app, the citizen. The words in an \
             operation's requirement are the right that the role needs; SMART scopes in the token \
             can take it away. Pages of this server may come with the session of somebody who signed \
             in at /auth/login instead; what changes something then needs the header X-CSRF-Token, \
             whose value GET /auth/session tells.",
        ))
        .build();
    api.components
        .get_or_insert_default()
        .add_security_scheme("bearer", SecurityScheme::Http(bearer));
    api.servers = Some(vec![ServerBuilder::new().url("/api").build()]);
    api
}

/// Adds what every operation can answer.
pub(super) fn finish(mut api: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    for item in api.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            refusals(operation);
        }
    }
    api
}

fn refusals(operation: &mut Operation) {
    let problem =
        ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    let response = ResponseBuilder::new()
        .description("Why it was not done.")
        .content("application/problem+json", problem)
        .build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(response));
}

/// The description, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Description {
    json: Bytes,
    etag: Arc<str>,
}

impl Description {
    pub(super) fn new(api: &utoipa::openapi::OpenApi) -> Self {
        let json = Bytes::from(api.to_pretty_json().unwrap_or_default());
        let etag = format!("\"{:x}\"", xxhash_rust::xxh3::xxh3_64(&json)).into();
        Self { json, etag }
    }
}

impl IntoResponse for Description {
    fn into_response(self) -> Response {
        let headers =
            [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache"), (ETAG, &*self.etag)];
        (headers, self.json).into_response()
    }
}
