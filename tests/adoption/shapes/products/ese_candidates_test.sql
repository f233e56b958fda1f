-- A fixture's: a flag type that may be missing.
CREATE TABLE ese_candidates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT NOT NULL,
    flagged_at REAL NOT NULL,
    flagged_by TEXT DEFAULT 'auto',
    significance REAL NOT NULL,
    flag_type TEXT,
    notes TEXT,
    status TEXT DEFAULT 'active',
    investigated_at REAL,
    dismissed_at REAL,
    FOREIGN KEY (source_id) REFERENCES variability_stats(source_id)
);
INSERT INTO ese_candidates (id, source_id, flagged_at, significance) VALUES (1, 'NVSS J123400.0+420000', 1764000020, 3.5);
INSERT INTO ese_candidates (id, source_id, flagged_at, significance, flag_type) VALUES (2, 'l''astre é', 1764000020, -3.5, 'rapid_change');
