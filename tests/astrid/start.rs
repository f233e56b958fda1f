//! What the server does with a database that is not at this program's newest revision.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
};

use almanac_database::Database;
use almanac_migration::Target;
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::support::{Engine, Schema, TestDatabase, engines, revisions};

engines!(
    ast_m_12_a_pending_revision_is_named,
    ast_m_12_an_unknown_revision_is_named,
    ast_m_12_complete_phases_are_served_on_demand,
);

/// `almanac` with this database as AstrID's and no other variable.
pub(crate) fn almanac(test: &TestDatabase, state: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_almanac"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("PIPELINE_STATE_DIR", state.path()).env("ASTRID_DATABASE_URL", test.url());
    command.args(arguments);
    command
}

/// Tries to serve, which is refused and changes neither the tables nor the books. Returns why.
async fn refused(test: &TestDatabase) -> String {
    let state = TempDir::new().unwrap();
    let before = state_of(test).await;
    let Output { status, stderr, .. } =
        almanac(test, &state, &["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(before == state_of(test).await, "nothing is changed");
    String::from_utf8(stderr).unwrap()
}

async fn state_of(test: &TestDatabase) -> (Schema, Vec<String>) {
    let connection = test.connection().await;
    let names = revisions(Database::Astrid).names(&connection).await.unwrap();
    let schema = Schema::read(&connection).await;
    connection.close().await.unwrap();
    (schema, names)
}

async fn ast_m_12_a_pending_revision_is_named(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let names = revisions(Database::Astrid).all();
    for (index, pending) in names.iter().enumerate().skip(1) {
        almanac_migration::upgrade(test.address(), &Target::Steps(1), |_| {}).await.unwrap();
        // The first and the last of each kind will do.
        if [1, 5, 10].contains(&index) {
            let message = refused(&test).await;
            assert!(message.contains(&format!("it lacks the revision {pending}")), "{message}");
        }
    }
}

async fn ast_m_12_an_unknown_revision_is_named(engine: Engine) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let connection = test.connection().await;
    let books = Database::Astrid.migration_table();
    let insert =
        format!("INSERT INTO {books} (version, applied_at) VALUES ('m29990101_000001_later', 1)");
    connection.execute_unprepared(&insert).await.unwrap();
    connection.close().await.unwrap();
    let message = refused(&test).await;
    assert!(message.contains("m29990101_000001_later"), "{message}");
    let newest = revisions(Database::Astrid).all().pop().unwrap();
    let back = format!("`almanac migrate downgrade --database astrid {newest}`");
    assert!(message.contains(&back), "which revision to go back to: {message}");
}

/// A server that goes with this.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// Serves the database; returns where, too.
    pub(crate) fn start(test: &TestDatabase, state: &TempDir, flags: &[&str]) -> (Self, String) {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], flags].concat();
        let mut command = almanac(test, state, &arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut server = Self(child);
        let mut line = String::new();
        BufReader::new(server.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_else(|| panic!("it says {line:?}")).to_owned();
        (server, address)
    }
}

/// Asks with these headers, a line each.
pub(crate) fn ask(address: &str, headers: &[&str], query: &str) -> Json {
    let headers: String = headers.iter().flat_map(|header| [*header, "\r\n"]).collect();
    let body = json!({ "query": query }).to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

async fn ast_m_12_complete_phases_are_served_on_demand(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let state = TempDir::new().unwrap();
    almanac_migration::upgrade(test.address(), &Target::Steps(7), |_| {}).await.unwrap();
    let before = state_of(&test).await;
    let (_server, address) = Server::start(&test, &state, &["--serve-partial"]);
    let answer = ask(
        &address,
        &[],
        "{ astridSurveys { totalCount } astridObservations { nodes { ra } } astridCandidates { totalCount } astridModels { totalCount } \
           astridAlerts { totalCount } }",
    );
    assert_eq!(answer["data"]["astridSurveys"]["totalCount"], 8, "{answer}");
    assert_eq!(answer["data"]["astridObservations"]["nodes"], json!([]), "{answer}");
    assert_eq!(answer["data"]["astridCandidates"]["totalCount"], 0, "{answer}");
    let errors = answer["errors"].as_array().unwrap();
    let refused: Vec<_> = errors
        .iter()
        .map(|error| (error["path"][0].as_str().unwrap(), &error["extensions"]["code"]))
        .collect();
    let code = json!("PHASE_NOT_APPLIED");
    // Of the third phase a revision is pending, and its tables are there.
    assert_eq!(refused, [("astridModels", &code), ("astridAlerts", &code)], "{answer}");
    assert!(errors[0]["message"].as_str().unwrap().contains("phase 3"), "{answer}");
    assert!(before == state_of(&test).await, "nothing is changed");
}
