-- Shape A, 2025-10-06: the converter's queue; files are keyed by group and subband.
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
CREATE TABLE subband_files (
    group_id TEXT NOT NULL,
    subband_idx INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (group_id, subband_idx)
);
CREATE TABLE performance_metrics (
    group_id TEXT PRIMARY KEY,
    load_time REAL,
    phase_time REAL,
    write_time REAL,
    total_time REAL,
    recorded_at REAL NOT NULL
);
INSERT INTO ingest_queue VALUES ('2025-10-02T06:00:00', 'completed', 1759384900.5, 1759385000, 0, NULL, NULL, 'imaging', 5);
INSERT INTO ingest_queue VALUES ('2025-10-02T06:05:00', 'processing_fresh', 1759385200, '2025-10-02T06:10:00.5', -2, 'it''s broken: é', '', 'done?', 'five');
INSERT INTO ingest_queue VALUES (NULL, '', 0, 0, 'many', x'00', NULL, NULL, NULL);
INSERT INTO subband_files VALUES ('2025-10-02T06:00:00', 0, '/data/incoming/2025-10-02T06:00:00_sb00.hdf5');
INSERT INTO subband_files VALUES ('2025-10-02T06:00:00', 1, '/data/incoming/2025-10-02T06:00:00_sb01.hdf5');
INSERT INTO subband_files VALUES ('2025-10-01T12:00:00', 15, '/data/incoming/2025-10-01T12:00:00_sb15.hdf5');
INSERT INTO subband_files VALUES ('l''autre', -1, '/data/incoming/é.hdf5');
INSERT INTO subband_files VALUES ('2025-10-02T06:05:00', 0, '/data/incoming/2025-10-02T06:00:00_sb00.hdf5');
INSERT INTO performance_metrics VALUES ('2025-10-02T06:00:00', 1.5, 2, 3.25, 7, 1759385000);
INSERT INTO performance_metrics VALUES (NULL, -1, 'slow', NULL, NULL, '2025-10-02T06:10:00');
