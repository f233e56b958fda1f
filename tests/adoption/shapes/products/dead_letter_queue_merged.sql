-- The shape of the merged file.
CREATE TABLE dead_letter_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    original_table TEXT NOT NULL,
    original_id TEXT,
    payload TEXT,
    failed_at REAL NOT NULL
);
INSERT INTO dead_letter_queue VALUES (1, 'ingest_queue', '2025-10-02T06:00:00', '{''state'': ''failed''}', 1764000000);
