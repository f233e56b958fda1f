//! `almanac serve`: the graph over HTTP.

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use almanac_api::{
    document::{Checker, Limits},
    http::{DatabaseReadiness, Readiness, Settings, router},
};
use almanac_database::{Address, Environment};
use almanac_service::Sessions;
use anyhow::{Context, bail};
use clap::Args;
use tokio::{net::TcpListener, signal};

use crate::output::say;

#[derive(Args)]
pub(crate) struct Serve {
    /// The address to listen on; only addresses of this machine's own loopback
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8110")]
    pub(crate) listen: SocketAddr,
}

impl Serve {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        if !self.listen.ip().is_loopback() {
            bail!(
                "--listen: {} is no loopback address, and nobody would be asked who they are; put a \
                 proxy that does in front of 127.0.0.1",
                self.listen
            );
        }
        let addresses = environment.addresses()?;
        for address in &addresses {
            look_at(address).await?;
        }
        let sessions = Sessions::new(addresses.clone());
        let sdl = almanac_api::sdl();
        let checker = Arc::new(Checker::new(&sdl, Limits::default())?);
        let ready = move || readiness(addresses.clone());
        let settings = Settings::listening_on(self.listen.ip());
        let app = router(almanac_api::graph(sessions.clone()), checker, settings, ready);
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("--listen: cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        say(format_args!("serving http://{address}/graphql; try it at http://{address}/graphiql"));
        axum::serve(listener, app).with_graceful_shutdown(stop()).await?;
        sessions.reset().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// Refuses to serve a database that is behind this program; one that is not there costs only its own
/// fields, so it is a warning.
async fn look_at(address: &Address) -> anyhow::Result<()> {
    let database = address.database;
    match almanac_migration::status(address).await {
        Ok(status) if !status.exists => tracing::warn!(%database, "{address} does not exist"),
        Ok(status) => {
            if let Some(pending) = status.pending().next() {
                bail!(
                    "{address} lacks the revision {pending}; run `almanac migrate upgrade --database {database}`"
                );
            }
        }
        Err(error) => tracing::warn!(%database, %error, "this database cannot be served"),
    }
    Ok(())
}

/// Which databases answer. Ready means that one of them does.
async fn readiness(addresses: Vec<Address>) -> Readiness {
    let mut databases = Vec::with_capacity(addresses.len());
    for address in addresses {
        let message = match almanac_migration::status(&address).await {
            Ok(status) if !status.exists => Some(format!(
                "it does not exist; `almanac migrate upgrade --database {}` creates it",
                address.database
            )),
            Ok(status) => {
                status.pending().next().map(|pending| format!("it lacks the revision {pending}"))
            }
            Err(_) => Some(format!(
                "it cannot be read; `almanac migrate current --database {}` says why",
                address.database
            )),
        };
        let name = address.database.to_string();
        databases.push(DatabaseReadiness { name, ready: message.is_none(), message });
    }
    Readiness { ready: databases.iter().any(|database| database.ready), databases }
}

/// Until the process is told to stop.
async fn stop() {
    let interrupt = signal::ctrl_c();
    #[cfg(unix)]
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<Option<()>>();
    tokio::select! {
        _ = interrupt => {}
        _ = terminate => {}
    }
}
