-- Shape B, 2025-10-13: made as A, four columns added since.
CREATE TABLE ms_index (
    path TEXT PRIMARY KEY,
    start_mjd REAL,
    end_mjd REAL,
    mid_mjd REAL,
    processed_at REAL,
    status TEXT
);
ALTER TABLE ms_index ADD COLUMN stage TEXT;
ALTER TABLE ms_index ADD COLUMN stage_updated_at REAL;
ALTER TABLE ms_index ADD COLUMN cal_applied INTEGER DEFAULT 0;
ALTER TABLE ms_index ADD COLUMN imagename TEXT;
CREATE INDEX idx_ms_index_stage_path ON ms_index(stage, path);
CREATE INDEX idx_ms_index_status ON ms_index(status);
INSERT INTO ms_index VALUES ('/stage/ms/2025-10-02T06:00:00.ms', 60950.248, 60950.252, 60950.25, 1759384800, 'ok', 'imaged', '2025-10-02T12:00:00+00:00', 1, '/stage/images/a.fits');
INSERT INTO ms_index VALUES ('/stage/ms/2025-10-02T12:00:00.ms', 60950.498, 60950.502, 60950.5, 1759406400.5, 'completed', '', NULL, 'yes', NULL);
INSERT INTO ms_index VALUES ('/stage/ms/no-times.ms', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO ms_index VALUES (NULL, NULL, NULL, 60952.0, NULL, 'failed', 'lost', -5, 7, x'00FF');
