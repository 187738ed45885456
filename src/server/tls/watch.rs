//! Exchanging certificates while the server runs, and telling when they run out.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use axum_server::tls_rustls::RustlsConfig;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::{Certificate, SOON, TlsError, URGENT, load};
use crate::clock::Clock;
use crate::config::TlsFiles;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How often the log tells of a certificate that runs out, seconds.
const REMIND: i64 = 86_400;

/// When the files were last changed, and how long they are.
type State = Vec<Option<(SystemTime, u64)>>;

/// The certificates in use.
#[derive(Debug)]
pub(in crate::server) struct Watch {
    files: TlsFiles,
    config: RustlsConfig,
    /// Also for those who tell people how long they hold.
    certificates: Arc<RwLock<Vec<Certificate>>>,
    /// The files that were last loaded, or could not be.
    known: State,
    /// The files as they were at the last look.
    seen: State,
    reminded: Option<i64>,
}

impl Watch {
    /// Loads them for the first time.
    ///
    /// # Errors
    /// When they cannot be used.
    pub(in crate::server) fn new(files: TlsFiles) -> Result<Self, TlsError> {
        let known = state(&files);
        let (config, certificates) = load(&files)?;
        let config = RustlsConfig::from_config(config);
        metrics::counter!("pulsvagt_tls_reload_failures_total").absolute(0);
        let certificates = Arc::new(RwLock::new(certificates));
        let watch =
            Self { files, config, certificates, seen: known.clone(), known, reminded: None };
        watch.tell_loaded();
        Ok(watch)
    }

    /// What connections are accepted with.
    pub(in crate::server) fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// The certificates in use, as they are exchanged.
    pub(in crate::server) fn certificates(&self) -> Arc<RwLock<Vec<Certificate>>> {
        Arc::clone(&self.certificates)
    }

    fn in_use(&self) -> Vec<Certificate> {
        self.certificates.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at the files every other second, and at once after a hang-up, until it is stopped.
    pub(in crate::server) async fn run(mut self, clock: Clock, stopping: CancellationToken) {
        let mut hang_up = match signal(SignalKind::hangup()) {
            Ok(hang_up) => hang_up,
            Err(error) => {
                tracing::error!(%error, "cannot listen to hang-ups: certificates are not reloaded");
                return;
            }
        };
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.remind(clock.now().as_second());
            let asked = tokio::select! {
                () = stopping.cancelled() => return,
                _ = hang_up.recv() => true,
                _ = look.tick() => false,
            };
            self.look(asked);
        }
    }

    /// Exchanges the certificates when their files have changed and are at rest again, or when
    /// asked. Files that cannot be used leave the old certificates in place.
    pub(in crate::server) fn look(&mut self, asked: bool) {
        let now = state(&self.files);
        // A certificate and its key are two files: wait until both are there.
        let resting = now == self.seen;
        self.seen.clone_from(&now);
        if !asked && (!resting || now == self.known) {
            return;
        }
        self.known = now;
        match load(&self.files) {
            Ok((config, certificates)) => {
                self.config.reload_from_config(config);
                *self.certificates.write().unwrap_or_else(PoisonError::into_inner) = certificates;
                self.reminded = None;
                self.tell_loaded();
            }
            Err(error) => {
                metrics::counter!("pulsvagt_tls_reload_failures_total").increment(1);
                tracing::error!(
                    error = crate::telemetry::chain(&error),
                    "the new certificate cannot be used: keeping the old one"
                );
            }
        }
    }

    /// Tells the metrics how long the certificates last, and once a day the log when that is not
    /// long.
    pub(in crate::server) fn remind(&mut self, now: i64) {
        let due = self.reminded.is_none_or(|last| now - last >= REMIND);
        for certificate in self.in_use() {
            let left = certificate.until - now;
            #[expect(clippy::cast_precision_loss, reason = "exact for the next million years")]
            metrics::gauge!("pulsvagt_tls_certificate_seconds_left",
                "certificate" => certificate.name)
            .set(left as f64);
            let (certificate, days) = (certificate.name, left.div_euclid(86_400));
            if due && left < URGENT {
                tracing::error!(certificate, days, "a certificate runs out: renew it now");
            } else if due && left < SOON {
                tracing::warn!(certificate, days, "a certificate runs out soon: renew it");
            }
        }
        if due {
            self.reminded = Some(now);
        }
    }

    fn tell_loaded(&self) {
        for certificate in self.in_use() {
            let until = jiff::Timestamp::from_second(certificate.until).unwrap_or_default();
            tracing::info!(certificate = certificate.name, tls.valid_until = %until,
                "certificate loaded");
        }
    }
}

fn state(files: &TlsFiles) -> State {
    let paths: [Option<&PathBuf>; 3] =
        [Some(&files.cert), Some(&files.key), files.client_ca.as_ref()];
    paths
        .into_iter()
        .flatten()
        .map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Mutex;

    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    /// Lines of a log.
    #[derive(Debug, Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Lines {
        fn count(&self, word: &str) -> usize {
            let text = self.0.lock().expect("the lines").clone();
            String::from_utf8(text).expect("text").matches(word).count()
        }
    }

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("the lines").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_log_tells_once_a_day_that_a_certificate_runs_out() {
        const DAY: i64 = 86_400;
        /// 2030-01-01T00:00:00Z
        const END: i64 = 1_893_456_000;
        crate::server::install_crypto();
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let (cert, key) = (path("crt"), path("key"));
        let files = TlsFiles { cert, key, client_ca: None, client_required: false };
        let write = |year| {
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("names");
            (params.not_before, params.not_after) =
                (date_time_ymd(2020, 1, 1), date_time_ymd(year, 1, 1));
            let pair = KeyPair::generate().expect("a key");
            let made = params.self_signed(&pair).expect("a certificate");
            std::fs::write(&files.cert, made.pem()).expect("written");
            std::fs::write(&files.key, pair.serialize_pem()).expect("written");
        };
        write(2030);
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false);
        tracing::subscriber::with_default(log.finish(), || {
            let mut watch = Watch::new(files.clone()).expect("a certificate");
            assert_eq!(watch.in_use()[0].until, END);
            watch.remind(END - 31 * DAY);
            assert_eq!(lines.count("runs out"), 0);
            for hour in 1..=48 {
                watch.remind(END - 31 * DAY + hour * DAY / 24);
            }
            assert_eq!(lines.count("WARN"), 1, "the day after it is less than 30 days");
            for hour in 0..72 {
                watch.remind(END - 6 * DAY + hour * DAY / 24);
            }
            assert_eq!(lines.count("ERROR"), 3, "once a day");
            assert_eq!(lines.count("WARN"), 1);

            // A certificate without its key waits for one more look, in case the key comes too.
            std::fs::write(&files.cert, "nothing").expect("written");
            watch.look(false);
            assert_eq!(lines.count("keeping the old one"), 0, "it may be half written");
            watch.look(false);
            watch.look(false);
            assert_eq!(lines.count("keeping the old one"), 1, "told once");
            assert_eq!(watch.in_use()[0].until, END);
            write(2040);
            watch.look(true);
            assert!(watch.in_use()[0].until > END, "at once when asked");
            watch.remind(END - 6 * DAY);
            assert_eq!(lines.count("ERROR"), 4, "the failure, and nothing new");
        });
    }
}
