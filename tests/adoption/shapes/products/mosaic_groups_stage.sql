-- The form with a stage.
CREATE TABLE mosaic_groups (
    group_id TEXT PRIMARY KEY,
    mosaic_id TEXT,
    ms_paths TEXT NOT NULL,
    calibration_ms_path TEXT,
    bpcal_solved INTEGER DEFAULT 0,
    gaincal_solved INTEGER DEFAULT 0,
    created_at REAL NOT NULL,
    calibrated_at REAL,
    imaged_at REAL,
    mosaicked_at REAL,
    status TEXT DEFAULT 'pending',
    stage TEXT,
    cal_applied INTEGER DEFAULT 0
);
INSERT INTO mosaic_groups (group_id, ms_paths, created_at, stage) VALUES ('group_1', '[''/stage/ms/a.ms'']', 1764000000, 'calibrated');
