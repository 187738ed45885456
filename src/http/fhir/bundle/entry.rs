//! One entry of a Bundle.

use std::borrow::Cow;

use pulsvagt_fhir::{Issue, IssueCode, Value};

/// What an entry asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Other,
}

/// An entry with its request taken apart.
#[derive(Debug)]
pub(super) struct Entry<'d> {
    pub(super) position: usize,
    pub(super) method: Method,
    /// `Observation`, or the type of what is addressed; empty where none is.
    pub(super) kind: String,
    /// The id that is addressed.
    pub(super) id: Option<String>,
    /// The whole address, relative to the base.
    pub(super) url: Cow<'d, str>,
    pub(super) full_url: Option<Cow<'d, str>>,
    pub(super) resource: Option<Value<'d>>,
    pub(super) if_none_exist: Option<Cow<'d, str>>,
    pub(super) if_match: Option<u32>,
    /// `Bundle.entry[3].resource`
    pub(super) at: String,
}

impl<'d> Entry<'d> {
    /// Takes an entry apart.
    pub(super) fn read(value: Value<'d>, position: usize) -> Result<Self, Issue> {
        let wrong = |path: &str, key, text: &str| {
            Err(Issue::error(
                IssueCode::Invariant,
                key,
                format!("Bundle.entry[{position}]{path}"),
                text,
            ))
        };
        let Some(request) = value.get("request") else {
            return wrong(
                ".request",
                "bdl-3",
                "every entry of a batch or transaction has a request",
            );
        };
        let method = match request.str_at("method").as_deref() {
            Some("GET" | "HEAD") => Method::Get,
            Some("POST") => Method::Post,
            Some("PUT") => Method::Put,
            _ => Method::Other,
        };
        let url = request.str_at("url").unwrap_or_default();
        let path = url.split('?').next().unwrap_or("").trim_matches('/');
        let mut segments = path.split('/');
        let kind = segments.next().unwrap_or("").to_owned();
        let id = segments.next().map(str::to_owned);
        let resource = value.get("resource");
        if matches!(method, Method::Post | Method::Put) && resource.is_none() {
            return wrong(".resource", "entry-resource", "a POST or PUT needs a resource");
        }
        if let (Method::Post | Method::Put, Some(resource)) = (method, resource) {
            if resource.str_at("resourceType").as_deref() != Some(&kind) {
                return wrong(
                    ".request.url",
                    "entry-type",
                    "the address is not that of the resource's type",
                );
            }
            if method == Method::Put && id.is_none() {
                return wrong(".request.url", "entry-id", "a PUT needs an id in its address");
            }
        }
        let if_match = match request.str_at("ifMatch") {
            None => None,
            Some(tag) => match tag.trim_start_matches("W/").trim_matches('"').parse() {
                Ok(version) => Some(version),
                Err(_) => {
                    return wrong(".request.ifMatch", "bad-etag", "not an ETag of this server");
                }
            },
        };
        Ok(Self {
            position,
            method,
            kind,
            id,
            url,
            full_url: value.str_at("fullUrl"),
            resource,
            if_none_exist: request.str_at("ifNoneExist"),
            if_match,
            at: format!("Bundle.entry[{position}].resource"),
        })
    }

    /// Whether it creates a reading.
    pub(super) fn is_reading(&self) -> bool {
        self.method == Method::Post && self.kind == "Observation" && self.id.is_none()
    }
}
