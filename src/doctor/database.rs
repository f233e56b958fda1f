//! What is wrong with one database, and the command that mends it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use almanac_database::{Address, Database, Location, Mode, OpenError, Patience, connect_with};
use almanac_migration::Status;
use almanac_service::Error;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use tokio::task::JoinSet;

/// How long a database may take to answer the question whether it does.
const GLANCE: Duration = Duration::from_secs(2);

/// How one database does.
#[derive(Clone, Debug)]
pub(crate) struct Health {
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
    pub(super) remedy: String,
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

/// For people.
pub(super) fn as_text(health: &Health) -> String {
    let Health { database, location, .. } = health;
    match &health.ill {
        Some(ill) => {
            format!("{database}: {} ({location})\n  {}\n  {}", ill.state, ill.message, ill.remedy)
        }
        None => {
            let revision = health.revision.as_deref().unwrap_or("no revision");
            format!("{database}: well, at {revision} ({location})")
        }
    }
}

/// For programs.
pub(super) fn as_json(health: &Health) -> serde_json::Value {
    let ill = health.ill.as_ref();
    json!({
        "database": health.database.as_str(),
        "location": health.location,
        "state": ill.map_or("well", |ill| ill.state),
        "problem": ill.map(|ill| &ill.message),
        "remedy": ill.map(|ill| &ill.remedy),
        "revision": health.revision,
        "bytes": health.bytes,
        "wal_bytes": health.wal_bytes,
    })
}

/// Looks at all databases at once, no longer than a glance at each.
pub(crate) async fn examine_all(addresses: Vec<Address>) -> Vec<Health> {
    let mut looks = JoinSet::new();
    for address in addresses {
        looks.spawn(async move { examine(&address).await });
    }
    let mut all = looks.join_all().await;
    all.sort_by_key(|health| health.database as usize);
    all
}

async fn examine(address: &Address) -> Health {
    let mut health = Health {
        database: address.database,
        location: address.location.to_string(),
        ill: None,
        revision: None,
        bytes: None,
        wal_bytes: None,
    };
    if let Some(file) = address.location.file() {
        health.bytes = size(file);
        health.wal_bytes = size(&beside(file, "-wal"));
    }
    match tokio::time::timeout(GLANCE, glance(address, &mut health)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => health.ill = Some(diagnose(address, &error)),
        Err(_) => health.ill = Some(diagnose(address, &Error::Busy)),
    }
    health
}

/// Asks a database the least there is to ask, then where it stands.
async fn glance(address: &Address, health: &mut Health) -> Result<(), Error> {
    let patience = Patience { connection: GLANCE / 2, lock: GLANCE / 2, statement: Some(GLANCE) };
    let connection = connect_with(address, Mode::Read, &patience).await?;
    let asked = ask(address, &connection, health).await;
    connection.close().await?;
    asked?;
    let status = almanac_migration::status(address).await?;
    health.revision = status.current().map(str::to_owned);
    health.ill = standing(&status);
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
    health: &mut Health,
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
        health.bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    }
    Ok(())
}

fn diagnose(address: &Address, error: &Error) -> Illness {
    let database = address.database;
    tracing::debug!(%database, %error, "a database is not well");
    match error {
        Error::Unavailable(OpenError::Missing { path, .. }) if in_db(path).is_some() => {
            Illness::new(
                "missing",
                "there is no such file, but one in the folder db beside it",
                format!(
                    "move it to where it is looked for, or set {} to {}",
                    database.variables()[0],
                    in_db(path).unwrap_or_default().display()
                ),
            )
        }
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

/// Where the Python pipeline once kept a database.
fn in_db(file: &Path) -> Option<PathBuf> {
    let old = file.parent()?.join("db").join(file.file_name()?);
    old.is_file().then_some(old)
}

/// Reads a whole file for damage.
pub(super) async fn read_through(address: &Address) -> Option<Illness> {
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

/// In what the tables are not those that the revisions made.
pub(super) async fn drift(address: &Address) -> Option<Illness> {
    let database = address.database;
    let faults = match almanac_migration::verify(address).await {
        Ok(verdict) => verdict.faults(),
        Err(error) => vec![error.to_string()],
    };
    let first = faults.first()?;
    let more = match faults.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(Illness::new(
        "changed",
        format!("its tables are not those that its revisions made: {first}{more}"),
        format!(
            "`almanac migrate verify --database {database}` lists it; keep what is wanted in a revision, take the \
             rest back"
        ),
    ))
}

fn size(file: &Path) -> Option<u64> {
    fs::metadata(file).ok().map(|metadata| metadata.len())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
