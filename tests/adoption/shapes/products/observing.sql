-- Artefacts without a type or category, and pointings of three columns; some stored as MJD.
CREATE TABLE qa_artifacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    created_at REAL NOT NULL,
    UNIQUE(group_id, name)
);
INSERT INTO qa_artifacts VALUES (1, '2025-10-02T06:00:00', 'amplitude.png', '/stage/qa/amplitude.png', 1759390000);
INSERT INTO qa_artifacts VALUES (3, '', '', '', '2025-10-02');
CREATE TABLE pointing_history (
    timestamp REAL PRIMARY KEY,
    ra_deg REAL,
    dec_deg REAL
);
INSERT INTO pointing_history VALUES (1759384800, 188.5, 42), (60950.25, 188.5, 42), (NULL, 0, 0), (1759384801.5, NULL, NULL);
INSERT INTO pointing_history VALUES ('2025-10-02T06:10:00', 10, 20);
