-- Shape D, 2025-11-29, a rewrite: times as text, no last update; the last two groups have no time of arrival.
CREATE TABLE ingest_queue (
    group_id TEXT PRIMARY KEY,
    state TEXT DEFAULT 'collecting',
    subband_count INTEGER DEFAULT 0,
    received_at TEXT,
    started_at TEXT,
    completed_at TEXT,
    retry_count INTEGER DEFAULT 0,
    error_message TEXT,
    error_type TEXT,
    has_calibrator INTEGER
);
CREATE TABLE subband_files (
    group_id TEXT NOT NULL,
    subband_idx INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (group_id, subband_idx)
);
CREATE TABLE performance_metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id TEXT NOT NULL,
    subband_count INTEGER,
    load_time REAL,
    phase_time REAL,
    write_time REAL,
    total_time REAL,
    output_size_bytes INTEGER,
    recorded_at TEXT
);
INSERT INTO ingest_queue VALUES ('2025-11-29T01:00:00', 'completed', 16, '2025-11-29T01:00:03.250000', '2025-11-29 01:01:00', '2025-11-29T01:10:00+00:00', 0, NULL, NULL, 1);
INSERT INTO ingest_queue VALUES ('2025-11-29T02:00:00', 'processing', 12, '2025-11-29T03:00:03.5+01:00', '2025-11-29T02:01:00Z', NULL, 1, 'it''s é', 'OSError', NULL);
INSERT INTO ingest_queue VALUES ('2025-11-29T03:00:00', 'collecting', 1, '2025-11-29 03:00:03', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO ingest_queue VALUES ('2025-11-29T04:00:00', 'collecting', 0, NULL, NULL, NULL, 0, NULL, NULL, NULL);
INSERT INTO ingest_queue VALUES ('2025-11-29T05:00:00', 'collecting', 0, 'soon', NULL, NULL, 0, NULL, NULL, NULL);
INSERT INTO subband_files VALUES ('2025-11-29T01:00:00', 0, '/data/incoming/2025-11-29T01:00:00_sb00.hdf5');
INSERT INTO performance_metrics VALUES (1, '2025-11-29T01:00:00', 16, 1.5, 2, 3, 6.5, 123456789012, '2025-11-29T01:10:01.5');
INSERT INTO performance_metrics VALUES (2, '2025-11-29T01:00:00', 16, 1.5, 2, 3, 6.5, NULL, '2025-11-29T01:11:01');
INSERT INTO performance_metrics VALUES (3, '2025-11-29T02:00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
