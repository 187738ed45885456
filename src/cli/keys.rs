//! `pulsvagt keys`

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use clap::{Args, Subcommand};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::json;

use super::LOG;
use super::output;
use super::site::{self, Site, SiteArgs};
use crate::clock::Clock;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign access tokens with a new key. The one before it is still believed; after another
    /// rotation it is not.
    Rotate(Of),
    /// List the keys that access tokens are believed of.
    List(Of),
    /// Make a key pair for a client: a private key (PEM, P-384) and its public JWK set.
    New(New),
}

#[derive(Debug, Args)]
struct Of {
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct New {
    /// Where they go: FOLDER/client.pem and FOLDER/client.jwks.json
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl Keys {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        match &self.command {
            Command::New(new) => new.run(),
            Command::Rotate(of) => {
                let site = of.site.open().await?;
                let result = rotate(&site, of.json).await;
                site.close().await?;
                result
            }
            Command::List(of) => {
                let site = of.site.open().await?;
                let result = list(&site, of.json).await;
                site.close().await?;
                result
            }
        }
    }
}

async fn rotate(site: &Site, as_json: bool) -> anyhow::Result<u8> {
    let catalog = site.catalog()?;
    site::patiently(|| catalog.ping()).await?;
    let generation = catalog.rotate_signing_key(Clock::system().now()).await?;
    if as_json {
        output::json(&json!({"generation": generation}));
    } else {
        output::line(format!(
            "access tokens are signed with key {generation} within half a minute"
        ));
    }
    Ok(0)
}

async fn list(site: &Site, as_json: bool) -> anyhow::Result<u8> {
    let catalog = site.catalog()?;
    site::patiently(|| catalog.ping()).await?;
    let keys = catalog.signing_keys().await?;
    if as_json {
        let keys: Vec<_> = keys
            .iter()
            .map(|key| json!({"generation": key.generation, "created": key.created.to_string()}))
            .collect();
        output::json(&json!({"keys": keys}));
        return Ok(0);
    }
    let mut rows = vec![["key", "since", ""].map(str::to_owned).to_vec()];
    for (place, key) in keys.iter().enumerate() {
        let now = if place == 0 { "current" } else { "previous" };
        rows.push(vec![key.generation.to_string(), key.created.to_string(), now.to_owned()]);
    }
    output::table(&rows);
    Ok(0)
}

impl New {
    fn run(&self) -> anyhow::Result<u8> {
        std::fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make {}", self.folder.display()))?;
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)
            .map_err(|_| anyhow!("the system gave no random bytes"))?;
        let secret = pair.to_pkcs8v1().map_err(|_| anyhow!("the key cannot be written down"))?;
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            BASE64.encode(secret.as_ref())
        );
        // Uncompressed: 4, x, y.
        let point = pair.public_key().as_ref();
        let (x, y) = point.get(1..97).map(|point| point.split_at(48)).unwrap_or_default();
        let kid = BASE64URL_NOPAD.encode(&digest(&SHA256, point).as_ref()[..12]);
        let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
        let set = json!({"keys": [{"kty": "EC", "crv": "P-384", "use": "sig", "alg": "ES384",
                                   "kid": kid, "x": x, "y": y}]});
        let (private, public) =
            (self.folder.join("client.pem"), self.folder.join("client.jwks.json"));
        write_new(&private, pem.as_bytes(), 0o600)?;
        write_new(&public, set.to_string().as_bytes(), 0o644)?;
        output::note(format!("the private key is in {}", private.display()));
        output::line(public.display());
        Ok(0)
    }
}

fn write_new(path: &Path, content: &[u8], mode: u32) -> anyhow::Result<()> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(content))
        .with_context(|| format!("cannot write {}", path.display()))
}
