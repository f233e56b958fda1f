-- As canonical.
CREATE TABLE dead_letter_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    component TEXT NOT NULL,
    operation TEXT NOT NULL,
    error_type TEXT NOT NULL,
    error_message TEXT,
    context_json TEXT,
    created_at REAL NOT NULL,
    retry_count INTEGER DEFAULT 0,
    status TEXT DEFAULT 'pending',
    resolved_at REAL,
    resolution_note TEXT
);
INSERT INTO dead_letter_queue VALUES (1, 'converter', 'write', 'OSError', 'no space', '{''path'': ''/data'', ''errno'': 28}', 1764000000, 3, 'retrying', NULL, NULL);
INSERT INTO dead_letter_queue VALUES (2, '', '', '', x'FFFE', '{', '2025-11-24T16:00:00', -1, 'abandoned', 0, 'it''s é');
