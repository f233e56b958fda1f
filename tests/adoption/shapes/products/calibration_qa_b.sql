-- The first shape with spectral windows.
CREATE TABLE calibration_qa (
    id INTEGER PRIMARY KEY,
    ms_path TEXT NOT NULL,
    job_id INTEGER NOT NULL,
    k_metrics TEXT,
    bp_metrics TEXT,
    g_metrics TEXT,
    overall_quality TEXT,
    flags_total REAL,
    per_spw_stats TEXT,
    timestamp REAL NOT NULL
);
INSERT INTO calibration_qa VALUES (1, '/stage/ms/2025-10-02T06:00:00.ms', 1, NULL, NULL, NULL, 'good', 0.05, '[{''spw'': 0, ''flagged'': 0.1}]', 1759390000);
