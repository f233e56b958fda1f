-- The schema document's tables, as a file made from it in October 2025 holds them.
CREATE TABLE ingest_queue (
    group_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    received_at REAL NOT NULL,
    last_update REAL NOT NULL,
    expected_subbands INTEGER DEFAULT 16,
    has_calibrator INTEGER,
    calibrators TEXT,
    retry_count INTEGER DEFAULT 0,
    error_message TEXT
);
CREATE INDEX idx_ingest_state ON ingest_queue(state);
CREATE INDEX idx_ingest_received ON ingest_queue(received_at);
CREATE TABLE subband_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id TEXT NOT NULL,
    subband_idx INTEGER NOT NULL,
    file_path TEXT NOT NULL,
    file_size INTEGER,
    discovered_at REAL NOT NULL,
    FOREIGN KEY (group_id) REFERENCES ingest_queue(group_id),
    UNIQUE(group_id, subband_idx)
);
CREATE INDEX idx_subband_group ON subband_files(group_id);
CREATE TABLE performance_metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id TEXT NOT NULL UNIQUE,
    writer_type TEXT,
    conversion_time REAL,
    concat_time REAL,
    k_solve_time REAL,
    bp_solve_time REAL,
    g_solve_time REAL,
    imaging_time REAL,
    photometry_time REAL,
    total_time REAL,
    recorded_at REAL NOT NULL,
    FOREIGN KEY (group_id) REFERENCES ingest_queue(group_id)
);
CREATE INDEX idx_perf_group ON performance_metrics(group_id);
INSERT INTO ingest_queue (group_id, state, received_at, last_update, calibrators) VALUES ('2025-10-02T06:00:00', 'completed', 1759384900, '2025-10-02T06:05:00', '[''0834+555'', None]'), (NULL, 'processing_fresh', -1, 0, '');
INSERT INTO subband_files (group_id, subband_idx, file_path, discovered_at) VALUES ('2025-10-02T06:00:00', 0, '/data/incoming/a.hdf5', 1759384900), ('gone', 99, 'l''é.hdf5', 0);
INSERT INTO performance_metrics (group_id, writer_type, total_time, recorded_at) VALUES ('2025-10-02T06:00:00', 'parallel-subband', 12, 1759385000);
