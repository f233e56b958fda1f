//! What plans do to rows, and what they refuse.

use migration_schema::{
    ColumnRename, Error, Hints, Plan, Safety, Schema, TableRename, apply, compare, prove,
};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::server::Server;

/// A schema with rows, and one that it should be.
struct Two {
    server: Server,
    name: String,
    actual: Schema,
    desired: Schema,
}

impl Two {
    async fn new(actual: &str, desired: &str) -> Self {
        let server = Server::new().await;
        let desired = server.make("model", desired).await;
        let name = server.make("live", actual).await;
        let (actual, desired) = (server.schema(&name).await, server.schema(&desired).await);
        Self { server, name, actual, desired }
    }

    fn plan(&self, hints: &Hints) -> Plan {
        Plan::between(&self.actual, &self.desired, hints).expect("there is a way")
    }

    async fn number(&self, sql: &str) -> i64 {
        let connection = &self.server.connection;
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.expect(sql).expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    /// Proves a plan, goes there, and answers what is left to change: nothing.
    async fn go(&self, plan: &Plan) {
        let connection = &self.server.connection;
        prove(connection, &self.actual, &self.desired, plan).await.expect("it is proved");
        apply(connection, &self.name, &plan.up).await.expect("it is applied");
        let now = self.server.schema(&self.name).await;
        let left = compare(&now, &self.desired, &Hints::default()).expect("one engine");
        assert!(left.is_empty(), "{left:?}");
    }

    async fn back(&self, plan: &Plan) {
        apply(&self.server.connection, &self.name, &plan.down).await.expect("it is taken back");
        let end = self.server.schema(&self.name).await;
        assert_eq!(end.fingerprint(), self.actual.fingerprint());
    }
}

#[tokio::test]
async fn a_rename_that_is_declared_keeps_the_values() {
    let two = Two::new(
        "CREATE TABLE images (id serial PRIMARY KEY, noise float8 CHECK (noise > 0));
         CREATE INDEX by_noise ON images (noise) WHERE noise > 1;
         CREATE TABLE marks (image int REFERENCES images);
         INSERT INTO images VALUES (1, 2.5); INSERT INTO marks VALUES (1)",
        "CREATE TABLE pictures (id serial PRIMARY KEY, noise_jy float8 NOT NULL CHECK (noise_jy > 0));
         CREATE INDEX by_noise ON pictures (noise_jy) WHERE noise_jy > 1;
         CREATE TABLE marks (image int REFERENCES pictures)",
    )
    .await;
    let (table, from, to) = ("pictures".to_owned(), "noise".to_owned(), "noise_jy".to_owned());
    let hints = Hints {
        tables: vec![TableRename { from: "images".to_owned(), to: "pictures".to_owned() }],
        columns: vec![ColumnRename { table, from, to }],
        ..Hints::default()
    };
    let plan = two.plan(&hints);
    two.go(&plan).await;
    assert_eq!(two.number("SELECT COUNT(*) FROM pictures WHERE noise_jy = 2.5").await, 1);
    two.back(&plan).await;
    assert_eq!(two.number("SELECT COUNT(*) FROM images WHERE noise = 2.5").await, 1);
}

#[tokio::test]
async fn a_label_that_goes_is_blocked_with_advice() {
    let two =
        Two::new("CREATE TYPE kind AS ENUM ('a', 'b')", "CREATE TYPE kind AS ENUM ('a')").await;
    let plan = two.plan(&Hints::default());
    assert_eq!(plan.safety(), Safety::Blocked);
    assert!(
        plan.up[0].summary.starts_with("the type kind cannot lose b: give the rows"),
        "{plan:?}"
    );
}

#[tokio::test]
async fn a_label_is_added_in_its_place() {
    let two = Two::new(
        "CREATE TYPE kind AS ENUM ('b', 'd'); CREATE TABLE t (k kind DEFAULT 'b'); INSERT INTO t VALUES ('d')",
        "CREATE TYPE kind AS ENUM ('a', 'b', 'c', 'd'); CREATE TABLE t (k kind DEFAULT 'b')",
    )
    .await;
    let plan = two.plan(&Hints::default());
    assert_eq!(plan.safety(), Safety::Safe);
    two.go(&plan).await;
    two.back(&plan).await;
    assert_eq!(two.number("SELECT COUNT(*) FROM t WHERE k = 'd'").await, 1);
}

#[tokio::test]
async fn a_table_does_not_take_the_place_of_a_partitioned_one() {
    let two = Two::new(
        "CREATE TABLE e (d date NOT NULL) PARTITION BY RANGE (d)",
        "CREATE TABLE e (d date NOT NULL)",
    )
    .await;
    let plan = two.plan(&Hints::default());
    assert!(plan.up[0].summary.contains("there is a partitioned table of that name"), "{plan:?}");
    assert_eq!(plan.safety(), Safety::Blocked);
}

#[tokio::test]
async fn a_type_that_widens_is_safe_and_one_that_narrows_is_counted() {
    let two = Two::new(
        "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, '2'), (2, NULL)",
        "CREATE TABLE t (a bigint, b int)",
    )
    .await;
    let plan = two.plan(&Hints::default());
    let mut costs = Vec::new();
    for one in &plan.up {
        costs.push((one.safety, one.rows(&two.server.connection).await.expect("a number")));
    }
    assert_eq!(costs, [(Safety::Safe, None), (Safety::Lossy, Some(1))]);
    two.go(&plan).await;
    assert_eq!(two.number("SELECT SUM(b) FROM t").await, 2);
}

#[tokio::test]
async fn constraints_go_by_the_names_that_they_have() {
    let two = Two::new(
        "CREATE TABLE p (id int CONSTRAINT of_old PRIMARY KEY);
         CREATE TABLE t (a int, CONSTRAINT handmade FOREIGN KEY (a) REFERENCES p)",
        "CREATE TABLE p (id int, b int DEFAULT 1, PRIMARY KEY (id) INCLUDE (b));
         CREATE TABLE t (a int REFERENCES p)",
    )
    .await;
    let plan = two.plan(&Hints::default());
    two.go(&plan).await;
    two.back(&plan).await;
}

#[tokio::test]
async fn views_go_and_come_around_a_change() {
    let two = Two::new(
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW u AS SELECT a FROM v",
        "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a, b FROM t; CREATE VIEW u AS SELECT a, b FROM v",
    )
    .await;
    let plan = two.plan(&Hints::default());
    two.go(&plan).await;
    two.back(&plan).await;
}

#[tokio::test]
async fn a_plan_that_fails_leaves_everything_as_it_was() {
    let two = Two::new(
        "CREATE TABLE t (a int); INSERT INTO t VALUES (NULL)",
        "CREATE TABLE n (a int); CREATE TABLE t (a int NOT NULL)",
    )
    .await;
    let plan = two.plan(&Hints::default());
    let error = apply(&two.server.connection, &two.name, &plan.up).await.expect_err("a NULL");
    assert!(matches!(error, Error::Statement { .. }), "{error}");
    assert_eq!(two.server.schema(&two.name).await, two.actual);
}

#[tokio::test]
async fn numbering_begins_where_the_rows_end() {
    let two = Two::new(
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (41, 0)",
        "CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int)",
    )
    .await;
    let plan = two.plan(&Hints::default());
    two.go(&plan).await;
    let insert = "INSERT INTO t (a) VALUES (1)";
    two.server.connection.execute_unprepared(insert).await.expect("a row");
    assert_eq!(two.number("SELECT MAX(id)::bigint FROM t").await, 42);
    two.back(&plan).await;
}

#[tokio::test]
async fn a_computed_column_goes_and_comes_with_what_is_over_it() {
    let two = Two::new(
        "CREATE TABLE t (a int, g int GENERATED ALWAYS AS (a * 2) STORED, h int GENERATED ALWAYS AS (1 + 1) STORED,
            CONSTRAINT c CHECK (g > 0 AND h > 0), CONSTRAINT u UNIQUE (g, a));
         CREATE INDEX i ON t (h) INCLUDE (g); INSERT INTO t (a) VALUES (2)",
        "CREATE TABLE t (a bigint, g int GENERATED ALWAYS AS (a * 2) STORED, h int GENERATED ALWAYS AS (1 + 2) STORED,
            CONSTRAINT c CHECK (g > 0 AND h > 0), CONSTRAINT u UNIQUE (g, a));
         CREATE INDEX i ON t (h) INCLUDE (g)",
    )
    .await;
    let plan = two.plan(&Hints::default());
    two.go(&plan).await;
    assert_eq!(two.number("SELECT SUM(g + h) FROM t").await, 7);
    two.back(&plan).await;
    assert_eq!(two.number("SELECT SUM(g + h) FROM t").await, 6);
}

#[tokio::test]
async fn a_function_that_a_trigger_calls_is_there_for_the_proof() {
    let made = "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN new.a := 1 + (SELECT COUNT(*) FROM t); RETURN new; END $$;
         CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
    let two = Two::new(made, &made.replace("a int", "a int, b int")).await;
    assert_eq!(two.actual.unmanaged, two.desired.unmanaged);
    let plan = two.plan(&Hints::default());
    assert_eq!(plan.up.len(), 1);
    two.go(&plan).await;
    two.back(&plan).await;
}
