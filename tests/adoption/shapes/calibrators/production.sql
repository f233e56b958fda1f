-- The six tables of 2025-11-18.
CREATE TABLE bandpass_calibrators (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    calibrator_name TEXT NOT NULL UNIQUE,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    dec_range_min REAL,
    dec_range_max REAL,
    source_catalog TEXT,
    flux_jy REAL,
    registered_at REAL NOT NULL,
    registered_by TEXT,
    status TEXT DEFAULT 'active',
    notes TEXT
);
CREATE INDEX idx_bp_dec_range ON bandpass_calibrators(dec_range_min, dec_range_max);
CREATE TABLE gain_calibrators (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    field_id TEXT NOT NULL,
    source_name TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    flux_jy REAL,
    catalog_source TEXT,
    catalog_id TEXT,
    created_at REAL NOT NULL,
    skymodel_path TEXT,
    notes TEXT,
    UNIQUE(field_id, source_name)
);
CREATE TABLE catalog_sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_name TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    flux_jy REAL,
    flux_freq_ghz REAL,
    spectral_index REAL,
    catalog TEXT NOT NULL,
    catalog_id TEXT,
    position_uncertainty_arcsec REAL,
    flux_uncertainty REAL,
    is_extended INTEGER DEFAULT 0,
    major_axis_arcsec REAL,
    minor_axis_arcsec REAL,
    position_angle_deg REAL,
    matched_to TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    UNIQUE(catalog, catalog_id)
);
CREATE TABLE vla_calibrators (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    flux_jy REAL,
    flux_freq_ghz REAL,
    code_20_cm TEXT,
    registered_at REAL NOT NULL,
    notes TEXT
);
CREATE TABLE vla_flux_info (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    vla_calibrator_id INTEGER NOT NULL,
    frequency_ghz REAL NOT NULL,
    flux_jy REAL NOT NULL,
    flux_uncertainty REAL,
    measurement_date TEXT,
    FOREIGN KEY (vla_calibrator_id) REFERENCES vla_calibrators(id),
    UNIQUE(vla_calibrator_id, frequency_ghz)
);
CREATE TABLE skymodel_metadata (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    field_id TEXT NOT NULL,
    skymodel_path TEXT NOT NULL,
    n_sources INTEGER NOT NULL,
    total_flux_jy REAL,
    created_at REAL NOT NULL,
    created_by TEXT,
    notes TEXT,
    UNIQUE(field_id, skymodel_path)
);
INSERT INTO bandpass_calibrators VALUES (1, '0834+555', 128.7, 55.5, 50, 60, 'VLA', 8, 1764000000, 'streaming', 'active', 'it''s é'), (9, '', 0, 0, NULL, NULL, NULL, NULL, '2025-11-24T16:00:00', NULL, 'asleep', NULL);
INSERT INTO gain_calibrators (field_id, source_name, ra_deg, dec_deg, created_at) VALUES ('field_001', 'NVSS_J123456+123456', 123.456, 12.3456, 1764000000);
INSERT INTO catalog_sources (source_name, ra_deg, dec_deg, catalog, catalog_id, is_extended, created_at, updated_at) VALUES ('a', 1, 1, 'NVSS', NULL, 2, 1, 1), ('b', 1, 1, 'NVSS', NULL, NULL, '2025-11-24', 'now');
INSERT INTO vla_calibrators (name, ra_deg, dec_deg, code_20_cm, registered_at) VALUES ('0834+555', 128.7, 55.5, 'Z', 1764000000);
INSERT INTO vla_flux_info VALUES (1, 1, 1.4, 8, NULL, '2025-01-01'), (2, 99, -1, 0, NULL, '');
INSERT INTO skymodel_metadata (field_id, skymodel_path, n_sources, created_at) VALUES ('field_001', '/stage/skymodels/a.skymodel', 1, 1764000000);
