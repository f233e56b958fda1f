//! Keys that no two rows may share, and parents that rows must have: looked up once for a whole batch.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
    hash::{DefaultHasher, Hash, Hasher},
};

use sea_orm::{
    ConnectionTrait, Value,
    sea_query::{Asterisk, Expr, ExprTrait, Query, SelectStatement, ValueTuple},
};

use super::{Report, list, plan::Plan, target::Target, write::Batch};
use crate::{Result, Transaction, cell::cell};

/// The keys of the rows that were written.
pub(super) struct Keys {
    keys: Vec<Key>,
    parents: Vec<Reference>,
}

/// A key whose columns the file fills.
struct Key {
    names: String,
    columns: Vec<usize>,
    /// Where in a row they stand.
    cells: Vec<usize>,
    /// The line of each key that was written, by a hash of it. What is a duplicate, the table says; this
    /// only tells where the first one is.
    lines: HashMap<u64, u64>,
}

/// A parent that the file names.
struct Reference {
    parent: usize,
    cell: usize,
}

/// What a key's values are, to be compared; none where one of them is null, which equals nothing.
type Identity = String;

impl Keys {
    pub(super) fn new(target: &Target, plan: &Plan) -> Self {
        let keys = target.keys.iter().filter_map(|columns| {
            let cells: Vec<_> = columns.iter().filter_map(|column| plan.cell_of(*column)).collect();
            // Numbers and UUIDs that are made while writing are new.
            let is_given =
                cells.len() == columns.len() && !columns.iter().any(|column| plan.makes(*column));
            is_given.then(|| Key {
                names: list(columns.iter().map(|column| target.columns[*column].name)),
                columns: columns.clone(),
                cells,
                lines: HashMap::new(),
            })
        });
        let parents = target.parents.iter().enumerate().filter_map(|(parent, reference)| {
            Some(Reference { parent, cell: plan.cell_of(reference.column)? })
        });
        Self { keys: keys.collect(), parents: parents.collect() }
    }

    /// Takes rows out of the batch that have no parent, or a key that is taken.
    pub(super) async fn check(
        &self,
        transaction: &Transaction,
        target: &Target,
        batch: &mut Batch,
        report: &mut Report,
    ) -> Result<()> {
        for reference in &self.parents {
            reference.check(transaction, target, batch, report).await?;
        }
        let mut taken = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            taken.push(key.taken(transaction, target, batch).await?);
        }
        // The lines of this batch by their keys.
        let mut fresh: Vec<HashMap<Identity, u64>> = vec![HashMap::new(); self.keys.len()];
        batch.retain(report, |line, row, report| {
            let identities: Vec<_> = self
                .keys
                .iter()
                .map(|key| identity(key.cells.iter().map(|cell| &row[*cell])))
                .collect();
            let mut is_new = true;
            for (index, key) in self.keys.iter().enumerate() {
                let Some(identity) = &identities[index] else { continue };
                let first = match fresh[index].get(identity) {
                    Some(first) => Some(*first),
                    None if taken[index].contains(identity) => {
                        // Line 0 is none: a row that was there before.
                        Some(key.lines.get(&hash(identity)).copied().unwrap_or_default())
                    }
                    None => None,
                };
                if let Some(first) = first {
                    report.add(
                        line,
                        Some(target.columns[key.columns[0]].name),
                        key.duplicate(first),
                    );
                    is_new = false;
                }
            }
            if is_new {
                for (fresh, identity) in fresh.iter_mut().zip(identities) {
                    fresh.extend(identity.map(|identity| (identity, line)));
                }
            }
            is_new
        });
        Ok(())
    }

    /// Takes note of a row that was written.
    pub(super) fn written(&mut self, line: u64, row: &[Value]) {
        for key in &mut self.keys {
            if let Some(identity) = identity(key.cells.iter().map(|cell| &row[*cell])) {
                key.lines.insert(hash(&identity), line);
            }
        }
    }
}

impl Key {
    fn duplicate(&self, first: u64) -> String {
        let verb = if self.columns.len() == 1 { "is" } else { "are" };
        match first {
            0 => format!("{} {verb} in the table already", self.names),
            line => format!("{} {verb} on line {line} already", self.names),
        }
    }

    /// Which of the batch's keys the table has.
    async fn taken(
        &self,
        transaction: &Transaction,
        target: &Target,
        batch: &Batch,
    ) -> Result<HashSet<Identity>> {
        let values = batch.rows().filter_map(|row| {
            let values: Vec<Value> = self.cells.iter().map(|cell| row[*cell].clone()).collect();
            identity(&values).map(|_| values)
        });
        let values: Vec<_> = values.collect();
        let columns: Vec<_> = self.columns.iter().map(|column| &target.columns[*column]).collect();
        let mut select = Query::select();
        select.from(target.table_ref.clone()).columns(columns.iter().map(|column| column.name));
        if values.is_empty() {
            return Ok(HashSet::new());
        }
        if let [column] = columns.as_slice() {
            let list = values.into_iter().flatten().map(|value| column.bind(value));
            select.and_where(Expr::col(column.name).is_in(list));
        } else {
            let tuple = Expr::tuple(columns.iter().map(|column| Expr::col(column.name)));
            select.and_where(tuple.in_subquery(values_list(values)));
        }
        let mut taken = HashSet::new();
        for result in transaction.query_all(&select).await? {
            let cells =
                columns.iter().enumerate().map(|(index, column)| cell(&result, index, column.kind));
            taken.extend(identity(&cells.collect::<std::result::Result<Vec<_>, _>>()?));
        }
        Ok(taken)
    }
}

impl Reference {
    /// Takes rows out of the batch whose parent is missing.
    async fn check(
        &self,
        transaction: &Transaction,
        target: &Target,
        batch: &mut Batch,
        report: &mut Report,
    ) -> Result<()> {
        let parent = &target.parents[self.parent];
        let column = &target.columns[parent.column];
        let named: HashMap<Identity, Value> = batch
            .rows()
            .filter_map(|row| Some((identity([&row[self.cell]])?, row[self.cell].clone())))
            .collect();
        if named.is_empty() {
            return Ok(());
        }
        let select = Query::select()
            .column(parent.key.clone())
            .from(parent.table.clone())
            .and_where(Expr::col(parent.key.clone()).is_in(named.into_values()))
            .to_owned();
        let mut found = HashSet::new();
        for result in transaction.query_all(&select).await? {
            found.extend(identity([&cell(&result, 0, column.kind)?]));
        }
        batch.retain(report, |line, row, report| {
            let is_missing =
                identity([&row[self.cell]]).is_some_and(|identity| !found.contains(&identity));
            if is_missing {
                let message = format!("`{}` has no such `{}`", parent.table_name, parent.key);
                report.add(line, Some(column.name), message);
            }
            !is_missing
        });
        Ok(())
    }
}

/// SQLite takes a list of tuples only as a table.
fn values_list(values: Vec<Vec<Value>>) -> SelectStatement {
    let tuples = values.into_iter().map(ValueTuple::Many);
    Query::select().column(Asterisk).from_values(tuples, "keys").to_owned()
}

fn identity<'a>(values: impl IntoIterator<Item = &'a Value>) -> Option<Identity> {
    let mut identity = String::new();
    for value in values {
        let text = match value {
            Value::String(text) => text.clone()?,
            Value::Int(number) => (*number)?.to_string(),
            Value::BigInt(number) => (*number)?.to_string(),
            Value::Double(number) => (*number)?.to_string(),
            Value::Uuid(id) => (*id)?.to_string(),
            other => format!("{other:?}"),
        };
        // The length in front, so that (ab, c) is not (a, bc).
        let _ = write!(identity, "{}:{text}", text.len());
    }
    Some(identity)
}

fn hash(identity: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    hasher.finish()
}
