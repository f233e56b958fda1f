-- Shape B: made as A, the expected subbands added since; one file belongs to one group.
CREATE TABLE ingest_queue (
    group_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    received_at REAL NOT NULL,
    last_update REAL NOT NULL,
    retry_count INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    checkpoint_path TEXT,
    processing_stage TEXT DEFAULT 'collecting',
    chunk_minutes REAL
);
ALTER TABLE ingest_queue ADD COLUMN expected_subbands INTEGER;
CREATE TABLE subband_files (
    group_id TEXT NOT NULL,
    subband_idx INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (group_id, subband_idx)
);
CREATE UNIQUE INDEX idx_subband_files_path ON subband_files(path);
CREATE TABLE performance_metrics (
    group_id TEXT PRIMARY KEY,
    load_time REAL,
    phase_time REAL,
    write_time REAL,
    total_time REAL,
    writer_type TEXT,
    recorded_at REAL NOT NULL
);
CREATE TABLE pointing_history (
    timestamp REAL PRIMARY KEY,
    ra_deg REAL,
    dec_deg REAL
);
CREATE INDEX idx_pointing_timestamp ON pointing_history(timestamp);
INSERT INTO ingest_queue VALUES ('2025-10-02T06:00:00', 'collecting', 1759384900, 1759385000, 0, NULL, NULL, 'collecting', NULL, 16);
INSERT INTO ingest_queue VALUES ('2025-10-02T06:05:00', 'failed', '2025-10-02 06:05:10', 1759385300, 3, 'é', NULL, NULL, NULL, 15.5);
INSERT INTO subband_files VALUES ('2025-10-02T06:00:00', 0, '/data/incoming/2025-10-02T06:00:00_sb00.hdf5');
INSERT INTO performance_metrics VALUES ('2025-10-02T06:00:00', 1.5, 2, 3.25, 7, 'auto', 1759385000);
INSERT INTO pointing_history VALUES (1759384900, 188.5, 42), (60950.25, NULL, NULL);
