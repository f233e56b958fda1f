//! The old table, whichever names its columns have.

use almanac_entity::{
    UnixTime,
    calibrators::{CalibratorStatus, bandpass_calibrator},
};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};

use super::MIGRATION;
use crate::{Error, Result, calibrators::Registration, import, validate};

const TABLE: &str = "bandpass_calibrators";

/// The columns that are read and the names that each may have. Where a table has several of them, the first
/// that is not null in a row counts, whatever its value: an RA of 0 is one.
const COLUMNS: [(&[&str], Need); 12] = [
    (&["id"], Need::Table),
    (&["calibrator_name", "name"], Need::Table),
    (&["ra_deg", "ra"], Need::Table),
    (&["dec_deg", "dec"], Need::Table),
    (&["dec_range_min"], Need::None),
    (&["dec_range_max"], Need::None),
    (&["source_catalog"], Need::None),
    (&["flux_jy", "flux"], Need::None),
    (&["registered_at"], Need::Table),
    (&["registered_by"], Need::None),
    (&["status"], Need::None),
    (&["notes"], Need::None),
];

/// Whether a table without a column can be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Table,
    None,
}

/// A row of the old table, with what it left out filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct OldCalibrator {
    /// Its number there.
    pub id: i64,
    /// What it says.
    pub registration: Registration,
}

/// A row that cannot be a calibrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldFault {
    /// Its number in the old table, as text where it is no number.
    pub id: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What the old table holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OldCalibrators {
    /// Rows that can be taken over.
    pub rows: Vec<OldCalibrator>,
    /// The numbers of rows without a name, which name no calibrator.
    pub nameless: Vec<String>,
    /// Rows that cannot be taken over, with the reason.
    pub faults: Vec<OldFault>,
}

impl OldCalibrators {
    /// How many rows the table has.
    pub fn count(&self) -> usize {
        self.rows.len() + self.nameless.len() + self.faults.len()
    }
}

/// Reads the old table by one statement. A database without it has no calibrators.
///
/// # Errors
/// The table lacks a column without which no calibrator can be told, or the engine fails.
pub async fn read_old_calibrators<C: ConnectionTrait>(connection: &C) -> Result<OldCalibrators> {
    let backend = connection.get_database_backend();
    let there = columns(connection).await?;
    let mut found = OldCalibrators::default();
    if there.is_empty() {
        return Ok(found);
    }
    let mut cells = Vec::new();
    for (names, need) in COLUMNS {
        let present: Vec<&(String, String)> = names
            .iter()
            .filter_map(|name| there.iter().find(|(column, _)| column.eq_ignore_ascii_case(name)))
            .collect();
        if present.is_empty() && need == Need::Table {
            let message = format!(
                "its table {TABLE} has no column {}; it is another table",
                names.join(" or ")
            );
            return Err(Error::invalid("products_db", message));
        }
        cells.push(expressions(backend, &present));
    }
    let sql = format!("SELECT {} FROM {TABLE} ORDER BY 1, 2", cells.join(", "));
    for row in connection.query_all_raw(Statement::from_string(backend, sql)).await? {
        found.take(&Cells::read(&row)?);
    }
    Ok(found)
}

impl OldCalibrators {
    fn take(&mut self, cells: &Cells) {
        let id = cells.shown(0);
        match cells.text(1).filter(|name| !name.trim().is_empty()) {
            None => self.nameless.push(id),
            Some(name) => match cells.calibrator(name) {
                Ok(row) => self.rows.push(row),
                Err(reason) => self.faults.push(OldFault { id, reason }),
            },
        }
    }
}

/// The columns of the old table with their types; none where there is no such table.
async fn columns<C: ConnectionTrait>(connection: &C) -> Result<Vec<(String, String)>> {
    let backend = connection.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{TABLE}'"
        ),
        _ => format!("SELECT name, type FROM pragma_table_info('{TABLE}')"),
    };
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await?;
    let column = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    rows.iter().map(column).collect()
}

/// Two expressions: the column's number, where it has one, and its text otherwise.
fn expressions(backend: DbBackend, columns: &[&(String, String)]) -> String {
    let parts = columns.iter().map(|(name, kind)| {
        let name = format!("\"{}\"", name.replace('"', "\"\""));
        match (backend, kind.as_str()) {
            (
                DbBackend::Postgres,
                "smallint" | "integer" | "bigint" | "real" | "double precision" | "numeric",
            ) => (format!("CAST({name} AS double precision)"), "CAST(NULL AS text)".to_owned()),
            (DbBackend::Postgres, kind) if kind.starts_with("timestamp") => (
                format!("CAST(EXTRACT(EPOCH FROM {name}) AS double precision)"),
                "CAST(NULL AS text)".to_owned(),
            ),
            (DbBackend::Postgres, _) => {
                ("CAST(NULL AS double precision)".to_owned(), format!("CAST({name} AS text)"))
            }
            // A cell of SQLite has a type of its own.
            _ => (
                format!(
                    "CASE WHEN typeof({name}) IN ('integer', 'real') THEN CAST({name} AS REAL) END"
                ),
                format!(
                    "CASE WHEN typeof({name}) IN ('text', 'blob') THEN CAST({name} AS TEXT) END"
                ),
            ),
        }
    });
    let (numbers, texts): (Vec<String>, Vec<String>) = parts.unzip();
    let first = |parts: Vec<String>, kind: &str| match parts.len() {
        0 => format!("CAST(NULL AS {kind})"),
        1 => parts.concat(),
        _ => format!("COALESCE({})", parts.join(", ")),
    };
    let number = if backend == DbBackend::Postgres { "double precision" } else { "REAL" };
    format!("{}, {}", first(numbers, number), first(texts, "TEXT"))
}

/// The cells of a row, in the order of [`COLUMNS`]: each a number, a text or neither.
struct Cells(Vec<(Option<f64>, Option<String>)>);

impl Cells {
    fn read(row: &QueryResult) -> Result<Self> {
        let cell = |index: usize| {
            Ok((row.try_get_by_index(2 * index)?, row.try_get_by_index(2 * index + 1)?))
        };
        Ok(Self((0..COLUMNS.len()).map(cell).collect::<Result<_>>()?))
    }

    /// As people would read it.
    fn shown(&self, column: usize) -> String {
        self.text(column).unwrap_or_else(|| "NULL".to_owned())
    }

    fn text(&self, column: usize) -> Option<String> {
        let (number, text) = &self.0[column];
        text.clone().or_else(|| number.map(|number| number.to_string()))
    }

    fn number(&self, column: usize) -> std::result::Result<Option<f64>, String> {
        match &self.0[column] {
            (Some(number), _) => Ok(Some(*number)),
            (None, Some(text)) if text.trim().is_empty() => Ok(None),
            (None, Some(text)) => text
                .trim()
                .parse()
                .map(Some)
                .map_err(|_| format!("{}: {text:?} is no number", COLUMNS[column].0[0])),
            (None, None) => Ok(None),
        }
    }

    fn needed(&self, column: usize) -> std::result::Result<f64, String> {
        self.number(column)?.ok_or_else(|| format!("{} is missing", COLUMNS[column].0[0]))
    }

    /// An instant; some writers stored text in a column of numbers.
    fn instant(&self, column: usize) -> std::result::Result<UnixTime, String> {
        match &self.0[column] {
            (None, Some(text)) if text.trim().parse::<f64>().is_err() => {
                Ok(import::instant(text.trim())?.into())
            }
            _ => self.needed(column).map(UnixTime),
        }
    }

    fn calibrator(&self, name: String) -> std::result::Result<OldCalibrator, String> {
        let id = self.needed(0)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a fraction is told by what comes back"
        )]
        let whole = id as i64;
        #[expect(clippy::cast_precision_loss, reason = "the same")]
        if (whole as f64 - id).abs() > 0.0 {
            return Err(format!("id: {id} is no whole number"));
        }
        let status = self.text(10).filter(|status| !status.trim().is_empty());
        let registration = Registration {
            calibrator_name: name,
            ra_deg: self.needed(2)?,
            dec_deg: self.needed(3)?,
            dec_range_min: self.number(4)?,
            dec_range_max: self.number(5)?,
            source_catalog: self.text(6),
            flux_jy: self.number(7)?,
            registered_at: self.instant(8)?,
            registered_by: Some(self.text(9).unwrap_or_else(|| MIGRATION.to_owned())),
            status: Some(status.map_or(CalibratorStatus::Active, CalibratorStatus::from)),
            notes: self.text(11),
        };
        validate::row::<bandpass_calibrator::Entity>(&registration.clone().into())
            .map_err(|error| error.to_string())?;
        Ok(OldCalibrator { id: whole, registration })
    }
}
