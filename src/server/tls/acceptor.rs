//! Connections over TLS, whose requests know that they are, and with which certificate.

use std::io;
use std::task::{Context, Poll};

use axum::http::Request;
use axum_server::accept::{Accept, NoDelayAcceptor};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use futures_util::future::{BoxFuture, FutureExt};
use tokio::net::TcpStream;
use tower::Service;

use super::validity;
use crate::access::{Presented, Thumbprint};
use crate::app::OverTls;

/// Does the handshake.
#[derive(Debug, Clone)]
pub(in crate::server) struct TlsAcceptor(RustlsAcceptor<NoDelayAcceptor>);

impl TlsAcceptor {
    pub(in crate::server) fn new(config: RustlsConfig) -> Self {
        Self(RustlsAcceptor::new(config).acceptor(NoDelayAcceptor::new()))
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for TlsAcceptor {
    type Stream = <RustlsAcceptor<NoDelayAcceptor> as Accept<TcpStream, S>>::Stream;
    type Service = Secured<S>;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let accepting = self.0.accept(stream, service);
        async move {
            let (stream, service) = accepting.await.inspect_err(|error| {
                metrics::counter!("pulsvagt_tls_handshake_failures_total").increment(1);
                tracing::debug!(%error, "a TLS handshake failed");
            })?;
            let (_, connection) = stream.get_ref();
            let presented = connection.peer_certificates().and_then(|chain| {
                let own = chain.first()?;
                let (_, until) = validity(own)?;
                Some(Presented { thumbprint: Thumbprint::of(own), until })
            });
            Ok((stream, Secured { service, presented }))
        }
        .boxed()
    }
}

/// A service that tells each request how it came.
#[derive(Debug, Clone)]
pub(in crate::server) struct Secured<S> {
    service: S,
    presented: Option<Presented>,
}

impl<S, B> Service<Request<B>> for Secured<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(OverTls);
        if let Some(presented) = self.presented {
            request.extensions_mut().insert(presented);
        }
        self.service.call(request)
    }
}
