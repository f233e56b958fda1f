-- The oldest: no number of the subband, no coordinates, no dates.
CREATE TABLE hdf5_file_index (
    path TEXT PRIMARY KEY,
    filename TEXT NOT NULL,
    group_id TEXT NOT NULL,
    subband_code TEXT NOT NULL,
    timestamp_iso TEXT NOT NULL,
    timestamp_mjd REAL NOT NULL,
    file_size_bytes INTEGER,
    modified_time REAL,
    indexed_at REAL
);
CREATE INDEX idx_hdf5_group_id ON hdf5_file_index(group_id);
INSERT INTO hdf5_file_index VALUES ('/data/incoming/a_sb00.hdf5', 'a_sb00.hdf5', '2025-10-02T06:00:00', 'sb00', '2025-10-02T06:00:00', 60950.25, 123456789012345, 1759384800.25, 1759384900);
INSERT INTO hdf5_file_index VALUES ('/data/incoming/a_sb15.hdf5', 'a_sb15.hdf5', '2025-10-02T06:00:01', 'sb15', '2025-10-02T06:00:01', 60950.25, NULL, '2025-10-02T06:00:01', NULL);
INSERT INTO hdf5_file_index VALUES ('l''é', '', '', 'sbXY', '', 'then', 1.5, NULL, NULL);
INSERT INTO hdf5_file_index VALUES (NULL, '', '', 'sb7', '', 0, -1, NULL, NULL);
