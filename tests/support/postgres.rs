//! The PostgreSQL server that tests run on, and databases of their own there.
//!
//! The server of `TEST_POSTGRES_URL` where that is set; else the one on this machine's usual port, if
//! it lets `postgres` in; else one that is started for the tests from the installed programs and goes
//! with the process that started it, whatever ends it.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use sea_orm::{ConnectOptions, ConnectionTrait, DbBackend, DbErr, Statement};
use url::Url;

/// Where a server is looked for when nothing is said.
const USUAL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
/// How long a server that was started may take to answer.
const STARTING: Duration = Duration::from_mins(1);

/// Runs a server until its input ends, which is when the tests' process does.
const KEEP_SERVER: &str = r#"
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$0/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
"$0/postgres" -D "$folder/data" -k "$folder" -p "$1" -c listen_addresses=127.0.0.1 -c fsync=off \
    -c max_connections=200 >>"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null || true
kill -INT "$server"
wait "$server" || true
"#;

static SERVER: LazyLock<Server> = LazyLock::new(Server::find);

/// A server, and a URL of a database to be connected to while others are made and dropped.
#[derive(Debug)]
pub(crate) struct Server {
    url: Url,
    /// Its input is open as long as this process lives; then the server ends.
    _keeper: Option<Child>,
}

impl Server {
    fn find() -> Self {
        if let Ok(url) = env::var("TEST_POSTGRES_URL") {
            return match Self::answering(&url) {
                Ok(server) => server,
                Err(error) => panic!("TEST_POSTGRES_URL names no server that can be used: {error}"),
            };
        }
        Self::answering(USUAL).unwrap_or_else(|_| Self::start())
    }

    /// The server at `url`, if it answers and lets databases be made.
    fn answering(url: &str) -> Result<Self, DbErr> {
        let url: Url = url.parse().map_err(|error| DbErr::Custom(format!("{url}: {error}")))?;
        let server = Self { url, _keeper: None };
        let allowed = "SELECT rolname::text FROM pg_roles \
            WHERE rolname = current_user AND (rolcreatedb OR rolsuper)";
        if server.run(allowed)?.is_empty() {
            return Err(DbErr::Custom("its user may not make databases".to_owned()));
        }
        server.sweep()?;
        Ok(server)
    }

    /// Drops the databases of tests that were killed, on this machine.
    fn sweep(&self) -> Result<(), DbErr> {
        let here = matches!(self.url.host_str(), Some("127.0.0.1" | "localhost"));
        if !here || !Path::new("/proc/self").exists() {
            return Ok(());
        }
        let names = "SELECT datname::text FROM pg_database WHERE datname LIKE 'almanac\\_test\\_%'";
        for name in self.run(names)? {
            let process = name.split('_').nth(2).unwrap_or_default();
            if !Path::new("/proc").join(process).exists() {
                // Another process may be sweeping too, or still use it.
                let _ = self.run(&format!("DROP DATABASE IF EXISTS {name}"));
            }
        }
        Ok(())
    }

    fn start() -> Self {
        let Some(programs) = programs() else {
            panic!(
                "the tests need PostgreSQL: install its server (Debian: `apt install postgresql`) \
                 or set TEST_POSTGRES_URL, such as postgres://user:password@host:5432/postgres"
            );
        };
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.expect("a free port").port().to_string();
        let mut keeper = keeper(&programs, &port);
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let started = Instant::now();
        loop {
            match Self::answering(&url) {
                Ok(server) => return Self { _keeper: Some(keeper), ..server },
                Err(error) if started.elapsed() > STARTING => panic!("no server starts: {error}"),
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
            if let Ok(Some(status)) = keeper.try_wait() {
                panic!("no server starts from {}: {status}", programs.display());
            }
        }
    }

    /// Runs one statement, from any thread, inside a runtime or not. Returns what it selects.
    fn run(&self, sql: &str) -> Result<Vec<String>, DbErr> {
        let (url, sql) = (self.url.to_string(), sql.to_owned());
        let run = async move {
            let mut options = ConnectOptions::new(url);
            options.max_connections(1).connect_timeout(Duration::from_secs(10)).sqlx_logging(false);
            let connection = sea_orm::Database::connect(options).await?;
            let rows =
                connection.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
            connection.close().await?;
            rows.iter().map(|row| row.try_get_by_index(0)).collect()
        };
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
        thread::spawn(move || runtime().expect("a runtime").block_on(run)).join().expect("no panic")
    }
}

/// The folder of the server's programs: on the path, or where Debian puts the newest.
fn programs() -> Option<PathBuf> {
    let of_path = env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|folder| folder.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort_by_key(|path| version(path));
    let mut folders = versions.into_iter().rev().chain(env::split_paths(&of_path));
    folders.find(|folder| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file()))
}

/// The version in `/usr/lib/postgresql/15/bin`.
fn version(programs: &Path) -> Option<u32> {
    programs.parent()?.file_name()?.to_str()?.parse().ok()
}

/// Starts a server with its keeper. PostgreSQL does not run as root: there it runs as its own user.
fn keeper(programs: &Path, port: &str) -> Child {
    let root =
        fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    let mut command = Command::new(if root { "runuser" } else { "sh" });
    if root {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    command.args(["-c", KEEP_SERVER]).arg(programs).arg(port);
    // Away from the terminal's group: it has to outlive an interrupt, to clean up.
    command.process_group(0).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null());
    command.spawn().expect("a shell starts")
}

/// A database of its own on the server, dropped with this.
pub(crate) struct Scratch {
    name: String,
    url: String,
}

impl Scratch {
    pub(crate) fn create() -> Self {
        Self::copy("template0")
    }

    /// A copy of a database of the server that nobody is connected to.
    pub(crate) fn copy(template: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("almanac_test_{}_{number}", std::process::id());
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        SERVER.run(&drop).expect("a database left behind goes");
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        SERVER.run(&create).expect("a new database");
        let mut url = SERVER.url.clone();
        url.set_path(&name);
        Self { name, url: url.to_string() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Leaves the database where it is. Returns its name.
    pub(crate) fn keep(self) -> String {
        std::mem::ManuallyDrop::new(self).name.clone()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) =
            SERVER.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))
        {
            eprintln!("the test database {} stays behind: {error}", self.name);
        }
    }
}
