//! Schemas of a PostgreSQL database that the tests running at one time share: to make a database takes
//! longer than most of them.

use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicU32, Ordering},
};

use migration_schema::{Schema, reflect};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

use super::postgres::Scratch;

static SHARED: Mutex<Weak<Scratch>> = Mutex::new(Weak::new());

/// A connection to the database, which goes with the last of them.
pub(crate) struct Server {
    pub(crate) connection: DatabaseConnection,
    _scratch: Arc<Scratch>,
}

impl Server {
    /// One connection.
    pub(crate) async fn new() -> Self {
        let scratch = shared();
        let mut options = ConnectOptions::new(scratch.url());
        // A connection that took the place of this one would not know where names are looked for.
        options.max_connections(1).max_lifetime(None).idle_timeout(None).sqlx_logging(false);
        let connection = Database::connect(options).await.expect("the server answers");
        Self { connection, _scratch: scratch }
    }

    /// Makes a schema by some statements; it is where unqualified names are looked for from now on. Its
    /// name is `name` and a number.
    pub(crate) async fn make(&self, name: &str, ddl: &str) -> String {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("{name} {}", MADE.fetch_add(1, Ordering::Relaxed));
        let made = format!("CREATE SCHEMA \"{name}\"; SET search_path = \"{name}\"; {ddl}");
        let made = self.connection.execute_unprepared(&made).await;
        made.unwrap_or_else(|error| panic!("{ddl}: {error}"));
        name
    }

    /// Reads the schema `name`.
    pub(crate) async fn schema(&self, name: &str) -> Schema {
        reflect(&self.connection, name).await.expect("it is read")
    }
}

/// The database, which stays while anybody holds this.
pub(crate) fn shared() -> Arc<Scratch> {
    let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let scratch = Arc::new(Scratch::create());
        *shared = Arc::downgrade(&scratch);
        scratch
    })
}
