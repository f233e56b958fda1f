//! Reading the schema of a PostgreSQL database from its catalogue, whose spelling is the server's own.

use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{Column, ForeignKey, Index, Schema, Table, View, rows};

#[derive(FromQueryResult)]
struct ColumnRow {
    relation: String,
    view: Option<String>,
    name: String,
    ty: String,
    not_null: bool,
    fallback: Option<String>,
}

#[derive(FromQueryResult)]
struct ConstraintRow {
    relation: String,
    name: String,
    kind: String,
    columns: Option<String>,
    parent: Option<String>,
    targets: Option<String>,
    on_delete: String,
    on_update: String,
    definition: String,
}

#[derive(FromQueryResult)]
struct IndexRow {
    relation: String,
    name: String,
    columns: Option<String>,
    distinct: bool,
    predicate: Option<String>,
}

#[derive(FromQueryResult)]
struct Text {
    name: String,
    text: String,
}

const COLUMNS: &str = "
SELECT c.relname::text AS relation,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END AS view,
    a.attname::text AS name,
    format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || l.collname ELSE '' END
        AS ty,
    a.attnotnull AS not_null,
    CASE a.attidentity
        WHEN 'd' THEN 'identity'
        WHEN 'a' THEN 'identity always'
        ELSE pg_get_expr(d.adbin, d.adrelid)
    END AS fallback
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    AND c.relname NOT LIKE 'seaql\\_migrations\\_%'
ORDER BY c.relname, a.attnum";

const CONSTRAINTS: &str = "
SELECT c.relname::text AS relation, o.conname::text AS name, o.contype::text AS kind,
    (SELECT string_agg(a.attname, chr(31) ORDER BY place)
        FROM unnest(o.conkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.attnum) AS columns,
    p.relname::text AS parent,
    (SELECT string_agg(a.attname, chr(31) ORDER BY place)
        FROM unnest(o.confkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.attnum) AS targets,
    o.confdeltype::text AS on_delete, o.confupdtype::text AS on_update,
    pg_get_constraintdef(o.oid, true) AS definition
FROM pg_constraint o
JOIN pg_class c ON c.oid = o.conrelid
LEFT JOIN pg_class p ON p.oid = o.confrelid
WHERE o.connamespace = current_schema()::regnamespace AND o.contype IN ('p', 'u', 'f', 'c')
    AND c.relname NOT LIKE 'seaql\\_migrations\\_%'";

const INDEXES: &str = "
SELECT c.relname::text AS relation, x.relname::text AS name,
    (SELECT string_agg(pg_get_indexdef(i.indexrelid, n, true)
            || CASE WHEN i.indoption[n - 1] & 1 = 1 THEN ' desc' ELSE '' END, chr(31) ORDER BY n)
        FROM generate_series(1, i.indnkeyatts) AS n) AS columns,
    i.indisunique AS distinct, pg_get_expr(i.indpred, i.indrelid, true) AS predicate
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_class x ON x.oid = i.indexrelid
WHERE c.relnamespace = current_schema()::regnamespace
    AND c.relname NOT LIKE 'seaql\\_migrations\\_%'
    AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u'))";

const TRIGGERS: &str = "
SELECT g.tgname::text AS name, pg_get_triggerdef(g.oid, true) AS text
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT g.tgisinternal";

const FUNCTIONS: &str = "
SELECT p.oid::regprocedure::text AS name, pg_get_functiondef(p.oid) AS text
FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind IN ('f', 'p')";

const SEQUENCES: &str = "
SELECT s.relname::text AS name, COALESCE(c.relname || '.' || a.attname, 'nothing') AS text
FROM pg_class s
LEFT JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
LEFT JOIN pg_class c ON c.oid = d.refobjid
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE s.relnamespace = current_schema()::regnamespace AND s.relkind = 'S'";

const ENUMERATIONS: &str = "
SELECT t.typname::text AS name,
    (SELECT string_agg(e.enumlabel, chr(31) ORDER BY e.enumsortorder)
        FROM pg_enum e WHERE e.enumtypid = t.oid) AS text
FROM pg_type t WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype = 'e'";

pub(super) async fn read<C: ConnectionTrait>(connection: &C) -> Schema {
    let mut schema = Schema::default();
    for row in rows::<ColumnRow, _>(connection, COLUMNS, []).await {
        let column = Column {
            name: row.name,
            ty: row.ty.to_lowercase(),
            not_null: row.not_null,
            default: row.fallback,
        };
        match row.view {
            Some(definition) => {
                let view = View { columns: Vec::new(), definition };
                schema.views.entry(row.relation).or_insert(view).columns.push(column);
            }
            None => schema.tables.entry(row.relation).or_default().columns.push(column),
        }
    }
    for row in rows::<ConstraintRow, _>(connection, CONSTRAINTS, []).await {
        constrain(schema.tables.entry(row.relation.clone()).or_default(), row);
    }
    for row in rows::<IndexRow, _>(connection, INDEXES, []).await {
        let index = Index {
            columns: list(row.columns.as_deref()),
            unique: row.distinct,
            predicate: row.predicate,
        };
        schema.tables.entry(row.relation).or_default().indexes.insert(row.name, index);
    }
    for row in rows::<Text, _>(connection, ENUMERATIONS, []).await {
        schema.enumerations.insert(row.name, list(Some(&row.text)));
    }
    for (sql, texts) in [
        (TRIGGERS, &mut schema.triggers),
        (FUNCTIONS, &mut schema.functions),
        (SEQUENCES, &mut schema.sequences),
    ] {
        let rows = rows::<Text, _>(connection, sql, []).await;
        texts.extend(rows.into_iter().map(|row| (row.name, row.text)));
    }
    unqualify(&mut schema);
    schema
}

/// Takes the tables' names from the columns of views, which servers before PostgreSQL 16 put there.
fn unqualify(schema: &mut Schema) {
    let relations: Vec<String> = schema.tables.keys().chain(schema.views.keys()).cloned().collect();
    for view in schema.views.values_mut() {
        for relation in &relations {
            view.definition = view.definition.replace(&format!("{relation}."), "");
        }
    }
}

fn constrain(table: &mut Table, row: ConstraintRow) {
    match &*row.kind {
        "p" => table.primary_key = list(row.columns.as_deref()),
        "u" => {
            table.unique.insert((list(row.columns.as_deref()), Some(row.name)));
        }
        "f" => {
            table.foreign_keys.insert(ForeignKey {
                columns: list(row.columns.as_deref()),
                table: row.parent.expect("a foreign key has a parent"),
                targets: list(row.targets.as_deref()),
                on_delete: action(&row.on_delete).to_owned(),
                on_update: action(&row.on_update).to_owned(),
                name: Some(row.name),
            });
        }
        _ => {
            table.checks.insert(format!("{} {}", row.name, row.definition));
        }
    }
}

/// The parts of what the queries above aggregate.
fn list(joined: Option<&str>) -> Vec<String> {
    joined.into_iter().flat_map(|joined| joined.split('\u{1f}')).map(str::to_owned).collect()
}

/// What the catalogue's letter stands for.
fn action(letter: &str) -> &'static str {
    match letter {
        "a" => "no action",
        "r" => "restrict",
        "c" => "cascade",
        "n" => "set null",
        "d" => "set default",
        other => panic!("no foreign key does {other:?}"),
    }
}
