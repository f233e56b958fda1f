//! Building a catalogue file from a survey's own table.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use almanac_database::{Mode, connect_file};
use almanac_entity::UnixTime;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait,
    sea_query::{Expr, Query},
};

use super::{
    Catalogue, LineFaults, SurveyRow, file::STRIP_HALF_WIDTH_DEG, files::strip_name, read_survey,
};
use crate::{Error, Result};

/// Rows of one insert.
const BATCH: usize = 500;

/// Which file is built from what.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildOptions {
    /// The survey.
    pub catalogue: Catalogue,
    /// The declination of the strip, degrees; without one the file holds the whole sky.
    pub dec_center: Option<f64>,
    /// What the sources come from, for the file's record.
    pub source: String,
    /// The column of the flux density, where it is none that is known. Its name ends in its unit, `_jy` or
    /// `_mjy`.
    pub flux_column: Option<String>,
    /// Whether a file that is there is replaced.
    pub replace: bool,
    /// The instant of the build.
    pub now: UnixTime,
}

/// What was built.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildReport {
    /// The file.
    pub path: PathBuf,
    /// Sources in it.
    pub sources: u64,
    /// Sources that lie outside its declinations.
    pub outside: u64,
    /// Lines that could not be read.
    pub faults: LineFaults,
}

/// Builds a catalogue file in `folder` from CSV with a header. It is written beside its place and then
/// renamed, so that who reads the old one meanwhile reads it whole.
///
/// # Errors
/// The header lacks a position, the file is there already, or it cannot be written.
pub async fn build_catalogue(
    folder: &Path,
    input: impl Read,
    options: &BuildOptions,
) -> Result<BuildReport> {
    let Some(survey) = options.catalogue.survey() else {
        let message = format!("{} is no survey that a file is built for", options.catalogue);
        return Err(Error::invalid("catalogue", message));
    };
    let (dec_min, dec_max) = match options.dec_center {
        None => (survey.dec_min, survey.dec_max),
        Some(dec) if (-90.0..=90.0).contains(&dec) => (
            (dec - STRIP_HALF_WIDTH_DEG).max(survey.dec_min),
            (dec + STRIP_HALF_WIDTH_DEG).min(survey.dec_max),
        ),
        Some(dec) => {
            return Err(Error::invalid("dec_center", format!("{dec}° is not in [-90, 90]")));
        }
    };
    if dec_min > dec_max {
        let message = format!(
            "{} covers the declinations {}° to {}°",
            options.catalogue, survey.dec_min, survey.dec_max
        );
        return Err(Error::invalid("dec_center", message));
    }
    let name = options.dec_center.map_or_else(
        || format!("{}_full.sqlite3", options.catalogue.key()),
        |dec| strip_name(options.catalogue, dec),
    );
    let path = folder.join(&name);
    if path.exists() && !options.replace {
        return Err(Error::Conflict(format!(
            "there is a file {name} already; replace it outright"
        )));
    }
    fs::create_dir_all(folder).map_err(|error| unwritable(&error))?;
    let unfinished = tempfile_beside(&path);
    let built = write(&unfinished, input, options, (dec_min, dec_max)).await;
    let placed = built.and_then(|report| {
        fs::rename(&unfinished, &path).map_err(|error| unwritable(&error))?;
        Ok(BuildReport { path, ..report })
    });
    if placed.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    placed
}

fn unwritable(error: &std::io::Error) -> Error {
    Error::invalid("folder", format!("the catalogue file cannot be written: {error}"))
}

fn tempfile_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", uuid::Uuid::now_v7().simple()))
}

async fn write(
    path: &Path,
    input: impl Read,
    options: &BuildOptions,
    (dec_min, dec_max): (f64, f64),
) -> Result<BuildReport> {
    let (mut rows, mut outside) = (Vec::new(), 0);
    let faults = read_survey(input, options.flux_column.as_deref(), |row| {
        if (dec_min..=dec_max).contains(&row.dec_deg) {
            rows.push(row);
        } else {
            outside += 1;
        }
    })?;
    let connection = connect_file(path, Mode::Migrate).await?;
    connection.execute_unprepared(TABLES).await?;
    let transaction = connection.begin().await?;
    for batch in rows.chunks(BATCH) {
        insert(&transaction, batch).await?;
    }
    let report = BuildReport { path: path.to_owned(), sources: rows.len() as u64, outside, faults };
    let built = options.now.date_time().map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    let mut facts = vec![
        ("dec_min", dec_min.to_string()),
        ("dec_max", dec_max.to_string()),
        ("build_time_iso", built.unwrap_or_default()),
        ("n_sources", report.sources.to_string()),
        ("source", options.source.clone()),
    ];
    facts.extend(options.dec_center.map(|dec| ("dec_center", dec.to_string())));
    for (key, value) in facts {
        let sql = "INSERT INTO meta (key, value) VALUES (?, ?)";
        let values = [key.into(), value.into()];
        transaction
            .execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values))
            .await?;
    }
    transaction.commit().await?;
    finish(connection).await?;
    Ok(report)
}

/// Indexes come last, and no log stays beside the file, which nobody will write again.
async fn finish(connection: DatabaseConnection) -> Result<()> {
    connection.execute_unprepared(INDEXES).await?;
    connection.execute_unprepared("PRAGMA journal_mode = DELETE").await?;
    connection.close().await?;
    Ok(())
}

const TABLES: &str = "
    CREATE TABLE sources (
        source_id INTEGER PRIMARY KEY,
        name TEXT,
        ra_deg REAL NOT NULL,
        dec_deg REAL NOT NULL,
        flux_mjy REAL,
        flux_err_mjy REAL,
        maj_arcsec REAL,
        min_arcsec REAL,
        pa_deg REAL
    );
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
";
const INDEXES: &str = "
    CREATE INDEX idx_sources_radec ON sources (ra_deg, dec_deg);
    CREATE INDEX idx_sources_dec ON sources (dec_deg);
    CREATE INDEX idx_sources_flux ON sources (flux_mjy);
";
const WRITTEN: [&str; 8] =
    ["name", "ra_deg", "dec_deg", "flux_mjy", "flux_err_mjy", "maj_arcsec", "min_arcsec", "pa_deg"];

async fn insert(connection: &impl ConnectionTrait, rows: &[SurveyRow]) -> Result<()> {
    let mut insert = Query::insert();
    insert.into_table("sources").columns(WRITTEN);
    for row in rows {
        insert.values_panic([
            Expr::val(row.name.clone()),
            Expr::val(row.ra_deg),
            Expr::val(row.dec_deg),
            Expr::val(row.flux_mjy),
            Expr::val(row.flux_err_mjy),
            Expr::val(row.major_axis_arcsec),
            Expr::val(row.minor_axis_arcsec),
            Expr::val(row.position_angle_deg),
        ]);
    }
    connection.execute(&insert).await?;
    Ok(())
}
