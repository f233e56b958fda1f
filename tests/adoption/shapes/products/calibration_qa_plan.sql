-- A third shape, which only a plan has: the measurement set is the key.
CREATE TABLE calibration_qa (
    ms_path TEXT PRIMARY KEY,
    overall_quality TEXT,
    flags_total REAL,
    timestamp REAL
);
INSERT INTO calibration_qa VALUES ('/stage/ms/2025-10-02T06:00:00.ms', 'good', 0.05, 1764700000);
INSERT INTO calibration_qa VALUES (NULL, 'poor', NULL, NULL);
