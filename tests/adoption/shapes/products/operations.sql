-- What the operation of November 2025 left in the file, the copy of the HDF5 index among it.
CREATE TABLE hdf5_file_index (
    path TEXT PRIMARY KEY,
    filename TEXT NOT NULL,
    group_id TEXT NOT NULL,
    subband_code TEXT NOT NULL,
    timestamp_iso TEXT,
    timestamp_mjd REAL,
    file_size_bytes INTEGER,
    modified_time REAL,
    indexed_at REAL NOT NULL
);
INSERT INTO hdf5_file_index VALUES ('/data/incoming/2025-10-02T06:00:00_sb00.hdf5', '2025-10-02T06:00:00_sb00.hdf5', '2025-10-02T06:00:00', 'sb00', NULL, NULL, 9007199254740993, 1759384900.5, 1759385000);
INSERT INTO hdf5_file_index VALUES (NULL, '', '', 'sbXX', 'when?', 'never', -1, NULL, '2025-10-02T06:05:00');
CREATE TABLE storage_locations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    location_type TEXT NOT NULL,
    base_path TEXT NOT NULL,
    description TEXT,
    registered_at REAL NOT NULL,
    status TEXT DEFAULT 'active',
    notes TEXT,
    UNIQUE(location_type, base_path)
);
CREATE INDEX idx_storage_locations_type ON storage_locations(location_type, status);
INSERT INTO storage_locations VALUES (1, 'ms_files', '/stage/dsa110-contimg/ms', 'Measurement Set files', 1764000000, 'active', NULL);
CREATE TABLE monitoring_sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT NOT NULL UNIQUE,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    n_detections INTEGER DEFAULT 0,
    mean_flux_jy REAL,
    std_flux_jy REAL,
    eta REAL,
    v_index REAL,
    is_variable INTEGER DEFAULT 0,
    ese_candidate INTEGER DEFAULT 0,
    first_detected_at REAL,
    last_detected_at REAL
);
INSERT INTO monitoring_sources (id, source_id, ra_deg, dec_deg, is_variable, last_detected_at) VALUES (1, 'NVSS J123400.0+420000', 188.5, 42, 3, '2025-11-24 16:00:00');
CREATE TABLE calibrator_transits (
    calibrator_name TEXT NOT NULL,
    transit_mjd REAL NOT NULL,
    transit_iso TEXT NOT NULL,
    has_data INTEGER NOT NULL DEFAULT 0,
    group_id TEXT,
    group_mid_iso TEXT,
    delta_minutes REAL,
    pb_response REAL,
    dec_match INTEGER NOT NULL DEFAULT 0,
    calculated_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    PRIMARY KEY (calibrator_name, transit_mjd)
);
CREATE INDEX idx_calibrator_transits_mjd ON calibrator_transits(transit_mjd DESC);
INSERT INTO calibrator_transits VALUES ('0834+555', 60950.25, '2025-10-02T06:00:00', 1, NULL, NULL, -2.5, 0.9, 1, 1764000000, '2025-11-24T16:00:00');
CREATE TABLE bandpass_calibrators (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    calibrator_name TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    dec_range_min REAL NOT NULL,
    dec_range_max REAL NOT NULL,
    registered_at REAL NOT NULL,
    registered_by TEXT,
    status TEXT DEFAULT 'active',
    notes TEXT
);
INSERT INTO bandpass_calibrators (calibrator_name, ra_deg, dec_deg, dec_range_min, dec_range_max, registered_at) VALUES ('0834+555', 128.7, 55.5, 50, 60, 1764000000), ('0834+555', 128.7, 55.5, 50, 61, 1764000001);
