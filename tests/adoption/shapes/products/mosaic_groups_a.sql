-- The nine columns of the first form.
CREATE TABLE mosaic_groups (
    group_id TEXT PRIMARY KEY,
    mosaic_id TEXT,
    ms_paths TEXT NOT NULL,
    calibration_ms_path TEXT,
    bpcal_solved INTEGER DEFAULT 0,
    created_at REAL NOT NULL,
    calibrated_at REAL,
    imaged_at REAL,
    status TEXT DEFAULT 'pending'
);
INSERT INTO mosaic_groups VALUES ('group_1', NULL, '/stage/ms/2025-10-02T06:00:00.ms,/stage/ms/2025-10-02T12:00:00.ms', NULL, 1, 1764000000, NULL, '2025-11-24T17:00:00', 'imaged');
INSERT INTO mosaic_groups VALUES (NULL, '', '', '', 'no', -1, NULL, NULL, 'somewhere');
