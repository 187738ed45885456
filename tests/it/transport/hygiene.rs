//! HTTP/1.1 as bytes: what is ambiguous is refused, what is too much is too.

use pulsvagt::access::Role;

use super::serving::{Serving, exchange, get, rest};
use crate::world::World;

const READING: &str = "/fhir/Observation";

fn request(line: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n{body}").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_has_one_length_or_is_refused() {
    let world = World::new().await;
    let server = Serving::start(&world, None);
    let post = format!("POST {READING}");
    for (headers, body) in [
        ("content-length: 3\r\ncontent-length: 4\r\n", "{}  "),
        ("content-length: +3\r\n", "{} "),
        ("content-length: 3, 4\r\n", "{}  "),
        ("transfer-encoding: xchunked\r\n", "0\r\n\r\n"),
        ("transfer-encoding: chunked, identity\r\n", "0\r\n\r\n"),
        ("content-length : 3\r\n", "{} "),
        ("x: y\r\n content-length: 3\r\n", "{} "),
        ("content-length: 3\nx: y\0\r\n", "{} "),
    ] {
        let mut stream = server.plain().await;
        let heard = exchange(&mut stream, &request(&post, headers, body)).await.expect("answer");
        assert_eq!(heard.status, 400, "{headers:?}: {}", heard.head);
        assert!(rest(&mut stream).await.is_empty(), "{headers:?}: and nothing more is read");
    }
    // With both, the chunks count and the connection ends (RFC 9112, 6.1): whatever follows, in a
    // chunk or behind it, is not taken for another request.
    let token = world.token("0330", Role::Gateway, None);
    let both = format!(
        "authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 5\r\ntransfer-encoding: chunked\r\n"
    );
    let mut stream = server.plain().await;
    let mut bytes = request(&post, &both, "0\r\n\r\n");
    bytes.extend(get("/health/live", None));
    let first = exchange(&mut stream, &bytes).await.expect("an answer");
    assert_eq!(first.status, 400, "an empty body: {} {}", first.head, first.body);
    assert!(rest(&mut stream).await.is_empty(), "what follows is not read");
    let mut stream = server.plain().await;
    let smuggled = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let chunk = format!("{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len());
    let bytes =
        request("POST /nowhere", "content-length: 4\r\ntransfer-encoding: chunked\r\n", &chunk);
    let first = exchange(&mut stream, &bytes).await.expect("an answer");
    assert_eq!(first.status, 404, "{}", first.head);
    assert!(rest(&mut stream).await.is_empty(), "the chunk is a body, not a request");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_have_a_limit_and_answers_do_not_say_what_made_them() {
    let world = World::new().await;
    let server = Serving::start(&world, None);
    let headers = |count: usize, length: usize| {
        (0..count).fold(String::new(), |text, number| {
            text + &format!("x-{number}: {}\r\n", "y".repeat(length))
        })
    };
    let live = |headers: &str| request("GET /health/live", headers, "");
    for (bytes, status, about) in [
        (live(""), 200, "as usual"),
        (live(&headers(90, 10)), 200, "many headers"),
        (live(&headers(101, 1)), 431, "too many headers"),
        (live(&headers(1, 40_000)), 431, "a header that is too long"),
        (live(&headers(1, 200_000)), 431, "one that is not read to its end"),
        (request(&format!("GET /health/live?{}", "x".repeat(8_000)), "", ""), 200, "an address"),
        (request(&format!("GET /health/live?{}", "x".repeat(9_000)), "", ""), 414, "a long one"),
        (request("TRACE /health/live", "", ""), 405, "TRACE"),
        (request("BREW /health/live", "", ""), 405, "an unknown method"),
        (request("CONNECT localhost:22", "", ""), 404, "a tunnel"),
        (b"GET /nowhere HTTP/1.1\r\n\r\n\r\n".to_vec(), 404, "no host"),
        (b"GET /health/live HTTP/9.9\r\n\r\n".to_vec(), 400, "a version to come"),
    ] {
        let mut stream = server.plain().await;
        let heard = exchange(&mut stream, &bytes).await.expect(about);
        assert_eq!(heard.status, status, "{about}: {}", heard.head);
        assert_eq!(heard.header("server"), None, "{about}");
        if status == 405 {
            assert_eq!(heard.header("allow"), Some("GET,HEAD"), "{about}");
        }
        assert!(!heard.head.contains("chunked"), "{about}");
    }
    world.end().await;
}
