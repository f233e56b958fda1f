//! What plans do to rows, and what they refuse.

use migration_schema::{
    ColumnRename, Error, Hints, Plan, Safety, Step, TableRename, apply, compare, prove, reflect,
};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use tempfile::TempDir;

use crate::support::memory::{database, schema};

/// A parent with a child that goes when its parent does; a trigger, a view, and a counter that is ahead
/// of the rows.
const FAMILY: &str = "
CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
CREATE INDEX by_name ON parents (name);
CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parents ON DELETE CASCADE);
CREATE TABLE log (line TEXT);
CREATE TRIGGER parents_log AFTER INSERT ON parents BEGIN INSERT INTO log VALUES (new.name); END;
CREATE VIEW names AS SELECT name FROM parents;
INSERT INTO parents VALUES (1, 'a'), (2, 'b'), (9, 'gone');
DELETE FROM parents WHERE id = 9;
INSERT INTO children VALUES (10, 1), (20, 2);
DELETE FROM log";

/// The same, but a name has to be there and is checked.
const STRICTER: &str = "
CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL CHECK (name <> ''));
CREATE INDEX by_name ON parents (name);
CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parents ON DELETE CASCADE);
CREATE TABLE log (line TEXT)";

async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.expect(sql).expect("a row");
    row.try_get_by_index(0).expect("a number")
}

async fn plan(connection: &DatabaseConnection, desired: &str, hints: &Hints) -> Plan {
    let actual = reflect(connection, "main").await.expect("it is read");
    Plan::between(&actual, &schema(desired).await, hints).expect("there is a way")
}

/// Rebuilds the parent in a pool, and loses nothing.
async fn rebuilds_in_a_pool_of(connections: u32) {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("family.sqlite3").display());
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).min_connections(connections).sqlx_logging(false);
    let live = Database::connect(options).await.expect("a file");
    live.execute_unprepared(FAMILY).await.expect("a family");
    assert_eq!(number(&live, "PRAGMA foreign_keys").await, 1);

    let plan = plan(&live, STRICTER, &Hints::default()).await;
    assert_eq!(plan.up.len(), 1, "{plan:#?}");
    assert_eq!(plan.safety(), Safety::NeedsDefault);
    for way in [&plan.up, &plan.down, &plan.up] {
        apply(&live, "main", way).await.expect("it is applied");
        assert_eq!(
            number(&live, "SELECT COUNT(*) FROM children JOIN parents ON parents.id = parent")
                .await,
            2
        );
    }
    for _ in 0..connections {
        assert_eq!(number(&live, "PRAGMA foreign_keys").await, 1);
        assert_eq!(number(&live, "PRAGMA legacy_alter_table").await, 0);
    }
    live.execute_unprepared("INSERT INTO parents (name) VALUES ('new')").await.expect("a row");
    assert_eq!(number(&live, "SELECT MAX(id) FROM parents").await, 10);
    assert_eq!(number(&live, "SELECT COUNT(*) FROM log").await, 1);
    assert_eq!(number(&live, "SELECT COUNT(*) FROM names").await, 3);
    let left = compare(
        &reflect(&live, "main").await.expect("it is read"),
        &schema(STRICTER).await,
        &Hints::default(),
    );
    assert!(left.expect("one engine").is_empty());
}

#[tokio::test]
async fn a_parent_is_rebuilt_in_a_pool_of_one_and_loses_no_child() {
    rebuilds_in_a_pool_of(1).await;
}

#[tokio::test]
async fn a_parent_is_rebuilt_in_a_pool_of_five_and_loses_no_child() {
    rebuilds_in_a_pool_of(5).await;
}

#[tokio::test]
async fn a_plan_that_fails_leaves_everything_as_it_was() {
    let live = database(FAMILY).await;
    live.execute_unprepared("INSERT INTO parents (name) VALUES (NULL)").await.expect("a row");
    let before = reflect(&live, "main").await.expect("it is read");
    let plan = plan(&live, STRICTER, &Hints::default()).await;
    let error = apply(&live, "main", &plan.up).await.expect_err("a name is missing");
    assert!(matches!(error, Error::Statement { .. }), "{error}");
    assert_eq!(reflect(&live, "main").await.expect("it is read"), before);
    assert_eq!(number(&live, "PRAGMA foreign_keys").await, 1);
    assert_eq!(number(&live, "SELECT COUNT(*) FROM parents").await, 3);
}

#[tokio::test]
async fn a_rename_that_is_declared_keeps_the_values() {
    let live = database(
        "CREATE TABLE images (id INTEGER PRIMARY KEY, noise REAL CHECK (noise > 0), kind TEXT);
         CREATE INDEX by_noise ON images (noise) WHERE noise > 1;
         CREATE TABLE marks (image INTEGER REFERENCES images);
         CREATE TRIGGER t AFTER UPDATE ON images BEGIN DELETE FROM marks WHERE image = new.noise; END;
         INSERT INTO images VALUES (1, 2.5, 'x'); INSERT INTO marks VALUES (1)",
    )
    .await;
    let desired = "CREATE TABLE pictures (id INTEGER PRIMARY KEY, noise_jy REAL CHECK (noise_jy > 0), kind TEXT NOT NULL);
         CREATE INDEX by_noise ON pictures (noise_jy) WHERE noise_jy > 1;
         CREATE TABLE marks (image INTEGER REFERENCES pictures)";
    let (table, from, to) = ("pictures".to_owned(), "noise".to_owned(), "noise_jy".to_owned());
    let hints = Hints {
        tables: vec![TableRename { from: "images".to_owned(), to: "pictures".to_owned() }],
        columns: vec![ColumnRename { table, from, to }],
        ..Hints::default()
    };
    let actual = reflect(&live, "main").await.expect("it is read");
    let plan = plan(&live, desired, &hints).await;
    let desired = schema(desired).await;
    prove(&live, &actual, &desired, &plan).await.expect("it is proved");
    apply(&live, "main", &plan.up).await.expect("it is applied");
    assert_eq!(number(&live, "SELECT COUNT(*) FROM pictures WHERE noise_jy = 2.5").await, 1);
    let now = reflect(&live, "main").await.expect("it is read");
    assert!(compare(&now, &desired, &hints).expect("renamed long ago").is_empty());
    apply(&live, "main", &plan.down).await.expect("it is taken back");
    assert_eq!(number(&live, "SELECT COUNT(*) FROM images WHERE noise = 2.5").await, 1);
    let end = reflect(&live, "main").await.expect("it is read");
    assert_eq!(end.fingerprint(), actual.fingerprint());
}

#[tokio::test]
async fn a_rename_to_a_name_that_is_there_is_refused() {
    let actual = schema("CREATE TABLE t (a INT, b INT)").await;
    let desired = schema("CREATE TABLE t (b INT)").await;
    let (table, from, to) = ("t".to_owned(), "a".to_owned(), "b".to_owned());
    let hints = Hints { columns: vec![ColumnRename { table, from, to }], ..Hints::default() };
    let error = compare(&actual, &desired, &hints).expect_err("both are there");
    assert_eq!(
        error.to_string(),
        "column t.a cannot be renamed to t.b: both are there. Move what t.a holds, then drop it"
    );
}

#[tokio::test]
async fn what_a_rebuild_would_lose_blocks_it() {
    let live = database("CREATE TABLE t (a INT UNIQUE ON CONFLICT REPLACE)").await;
    let plan = plan(&live, "CREATE TABLE t (a INT UNIQUE, CHECK (a > 0))", &Hints::default()).await;
    assert_eq!(plan.safety(), Safety::Blocked);
    let error = apply(&live, "main", &plan.up).await.expect_err("it is blocked");
    assert!(error.to_string().contains("ON CONFLICT clause"), "{error}");
}

#[tokio::test]
async fn a_table_does_not_take_the_place_of_a_virtual_one() {
    let live = database("CREATE VIRTUAL TABLE t USING fts5(a)").await;
    let plan = plan(&live, "CREATE TABLE t (a INT)", &Hints::default()).await;
    assert_eq!(plan.safety(), Safety::Blocked);
    assert!(plan.up[0].summary.contains("virtual table"), "{plan:?}");
}

#[tokio::test]
async fn columns_come_and_go_without_a_rebuild_where_that_can_be() {
    let live = database(
        "CREATE TABLE t (a INT, old TEXT); CREATE TABLE u (a INT);
         INSERT INTO t VALUES (1, 'x'), (2, NULL); INSERT INTO u VALUES (1)",
    )
    .await;
    let plan = plan(&live, "CREATE TABLE t (a INT, new TEXT DEFAULT 'n')", &Hints::default()).await;
    let steps: Vec<String> =
        plan.up.iter().flat_map(|one| &one.steps).map(Step::to_string).collect();
    assert_eq!(
        steps,
        [
            "DROP TABLE \"u\";",
            "ALTER TABLE \"t\" ADD COLUMN \"new\" TEXT DEFAULT 'n';",
            "ALTER TABLE \"t\" DROP COLUMN \"old\";",
        ]
    );
    let mut costs = Vec::new();
    for operation in &plan.up {
        costs.push((operation.safety, operation.rows(&live).await.expect("a number")));
    }
    let (gone, free) = (Safety::Destructive, Safety::Safe);
    assert_eq!(costs, [(gone, Some(1)), (free, None), (gone, Some(1))]);
}

#[tokio::test]
async fn a_view_that_would_work_no_more_stops_a_plan() {
    let live = database("CREATE TABLE t (a INT, b INT); CREATE VIEW v AS SELECT b FROM t").await;
    let plan = plan(&live, "CREATE TABLE t (a INT)", &Hints::default()).await;
    let error = apply(&live, "main", &plan.up).await.expect_err("the view needs b");
    assert!(error.to_string().contains("the view v would work no more"), "{error}");
    assert_eq!(number(&live, "SELECT COUNT(b) FROM v").await, 0);
}

#[tokio::test]
async fn a_reference_that_rows_break_stops_a_plan() {
    let live = database(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT); INSERT INTO t VALUES (7)",
    )
    .await;
    let desired = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p)";
    let plan = plan(&live, desired, &Hints::default()).await;
    let error = apply(&live, "main", &plan.up).await.expect_err("there is no 7");
    assert!(error.to_string().contains("1 rows would refer to nothing"), "{error}");
}

/// Conditions with all that SQLite's grammar has, each of which row 1 meets.
const CONDITIONS: [&str; 14] = [
    "a BETWEEN 1 AND 2 OR NOT (a IS NULL)",
    "a NOT IN (2, 3, -4) AND a IN (1)",
    "CASE a WHEN 1 THEN TRUE ELSE a > 5 END",
    "CASE WHEN \"a\" = 1 THEN 1 WHEN a = 2 THEN 0 END",
    "CAST(a AS TEXT) LIKE '1%' ESCAPE '!' OR [b c] GLOB '*''*'",
    "`b c` IS NOT DISTINCT FROM 'it''s'",
    "json_extract(j, '$.x') = 1 AND j ->> '$.x' = 1 AND j -> 'x' IS NOT NULL",
    "\"b c\" COLLATE NOCASE = 'IT''S' AND a == 1 AND a <> 2",
    "(a, 1) = (1, a) AND (((a)))",
    "~a = -2 AND -a < +a AND a << 1 = 2 AND a & 1 | 0",
    "length(\"b c\" || x'61') = 5 AND a % 2 = 1",
    "a = 0x1 AND a < 1e3 AND a > .5",
    "a NOTNULL AND j NOT NULL AND coalesce(NULL, a) ISNULL = 0",
    "\"sel\"\"ect\" IS NULL OR a -- why
     = 1 /* because */",
];

#[tokio::test]
async fn expressions_mean_the_same_after_a_rebuild() {
    let checks = CONDITIONS.map(|condition| format!(", CHECK ({condition})")).concat();
    let table = |ty: &str| {
        format!("CREATE TABLE t (a INTEGER, \"b c\" {ty}, j TEXT, \"sel\"\"ect\" INT{checks})")
    };
    let live = database(&table("BLOB")).await;
    let insert = "INSERT INTO t (a, \"b c\", j) VALUES (1, 'it''s', '{\"x\": 1}')";
    live.execute_unprepared(insert).await.expect("the row meets all");
    let plan = plan(&live, &table("TEXT"), &Hints::default()).await;
    apply(&live, "main", &plan.up).await.expect("the row meets all still");
    let now = reflect(&live, "main").await.expect("it is read");
    let left = compare(&now, &schema(&table("TEXT")).await, &Hints::default()).expect("one engine");
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(now.tables[0].checks.len(), CONDITIONS.len());
}
