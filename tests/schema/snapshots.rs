//! Every database at its newest revision, in words: a change of a schema is a change people can read.
//! `cargo insta accept` takes it over; without that program, `INSTA_UPDATE=always` in a test run does.

use almanac_database::Database;

use crate::support::{Engine, Schema, TestDatabase, databases};

databases!(at_head);

async fn at_head(engine: Engine, database: Database) {
    let test = TestDatabase::migrated(database, engine).await;
    let connection = test.connection().await;
    let text = Schema::read(&connection).await.to_string();
    let engine = match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("{database}_{engine}"), text));
}
