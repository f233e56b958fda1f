//! Files as the Python pipeline made them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use almanac_adopt::{Error, Inspection, Options, Report};
use almanac_database::{Address, Database, Location, Origin};
use chrono::{DateTime, TimeZone, Utc};
use rusqlite::{Connection, types::FromSql};
use tempfile::TempDir;

/// A products file before the first reshape: images without keys, an orphan, a duplicate, a trigger and a view.
pub(crate) const PRODUCTS: &str = r#"
CREATE TABLE ms_index (path TEXT PRIMARY KEY, start_mjd REAL, end_mjd REAL, mid_mjd REAL, processed_at REAL, status TEXT);
INSERT INTO ms_index (path, mid_mjd, status) VALUES ('/a.ms', 60000.5, 'completed'), ('/b.ms', NULL, 'odd'), (NULL, 1, 'ok');
CREATE TABLE images (id INTEGER PRIMARY KEY, path TEXT NOT NULL, ms_path TEXT NOT NULL, created_at REAL NOT NULL,
    type TEXT NOT NULL, beam_major_arcsec REAL, noise_jy REAL, pbcor INTEGER DEFAULT 0);
ALTER TABLE images ADD COLUMN format TEXT DEFAULT "fits";
CREATE INDEX own_images_ms ON images (ms_path);
INSERT INTO images (id, path, ms_path, created_at, type) VALUES
    (1, '/a.fits', '/a.ms', 1, 'clean'), (2, '/a.fits', '/a.ms', '2025-10-24T12:00:00', '3.5'),
    (7, '/lost.fits', '/lost.ms', 1, 'mystery');
CREATE TABLE photometry (id INTEGER PRIMARY KEY AUTOINCREMENT, image_path TEXT NOT NULL, source_id TEXT, ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL, nvss_flux_mjy REAL, peak_jyb REAL NOT NULL, peak_err_jyb REAL, snr REAL, measured_at REAL NOT NULL,
    mjd REAL, sep_from_center_deg REAL, flags INTEGER DEFAULT 0);
INSERT INTO photometry (image_path, source_id, ra_deg, dec_deg, peak_jyb, measured_at, mjd) VALUES
    ('/a.fits', 'one', 1, 2, 0.1, 1761000000, NULL), ('/a.fits', NULL, 1, 2, 0.1, 1761000000, 59999.25),
    ('/lost.fits', 'one', 1, 2, 0.1, 1761000000, NULL), ('/gone.fits', 'one', 400, 2, 0.1, 1761000000, NULL);
CREATE TABLE observers (name TEXT, note BLOB);
INSERT INTO observers VALUES ('O''Neill', x'00ff'), ('Ángström', NULL);
CREATE TRIGGER seen AFTER UPDATE ON photometry BEGIN INSERT INTO observers VALUES ('trigger', NULL); END;
CREATE VIEW bright AS SELECT path, noise_jy FROM images WHERE noise_jy < 1;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0003_add_cascade_delete');
"#;

/// What has to be made anew: an early ingest queue.
pub(crate) const INGEST: &str = r"
CREATE TABLE ingest_queue (group_id TEXT PRIMARY KEY, state TEXT NOT NULL, received_at REAL NOT NULL, last_update REAL NOT NULL,
    chunk_minutes REAL, retry_count INTEGER NOT NULL DEFAULT 0, error TEXT, checkpoint_path TEXT,
    processing_stage TEXT DEFAULT 'collecting');
INSERT INTO ingest_queue (group_id, state, received_at, last_update) VALUES
    ('2025-10-06T01:02:03', 'completed', 1759700000.5, 1759700100), ('2025-10-06T02:02:03', 'processing_fresh', 1, 2);
CREATE TABLE subband_files (group_id TEXT NOT NULL, subband_idx INTEGER NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (group_id, subband_idx));
INSERT INTO subband_files VALUES ('2025-10-06T01:02:03', 0, '/in/0'), ('2025-10-06T01:02:03', 1, '/in/1'),
    ('2025-10-06T03:00:00', 0, '/in/0'), ('nonsense', 3, '/in/3');
CREATE TABLE performance_metrics (group_id TEXT PRIMARY KEY, load_time REAL, phase_time REAL, write_time REAL, total_time REAL,
    writer_type TEXT, recorded_at REAL);
INSERT INTO performance_metrics VALUES ('2025-10-06T01:02:03', 1.5, 2, 3, 6.5, 'pyuvdata', NULL);
";

/// A file in a state directory of its own.
pub(crate) struct Legacy {
    folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Legacy {
    /// The file that `sql` makes, with a rollback journal as Python leaves it.
    pub(crate) fn new(sql: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("old.sqlite3");
        let legacy = Self { folder, path };
        legacy.open().execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
        legacy
    }

    pub(crate) fn open(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    pub(crate) fn backups(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    pub(crate) fn address(&self, database: Database) -> Address {
        Address::new(database, Location::File(self.path.clone()), Origin::Argument("test"))
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            reshape: false,
            backups: Some(self.backups()),
            wait: Duration::ZERO,
            dry_run: false,
            now: now(),
        }
    }

    pub(crate) async fn inspect(&self) -> Inspection {
        almanac_adopt::inspect(&self.path, None).await.unwrap()
    }

    pub(crate) async fn adopt(&self) -> Report {
        let options = Options { reshape: true, ..self.options() };
        self.adopt_with(&options).await.unwrap()
    }

    pub(crate) async fn adopt_with(&self, options: &Options) -> Result<Report, Error> {
        almanac_adopt::adopt(&self.path, None, options, |_| {}).await
    }

    /// Why it is not taken over, its folder being as it was.
    pub(crate) async fn refused(&self) -> String {
        let before = self.bytes();
        let options = Options { reshape: true, ..self.options() };
        let error = self.adopt_with(&options).await.unwrap_err().to_string();
        assert!(self.bytes() == before, "it was changed");
        error
    }

    /// The first columns of the rows that `sql` selects.
    #[track_caller]
    pub(crate) fn values<T: FromSql>(&self, sql: &str) -> Vec<T> {
        let connection = self.open();
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Everything beside the file and itself.
    pub(crate) fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        entries
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), fs::read(&path).unwrap()))
            .collect()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The instant at which tests take files over.
pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 10, 0, 0).unwrap()
}
