//! `pulsvagt client`

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::output;
use super::site::{self, Site, SiteArgs};
use super::{LOG, usage};
use crate::access::clients::MOST_CERTIFICATES;
use crate::access::{ClientId, ClientKeys, Role, Thumbprint};
use crate::clock::Clock;
use crate::ids::{TenantCode, new_token_id};
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

/// How long an assertion is good, seconds.
const ASSERTION: i64 = 240;

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Client {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Register a system; its id is alone on the last line.
    Add(Add),
    /// List the systems of a municipality.
    List(List),
    /// Revoke a system for good; tokens that it has end within half a minute.
    Revoke(Revoke),
    /// Replace the keys of a system.
    Keys(Keys),
    /// Replace the certificate of a system, or take it away; tokens that do not go with what is
    /// registered end within half a minute.
    Certificate(Certificate),
    /// Sign an assertion as the system would, to try the token endpoint; it is alone on the last
    /// line.
    Assertion(Assertion),
}

/// Where the public keys of a client are.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct KeyArgs {
    /// Its public keys, a JWK set; `pulsvagt keys new` makes one
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Where its JWK set is fetched from
    #[arg(long, value_name = "URL")]
    jwks_url: Option<String>,
}

#[derive(Debug, Args)]
struct Add {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// What people call it
    #[arg(long)]
    name: String,
    /// gateway, nurse, lead, analyst, admin or operator: the outer limit of what it may do
    #[arg(long)]
    role: Role,
    /// The most that it may ask for, such as "system/Observation.crus system/Device.rs"
    #[arg(long)]
    scope: String,
    #[command(flatten)]
    keys: KeyArgs,
    /// The certificate (PEM) that its connections have to show: without it there is no token, and
    /// no token is worth anything. Needs TLS to end in the server, with `client_ca`
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct List {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Revoke {
    /// The client's id
    id: ClientId,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Keys {
    /// The client's id
    id: ClientId,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Certificate {
    /// The client's id
    id: ClientId,
    /// The certificate (PEM) that its connections have to show; two, the old one and the new one,
    /// until the system shows the new one
    #[arg(
        value_name = "FILE",
        num_args = 1..=MOST_CERTIFICATES,
        required_unless_present = "none",
        conflicts_with = "none"
    )]
    files: Vec<PathBuf>,
    /// It need not show any from now on, and its tokens are not bound
    #[arg(long)]
    none: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Assertion {
    /// The client's id
    id: ClientId,
    /// Its private key, PEM: P-384 signs ES384, RSA signs RS384
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The key's id, if its JWK set has several
    #[arg(long)]
    kid: Option<String>,
    /// The address of the token endpoint
    #[arg(long, value_name = "URL")]
    endpoint: String,
}

impl Client {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let site = match &self.command {
            Command::Assertion(assertion) => return assertion.run(),
            Command::Add(add) => add.site.open().await?,
            Command::List(list) => list.site.open().await?,
            Command::Revoke(revoke) => revoke.site.open().await?,
            Command::Keys(keys) => keys.site.open().await?,
            Command::Certificate(certificate) => certificate.site.open().await?,
        };
        let result = match &self.command {
            Command::Add(add) => add.run(&site).await,
            Command::List(list) => list.run(&site).await,
            Command::Revoke(revoke) => revoke.run(&site).await,
            Command::Keys(keys) => keys.run(&site).await,
            Command::Certificate(certificate) => certificate.run(&site).await,
            Command::Assertion(_) => Ok(0),
        };
        site.close().await?;
        result
    }
}

/// The data of a municipality.
async fn store(site: &Site, code: &TenantCode) -> anyhow::Result<Store> {
    let catalog = site.catalog()?;
    site::patiently(|| catalog.ping()).await?;
    let tenant = catalog.tenant(code).await?;
    let tenant = tenant.ok_or_else(|| usage(format!("there is no municipality {code}")))?;
    Ok(catalog.open(&tenant)?)
}

/// The thumbprint of the certificate in a file.
fn thumbprint(path: &Path) -> anyhow::Result<Thumbprint> {
    Thumbprint::of_file(path)
        .with_context(|| format!("cannot read a certificate in {}", path.display()))
}

fn texts(certificates: &[Thumbprint]) -> Vec<String> {
    certificates.iter().map(|one| one.to_text()).collect()
}

impl KeyArgs {
    fn read(&self) -> anyhow::Result<ClientKeys> {
        let keys = match (&self.jwks, &self.jwks_url) {
            (Some(path), _) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                ClientKeys::Inline(text)
            }
            (None, Some(url)) => ClientKeys::Url(url.clone()),
            (None, None) => return Err(usage("--jwks or --jwks-url is needed")),
        };
        keys.check().map_err(|error| usage(telemetry::chain(&error)))
    }
}

impl Add {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let keys = self.keys.read()?;
        let certificates: Vec<Thumbprint> =
            self.certificate.iter().map(|path| thumbprint(path)).collect::<Result<_, _>>()?;
        let now = Clock::system().now();
        let (tenant, name, scope) = (&self.tenant, &self.name, &self.scope);
        let client = crate::access::Client::new(tenant, name, self.role, scope, keys, now)
            .map_err(|error| usage(telemetry::chain(&error)))?;
        let client = crate::access::Client { certificates, ..client };
        store(site, tenant).await?.add_client(&client).await?;
        let (id, scopes) = (client.id.as_str(), client.scopes.to_string());
        if self.json {
            output::json(&json!({"id": id, "name": client.name, "role": client.role,
                                 "scope": scopes, "certificates": texts(&client.certificates)}));
        } else {
            output::note(format!("{} may ask for: {scopes}", client.name));
            for certificate in texts(&client.certificates) {
                output::note(format!("with the certificate {certificate}"));
            }
            output::line(id);
        }
        Ok(0)
    }
}

impl List {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let clients = store(site, &self.tenant).await?.clients().await?;
        let keys = |client: &crate::access::Client| match &client.keys {
            ClientKeys::Inline(_) => "registered".to_owned(),
            ClientKeys::Url(url) => url.clone(),
        };
        if self.json {
            let list: Vec<_> = clients
                .iter()
                .map(|client| {
                    json!({"id": client.id.as_str(), "name": client.name, "role": client.role,
                           "scope": client.scopes.to_string(), "keys": keys(client),
                           "certificates": texts(&client.certificates),
                           "created": client.created.to_string(),
                           "revoked": client.revoked.map(|at| at.to_string())})
                })
                .collect();
            output::json(&json!({"clients": list}));
            return Ok(0);
        }
        let head = ["id", "name", "role", "scope", "keys", "certificates", "revoked"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for client in &clients {
            let revoked = client.revoked.map(|at| at.to_string()).unwrap_or_default();
            let (role, scope) = (client.role.to_string(), client.scopes.to_string());
            let id = client.id.to_string();
            let certificates = texts(&client.certificates).join(" ");
            let (name, keys) = (client.name.clone(), keys(client));
            rows.push(vec![id, name, role, scope, keys, certificates, revoked]);
        }
        output::table(&rows);
        Ok(0)
    }
}

impl Revoke {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let store = store(site, &self.id.tenant()?).await?;
        if !store.revoke_client(&self.id, Clock::system().now()).await? {
            bail!("there is no such client, or it is revoked already");
        }
        output::line(format!("{} is revoked", self.id));
        Ok(0)
    }
}

impl Keys {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let keys = self.keys.read()?;
        let store = store(site, &self.id.tenant()?).await?;
        if !store.replace_client_keys(&self.id, &keys, Clock::system().now()).await? {
            bail!("there is no such client, or it is revoked");
        }
        output::line(format!("{} has new keys", self.id));
        Ok(0)
    }
}

impl Certificate {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let certificates: Vec<Thumbprint> =
            self.files.iter().map(|path| thumbprint(path)).collect::<Result<_, _>>()?;
        let (store, now) = (store(site, &self.id.tenant()?).await?, Clock::system().now());
        if !store.replace_client_certificates(&self.id, &certificates, now).await? {
            bail!("there is no such client, or it is revoked");
        }
        output::line(match texts(&certificates).as_slice() {
            [] => format!("{} need not show a certificate", self.id),
            texts => format!("{} has to show the certificate {}", self.id, texts.join(" or ")),
        });
        Ok(0)
    }
}

impl Assertion {
    fn run(&self) -> anyhow::Result<u8> {
        let pem = std::fs::read(&self.key)
            .with_context(|| format!("cannot read {}", self.key.display()))?;
        let (algorithm, key) = match EncodingKey::from_ec_pem(&pem) {
            Ok(key) => (Algorithm::ES384, key),
            Err(_) => (
                Algorithm::RS384,
                EncodingKey::from_rsa_pem(&pem)
                    .map_err(|_| usage("--key: not the private key of P-384 or RSA, in PEM"))?,
            ),
        };
        let now = Clock::system().now().as_second();
        let claims = json!({"iss": self.id.as_str(), "sub": self.id.as_str(), "aud": self.endpoint,
                            "iat": now, "exp": now + ASSERTION, "jti": new_token_id()});
        let header = Header { kid: self.kid.clone(), ..Header::new(algorithm) };
        let signed = encode(&header, &claims, &key);
        output::line(signed.map_err(|_| usage("--key: the key cannot sign; is it P-384 or RSA?"))?);
        Ok(0)
    }
}
