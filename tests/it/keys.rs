//! Keys and hand-made tokens, for tests that know better than a library what is wrong with them.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair, RsaKeyPair,
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

/// A key pair by which tokens are signed.
pub(crate) struct Signer {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    /// The public half.
    pub(crate) jwk: Value,
    key: EncodingKey,
}

pub(crate) fn encoded(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

fn elliptic(kid: &str, algorithm: Algorithm) -> Signer {
    let (curve, size, of): (_, _, &'static EcdsaSigningAlgorithm) = match algorithm {
        Algorithm::ES256 => ("P-256", 32, &ECDSA_P256_SHA256_FIXED_SIGNING),
        _ => ("P-384", 48, &ECDSA_P384_SHA384_FIXED_SIGNING),
    };
    let pair = EcdsaKeyPair::generate(of).expect("a key");
    let (x, y) = pair.public_key().as_ref()[1..].split_at(size);
    let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
    let der = pair.to_pkcs8v1().expect("a document").as_ref().to_vec();
    Signer {
        kid: kid.to_owned(),
        algorithm,
        jwk: json!({"kty": "EC", "crv": curve, "use": "sig", "kid": kid, "x": x, "y": y,
                    "alg": format!("{algorithm:?}")}),
        key: EncodingKey::from_ec_der(&der),
    }
}

/// The private half of an RSA key and its public numbers; slow to make, so there are only two.
static RSA: LazyLock<Vec<(Vec<u8>, String, String)>> = LazyLock::new(|| {
    (0..2)
        .map(|_| {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
            let public = pair.public_key();
            let number = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
            (
                AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair)
                    .expect("a document")
                    .as_ref()
                    .to_vec(),
                number(public.modulus().big_endian_without_leading_zero()),
                number(public.exponent().big_endian_without_leading_zero()),
            )
        })
        .collect()
});

fn rsa(kid: &str, algorithm: Algorithm, which: usize) -> Signer {
    let (der, n, e) = &RSA[which];
    let pem = pem(der);
    Signer {
        kid: kid.to_owned(),
        algorithm,
        jwk: json!({"kty": "RSA", "use": "sig", "kid": kid, "n": n, "e": e,
                    "alg": format!("{algorithm:?}")}),
        key: EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key"),
    }
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(der))
}

impl Signer {
    /// With a new key; RSA keys are the first of two.
    pub(crate) fn new(kid: &str, algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => elliptic(kid, algorithm),
            _ => rsa(kid, algorithm, 0),
        }
    }

    /// Somebody else with a key of the same kind and id.
    pub(crate) fn stranger(&self) -> Self {
        match self.algorithm {
            Algorithm::ES256 | Algorithm::ES384 => elliptic(&self.kid, self.algorithm),
            _ => rsa(&self.kid, self.algorithm, 1),
        }
    }

    /// The public key as a JWK set.
    pub(crate) fn jwks(&self) -> String {
        json!({"keys": [self.jwk]}).to_string()
    }

    /// The usual header.
    pub(crate) fn header(&self, typ: &str) -> Value {
        json!({"alg": format!("{:?}", self.algorithm), "kid": self.kid, "typ": typ})
    }

    /// The signature of anything, base64url.
    pub(crate) fn signature(&self, message: &str) -> String {
        crypto::sign(message.as_bytes(), &self.key, self.algorithm).expect("a signature")
    }

    /// Signs whatever header and claims are.
    pub(crate) fn sign_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        format!("{message}.{}", self.signature(&message))
    }

    /// Signs a token.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }
}

/// Signs a message with a secret, as if a public key were one.
pub(crate) fn mac(algorithm: Algorithm, secret: &[u8], message: &str) -> String {
    crypto::sign(message.as_bytes(), &EncodingKey::from_secret(secret), algorithm)
        .expect("a signature")
}
