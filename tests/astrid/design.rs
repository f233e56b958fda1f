//! The tables as the specification has them: `design.txt`, a line for each thing.

/// The whole of it.
pub(crate) struct Design {
    pub(crate) enumerations: Vec<(&'static str, Vec<&'static str>)>,
    pub(crate) tables: Vec<Table>,
}

#[derive(Default)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) indexes: Vec<Index>,
    /// Each with its name, which those of a column have not, and its condition on SQLite.
    pub(crate) checks: Vec<(&'static str, &'static str)>,
    /// The checks by which SQLite holds a column to the labels of an enumeration: name, column, enumeration.
    pub(crate) labels: Vec<(&'static str, &'static str, &'static str)>,
}

pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Its type on PostgreSQL.
    pub(crate) postgres: &'static str,
    /// Its type as declared on SQLite.
    pub(crate) sqlite: &'static str,
    pub(crate) not_null: bool,
    pub(crate) default: Option<&'static str>,
}

impl Column {
    /// How many digits a decimal has, and how many of them behind the point.
    pub(crate) fn digits(&self) -> Option<(u32, u32)> {
        let digits = self.postgres.strip_prefix("numeric(")?.strip_suffix(')')?;
        let (precision, scale) = digits.split_once(',')?;
        Some((precision.parse().unwrap(), scale.parse().unwrap()))
    }
}

pub(crate) struct ForeignKey {
    pub(crate) name: &'static str,
    pub(crate) column: &'static str,
    pub(crate) parent: &'static str,
}

pub(crate) struct Index {
    pub(crate) name: &'static str,
    /// Those that sort downwards with ` desc`.
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    /// Which rows are in it, unless all are.
    pub(crate) filter: Option<&'static str>,
}

/// Reads it.
pub(crate) fn design() -> Design {
    let mut design = Design { enumerations: Vec::new(), tables: Vec::new() };
    for line in include_str!("design.txt").lines().filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("table ") {
            design.tables.push(Table { name, ..Table::default() });
        } else if let Some(rest) = line.strip_prefix("enum ") {
            let (name, labels) = rest.split_once(": ").unwrap();
            design.enumerations.push((name, labels.split(", ").collect()));
        } else {
            thing(design.tables.last_mut().unwrap(), line);
        }
    }
    design
}

fn thing(table: &mut Table, line: &'static str) {
    if let Some(rest) = line.strip_prefix("column ") {
        let [name, postgres, sqlite, null, default] =
            rest.split("; ").collect::<Vec<_>>().try_into().unwrap();
        let default = (default != "none").then_some(default);
        let not_null = null == "not null";
        table.columns.push(Column { name, postgres, sqlite, not_null, default });
    } else if let Some(rest) = line.strip_prefix("foreign key ") {
        let (name, rest) = rest.split_once(": ").unwrap();
        let (column, parent) = rest.split_once(" -> ").unwrap();
        table.foreign_keys.push(ForeignKey { name, column, parent });
    } else if let Some(rest) = line.strip_prefix("labels ") {
        let (name, rest) = rest.split_once(": ").unwrap();
        let (column, enumeration) = rest.split_once(" of ").unwrap();
        table.labels.push((name, column, enumeration));
    } else if let Some(rest) = line.strip_prefix("check") {
        let (name, condition) = rest
            .trim_start()
            .split_once(": ")
            .unwrap_or_else(|| ("", rest.strip_prefix(": ").expect("a condition")));
        let of_sqlite = condition.split_once("SQLite ").map_or(condition, |(_, rest)| rest);
        table.checks.push((name, of_sqlite));
    } else {
        let (unique, rest) = match line.strip_prefix("unique ") {
            Some(rest) => (true, rest),
            None => (false, line.strip_prefix("index ").unwrap()),
        };
        let (name, rest) = rest.split_once(": (").unwrap();
        let (columns, filter) = rest.split_once(')').unwrap();
        let columns = columns.split(", ").map(|column| column.replace(" DESC", " desc")).collect();
        let filter = filter.trim().strip_prefix("WHERE ");
        table.indexes.push(Index { name, columns, unique, filter });
    }
}
