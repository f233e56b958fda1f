-- The schema document's, as in all files of the telescope.
CREATE TABLE ese_candidates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT NOT NULL,
    flagged_at REAL NOT NULL,
    flagged_by TEXT DEFAULT 'auto',
    significance REAL NOT NULL,
    flag_type TEXT NOT NULL,
    notes TEXT,
    status TEXT DEFAULT 'active',
    investigated_at REAL,
    dismissed_at REAL,
    FOREIGN KEY (source_id) REFERENCES variability_stats(source_id)
);
CREATE INDEX idx_ese_source ON ese_candidates(source_id);
CREATE INDEX idx_ese_status ON ese_candidates(status);
INSERT INTO ese_candidates VALUES (1, 'NVSS J123400.0+420000', 1764000020, 'auto', 3.5, 'auto', NULL, 'active', NULL, NULL);
INSERT INTO ese_candidates VALUES (2, 'NVSS J123400.0+420000', 1764000030, 'someone@example.org', 6, 'user', 'it''s odd – look', 'active', NULL, NULL);
INSERT INTO ese_candidates VALUES (4, 'NVSS J000000.0+000000', '2025-11-24T16:00:30', NULL, 6, 'variability', '', 'forgotten', NULL, NULL);
