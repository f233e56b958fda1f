//! The phases in which AstrID's database came to be, and which of them a database has.

use almanac_entity::{Database, Table};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Error, Reader, Result, Sessions, record};

/// A phase: tables that are there when all its revisions are applied.
struct Phase {
    /// The phase's newest revision.
    last: &'static str,
    tables: &'static [&'static str],
}

/// The phases, from the first.
const PHASES: [Phase; 4] = [
    Phase { last: RETIRED, tables: &["surveys", "observations", "system_config"] },
    Phase {
        last: "m20250915_000001_astrid_phase2_pipeline",
        tables: &["preprocess_runs", "difference_runs", "candidates", "processing_jobs"],
    },
    Phase {
        last: "m20250922_000002_astrid_phase3_energy",
        tables: &["models", "model_runs", "detections"],
    },
    Phase {
        last: "m20250929_000002_astrid_phase4_audit",
        tables: &["validation_events", "alerts", "audit_log"],
    },
];

/// The revision that copies the rows of the legacy table.
pub(super) const COPIED: &str = "m20250908_000003_astrid_phase1_copy_example_model";
/// The revision that takes the legacy table away.
pub(super) const RETIRED: &str = "m20250912_000001_astrid_phase1_retire_example_model";

/// The revisions that a database has, as its books say.
pub(super) async fn applied<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>> {
    let backend = connection.get_database_backend();
    let books = Database::Astrid.migration_table();
    let look = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
        }
        _ => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    };
    let look = Statement::from_sql_and_values(backend, look, [books.as_str().into()]);
    if connection.query_one_raw(look).await?.is_none() {
        return Ok(Vec::new());
    }
    let names = Statement::from_string(backend, format!("SELECT version FROM \"{books}\""));
    let rows = connection.query_all_raw(names).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<std::result::Result<_, _>>()?)
}

/// How many phases, from the first, these revisions make whole.
fn whole(applied: &[String]) -> u8 {
    let has = |phase: &&Phase| applied.iter().any(|name| name == phase.last);
    u8::try_from(PHASES.iter().take_while(has).count()).unwrap_or(u8::MAX)
}

/// Tables that are not served, each with its phase, from 1.
pub(crate) type Withheld = Vec<(&'static str, u8)>;

impl Sessions {
    /// Keeps back the tables of AstrID's phases that are not applied to the whole, as the books have it now: from
    /// those who ask for them by [`reader_of`](Self::reader_of), and in [`Work`](crate::Work). The first call decides.
    ///
    /// # Errors
    /// The database is not there or cannot be read.
    pub async fn withhold_phases(&self) -> Result<()> {
        let applied = applied(&self.reader(Database::Astrid).await?).await?;
        self.warn_of_no_record(whole(&applied));
        let phases = (1..).zip(&PHASES);
        let missing = phases.filter(|(_, phase)| !applied.iter().any(|name| name == phase.last));
        let tables = missing
            .flat_map(|(number, phase)| phase.tables.iter().map(move |table| (*table, number)));
        let _ = self.withheld().set(tables.collect());
        Ok(())
    }

    /// How many of AstrID's phases the database has to the whole, the first ones. Once it has all of them it is
    /// not asked again.
    pub(crate) async fn phase<C: ConnectionTrait>(&self, connection: &C) -> Result<u8> {
        if let Some(phase) = self.all_phases().get() {
            return Ok(*phase);
        }
        let phase = whole(&applied(connection).await?);
        if usize::from(phase) == PHASES.len() {
            let _ = self.all_phases().set(phase);
        }
        self.warn_of_no_record(phase);
        Ok(phase)
    }

    /// Says once that changes leave no trail, where the phases do not suffice for one.
    fn warn_of_no_record(&self, phase: u8) {
        if record::is_inert(phase) && self.unrecorded().set(()).is_ok() {
            tracing::warn!(
                phase,
                "astrid has no audit log yet, and changes leave no trail; \
                 `almanac migrate upgrade --database astrid` brings it"
            );
        }
    }

    /// A session to read a table by.
    ///
    /// # Errors
    /// As [`reader`](Self::reader), or [`Error::PhaseNotApplied`].
    pub async fn reader_of<E: Table>(&self) -> Result<Reader> {
        self.require_phase_of::<E>()?;
        self.reader(E::DATABASE).await
    }

    /// Refuses a table that is kept back.
    pub(crate) fn require_phase_of<E: Table>(&self) -> Result<()> {
        let entity = E::default();
        let is_it = |(table, _): &&(&str, u8)| {
            E::DATABASE == Database::Astrid && *table == entity.table_name()
        };
        match self.withheld().get().and_then(|tables| tables.iter().find(is_it)) {
            Some(&(table, phase)) => Err(Error::PhaseNotApplied { table, phase }),
            None => Ok(()),
        }
    }
}
