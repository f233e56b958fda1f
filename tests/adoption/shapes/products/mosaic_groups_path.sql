-- The form that knows its mosaic.
CREATE TABLE mosaic_groups (
    group_id TEXT PRIMARY KEY,
    mosaic_id TEXT,
    ms_paths TEXT NOT NULL,
    mosaic_path TEXT,
    created_at REAL NOT NULL,
    completed_at REAL,
    status TEXT DEFAULT 'pending',
    error TEXT
);
INSERT INTO mosaic_groups VALUES ('group_1', 'm1', '["/stage/ms/2025-10-02T06:00:00.ms"]', '/stage/mosaics/m1.fits', 1764000000, 1764000100, 'completed', NULL);
