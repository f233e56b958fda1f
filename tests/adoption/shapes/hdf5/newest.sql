-- The newest, with rows from before the number of the subband; the file's own locations and pointings.
CREATE TABLE hdf5_file_index (
    path TEXT PRIMARY KEY,
    filename TEXT NOT NULL,
    group_id TEXT NOT NULL,
    subband_code TEXT NOT NULL,
    subband_num INTEGER,
    timestamp_iso TEXT NOT NULL,
    timestamp_mjd REAL NOT NULL,
    file_size_bytes INTEGER,
    modified_time REAL,
    indexed_at REAL,
    stored INTEGER DEFAULT 1,
    ra_deg REAL,
    dec_deg REAL,
    obs_date TEXT,
    obs_time TEXT
);
CREATE INDEX idx_hdf5_group_subband_num ON hdf5_file_index(group_id, subband_num);
CREATE TABLE storage_locations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    description TEXT
);
CREATE TABLE pointing_history (
    timestamp REAL PRIMARY KEY,
    ra_deg REAL,
    dec_deg REAL
);
INSERT INTO hdf5_file_index VALUES ('/data/incoming/a_sb00.hdf5', 'a_sb00.hdf5', '2025-10-02T06:00:00', 'sb00', NULL, '2025-10-02T06:00:00', 60950.25, 1, 1, 1, 1, 188.5, 42, '2025-10-02', '06:00:00');
INSERT INTO hdf5_file_index VALUES ('/data/incoming/a_sb04.hdf5', 'a_sb04.hdf5', '2025-10-02T06:00:00', 'sb04', 3, '2025-10-02T06:00:00', 60950.25, 1, 1, 1, 'yes', NULL, NULL, NULL, NULL);
INSERT INTO hdf5_file_index VALUES ('/data/incoming/a_sb11.hdf5', 'a_sb11.hdf5', '2025-10-02T06:00:00', 'sb11', NULL, '2025-10-02T06:00:00', 60950.25, 1, 1, 1, 0, NULL, NULL, '', NULL);
INSERT INTO storage_locations VALUES (1, 'incoming', '/data/incoming', NULL), (4, 'l''é', '', '');
INSERT INTO pointing_history VALUES (60950.25, 188.5, 42), (1759384800, NULL, NULL);
