-- Shape C, 2025-10-24.
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
    field_name TEXT,
    pointing_ra_deg REAL,
    pointing_dec_deg REAL
);
CREATE INDEX idx_ms_index_stage_path ON ms_index(stage, path);
CREATE INDEX idx_ms_index_status ON ms_index(status);
CREATE INDEX idx_ms_index_mjd ON ms_index(mid_mjd);
INSERT INTO ms_index VALUES ('/stage/ms/2025-10-02T06:00:00.ms', 60950.248, 60950.252, 60950.25, 1759384800, 'ok', 'calibrated', 1759385000, 1, NULL, 'J1234+42', 188.5, 42);
INSERT INTO ms_index VALUES ('/stage/ms/2025-10-02T12:00:00.ms', 60950.498, 60950.502, 60950.5, 1759406400.5, 'flagged', 'photometry_complete', 1759406500, 0, '', 'Ünbekannt', -12.5, 95.0);
INSERT INTO ms_index VALUES ('/stage/ms/no-times.ms', NULL, NULL, NULL, NULL, 'ok', 'discovered', NULL, 2, NULL, NULL, NULL, NULL);
INSERT INTO ms_index (path, mid_mjd) VALUES (NULL, 60952.0);
