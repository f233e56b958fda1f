//! Random schemas that rows of any of them fit, with or without what a way between two of them changes.
//!
//! Every table has a number `id` and a text `k`, which all keys, checks and references are over, so that
//! no random rule forbids a row. The other columns come and go, each within its family of types.

use migration_schema::{
    Action, Check, Column, Counter, Deferrable, Engine, Enumeration, Fill, ForeignKey, Generated,
    Hints, Index, Key, Over, Part, Schema, Table, Text, Trigger, View,
};
use proptest::{collection::vec, prelude::*, sample::select};

/// A column that comes and goes: its name, its types with a default each, and a value for row `#`.
struct Family {
    name: &'static str,
    types: &'static [(&'static str, &'static str)],
    value: &'static str,
}

const SQLITE: [Family; 4] = [
    Family {
        name: "Count",
        types: &[("INTEGER", "7"), ("BIGINT", "-1"), ("NUMERIC", "(1 + 1)"), ("INT", "0x10")],
        value: "#",
    },
    Family {
        name: "name of it",
        types: &[
            ("TEXT", "'it''s'"),
            ("VARCHAR(20)", "''"),
            ("datetime_text", "CURRENT_TIMESTAMP"),
        ],
        value: "'name #'",
    },
    Family { name: "flux", types: &[("REAL", "0.5"), ("DOUBLE", "1e3")], value: "#.5" },
    Family { name: "bytes", types: &[("BLOB", "x'0aFF'"), ("", "NULL")], value: "x'0#'" },
];

const POSTGRES: [Family; 6] = [
    Family {
        name: "Count",
        types: &[("integer", "7"), ("bigint", "-1"), ("smallint", "(1 + 1)")],
        value: "#",
    },
    Family {
        name: "name of it",
        types: &[("text", "'it''s'"), ("varchar(20)", "''"), ("varchar(40)", "lower('X')")],
        value: "'name #'",
    },
    Family {
        name: "flux",
        types: &[("double precision", "0.5"), ("numeric(10,2)", "1e3")],
        value: "#.5",
    },
    Family { name: "is_on", types: &[("boolean", "true")], value: "true" },
    Family { name: "at", types: &[("timestamptz", "now()")], value: "'2025-01-0#'" },
    Family { name: "kind", types: &[("kind", "'a'")], value: "'b'" },
];

fn families(engine: Engine) -> &'static [Family] {
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

/// What rows hold that have nothing for a column.
pub(crate) fn hints(engine: Engine) -> Hints {
    let fill = |table: usize, family: &Family| Fill {
        table: format!("t{table}"),
        column: family.name.to_owned(),
        value: family.value.replace('#', "9"),
    };
    let all = (0..3).flat_map(|table| families(engine).iter().map(move |one| fill(table, one)));
    Hints { fills: all.collect(), ..Hints::default() }
}

/// The statements that put three rows into every table, the last as empty as it may be.
pub(crate) fn rows(schema: &Schema) -> Vec<String> {
    let row = |table: &Table, number: usize| {
        let (mut names, mut values) =
            (vec!["id", "k"], vec![number.to_string(), format!("'k{number}'")]);
        for family in families(schema.engine) {
            let Some(column) = table.column(schema.engine, family.name) else { continue };
            if number < 3 || !column.nullable {
                names.push(family.name);
                values.push(family.value.replace('#', &number.to_string()));
            }
        }
        let over = if schema.engine == Engine::Postgres { "OVERRIDING SYSTEM VALUE " } else { "" };
        let (names, values) = (names.join("\", \""), values.join(", "));
        format!("INSERT INTO {} (\"{names}\") {over}VALUES ({values})", table.name)
    };
    let tables = schema.tables.iter();
    tables.flat_map(|table| (1..=3).map(move |number| row(table, number))).collect()
}

fn text(sql: &str) -> Text {
    Text::new(sql, sql)
}

fn column(name: &str, ty: &str, nullable: bool) -> Column {
    let name = name.to_owned();
    let (default, generated, collation, counter, comment) = (None, None, None, None, None);
    Column { name, ty: text(ty), nullable, default, generated, collation, counter, comment }
}

/// A schema of one to three tables; `labels` are those of its enumeration type.
pub(crate) fn schema(
    engine: Engine,
    labels: &'static [&'static str],
) -> impl Strategy<Value = Schema> {
    let tables = (table(engine, 0), vec(table(engine, 1), 0..2), vec(table(engine, 2), 0..2));
    (tables, any::<bool>(), any::<bool>()).prop_map(move |((first, second, third), view, trigger)| {
        let mut schema = Schema::empty(engine);
        schema.tables.extend([first].into_iter().chain(second).chain(third));
        if engine == Engine::Postgres {
            let labels = labels.iter().map(|&label| label.to_owned()).collect();
            schema.enums.push(Enumeration { name: "kind".to_owned(), labels });
        }
        if view {
            let definition = text("CREATE VIEW ids AS SELECT id FROM t0");
            schema.views.push(View { name: "ids".to_owned(), definition });
        }
        if trigger {
            let definition = text(match engine {
                Engine::Sqlite => "CREATE TRIGGER tr AFTER DELETE ON t0 BEGIN DELETE FROM t0 WHERE id = old.id; END",
                Engine::Postgres => "CREATE TRIGGER tr BEFORE UPDATE ON t0 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            });
            schema.triggers.push(Trigger { name: "tr".to_owned(), table: "t0".to_owned(), definition });
        }
        schema
    })
}

fn table(engine: Engine, number: usize) -> impl Strategy<Value = Table> {
    let columns: Vec<_> = families(engine).iter().map(maybe_column).collect();
    let key = (0..5_usize, any::<u8>(), any::<bool>());
    let generated = (any::<bool>(), any::<bool>(), select(&["id * 2", "id + 1"][..]));
    (columns, key, generated, any::<[bool; 8]>(), vec(index(engine), 0..3)).prop_map(
        move |(columns, key, generated, flags, indexes)| {
            let mut table = Table::new(format!("t{number}"));
            table.columns = keyed(engine, key);
            table.columns.extend(columns.into_iter().flatten());
            if generated.0 {
                let stored = generated.1 || engine == Engine::Postgres;
                let expression = text(generated.2);
                let mut made =
                    column("g", if engine == Engine::Sqlite { "INTEGER" } else { "bigint" }, true);
                made.generated = Some(Generated { expression, stored });
                table.columns.push(made);
            }
            table.primary_key = primary_key(key.0);
            finish(engine, &mut table, key.0, flags);
            let name = |at: usize| format!("i{number}_{at}");
            let named = indexes.into_iter().enumerate();
            table.indexes = named.map(|(at, index)| Index { name: name(at), ..index }).collect();
            table
        },
    )
}

fn primary_key(kind: usize) -> Option<Key> {
    let columns: &[&str] = match kind {
        0 | 1 => &["id"],
        2 => &["k"],
        3 => &["k", "id"],
        _ => return None,
    };
    let columns = columns.iter().map(|&column| column.to_owned()).collect();
    Some(Key::new(columns))
}

fn keyed(engine: Engine, (kind, counter, nocase): (usize, u8, bool)) -> Vec<Column> {
    let (integer, name) = match engine {
        Engine::Sqlite => ("INTEGER", "TEXT"),
        Engine::Postgres => ("bigint", "text"),
    };
    let (mut id, mut k) = (column("id", integer, false), column("k", name, false));
    id.counter = match (engine, kind, counter % 4) {
        (Engine::Sqlite, 0, _) => Some(Counter::Rowid),
        (Engine::Sqlite, 1, _) => Some(Counter::Autoincrement),
        (Engine::Sqlite, _, _) | (_, _, 0) => None,
        (Engine::Postgres, _, 1) => Some(Counter::Identity),
        (Engine::Postgres, _, 2) => Some(Counter::IdentityAlways),
        (Engine::Postgres, _, _) => Some(Counter::Serial),
    };
    k.collation = nocase.then(|| match engine {
        Engine::Sqlite => "NOCASE".to_owned(),
        Engine::Postgres => "C".to_owned(),
    });
    vec![id, k]
}

fn maybe_column(family: &'static Family) -> impl Strategy<Value = Option<Column>> {
    let kinds = select(family.types);
    (kinds, any::<[bool; 4]>()).prop_map(|((ty, default), [present, nullable, set, remark])| {
        let mut made = column(family.name, ty, nullable);
        made.default = (set && default != "NULL").then(|| text(default));
        // SQLite has none: there it is only not read back.
        made.comment = remark.then(|| "what's this".to_owned());
        present.then_some(made)
    })
}

fn finish(engine: Engine, table: &mut Table, kind: usize, flags: [bool; 8]) {
    let [strict, without_rowid, check, other_check, unique, refer, cascade, deferred] = flags;
    if engine == Engine::Sqlite {
        table.without_rowid = without_rowid && (2..=3).contains(&kind);
        let exact = |ty: &str| ["INTEGER", "INT", "TEXT", "REAL", "BLOB"].contains(&ty);
        table.strict = strict && table.columns.iter().all(|column| exact(&column.ty.sql));
        table.columns.iter_mut().for_each(|column| column.comment = None);
    }
    let checks = [(check, "id > 0"), (other_check, "length(k) > 0 AND k <> 'x (y'")];
    table.checks = checks
        .into_iter()
        .filter(|(present, _)| *present)
        .map(|(_, sql)| Check {
            name: Some(format!("{}_ck_{}", table.name, sql.len())),
            expression: text(sql),
            validated: true,
        })
        .collect();
    // The first is what the others refer to.
    if table.name == "t0" && kind > 1 || unique {
        table.uniques.push(Key::new(vec!["id".to_owned()]));
    }
    if unique {
        table.uniques.push(Key::new(vec!["k".to_owned(), "id".to_owned()]));
    }
    if refer {
        table.foreign_keys.push(ForeignKey {
            name: None,
            columns: vec!["id".to_owned()],
            table: "t0".to_owned(),
            target: vec!["id".to_owned()],
            on_delete: if cascade { Action::Cascade } else { Action::NoAction },
            on_update: Action::Restrict,
            deferrable: if deferred { Deferrable::Deferred } else { Deferrable::No },
            match_full: false,
            validated: true,
        });
    }
}

fn index(engine: Engine) -> impl Strategy<Value = Index> {
    let over = [
        Over::Column("id".to_owned()),
        Over::Column("k".to_owned()),
        Over::Expression(text("lower(k)")),
        Over::Expression(text("(id % 10)")),
    ];
    let part = (select(over.to_vec()), any::<bool>(), any::<bool>()).prop_map(
        move |(over, descending, first)| Part {
            over,
            descending,
            nulls_first: if engine == Engine::Sqlite { descending } else { first },
            collation: None,
            opclass: None,
        },
    );
    let predicates = select(vec![None, Some("id > 1"), Some("k IS NOT NULL")]);
    (vec(part, 1..3), predicates, any::<bool>()).prop_map(|(mut parts, predicate, unique)| {
        parts.push(Part {
            over: Over::Column("id".to_owned()),
            descending: false,
            nulls_first: false,
            collation: None,
            opclass: None,
        });
        Index {
            name: String::new(),
            unique,
            method: None,
            parts,
            predicate: predicate.map(text),
            include: Vec::new(),
            nulls_not_distinct: false,
            options: Vec::new(),
        }
    })
}
