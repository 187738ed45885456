//! A small world for each test: a database of its own, two municipalities, a few citizens.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use pulsvagt::access::session::Lifetimes;
use pulsvagt::access::sign_in::SignIn;
use pulsvagt::access::{
    Authenticator, Grant, Issuer, LocalIssuer, MasterKey, People, Role, Thumbprint,
};
use pulsvagt::app::{App, Limits};
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::embedded::{EmbeddedPostgres, Installation, Options};
use pulsvagt::http::Setup;
use pulsvagt::ids::TenantCode;
use pulsvagt::store::Catalog;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// 2026-01-01T00:00:00Z
pub(crate) const NOW: Micros = Micros(1_767_225_600_000_000);

/// Where clients reach the world.
pub(crate) const HERE: &str = "http://pulsvagt.test";

/// A server for the whole run: the one that `scripts/test` has started, or one of our own.
static SERVER: OnceCell<(String, Option<(TempDir, EmbeddedPostgres)>)> = OnceCell::const_new();
static WORLDS: AtomicU32 = AtomicU32::new(0);
static METRICS: LazyLock<metrics_exporter_prometheus::PrometheusHandle> = LazyLock::new(|| {
    metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().expect("a recorder")
});

pub(crate) async fn server_url() -> &'static str {
    let (url, _) = SERVER
        .get_or_init(|| async {
            if let Ok(url) = std::env::var("PULSVAGT_TEST_DATABASE_URL") {
                return (url, None);
            }
            let folder = tempfile::tempdir().expect("a folder");
            let installation = Installation::find(None).expect("TimescaleDB");
            let options = Options {
                settings: vec![
                    ("fsync".to_owned(), "off".to_owned()),
                    (
                        "shared_preload_libraries".to_owned(),
                        "timescaledb,pg_stat_statements".to_owned(),
                    ),
                ],
                ..Options::new(folder.path(), installation)
            };
            let server = EmbeddedPostgres::start(options).await.expect("PostgreSQL");
            (server.url(), Some((folder, server)))
        })
        .await;
    url
}

/// A fresh, empty database, and its URL.
pub(crate) async fn new_database() -> (String, String) {
    let number = WORLDS.fetch_add(1, Ordering::SeqCst);
    let name = format!("w_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(server_url().await).await.expect("a connection");
    let url = create_database(&mut connection, &name, "template0").await;
    (name, url)
}

/// A copy of a database, and its URL. Nobody may be connected to what is copied, so it has to be one
/// that takes no connections: TimescaleDB's workers look into all others.
async fn create_database(connection: &mut PgConnection, name: &str, of: &str) -> String {
    for statement in [
        format!("drop database if exists {name} with (force)"),
        format!("create database {name} template {of}"),
    ] {
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.expect("a database");
    }
    let (place, _) = server_url().await.rsplit_once('/').expect("a database in the server's URL");
    format!("{place}/{name}")
}

/// A database with two municipalities, to copy: making one takes as long as a test does. The first who
/// needs it makes it; its name tells which migrations it has.
async fn new_municipalities() -> (String, String) {
    let mut hasher = DefaultHasher::new();
    include_str!("../../migrations/CHECKSUMS").hash(&mut hasher);
    let model = format!("m_{:016x}", hasher.finish());
    let mut connection = PgConnection::connect(server_url().await).await.expect("a connection");
    connection.execute("select pg_advisory_lock(331)").await.expect("a lock");
    let ready = "select exists (select from pg_database where datname = $1 and datistemplate)";
    let ready: bool =
        sqlx::query_scalar(ready).bind(&model).fetch_one(&mut connection).await.expect("asked");
    if !ready {
        let url = create_database(&mut connection, &model, "template0").await;
        let catalog = Catalog::connect(&url, keys(), 2).expect("a catalogue");
        catalog.migrate().await.expect("migrations");
        add_tenant(&catalog, "0330", "Slagelse").await;
        add_tenant(&catalog, "0306", "Odsherred").await;
        drop(catalog);
        // Nobody is connected to what is copied, TimescaleDB's workers neither.
        let statement = format!(
            "alter database {model} with is_template true allow_connections false;
             select pg_terminate_backend(pid) from pg_stat_activity where datname = '{model}'"
        );
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.expect("a model");
    }
    connection.execute("select pg_advisory_unlock(331)").await.expect("unlocked");
    let number = WORLDS.fetch_add(1, Ordering::SeqCst);
    let name = format!("w_{}_{number}", std::process::id());
    let url = create_database(&mut connection, &name, &model).await;
    (name, url)
}

fn keys() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

/// Creates a municipality. Roles belong to the whole server, so two worlds must not both make one.
pub(crate) async fn add_tenant(catalog: &Catalog, code: &str, name: &str) {
    let mut lock = PgConnection::connect(server_url().await).await.expect("a connection");
    lock.execute("select pg_advisory_lock(330)").await.expect("a lock");
    let code: TenantCode = code.parse().expect("a code");
    catalog.add(&code, name, "Europe/Copenhagen", None, NOW).await.expect("a municipality");
    lock.close().await.expect("unlocked");
}

/// All HTTP of an app, for an installation that is set up so.
pub(crate) fn router_with(app: &App, setup: &Setup) -> Router {
    pulsvagt::http::router_for(app.clone(), METRICS.clone(), setup)
}

/// What the metrics say now.
pub(crate) fn metrics() -> String {
    METRICS.render()
}

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) catalog: Catalog,
    pub(crate) clock: Clock,
    pub(crate) url: String,
    issuer: LocalIssuer,
    database: String,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default(), Clock::fixed(NOW)).await
    }

    pub(crate) async fn with(limits: Limits, clock: Clock) -> Self {
        Self::trusting(Vec::new(), limits, clock).await
    }

    /// A world in which tokens of these issuers are believed too.
    pub(crate) async fn trusting(others: Vec<Issuer>, limits: Limits, clock: Clock) -> Self {
        Self::build(others, limits, clock, Some(HERE)).await
    }

    /// A world whose server is not told where clients reach it.
    pub(crate) async fn without_address() -> Self {
        Self::build(Vec::new(), Limits::default(), Clock::fixed(NOW), None).await
    }

    /// A world that browsers reach over TLS, in which people sign in so; accounts are used.
    pub(crate) async fn for_people(providers: Vec<SignIn>, clock: Clock) -> Self {
        Self::with_browsers(providers, Limits::default(), clock).await
    }

    /// The same, with other limits.
    pub(crate) async fn with_browsers(
        providers: Vec<SignIn>,
        limits: Limits,
        clock: Clock,
    ) -> Self {
        let here = Some("https://pulsvagt.test");
        let world = Self::build(Vec::new(), limits, clock, here).await;
        world.app.set_people(world.people(providers));
        world
    }

    /// How people sign in in this world.
    pub(crate) fn people(&self, providers: Vec<SignIn>) -> People {
        let (key, clock) = (self.catalog.ring().root(), &self.clock);
        People::new(providers, true, Lifetimes::default(), key, clock).expect("people")
    }

    async fn build(others: Vec<Issuer>, limits: Limits, clock: Clock, here: Option<&str>) -> Self {
        let (database, url) = new_municipalities().await;
        let folder = tempfile::tempdir().expect("a folder");
        let catalog = Catalog::connect(&url, keys(), 6).expect("a catalogue");
        let issuer = LocalIssuer::open_or_create(folder.path()).expect("an issuer");
        let issuers = others.into_iter().chain([issuer.issuer()]).collect();
        let authenticator = Authenticator::new(issuers, clock.clone()).expect("an authenticator");
        let here = here.map(str::to_owned);
        let app = App::start(catalog.clone(), clock.clone(), authenticator, limits, here)
            .await
            .expect("an app");
        let router = pulsvagt::http::router(app.clone(), METRICS.clone());
        let world = Self { app, router, catalog, clock, url, issuer, database, _folder: folder };
        for (tenant, id, cpr) in [
            ("0330", "ane", "0101501234"),
            ("0330", "bo", "0202602345"),
            ("0306", "carl", "0303703456"),
        ] {
            let patient = json!({"resourceType":"Patient","id":id,
                "identifier":[{"use":"official","system":"urn:oid:1.2.208.176.1.2","value":cpr}],
                "name":[{"use":"official","family":"Test","given":[id]}]});
            let answer =
                world.admin(tenant).put(&format!("Patient/{id}"), &patient.to_string()).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        }
        world
    }

    /// A token that is bound to a certificate.
    pub(crate) fn bound_token(&self, tenant: &str, role: Role, to: Thumbprint) -> String {
        self.issuer
            .mint_bound(&Self::grant(tenant, role, None, None), to, self.clock.now())
            .expect("token")
    }

    pub(crate) fn token(&self, tenant: &str, role: Role, citizen: Option<&str>) -> String {
        self.mint(tenant, role, citizen, None)
    }

    /// Somebody of Slagelse whose token has scopes.
    pub(crate) fn scoped(&self, role: Role, citizen: Option<&str>, scope: &str) -> Client {
        self.bearer(&self.minted(role, citizen, scope))
    }

    /// The token of somebody of Slagelse, with scopes.
    pub(crate) fn minted(&self, role: Role, citizen: Option<&str>, scope: &str) -> String {
        self.mint("0330", role, citizen, Some(scope))
    }

    /// A nurse of Slagelse who works in a team.
    pub(crate) fn nurse_of(&self, team: &str) -> Client {
        self.bearer(&self.token_of_team(team))
    }

    /// The token of a nurse of Slagelse who works in a team.
    pub(crate) fn token_of_team(&self, team: &str) -> String {
        let mut grant = Self::grant("0330", Role::Nurse, None, None);
        grant.subject = format!("nurse-{team}");
        self.issuer.mint_in_team(&grant, team, None, self.clock.now()).expect("a token")
    }

    /// Somebody of Slagelse by name.
    pub(crate) fn named(&self, role: Role, citizen: Option<&str>, subject: &str) -> Client {
        self.bearer(&self.token_named("0330", role, citizen, subject))
    }

    /// Somebody who looks after citizens of a municipality, by name.
    pub(crate) fn named_in(&self, tenant: &str, role: Role, subject: &str) -> Client {
        self.bearer(&self.token_named(tenant, role, None, subject))
    }

    /// The token of somebody by name.
    pub(crate) fn token_named(
        &self,
        tenant: &str,
        role: Role,
        citizen: Option<&str>,
        subject: &str,
    ) -> String {
        let mut grant = Self::grant(tenant, role, citizen, None);
        subject.clone_into(&mut grant.subject);
        self.issuer.mint(&grant, self.clock.now()).expect("a token")
    }

    /// Whoever bears the token.
    pub(crate) fn bearer(&self, token: &str) -> Client {
        let token = Some(token.to_owned());
        Client { router: self.router.clone(), token, headers: HeaderMap::new() }
    }

    fn mint(&self, tenant: &str, role: Role, citizen: Option<&str>, scope: Option<&str>) -> String {
        let grant = Self::grant(tenant, role, citizen, scope);
        self.issuer.mint(&grant, self.clock.now()).expect("a token")
    }

    fn grant(tenant: &str, role: Role, citizen: Option<&str>, scope: Option<&str>) -> Grant {
        Grant {
            tenant: tenant.parse().expect("a code"),
            role,
            subject: format!("test-{role}"),
            citizen: citizen.map(str::to_owned),
            scope: scope.map(str::to_owned),
            seconds: 3600,
        }
    }

    pub(crate) fn client(&self, tenant: &str, role: Role, citizen: Option<&str>) -> Client {
        let token = self.token(tenant, role, citizen);
        Client { router: self.router.clone(), token: Some(token), headers: HeaderMap::new() }
    }

    /// A gateway of Slagelse.
    pub(crate) fn gateway(&self) -> Client {
        self.client("0330", Role::Gateway, None)
    }

    pub(crate) fn nurse(&self) -> Client {
        self.client("0330", Role::Nurse, None)
    }

    /// The app of a citizen of Slagelse.
    pub(crate) fn citizen(&self, id: &str) -> Client {
        self.client("0330", Role::Citizen, Some(id))
    }

    pub(crate) fn admin(&self, tenant: &str) -> Client {
        self.client(tenant, Role::Admin, None)
    }

    pub(crate) fn nobody(&self) -> Client {
        Client { router: self.router.clone(), token: None, headers: HeaderMap::new() }
    }

    /// A connection as the owner of the database.
    pub(crate) async fn database(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("a connection")
    }

    /// One number of a municipality's schema.
    pub(crate) async fn count(&self, tenant: &str, query: &str) -> i64 {
        let mut connection = self.database().await;
        let path = format!("set search_path to m{tenant}, public");
        connection.execute(sqlx::raw_sql(AssertSqlSafe(path))).await.expect("a path");
        sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
            .fetch_one(&mut connection)
            .await
            .expect("a number")
    }

    /// Stops the server, and starts it anew on the same data.
    pub(crate) async fn restart(&mut self) {
        self.app.stop().await;
        let issuers = vec![self.issuer.issuer()];
        let authenticator = Authenticator::new(issuers, self.clock.clone());
        let authenticator = authenticator.expect("an authenticator");
        let keys = MasterKey::from_bytes([7; 32]);
        self.catalog = Catalog::connect(&self.url, keys, 6).expect("a catalogue");
        let (catalog, clock) = (self.catalog.clone(), self.clock.clone());
        let here = Some(HERE.to_owned());
        let app = App::start(catalog, clock, authenticator, Limits::default(), here).await;
        self.app = app.expect("an app");
        self.router = pulsvagt::http::router(self.app.clone(), METRICS.clone());
    }

    /// Stops the app and removes the database.
    pub(crate) async fn end(self) {
        self.app.stop().await;
        let mut connection = PgConnection::connect(server_url().await).await.expect("connection");
        let statement = format!("drop database if exists {} with (force)", self.database);
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.expect("dropped");
    }
}

#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    token: Option<String>,
    headers: HeaderMap,
}

impl Client {
    /// The same client with one more header.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.insert(name, value.parse().expect("a header"));
        client
    }

    pub(crate) fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// The same client on another way to the server.
    pub(crate) fn through(&self, way: impl FnOnce(Router) -> Router) -> Self {
        Self { router: way(self.router.clone()), ..self.clone() }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Body) -> Answer {
        let address = if path.starts_with("http://") || path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/fhir/{path}")
        };
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header("host", "pulsvagt.test")
            .body(body)
            .expect("a request");
        if let Some(token) = &self.token {
            request
                .headers_mut()
                .insert("authorization", format!("Bearer {token}").parse().expect("a token"));
        }
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, bytes: bytes.to_vec(), text }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.typed().send(Method::POST, path, Body::from(body.to_owned())).await
    }

    pub(crate) async fn put(&self, path: &str, body: &str) -> Answer {
        self.typed().send(Method::PUT, path, Body::from(body.to_owned())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Body::empty()).await
    }

    fn typed(&self) -> Self {
        if self.headers.contains_key("content-type") {
            self.clone()
        } else {
            self.with("content-type", "application/fhir+json")
        }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", self.text)).to_owned()
    }

    /// Key and place of every issue.
    pub(crate) fn issues(&self) -> Vec<(String, String)> {
        let json = self.json();
        json["issue"]
            .as_array()
            .unwrap_or_else(|| panic!("no issues: {json}"))
            .iter()
            .map(|issue| {
                (
                    issue["details"]["coding"][0]["code"].as_str().unwrap_or("").to_owned(),
                    issue["expression"][0].as_str().unwrap_or("").to_owned(),
                )
            })
            .collect()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

/// A heart rate of a citizen.
pub(crate) fn heart_rate(citizen: &str, at: &str, value: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}}]}},"subject":{{"reference":"Patient/{citizen}"}},"effectiveDateTime":"{at}","valueQuantity":{{"value":{value},"unit":"beats/minute","system":"http://unitsofmeasure.org","code":"/min"}}}}"#
    )
}
