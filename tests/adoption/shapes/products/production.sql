-- The telescope's file of 2025-11-29: what is in the shapes beside this file, and what experiments left.
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version VALUES ('ad58b1d1c97a');
CREATE TABLE ms_index (
    path TEXT PRIMARY KEY,
    start_mjd REAL,
    end_mjd REAL,
    mid_mjd REAL,
    processed_at REAL,
    status TEXT,
    stage TEXT,
    stage_updated_at REAL,
    cal_applied INTEGER DEFAULT 0,
    imagename TEXT,
    ra_deg REAL,
    dec_deg REAL
, field_name TEXT, pointing_ra_deg REAL, pointing_dec_deg REAL);
CREATE INDEX idx_ms_index_stage_path ON ms_index(stage, path);
CREATE INDEX idx_ms_index_status ON ms_index(status);
CREATE INDEX idx_ms_index_mjd ON ms_index(mid_mjd);
CREATE INDEX idx_ms_index_field ON ms_index(field_name);
INSERT INTO ms_index (path, mid_mjd, status, stage, imagename) VALUES
    ('/stage/ms/2025-10-02T06:00:00.ms', 60950.25, 'completed', 'imaged', '/stage/images/a.fits'),
    ('/stage/ms/2025-10-02T12:00:00.ms', 60950.5, 'converted', 'done', NULL),
    ('/stage/ms/no-times.ms', NULL, NULL, NULL, NULL);
INSERT INTO ms_index (mid_mjd, processed_at) VALUES (60952.0, '2025-10-02T12:05:00.123456');
CREATE TABLE transient_candidates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    image_path TEXT NOT NULL,
    ms_path TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    peak_mjy REAL NOT NULL,
    rms_mjy REAL NOT NULL,
    snr REAL NOT NULL,
    timestamp_mjd REAL,
    detected_at REAL NOT NULL
, source_name TEXT, detection_type TEXT, flux_obs_mjy REAL, flux_baseline_mjy REAL, flux_ratio REAL, significance_sigma REAL, baseline_catalog TEXT, mosaic_id INTEGER, classification TEXT, variability_index REAL, last_updated REAL, notes TEXT, follow_up_status TEXT, classified_by TEXT);
CREATE INDEX idx_transient_ms_path ON transient_candidates(ms_path);
CREATE INDEX idx_transient_timestamp ON transient_candidates(timestamp_mjd);
INSERT INTO transient_candidates (id, image_path, ms_path, ra_deg, dec_deg, peak_mjy, rms_mjy, snr, detected_at, notes) VALUES
    (1, '/stage/images/a.fits', '/stage/ms/2025-10-02T06:00:00.ms', 188.5, 42, 12.5, 0.5, 25, 1764000050, 'it''s é'),
    (12, '', '', 0, 0, 1, 1, 1, '2025-11-24T16:00:50', NULL);
CREATE TABLE mosaic_groups (
    group_id TEXT PRIMARY KEY,
    mosaic_id TEXT,
    ms_paths TEXT NOT NULL,
    calibration_ms_path TEXT,
    bpcal_solved INTEGER DEFAULT 0,
    created_at REAL NOT NULL,
    calibrated_at REAL,
    imaged_at REAL,
    mosaicked_at REAL,
    status TEXT DEFAULT 'pending'
);
INSERT INTO mosaic_groups (group_id, ms_paths, created_at) VALUES ('group_1', '/stage/ms/2025-10-02T06:00:00.ms', 1764000000);
CREATE TABLE images_all AS SELECT * FROM ms_index;
CREATE TABLE ms_all (path TEXT, weather BLOB, weather_2 NUMERIC);
INSERT INTO ms_all VALUES ('/stage/ms/a.ms', x'00FF', '1e400'), (NULL, NULL, -9223372036854775808);
CREATE TABLE mosaics_all (id INTEGER PRIMARY KEY, name TEXT) WITHOUT ROWID;
INSERT INTO mosaics_all VALUES (9, 'm9');
CREATE TABLE photometry_timeseries (source_id TEXT, mjd REAL, flux_jy REAL, PRIMARY KEY (source_id, mjd));
INSERT INTO photometry_timeseries VALUES ('NVSS J123400.0+420000', 60950.25, 0.1);
CREATE TABLE alerts (id INTEGER PRIMARY KEY, message TEXT);
CREATE TABLE validation_cache (cache_key TEXT PRIMARY KEY, image_path TEXT NOT NULL, results_json TEXT NOT NULL, created_at REAL NOT NULL);
INSERT INTO validation_cache VALUES ('k', '/stage/images/a.fits', '{''ok'': True}', 1764000000);
CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT UNIQUE NOT NULL);
INSERT INTO users VALUES ('1', 'l''opératrice');
CREATE TABLE pipeline_executions (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
CREATE TABLE execution_stages (id INTEGER PRIMARY KEY, execution_id INTEGER REFERENCES pipeline_executions(id) ON DELETE CASCADE);
CREATE TABLE stage_metrics (stage_id INTEGER REFERENCES execution_stages(id), "value of it" REAL);
CREATE TABLE calibration_solves (id INTEGER PRIMARY KEY, caltable TEXT);
CREATE TABLE calibration_applications (id INTEGER PRIMARY KEY, ms_path TEXT REFERENCES ms_index(path));
CREATE TABLE pb_weights_cache (key TEXT PRIMARY KEY, weights BLOB);
INSERT INTO pipeline_executions (name) VALUES ('run 1');
INSERT INTO execution_stages VALUES (1, 1);
INSERT INTO stage_metrics VALUES (1, 2.5), (99, NULL);
INSERT INTO calibration_applications VALUES (1, '/stage/ms/2025-10-02T06:00:00.ms');
INSERT INTO pb_weights_cache VALUES ('k', zeroblob(5000));
CREATE VIEW recent_candidates AS SELECT id, ra_deg, dec_deg, snr FROM transient_candidates WHERE detected_at > 1763000000;
CREATE VIEW imaged AS SELECT m.path, i.path AS image FROM ms_index m JOIN images i ON i.ms_path = m.path;
CREATE INDEX idx_own_candidates_snr ON transient_candidates(snr) WHERE snr > 5;
CREATE INDEX idx_own_ms_year ON ms_index(substr(path, 11, 4));
CREATE TABLE changes (table_name TEXT, what TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TRIGGER note_photometry AFTER UPDATE ON photometry BEGIN
    INSERT INTO changes (table_name, what) VALUES ('photometry', NEW.id);
END;
CREATE TRIGGER note_candidates AFTER INSERT ON transient_candidates BEGIN
    INSERT INTO changes (table_name, what) VALUES ('transient_candidates', NEW.id);
END;
CREATE TRIGGER keep_candidates BEFORE DELETE ON transient_candidates BEGIN
    INSERT INTO changes (table_name, what) VALUES ('transient_candidates', 'gone ' || OLD.id);
END;
ANALYZE;
