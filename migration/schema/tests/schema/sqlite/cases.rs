//! The cases that Alembic answers wrongly, and those beside them that it answers rightly.

use crate::support::{
    case::{
        Expected::{self, Differs, Noted, Same, Unmanaged},
        judge,
    },
    memory::schema,
};

/// A test for each case: its name, the database as it is, as it should be, and what there is to say.
macro_rules! cases {
    ($($name:ident: $actual:expr, $desired:expr => $expected:expr;)+) => {
        $(#[tokio::test]
        async fn $name() {
            answer($actual, $desired, $expected).await;
        })+
    };
}

async fn answer(actual: &str, desired: &str, expected: Expected) {
    judge(&schema(actual).await, &schema(desired).await, expected);
}

cases! {
    default_now_in_parentheses:
        "CREATE TABLE t (a TEXT DEFAULT (CURRENT_TIMESTAMP))",
        "CREATE TABLE t (a TEXT DEFAULT CURRENT_TIMESTAMP)" => Same;
    default_now_in_lower_case:
        "CREATE TABLE t (a TEXT DEFAULT current_timestamp)",
        "CREATE TABLE t (a TEXT DEFAULT ((CURRENT_TIMESTAMP)))" => Same;
    default_now_by_a_function:
        "CREATE TABLE t (a TEXT DEFAULT (datetime('now')))",
        "CREATE TABLE t (a TEXT DEFAULT (datetime( 'now' )))" => Same;
    default_now_by_another_function:
        "CREATE TABLE t (a TEXT DEFAULT (datetime('now')))",
        "CREATE TABLE t (a TEXT DEFAULT (strftime('%s', 'now')))" => Differs(&["default is datetime('now')"]);
    default_now_or_a_string:
        "CREATE TABLE t (a TEXT DEFAULT 'CURRENT_TIMESTAMP')",
        "CREATE TABLE t (a TEXT DEFAULT CURRENT_TIMESTAMP)" => Differs(&["t.a: default"]);
    default_numbers_by_value:
        "CREATE TABLE t (a REAL DEFAULT 0, b REAL DEFAULT 1e3, c INT DEFAULT +0x10, d INT DEFAULT -1)",
        "CREATE TABLE t (a REAL DEFAULT 0.0, b REAL DEFAULT 1000, c INT DEFAULT 16, d INT DEFAULT (- 1))" => Same;
    default_number_of_other_value:
        "CREATE TABLE t (a INT DEFAULT 0)",
        "CREATE TABLE t (a INT DEFAULT 1)" => Differs(&["t.a: default is 0, should be 1"]);
    default_null_is_none:
        "CREATE TABLE t (a INT DEFAULT NULL)",
        "CREATE TABLE t (a INT)" => Same;
    default_number_or_string:
        "CREATE TABLE t (a TEXT DEFAULT 1)",
        "CREATE TABLE t (a TEXT DEFAULT '1')" => Differs(&["t.a: default is 1, should be '1'"]);
    default_string_by_case:
        "CREATE TABLE t (a TEXT DEFAULT 'New')",
        "CREATE TABLE t (a TEXT DEFAULT 'new')" => Differs(&["t.a: default"]);
    default_word_is_a_string:
        "CREATE TABLE t (a TEXT DEFAULT \"New\")",
        "CREATE TABLE t (a TEXT DEFAULT 'New')" => Same;
    default_true_is_one:
        "CREATE TABLE t (a BOOLEAN DEFAULT TRUE)",
        "CREATE TABLE t (a BOOLEAN DEFAULT 1)" => Same;
    default_added:
        "CREATE TABLE t (a TEXT)",
        "CREATE TABLE t (a TEXT DEFAULT '')" => Differs(&["t.a: default is none, should be ''"]);
    types_of_one_affinity:
        "CREATE TABLE t (a TEXT, b INT8, c DOUBLE)",
        "CREATE TABLE t (a VARCHAR, b BIGINT, c FLOAT)" => Same;
    types_of_another_tool:
        "CREATE TABLE t (a TEXT, b TEXT, c TEXT, d BLOB)",
        "CREATE TABLE t (a datetime_text, b enum_text, c uuid_text, d varbinary_blob(16))" => Noted(&["t.d: is BLOB"]);
    types_of_other_affinity:
        "CREATE TABLE t (a TEXT, b datetime_text)",
        "CREATE TABLE t (a INTEGER, b DATETIME)" => Differs(&["t.a: type is TEXT, should be INTEGER", "t.b: type"]);
    type_alike_under_another_name:
        "CREATE TABLE t (a BOOLEAN)",
        "CREATE TABLE t (a NUMERIC)" => Noted(&["SQLite treats both alike"]);
    length_is_not_enforced:
        "CREATE TABLE t (a VARCHAR(10), b NUMERIC(10, 2))",
        "CREATE TABLE t (a VARCHAR(20), b NUMERIC)" => Noted(&["t.a: is VARCHAR(10)", "t.b: is NUMERIC(10"]);
    nullability:
        "CREATE TABLE t (a INT)",
        "CREATE TABLE t (a INT NOT NULL)" => Differs(&["t.a: nullability is NULL, should be NOT NULL"]);
    rowid_alias_is_never_null:
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        "CREATE TABLE t (id INTEGER NOT NULL, PRIMARY KEY (id))" => Same;
    text_key_may_be_null:
        "CREATE TABLE t (id TEXT PRIMARY KEY)",
        "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY)" => Differs(&["t.id: nullability"]);
    key_without_rowid_is_never_null:
        "CREATE TABLE t (id TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID" => Same;
    key_that_is_no_rowid:
        "CREATE TABLE t (id INT PRIMARY KEY NOT NULL)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY NOT NULL)" => Differs(&["numbering is none, should be the rowid"]);
    key_that_descends_is_no_rowid:
        "CREATE TABLE t (id INTEGER PRIMARY KEY DESC NOT NULL)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY NOT NULL)" => Differs(&["numbering is none"]);
    autoincrement:
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)" => Differs(&["should be AUTOINCREMENT"]);
    autoincrement_in_a_comment:
        "CREATE TABLE t (id INTEGER PRIMARY KEY /* no AUTOINCREMENT */)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY)" => Same;
    key_of_other_columns:
        "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a))",
        "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b))" => Differs(&["primary key is (a), should be (a, b)"]);
    key_in_other_order:
        "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b, a))",
        "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b))" => Differs(&["primary key is (b, a), should be (a, b)"]);
    check_added:
        "CREATE TABLE t (a INT)",
        "CREATE TABLE t (a INT CHECK (a > 0))" => Differs(&["CHECK (a > 0) is missing"]);
    check_spelled_otherwise:
        "CREATE TABLE t (a INT, CHECK ( ((\"A\">0.0)) ))",
        "CREATE TABLE t (a INT CONSTRAINT positive CHECK (a > 0))" => Same;
    check_changed_under_its_name:
        "CREATE TABLE t (a INT, CONSTRAINT positive CHECK (a > 0))",
        "CREATE TABLE t (a INT, CONSTRAINT positive CHECK (a >= 0))" => Differs(&["CHECK is positive (a > 0), should be positive (a >= 0)"]);
    unnamed_constraints_changed:
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT UNIQUE REFERENCES p, CHECK (a > 0))",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT)"
            => Differs(&["UNIQUE (a) should not be there", "CHECK (a > 0) should not", "foreign key (a) to p (id) should not"]);
    unique_constraint_or_index:
        "CREATE TABLE t (a INT, b INT, UNIQUE (a, b))",
        "CREATE TABLE t (a INT, b INT); CREATE UNIQUE INDEX u ON t (a, b)" => Same;
    unique_constraint_is_not_a_plain_index:
        "CREATE TABLE t (a INT, UNIQUE (a))",
        "CREATE TABLE t (a INT); CREATE INDEX u ON t (a)" => Differs(&["UNIQUE (a) should not", "index u (a) is missing"]);
    partial_index_changed:
        "CREATE TABLE t (a INT); CREATE INDEX i ON t (a) WHERE a > 0",
        "CREATE TABLE t (a INT); CREATE INDEX i ON t (a) WHERE a > 1" => Differs(&["index is i (a) WHERE a > 0, should be i (a) WHERE a > 1"]);
    partial_index_spelled_otherwise:
        "CREATE TABLE t (a INT); CREATE INDEX i ON t (a) WHERE (A IS NOT NULL)",
        "CREATE TABLE t (a INT); CREATE INDEX i ON t (\"a\" ASC) WHERE a is not null" => Same;
    expression_index:
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (lower(a))",
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (LOWER( a ))" => Same;
    expression_index_changed:
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (lower(a))",
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (upper(a))" => Differs(&["index is i (("]);
    index_direction:
        "CREATE TABLE t (a INT, b INT); CREATE INDEX i ON t (a, b)",
        "CREATE TABLE t (a INT, b INT); CREATE INDEX i ON t (a, b DESC)" => Differs(&["should be i (a, b DESC)"]);
    index_collation:
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a COLLATE NOCASE)" => Differs(&["COLLATE NOCASE"]);
    index_collation_of_its_column:
        "CREATE TABLE t (a TEXT COLLATE NOCASE); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a TEXT COLLATE nocase); CREATE INDEX i ON t (a COLLATE NOCASE)" => Same;
    column_collation:
        "CREATE TABLE t (a TEXT)",
        "CREATE TABLE t (a TEXT COLLATE NOCASE)" => Differs(&["t.a: collation is none, should be NOCASE"]);
    column_collation_is_binary_by_itself:
        "CREATE TABLE t (a TEXT)",
        "CREATE TABLE t (a TEXT COLLATE BINARY)" => Same;
    generated_expression:
        "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2) STORED)",
        "CREATE TABLE t (a INT, b INT AS (a * 3) STORED)" => Differs(&["t.b: generation is (a * 2) STORED"]);
    generated_spelled_otherwise:
        "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2) VIRTUAL)",
        "CREATE TABLE t (a INT, b INT AS ((A*2)))" => Same;
    generated_stored_or_not:
        "CREATE TABLE t (a INT, b INT AS (a) STORED)",
        "CREATE TABLE t (a INT, b INT AS (a))" => Differs(&["STORED, should be (a) VIRTUAL"]);
    strict:
        "CREATE TABLE t (a INT)",
        "CREATE TABLE t (a INT) STRICT" => Differs(&["option STRICT is missing", "t.a: type"]);
    strict_types_are_exact:
        "CREATE TABLE t (a INT) STRICT",
        "CREATE TABLE t (a INTEGER) STRICT" => Differs(&["t.a: type is INT, should be INTEGER"]);
    without_rowid:
        "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL)",
        "CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID" => Differs(&["option WITHOUT ROWID is missing"]);
    virtual_tables:
        "CREATE VIRTUAL TABLE words USING fts5(body); CREATE VIRTUAL TABLE boxes USING rtree(id, lo, hi)",
        "" => Unmanaged(&["virtual table words", "virtual table boxes"]);
    views_and_triggers_not_declared:
        "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t;
         CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM t WHERE a = 1; END",
        "CREATE TABLE t (a INT)" => Unmanaged(&["view v", "trigger tr of t"]);
    view_spelled_otherwise:
        "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t",
        "CREATE TABLE t (a INT); CREATE VIEW IF NOT EXISTS \"v\"   as select A from t" => Same;
    view_changed:
        "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t",
        "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t WHERE a = 'A'" => Differs(&["v: view is"]);
    foreign_key_implicit_target:
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE t (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES P (ID) ON DELETE NO ACTION)" => Same;
    foreign_key_action:
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p ON DELETE CASCADE)"
            => Differs(&["should be (a) to p (id) ON DELETE CASCADE"]);
    foreign_key_deferred:
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)"
            => Differs(&["INITIALLY DEFERRED"]);
    conflict_clause_is_reported:
        "CREATE TABLE t (a INT UNIQUE ON CONFLICT REPLACE)",
        "CREATE TABLE t (a INT UNIQUE)" => Unmanaged(&["ON CONFLICT clause t"]);
    column_order_and_letter_case:
        "CREATE TABLE T (B INT, a TEXT)",
        "CREATE TABLE t (a TEXT, b INT)" => Same;
    odd_names:
        "CREATE TABLE \"o'clock; --\" (\"a\"\"b\" INT, [c d] TEXT, `e` INT, CHECK (\"a\"\"b\" > 0))",
        "CREATE TABLE 'o''clock; --' (\"a\"\"b\" INT, \"c d\" TEXT, e INT, CHECK (\"a\"\"b\" > 0))" => Same;
    rename_is_not_guessed:
        "CREATE TABLE old (a INT)",
        "CREATE TABLE new (a INT)" => Differs(&["new: is missing", "old: should not be there"]);
    bookkeeping_is_skipped:
        "CREATE TABLE seaql_migrations_products (version TEXT); CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)" => Same;
    index_name:
        "CREATE TABLE t (a INT); CREATE INDEX one ON t (a)",
        "CREATE TABLE t (a INT); CREATE INDEX two ON t (a)" => Differs(&["index one (a) should not", "index two (a) is missing"]);
}
