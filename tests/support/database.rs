//! Databases to test with: one file or one server database each, gone when they are dropped.

use std::{fs, path::Path};

use almanac_database::{Address, Database, Location, Mode, Origin};
use almanac_service::{Sessions, Writer};
use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTraitSelf;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{Engine, postgres::Scratch, revisions};

/// A database of its own, empty at first.
pub(crate) struct TestDatabase {
    address: Address,
    place: Place,
}

/// What is removed in the end.
enum Place {
    Folder(TempDir),
    Server(Scratch),
}

impl TestDatabase {
    /// An empty database on `engine`: on SQLite a file that does not exist yet.
    pub(crate) async fn new(database: Database, engine: Engine) -> Self {
        let (location, place) = match engine {
            Engine::Sqlite => {
                let folder = TempDir::new().expect("a temporary folder");
                let file = folder.path().join(database.file_name());
                (Location::File(file), Place::Folder(folder))
            }
            Engine::Postgres => {
                let scratch = Scratch::create();
                (Location::parse(scratch.url()).expect("a URL"), Place::Server(scratch))
            }
        };
        let address = Address::new(database, location, Origin::Argument("test"));
        Self { address, place }
    }

    /// An empty database at its newest revision: a copy of one that this process has migrated.
    pub(crate) async fn migrated(database: Database, engine: Engine) -> Self {
        let (location, place) = match engine {
            Engine::Sqlite => {
                let folder = TempDir::new().expect("a temporary folder");
                let file = folder.path().join(database.file_name());
                fs::write(&file, Box::pin(migrated_file(database)).await).expect("a file");
                (Location::File(file), Place::Folder(folder))
            }
            Engine::Postgres => {
                let scratch = Scratch::copy(Box::pin(migrated_server(database)).await);
                (Location::parse(scratch.url()).expect("a URL"), Place::Server(scratch))
            }
        };
        let address = Address::new(database, location, Origin::Argument("test"));
        Self { address, place }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Its address as `DATABASE_URL` takes it.
    pub(crate) fn url(&self) -> String {
        match (&self.address.location, &self.place) {
            (Location::File(path), _) => format!("sqlite://{}", path.display()),
            (_, Place::Server(scratch)) => scratch.url().to_owned(),
            _ => unreachable!("a test database is a file or on a server"),
        }
    }

    /// Its file.
    ///
    /// # Panics
    /// On PostgreSQL.
    pub(crate) fn file(&self) -> &Path {
        self.address.location.file().expect("an SQLite file")
    }

    /// Applies all revisions.
    pub(crate) async fn migrate(&self) {
        let connection = self.connection().await;
        revisions(self.address.database).up(&connection, None).await.expect("all revisions apply");
        connection.close().await.expect("it closes");
    }

    /// The migrators' connection: it creates the file, and on SQLite does not enforce foreign keys.
    pub(crate) async fn connection(&self) -> DatabaseConnection {
        almanac_migration::open(&self.address).await.expect("the database opens for its migrator")
    }

    /// The sessions of the service, with this database only.
    pub(crate) fn sessions(&self) -> Sessions {
        Sessions::new(vec![self.address.clone()])
    }

    /// The session that writes.
    pub(crate) async fn writer(&self) -> Writer {
        self.sessions().writer(self.address.database).await.expect("the database opens for writing")
    }
}

/// The bytes of a migrated file.
async fn migrated_file(database: Database) -> &'static [u8] {
    static FILES: Once<Vec<u8>> = [const { OnceCell::const_new() }; Database::ALL.len()];
    let make = async || {
        let test = TestDatabase::new(database, Engine::Sqlite).await;
        test.migrate().await;
        assert!(!test.file().with_extension("sqlite3-wal").exists(), "all of it is in the file");
        fs::read(test.file()).expect("the file")
    };
    FILES[database as usize].get_or_init(make).await
}

/// The name of a migrated database of the server. It stays until the next tests sweep what is left.
async fn migrated_server(database: Database) -> &'static str {
    static NAMES: Once<String> = [const { OnceCell::const_new() }; Database::ALL.len()];
    let make = async || {
        let test = TestDatabase::new(database, Engine::Postgres).await;
        test.migrate().await;
        let Place::Server(scratch) = test.place else { unreachable!("it is on a server") };
        scratch.keep()
    };
    NAMES[database as usize].get_or_init(make).await
}

/// Something of each database, made when it is first asked for.
type Once<T> = [OnceCell<T>; Database::ALL.len()];

/// Opens the database at `address` for its migrator, whoever made its tables.
pub(crate) async fn connect(address: &Address) -> DatabaseConnection {
    almanac_database::connect(address, Mode::Migrate).await.expect("the database opens")
}
