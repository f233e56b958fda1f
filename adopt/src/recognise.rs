//! What a file is: its database, and of each table what has to be done with it.

use almanac_database::Database;
use migration_schema::{Engine, Schema, Table, literal, quoted, reflect};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::{
    Result,
    canonical::{Canonical, is_mandatory},
    fit::{Fit, broken},
    mapping::{Old, Shape, shapes},
    sql::{all, count, texts},
    verdict::{Class, TableReport, Verdict},
};

/// A file, recognised.
pub(crate) struct Recognition {
    pub(crate) database: Option<Database>,
    pub(crate) verdict: Verdict,
    pub(crate) refusal: Option<String>,
    /// What Alembic's table says, which proves nothing and is kept.
    pub(crate) alembic: Option<String>,
    /// Whether the migrators' books are in it.
    pub(crate) is_ours: bool,
    pub(crate) file: Schema,
    pub(crate) tables: Vec<Recognised>,
    /// What the revisions make of the database.
    pub(crate) canonical: Option<Canonical>,
}

/// A table of a file.
pub(crate) struct Recognised {
    pub(crate) report: TableReport,
    /// How it fits the canonical table of its name.
    pub(crate) fit: Option<Fit>,
    /// How it is made anew.
    pub(crate) reshape: Option<Reshape>,
}

/// How a table is made anew.
pub(crate) struct Reshape {
    /// The table that its rows go to, as it should be.
    pub(crate) into: Table,
    pub(crate) way: Way,
    /// Whether the old table goes, its rows being kept in a copy.
    pub(crate) replaces: bool,
}

/// Where the values of the new rows come from.
pub(crate) enum Way {
    /// From the columns of the same names.
    Names,
    /// From what the old shape says.
    Shape(&'static Shape),
}

impl Recognition {
    /// Looks at what a connection sees; `wanted` is the database that the file should be, and `canonical` what its
    /// revisions make, where that is known already.
    pub(crate) async fn of<C>(
        connection: &C,
        wanted: Option<Database>,
        canonical: Option<Canonical>,
    ) -> Result<Self>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let file = reflect(connection, "main").await?;
        let mut found = Self {
            database: wanted,
            verdict: Verdict::Empty,
            refusal: None,
            alembic: alembic(connection, &file).await?,
            is_ours: false,
            file,
            tables: Vec::new(),
            canonical: None,
        };
        if found.file.tables.is_empty() {
            return Ok(found);
        }
        found.verdict = Verdict::Refused;
        match tell(&found.file, wanted) {
            Ok(database) => {
                let canonical = match canonical.filter(|one| one.database == database) {
                    Some(canonical) => canonical,
                    None => Canonical::of(database).await?,
                };
                found.judge(connection, canonical).await?;
            }
            Err(refusal) => found.refusal = Some(refusal),
        }
        Ok(found)
    }

    async fn judge<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        canonical: Canonical,
    ) -> Result<()> {
        self.database = Some(canonical.database);
        for table in &self.file.tables {
            self.tables.push(recognise(connection, table, &self.file, &canonical).await?);
        }
        self.is_ours = !canonical.revisions.names(connection).await?.is_empty();
        let any = |class| self.tables.iter().any(|table| table.report.class == class);
        let complete =
            canonical.head().tables.iter().all(|table| self.file.table(&table.name).is_some());
        let clashes = self.tables.iter().filter(|table| table.report.class == Class::Clash);
        let clashes: Vec<String> = clashes.map(clash).collect();
        self.verdict = if self.is_ours || (complete && self.tables.iter().all(Recognised::is_done))
        {
            Verdict::Canonical
        } else if !clashes.is_empty() {
            Verdict::Refused
        } else if any(Class::Reshape) {
            Verdict::NeedsReshape
        } else {
            Verdict::Adoptable
        };
        if self.verdict == Verdict::Refused {
            self.refusal = Some(clashes.join("; "));
        }
        self.canonical = Some(canonical);
        Ok(())
    }

    /// The table of that name, recognised.
    pub(crate) fn table(&self, name: &str) -> Option<&Recognised> {
        self.tables.iter().find(|table| Engine::Sqlite.same(&table.report.table, name))
    }
}

impl Recognised {
    fn is_done(&self) -> bool {
        match self.report.class {
            Class::Foreign => true,
            _ => self.fit.as_ref().is_some_and(Fit::is_exact),
        }
    }
}

fn clash(table: &Recognised) -> String {
    let (name, reasons) = (&table.report.table, table.report.reasons.join(", "));
    format!(
        "{name} is another table than the one of that name: {reasons}. Rename it, or move it to another file"
    )
}

/// The database that a file is.
fn tell(file: &Schema, wanted: Option<Database>) -> std::result::Result<Database, String> {
    if wanted == Some(Database::Astrid) {
        return Err("astrid is no file of the Python pipeline; `almanac migrate upgrade --database astrid` \
                    takes over what AstrID had"
            .to_owned());
    }
    match (crate::signature::told(file)?, wanted) {
        (Some(told), Some(wanted)) if told != wanted => Err(format!(
            "its tables are those of {told}, not of {wanted}; `--database {told}` says so"
        )),
        (Some(told), _) => Ok(told),
        (None, _) => {
            Err("it has none of the tables by which a database of the pipeline is known".to_owned())
        }
    }
}

async fn alembic<C: ConnectionTrait>(connection: &C, file: &Schema) -> Result<Option<String>> {
    let Some(table) = file.table("alembic_version") else { return Ok(None) };
    if table.column(Engine::Sqlite, "version_num").is_none() {
        return Ok(None);
    }
    let versions =
        "SELECT CAST(version_num AS TEXT) FROM alembic_version WHERE version_num IS NOT NULL";
    let versions = texts(connection, versions).await?;
    Ok((!versions.is_empty()).then(|| versions.join(", ")))
}

async fn recognise<C: ConnectionTrait>(
    connection: &C,
    table: &Table,
    file: &Schema,
    canonical: &Canonical,
) -> Result<Recognised> {
    let rows = count(connection, &format!("FROM {}", quoted(&table.name))).await?;
    let old = Old { table, file, now: 0.0 };
    let mut shapes = shapes(canonical.database).iter();
    let shape =
        shapes.find(|shape| Engine::Sqlite.same(shape.from, &table.name) && (shape.is)(&old));
    let head = canonical.head();
    let mut found = match (head.table(&table.name), shape) {
        (Some(wanted), shape) => fitted(&old, wanted, shape, canonical),
        (None, Some(shape)) => of_other_name(connection, &old, shape, canonical).await?,
        (None, None) => foreign(&old, head),
    };
    found.report.rows = rows;
    Ok(found)
}

/// A table that the database has too.
fn fitted(
    old: &Old<'_>,
    wanted: &Table,
    shape: Option<&'static Shape>,
    canonical: &Canonical,
) -> Recognised {
    let fit_of = |wanted: &Table| {
        let known = canonical.entities.get(&wanted.name);
        Fit::of(old.table, wanted, known, (old.file, canonical.head()))
    };
    let fit = fit_of(wanted);
    let exact = canonical.newest(&wanted.name, |table| fit_of(table).is_exact());
    let complete = || canonical.newest(&wanted.name, |table| fit_of(table).is_complete());
    let revision = exact.or_else(complete).map(str::to_owned);
    let mut report = TableReport {
        missing_columns: fit.missing.iter().map(|column| column.name.clone()).collect(),
        extra_columns: fit.extra.clone(),
        reasons: fit.hindrances.clone(),
        ..TableReport::new(&old.table.name, Class::Additive, revision)
    };
    let way = match shape {
        Some(shape) => {
            report.reasons.insert(0, shape.reason.to_owned());
            Some(Way::Shape(shape))
        }
        None => (fit.other_key || !fit.hindrances.is_empty()).then_some(Way::Names),
    };
    if fit.other_key && shape.is_none() {
        report.reasons.insert(0, "its key is another".to_owned());
    }
    let unsaid = unsaid(old, wanted, shape);
    if exact.is_some() && way.is_none() {
        report.class = Class::Canonical;
    } else if !unsaid.is_empty() && (shape.is_some() || !fit.lacking.is_empty()) {
        report.class = Class::Clash;
        report.reasons.push(format!("it lacks {}", unsaid.join(", ")));
    } else if way.is_some() {
        report.class = Class::Reshape;
    }
    let reshape = way.filter(|_| report.class == Class::Reshape);
    let reshape = reshape.map(|way| {
        let mut into = wanted.clone();
        if matches!(way, Way::Names) {
            loosen(&mut into, old.table);
            into.columns.extend(kept(old.table, wanted));
        }
        Reshape { into, way, replaces: true }
    });
    Recognised { report, fit: Some(fit), reshape }
}

/// Lets columns be empty that were so in the old table, or that it had not.
fn loosen(into: &mut Table, old: &Table) {
    for column in into.columns.iter_mut().filter(|column| is_mandatory(column)) {
        column.nullable = old.column(Engine::Sqlite, &column.name).is_none_or(|was| was.nullable);
    }
}

/// The columns of its own that a table keeps when it is made anew, with nothing that a row has to have.
fn kept(table: &Table, wanted: &Table) -> impl Iterator<Item = migration_schema::Column> {
    let extra =
        table.columns.iter().filter(|one| wanted.column(Engine::Sqlite, &one.name).is_none());
    extra.map(|column| migration_schema::Column {
        nullable: true,
        counter: None,
        generated: None,
        ..column.clone()
    })
}

/// Columns that every row needs and that nothing of the old table says.
fn unsaid(old: &Old<'_>, wanted: &Table, shape: Option<&Shape>) -> Vec<String> {
    let said = match shape.map(|shape| shape.values) {
        Some(None) => return Vec::new(),
        Some(Some(values)) => values(old),
        None => Vec::new(),
    };
    let columns = wanted.columns.iter().filter(|column| is_mandatory(column));
    columns
        .filter(|column| !old.has(&column.name))
        .filter(|column| !said.iter().any(|(name, _)| *name == column.name))
        .map(|column| column.name.clone())
        .collect()
}

/// A table that the database has under another name, and rows that are not under that.
async fn of_other_name<C: ConnectionTrait>(
    connection: &C,
    old: &Old<'_>,
    shape: &'static Shape,
    canonical: &Canonical,
) -> Result<Recognised> {
    let name = &old.table.name;
    let known = match old.file.table(shape.into) {
        Some(_) => {
            let into = quoted(shape.into);
            format!("WHERE path NOT IN (SELECT path FROM {into} WHERE path IS NOT NULL)")
        }
        None => String::new(),
    };
    let left_out = count(connection, &format!("FROM {} {known}", quoted(name))).await?;
    let into = canonical.head().table(shape.into);
    let reshape = into.filter(|_| left_out > 0);
    // Where both are there, programs write both.
    let has_triggers = old.file.triggers.iter().any(|one| Engine::Sqlite.same(&one.table, name));
    let replaces = old.file.table(shape.into).is_none() && !has_triggers;
    let way = Way::Shape(shape);
    let reshape = reshape.map(|into| Reshape { into: into.clone(), way, replaces });
    let class = if reshape.is_some() { Class::Reshape } else { Class::Foreign };
    let mut report = TableReport::new(name, class, None);
    if left_out > 0 {
        report.reasons.push(format!("{}: {left_out} rows", shape.reason));
    }
    Ok(Recognised { report, fit: None, reshape })
}

/// A table that the database does not have. It is only made anew where nothing can be written to it.
fn foreign(old: &Old<'_>, head: &Schema) -> Recognised {
    let broken = broken(old.table, old.file, head);
    let mut report = TableReport::new(&old.table.name, Class::Foreign, None);
    if broken.is_empty() {
        return Recognised { report, fit: None, reshape: None };
    }
    let mut into = old.table.clone();
    into.foreign_keys.retain(|key| !broken.iter().any(|(one, _)| *one == key));
    report.class = Class::Reshape;
    report.reasons = broken.into_iter().map(|(_, reason)| reason).collect();
    Recognised {
        report,
        fit: None,
        reshape: Some(Reshape { into, way: Way::Names, replaces: true }),
    }
}

/// The statements that made a table and its indexes, as the file has them.
pub(crate) async fn ddl<C: ConnectionTrait>(connection: &C, table: &str) -> Result<String> {
    let select = format!(
        "SELECT sql FROM sqlite_schema WHERE lower(tbl_name) = lower({}) AND sql IS NOT NULL \
         AND type IN ('table', 'index') ORDER BY type DESC, rowid",
        literal(table)
    );
    let statements = all(connection, &select).await?;
    let statements: Vec<String> = statements
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<std::result::Result<_, _>>()?;
    Ok(statements.join(";\n"))
}
