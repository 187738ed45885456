//! The server's public door, used from inside the same process.
//!
//! Demo and import send what they have through the router like any client: the same checks, the
//! same receipts, the same counts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tower::ServiceExt;

use super::Away;
use super::site::{self, issuers};
use super::tally::Receipt;
use crate::access::{Authenticator, Grant, Interaction, LocalIssuer, People, Role, may};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::http;
use crate::ids::TenantCode;
use crate::store::Catalog;

/// How long our own tokens are valid, seconds.
const TOKEN: i64 = 3_600;
/// How often something is sent again that the server could not take.
const ATTEMPTS: u32 = 30;
/// Buckets of every duration that is measured, seconds.
const SECONDS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// An application and its router.
pub(super) struct Door {
    /// The application.
    pub(super) app: App,
    /// All of its HTTP.
    pub(super) router: Router,
    issuer: LocalIssuer,
    tokens: Mutex<HashMap<(TenantCode, Role), (String, i64)>>,
    /// Holds the key of an issuer that this process alone believes.
    _folder: Option<tempfile::TempDir>,
}

/// One line to be sent.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its number in the file it comes from, from 1.
    pub(super) number: u64,
    /// One JSON object without line feeds.
    pub(super) text: String,
}

/// Builds the application of a configuration and all of its HTTP.
pub(super) async fn assemble(
    config: &Config,
    catalog: &Catalog,
    local: Option<&LocalIssuer>,
) -> anyhow::Result<(App, Router)> {
    let clock = Clock::system();
    let authenticator = Authenticator::new(issuers(config, local), clock.clone())?;
    let app = site::patiently(|| {
        let (catalog, clock, public_url) =
            (catalog.clone(), clock.clone(), config.public_url.clone());
        App::start(catalog, clock, authenticator.clone(), config.limits.into(), public_url)
    })
    .await?;
    let (providers, local) = (config.sign_in.clone(), config.local_accounts.enabled);
    let key = catalog.ring().root();
    app.set_people(People::new(providers, local, config.sessions, key, &clock)?);
    let statements = config.accessibility.statements.iter();
    let statements = statements.filter_map(|(code, url)| Some((code.parse().ok()?, url.clone())));
    app.set_statements(statements.collect());
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("metrics cannot be collected")?;
    let (upkeep, stopping) = (metrics.clone(), app.stopping().clone());
    app.tasks().spawn(async move {
        while tokio::time::timeout(Duration::from_secs(5), stopping.cancelled()).await.is_err() {
            upkeep.run_upkeep();
        }
    });
    let setup = http::Setup::new(&config.cors.origins, config.proxies.clone());
    let router = http::router_for(app.clone(), metrics, &setup);
    Ok((app, router))
}

impl Door {
    /// Opens the door of an installation. Without a local issuer, one is made that only this
    /// process believes.
    pub(super) async fn open(config: &Config, catalog: &Catalog) -> anyhow::Result<Self> {
        let (issuer, folder) = if let Some(issuer) = site::local_issuer(config)? {
            (issuer, None)
        } else {
            let folder = tempfile::tempdir()?;
            (LocalIssuer::open_or_create(folder.path())?, Some(folder))
        };
        let (app, router) = assemble(config, catalog, Some(&issuer)).await?;
        Ok(Self { app, router, issuer, tokens: Mutex::default(), _folder: folder })
    }

    /// A token for the role, to be shown to somebody.
    pub(super) fn mint(&self, grant: &Grant) -> anyhow::Result<String> {
        Ok(self.issuer.mint(grant, self.app.clock().now())?)
    }

    /// As [`Self::mint`], for somebody who works in a team.
    pub(super) fn mint_in_team(&self, grant: &Grant, team: &str) -> anyhow::Result<String> {
        Ok(self.issuer.mint_in_team(grant, team, None, self.app.clock().now())?)
    }

    /// Ends all tasks and closes the connections.
    pub(super) async fn close(&self) {
        self.app.stopping().cancel();
        self.app.stop().await;
    }

    fn token(&self, tenant: &TenantCode, role: Role) -> anyhow::Result<String> {
        let now = self.app.clock().now().as_second();
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (tenant.clone(), role);
        if let Some((token, until)) = tokens.get(&key)
            && now + TOKEN / 4 < *until
        {
            return Ok(token.clone());
        }
        let grant = Grant {
            tenant: tenant.clone(),
            role,
            subject: "pulsvagt-command".to_owned(),
            citizen: None,
            scope: None,
            seconds: TOKEN,
        };
        let token = self.mint(&grant)?;
        tokens.insert(key, (token.clone(), now + TOKEN));
        Ok(token)
    }

    /// Sends one request; sends it again while the server is too busy or its database is away.
    pub(super) async fn send(
        &self,
        tenant: &TenantCode,
        role: Role,
        (method, path): (Method, &str),
        media: &str,
        body: Bytes,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        for attempt in 1..=ATTEMPTS {
            let request = Request::builder()
                .method(method.clone())
                .uri(path)
                .header(header::HOST, "pulsvagt.invalid")
                .header(header::AUTHORIZATION, format!("Bearer {}", self.token(tenant, role)?))
                .header(header::CONTENT_TYPE, media)
                .header(header::CONTENT_LENGTH, body.len())
                .body(Body::from(body.clone()))?;
            // A router never fails.
            let response = self.router.clone().oneshot(request).await?;
            let (head, answer) = response.into_parts();
            let busy = matches!(
                head.status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
            );
            if busy {
                let pause = retry_after(&head.headers).max(Duration::from_millis(200));
                tracing::debug!(attempt, status = head.status.as_u16(), "sending again");
                tokio::time::sleep(pause).await;
                continue;
            }
            let answer = answer.collect().await.map_err(|error| anyhow::anyhow!(error))?;
            return Ok((head.status, answer.to_bytes()));
        }
        Err(Away(format!("the server could not take {method} {path} in {ATTEMPTS} attempts"))
            .into())
    }

    /// Creates or updates a resource under the id it has.
    pub(super) async fn put(
        &self,
        tenant: &TenantCode,
        kind: &str,
        id: &str,
        body: String,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let Some(role) = role_for(&[kind]) else {
            const REFUSED: &[u8] =
                br#"{"issue":[{"diagnostics":"the server does not store this type"}]}"#;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Bytes::from_static(REFUSED)));
        };
        let path = format!("/fhir/{kind}/{id}");
        self.send(tenant, role, (Method::PUT, &path), "application/fhir+json", body.into()).await
    }

    /// Sends observations as a stream. Tells of each line exactly once what became of it; lines
    /// that could not be dealt with are sent again.
    pub(super) async fn post_lines(
        &self,
        tenant: &TenantCode,
        lines: &[Line],
        mut told: impl FnMut(&Line, &Receipt<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut pending: Vec<&Line> = lines.iter().collect();
        for _ in 0..ATTEMPTS {
            if pending.is_empty() {
                return Ok(());
            }
            let mut body = String::with_capacity(pending.iter().map(|l| l.text.len() + 1).sum());
            for line in &pending {
                body.push_str(&line.text);
                body.push('\n');
            }
            let door = (Method::POST, "/fhir/Observation");
            let media = "application/fhir+ndjson";
            let (status, answer) =
                self.send(tenant, Role::Gateway, door, media, body.into()).await?;
            if status != StatusCode::OK {
                bail!("the stream was answered {status}: {}", first_issue(&answer));
            }
            let mut done = vec![false; pending.len()];
            for text in answer.split(|&byte| byte == b'\n') {
                // The summary at the end is no receipt.
                let Ok(receipt) = serde_json::from_slice::<Receipt<'_>>(text) else { continue };
                let Some(place) = receipt.line.checked_sub(1).filter(|&at| at < done.len()) else {
                    bail!("a receipt for line {}, which was not sent", receipt.line);
                };
                if !done[place] && !receipt.is_transient() {
                    done[place] = true;
                    told(pending[place], &receipt)?;
                }
            }
            let mut kept = done.iter();
            pending.retain(|_| !kept.next().copied().unwrap_or(false));
            if !pending.is_empty() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        if pending.is_empty() {
            return Ok(());
        }
        let left = pending.len();
        Err(Away(format!("{left} lines could not be stored in {ATTEMPTS} attempts")).into())
    }
}

/// The role that may create and update all of these types, if there is one.
pub(super) fn role_for(kinds: &[&str]) -> Option<Role> {
    [Role::Gateway, Role::Admin, Role::Lead].into_iter().find(|&role| {
        kinds.iter().all(|kind| {
            may(role, Interaction::Create, kind) && may(role, Interaction::Update, kind)
        })
    })
}

/// What an `OperationOutcome` says first.
pub(super) fn first_issue(answer: &[u8]) -> String {
    let outcome: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let issue = &outcome["issue"][0];
    let text = issue["diagnostics"].as_str().or_else(|| issue["details"]["text"].as_str());
    text.unwrap_or("no reason was given").to_owned()
}

fn retry_after(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(1).min(30))
}
