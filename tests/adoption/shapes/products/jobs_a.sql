-- Jobs as canonical, without a run.
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
INSERT INTO jobs VALUES (1, 'calibrate', 'done', '/stage/ms/2025-10-02T06:00:00.ms', '{''field'': ''0'', ''refant'': None}', 'line 1
line 2', '[]', 1759390000, '2025-10-02T07:26:41', '2025-10-02T07:30:00.25');
INSERT INTO jobs VALUES (2, 'workflow', 'exploded', '', 'not json', '', NULL, 1759390001, NULL, NULL);
