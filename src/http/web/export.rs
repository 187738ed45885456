//! `POST /me/export`: everything that is kept about the citizen, as a file.

use axum::extract::State;
use axum::response::Response;

use super::page::{Page, again};
use crate::app::App;
use crate::http::api::{Code, needs, own_export};

pub(super) async fn post(State(app): State<App>, page: Page<needs::OwnExport>) -> Response {
    match own_export(&app, &page.caller).await {
        Err(problem) if problem.code() == Code::SignInAgain => again("/me"),
        told => page.answer(told),
    }
}
