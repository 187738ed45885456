//! As much of a browser as signing in needs.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Method;

use crate::world::{Answer, Client, World};

/// Names of the cookies.
pub(crate) const SESSION: &str = "__Host-pulsvagt";

#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    pub(crate) jar: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        Self { client: world.nobody(), jar: BTreeMap::new() }
    }

    /// The same browser, which says one thing more, or another.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        Self { client: self.client.with(name, value), jar: self.jar.clone() }
    }

    /// The same browser on another way to the server.
    pub(crate) fn through(&self, way: impl FnOnce(axum::Router) -> axum::Router) -> Self {
        Self { client: self.client.through(way), jar: self.jar.clone() }
    }

    /// Without saying anything by itself but the cookies.
    pub(crate) async fn raw(&mut self, method: Method, path: &str, body: String) -> Answer {
        let cookies: Vec<String> =
            self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut client = self.client.clone();
        if !cookies.is_empty() {
            client = client.with("cookie", &cookies.join("; "));
        }
        let answer = client.send(method, path, Body::from(body)).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("text");
            let (name, rest) = text.split_once('=').expect("a name");
            let (value, attributes) = rest.split_once("; ").expect("attributes");
            assert!(attributes.starts_with("Path=/; HttpOnly; SameSite=Lax; Secure"), "{text}");
            assert!(name.starts_with("__Host-"), "{text}");
            if attributes.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.raw(Method::GET, path, String::new()).await
    }

    /// Sends a form as a page of the server does, which tells no referrer.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut other = self
            .with("sec-fetch-site", "same-origin")
            .with("origin", "null")
            .with("content-type", "application/x-www-form-urlencoded");
        let answer = other.raw(Method::POST, path, form(fields)).await;
        self.jar = other.jar;
        answer
    }

    /// Sends JSON as a script of the server's own pages does.
    pub(crate) async fn put(&mut self, path: &str, csrf: &str, body: &str) -> Answer {
        let mut other = self
            .with("sec-fetch-site", "same-origin")
            .with("origin", "https://pulsvagt.test")
            .with("x-csrf-token", csrf)
            .with("if-match", "\"0\"")
            .with("content-type", "application/json");
        other.raw(Method::PUT, path, body.to_owned()).await
    }

    /// Fills in the form of an account.
    pub(crate) async fn sign_in(&mut self, user: &str, password: &str, code: &str) -> Answer {
        let page = self.get("/auth/local?return=/api/worklist").await;
        let csrf =
            if page.status.is_success() { hidden(&page.text, "csrf") } else { String::new() };
        let fields = [
            ("tenant", "0330"),
            ("user", user),
            ("password", password),
            ("code", code),
            ("return", "/api/worklist"),
            ("csrf", &csrf),
        ];
        self.submit("/auth/local", &fields).await
    }

    /// The session's token against forged requests.
    pub(crate) async fn csrf(&mut self) -> String {
        let session = self.get("/auth/session").await.expect(200).json();
        session["csrf"].as_str().expect("a token").to_owned()
    }
}

/// A form as browsers write it.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        out.append_pair(name, value);
    }
    out.finish()
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split_once('"').expect("an end").0.to_owned()
}
