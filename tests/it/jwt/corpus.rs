//! What can be wrong with a signed token, whatever it is for.

use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::keys::{Signer, encoded, mac};
use crate::world::NOW;

struct Bad<'s> {
    signer: &'s Signer,
    header: &'s Value,
    claims: &'s Value,
    all: Vec<(String, String)>,
}

/// Bad versions of a good token, each with its name.
pub(super) fn corpus(signer: &Signer, header: &Value, claims: &Value) -> Vec<(String, String)> {
    let mut bad = Bad { signer, header, claims, all: Vec::new() };
    bad.algorithms();
    bad.key_confusion();
    bad.headers();
    bad.shapes();
    bad.json();
    bad.claims();
    bad.all
}

impl Bad<'_> {
    fn add(&mut self, name: impl Into<String>, token: String) {
        self.all.push((name.into(), token));
    }

    fn with_header(&self, name: &str, value: Value) -> Value {
        let mut header = self.header.clone();
        header[name] = value;
        header
    }

    fn without(value: &Value, name: &str) -> Value {
        let mut value = value.clone();
        value.as_object_mut().expect("an object").remove(name);
        value
    }

    fn algorithms(&mut self) {
        let claims = encoded(&self.claims.to_string());
        for none in ["none", "None", "NONE", "nOnE", "n\u{6f}ne ", ""] {
            let header = encoded(&self.with_header("alg", json!(none)).to_string());
            self.add(format!("alg [{none}]"), format!("{header}.{claims}."));
            self.add(format!("alg [{none}], no second dot"), format!("{header}.{claims}"));
            let signature = self.signer.signature(&format!("{header}.{claims}"));
            self.add(format!("alg [{none}], signed"), format!("{header}.{claims}.{signature}"));
        }
        let right = self.header["alg"].as_str().expect("a name").to_owned();
        let wide: String = right.replace('S', "\u{ff33}");
        let others = ["HS256", "ES256K", "ES512", "RS1", "dir", "RSA-OAEP", "EdDSA", "Ed448"];
        let names = [right.to_lowercase(), wide, format!("{right} "), format!("{right}\u{0}")];
        for name in names.into_iter().chain(others.map(str::to_owned)) {
            let header = self.with_header("alg", json!(name));
            self.add(format!("alg {name:?}"), self.signer.sign(&header, self.claims));
        }
        for value in [json!(null), json!(1), json!([right]), json!({"alg": right})] {
            let header = self.with_header("alg", value.clone());
            self.add(format!("alg {value}"), self.signer.sign(&header, self.claims));
        }
        let header = Self::without(self.header, "alg");
        self.add("without alg", self.signer.sign(&header, self.claims));
    }

    fn key_confusion(&mut self) {
        let jwk = self.signer.jwk.clone();
        let number = |name: &str| jwk[name].as_str().map(str::to_owned).unwrap_or_default();
        let mut secrets = vec![("its JWK", jwk.to_string().into_bytes()), ("nothing", Vec::new())];
        for name in ["n", "x"] {
            let text = number(name);
            secrets.push(("a number of it", BASE64URL_NOPAD.decode(text.as_bytes()).expect("ok")));
            secrets.push(("a number's text", text.into_bytes()));
        }
        secrets.push(("its set", self.signer.jwks().into_bytes()));
        for (what, secret) in secrets {
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                let header = self.with_header("alg", json!(format!("{algorithm:?}")));
                let message = format!(
                    "{}.{}",
                    encoded(&header.to_string()),
                    encoded(&self.claims.to_string())
                );
                let token = format!("{message}.{}", mac(algorithm, &secret, &message));
                self.add(format!("{algorithm:?} by {what}"), token);
            }
        }
        let stranger = self.signer.stranger();
        self.add("a stranger's signature", stranger.sign(self.header, self.claims));
    }

    fn headers(&mut self) {
        let stranger = self.signer.stranger();
        for kid in [
            json!("another"),
            json!(""),
            json!("../../../../dev/null"),
            json!("/etc/passwd"),
            json!("' or '1'='1"),
            json!("k1' union select 'x"),
            json!("k1; drop table client"),
            json!("k1\u{0}"),
            json!("K1"),
            json!("k1 "),
            json!("k\u{661}"),
            json!("http://169.254.169.254/keys"),
            json!("x".repeat(300)),
            json!(1),
            json!(null),
            json!(["k1"]),
            json!({"kid": "k1"}),
        ] {
            let header = self.with_header("kid", kid.clone());
            self.add(format!("kid {kid}"), self.signer.sign(&header, self.claims));
            self.add(format!("stranger's kid {kid}"), stranger.sign(&header, self.claims));
        }
        for (name, value) in [
            ("jku", json!("https://attacker.example/jwks")),
            ("jku", json!("http://127.0.0.1:1/jwks")),
            ("x5u", json!("https://attacker.example/chain")),
            ("jwk", stranger.jwk.clone()),
            ("x5c", json!([BASE64.encode(b"certificate")])),
            ("crit", json!(["exp"])),
            ("crit", json!(["b64"])),
            ("crit", json!([])),
            ("crit", json!(null)),
            ("b64", json!(false)),
            ("b64", json!(true)),
            ("zip", json!("DEF")),
            ("enc", json!("A128GCM")),
            ("cty", json!("JWT")),
            ("typ", json!("logout+jwt")),
            ("typ", json!("dpop+jwt")),
            ("typ", json!("JWE")),
            ("typ", json!(["JWT"])),
            ("typ", json!("J\u{405}T")),
        ] {
            let header = self.with_header(name, value.clone());
            self.add(format!("{name} {value}"), self.signer.sign(&header, self.claims));
            self.add(format!("stranger's {name} {value}"), stranger.sign(&header, self.claims));
        }
    }

    fn shapes(&mut self) {
        let good = self.signer.sign(self.header, self.claims);
        let parts: Vec<&str> = good.split('.').collect();
        let [header, claims, signature] = parts[..] else { panic!("three parts") };
        let padded = |text: &str| BASE64URL.encode(text.as_bytes());
        let half = &signature[..signature.len() / 2];
        let cut = &signature[..signature.len() - 1];
        let other = if signature.starts_with('A') { "B" } else { "A" };
        for (name, token) in [
            ("nothing", String::new()),
            ("a dot", ".".to_owned()),
            ("two dots", "..".to_owned()),
            ("unsigned", format!("{header}.{claims}.")),
            ("without signature", format!("{header}.{claims}")),
            ("header alone", header.to_owned()),
            ("detached", format!("{header}..{signature}")),
            ("without header", format!(".{claims}.{signature}")),
            ("four parts", format!("{good}.{signature}")),
            ("five parts", format!("{header}.{claims}.{signature}.a.b")),
            ("a dot before", format!(".{good}")),
            ("a dot after", format!("{good}.")),
            ("half a signature", format!("{header}.{claims}.{half}")),
            ("a signature without its end", format!("{header}.{claims}.{cut}")),
            ("a signature twice", format!("{header}.{claims}.{signature}{signature}")),
            ("another signature", format!("{header}.{claims}.{other}{}", &signature[1..])),
            ("zeroes", format!("{header}.{claims}.{}", "A".repeat(signature.len()))),
            ("padding", format!("{good}=")),
            ("more padding", format!("{header}=.{claims}==.{signature}==")),
            ("white space", format!("{header} .{claims}.{signature}")),
            (
                "white space inside",
                format!("{header}.{claims}.{half} {}", &signature[half.len()..]),
            ),
            ("a tab", format!("{header}.{claims}\t.{signature}")),
            ("a line feed", format!("{header}\n.{claims}.{signature}")),
            ("a percent", format!("{header}%2E{claims}%2E{signature}")),
            ("a wide dot", format!("{header}\u{ff0e}{claims}\u{ff0e}{signature}")),
            ("an invisible letter", format!("{good}\u{200b}")),
            ("the other alphabet", format!("{header}.{claims}.+/{}", &signature[2..])),
            ("parts in another order", format!("{claims}.{header}.{signature}")),
            ("quoted", format!("\"{good}\"")),
            (
                "JSON serialisation",
                json!({"protected": header, "payload": claims, "signature": signature}).to_string(),
            ),
        ] {
            self.add(name, token);
        }
        // Padded parts, signed as they are.
        let message = format!(
            "{}.{}",
            padded(&self.header.to_string()),
            padded(&format!("{} ", self.claims))
        );
        if message.contains('=') {
            self.add("signed padding", format!("{message}.{}", self.signer.signature(&message)));
        }
        let message = format!("{header}.{}", encoded(&good));
        self.add("nested", format!("{message}.{}", self.signer.signature(&message)));
        let message = format!("{header}.");
        self.add("signed nothing", format!("{message}.{}", self.signer.signature(&message)));
        // As RFC 7797 has it: the claims are not encoded.
        let plain = self.with_header("b64", json!(false));
        let message = format!("{}.{}", encoded(&plain.to_string()), self.claims);
        self.add("not encoded", format!("{message}.{}", self.signer.signature(&message)));
        let mut large = self.claims.clone();
        large["more"] = json!("x".repeat(9_000));
        self.add("oversize", self.signer.sign(self.header, &large));
    }

    fn json(&mut self) {
        let (header, claims) = (self.header.to_string(), self.claims.to_string());
        let first = |text: &str, more: &str| text.replacen('{', &format!("{{{more},"), 1);
        let last = |text: &str, more: &str| {
            format!("{},{more}}}", text.strip_suffix('}').expect("an object"))
        };
        let alg = format!("\"alg\":{}", self.header["alg"]);
        for (name, text) in [
            ("alg twice", first(&header, &alg)),
            ("alg none first", first(&header, "\"alg\":\"none\"")),
            ("alg none last", last(&header, "\"alg\":\"none\"")),
            ("kid twice", last(&header, "\"kid\":\"k1\"")),
            ("alg by another spelling", last(&header, "\"\\u0061lg\":\"none\"")),
            ("more behind", format!("{header} {{}}")),
            ("a list", format!("[{header}]")),
            ("a text", "\"JWT\"".to_owned()),
            ("a byte order mark", format!("\u{feff}{header}")),
            ("a comment", format!("/**/{header}")),
            ("single quotes", header.replace('"', "'")),
            ("a NUL", format!("{header}\u{0}")),
        ] {
            self.add(format!("header: {name}"), self.signer.sign_text(&text, &claims));
        }
        let mut texts = vec![
            ("more behind", format!("{claims} {{}}")),
            ("a list", format!("[{claims}]")),
            ("null", "null".to_owned()),
            ("a byte order mark", format!("\u{feff}{claims}")),
            ("a comma too many", format!("{},}}", claims.strip_suffix('}').expect("an object"))),
            ("a name twice inside", last(&claims, "\"more\":{\"a\":1,\"a\":1}")),
            ("half a pair", last(&claims, "\"more\":\"\\ud800\"")),
            ("a number too large", claims.replacen("\"exp\":", "\"exp\":1e999,\"x\":", 1)),
        ];
        for name in ["iss", "aud", "sub", "exp"] {
            let same = format!("\"{name}\":{}", self.claims[name]);
            let spelt =
                same.replacen(name, &format!("\\u{:04x}{}", name.as_bytes()[0], &name[1..]), 1);
            texts.push(("a claim twice", first(&claims, &same)));
            texts.push(("a claim twice, last", last(&claims, &same)));
            texts.push(("a claim twice, spelt otherwise", last(&claims, &spelt)));
        }
        for (name, text) in texts {
            self.add(format!("claims: {name}"), self.signer.sign_text(&header, &text));
        }
        let bytes = [claims.as_bytes(), b"\xff"].concat();
        let message = format!("{}.{}", encoded(&header), BASE64URL_NOPAD.encode(&bytes));
        self.add("claims: not UTF-8", format!("{message}.{}", self.signer.signature(&message)));
    }

    fn claims(&mut self) {
        let now = NOW.as_second();
        for name in ["iss", "aud", "sub", "exp"] {
            let claims = Self::without(self.claims, name);
            self.add(format!("without {name}"), self.signer.sign(self.header, &claims));
        }
        let text = |name: &str| self.claims[name].as_str().expect("text").to_owned();
        let (issuer, audience) = (text("iss"), text("aud"));
        for (name, value) in [
            ("iss", json!("https://attacker.example")),
            ("iss", json!([issuer])),
            ("iss", json!(format!("{issuer}/"))),
            ("iss", json!(format!("{issuer} "))),
            ("iss", json!(issuer.to_uppercase())),
            ("iss", json!(format!("{issuer}\u{200b}"))),
            ("iss", json!(format!("{issuer}\u{0}"))),
            ("iss", json!("")),
            ("iss", json!(null)),
            ("aud", json!("another")),
            ("aud", json!(format!("{audience} "))),
            ("aud", json!(audience.to_uppercase())),
            ("aud", json!([])),
            ("aud", json!(["another"])),
            ("aud", json!([[audience]])),
            ("aud", json!({"aud": audience})),
            ("aud", json!("*")),
            ("aud", json!(null)),
            ("exp", json!(now - 30)),
            ("exp", json!(now - 86_400)),
            ("exp", json!(0)),
            ("exp", json!(-1)),
            ("exp", json!(i64::MIN)),
            ("exp", json!((now + 100).to_string())),
            ("exp", json!(null)),
            ("exp", json!(true)),
            ("exp", json!([now + 100])),
            ("exp", json!(u64::MAX)),
            ("nbf", json!(now + 31)),
            ("nbf", json!(i64::MAX)),
            ("nbf", json!("0")),
            ("iat", json!(now + 31)),
            ("iat", json!("0")),
        ] {
            let mut claims = self.claims.clone();
            claims[name] = value.clone();
            self.add(format!("{name} {value}"), self.signer.sign(self.header, &claims));
        }
    }
}
