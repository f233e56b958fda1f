-- Shape C: made as B, the calibrators and the message for people added since.
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
ALTER TABLE ingest_queue ADD COLUMN has_calibrator INTEGER;
ALTER TABLE ingest_queue ADD COLUMN calibrators TEXT;
ALTER TABLE ingest_queue ADD COLUMN error_message TEXT;
CREATE INDEX idx_queue_state ON ingest_queue(state);
INSERT INTO ingest_queue VALUES ('2025-10-02T06:00:00', 'completed', 1759384900, 1759385000, 0, NULL, NULL, 'done', 5, 16, 1, '[{''name'': ''0834+555'', ''separation_deg'': 0.5, ''flux'': None}]', NULL);
INSERT INTO ingest_queue VALUES ('2025-10-02T06:05:00', 'failed', 1759385200, 1759385300, 3, 'old', NULL, NULL, NULL, NULL, 2, '0834+555, 3C286', 'it''s new');
