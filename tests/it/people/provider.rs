//! A real OpenID provider, `oidc-provider` of npm (see tests/oidc), and somebody who signs in at it
//! with a browser.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pulsvagt::access::sign_in::SignIn;
use pulsvagt::access::{ClaimNames, Role};
use pulsvagt::config::Secret;

const HERE: &str = "https://pulsvagt.test";

pub(crate) struct Provider {
    child: Child,
    pub(crate) issuer: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Provider {
    /// Starts it on a free port.
    pub(crate) fn start() -> Self {
        Self::for_client(&serde_json::json!({}))
    }

    /// Starts it for this server registered with `more`.
    pub(crate) fn for_client(more: &serde_json::Value) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        assert!(
            folder.join("node_modules/oidc-provider").is_dir(),
            "the provider is not there; get it with: npm ci --prefix tests/oidc"
        );
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .args([format!("{HERE}/auth/callback"), format!("{HERE}/auth/login")])
            .arg(more.to_string())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node");
        let mut issuer = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("standard output"));
        out.read_line(&mut issuer).expect("the issuer");
        let issuer = issuer.trim().to_owned();
        assert!(issuer.starts_with("http://127.0.0.1:"), "{issuer}");
        Self { child, issuer }
    }

    /// How a municipality would configure it.
    pub(crate) fn config(&self) -> SignIn {
        let values = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
        };
        let roles = [("sygeplejerske", Role::Nurse), ("teamleder", Role::Lead)];
        let roles = roles.into_iter().chain([("borger", Role::Citizen)]);
        SignIn {
            name: "Kommunens login".to_owned(),
            issuer: self.issuer.clone(),
            discovery_url: None,
            client_id: "pulsvagt".to_owned(),
            client_secret: Some(Secret::new("a secret with : + and %41")),
            private_key_file: None,
            scopes: vec!["openid".to_owned(), "profile".to_owned()],
            algorithms: vec!["ES256".to_owned()],
            claims: ClaimNames {
                tenant_claim: "cvr".to_owned(),
                tenant_values: values(&[("cvr-0330", "0330"), ("cvr-0306", "0306")]),
                role_claim: "/titles".to_owned(),
                role_values: roles.map(|(from, to)| (from.to_owned(), to)).collect(),
                team_claim: Some("team".to_owned()),
                citizen_claim: "citizen".to_owned(),
            },
            name_claim: "name".to_owned(),
        }
    }

    /// Has the token endpoint give other access tokens than the ID tokens are made with.
    pub(crate) fn swap(&self) {
        let done = agent().post(format!("{}/test/swap", self.issuer)).send_empty();
        assert_eq!(done.expect("swapped").status().as_u16(), 200);
    }

    /// What it has told this server of sign-outs, as forms.
    pub(crate) fn logouts(&self) -> Vec<String> {
        let mut answer = agent().get(format!("{}/test/logouts", self.issuer)).call().expect("it");
        serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("a list")
    }

    /// Has the provider sign with another key from now on.
    pub(crate) fn rotate(&self) {
        let done = agent().post(format!("{}/test/rotate", self.issuer)).send_empty();
        assert_eq!(done.expect("rotated").status().as_u16(), 200);
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(20)))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build()
        .into()
}

/// What came of a walk at the provider.
#[derive(Debug)]
pub(crate) enum Walked {
    /// It sent the browser to this address, which is not its own.
    Away(String),
    /// It shows a page that asks for nothing.
    Page(u16, String),
}

/// A browser at the provider.
#[derive(Debug, Default)]
pub(crate) struct Visitor {
    jar: HashMap<String, String>,
}

impl Visitor {
    fn ask(&mut self, address: &str, form: Option<String>) -> (u16, Option<String>, String) {
        let jar = self.jar.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = jar.collect::<Vec<_>>().join("; ");
        let answer = match form {
            None => agent().get(address).header("cookie", cookies).call(),
            Some(form) => agent()
                .post(address)
                .header("cookie", cookies)
                .content_type("application/x-www-form-urlencoded")
                .send(form),
        };
        let mut answer = answer.expect("an answer of the provider");
        for cookie in answer.headers().get_all("set-cookie") {
            let text = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = text.split_once('=').expect("a cookie");
            if value.is_empty() {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let to = answer.headers().get("location").map(|to| to.to_str().expect("text").to_owned());
        let text = answer.body_mut().read_to_string().expect("a body");
        (answer.status().as_u16(), to, text)
    }

    /// Signs in as `login`, agrees to everything, signs out when asked, and goes where it is sent.
    pub(crate) fn walk(&mut self, from: &str, login: &str) -> Walked {
        tokio::task::block_in_place(|| self.go(from, login))
    }

    fn go(&mut self, from: &str, login: &str) -> Walked {
        let own = from.split('/').take(3).collect::<Vec<_>>().join("/");
        let (mut address, mut form) = (from.to_owned(), None);
        for _ in 0..12 {
            let (status, to, text) = self.ask(&address, form.take());
            if let Some(to) = to {
                if !to.starts_with(&own) && !to.starts_with('/') {
                    return Walked::Away(to);
                }
                address = if to.starts_with('/') { format!("{own}{to}") } else { to };
                continue;
            }
            if text.contains("name=\"prompt\" value=\"login\"") {
                form = Some(super::browser::form(&[
                    ("prompt", "login"),
                    ("login", login),
                    ("password", "x"),
                ]));
            } else if text.contains("name=\"prompt\" value=\"consent\"") {
                form = Some("prompt=consent".to_owned());
            } else if text.contains("op.logoutForm") {
                let xsrf = super::browser::hidden(&text, "xsrf");
                form = Some(super::browser::form(&[("xsrf", &xsrf), ("logout", "yes")]));
                address = format!("{own}/session/end/confirm");
            } else {
                return Walked::Page(status, text);
            }
        }
        panic!("the provider goes round in circles");
    }
}
