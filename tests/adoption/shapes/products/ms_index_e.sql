-- Shape E, 2025-11-27: D made at once, without a field's name.
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
);
CREATE INDEX idx_ms_index_stage_path ON ms_index(stage, path);
CREATE INDEX idx_ms_index_status ON ms_index(status);
INSERT INTO ms_index VALUES ('/stage/ms/2025-10-02T06:00:00.ms', 60950.248, 60950.252, 60950.25, 1759384800, 'completed', 'mosaicked', 1759385000, 1, '/stage/images/a.fits', 188.51, 42.02);
INSERT INTO ms_index VALUES ('/stage/ms/2025-10-02T12:00:00.ms', 60950.498, 60950.502, 60950.5, 1759406400.5, 'pending', 'done', NULL, 0, NULL, NULL, NULL);
INSERT INTO ms_index (path) VALUES ('/stage/ms/no-times.ms');
INSERT INTO ms_index (mid_mjd) VALUES (60952.0);
