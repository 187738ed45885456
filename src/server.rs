//! Sockets, TLS, signals and an orderly end.

mod tls;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum_server::accept::NoDelayAcceptor;
use axum_server::{Handle, Server as HttpServer};
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::App;
use crate::config::TlsFiles;

pub use tls::{Certificate, SOON, TlsError, URGENT, check, install_crypto};
use tls::{TlsAcceptor, Watch};

/// A request head has to arrive within this time; an idle connection is closed after it.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// Largest request head, bytes; it holds at most 100 headers.
const HEAD_SIZE: usize = 64 << 10;
/// How long requests that were taken in may take to end at a shutdown.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);
/// How long writers and tasks may take to end after that.
const TASK_LIMIT: Duration = Duration::from_secs(30);
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;
/// The exit code of a process that was told to stop a second time.
const INTERRUPTED: i32 = 130;

/// Why the server could not start, or did not end as it should.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}; free it, or choose another address")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Signals cannot be received.
    #[error("cannot listen to signals")]
    Signals(#[source] std::io::Error),
    /// Accepting connections failed.
    #[error("the server ended by itself")]
    Serve(#[source] std::io::Error),
    /// Work that was taken in did not end in time.
    #[error("work was still going on {} s after the shutdown began, and was given up",
        (DRAIN_LIMIT + TASK_LIMIT).as_secs())]
    Unfinished,
}

/// The requests to stop that the operating system passes on: SIGINT and SIGTERM.
#[derive(Debug)]
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// From now on those signals do not end the process by themselves.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn listen() -> Result<Self, ServerError> {
        let listen = |kind| signal(kind).map_err(ServerError::Signals);
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub async fn requested(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }

    /// Does something that ends a process; another request to stop ends it at once.
    pub async fn or_exit<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            () = self.requested() => {
                tracing::warn!("told to stop again: giving up what is left");
                std::process::exit(INTERRUPTED)
            }
        }
    }
}

/// A server that listens and does not yet answer.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Watch>,
}

/// Takes the address, and reads the certificate if there is one.
///
/// # Errors
/// When the address is taken or the certificate cannot be used.
pub fn bind(address: SocketAddr, tls: Option<TlsFiles>) -> Result<Bound, ServerError> {
    let tls = tls.map(Watch::new).transpose()?;
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    let failed = |source| ServerError::Listen { address, source };
    let listener = listen().map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, address, tls })
}

impl Bound {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as a URL.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Answers requests until it is told to stop; then takes in nothing more, answers what was
    /// taken in, and lets all tasks of the application end.
    ///
    /// # Errors
    /// When accepting fails, or what was taken in does not end in time.
    pub async fn serve(self, app: App, router: Router, stop: &mut Stop) -> Result<(), ServerError> {
        let handle = Handle::new();
        let Self { listener, address: _, tls } = self;
        let acceptor = tls.as_ref().map(|watch| TlsAcceptor::new(watch.config()));
        if let Some(watch) = tls {
            app.set_certificates(watch.certificates());
            app.tasks().spawn(watch.run(app.clock().clone(), app.stopping().clone()));
        } else {
            // A hang-up is how one asks for new certificates; without any it is not the end.
            ignore_hang_up(&app)?;
        }
        let serving = run(listener, acceptor, router, handle.clone());
        tokio::pin!(serving);
        let ended = tokio::select! {
            ended = &mut serving => Some(ended),
            () = stop.requested() => None,
        };
        if let Some(ended) = ended {
            app.stopping().cancel();
            app.stop().await;
            return ended.map_err(ServerError::Serve);
        }
        tracing::info!(connections = handle.connection_count(), "stopping");
        app.stopping().cancel();
        handle.graceful_shutdown(Some(DRAIN_LIMIT));
        stop.or_exit(async {
            serving.await.map_err(ServerError::Serve)?;
            let tasks = tokio::time::timeout(TASK_LIMIT, app.stop()).await;
            tasks.map_err(|_| ServerError::Unfinished)
        })
        .await?;
        tracing::info!("stopped");
        Ok(())
    }
}

async fn run(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    handle: Handle<SocketAddr>,
) -> std::io::Result<()> {
    let mut server = HttpServer::<SocketAddr>::from_listener(listener).handle(handle);
    let mut builder = server.http_builder().http1();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(HEAD_SIZE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .max_concurrent_streams(256)
        .max_header_list_size(u32::try_from(HEAD_SIZE).unwrap_or(u32::MAX));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    match acceptor {
        Some(acceptor) => server.acceptor(acceptor).serve(service).await,
        None => server.acceptor(NoDelayAcceptor::new()).serve(service).await,
    }
}

fn ignore_hang_up(app: &App) -> Result<(), ServerError> {
    let mut hang_up = signal(SignalKind::hangup()).map_err(ServerError::Signals)?;
    let stopping = app.stopping().clone();
    app.tasks().spawn(async move {
        loop {
            tokio::select! {
                _ = hang_up.recv() => tracing::info!("hang-up: there is no certificate to reload"),
                () = stopping.cancelled() => break,
            }
        }
    });
    Ok(())
}
