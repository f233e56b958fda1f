//! Tables as a revision states them.

use sea_orm_migration::{
    prelude::{
        Check, ColumnDef, Expr, ForeignKey, ForeignKeyAction, IndexOrder, IntoIden,
        TableCreateStatement,
    },
    sea_orm::DbBackend,
    sea_query,
};

use crate::Column;

/// A table of a revision: its columns in order, its constraints and its indexes.
#[derive(Clone, Debug)]
pub struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<Column>,
    primary_key: Vec<&'static str>,
    unique: Vec<Vec<&'static str>>,
    foreign_keys: Vec<Reference>,
    checks: Vec<(&'static str, [&'static str; 2])>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) dropped: Vec<&'static str>,
    /// Columns as a file has them, in place of those stated or beside them.
    found: Vec<(String, ColumnDef)>,
    /// In what a file may differ.
    waived: Vec<String>,
    /// The columns of a file in their order, which is kept.
    order: Vec<String>,
}

#[derive(Clone, Debug)]
struct Reference {
    name: Option<&'static str>,
    column: &'static str,
    table: &'static str,
    target: &'static str,
    on_delete: Option<ForeignKeyAction>,
}

impl Table {
    /// A table without columns.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            columns: Vec::new(),
            primary_key: Vec::new(),
            unique: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            dropped: Vec::new(),
            found: Vec::new(),
            waived: Vec::new(),
            order: Vec::new(),
        }
    }

    /// The next column.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// The next columns.
    #[must_use]
    pub fn columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// A primary key of several columns.
    #[must_use]
    pub fn primary_key<const N: usize>(mut self, columns: [&'static str; N]) -> Self {
        self.primary_key = columns.to_vec();
        self
    }

    /// No two rows have the same values in these columns.
    #[must_use]
    pub fn unique<const N: usize>(mut self, columns: [&'static str; N]) -> Self {
        self.unique.push(columns.to_vec());
        self
    }

    /// `column` names a row of `table` by its column `target`; nothing happens on delete.
    #[must_use]
    pub fn foreign_key(
        mut self,
        column: &'static str,
        table: &'static str,
        target: &'static str,
    ) -> Self {
        self.foreign_keys.push(Reference { name: None, column, table, target, on_delete: None });
        self
    }

    /// What becomes of the rows that refer by the foreign key stated last when their parent goes.
    #[must_use]
    pub fn on_delete(mut self, action: ForeignKeyAction) -> Self {
        if let Some(reference) = self.foreign_keys.last_mut() {
            reference.on_delete = Some(action);
        }
        self
    }

    /// The name of the foreign key stated last, on PostgreSQL; SQLite keeps none.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        if let Some(reference) = self.foreign_keys.last_mut() {
            reference.name = Some(name);
        }
        self
    }

    /// A condition that every row meets.
    #[must_use]
    pub fn check(self, name: &'static str, condition: &'static str) -> Self {
        self.check_for(name, condition, condition)
    }

    /// A condition that the two engines spell differently.
    #[must_use]
    pub fn check_for(
        mut self,
        name: &'static str,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> Self {
        self.checks.push((name, [sqlite, postgres]));
        self
    }

    /// An index over `columns`; `"name DESC"` sorts downwards.
    #[must_use]
    pub fn index<const N: usize>(self, name: &'static str, columns: [&'static str; N]) -> Self {
        self.with(Index::new(name, columns))
    }

    /// An index with more to say.
    #[must_use]
    pub fn with(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// Columns and indexes that the table had before and has no more. [`rebuild_table`](crate::rebuild_table) keeps
    /// what it is not told of.
    #[must_use]
    pub fn dropped(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.dropped.extend(names);
        self
    }

    /// The table with columns as a file has them and in its order, and without what `differences` say that the file
    /// does not have.
    pub(crate) fn found_so(
        mut self,
        found: Vec<(String, ColumnDef)>,
        differences: Vec<String>,
        order: Vec<String>,
    ) -> Self {
        (self.found, self.waived, self.order) = (found, differences, order);
        let indexes = std::mem::take(&mut self.indexes);
        let is_there = |index: &Index| {
            let unique = if index.unique { "unique " } else { "" };
            !self.is_waived(&format!("index {unique}{} (", index.name))
        };
        self.indexes = indexes.into_iter().filter(is_there).collect();
        self
    }

    /// Whether a file does without what begins like this.
    fn is_waived(&self, what: &str) -> bool {
        let begins = format!("{}: {what}", self.name);
        self.waived.iter().any(|line| line.starts_with(&begins) && line.ends_with(" is missing"))
    }

    fn is_unique_waived(&self, columns: &[&str]) -> bool {
        self.is_waived(&format!("UNIQUE ({})", columns.join(", ")))
    }

    /// The enumeration types the columns use: (type name, labels).
    pub(crate) fn enumerations(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static [&'static str])> + '_ {
        self.columns.iter().filter_map(Column::enumeration)
    }

    /// The statement that creates the table under `name`, without its indexes.
    pub(crate) fn create(&self, backend: DbBackend, name: &str) -> TableCreateStatement {
        let mut create = sea_query::Table::create();
        create.table(name.to_owned());
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let found = self.found.iter().find(|(name, _)| name == column.name);
            let mut def =
                found.map_or_else(|| column.definition(backend), |(_, found)| found.clone());
            if column.is_primary_key() {
                def.primary_key();
            }
            // PostgreSQL names the constraint after table and column by itself.
            if column.is_unique() && !self.is_unique_waived(&[column.name]) {
                def.unique_key();
            }
            columns.push(def);
        }
        let is_stated = |name: &String| self.columns.iter().any(|column| column.name == *name);
        let own = self.found.iter().filter(|(name, _)| !is_stated(name));
        columns.extend(own.map(|(_, own)| own.clone()));
        let place = |name: &String| self.order.iter().position(|found| found == name);
        columns.sort_by_key(|def| place(&def.get_column_name()).unwrap_or(usize::MAX));
        for mut def in columns {
            create.col(&mut def);
        }
        if !self.primary_key.is_empty() {
            create.primary_key(&mut index_over(&self.primary_key));
        }
        for columns in self.unique.iter().filter(|columns| !self.is_unique_waived(columns)) {
            create.index(index_over(columns).unique().name(self.constraint(columns, "key")));
        }
        for reference in &self.foreign_keys {
            let Reference { column, table, target, .. } = reference;
            if self.is_waived(&format!("foreign key ({column}) to {table} ({target})")) {
                continue;
            }
            let mut key = ForeignKey::create();
            key.from(name.to_owned(), reference.column).to(reference.table, reference.target);
            if backend == DbBackend::Postgres {
                let named = reference.name.map(str::to_owned);
                key.name(named.unwrap_or_else(|| self.constraint(&[reference.column], "fkey")));
            }
            if let Some(action) = reference.on_delete {
                key.on_delete(action);
            }
            create.foreign_key(&mut key);
        }
        for (name, [sqlite, postgres]) in &self.checks {
            if self.is_waived(&format!("CHECK {name} (")) {
                continue;
            }
            let condition = if backend == DbBackend::Sqlite { sqlite } else { postgres };
            create.check(Check::named(*name, Expr::cust(*condition)));
        }
        if backend == DbBackend::Sqlite {
            for column in &self.columns {
                let name = format!("ck_{}_{}_enum", self.name, column.name);
                if let Some((_, labels)) = column.enumeration()
                    && !self.is_waived(&format!("CHECK {name} ("))
                {
                    let labels = labels.join("', '");
                    create.check(Check::named(
                        name,
                        Expr::cust(format!("\"{}\" IN ('{labels}')", column.name)),
                    ));
                }
            }
        }
        create
    }

    /// PostgreSQL's own way to name a constraint.
    fn constraint(&self, columns: &[&str], suffix: &str) -> String {
        format!("{}_{}_{suffix}", self.name, columns.join("_"))
    }
}

fn index_over(columns: &[&'static str]) -> sea_query::IndexCreateStatement {
    let mut index = sea_query::Index::create();
    for &column in columns {
        index.col(column);
    }
    index
}

/// An index of a revision.
#[derive(Clone, Debug)]
pub struct Index {
    pub(crate) name: &'static str,
    columns: Vec<&'static str>,
    unique: bool,
    filter: Option<&'static str>,
}

impl Index {
    /// An index over `columns`; `"name DESC"` sorts downwards.
    pub fn new<const N: usize>(name: &'static str, columns: [&'static str; N]) -> Self {
        Self { name, columns: columns.to_vec(), unique: false, filter: None }
    }

    /// No two rows have the same values in the columns.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Only the rows that meet `condition` are in the index.
    #[must_use]
    pub fn filter(mut self, condition: &'static str) -> Self {
        self.filter = Some(condition);
        self
    }

    /// The statement that creates the index on `table`.
    pub(crate) fn create(&self, table: &str) -> sea_query::IndexCreateStatement {
        let mut create = sea_query::Index::create();
        create.name(self.name).table(table.to_owned());
        for column in &self.columns {
            match column.strip_suffix(" DESC") {
                Some(column) => create.col((column.into_iden(), IndexOrder::Desc)),
                None => create.col((*column).into_iden()),
            };
        }
        if self.unique {
            create.unique();
        }
        if let Some(condition) = self.filter {
            use sea_query::ConditionalStatement;
            create.and_where(Expr::cust(condition));
        }
        create
    }
}
