-- Shape A, 2025-10-09. A TEXT key is nullable in SQLite, and one row has none.
CREATE TABLE ms_index (
    path TEXT PRIMARY KEY,
    start_mjd REAL,
    end_mjd REAL,
    mid_mjd REAL,
    processed_at REAL,
    status TEXT
);
INSERT INTO ms_index VALUES ('/stage/ms/2025-10-02T06:00:00.ms', 60950.248, 60950.252, 60950.25, 1759384800, 'ok');
INSERT INTO ms_index VALUES ('/stage/ms/2025-10-02T12:00:00.ms', 60950.498, 60950.502, 60950.5, '2025-10-02T12:05:00.123456', 'converted');
INSERT INTO ms_index VALUES ('/stage/ms/l''essai é.ms', NULL, NULL, NULL, '2025-10-02 12:05:00', 'half done?');
INSERT INTO ms_index VALUES ('/stage/ms/no-times.ms', 60951, 60950, NULL, NULL, NULL);
INSERT INTO ms_index VALUES (NULL, -1e300, 1e300, 60952.0, -1, '');
