//! The real `sea-orm-cli migrate`, as people run it from the workspace's root.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use almanac_database::{Address, Database, Location, Origin};
use sea_orm_migration::MigratorTraitSelf;

use crate::support::{Engine, Schema, TestDatabase, assert_same, connect, revisions};

/// The installed program: `SEA_ORM_CLI` names it, else it is where `make tools` puts it.
fn program() -> PathBuf {
    let path = env::var_os("SEA_ORM_CLI").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/sea-orm-cli"),
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "there is no {}: run `make tools`, or set SEA_ORM_CLI to an installed sea-orm-cli",
        path.display()
    );
    path
}

/// What else the program and its child read.
static OTHERS: [&str; 5] =
    ["DATABASE", "DATABASE_URL", "DATABASE_SCHEMA", "MIGRATION_DIR", "ALMANAC_ALLOW_DATA_LOSS"];

/// `sea-orm-cli migrate` with some variables set and no other of ours.
struct Cli<'a> {
    arguments: &'a [&'a str],
    variables: &'a [(&'a str, &'a str)],
}

impl Cli<'_> {
    /// Runs a verb; returns whether it went well, and what was printed.
    fn run(&self, verb: &[&str]) -> (bool, String) {
        let mut command = Command::new(program());
        command.arg("migrate").args(self.arguments).args(verb);
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        for variable in Database::ALL.into_iter().flat_map(Database::variables).chain(&OTHERS) {
            command.env_remove(variable);
        }
        let output = command.envs(self.variables.iter().copied()).output().expect("it starts");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    #[track_caller]
    fn succeeds(&self, verb: &[&str]) -> String {
        let (success, text) = self.run(verb);
        assert!(success, "{verb:?} failed:\n{text}");
        text
    }

    #[track_caller]
    fn fails(&self, verb: &[&str]) -> String {
        let (success, text) = self.run(verb);
        assert!(!success, "{verb:?} did not fail:\n{text}");
        text
    }
}

/// How many revisions are applied at `address`, and the schema they made.
async fn state(address: &Address) -> (usize, Schema) {
    let connection = connect(address).await;
    let books = revisions(address.database).applied(&connection).await.unwrap();
    let schema = Schema::read(&connection).await;
    connection.close().await.unwrap();
    (books.iter().filter(|(_, applied)| *applied).count(), schema)
}

/// Every verb once, and what it leaves at `address`.
async fn verbs(cli: &Cli<'_>, address: &Address) {
    let names = revisions(address.database).migrations();
    let all = names.len();

    let before = cli.succeeds(&["status"]);
    assert_eq!(before.matches("Pending").count(), all, "{before}");
    cli.succeeds(&["up"]);
    let (applied, head) = state(address).await;
    assert_eq!(applied, all);

    let status = cli.succeeds(&["status"]);
    assert_eq!(status.matches("Applied").count(), all, "{status}");
    assert!(names.iter().all(|revision| status.contains(revision.name())), "{status}");

    cli.succeeds(&["down"]);
    assert_eq!(state(address).await.0, all - 1);
    cli.succeeds(&["down", "-n", "2"]);
    assert_eq!(state(address).await.0, all - 3);
    cli.succeeds(&["up", "-n", "1"]);
    assert_eq!(state(address).await.0, all - 2);

    for verb in ["refresh", "fresh"] {
        cli.succeeds(&[verb]);
        let (applied, schema) = state(address).await;
        assert_eq!(applied, all);
        assert_same(&head, &schema, verb);
    }
    cli.succeeds(&["reset"]);
    let (applied, schema) = state(address).await;
    assert_eq!(applied, 0);
    assert_same(&Schema::default(), &schema, "reset");
}

/// One test for all, since they wait for each other in cargo anyway.
#[tokio::test]
async fn every_verb_of_sea_orm_cli() {
    // The default folder; the file lies below the state directory.
    let state_dir = tempfile::tempdir().unwrap();
    let folder = state_dir.path().to_str().unwrap();
    let file = Location::File(state_dir.path().join("products.sqlite3"));
    let address = Address::new(Database::Products, file, Origin::Default);
    let variables = [("DATABASE", "products"), ("PIPELINE_STATE_DIR", folder)];
    verbs(&Cli { arguments: &[], variables: &variables }, &address).await;

    // The database's own crate, on an address of its own.
    let test = TestDatabase::new(Database::Products, Engine::Sqlite).await;
    let variables = [("DATABASE_URL", &*test.url())];
    verbs(&Cli { arguments: &["-d", "migration/products"], variables: &variables }, test.address())
        .await;

    // A server, once by its variable and once by the argument.
    let test = TestDatabase::new(Database::CalRegistry, Engine::Postgres).await;
    let url = test.url();
    let variables = [("DATABASE", "cal_registry"), ("DATABASE_URL", &*url)];
    verbs(&Cli { arguments: &[], variables: &variables }, test.address()).await;
    let arguments = ["-d", "migration/cal_registry", "-u", &url];
    verbs(&Cli { arguments: &arguments, variables: &[] }, test.address()).await;

    // Which database is meant has to be said.
    let unknown = Cli { arguments: &[], variables: &[("DATABASE", "product")] }.fails(&["up"]);
    assert!(unknown.contains("`product`") && unknown.contains("cal_registry"), "{unknown}");
    let unsaid = Cli { arguments: &[], variables: &[] }.fails(&["up"]);
    assert!(unsaid.contains("set DATABASE"), "{unsaid}");

    // Rows are not destroyed unasked.
    let variables = [("DATABASE", "astrid"), ("PIPELINE_STATE_DIR", folder)];
    let cli = Cli { arguments: &[], variables: &variables };
    cli.succeeds(&["up"]);
    let file = Location::File(state_dir.path().join("astrid.sqlite3"));
    let address = Address::new(Database::Astrid, file, Origin::Default);
    let connection = connect(&address).await;
    let used = "UPDATE surveys SET updated_at = '2999-01-01 00:00:00+00:00' WHERE name = 'HST'";
    sea_orm::ConnectionTrait::execute_unprepared(&connection, used).await.unwrap();
    connection.close().await.unwrap();
    let blocked = cli.fails(&["reset"]);
    assert!(blocked.contains("DowngradeBlocked") && blocked.contains("HST"), "{blocked}");
    let allowed = [&variables[..], &[("ALMANAC_ALLOW_DATA_LOSS", "yes")]].concat();
    Cli { arguments: &[], variables: &allowed }.succeeds(&["reset"]);
}
