//! `almanac serve`: the graph over HTTP.

use std::{
    future::IntoFuture,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use almanac_api::{
    document::{Checker, Limits},
    http::{
        DatabaseReadiness, Documents, Gate, Metrics, Rates, Readiness, Server, Settings, Strangers,
        router,
    },
};
use almanac_database::{Address, Database, Environment, Patience};
use almanac_service::{
    Sessions,
    access::Tokens,
    live::{Live, Settings as LiveSettings},
};
use anyhow::{Context, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, signal, sync::watch};

use crate::{
    cells::fill_in_background, doctor::examine_all, output::say, revisions::migration_status, slow,
    time::now,
};

#[derive(Args)]
pub(crate) struct Serve {
    /// The address to listen on; beyond this machine's own loopback only once there is a token
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8110")]
    pub(crate) listen: SocketAddr,
    /// Let strangers read on an address that others reach
    #[arg(long)]
    pub(crate) anonymous_reads: bool,
    /// A TOML file of settings and limits; docs/operations.md lists them
    #[arg(long, value_name = "FILE", env = "ALMANAC_SETTINGS")]
    pub(crate) settings: Option<PathBuf>,
    /// Serve a page to write queries in at /graphiql, as builds for development do
    #[arg(long)]
    pub(crate) graphiql: bool,
    /// Let every client ask as often as it likes
    #[arg(long)]
    pub(crate) no_rate_limits: bool,
    #[command(flatten)]
    pub(crate) astrid: Phases,
}

/// How much of AstrID's database has to be there.
#[derive(Args)]
pub(crate) struct Phases {
    /// Serve of astrid the phases that are applied to the whole, where it lacks revisions or has newer ones
    #[arg(long = "serve-partial")]
    partial: bool,
}

/// What the file of settings may say.
#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Configuration {
    server: Settings,
    documents: Limits,
    databases: Waits,
}

/// How long the server waits for its databases, seconds.
#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "units stand in names")]
struct Waits {
    /// For a free connection.
    connection_s: f64,
    /// For a lock that another program holds.
    lock_s: f64,
    /// For one statement.
    statement_s: f64,
    /// From here on a statement is called slow, and logged with its plan.
    slow_s: f64,
}

impl Default for Waits {
    fn default() -> Self {
        Self { connection_s: 1.0, lock_s: 5.0, statement_s: 5.0, slow_s: 1.0 }
    }
}

impl Waits {
    fn patience(&self) -> anyhow::Result<Patience> {
        Ok(Patience {
            connection: duration("connection_s", self.connection_s)?,
            lock: duration("lock_s", self.lock_s)?,
            statement: Some(duration("statement_s", self.statement_s)?),
        })
    }

    fn slow(&self) -> anyhow::Result<Duration> {
        duration("slow_s", self.slow_s)
    }
}

fn duration(name: &str, seconds: f64) -> anyhow::Result<Duration> {
    Duration::try_from_secs_f64(seconds).with_context(|| format!("--settings: databases.{name}"))
}

impl Configuration {
    fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("--settings: cannot read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("--settings: {}", file.display()))
    }
}

impl Serve {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let Configuration { server, documents, databases } =
            Configuration::read(self.settings.as_deref())?;
        let settings = self.settings(server);
        let gate = self.gate(environment).await?;
        let addresses = environment.addresses()?;
        look_at(&addresses, self.astrid.partial).await?;
        let sessions =
            Sessions::with_patience(addresses, environment.places(), databases.patience()?);
        if self.astrid.partial
            && let Err(error) = sessions.withhold_phases().await
        {
            // A database that is not there answers nothing anyway.
            tracing::warn!(%error, "nobody knows which phases of astrid are applied");
        }
        let checker = Checker::new(&almanac_api::sdl(), documents)?;
        let asked = sessions.clone();
        let ready = move || readiness(asked.clone());
        let listed = settings.documents.as_deref().map(Documents::read).transpose()?;
        let graphiql = settings.graphiql;
        let metrics = Metrics::default();
        slow::watch(&sessions, metrics.clone(), databases.slow()?);
        let (stopping, told) = watch::channel(false);
        let drain = settings.operation_time;
        let live = Live::new(sessions.clone(), LiveSettings { interval: settings.live.interval });
        let status = migration_status(sessions.addresses().to_vec());
        let graph = almanac_api::informed_graph(sessions.clone(), live, status);
        let server = Server {
            documents: Arc::new(listed.unwrap_or_default()),
            metrics,
            stopping: told,
            ..Server::new(graph, checker, settings, gate)
        };
        let streams = server.streams.clone();
        let app = router(server, ready).into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("--listen: cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        let page =
            if graphiql { format!("; try it at http://{address}/graphiql") } else { String::new() };
        say(format_args!("serving http://{address}/graphql{page}"));
        let mut stopped = stopping.subscribe();
        let told = async move {
            stop().await;
            tracing::info!("stopping: what was asked is still answered");
            stopping.send_replace(true);
        };
        let filling = fill_in_background(sessions.clone());
        let serving = axum::serve(listener, app).with_graceful_shutdown(told).into_future();
        let too_long = async {
            // The sender lives as long as the server does.
            let _ = stopped.wait_for(|stopped| *stopped).await;
            tokio::time::sleep(drain).await;
        };
        // Sockets are told that the server stops, and go after it.
        let serving = async move {
            serving.await?;
            streams.ended().await;
            std::io::Result::Ok(())
        };
        tokio::select! {
            served = serving => served?,
            () = too_long => tracing::warn!("stopped with clients still connected"),
        }
        filling.abort();
        sessions.reset().await;
        Ok(ExitCode::SUCCESS)
    }

    fn settings(&self, from_file: Settings) -> Settings {
        let mut settings = from_file.listening_on(self.listen.ip());
        settings.graphiql |= self.graphiql;
        if self.no_rate_limits {
            settings.rate = Rates::NONE;
        }
        settings
    }

    /// Who is let in: on an address that others reach, nobody without a token unless that is asked for.
    async fn gate(&self, environment: &Environment) -> anyhow::Result<Gate> {
        let tokens = Tokens::within(&environment.state_dir().0);
        if self.listen.ip().is_loopback() {
            return Ok(Gate::new(tokens, Strangers::AtThisMachine));
        }
        if !tokens.any(now()).await? {
            bail!(
                "--listen: {} is no loopback address, and there is no token by which to know anybody; \
                 `almanac token create --role admin --name NAME` makes one",
                self.listen
            );
        }
        let strangers = if self.anonymous_reads { Strangers::Read } else { Strangers::TurnedAway };
        Ok(Gate::new(tokens, strangers))
    }
}

/// Refuses to serve a database that is behind this program, or AstrID's that is ahead of it, unless a part of
/// that will do; one that is not well otherwise costs only its own fields, so it is a warning.
async fn look_at(addresses: &[Address], serve_partial: bool) -> anyhow::Result<()> {
    for health in examine_all(addresses.to_vec()).await {
        let (database, Some(ill)) = (health.database, health.ill) else { continue };
        if ill.stops_server && !(serve_partial && database == Database::Astrid) {
            bail!("{database}: {}", ill.sentence());
        }
        tracing::warn!(%database, "{}", ill.sentence());
    }
    Ok(())
}

/// Which databases answer. Ready means that one of them does.
async fn readiness(sessions: Sessions) -> Readiness {
    let all = examine_all(sessions.addresses().to_vec()).await;
    let databases = all.into_iter().map(|health| DatabaseReadiness {
        name: health.database.to_string(),
        ready: health.ill.is_none(),
        message: health.ill.map(|ill| ill.public()),
        revision: health.revision,
        bytes: health.bytes,
        wal_bytes: health.wal_bytes,
    });
    let databases: Vec<_> = databases.collect();
    let ready = databases.iter().any(|database| database.ready);
    Readiness { ready, databases, pools: sessions.pools() }
}

/// Until the process is told to stop.
pub(crate) async fn stop() {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_file_changes_what_it_names() {
        let text = "[server]\noperation_time_s = 2.5\n[server.rate]\nanonymous_per_minute = 5\n\
            [documents]\ndepth = 4\n[databases]\nstatement_s = 1\n";
        let read: Configuration = toml::from_str(text).unwrap();
        assert_eq!(read.server.operation_time, Duration::from_millis(2_500));
        assert_eq!(read.server.rate.anonymous_per_minute, 5);
        assert_eq!(read.server.in_flight, Settings::default().in_flight);
        assert_eq!(read.documents.depth, 4);
        assert_eq!(read.databases.patience().unwrap().statement, Some(Duration::from_secs(1)));
        let misspelt: Result<Configuration, _> = toml::from_str("[server]\nin_fligth = 1\n");
        assert!(misspelt.unwrap_err().to_string().contains("in_fligth"));
    }

    /// The settings by their whole names, such as `server.rate.known_burst`, with their values as TOML has them.
    fn flat(name: &str, value: &serde_json::Value, into: &mut BTreeMap<String, String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (field, value) in fields {
                    let name =
                        if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                    flat(&name, value, into);
                }
            }
            serde_json::Value::Number(number) => {
                let number = number.as_f64().unwrap();
                into.insert(name.to_owned(), number.to_string());
            }
            serde_json::Value::Null => {
                into.insert(name.to_owned(), "–".to_owned());
            }
            other => {
                into.insert(name.to_owned(), other.to_string());
            }
        }
    }

    #[test]
    fn every_setting_is_documented_with_its_default() {
        let mut defaults = BTreeMap::new();
        let configuration = serde_json::to_value(Configuration::default()).unwrap();
        flat("", &configuration, &mut defaults);
        // It is on in builds for development only.
        defaults.insert("server.graphiql".to_owned(), "false".to_owned());
        let rows = include_str!("../docs/operations.md").lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            let name = cells.next()?.strip_suffix('`')?;
            let default = cells.next()?.trim_matches('`').replace(',', "");
            name.contains('.').then(|| (name.to_owned(), default))
        });
        assert_eq!(rows.collect::<BTreeMap<_, _>>(), defaults);
    }
}
