-- What a script made that was to mend missing tables.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending',
    ms_path TEXT,
    location_type TEXT,
    params TEXT,
    created_at REAL NOT NULL,
    started_at REAL,
    completed_at REAL,
    error_message TEXT,
    result TEXT
);
INSERT INTO jobs VALUES (1, 'convert', 'failed', NULL, 'ms_files', '{''n'': 1}', 1764600000, NULL, 1764600100, 'it''s gone', NULL);
CREATE TABLE batch_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    batch_type TEXT NOT NULL,
    location_type TEXT,
    status TEXT NOT NULL DEFAULT 'pending',
    item_count INTEGER DEFAULT 0,
    processed_count INTEGER DEFAULT 0,
    failed_count INTEGER DEFAULT 0,
    created_at REAL NOT NULL,
    started_at REAL,
    completed_at REAL
);
INSERT INTO batch_jobs VALUES (3, 'convert', NULL, 'running', 5, 2, 1, 1764600000, 1764600001, NULL);
INSERT INTO batch_jobs VALUES (4, 'publish', NULL, 'pending', NULL, NULL, NULL, '2025-12-01T14:40:00', NULL, NULL);
