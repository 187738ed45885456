//! Who may do what to whose: every route and every interaction, asked of the real server, as a
//! table that a person can review (`snapshots/it__matrix__matrix.snap`).
//!
//! A cell has the statuses of one's own (for staff: a citizen's whom they look after), of another
//! citizen's of the municipality, and of one of another municipality; one status where all are the
//! same. `200+` has found something and `200-` nothing; `404*` is what was said, inside a 200, of the
//! one thing in it.

mod routes;
mod rows;

use std::fmt::Write;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use jsonwebtoken::Algorithm;
use pulsvagt::access::Role;
use serde_json::Value;
use tower::ServiceExt;

use crate::machines::Machine;
use crate::planted::{Browser, HEART_RATE, Person, Planted, kin};
use rows::{Inside, Row, Whose};

/// A column: its name, and what the caller sends along.
struct Column {
    name: String,
    headers: Vec<(&'static str, String)>,
}

impl Column {
    fn new(name: impl Into<String>, headers: Vec<(&'static str, String)>) -> Self {
        Self { name: name.into(), headers }
    }

    fn bearer(name: impl Into<String>, token: &str) -> Self {
        Self::new(name, vec![("authorization", format!("Bearer {token}"))])
    }
}

async fn columns(planted: &Planted) -> Vec<Column> {
    let Planted { world, ane, .. } = planted;
    let mut columns: Vec<Column> = Role::ALL
        .into_iter()
        .map(|role| {
            let own = role.is_of_one_citizen().then_some(ane.id.as_str());
            Column::bearer(role.as_str(), &world.token("0330", role, own))
        })
        .collect();
    let relative = world.token_named("0330", Role::Relative, Some(&ane.id), &kin(&ane.id));
    columns.insert(2, Column::bearer("with a Consent", &relative));
    let scope = format!("system/Observation.crs?code=http://loinc.org|{HEART_RATE}");
    let machine = Machine::register(world, Algorithm::ES384, "gateway", &scope).await;
    let team = r#"{"name": "Another team"}"#;
    let admin = world.bearer(&world.token("0330", Role::Admin, None));
    let admin = admin.with("content-type", "application/json");
    admin.put("/api/teams/nord", team).await;
    columns.push(Column::bearer("nurse elsewhere", &world.token_of_team("nord")));
    columns.push(Column::bearer("machine", &machine.token(world, &scope).await));
    columns.push(Column::new("nobody", Vec::new()));
    for role in BROWSERS {
        let own = (role == Role::Citizen).then_some(ane.id.as_str());
        let browser = Browser::signed_in(world, "0330", role, own).await;
        columns.push(Column::new(format!("{role}, browser"), browser.headers()));
        if role == Role::Nurse {
            // Another site's page has the nurse's browser do it.
            let headers = browser.headers_of_another_page();
            columns.push(Column::new(FORGED, headers));
        }
    }
    columns
}

/// Who comes with a browser.
const BROWSERS: [Role; 4] = [Role::Nurse, Role::Citizen, Role::Lead, Role::Admin];
const FORGED: &str = "forged";
/// What a browser may do otherwise than whoever has a token: begin and end its own session.
const OF_SESSIONS: [&str; 2] = ["/auth/logout", "/auth/session"];
/// Only whoever has signed in with an account here has a password and codes to change.
const OF_ACCOUNTS: [&str; 2] = ["/auth/password", "/auth/codes"];
/// What is whose asked for it, and not another's of the role.
const OF_ASKERS: [&str; 2] = ["/$export-status", "/$export-file"];

/// Requests to pages and to what else is described nowhere: method, path and, behind a space, a form,
/// with names in braces for ids.
pub(crate) fn pages() -> impl Iterator<Item = &'static str> {
    routes::asked().map(|(_, asked)| asked)
}

/// Each row that asks with an id, as it asks of a person: its name, method and address.
pub(crate) async fn asked_with_ids(
    planted: &Planted,
    person: &Person,
) -> Vec<(String, Method, String)> {
    let rows = rows::all(planted).await.into_iter().filter(|row| row.has_id);
    rows.map(|row| (row.name.clone(), row.method.clone(), (row.path)(person))).collect()
}

/// The status, and what of the answer counts beside it.
async fn status(planted: &Planted, column: &Column, row: &Row, person: &Person) -> String {
    rows::put_back(planted, row, person).await;
    let (path, body) = ((row.path)(person), (row.body)(person));
    let mut request = Request::builder().method(&row.method).uri(path);
    request = request.header("host", "pulsvagt.test");
    for (name, value) in row.headers {
        request = request.header(*name, *value);
    }
    for (name, value) in &column.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Body::from(body)).expect("a request");
    let answer = planted.world.router.clone().oneshot(request);
    let answer = tokio::time::timeout(Duration::from_secs(30), answer).await;
    let answer = answer.expect("an answer in time").expect("an answer");
    let status = answer.status().as_u16();
    assert!(status < 500, "{} answered {status}", row.name);
    if status == 201 && row.inside == Inside::Nothing {
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        rows::take_back(planted, row, person, &json).await;
        return status.to_string();
    }
    if status != 200 || row.inside == Inside::Nothing {
        return status.to_string();
    }
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let json: Value = serde_json::from_slice(first).expect("JSON");
    match row.inside {
        Inside::Found if json["entry"].is_null() && json["parameter"].is_null() => {
            "200-".to_owned()
        }
        Inside::Found | Inside::Nothing => "200+".to_owned(),
        Inside::Receipt => format!("{}*", json["status"]),
        Inside::Entry => {
            let inner = json["entry"][0]["response"]["status"].as_str().expect("a status");
            format!("{}*", &inner[..3])
        }
    }
}

/// What is not there, or makes no sense, for everybody who may ask; and why it is asked so.
const ALL_IN_VAIN: [(&str, &str); 6] = [
    ("POST /alerts/{alert}/none", "there is no such verb"),
    ("DELETE /api/rules/trial/{hash}", "rules in force are not on trial, and are nobody's"),
    ("POST /admin/rules/{pack}/end", "rules in force are not on trial, and are nobody's"),
    ("GET /assets/none.css", "files are everybody's, and named by what is in them"),
    ("GET /fhir/Unknown", "there is no such type"),
    ("GET /api/unknown", "there is no such operation"),
];

/// Whether a row that asks with an id asks for something that is there: somebody who may ask gets to
/// it.
fn somebody_gets_there(row: &Row, cells: &[(&str, String)]) -> bool {
    if !row.has_id || ALL_IN_VAIN.iter().any(|(name, _)| *name == row.name) {
        return true;
    }
    let told = cells.iter().filter(|(name, _)| *name != "nobody" && *name != FORGED);
    let told = told.flat_map(|(_, cell)| cell.split(' '));
    // Refused for who they are, or never offered.
    let mut told = told.filter(|status| !["401", "403", "405"].contains(status)).peekable();
    let in_vain = |status: &str| ["400", "404", "400*", "404*"].contains(&status);
    told.peek().is_none() || told.any(|status| !in_vain(status))
}

/// A session may do what a token of the role may, and nothing that changes something when another
/// site's page has sent it.
fn browsers_do_what_tokens_do(row: &Row, cells: &[(&str, String)]) {
    let of = |name: &str| {
        let found = cells.iter().find(|(listed, _)| *listed == name);
        &found.expect("a column").1
    };
    let own = OF_SESSIONS.iter().chain(&OF_ASKERS);
    if own.into_iter().any(|path| row.name.contains(path)) {
        return;
    }
    let of_account = OF_ACCOUNTS.iter().any(|path| row.name.contains(path));
    for role in BROWSERS.into_iter().filter(|_| !of_account) {
        let name = format!("{role}, browser");
        assert_eq!(of(&name), of(role.as_str()), "{name}: {}", row.name);
    }
    let forged = of(FORGED);
    if row.method.is_safe() {
        assert_eq!(forged, of(if of_account { "nurse, browser" } else { "nurse" }), "{}", row.name);
    } else {
        // Who the caller is makes no difference there, or there is no such thing.
        let open = of("nobody") == of("nurse") || *forged == "405";
        assert!(forged == "403" || open && forged == of("nobody"), "{}: {forged}", row.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_what_the_table_says() {
    let planted = Planted::new().await;
    let rows = rows::all(&planted).await;
    assert_eq!(routes::uncovered(&rows), [""; 0], "what routes.rs says covers a route");
    let columns = columns(&planted).await;
    let mut table = format!("{:<52}", "");
    for column in &columns {
        let _ = write!(table, "{:<16}", column.name);
    }
    let mut in_vain = Vec::new();
    for row in &rows {
        let _ = write!(table, "\n{:<52}", row.title());
        let mut cells = Vec::new();
        for column in &columns {
            let whose = match row.whose {
                Whose::Nobodys => vec![&planted.ane],
                Whose::Somebodys => vec![&planted.ane, &planted.bo, &planted.carl],
            };
            let mut cell = Vec::new();
            for person in whose {
                cell.push(status(&planted, column, row, person).await);
            }
            if cell.iter().all(|status| *status == cell[0]) {
                cell.truncate(1);
            }
            let _ = write!(table, "{:<16}", cell.join(" "));
            cells.push((column.name.as_str(), cell.join(" ")));
        }
        browsers_do_what_tokens_do(row, &cells);
        if !somebody_gets_there(row, &cells) {
            in_vain.push(row.name.clone());
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("matrix", lines.join("\n"));
    assert_eq!(in_vain, [""; 0], "plant what they ask for, or say in ALL_IN_VAIN why not");
    planted.world.end().await;
}
