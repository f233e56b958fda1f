//! What a table of a file has of its own, beside what revisions know of: it stays when the table is made anew.

use sea_orm_migration::{
    prelude::{ColumnDef, ColumnType, DbErr, SchemaManager},
    sea_orm::{DbBackend, QueryResult, Statement},
};

use crate::{Table, adoption};

/// A table as the file has it.
pub(super) struct Own {
    columns: Vec<Live>,
    /// Its indexes: name, and the statement that makes it.
    indexes: Vec<(String, String)>,
    /// In what it differed when the file was taken over.
    differences: Vec<String>,
}

struct Live {
    name: String,
    declared: String,
    not_null: bool,
    default: Option<String>,
    is_generated: bool,
}

impl Own {
    /// Reads it.
    pub(super) async fn of(manager: &SchemaManager<'_>, table: &str) -> Result<Self, DbErr> {
        let columns =
            "SELECT name, type, \"notnull\", dflt_value, hidden FROM pragma_table_xinfo(?)";
        let columns = select(manager, columns, table).await?;
        let indexes = "SELECT name, sql FROM sqlite_schema \
                       WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY rowid";
        let indexes = select(manager, indexes, table).await?;
        let pair = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        Ok(Self {
            columns: columns.iter().map(Live::read).collect::<Result<_, DbErr>>()?,
            indexes: indexes.iter().map(pair).collect::<Result<_, DbErr>>()?,
            differences: adoption::of_table(manager.get_connection(), table).await?,
        })
    }

    /// The table as it is made anew: as stated, but for what the file had otherwise when it was taken over, with
    /// its own columns. These are named beside.
    ///
    /// # Errors
    /// A column of the file's own is computed from others: nobody would know how.
    pub(super) fn stated(
        &self,
        table: &Table,
        copied: &[(&str, &str)],
    ) -> Result<(Table, Vec<String>), DbErr> {
        let mut found = Vec::new();
        let mut own = Vec::new();
        for column in &self.columns {
            let same = |name: &str| name.eq_ignore_ascii_case(&column.name);
            if table.columns.iter().any(|stated| same(stated.name)) {
                let as_it_is = copied.iter().any(|(to, from)| same(to) && same(unquoted(from)));
                if as_it_is && self.differs(table.name, &column.name) {
                    found.push((column.name.clone(), column.definition()));
                }
            } else if !table.dropped.iter().any(|name| same(name))
                && !copied.iter().any(|(_, from)| mentions(from, &column.name))
            {
                if column.is_generated {
                    return Err(DbErr::Migration(format!(
                        "{}.{} is a column of this file's own that is computed from others and would be lost; \
                         drop it, and add it again afterwards",
                        table.name, column.name
                    )));
                }
                own.push(column.name.clone());
                found.push((column.name.clone(), column.definition()));
            }
        }
        let is_adopted = !self.differences.is_empty();
        let order = self.columns.iter().filter(|_| is_adopted).map(|column| column.name.clone());
        let table = table.clone().found_so(found, self.differences.clone(), order.collect());
        Ok((table, own))
    }

    /// The statements that make the indexes of which the table knows nothing.
    pub(super) fn indexes(&self, table: &Table) -> Vec<&str> {
        let unknown = |(name, _): &&(String, String)| {
            let same = |stated: &str| stated.eq_ignore_ascii_case(name);
            !table.indexes.iter().any(|index| same(index.name))
                && !table.dropped.iter().any(|dropped| same(dropped))
        };
        self.indexes.iter().filter(unknown).map(|(_, sql)| sql.as_str()).collect()
    }

    fn differs(&self, table: &str, column: &str) -> bool {
        let begins = format!("{table}.{column}: ");
        self.differences.iter().any(|line| line.starts_with(&begins))
    }
}

impl Live {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let hidden: i32 = row.try_get("", "hidden")?;
        Ok(Self {
            name: row.try_get("", "name")?,
            declared: row.try_get("", "type")?,
            not_null: row.try_get::<i32>("", "notnull")? != 0,
            default: row.try_get("", "dflt_value")?,
            is_generated: hidden != 0,
        })
    }

    fn definition(&self) -> ColumnDef {
        let declared = ColumnType::custom(self.declared.clone());
        let mut definition = ColumnDef::new_with_type(self.name.clone(), declared);
        if self.not_null {
            definition.not_null();
        }
        if let Some(default) = &self.default {
            let default =
                if is_literal(default) { default.clone() } else { format!("({default})") };
            definition.extra(format!("DEFAULT {default}"));
        }
        definition
    }
}

async fn select(
    manager: &SchemaManager<'_>,
    sql: &str,
    table: &str,
) -> Result<Vec<QueryResult>, DbErr> {
    use sea_orm_migration::prelude::ConnectionTrait;
    let select = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [table.into()]);
    manager.get_connection().query_all_raw(select).await
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name)
}

/// Whether a default needs no parentheses.
fn is_literal(default: &str) -> bool {
    let quoted = |quote: char| {
        let inner = default.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let doubled = format!("{quote}{quote}");
        inner.is_some_and(|inner| !inner.replace(&doubled, "").contains(quote))
    };
    let is_word = default.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word || quoted('\'') || quoted('"') || default.parse::<f64>().is_ok()
}

/// Whether a column stands in an expression as a word of its own.
fn mentions(expression: &str, column: &str) -> bool {
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut words = expression.split(|letter| !is_of_word(letter));
    words.any(|word| word.eq_ignore_ascii_case(column))
        || expression.contains(&format!("\"{column}\""))
}
