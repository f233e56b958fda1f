//! A table of SQLite that has to be made anew, restated as revisions state tables.

use almanac_database::{Address, Location, Origin};
use migration_schema::{
    Action, Column, Counter, Deferrable, Engine, ForeignKey, Index, Over, Schema, Table,
};
use migration_support::{
    self as support, Scratch, bigint, boolean, create_tables, decimal, enumeration, flag, int,
    json, pk, real, text, timestamp, uuid, varchar,
};
use sea_orm_migration::prelude::{ColumnType, DbErr, ForeignKeyAction, SchemaManager};

use super::{
    house::{Written, index_over, lasting},
    side::differences,
    source::{literal, quoted},
};
use crate::{Stated, verify::schema_error};

/// The table as revisions state it, without the indexes in `later`; none where they have no words for it.
pub(super) async fn restated(
    address: &Address,
    table: &Table,
    stated: Option<&Stated>,
    later: &[String],
) -> Result<Option<Written<support::Table>>, DbErr> {
    let mut table = table.clone();
    table.indexes.retain(|index| !later.contains(&index.name));
    let Some(written) = in_words(&table, stated) else { return Ok(None) };
    let memory = Address::new(address.database, Location::Memory, Origin::Default);
    let scratch = Scratch::beside(&memory).await?;
    let manager = SchemaManager::new(scratch.connection());
    create_tables(&manager, std::slice::from_ref(&written.value)).await?;
    let made = migration_schema::reflect(scratch.connection(), scratch.schema()).await;
    let made = made.map_err(schema_error)?;
    scratch.close().await?;
    let wanted = Schema { tables: vec![table], ..Schema::empty(Engine::Sqlite) };
    Ok(differences(&made, &wanted)?.is_empty().then_some(written))
}

fn in_words(table: &Table, stated: Option<&Stated>) -> Option<Written<support::Table>> {
    if table.strict || table.without_rowid {
        return None;
    }
    let name = lasting(&table.name);
    let source = format!("Table::new({})", quoted(name));
    let mut written = Written { value: support::Table::new(name), source };
    for one in &table.columns {
        let Written { value, source } = column(table, one, stated)?;
        written = written.then(&format!("\n.column({source})"), |table| table.column(value));
    }
    let key = table.primary_key.iter().filter(|key| key.columns.len() > 1);
    let keys = key.map(|key| ("primary_key", &key.columns));
    let uniques = table.uniques.iter().filter(|key| key.columns.len() > 1);
    for (verb, columns) in keys.chain(uniques.map(|key| ("unique", &key.columns))) {
        let names: Vec<&'static str> = columns.iter().map(|column| lasting(column)).collect();
        let source = format!("\n.{verb}({names:?})");
        let is_key = verb == "primary_key";
        written = match names[..] {
            [a, b] if is_key => written.then(&source, |table| table.primary_key([a, b])),
            [a, b, c] if is_key => written.then(&source, |table| table.primary_key([a, b, c])),
            [a, b] => written.then(&source, |table| table.unique([a, b])),
            [a, b, c] => written.then(&source, |table| table.unique([a, b, c])),
            _ => return None,
        };
    }
    for key in &table.foreign_keys {
        written = reference(written, key)?;
    }
    for check in table.checks.iter().filter(|check| enumerated(table, check).is_none()) {
        let (name, condition) = (check.name.as_deref()?, &check.expression.sql);
        let call = format!("\n.check({}, {})", quoted(name), literal(condition));
        let (name, condition) = (lasting(name), lasting(condition));
        written = written.then(&call, |table| table.check(name, condition));
    }
    for one in &table.indexes {
        let Written { value, source } = index(one)?;
        written = written.then(&format!("\n.with({source})"), |table| table.with(value));
    }
    Some(written)
}

/// The column that a CHECK holds to the labels of an enumeration.
fn enumerated<'a>(table: &'a Table, check: &migration_schema::Check) -> Option<&'a str> {
    let of = |column: &&Column| {
        let name = format!("ck_{}_{}_enum", table.name, column.name);
        check.name.as_deref() == Some(&name)
    };
    table.columns.iter().find(of).map(|column| column.name.as_str())
}

fn column(
    table: &Table,
    column: &Column,
    stated: Option<&Stated>,
) -> Option<Written<support::Column>> {
    if column.generated.is_some() || column.collation.is_some() {
        return None;
    }
    let def = stated.and_then(|stated| {
        stated.table.get_columns().iter().find(|def| def.get_column_name() == column.name)
    });
    let ty = def.and_then(|def| def.get_column_type());
    let name = lasting(&column.name);
    let declared: String = column.ty.sql.to_ascii_lowercase().split_whitespace().collect();
    let sizes = |before: &str| {
        let inner = declared.strip_prefix(before)?.strip_suffix(')')?;
        inner.split(',').map(|size| size.parse().ok()).collect::<Option<Vec<u32>>>()
    };
    let call =
        |function: &str, value| Written { value, source: format!("{function}({})", quoted(name)) };
    let mut written = match declared.as_str() {
        _ if column.counter == Some(Counter::Autoincrement) => return Some(call("pk", pk(name))),
        "integer" | "bigint" => match ty {
            Some(ColumnType::Boolean) => call("flag", flag(name)),
            Some(ColumnType::BigInteger) => call("bigint", bigint(name)),
            _ => call("int", int(name)),
        },
        "text" => call("text", text(name)),
        "real" | "double" => call("real", real(name)),
        "boolean" => call("boolean", boolean(name)),
        "jsonb_text" => call("json", json(name)),
        "uuid_text" => call("uuid", uuid(name)),
        "timestamp_with_timezone_text" => call("timestamp", timestamp(name)),
        "enum_text" => {
            let check = table.checks.iter().find(|check| enumerated(table, check) == Some(name))?;
            let labels = labels(&check.expression.sql)?;
            let ty = match ty {
                Some(ColumnType::Enum { name, .. }) => lasting(&name.to_string()),
                _ => name,
            };
            let source = format!("enumeration({name:?}, {ty:?}, &{labels:?})");
            Written { value: enumeration(name, ty, labels.leak()), source }
        }
        _ => match (sizes("varchar("), sizes("real(")) {
            (Some(sizes), _) => {
                let [length] = sizes[..] else { return None };
                Written {
                    value: varchar(name, length),
                    source: format!("varchar({name:?}, {length})"),
                }
            }
            (_, Some(sizes)) => {
                let [digits, scale] = sizes[..] else { return None };
                let source = format!("decimal({name:?}, {digits}, {scale})");
                Written { value: decimal(name, digits, scale), source }
            }
            _ => return None,
        },
    };
    let alone = |key: &migration_schema::Key| key.columns == [column.name.as_str()];
    if table.primary_key.as_ref().is_some_and(alone) {
        written = written.then(".primary_key()", support::Column::primary_key);
    } else if !column.nullable {
        written = written.then(".not_null()", support::Column::not_null);
    }
    if table.uniques.iter().any(alone) {
        written = written.then(".unique()", support::Column::unique);
    }
    let Some(default) = &column.default else { return Some(written) };
    let is_flag = matches!(ty, Some(ColumnType::Boolean));
    with_default(written, &default.canonical, is_flag)
}

fn with_default(
    written: Written<support::Column>,
    canonical: &str,
    is_flag: bool,
) -> Option<Written<support::Column>> {
    let inner = canonical.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\''));
    if let Some(inner) = inner {
        let text = inner.replace("''", "'");
        let call = format!(".default({})", quoted(&text));
        return Some(written.then(&call, |column| column.default(text)));
    }
    if canonical.starts_with("strftime") {
        return Some(written.then(".default(\"now\")", |column| column.default("now")));
    }
    let plain = canonical.replace(' ', "");
    match (plain.parse::<i32>(), plain.parse::<f64>()) {
        (Ok(number @ (0 | 1)), _) if is_flag => {
            let set = number == 1;
            Some(written.then(&format!(".default({set})"), |column| column.default(set)))
        }
        (Ok(number), _) => {
            Some(written.then(&format!(".default({number})"), |column| column.default(number)))
        }
        (_, Ok(number)) => {
            Some(written.then(&format!(".default({number:?})"), |column| column.default(number)))
        }
        _ => None,
    }
}

/// The labels in `"column" IN ('one', 'other')`.
fn labels(condition: &str) -> Option<Vec<&'static str>> {
    let (_, list) = condition.split_once(" IN ('")?;
    let inner = list.trim_end().strip_suffix("')")?;
    Some(inner.split("', '").map(|label| lasting(&label.replace("''", "'"))).collect())
}

fn reference(
    written: Written<support::Table>,
    key: &ForeignKey,
) -> Option<Written<support::Table>> {
    let ([column], [target]) = (&key.columns[..], &key.target[..]) else { return None };
    if key.on_update != Action::NoAction || key.deferrable != Deferrable::No {
        return None;
    }
    let words = [column, &key.table, target].map(|word| quoted(word)).join(", ");
    let (column, parent, target) = (lasting(column), lasting(&key.table), lasting(target));
    let written = written.then(&format!("\n.foreign_key({words})"), |table| {
        table.foreign_key(column, parent, target)
    });
    let action = match key.on_delete {
        Action::NoAction => return Some(written),
        Action::Restrict => ForeignKeyAction::Restrict,
        Action::Cascade => ForeignKeyAction::Cascade,
        Action::SetNull => ForeignKeyAction::SetNull,
        Action::SetDefault => ForeignKeyAction::SetDefault,
    };
    let call = format!("\n.on_delete(ForeignKeyAction::{})", action.variant_name());
    Some(written.then(&call, |table| table.on_delete(action)))
}

fn index(index: &Index) -> Option<Written<support::Index>> {
    let column = |part: &migration_schema::Part| match &part.over {
        Over::Column(name) if part.collation.is_none() => {
            Some(lasting(&format!("{name}{}", if part.descending { " DESC" } else { "" })))
        }
        _ => None,
    };
    let columns: Vec<&'static str> = index.parts.iter().map(column).collect::<Option<_>>()?;
    let source = format!("Index::new({}, {columns:?})", quoted(&index.name));
    let mut written = Written { value: index_over(lasting(&index.name), &columns)?, source };
    if index.unique {
        written = written.then(".unique()", support::Index::unique);
    }
    if let Some(predicate) = &index.predicate {
        let condition = lasting(&predicate.sql);
        let call = format!(".filter({})", literal(condition));
        written = written.then(&call, |index| index.filter(condition));
    }
    Some(written)
}
