//! What a request costs: the server's CPU time and latency for the hot queries of the graph over HTTP, beside
//! rusqlite running the very statements that the server runs, on the same file and in the same run.
//!
//! `ALMANAC_BENCH_SCALE` sizes the sample survey (10: one million measurements), `ALMANAC_BENCH_SECONDS` how long
//! each query runs.

#![allow(clippy::print_stdout, reason = "figures are what a benchmark is for")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use almanac_database::{Database, Environment};
use almanac_service::Sessions;
use rusqlite::types::Value as SqliteValue;
use sea_orm::{Statement, Value};
use serde_json::json;

/// Clients that ask at the same time.
const CONNECTIONS: usize = 16;
/// Clock ticks a second in `/proc/PID/stat`; Linux has had no other on any machine of today.
const TICKS: f64 = 100.0;

fn main() {
    let scale = env::var("ALMANAC_BENCH_SCALE").unwrap_or_else(|_| "10".to_owned());
    let seconds =
        env::var("ALMANAC_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3.0);
    let state_dir = survey(&scale);
    let queries = queries(&state_dir);
    let server = Server::start(&state_dir);

    println!(
        "sample survey of scale {scale}, {CONNECTIONS} connections, {seconds} s a query; times in ms"
    );
    println!(
        "{:34} {:>8} {:>9} {:>8} {:>8} {:>9} {:>7} {:>6}",
        "query", "requests", "CPU", "p50", "p99", "rusqlite", "ratio", "KiB"
    );
    for (name, query) in &queries {
        let statements = statements(&state_dir, query);
        let raw = rusqlite_milliseconds(&state_dir, &statements);
        let load = server.load(query, Duration::from_secs_f64(seconds));
        println!(
            "{name:34} {:>8} {:>9.3} {:>8.2} {:>8.2} {raw:>9.3} {:>7.1} {:>6}",
            load.requests,
            load.cpu,
            load.p50,
            load.p99,
            load.cpu / raw,
            load.bytes / 1024,
        );
    }
}

/// The state directory with the sample survey, made on the first run.
fn survey(scale: &str) -> PathBuf {
    let state_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-survey-{scale}"));
    let status = Command::new(env!("CARGO_BIN_EXE_almanac"))
        .args(["demo", "--no-serve", "--scale", scale, "--state-dir"])
        .arg(&state_dir)
        .status()
        .expect("the command runs");
    assert!(status.success(), "the sample survey cannot be made");
    state_dir
}

/// The queries of the table of targets: (name, document).
fn queries(state_dir: &Path) -> Vec<(&'static str, String)> {
    let products = open(state_dir, Database::Products);
    let text = |sql: &str| {
        products.query_row(sql, [], |row| row.get::<_, String>(0)).expect("a survey is there")
    };
    let source =
        text("SELECT source_id FROM photometry GROUP BY source_id ORDER BY COUNT(*) DESC LIMIT 1");
    let image = text("SELECT path FROM images ORDER BY created_at DESC LIMIT 1");
    let columns = "mjd fluxMjy errorMjy imageNoiseMjy fieldName";
    vec![
        (
            "newest 50 images, 10 fields",
            "{ images(first: 50, orderBy: [{field: CREATED_AT, direction: DESC}]) { nodes { path createdAt type noiseJy \
             dynamicRange fieldName centerRaDeg centerDecDeg beamMajorArcsec beamMinorArcsec } } }"
                .to_owned(),
        ),
        ("light curve, as columns", format!("{{ lightCurve(sourceId: \"{source}\") {{ {columns} }} }}")),
        ("light curve, as points", format!("{{ lightCurve(sourceId: \"{source}\") {{ points {{ {columns} }} }} }}")),
        (
            "image + MS + 100 measurements",
            format!(
                "{{ images(first: 1, where: {{path: {{eq: \"{image}\"}}}}) {{ nodes {{ path noiseJy measurementSet {{ path midMjd stage }} \
                 photometry(first: 100) {{ nodes {{ sourceId peakJyb peakErrJyb snr }} }} }} }} }}"
            ),
        ),
        (
            "20 sources, each with its latest",
            "{ sources(first: 20) { nodes { sourceId photometry(first: 1, orderBy: [{field: MJD, direction: DESC}]) { nodes { mjd \
             peakJyb snr } } } } }"
                .to_owned(),
        ),
        (
            "100 images, MS, caltables, 10 each",
            "{ images(first: 100) { nodes { path measurementSet { path } caltables { path tableType } photometry(first: 10) { nodes \
             { peakJyb } } } } }"
                .to_owned(),
        ),
        ("caltables valid for an MJD", "{ caltablesValidFor(mjd: 61000.5) { path tableType orderIndex } }".to_owned()),
    ]
}

fn open(state_dir: &Path, database: Database) -> rusqlite::Connection {
    let address = Environment::within(state_dir).address(database).expect("a default address");
    let file = address.location.file().expect("a file").to_owned();
    let connection = rusqlite::Connection::open(file).expect("it opens");
    connection
        .execute_batch(
            "PRAGMA query_only = ON; PRAGMA cache_size = -65536; PRAGMA mmap_size = 268435456",
        )
        .expect("its settings");
    connection
}

/// The statements that the graph runs for a query, with the database each runs on.
fn statements(state_dir: &Path, query: &str) -> Vec<(Database, Statement)> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let sessions =
            Sessions::from_environment(&Environment::within(state_dir)).expect("addresses");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = seen.clone();
        sessions.observe(move |info| sink.lock().expect("no panic").push(info.statement.clone()));
        let response = almanac_api::graph(sessions.clone()).execute(query).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        let seen = std::mem::take(&mut *seen.lock().expect("no panic"));
        seen.into_iter().map(|statement| (database_of(&statement), statement)).collect()
    })
}

fn database_of(statement: &Statement) -> Database {
    if statement.sql.contains("\"caltables\"") {
        Database::CalRegistry
    } else if statement.sql.contains("\"sources\"") {
        Database::MasterSources
    } else {
        Database::Products
    }
}

/// CPU time of the statements through rusqlite, prepared once, every cell of every row read.
fn rusqlite_milliseconds(state_dir: &Path, statements: &[(Database, Statement)]) -> f64 {
    let connections: Vec<_> =
        statements.iter().map(|(database, _)| open(state_dir, *database)).collect();
    let run = || {
        for (connection, (_, statement)) in connections.iter().zip(statements) {
            let mut prepared = connection.prepare_cached(&statement.sql).expect("it is SQLite's");
            let columns = prepared.column_count();
            let values = statement.values.iter().flat_map(|values| values.0.iter().map(bound));
            let mut rows = prepared.query(rusqlite::params_from_iter(values)).expect("it runs");
            while let Some(row) = rows.next().expect("it reads") {
                for column in 0..columns {
                    std::hint::black_box(row.get_ref(column).expect("a cell"));
                }
            }
        }
    };
    run();
    let (start, cpu) = (Instant::now(), thread_cpu());
    let mut rounds = 0.0;
    while start.elapsed() < Duration::from_millis(700) {
        run();
        rounds += 1.0;
    }
    thread_cpu().saturating_sub(cpu).as_secs_f64() * 1e3 / rounds
}

fn bound(value: &Value) -> SqliteValue {
    match value {
        Value::Bool(Some(flag)) => SqliteValue::Integer((*flag).into()),
        Value::Int(Some(number)) => SqliteValue::Integer((*number).into()),
        Value::BigInt(Some(number)) => SqliteValue::Integer(*number),
        Value::BigUnsigned(Some(number)) => {
            SqliteValue::Integer(i64::try_from(*number).expect("a small limit"))
        }
        Value::Double(Some(number)) => SqliteValue::Real(*number),
        Value::String(Some(text)) => SqliteValue::Text(text.clone()),
        other => panic!("no query of the bench binds {other:?}"),
    }
}

/// CPU time of this thread.
fn thread_cpu() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says");
    let nanoseconds = text.split_whitespace().next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number of nanoseconds"))
}

/// `almanac serve` in a process of its own.
struct Server {
    process: Child,
    address: String,
}

/// What came of asking one query over and over; times in milliseconds.
struct Load {
    requests: usize,
    cpu: f64,
    p50: f64,
    p99: f64,
    bytes: usize,
}

impl Server {
    fn start(state_dir: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_almanac"))
            .args(["serve", "--listen", "127.0.0.1:0", "--state-dir"])
            .arg(state_dir)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut line = String::new();
        let output = process.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line).expect("it says where it listens");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        Self { address: address.expect("it says where it listens").to_owned(), process }
    }

    fn load(&self, query: &str, time: Duration) -> Load {
        let request = self.request(query);
        let body = ask(&mut self.connect(), &request);
        assert!(
            !body.windows(8).any(|part| part == b"\"errors\""),
            "{}",
            String::from_utf8_lossy(&body)
        );
        let stop = Arc::new(AtomicBool::new(false));
        let cpu = self.cpu();
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (mut stream, request, stop) = (self.connect(), request.clone(), stop.clone());
                thread::spawn(move || {
                    let mut times = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let start = Instant::now();
                        ask(&mut stream, &request);
                        times.push(start.elapsed());
                    }
                    times
                })
            })
            .collect();
        thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        let mut times: Vec<_> =
            clients.into_iter().flat_map(|client| client.join().expect("a client ends")).collect();
        times.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 requests")]
        let cpu = (self.cpu() - cpu) * 1e3 / times.len() as f64;
        let at = |percent: usize| {
            times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e3
        };
        Load { requests: times.len(), cpu, p50: at(50), p99: at(99), bytes: body.len() }
    }

    /// CPU seconds that the server has used.
    fn cpu(&self) -> f64 {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("Linux says");
        let fields: Vec<&str> =
            stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields[index].parse::<f64>().expect("a number of ticks");
        (ticks(11) + ticks(12)) / TICKS
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        stream
    }

    fn request(&self, query: &str) -> Vec<u8> {
        let body = json!({ "query": query }).to_string();
        format!(
            "POST /graphql HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .into_bytes()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The body of the answer to one request.
fn ask(stream: &mut TcpStream, request: &[u8]) -> Vec<u8> {
    stream.write_all(request).expect("the server reads");
    let mut answer = Vec::with_capacity(64 * 1024);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut buffer).expect("the server answers");
        assert!(read > 0, "the server closed the connection");
        answer.extend_from_slice(&buffer[..read]);
        let Some(head) = answer.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        let body = head + 4;
        if answer.len() >= body + length.expect("the answer has a length") {
            return answer.split_off(body);
        }
    }
}
