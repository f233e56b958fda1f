//! The cases that Alembic answers wrongly, and those beside them that it answers rightly.

use crate::support::{
    case::{
        Expected::{self, Differs, Noted, Same, Unmanaged},
        judge,
    },
    server::Server,
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
    let server = Server::new().await;
    let (actual, desired) =
        (server.make("live", actual).await, server.make("The model", desired).await);
    let (actual, desired) = (server.schema(&actual).await, server.schema(&desired).await);
    judge(&actual, &desired, expected);
}

cases! {
    default_now:
        "CREATE TABLE t (a timestamptz DEFAULT now())",
        "CREATE TABLE t (a timestamptz DEFAULT CURRENT_TIMESTAMP)" => Same;
    default_cast_to_its_own_type:
        "CREATE TABLE t (a varchar(9) DEFAULT 'x', b text DEFAULT 'y', c jsonb DEFAULT '{}', d int DEFAULT -1)",
        "CREATE TABLE t (a varchar(9) DEFAULT 'x'::text, b text DEFAULT 'y'::varchar, c jsonb DEFAULT '{}'::jsonb, d int DEFAULT (-1))" => Same;
    default_numbers_by_value:
        "CREATE TABLE t (a double precision DEFAULT 0, b numeric(10,2) DEFAULT 1.50)",
        "CREATE TABLE t (a double precision DEFAULT 0.0, b numeric(10,2) DEFAULT 1.5)" => Same;
    default_null_is_none:
        "CREATE TABLE t (a varchar(5) DEFAULT NULL, b int DEFAULT NULL)",
        "CREATE TABLE t (a varchar(5), b int)" => Same;
    default_number_or_string:
        "CREATE TABLE t (a text DEFAULT 1)",
        "CREATE TABLE t (a text DEFAULT '01')" => Differs(&["t.a: default"]);
    default_changed:
        "CREATE TABLE t (a text DEFAULT 'New')",
        "CREATE TABLE t (a text DEFAULT 'new')" => Differs(&["t.a: default is 'New'::text, should be 'new'::text"]);
    types_of_one_name:
        "CREATE TABLE t (a int8, b float8, c varchar, d bool, e decimal(9, 3), f timestamptz)",
        "CREATE TABLE t (a bigint, b double precision, c character varying, d boolean, e numeric(9, 3), f timestamp with time zone)" => Same;
    numeric_precision:
        "CREATE TABLE t (a numeric)",
        "CREATE TABLE t (a numeric(10, 2))" => Differs(&["t.a: type is numeric, should be numeric(10,2)"]);
    length:
        "CREATE TABLE t (a varchar(10))",
        "CREATE TABLE t (a varchar(20))" => Differs(&["type is character varying(10)"]);
    array_by_element:
        "CREATE TABLE t (a int[])",
        "CREATE TABLE t (a text[])" => Differs(&["type is integer[], should be text[]"]);
    nullability:
        "CREATE TABLE t (a int)",
        "CREATE TABLE t (a int NOT NULL)" => Differs(&["t.a: nullability"]);
    key_is_never_null:
        "CREATE TABLE t (id text PRIMARY KEY)",
        "CREATE TABLE t (id text NOT NULL, PRIMARY KEY (id))" => Same;
    key_of_other_columns:
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a))",
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b))" => Differs(&["primary key is (a), should be (a, b)"]);
    key_in_other_order:
        "CREATE TABLE t (a int, b int, PRIMARY KEY (b, a))",
        "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))" => Differs(&["primary key is (b, a)"]);
    check_added:
        "CREATE TABLE t (a int)",
        "CREATE TABLE t (a int CHECK (a > 0))" => Differs(&["CHECK t_a_check (a > 0) is missing"]);
    check_spelled_otherwise:
        "CREATE TABLE t (a text, b int, CHECK (a IN ('x', 'y')), CHECK (b BETWEEN 1 AND 2))",
        "CREATE TABLE t (a text, b int, CHECK (a = ANY (ARRAY['x', 'y'])), CHECK (b >= 1 AND b <= 2))" => Same;
    check_as_the_server_reads_it_again:
        "CREATE TABLE t (a varchar(9), CONSTRAINT c CHECK (a IN ('it''s', 'y', '') AND a <> ALL ('{p,q}')))",
        "CREATE TABLE t (a varchar(9), CONSTRAINT c CHECK (((a)::text = ANY ((ARRAY['it''s'::character varying, 'y'::character varying,
            ('' :: varchar)])::text[])) AND ((a)::text <> ALL ('{p,q}'::text[]))));
         ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (((a)::text = ANY (ARRAY[('it''s'::character varying)::text,
            ('y'::character varying)::text, (''::character varying)::text])) AND ((a)::text <> ALL ('{p,q}'::text[])))" => Same;
    check_of_numbers_as_text:
        "CREATE TABLE t (a int, CONSTRAINT c CHECK (a < 10))",
        "CREATE TABLE t (a int, CONSTRAINT c CHECK (a::text < '10'))" => Differs(&["CHECK is c (a < 10)"]);
    check_changed_under_its_name:
        "CREATE TABLE t (a int, CONSTRAINT positive CHECK (a > 0))",
        "CREATE TABLE t (a int, CONSTRAINT positive CHECK (a >= 0))" => Differs(&["CHECK is positive (a > 0), should be positive (a >= 0)"]);
    check_not_valid:
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
        "CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0))" => Differs(&["NOT VALID"]);
    unnamed_constraints_changed:
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int UNIQUE REFERENCES p, CHECK (a > 0))",
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int)"
            => Differs(&["UNIQUE (a) should not", "CHECK t_a_check (a > 0) should not", "foreign key (a) to p (id) should not"]);
    constraint_names_change_nothing:
        "CREATE TABLE t (a int, CONSTRAINT one UNIQUE (a))",
        "CREATE TABLE t (a int, CONSTRAINT two UNIQUE (a))" => Same;
    unique_constraint_is_not_an_index:
        "CREATE TABLE t (a int, UNIQUE (a))",
        "CREATE TABLE t (a int); CREATE UNIQUE INDEX u ON t (a)" => Differs(&["UNIQUE (a) should not", "index unique u (a) is missing"]);
    unique_nulls_not_distinct:
        "CREATE TABLE t (a int, UNIQUE (a))",
        "CREATE TABLE t (a int, UNIQUE NULLS NOT DISTINCT (a))" => Differs(&["UNIQUE is (a), should be (a) NULLS NOT DISTINCT"]);
    unique_include_and_deferrable:
        "CREATE TABLE t (a int, b int, UNIQUE (a))",
        "CREATE TABLE t (a int, b int, UNIQUE (a) INCLUDE (b) DEFERRABLE)" => Differs(&["(a) INCLUDE (b) DEFERRABLE"]);
    partial_index_changed:
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a) WHERE a > 0",
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a) WHERE a > 1" => Differs(&["should be i (a) WHERE a > 1"]);
    expression_index:
        "CREATE TABLE t (a varchar); CREATE INDEX i ON t (lower(a))",
        "CREATE TABLE t (a varchar); CREATE INDEX i ON t ((LOWER(a::text)))" => Same;
    expression_index_changed:
        "CREATE TABLE t (a text); CREATE INDEX i ON t (lower(a))",
        "CREATE TABLE t (a text); CREATE INDEX i ON t (upper(a))" => Differs(&["(upper(a))"]);
    index_method:
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a int); CREATE INDEX i ON t USING hash (a)" => Differs(&["USING hash"]);
    index_operator_class:
        "CREATE TABLE t (a text); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a text); CREATE INDEX i ON t (a text_pattern_ops)" => Differs(&["a text_pattern_ops"]);
    index_collation:
        "CREATE TABLE t (a text); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a text); CREATE INDEX i ON t (a COLLATE \"C\")" => Differs(&["a COLLATE C"]);
    index_direction_and_nulls:
        "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a, b)",
        "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a NULLS FIRST, b DESC)" => Differs(&["i (a NULLS FIRST, b DESC)"]);
    index_include_and_options:
        "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a) INCLUDE (b) WITH (fillfactor = 70)" => Differs(&["INCLUDE (b) WITH (fillfactor=70)"]);
    column_collation:
        "CREATE TABLE t (a text)",
        "CREATE TABLE t (a text COLLATE \"C\")" => Differs(&["t.a: collation is none, should be C"]);
    generated_expression:
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED)",
        "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 3) STORED)" => Differs(&["generation is (a * 2) STORED"]);
    enum_label_added:
        "CREATE TYPE kind AS ENUM ('a', 'b'); CREATE TABLE t (k kind DEFAULT 'a')",
        "CREATE TYPE kind AS ENUM ('a', 'x', 'b'); CREATE TABLE t (k kind DEFAULT 'a')" => Differs(&["kind: enumeration type is ('a', 'b'), should be ('a', 'x', 'b')"]);
    enum_labels_in_other_order:
        "CREATE TYPE kind AS ENUM ('a', 'b')",
        "CREATE TYPE kind AS ENUM ('b', 'a')" => Differs(&["kind: enumeration type"]);
    exclusion_constraint:
        "CREATE TABLE t (a int4range, EXCLUDE USING gist (a WITH &&))",
        "CREATE TABLE t (a int4range)" => Unmanaged(&["exclusion constraint t_a_excl of t"]);
    serial_or_identity:
        "CREATE TABLE t (id serial PRIMARY KEY)",
        "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)" => Noted(&["to the same effect"]);
    identity_or_nothing:
        "CREATE TABLE t (id integer PRIMARY KEY)",
        "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)" => Differs(&["numbering is none"]);
    identity_always:
        "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)",
        "CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY)" => Differs(&["GENERATED ALWAYS AS IDENTITY"]);
    partitions:
        "CREATE TABLE e (d date NOT NULL) PARTITION BY RANGE (d); CREATE TABLE e1 PARTITION OF e DEFAULT",
        "" => Unmanaged(&["partitioned table e", "partition e1"]);
    comment_that_is_empty:
        "CREATE TABLE t (a int); COMMENT ON COLUMN t.a IS ''; COMMENT ON TABLE t IS ''",
        "CREATE TABLE t (a int)" => Same;
    comment_changed:
        "CREATE TABLE t (a int); COMMENT ON COLUMN t.a IS 'flux'",
        "CREATE TABLE t (a int); COMMENT ON TABLE t IS 'rows'" => Differs(&["comment rows is missing", "t.a: comment is flux"]);
    functions_sequences_and_types:
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SEQUENCE s; CREATE DOMAIN d AS int;
         CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE TYPE c AS (a int)",
        "" => Unmanaged(&["function f", "sequence s", "domain d", "materialized view m", "composite type c"]);
    views_and_triggers_not_declared:
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t;
         CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TABLE t (a int)" => Unmanaged(&["view v", "trigger tr of t"]);
    view_and_trigger_spelled_otherwise:
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t;
         CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TABLE t (a int); create view v as select t.a from t;
         create trigger tr before update on t for each row execute procedure suppress_redundant_updates_trigger()" => Same;
    foreign_key_implicit_target:
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int REFERENCES p)",
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES p (id) ON DELETE NO ACTION)" => Same;
    foreign_key_action:
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int REFERENCES p)",
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int REFERENCES p MATCH FULL ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED)"
            => Differs(&["should be (a) to p (id) ON DELETE CASCADE MATCH FULL DEFERRABLE INITIALLY DEFERRED"]);
    odd_names_and_letter_case:
        "CREATE TABLE \"o'clock\" (\"a\"\"b\" int, \"B\" text CHECK (\"B\" <> ''))",
        "CREATE TABLE \"o'clock\" (\"a\"\"b\" int, b text CHECK (b <> ''))"
            => Differs(&["column b text is missing", "column B text should not be there", "(b <> ''::text) is missing", "(\"B\" <> ''::text) should not"]);
    bookkeeping_is_skipped:
        "CREATE TABLE seaql_migrations_products (version text); CREATE TABLE t (a int)",
        "CREATE TABLE t (a int)" => Same;
}
