//! The server on a real port: TLS, certificates of both sides, and HTTP as bytes.

mod hygiene;
mod pki;
mod registered;
mod serving;

use std::path::Path;
use std::time::Duration;

use pulsvagt::access::Role;
use pulsvagt::config::TlsFiles;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use crate::world::{World, metrics};
use pki::{Authority, Pair};
use serving::{Serving, exchange, get, rest};

const HTTP1: &[&str] = &["http/1.1"];
const LIVE: &str = "/health/live";

struct Tls {
    authority: Authority,
    clients: Authority,
    files: TlsFiles,
    folder: TempDir,
}

impl Tls {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let (cert, key) = (path("server.crt"), path("server.key"));
        let files = TlsFiles { cert, key, client_ca: None, client_required: false };
        let (authority, clients) = (Authority::new("servers"), Authority::new("clients"));
        authority.server().write(&files);
        Self { authority, clients, files, folder }
    }

    /// Files with which client certificates are looked at.
    fn mutual(&self, required: bool) -> TlsFiles {
        let client_ca = Some(self.clients.write(self.folder.path(), "clients.crt"));
        TlsFiles { client_ca, client_required: required, ..self.files.clone() }
    }

    /// Asks whether the server lives, with a certificate or without. `None` when it does not talk
    /// to us: with TLS 1.3 that shows when one asks.
    async fn lives(&self, server: &Serving, own: Option<&Pair>) -> Option<u16> {
        let mut stream = server.secure(&self.authority.certificate(), own, HTTP1).await.ok()?;
        exchange(&mut stream, &get(LIVE, None)).await.ok().map(|heard| heard.status)
    }
}

/// A `ClientHello` of that version with these cipher suites, and the groups and signatures that any
/// client of that time offers.
fn hello(version: u16, suites: &[u16]) -> Vec<u8> {
    let list = |items: &[u16]| items.iter().flat_map(|item| item.to_be_bytes()).collect::<Vec<_>>();
    let prefixed = |bytes: Vec<u8>| {
        [&u16::try_from(bytes.len()).expect("short").to_be_bytes(), &*bytes].concat()
    };
    let extension =
        |kind: u16, bytes: Vec<u8>| [kind.to_be_bytes().to_vec(), prefixed(bytes)].concat();
    let extensions = [
        extension(10, prefixed(list(&[23, 24, 29]))),
        extension(11, vec![1, 0]),
        extension(13, prefixed(list(&[0x0403, 0x0401, 0x0804, 0x0203, 0x0201]))),
    ]
    .concat();
    let body = [
        version.to_be_bytes().to_vec(),
        vec![7; 32],
        vec![0],
        prefixed(list(suites)),
        vec![1, 0],
        prefixed(extensions),
    ]
    .concat();
    let length = u32::try_from(body.len()).expect("short").to_be_bytes();
    let handshake = [&[1], &length[1..], &*body].concat();
    [&[22, 3, 1][..], &prefixed(handshake)].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn old_protocols_and_weak_suites_are_refused() {
    const ALERT: u8 = 21;
    const HANDSHAKE: u8 = 22;
    let (world, tls) = (World::new().await, Tls::new());
    let server = Serving::start(&world, Some(tls.files.clone()));
    // ECDHE with CBC, as everybody had them then; RSA key exchange; 3DES; RC4.
    let old =
        [0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc027, 0x002f, 0x0035, 0x009c, 0x000a, 0x0005];
    let modern = [0xc02b, 0xc02f];
    for (version, suites, kind, alert, about) in [
        (0x0300, &old[..], ALERT, 70, "SSL 3"),
        (0x0301, &old[..], ALERT, 70, "TLS 1.0"),
        (0x0302, &old[..], ALERT, 70, "TLS 1.1"),
        (0x0302, &modern[..], ALERT, 70, "TLS 1.1 with newer suites"),
        (0x0303, &old[..], ALERT, 40, "TLS 1.2 with weak suites"),
        (0x0303, &modern[..], HANDSHAKE, 0, "TLS 1.2 as it should be"),
    ] {
        let mut stream = server.plain().await;
        stream.write_all(&hello(version, suites)).await.expect("sent");
        if kind == HANDSHAKE {
            stream.shutdown().await.expect("hung up");
        }
        let answer = rest(&mut stream).await;
        assert_eq!(answer.first(), Some(&kind), "{about}: {answer:?}");
        if kind == ALERT {
            assert_eq!(answer.get(5..7), Some(&[2, alert][..]), "{about}: {answer:?}");
        }
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_agreed_on_and_requests_know_that_they_are_safe() {
    let (world, tls) = (World::without_address().await, Tls::new());
    let server = Serving::start(&world, Some(tls.files.clone()));
    let root = tls.authority.certificate();
    let stream = server.secure(&root, None, &["h2", "http/1.1"]).await.expect("TLS");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(stream.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    let (mut requests, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        let _ = connection.await;
    });
    let request = axum::http::Request::get("https://localhost/fhir/metadata").body(());
    let (answer, _) = requests.send_request(request.expect("a request"), true).expect("sent");
    let answer = answer.await.expect("an answer");
    assert_eq!((answer.status().as_u16(), answer.version()), (200, axum::http::Version::HTTP_2));
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=63072000");

    let mut stream = server.secure(&root, None, HTTP1).await.expect("TLS");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let token = world.token("0330", Role::Nurse, None);
    let heard = exchange(&mut stream, &get("/fhir/Patient?_id=ane", Some(&token))).await;
    let heard = heard.expect("an answer");
    assert!(heard.body.contains("https://localhost/fhir/Patient"), "{}", heard.body);
    let plain = Serving::start(&world, None);
    let heard = exchange(&mut plain.plain().await, &get(LIVE, None)).await.expect("an answer");
    assert_eq!((heard.status, heard.header("strict-transport-security")), (200, None));
    world.end().await;
}

/// Asks again and again until it is so.
async fn until<F: Future<Output = bool>>(what: &str, mut so: impl FnMut() -> F) {
    for _ in 0..150 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within 15 s: {what}");
}

fn value(name: &str) -> f64 {
    let text = metrics();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_exchanged_while_connections_are_open_and_broken_ones_are_not_taken() {
    let (world, tls) = (World::new().await, Tls::new());
    let server = Serving::start(&world, Some(tls.files.clone()));
    let next = Authority::new("next year's");
    let (old_root, new_root) = (tls.authority.certificate(), next.certificate());
    let mut open = server.secure(&old_root, None, HTTP1).await.expect("TLS");
    exchange(&mut open, &get(LIVE, None)).await.expect("an answer");
    assert!(server.secure(&new_root, None, HTTP1).await.is_err());

    next.server().write(&tls.files);
    until("the new certificate is used", || async {
        server.secure(&new_root, None, HTTP1).await.is_ok()
    })
    .await;
    assert!(server.secure(&old_root, None, HTTP1).await.is_err());
    let heard = exchange(&mut open, &get(LIVE, None)).await.expect("the old connection goes on");
    assert_eq!(heard.status, 200);

    let failures = "pulsvagt_tls_reload_failures_total";
    let before = value(failures);
    std::fs::write(&tls.files.cert, "-----BEGIN CERTIFICATE-----\nAAAA\n").expect("written");
    until("the failure is counted", || async { value(failures) > before }).await;
    server.secure(&new_root, None, HTTP1).await.expect("the certificate before is kept");
    let left = value("pulsvagt_tls_certificate_seconds_left{certificate=\"server\"}");
    assert!(left > 1e9, "{left}");

    next.server().write(&tls.files);
    tls.authority.server().write(&tls.files);
    until("it is mended", || async { server.secure(&old_root, None, HTTP1).await.is_ok() }).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_certificates_of_our_authority_get_in_where_one_is_required() {
    let (world, tls) = (World::new().await, Tls::new());
    let required = Serving::start(&world, Some(tls.mutual(true)));
    let optional = Serving::start(&world, Some(tls.mutual(false)));
    let ours = tls.clients.client("gateway");
    let strange = Authority::new("clients").client("gateway");
    let late = tls.clients.expired_client();
    // One that is meant for servers says nothing about a client.
    let server = tls.clients.server();
    assert_eq!(tls.lives(&required, Some(&ours)).await, Some(200));
    assert_eq!(tls.lives(&optional, Some(&ours)).await, Some(200));
    assert_eq!(tls.lives(&required, None).await, None, "without a certificate");
    assert_eq!(tls.lives(&optional, None).await, Some(200), "apps and nurses have none");
    for (pair, about) in [(&strange, "another authority"), (&late, "expired"), (&server, "purpose")]
    {
        assert_eq!(tls.lives(&required, Some(pair)).await, None, "{about}");
        assert_eq!(tls.lives(&optional, Some(pair)).await, None, "{about}");
    }
    let none = Serving::start(&world, Some(tls.files.clone()));
    assert_eq!(tls.lives(&none, Some(&strange)).await, Some(200), "nobody asks for it");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_token_is_believed_only_with_its_certificate() {
    let (world, tls) = (World::new().await, Tls::new());
    let server = Serving::start(&world, Some(tls.mutual(false)));
    let plain = Serving::start(&world, None);
    let (own, other) = (tls.clients.client("one"), tls.clients.client("two"));
    let bound = world.bound_token("0330", Role::Gateway, own.thumbprint());
    let free = world.token("0330", Role::Gateway, None);
    let root = tls.authority.certificate();
    let path = "/fhir/Patient/ane";
    let with = |pair: Option<Pair>, token: String| {
        let (server, root) = (&server, &root);
        async move {
            let mut stream = server.secure(root, pair.as_ref(), HTTP1).await.expect("TLS");
            exchange(&mut stream, &get(path, Some(&token))).await.expect("an answer")
        }
    };
    // Found good first, so that what is remembered about the token is tried too.
    let good = with(Some(own), bound.clone()).await;
    assert_eq!(good.status, 200, "{}", good.body);
    let bad = with(None, "x.y.z".to_owned()).await;
    assert_eq!(bad.status, 401);
    for (pair, about) in [(Some(other), "another certificate"), (None, "no certificate")] {
        let refused = with(pair, bound.clone()).await;
        assert_eq!((refused.status, &refused.body), (401, &bad.body), "{about}");
        let challenge = refused.header("www-authenticate");
        assert_eq!(challenge, bad.header("www-authenticate"), "{about}");
    }
    let refused = exchange(&mut plain.plain().await, &get(path, Some(&bound))).await;
    let refused = refused.expect("an answer");
    assert_eq!((refused.status, &refused.body), (401, &bad.body), "without TLS");
    assert_eq!(with(None, free).await.status, 200, "a token that is not bound");
    world.end().await;
}

#[test]
fn a_file_that_is_no_authority_is_told() {
    pulsvagt::server::install_crypto();
    let tls = Tls::new();
    let mut files = tls.mutual(true);
    let checked = pulsvagt::server::check(&files).expect("fine");
    assert_eq!(checked.iter().map(|one| one.name).collect::<Vec<_>>(), ["server", "client-ca"]);
    files.client_ca = Some(files.key.clone());
    assert!(pulsvagt::server::check(&files).is_err());
    files.client_ca = Some(Path::new("nowhere").to_owned());
    assert!(pulsvagt::server::check(&files).is_err());
}
