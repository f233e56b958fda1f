//! The reader of schemas sees every kind of change, so that two that are equal to it are.

use almanac_database::Database;
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::support::{Engine, Schema, TestDatabase, connect, differences, engines};

engines!(every_change_is_seen, what_says_the_same_is_the_same);

const BASE: &str = "
CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'a', UNIQUE (id, name));
CREATE TABLE children (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES parents (id) ON DELETE CASCADE,
    size INTEGER CONSTRAINT ck_size CHECK (size > 0)
);
CREATE INDEX idx_name ON parents (name);
CREATE INDEX idx_size ON children (size) WHERE size > 5;
CREATE VIEW names AS SELECT name FROM parents WHERE id > 1;
";

/// Another table of children; the changes are made to its text.
const CHILDREN: &str = "DROP TABLE children; CREATE TABLE children (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES parents (id) ON DELETE CASCADE,
    size INTEGER CONSTRAINT ck_size CHECK (size > 0)
);
CREATE INDEX idx_size ON children (size) WHERE size > 5;";

async fn every_change_is_seen(engine: Engine) {
    let test = TestDatabase::new(Database::Ingest, engine).await;
    let connection = connect(test.address()).await;
    connection.execute_unprepared(BASE).await.unwrap();
    let base = Schema::read(&connection).await;

    let replaced = |old: &str, new: &str| {
        assert!(CHILDREN.contains(old), "{old}");
        CHILDREN.replace(old, new)
    };
    let changes = [
        "CREATE TABLE more (id INTEGER)".to_owned(),
        "ALTER TABLE parents ADD COLUMN more TEXT".to_owned(),
        "ALTER TABLE parents RENAME COLUMN name TO called".to_owned(),
        "DROP INDEX idx_name".to_owned(),
        "DROP INDEX idx_name; CREATE UNIQUE INDEX idx_name ON parents (name)".to_owned(),
        "DROP INDEX idx_name; CREATE INDEX idx_name ON parents (name DESC)".to_owned(),
        "DROP INDEX idx_name; CREATE INDEX idx_name ON parents (name, id)".to_owned(),
        "DROP VIEW names; CREATE VIEW names AS SELECT name FROM parents WHERE id > 2".to_owned(),
        "DROP VIEW names".to_owned(),
        replaced("size > 5", "size > 6"),
        replaced(" WHERE size > 5", ""),
        replaced("size > 0", "size >= 0"),
        replaced("ck_size", "ck_other"),
        replaced(" CONSTRAINT ck_size CHECK (size > 0)", ""),
        replaced("size INTEGER", "size BIGINT"),
        replaced("size INTEGER", "size INTEGER NOT NULL"),
        replaced("size INTEGER", "size INTEGER DEFAULT 7"),
        replaced("size INTEGER", "size INTEGER UNIQUE"),
        replaced(" ON DELETE CASCADE", ""),
        replaced(" ON DELETE CASCADE", " ON DELETE SET NULL"),
        replaced(" REFERENCES parents (id) ON DELETE CASCADE", ""),
        replaced("id INTEGER PRIMARY KEY,", "id INTEGER,"),
    ];
    for change in changes {
        let transaction = connection.begin().await.unwrap();
        transaction.execute_unprepared(&change).await.unwrap();
        let changed = Schema::read(&transaction).await;
        assert_ne!(base, changed, "{change}");
        assert!(!differences(&base, &changed).is_empty(), "{change}");
        transaction.rollback().await.unwrap();
        assert_eq!(base, Schema::read(&connection).await, "{change}");
    }
}

async fn what_says_the_same_is_the_same(engine: Engine) {
    let test = TestDatabase::new(Database::Ingest, engine).await;
    let connection = connect(test.address()).await;
    connection.execute_unprepared(BASE).await.unwrap();
    let base = Schema::read(&connection).await;
    let spelled = CHILDREN
        .replace("children", "\"children\"")
        .replace("INTEGER", "integer /* whole */")
        .replace("(size > 0)", "( \"size\">0 ) -- above")
        .replace("WHERE size > 5", "\nwhere \"size\"  >  5");
    connection.execute_unprepared(&spelled).await.unwrap();
    assert_eq!(base, Schema::read(&connection).await);
}
