//! Runs a node: takes connections, sends mail, hears the other nodes, and stops without leaving anybody
//! waiting. Ending it at once does no harm either: what counts is in the database.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use crypto_core::time::UnixTime;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sign_in::Service;
use sign_in::config::{Settings, Tls};
use sign_in::deliver::send_mails;
use sign_in::wake::follow;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::terminal::say;
use crate::{Failed, demo, node};

pub(crate) async fn serve(settings: Settings) -> Result<(), Failed> {
    let (service, outside) = node(settings).await?;
    if service.config().demo {
        demo::people(&service).await?;
    } else if !outside.has_mail {
        tracing::warn!("no mail server is set: people are not told of changes by mail");
    }
    if outside.tls.is_none()
        && !outside.listen.ip().is_loopback()
        && service.config().visitors.trusted_proxies.is_empty()
    {
        tracing::warn!(
            "connections are taken without TLS from everywhere, and no proxy is trusted: see docs/operate.md"
        );
    }
    if outside.follows(&service) {
        tokio::spawn(follow(outside.database, service.wake().clone()));
    }
    let mails = if service.config().demo { None } else { Some(tokio::spawn(send_mails(service.clone()))) };
    tokio::spawn(sweep(service.clone()));
    // Heard from before the node is ready: whoever does not hear it is ended by it.
    tokio::spawn(read_lists(service.clone(), signal(SignalKind::hangup())?));

    let handle = Handle::new();
    tokio::spawn(stop(service.clone(), handle.clone()));
    let app = sign_in::router(service.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let listener = std::net::TcpListener::bind(outside.listen).map_err(|_| Failed::Listen(outside.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    say(format_args!("Ready at {} (listening on {address})", service.config().issuer))?;
    match outside.tls {
        None => {
            let mut server = axum_server::from_tcp(listener)?.handle(handle);
            limits(server.http_builder());
            server.serve(app).await?;
        }
        Some(tls) => {
            let config = RustlsConfig::from_config(certificate(&tls).ok_or(Failed::Certificate)?);
            tokio::spawn(renew(tls, config.clone()));
            let mut server = axum_server::from_tcp_rustls(listener, config)?.handle(handle);
            limits(server.http_builder());
            server.serve(app).await?;
        }
    }
    if let Some(mails) = mails {
        // One that is being sent is sent to its end, so that nobody sends it again.
        let _ = tokio::time::timeout(GRACE, mails).await;
    }
    service.store().close().await;
    tracing::info!("stopped");
    Ok(())
}

/// The one place that reads the time of day.
pub(crate) fn clock() -> Arc<dyn Fn() -> UnixTime + Send + Sync> {
    #[expect(clippy::disallowed_methods, reason = "this is where the service's time comes from")]
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixTime::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    })
}

/// How long requests that are being answered may take once the node stops.
const GRACE: Duration = Duration::from_secs(5);

/// A caller that sends its request a byte a minute keeps nobody else out.
fn limits(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder
        .http1()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(Duration::from_secs(10))
        .max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(hyper_util::rt::TokioTimer::new())
        .max_concurrent_streams(64)
        .max_header_list_size(32 * 1024);
}

async fn stop(service: Service, handle: Handle<SocketAddr>) {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be heard: the node stops only when it is ended");
        return;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    tracing::info!("stopping");
    // Whoever waits is answered at once; then no connection is left that has to be waited for.
    service.wake().close();
    handle.graceful_shutdown(Some(GRACE));
}

/// What is over is marked so now and then, whoever made it.
async fn sweep(service: Service) {
    let mut often = tokio::time::interval(Duration::from_secs(30));
    while !service.wake().is_closing() {
        often.tick().await;
        if service.sweep(service.now()).await.is_err() {
            tracing::warn!("what is over cannot be marked so: the database does not answer");
        }
    }
}

/// Reads the certificate again at SIGHUP; a new one that does not work leaves the old one in use.
async fn renew(tls: Tls, config: RustlsConfig) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    while hangup.recv().await.is_some() {
        match certificate(&tls) {
            Some(new) => {
                config.reload_from_config(new);
                tracing::info!("the certificate was read again");
            }
            None => tracing::error!("the new certificate does not work; the old one stays in use"),
        }
    }
}

/// Reads the lists that attestations are judged by again at SIGHUP.
async fn read_lists(service: Service, mut hangup: Signal) {
    while hangup.recv().await.is_some() {
        let service = service.clone();
        let read = tokio::task::spawn_blocking(move || service.config().believed.read_again()).await;
        match read {
            Ok(Ok(())) => tracing::info!("the lists for attestation were read again"),
            Ok(Err(refused)) => tracing::error!("the old lists stay in use: {refused}"),
            Err(_) => tracing::error!("the lists for attestation were not read again"),
        }
    }
}

fn certificate(tls: &Tls) -> Option<Arc<ServerConfig>> {
    let chain = read_chain(&tls.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).ok()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .ok()?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Some(Arc::new(config))
}

fn read_chain(path: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let chain = CertificateDer::pem_file_iter(path).ok()?.collect::<Result<Vec<_>, _>>().ok()?;
    (!chain.is_empty()).then_some(chain)
}
