-- A fixture's batches, which name a data product; their items have all columns.
CREATE TABLE batch_jobs (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    created_at REAL NOT NULL,
    status TEXT NOT NULL,
    total_items INTEGER NOT NULL,
    completed_items INTEGER DEFAULT 0,
    failed_items INTEGER DEFAULT 0,
    params TEXT,
    data_id TEXT
);
CREATE TABLE batch_job_items (
    id INTEGER PRIMARY KEY,
    batch_id INTEGER NOT NULL,
    ms_path TEXT NOT NULL,
    job_id INTEGER,
    status TEXT NOT NULL,
    error TEXT,
    started_at REAL,
    completed_at REAL,
    data_id TEXT DEFAULT NULL,
    FOREIGN KEY (batch_id) REFERENCES batch_jobs(id)
);
INSERT INTO batch_jobs VALUES (1, 'publish', 1759390000, 'completed', 1, NULL, NULL, '', 'ms-1');
INSERT INTO batch_job_items VALUES (1, 1, 'ms-1', NULL, 'done', NULL, NULL, 1759390001, 'ms-1');
INSERT INTO batch_job_items VALUES (2, 99, '', NULL, '', '', -1, NULL, NULL);
