-- Batches as canonical; their items lack a data product and the end.
CREATE TABLE batch_jobs (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    created_at REAL NOT NULL,
    status TEXT NOT NULL,
    total_items INTEGER NOT NULL,
    completed_items INTEGER DEFAULT 0,
    failed_items INTEGER DEFAULT 0,
    params TEXT
);
CREATE TABLE batch_job_items (
    id INTEGER PRIMARY KEY,
    batch_id INTEGER NOT NULL,
    ms_path TEXT NOT NULL,
    job_id INTEGER,
    status TEXT NOT NULL,
    error TEXT,
    started_at REAL,
    FOREIGN KEY (batch_id) REFERENCES batch_jobs(id)
);
CREATE INDEX idx_batch_items_batch_id ON batch_job_items(batch_id);
INSERT INTO batch_jobs VALUES (1, 'image', 1759390000, 'done', 2, 2, 0, '{''quick'': True}');
INSERT INTO batch_job_items VALUES (1, 1, '/stage/ms/2025-10-02T06:00:00.ms', 1, 'done', NULL, 1759390001);
INSERT INTO batch_job_items VALUES (2, 1, 'time_window_60950_60951', NULL, 'lost', 'it''s late', '2025-10-02T07:26:42');
