//! What only the text of a `CREATE` statement says: SQLite keeps no catalogue of it.

use sqlite3_parser::{
    Bump, FallibleIterator,
    ast::{
        Cmd, ColumnConstraint, ColumnDefinition, CreateTableBody, DeferSubclause, Expr,
        ForeignKeyClause, IndexedColumn, InitDeferredPred, Name, RefAct, RefArg, SortOrder,
        SortedColumn, Stmt, TableConstraint,
    },
    lexer::sql::Parser,
};

use super::canon::{expression, unquoted};
use crate::model::{Action, Check, Deferrable, ForeignKey, Generated, Index, Key, Over, Part};

/// What a `CREATE TABLE` says beyond what the pragmas do.
#[derive(Debug, Default)]
pub(crate) struct TableText {
    pub(crate) columns: Vec<ColumnText>,
    pub(crate) key_name: Option<String>,
    pub(crate) autoincrement: bool,
    /// `INTEGER PRIMARY KEY DESC`, which by an old mistake is no rowid.
    pub(crate) key_descends: bool,
    pub(crate) uniques: Vec<Key>,
    pub(crate) checks: Vec<Check>,
    /// Without a target where the statement names none.
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// Clauses that the model has no place for.
    pub(crate) beyond: Vec<&'static str>,
}

/// The same of a column.
#[derive(Debug)]
pub(crate) struct ColumnText {
    pub(crate) name: String,
    pub(crate) collation: Option<String>,
    pub(crate) generated: Option<Generated>,
}

/// Reads a `CREATE TABLE`; nothing where it is none that we understand.
pub(crate) fn table(sql: &str) -> Option<TableText> {
    let bump = Bump::new();
    let Some(Cmd::Stmt(Stmt::CreateTable { body, .. })) =
        Parser::new(&bump, sql.as_bytes()).next().ok()?
    else {
        return None;
    };
    let CreateTableBody::ColumnsAndConstraints { columns, constraints, .. } = body else {
        return None;
    };
    let mut text = TableText::default();
    for column in &columns {
        text.column(column);
    }
    for constraint in constraints.unwrap_or_default() {
        text.constraint(plain_option(constraint.name.as_ref()), &constraint.constraint);
    }
    Some(text)
}

/// Reads a `CREATE INDEX`; whether a name in it is a column, `is_column` knows.
pub(crate) fn index(sql: &str, is_column: impl Fn(&str) -> bool) -> Option<Index> {
    let bump = Bump::new();
    let Some(Cmd::Stmt(Stmt::CreateIndex { unique, idx_name, columns, where_clause, .. })) =
        Parser::new(&bump, sql.as_bytes()).next().ok()?
    else {
        return None;
    };
    Some(Index {
        name: plain(&idx_name.name),
        unique,
        method: None,
        parts: columns.iter().map(|column| part(column, &is_column)).collect(),
        predicate: where_clause.map(|condition| expression(&condition.to_string())),
        include: Vec::new(),
        nulls_not_distinct: false,
        options: Vec::new(),
    })
}

fn part(column: &SortedColumn<'_>, is_column: impl Fn(&str) -> bool) -> Part {
    let (over, collation) = match &column.expr {
        Expr::Collate(inner, collation) => (*inner, Some(unquoted(collation))),
        whole => (whole, None),
    };
    let over = match name_of(over).filter(|name| is_column(name)) {
        Some(name) => Over::Column(name),
        None => Over::Expression(expression(&over.to_string())),
    };
    let descending = column.order == Some(SortOrder::Desc);
    // PostgreSQL's usual, so that it never counts here.
    Part { over, descending, nulls_first: descending, collation, opclass: None }
}

fn name_of(expr: &Expr<'_>) -> Option<String> {
    match expr {
        Expr::Id(id) => Some(unquoted(id.0)),
        Expr::Name(name) => Some(plain(name)),
        _ => None,
    }
}

impl TableText {
    fn column(&mut self, column: &ColumnDefinition<'_>) {
        let name = plain(&column.col_name);
        let mut text = ColumnText { name: name.clone(), collation: None, generated: None };
        for constraint in column.constraints {
            let own = plain_option(constraint.name.as_ref());
            match &constraint.constraint {
                ColumnConstraint::PrimaryKey { order, conflict_clause, auto_increment } => {
                    self.key_name = own;
                    self.key_descends = *order == Some(SortOrder::Desc);
                    self.autoincrement |= auto_increment;
                    self.conflict(conflict_clause.is_some());
                }
                ColumnConstraint::NotNull { conflict_clause, .. } => {
                    self.conflict(conflict_clause.is_some());
                }
                ColumnConstraint::Unique(conflict) => {
                    self.unique(own, vec![name.clone()]);
                    self.conflict(conflict.is_some());
                }
                ColumnConstraint::Check(condition) => self.check(own, condition),
                ColumnConstraint::Default(_) => {}
                ColumnConstraint::Defer(clause) => {
                    if let Some(key) = self.foreign_keys.last_mut() {
                        key.deferrable = deferrable(Some(clause));
                    }
                }
                ColumnConstraint::Collate { collation_name } => {
                    text.collation = Some(plain(collation_name));
                }
                ColumnConstraint::ForeignKey { clause, defer_clause } => {
                    let key = foreign_key(own, vec![name.clone()], clause, defer_clause.as_ref());
                    self.foreign_keys.push(key);
                }
                ColumnConstraint::Generated { expr, typ } => {
                    let stored = typ.as_ref().is_some_and(|t| t.0.eq_ignore_ascii_case("stored"));
                    let expression = expression(&expr.to_string());
                    text.generated = Some(Generated { expression, stored });
                }
            }
        }
        self.columns.push(text);
    }

    fn constraint(&mut self, name: Option<String>, constraint: &TableConstraint<'_>) {
        match constraint {
            TableConstraint::PrimaryKey { auto_increment, conflict_clause, .. } => {
                self.key_name = name;
                self.autoincrement |= auto_increment;
                self.conflict(conflict_clause.is_some());
            }
            TableConstraint::Unique { columns, conflict_clause } => {
                if columns.iter().any(|column| name_of(&column.expr).is_none()) {
                    self.beyond.push("collation of a UNIQUE constraint");
                }
                let columns = columns.iter().filter_map(|column| match &column.expr {
                    Expr::Collate(inner, _) => name_of(inner),
                    whole => name_of(whole),
                });
                self.unique(name, columns.collect());
                self.conflict(conflict_clause.is_some());
            }
            TableConstraint::Check(condition, conflict) => {
                self.check(name, condition);
                self.conflict(conflict.is_some());
            }
            TableConstraint::ForeignKey { columns, clause, defer_clause } => {
                let key = foreign_key(name, names(columns), clause, defer_clause.as_ref());
                self.foreign_keys.push(key);
            }
        }
    }

    fn unique(&mut self, name: Option<String>, columns: Vec<String>) {
        self.uniques.push(Key { name, ..Key::new(columns) });
    }

    fn check(&mut self, name: Option<String>, condition: &Expr<'_>) {
        let expression = expression(&condition.to_string());
        self.checks.push(Check { name, expression, validated: true });
    }

    fn conflict(&mut self, present: bool) {
        if present {
            self.beyond.push("ON CONFLICT clause");
        }
    }
}

fn foreign_key(
    name: Option<String>,
    columns: Vec<String>,
    clause: &ForeignKeyClause<'_>,
    defer: Option<&DeferSubclause>,
) -> ForeignKey {
    let (mut on_delete, mut on_update) = (Action::NoAction, Action::NoAction);
    for argument in clause.args {
        match argument {
            RefArg::OnDelete(what) => on_delete = action(*what),
            RefArg::OnUpdate(what) => on_update = action(*what),
            // SQLite reads both and heeds neither.
            RefArg::OnInsert(_) | RefArg::Match(_) => {}
        }
    }
    ForeignKey {
        name,
        columns,
        table: plain(&clause.tbl_name),
        target: clause.columns.map(names).unwrap_or_default(),
        on_delete,
        on_update,
        deferrable: deferrable(defer),
        match_full: false,
        validated: true,
    }
}

fn action(action: RefAct) -> Action {
    match action {
        RefAct::SetNull => Action::SetNull,
        RefAct::SetDefault => Action::SetDefault,
        RefAct::Cascade => Action::Cascade,
        RefAct::Restrict => Action::Restrict,
        RefAct::NoAction => Action::NoAction,
    }
}

/// SQLite checks at once whatever is not initially deferred, and cannot be told otherwise later.
fn deferrable(clause: Option<&DeferSubclause>) -> Deferrable {
    match clause {
        Some(DeferSubclause {
            deferrable: true,
            init_deferred: Some(InitDeferredPred::InitiallyDeferred),
        }) => Deferrable::Deferred,
        _ => Deferrable::No,
    }
}

fn names(columns: &[IndexedColumn<'_>]) -> Vec<String> {
    columns.iter().map(|column| plain(&column.col_name)).collect()
}

fn plain(name: &Name<'_>) -> String {
    unquoted(name.0)
}

fn plain_option(name: Option<&Name<'_>>) -> Option<String> {
    name.map(plain)
}
