-- The second shape, 2025-12-03: a verdict and the whole result.
CREATE TABLE calibration_qa (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ms_path TEXT NOT NULL,
    passed BOOLEAN NOT NULL,
    severity TEXT NOT NULL,
    overall_grade TEXT NOT NULL,
    n_warnings INTEGER DEFAULT 0,
    n_errors INTEGER DEFAULT 0,
    avg_flag_fraction REAL,
    assessment_time_s REAL,
    result_json TEXT NOT NULL,
    created_at REAL NOT NULL,
    UNIQUE(ms_path, created_at)
);
CREATE INDEX idx_calibration_qa_created_at ON calibration_qa(created_at DESC);
INSERT INTO calibration_qa VALUES (1, '/stage/ms/2025-10-02T06:00:00.ms', 1, 'info', 'A', 0, NULL, 0.05, 1.5, '{"a": 1}', 1764700000);
INSERT INTO calibration_qa VALUES (2, '/stage/ms/2025-10-02T06:00:00.ms', 0, 'awful', 'é', 1, 2, NULL, NULL, '{''a'': None}', '2025-12-02T18:26:41.5');
