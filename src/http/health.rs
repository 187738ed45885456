//! Whether the process lives, and whether it can do its work.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::app::{App, Municipality};
use crate::store::StoreError;
use crate::store::screenings::waited;

/// How long a database may take to answer. Whoever asks is about to give up too.
const PATIENCE: Duration = Duration::from_secs(1);

/// 200 as long as the process answers at all.
pub(super) async fn live() -> &'static str {
    "live\n"
}

/// 200 when readings can be taken in, and screening keeps up with them where this process screens;
/// 503 with the reason otherwise.
pub(super) async fn ready(State(app): State<App>) -> Response {
    if app.stopping().is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    let municipalities = app.municipalities();
    let (catalog, stores) = tokio::join!(
        answers(app.catalog().ping()),
        join_all(municipalities.iter().map(|municipality| answers(municipality.store.ping())))
    );
    let mut away = Vec::new();
    if !catalog {
        away.push("catalogue: the database does not answer".to_owned());
    }
    for (municipality, answers) in municipalities.iter().zip(stores) {
        if !answers {
            away.push(format!("{}: the database does not answer", municipality.store.code()));
        }
    }
    if let (Some(alarm), true) = (app.lag_alarm(), away.is_empty()) {
        away = behind(&app, &municipalities, alarm).await;
    }
    if away.is_empty() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, away.join("\n") + "\n").into_response()
    }
}

/// Where citizens have been due for screening for too long.
async fn behind(app: &App, municipalities: &[Arc<Municipality>], alarm: Duration) -> Vec<String> {
    let now = app.clock().now();
    let oldest = municipalities.iter().map(|municipality| async {
        let oldest = timeout(PATIENCE, municipality.store.oldest_due(now)).await;
        (municipality.store.code(), oldest)
    });
    join_all(oldest)
        .await
        .into_iter()
        .filter_map(|(code, oldest)| match oldest {
            Ok(Ok(oldest)) if waited(oldest, now) > alarm.as_secs() => {
                Some(format!("{code}: screening is behind by {} s", waited(oldest, now)))
            }
            _ => None,
        })
        .collect()
}

async fn answers(ping: impl Future<Output = Result<(), StoreError>>) -> bool {
    matches!(timeout(PATIENCE, ping).await, Ok(Ok(())))
}
