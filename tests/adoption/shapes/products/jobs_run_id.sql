-- Jobs with a run, as for a few days of November 2025.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending',
    ms_path TEXT NOT NULL,
    params TEXT,
    logs TEXT,
    artifacts TEXT,
    created_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL
);
ALTER TABLE jobs ADD COLUMN run_id TEXT;
INSERT INTO jobs VALUES (1, 'image', 'completed', '/stage/ms/2025-10-02T06:00:00.ms', '{"a": 1}', NULL, NULL, 1759390000, NULL, NULL, 'job-2025-10-02-060000');
