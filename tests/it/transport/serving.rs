//! A server that listens, and bytes that are sent to it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use pulsvagt::config::TlsFiles;
use pulsvagt::server::{self, Stop};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::pki::Pair;
use crate::world::World;

/// Nothing that is asked here takes longer.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Serving {
    /// Lets the world answer on a port of its own until this is dropped.
    pub(crate) fn start(world: &World, tls: Option<TlsFiles>) -> Self {
        server::install_crypto();
        let bound = server::bind((Ipv4Addr::LOCALHOST, 0).into(), tls).expect("a server");
        let address = bound.address();
        let (app, router) = (world.app.clone(), world.router.clone());
        let mut stop = Stop::listen().expect("signals");
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            bound.serve(app, router, &mut stop).await.expect("served");
        });
        Self { address, _tasks: tasks }
    }

    pub(crate) async fn plain(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// A connection over TLS that believes one authority, with a certificate or without.
    pub(crate) async fn secure(
        &self,
        authority: &CertificateDer<'static>,
        own: Option<&Pair>,
        protocols: &[&str],
    ) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone()).expect("an authority");
        let builder = ClientConfig::builder().with_root_certificates(roots);
        let mut config = match own {
            Some(pair) => builder
                .with_client_auth_cert(vec![pair.certificate.clone()], pair.key())
                .expect("a client's certificate"),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, self.plain().await).await
    }
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// Sends bytes and reads one answer; the connection stays open.
pub(crate) async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &[u8],
) -> io::Result<Heard> {
    timeout(LIMIT, async {
        stream.write_all(request).await?;
        stream.flush().await?;
        next(stream).await
    })
    .await?
}

/// Reads the next answer.
async fn next<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Heard> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).map_err(io::Error::other)?;
    let status = head.get(9..12).and_then(|text| text.parse().ok()).unwrap_or_default();
    let mut heard = Heard { status, head, body: String::new() };
    let length = heard.header("content-length").map_or(0, |text| text.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    heard.body = String::from_utf8(body).map_err(io::Error::other)?;
    Ok(heard)
}

/// `GET`, with a token or without.
pub(crate) fn get(path: &str, token: Option<&str>) -> Vec<u8> {
    let token =
        token.map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{token}\r\n").into_bytes()
}

/// Everything that comes until the other side hangs up.
pub(crate) async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = timeout(LIMIT, stream.read_to_end(&mut all)).await;
    all
}
