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
use axum::http::Request;
use http_body_util::BodyExt;
use jsonwebtoken::Algorithm;
use pulsvagt::access::Role;
use serde_json::Value;
use tower::ServiceExt;

use crate::machines::Machine;
use crate::planted::{HEART_RATE, Person, Planted};
use rows::{Inside, Row, Whose};

/// A column: its name, and its token.
type Column = (String, Option<String>);

async fn columns(planted: &Planted) -> Vec<Column> {
    let Planted { world, ane, .. } = planted;
    let mut columns: Vec<Column> = Role::ALL
        .into_iter()
        .map(|role| {
            let own = role.is_of_one_citizen().then_some(ane.id.as_str());
            (role.as_str().to_owned(), Some(world.token("0330", role, own)))
        })
        .collect();
    let scope = format!("system/Observation.crs?code=http://loinc.org|{HEART_RATE}");
    let machine = Machine::register(world, Algorithm::ES384, "gateway", &scope).await;
    let team = r#"{"name": "Another team"}"#;
    let admin = world.bearer(&world.token("0330", Role::Admin, None));
    let admin = admin.with("content-type", "application/json");
    admin.put("/api/teams/nord", team).await;
    columns.push(("nurse elsewhere".to_owned(), Some(world.token_of_team("nord"))));
    columns.push(("machine".to_owned(), Some(machine.token(world, &scope).await)));
    columns.push(("nobody".to_owned(), None));
    columns
}

/// The status, and what of the answer counts beside it.
async fn status(planted: &Planted, token: Option<&str>, row: &Row, person: &Person) -> String {
    let (path, body) = ((row.path)(person), (row.body)(person));
    let mut request = Request::builder().method(&row.method).uri(path);
    request = request.header("host", "pulsvagt.test");
    for (name, value) in row.headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body)).expect("a request");
    let answer = planted.world.router.clone().oneshot(request);
    let answer = tokio::time::timeout(Duration::from_secs(30), answer).await;
    let answer = answer.expect("an answer in time").expect("an answer");
    let status = answer.status().as_u16();
    assert!(status < 500, "{} answered {status}", row.name);
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

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_what_the_table_says() {
    let planted = Planted::new().await;
    let rows = rows::all(&planted).await;
    let columns = columns(&planted).await;
    let mut table = format!("{:<52}", "");
    for (name, _) in &columns {
        let _ = write!(table, "{name:<16}");
    }
    for row in &rows {
        let _ = write!(table, "\n{:<52}", row.name);
        for (_, token) in &columns {
            let whose = match row.whose {
                Whose::Nobodys => vec![&planted.ane],
                Whose::Somebodys => vec![&planted.ane, &planted.bo, &planted.carl],
            };
            let mut cell = Vec::new();
            for person in whose {
                cell.push(status(&planted, token.as_deref(), row, person).await);
            }
            if cell.iter().all(|status| *status == cell[0]) {
                cell.truncate(1);
            }
            let _ = write!(table, "{:<16}", cell.join(" "));
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("matrix", lines.join("\n"));
    planted.world.end().await;
}
