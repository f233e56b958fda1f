//! `almanac doctor`: what is wrong with each database, and the command that mends it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use almanac_database::{
    Address, Database, Environment, Location, Mode, OpenError, Patience, connect_with,
};
use almanac_migration::Status;
use almanac_service::{Error, access::Tokens};
use clap::Args;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use tokio::task::JoinSet;

use crate::output::{say, say_json};

/// How long a database may take to answer the question whether it does.
const GLANCE: Duration = Duration::from_secs(2);

#[derive(Args)]
pub(crate) struct Doctor {
    /// Do not read whole files to find damage in them
    #[arg(long)]
    quick: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How one database does.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) database: Database,
    location: String,
    pub(crate) ill: Option<Illness>,
    /// Its newest revision.
    pub(crate) revision: Option<String>,
    /// Bytes of its file or its tables.
    pub(crate) bytes: Option<u64>,
    /// Bytes of its write-ahead log.
    pub(crate) wal_bytes: Option<u64>,
}

/// What is wrong with a database.
#[derive(Clone, Debug)]
pub(crate) struct Illness {
    /// One word for it.
    state: &'static str,
    /// The same in a sentence, without a path.
    pub(crate) message: String,
    /// What mends it.
    remedy: String,
    /// Whether the server does not start with it, for it would answer wrongly.
    pub(crate) stops_server: bool,
}

impl Illness {
    fn new(state: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state, message: message.into(), remedy: remedy.into(), stops_server: false }
    }

    /// The same for people from elsewhere, who need not know where files are.
    pub(crate) fn public(&self) -> String {
        match self.state {
            "locked" => format!("{}; `almanac doctor` shows who may", self.message),
            _ => self.sentence(),
        }
    }

    /// What is wrong and what mends it.
    pub(crate) fn sentence(&self) -> String {
        format!("{}; {}", self.message, self.remedy)
    }
}

impl Doctor {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let mut findings = examine_all(environment.addresses()?).await;
        if !self.quick {
            for finding in &mut findings {
                let address = environment.address(finding.database)?;
                if finding.ill.is_none() {
                    finding.ill = read_through(&address).await;
                }
            }
        }
        let tokens = Tokens::within(&environment.state_dir().0);
        let open_to_others = readable_by_others(tokens.path());
        let is_well =
            findings.iter().all(|finding| finding.ill.is_none()) && open_to_others.is_none();
        if self.json {
            let databases: Vec<_> = findings.iter().map(as_json).collect();
            say_json(&json!({
                "well": is_well,
                "databases": databases,
                "tokens": open_to_others.as_ref().map(|illness| {
                    json!({ "problem": illness.message, "remedy": illness.remedy })
                }),
            }))?;
        } else {
            for finding in &findings {
                say(as_text(finding));
            }
            if let Some(illness) = &open_to_others {
                say(format_args!("tokens: {}\n  {}", illness.message, illness.remedy));
            }
            say(if is_well { "all is well" } else { "see above for what to do" });
        }
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn as_text(finding: &Finding) -> String {
    let Finding { database, location, .. } = finding;
    match &finding.ill {
        Some(ill) => {
            format!("{database}: {} ({location})\n  {}\n  {}", ill.state, ill.message, ill.remedy)
        }
        None => {
            let revision = finding.revision.as_deref().unwrap_or("no revision");
            format!("{database}: well, at {revision} ({location})")
        }
    }
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let ill = finding.ill.as_ref();
    json!({
        "database": finding.database.as_str(),
        "location": finding.location,
        "state": ill.map_or("well", |ill| ill.state),
        "problem": ill.map(|ill| &ill.message),
        "remedy": ill.map(|ill| &ill.remedy),
        "revision": finding.revision,
        "bytes": finding.bytes,
        "wal_bytes": finding.wal_bytes,
    })
}

/// Looks at all databases at once, no longer than a glance at each.
pub(crate) async fn examine_all(addresses: Vec<Address>) -> Vec<Finding> {
    let mut looks = JoinSet::new();
    for address in addresses {
        looks.spawn(async move { examine(&address).await });
    }
    let mut findings = looks.join_all().await;
    findings.sort_by_key(|finding| finding.database as usize);
    findings
}

async fn examine(address: &Address) -> Finding {
    let mut finding = Finding {
        database: address.database,
        location: address.location.to_string(),
        ill: None,
        revision: None,
        bytes: None,
        wal_bytes: None,
    };
    if let Some(file) = address.location.file() {
        finding.bytes = size(file);
        finding.wal_bytes = size(&beside(file, "-wal"));
    }
    match tokio::time::timeout(GLANCE, glance(address, &mut finding)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => finding.ill = Some(diagnose(address, &error)),
        Err(_) => finding.ill = Some(diagnose(address, &Error::Busy)),
    }
    finding
}

/// Asks a database the least there is to ask, then where it stands.
async fn glance(address: &Address, finding: &mut Finding) -> Result<(), Error> {
    let patience = Patience { connection: GLANCE / 2, lock: GLANCE / 2, statement: Some(GLANCE) };
    let connection = connect_with(address, Mode::Read, &patience).await?;
    let asked = ask(address, &connection, finding).await;
    connection.close().await?;
    asked?;
    let status = almanac_migration::status(address).await?;
    finding.revision = status.current().map(str::to_owned);
    finding.ill = standing(&status);
    Ok(())
}

/// What is wrong with where a database stands: it has revisions that this program does not know, or lacks some.
fn standing(status: &Status) -> Option<Illness> {
    let database = status.database;
    if let Some(unknown) = status.unknown.first() {
        let known = status.revisions.iter().rev().find(|revision| revision.applied);
        let back = known.map_or("base", |revision| &revision.name);
        let message = format!("it has the revision {unknown}, which this program does not know");
        let remedy = format!(
            "use the newer program that applied it, or go back with that one: \
             `almanac migrate downgrade --database {database} {back}`"
        );
        // Whoever rolls AstrID's program back is told so at once; the other databases cost only what they lack.
        let stops_server = database == Database::Astrid;
        return Some(Illness { stops_server, ..Illness::new("ahead", message, remedy) });
    }
    let pending = status.pending().next()?;
    let message = format!("it lacks the revision {pending}");
    let remedy = format!("`almanac migrate upgrade --database {database}` brings it up to date");
    Some(Illness { stops_server: true, ..Illness::new("behind", message, remedy) })
}

async fn ask(
    address: &Address,
    connection: &DatabaseConnection,
    finding: &mut Finding,
) -> Result<(), Error> {
    let backend = connection.get_database_backend();
    let statement = match backend {
        DbBackend::Postgres => Statement::from_sql_and_values(
            backend,
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c \
             JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'",
            [address.schema.clone().into()],
        ),
        _ => Statement::from_string(backend, "SELECT count(*) FROM sqlite_schema"),
    };
    let row = connection.query_one_raw(statement).await?;
    if backend == DbBackend::Postgres {
        let bytes: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        finding.bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    }
    Ok(())
}

fn diagnose(address: &Address, error: &Error) -> Illness {
    let database = address.database;
    tracing::debug!(%database, %error, "a database is not well");
    match error {
        Error::Unavailable(OpenError::Missing { .. }) => Illness::new(
            "missing",
            "there is no such file",
            format!(
                "`almanac migrate upgrade --database {database}` creates it; `almanac paths` shows who says where it is"
            ),
        ),
        Error::Busy | Error::Timeout => Illness::new(
            "locked",
            "another program holds it locked, or it does not answer in time",
            match &address.location {
                Location::File(file) => format!("`fuser {}` shows who does", file.display()),
                _ => "`SELECT * FROM pg_stat_activity` on the server shows who does".to_owned(),
            },
        ),
        _ => match &address.location {
            Location::Postgres(_) => Illness::new(
                "unreachable",
                "the server cannot be reached or refuses us",
                format!(
                    "see to the server; `almanac migrate current --database {database}` says what it answers"
                ),
            ),
            _ => Illness::new(
                "broken",
                "the file is damaged, cannot be read, or is another program's",
                format!(
                    "`almanac migrate current --database {database}` says more; restore it from a backup, or move it \
                     away and `almanac migrate upgrade --database {database}` makes an empty one"
                ),
            ),
        },
    }
}

/// Reads a whole file for damage.
async fn read_through(address: &Address) -> Option<Illness> {
    address.location.file()?;
    let check = async {
        let connection = connect_with(address, Mode::Read, &Patience::default()).await?;
        let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA quick_check(1)");
        let row = connection.query_one_raw(check).await;
        connection.close().await?;
        let answer: Option<String> = row?.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok::<_, Error>(answer.unwrap_or_default())
    };
    match check.await {
        Ok(answer) if answer == "ok" => None,
        Ok(answer) => {
            let broken = diagnose(address, &Error::Schema(String::new()));
            Some(Illness { message: format!("the file is damaged: {answer}"), ..broken })
        }
        Err(error) => Some(diagnose(address, &error)),
    }
}

fn size(file: &Path) -> Option<u64> {
    fs::metadata(file).ok().map(|metadata| metadata.len())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Whether people other than its owner can read the file of tokens.
#[cfg(unix)]
fn readable_by_others(file: &Path) -> Option<Illness> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(file).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| {
        let remedy = format!("`chmod 600 {}`", file.display());
        Illness::new("open", "the file of tokens is open to others than its owner", remedy)
    })
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> Option<Illness> {
    None
}
