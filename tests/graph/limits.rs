//! What a session refuses: statements that take too long, too many of them, and rows that are there already.

use std::time::Duration;

use almanac_database::{Database, Patience};
use almanac_entity::products::ms_index;
use almanac_service::{Budget, Error, Repository, Sessions};
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    support::{Engine, TestDatabase, engines},
    world::measurement_set,
};

engines! {
    a_statement_that_does_not_end_is_ended,
    a_request_has_so_many_statements,
    a_conflict_names_the_columns_and_not_the_engine,
}

async fn a_statement_that_does_not_end_is_ended(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let patience = Patience { statement: Some(Duration::from_millis(500)), ..Patience::default() };
    let sessions = Sessions::with_patience(vec![test.address().clone()], None, patience);
    let reader = sessions.reader(Database::Products).await.unwrap();
    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n";
    let statement = |sql: &str| Statement::from_string(reader.get_database_backend(), sql);
    for _ in 0..2 {
        let error = Error::from(reader.query_one_raw(statement(endless)).await.unwrap_err());
        assert!(matches!(error, Error::Timeout), "{error:?}");
    }
    assert!(reader.query_one_raw(statement("SELECT 1")).await.unwrap().is_some(), "it goes on");
    sessions.reset().await;
}

async fn a_request_has_so_many_statements(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    let reader = sessions.reader(Database::Products).await.unwrap();
    let sets = Repository::<_, ms_index::Entity>::new(&reader);
    let budget = Budget::new(2);
    let third = budget.scope(async {
        sets.find("/ms/1.ms".to_owned()).await.unwrap();
        sets.find("/ms/2.ms".to_owned()).await.unwrap();
        sets.find("/ms/3.ms".to_owned()).await
    });
    assert!(matches!(third.await, Err(Error::TooManyStatements)));
    assert_eq!(budget.spent(), 2);
    sessions.reset().await;
}

async fn a_conflict_names_the_columns_and_not_the_engine(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let writer = test.writer().await;
    let sets = Repository::<_, ms_index::Entity>::new(&writer);
    sets.insert(measurement_set(1)).await.unwrap();
    let error = sets.insert(measurement_set(1)).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)));
    assert_eq!(error.to_string(), "there is a row with this path already");
}
