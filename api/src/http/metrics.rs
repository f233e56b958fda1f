//! What the server counts, and `/metrics`, where Prometheus reads it.

use std::{fmt, sync::Arc, time::Duration};

use almanac_service::Pool;
use axum::{
    extract::Request,
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use prometheus_client::{
    encoding::text,
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::Gauge,
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};

use super::{answer::Codes, health::Readiness};

type Labels<const N: usize> = [(&'static str, String); N];
type Timed<const N: usize> = Family<Labels<N>, Histogram, Seconds>;

/// The format that Prometheus knows as `OpenMetrics`.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From a fast statement to the time limit of an operation.
const BUCKETS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

#[derive(Clone, Debug)]
struct Seconds;

impl MetricConstructor<Histogram> for Seconds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(BUCKETS)
    }
}

/// The counters of a server. Cloning is cheap and shares them.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: Family<Labels<3>, Counter>,
    operations: Timed<1>,
    running: Gauge,
    cost: Counter,
    errors: Family<Labels<1>, Counter>,
    statements: Timed<1>,
    failed_statements: Family<Labels<1>, Counter>,
    connections: Family<Labels<1>, Gauge>,
    subscriptions: Family<Labels<1>, Gauge>,
    events: Counter,
    dropped_events: Counter,
    pool: Family<Labels<3>, Gauge>,
    up: Family<Labels<1>, Gauge>,
    revision: Family<Labels<2>, Gauge>,
    bytes: Family<Labels<2>, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut inner = Inner {
            registry: Registry::with_prefix("almanac"),
            requests: Family::default(),
            operations: Family::new_with_constructor(Seconds),
            running: Gauge::default(),
            cost: Counter::default(),
            errors: Family::default(),
            statements: Family::new_with_constructor(Seconds),
            failed_statements: Family::default(),
            connections: Family::default(),
            subscriptions: Family::default(),
            events: Counter::default(),
            dropped_events: Counter::default(),
            pool: Family::default(),
            up: Family::default(),
            revision: Family::default(),
            bytes: Family::default(),
        };
        inner.register();
        Self(Arc::new(inner))
    }
}

impl Inner {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "HTTP requests answered", self.requests.clone());
        let help = "Time of GraphQL operations, the wait for their turn included";
        registry.register_with_unit("operation", help, Unit::Seconds, self.operations.clone());
        registry.register(
            "operations_running",
            "Operations that run or wait",
            self.running.clone(),
        );
        registry.register("cost_points", "Points of cost of the operations run", self.cost.clone());
        registry.register("errors", "Errors answered, by extensions.code", self.errors.clone());
        let help = "Time of SQL statements";
        registry.register_with_unit("statement", help, Unit::Seconds, self.statements.clone());
        let help = "SQL statements that failed";
        registry.register("failed_statements", help, self.failed_statements.clone());
        registry.register("live_connections", "Open live connections", self.connections.clone());
        registry.register("subscriptions", "Running subscriptions", self.subscriptions.clone());
        registry.register("live_events", "Events sent to subscribers", self.events.clone());
        let help = "Events dropped because a subscriber read too slowly";
        registry.register("live_events_dropped", help, self.dropped_events.clone());
        registry.register("pool_connections", "Connections to databases", self.pool.clone());
        registry.register("database_up", "Whether a database can be asked", self.up.clone());
        let help = "The newest revision of a database; always 1";
        registry.register("database_revision", help, self.revision.clone());
        let help = "Size of a database's files";
        registry.register_with_unit("database_size", help, Unit::Bytes, self.bytes.clone());
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(..)")
    }
}

impl Metrics {
    /// Counts a statement that ran in a database.
    pub fn statement(&self, database: &str, elapsed: Duration, failed: bool) {
        let labels = [("database", database.to_owned())];
        self.0.statements.get_or_create(&labels).observe(elapsed.as_secs_f64());
        if failed {
            self.0.failed_statements.get_or_create(&labels).inc();
        }
    }

    /// Counts an operation of a kind, such as `query`.
    pub fn operation(&self, kind: &str, cost: u64, elapsed: Duration) {
        let labels = [("kind", kind.to_owned())];
        self.0.operations.get_or_create(&labels).observe(elapsed.as_secs_f64());
        self.0.cost.inc_by(cost);
    }

    /// Counts an operation as running until the guard is dropped.
    pub fn run(&self) -> Running {
        count(self.0.running.clone())
    }

    /// Counts an error by its code.
    pub fn error(&self, code: &str) {
        self.0.errors.get_or_create(&[("code", code.to_owned())]).inc();
    }

    /// Counts a live connection over `transport`, such as `websocket`, until the guard is dropped.
    pub fn connect(&self, transport: &str) -> Running {
        count(self.0.connections.get_or_create(&[("transport", transport.to_owned())]).clone())
    }

    /// Counts a subscription over `transport` until the guard is dropped.
    pub fn subscribe(&self, transport: &str) -> Running {
        count(self.0.subscriptions.get_or_create(&[("transport", transport.to_owned())]).clone())
    }

    /// Counts an event that was sent to a subscriber.
    pub fn event(&self) {
        self.0.events.inc();
    }

    /// Counts events that a slow subscriber did not get.
    pub fn drop_events(&self, count: u64) {
        self.0.dropped_events.inc_by(count);
    }

    /// All figures as Prometheus reads them, with those of this moment.
    fn render(&self, readiness: &Readiness, pools: &[Pool]) -> String {
        let inner = &*self.0;
        inner.pool.clear();
        for pool in pools {
            let name = if pool.writes { "writer" } else { "reader" };
            let of = |state: &str| {
                [
                    ("database", pool.database.to_string()),
                    ("pool", name.to_owned()),
                    ("state", state.to_owned()),
                ]
            };
            inner.pool.get_or_create(&of("idle")).set(pool.idle.into());
            let used = pool.open.saturating_sub(pool.idle);
            inner.pool.get_or_create(&of("used")).set(used.into());
        }
        inner.revision.clear();
        inner.bytes.clear();
        for database in &readiness.databases {
            let name = || ("database", database.name.clone());
            inner.up.get_or_create(&[name()]).set(database.ready.into());
            if let Some(revision) = &database.revision {
                inner.revision.get_or_create(&[name(), ("revision", revision.clone())]).set(1);
            }
            for (file, bytes) in [("main", database.bytes), ("wal", database.wal_bytes)] {
                if let Some(bytes) = bytes.and_then(|bytes| i64::try_from(bytes).ok()) {
                    inner.bytes.get_or_create(&[name(), ("file", file.to_owned())]).set(bytes);
                }
            }
        }
        let mut page = String::new();
        // Writing into a string cannot fail.
        let _ = text::encode(&mut page, &inner.registry);
        page
    }

    pub(super) fn page(&self, readiness: &Readiness, pools: &[Pool]) -> Response {
        let headers = [(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")];
        (headers, self.render(readiness, pools)).into_response()
    }

    /// Counts a request, and the errors of its answer.
    pub(super) async fn observe(self, request: Request, next: Next) -> Response {
        // What nobody serves is one path, or strangers could name as many as they like.
        let path = request.extensions().get::<axum::extract::MatchedPath>();
        let path = path.map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
        let known = [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS];
        let method = known.iter().find(|known| *known == request.method());
        let method = method.map_or("other", Method::as_str).to_owned();
        let response = next.run(request).await;
        let status = response.status().as_str().to_owned();
        let labels = [("path", path), ("method", method), ("status", status)];
        self.0.requests.get_or_create(&labels).inc();
        if let Some(Codes(codes)) = response.extensions().get() {
            for code in codes {
                self.error(code);
            }
        }
        response
    }
}

/// Something that is counted as long as it lasts.
#[derive(Debug)]
pub struct Running(Gauge);

fn count(gauge: Gauge) -> Running {
    gauge.inc();
    Running(gauge)
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}
