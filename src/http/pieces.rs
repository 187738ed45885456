//! A body that is told while it is read from the database.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream::unfold;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;

use crate::app::App;
use crate::store::export::ExportError;
use crate::telemetry::chain;

/// Bytes that are passed on at a time.
const PIECE: usize = 64 << 10;
/// How long somebody may take to take a piece.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where text goes that is to be told.
#[derive(Debug)]
pub(super) struct Teller {
    out: Sender<Vec<u8>>,
    held: String,
}

impl Teller {
    /// Where the next words are appended.
    pub(super) fn text(&mut self) -> &mut String {
        &mut self.held
    }

    /// Passes on what has gathered, if it is enough.
    ///
    /// # Errors
    /// When nobody takes it.
    pub(super) async fn step(&mut self) -> Result<(), ExportError> {
        if self.held.len() >= PIECE { self.pass_on().await } else { Ok(()) }
    }

    async fn pass_on(&mut self) -> Result<(), ExportError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.held).into_bytes();
        match tokio::time::timeout(PATIENCE, self.out.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ExportError::NotTaken),
        }
    }
}

/// The body that `work` tells. Should it fail, the connection is cut off.
pub(super) fn body<F>(
    app: &App,
    tenant: String,
    work: impl FnOnce(Teller) -> F + Send + 'static,
) -> Body
where
    F: Future<Output = Result<Teller, ExportError>> + Send + 'static,
{
    let (out, pieces) = mpsc::channel::<Vec<u8>>(2);
    let (say, ended) = oneshot::channel();
    let teller = Teller { out, held: String::new() };
    app.tasks().spawn(async move {
        let done = match work(teller).await {
            Ok(mut teller) => teller.pass_on().await,
            Err(error) => Err(error),
        };
        if let Err(error) = &done {
            tracing::error!(tenant, error = chain(error), "an export ended before its end");
        }
        // Nobody listens where the connection is gone.
        let _ = say.send(done.is_ok());
    });
    whole(pieces, ended)
}

/// The pieces, until they end. An end that is none cuts the connection off, so that nobody takes half
/// of it for the whole.
pub(super) fn whole(pieces: Receiver<Vec<u8>>, ended: oneshot::Receiver<bool>) -> Body {
    Body::from_stream(unfold(Some((pieces, ended)), |held| async move {
        let (mut pieces, ended) = held?;
        match pieces.recv().await {
            Some(piece) => Some((Ok(Bytes::from(piece)), Some((pieces, ended)))),
            None if ended.await == Ok(true) => None,
            None => Some((Err(io::Error::other("the export ended before its end")), None)),
        }
    }))
}
