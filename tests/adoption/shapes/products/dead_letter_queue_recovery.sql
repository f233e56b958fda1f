-- The shape of the recovery from errors.
CREATE TABLE dead_letter_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ms_path TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempt_count INTEGER DEFAULT 0,
    checkpoint_data TEXT,
    metadata TEXT,
    created_at REAL NOT NULL
);
INSERT INTO dead_letter_queue VALUES (1, '/stage/ms/2025-10-02T06:00:00.ms', 'it''s stuck', 3, NULL, '{''tries'': (1, 2)}', 1764000000);
