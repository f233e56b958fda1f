-- The merged file of December 2025, out of scope.
CREATE TABLE ms_index (path TEXT PRIMARY KEY, start_mjd REAL, end_mjd REAL, mid_mjd REAL, status TEXT, stage TEXT);
CREATE TABLE images (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, ms_path TEXT NOT NULL REFERENCES ms_index(path) ON DELETE CASCADE, created_at REAL NOT NULL, type TEXT NOT NULL);
CREATE TABLE photometry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT NOT NULL,
    image_path TEXT NOT NULL REFERENCES images(path) ON DELETE CASCADE,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    flux_jy REAL NOT NULL,
    peak_flux_jy REAL,
    rms_jy REAL,
    major REAL,
    minor REAL,
    pa REAL,
    quality_flag TEXT
);
CREATE TABLE caltables (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, table_type TEXT NOT NULL, set_name TEXT NOT NULL, status TEXT);
CREATE TABLE hdf5_files (path TEXT PRIMARY KEY, group_id TEXT NOT NULL, subband_num INTEGER);
CREATE TABLE processing_queue (group_id TEXT PRIMARY KEY, state TEXT NOT NULL, received_at REAL NOT NULL);
INSERT INTO ms_index (path) VALUES ('/stage/ms/2025-10-02T06:00:00.ms');
INSERT INTO processing_queue VALUES ('2025-10-02T06:00:00', 'pending', 1764700000);
