//! Columns and tables as revisions state them: each as the value that is run and as the Rust that is written.

use almanac_database::Database;
use migration_support::{
    Column, Index, Table, bigint, boolean, decimal, enumeration, flag, int, json, pk, real, text,
    timestamp, uuid, varchar,
};
use sea_orm_migration::{
    prelude::{ColumnDef, ColumnType, DbErr, Expr, ForeignKeyAction, StringLen, Value},
    sea_query::TableRef,
};

use super::source::quoted;
use crate::{Stated, target::refused};

/// Something of a revision, and the Rust that says it.
#[derive(Clone, Debug)]
pub(crate) struct Written<T> {
    pub(crate) value: T,
    pub(crate) source: String,
}

impl<T> Written<T> {
    /// With one more call in the chain.
    pub(super) fn then(self, call: &str, apply: impl FnOnce(T) -> T) -> Self {
        Self { value: apply(self.value), source: format!("{}{call}", self.source) }
    }
}

/// A string as the revisions' functions want it. They are made for constants; what a revision is written from is
/// little, and written once.
pub(crate) fn lasting(text: &str) -> &'static str {
    text.to_owned().leak()
}

/// The column that an entity states, for a table that is there or, if it is `new`, comes with it.
pub(crate) fn column(
    database: Database,
    table: &str,
    def: &ColumnDef,
    new: bool,
) -> Result<Written<Column>, DbErr> {
    let (name, spec) = (lasting(&def.get_column_name()), def.get_column_spec());
    let place = format!("{table}.{name}");
    if spec.primary_key && spec.auto_increment {
        return match def.get_column_type() {
            Some(ColumnType::BigInteger) => Ok(call("pk", name, "", pk)),
            _ => Err(refused(&format!("{place}: an id that the engine counts up is an i64"))),
        };
    }
    let mut column = typed(database, name, def, &place)?;
    if spec.primary_key {
        column = column.then(".primary_key()", Column::primary_key);
    } else if spec.nullable == Some(false) {
        column = column.then(".not_null()", Column::not_null);
    }
    if spec.unique && new {
        column = column.then(".unique()", Column::unique);
    }
    if let Some(default) = &spec.default {
        let (value, source) = default_of(default, &place)?;
        column = column.then(&format!(".default({source})"), |column| column.default(value));
    }
    Ok(column)
}

fn call(
    function: &str,
    name: &'static str,
    more: &str,
    make: impl FnOnce(&'static str) -> Column,
) -> Written<Column> {
    Written { value: make(name), source: format!("{function}({}{more})", quoted(name)) }
}

fn typed(
    database: Database,
    name: &'static str,
    def: &ColumnDef,
    place: &str,
) -> Result<Written<Column>, DbErr> {
    Ok(match def.get_column_type() {
        Some(ColumnType::Text) => call("text", name, "", text),
        Some(ColumnType::String(StringLen::N(length))) => {
            call("varchar", name, &format!(", {length}"), |name| varchar(name, *length))
        }
        Some(ColumnType::Integer) => call("int", name, "", int),
        Some(ColumnType::BigInteger) => call("bigint", name, "", bigint),
        Some(ColumnType::Double) => call("real", name, "", real),
        Some(ColumnType::Boolean) if database == Database::Astrid => {
            call("boolean", name, "", boolean)
        }
        Some(ColumnType::Boolean) => call("flag", name, "", flag),
        Some(ColumnType::JsonBinary) => call("json", name, "", json),
        Some(ColumnType::Uuid) => call("uuid", name, "", uuid),
        Some(ColumnType::TimestampWithTimeZone) => call("timestamp", name, "", timestamp),
        Some(ColumnType::Decimal(Some((precision, scale)))) => {
            call("decimal", name, &format!(", {precision}, {scale}"), |name| {
                decimal(name, *precision, *scale)
            })
        }
        Some(ColumnType::Enum { name: ty, variants }) => {
            let labels: Vec<&'static str> =
                variants.iter().map(|label| lasting(&label.to_string())).collect();
            let quoted_labels: Vec<String> = labels.iter().map(|label| quoted(label)).collect();
            let ty = lasting(&ty.to_string());
            let more = format!(", {}, &[{}]", quoted(ty), quoted_labels.join(", "));
            let labels: &'static [&'static str] = labels.leak();
            call("enumeration", name, &more, |name| enumeration(name, ty, labels))
        }
        other => {
            return Err(refused(&format!(
                "{place}: revisions have no column of type {other:?}; text is `column_type = \"Text\"`"
            )));
        }
    })
}

fn default_of(default: &Expr, place: &str) -> Result<(Value, String), DbErr> {
    let Expr::Value(value) = default else {
        return Err(refused(&format!(
            "{place}: its default is no value; write the revision by hand"
        )));
    };
    let whole = |number: i64| (i32::try_from(number).ok().map(Value::from), number.to_string());
    let (value, source) = match value {
        Value::Bool(Some(set)) => (Some(Value::from(*set)), set.to_string()),
        Value::Int(Some(number)) => whole(i64::from(*number)),
        Value::BigInt(Some(number)) => whole(*number),
        Value::Double(Some(number)) => (Some(Value::from(*number)), format!("{number:?}")),
        Value::String(Some(text)) => (Some(Value::from(text.clone())), quoted(text)),
        _ => (None, String::new()),
    };
    match value {
        Some(value) => Ok((value, source)),
        None => Err(refused(&format!("{place}: revisions have no such default"))),
    }
}

/// An index.
pub(crate) fn index(name: &str, columns: &[String], unique: bool) -> Result<Written<Index>, DbErr> {
    let names: Vec<&'static str> = columns.iter().map(|column| lasting(column)).collect();
    let stated = lasting(name);
    let Some(value) = index_over(stated, &names) else {
        return Err(refused(&format!("{name}: write an index of so many columns by hand")));
    };
    let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let source = format!("Index::new({}, [{}])", quoted(name), columns.join(", "));
    let index = Written { value, source };
    Ok(if unique { index.then(".unique()", Index::unique) } else { index })
}

/// Revisions state the columns of an index as an array.
pub(super) fn index_over(name: &'static str, columns: &[&'static str]) -> Option<Index> {
    fn of<const N: usize>(name: &'static str, columns: &[&'static str]) -> Option<Index> {
        Some(Index::new(name, <[&'static str; N]>::try_from(columns).ok()?))
    }
    of::<1>(name, columns)
        .or_else(|| of::<2>(name, columns))
        .or_else(|| of::<3>(name, columns))
        .or_else(|| of::<4>(name, columns))
        .or_else(|| of::<5>(name, columns))
        .or_else(|| of::<6>(name, columns))
}

/// The table that an entity states, with its indexes as (name, columns, unique).
pub(crate) fn table(
    database: Database,
    stated: &Stated,
    indexes: &[(String, Vec<String>, bool)],
) -> Result<Written<Table>, DbErr> {
    let name = lasting(&stated.name());
    let source = format!("Table::new({})", quoted(name));
    let mut table = Written { value: Table::new(name), source };
    for def in stated.table.get_columns() {
        let Written { value, source } = column(database, name, def, true)?;
        table = table.then(&format!("\n.column({source})"), |table| table.column(value));
    }
    for key in stated.table.get_indexes().iter().filter(|index| index.is_primary_key()) {
        let columns = key.get_index_spec().get_column_names();
        let names: Vec<&'static str> = columns.iter().map(|column| lasting(column)).collect();
        let quoted: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        let source = format!("\n.primary_key([{}])", quoted.join(", "));
        table = match names[..] {
            [a, b] => table.then(&source, |table| table.primary_key([a, b])),
            [a, b, c] => table.then(&source, |table| table.primary_key([a, b, c])),
            [a, b, c, d] => table.then(&source, |table| table.primary_key([a, b, c, d])),
            _ => return Err(refused(&format!("{name}: write so long a primary key by hand"))),
        };
    }
    table = references(table, stated, name)?;
    for (index_name, columns, unique) in indexes {
        let Written { value, source } = index(index_name, columns, *unique)?;
        let plain = source.strip_prefix("Index::new(").filter(|_| !unique);
        let call = match plain {
            Some(arguments) => format!("\n.index({arguments}"),
            None => format!("\n.with({source})"),
        };
        table = table.then(&call, |table| table.with(value));
    }
    Ok(table)
}

fn references(
    mut table: Written<Table>,
    stated: &Stated,
    name: &str,
) -> Result<Written<Table>, DbErr> {
    for key in stated.table.get_foreign_key_create_stmts() {
        let key = key.get_foreign_key();
        let (columns, targets) = (key.get_columns(), key.get_ref_columns());
        let parent = match key.get_ref_table() {
            Some(TableRef::Table(parent, _)) => parent.1.to_string(),
            _ => String::new(),
        };
        let ([column], [target], None) = (&columns[..], &targets[..], key.get_on_update()) else {
            let text = "a foreign key of several columns, or with ON UPDATE, is written by hand";
            return Err(refused(&format!("{name}: {text}")));
        };
        let words = [column, &parent, target].map(|word| quoted(word)).join(", ");
        let (column, parent, target) = (lasting(column), lasting(&parent), lasting(target));
        table = table.then(&format!("\n.foreign_key({words})"), |table| {
            table.foreign_key(column, parent, target)
        });
        if let Some(action) =
            key.get_on_delete().filter(|one| !matches!(one, ForeignKeyAction::NoAction))
        {
            let call = format!("\n.on_delete(ForeignKeyAction::{})", action.variant_name());
            table = table.then(&call, |table| table.on_delete(action));
        }
    }
    Ok(table)
}
