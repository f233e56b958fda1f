-- The schema document's tables, as a file made from it in October 2025 holds them.
CREATE TABLE ms_index (
    path TEXT PRIMARY KEY,
    start_mjd REAL,
    end_mjd REAL,
    mid_mjd REAL,
    processed_at REAL,
    status TEXT,
    stage TEXT,
    stage_updated_at REAL,
    cal_applied INTEGER DEFAULT 0,
    imagename TEXT,
    field_name TEXT,
    pointing_ra_deg REAL,
    pointing_dec_deg REAL
);
CREATE INDEX idx_ms_index_stage_path ON ms_index(stage, path);
CREATE INDEX idx_ms_index_status ON ms_index(status);
CREATE INDEX idx_ms_index_mjd ON ms_index(mid_mjd);
CREATE INDEX idx_ms_index_field ON ms_index(field_name);
CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    ms_path TEXT NOT NULL,
    created_at REAL NOT NULL,
    type TEXT NOT NULL,
    format TEXT DEFAULT 'fits',
    beam_major_arcsec REAL,
    beam_minor_arcsec REAL,
    beam_pa_deg REAL,
    noise_jy REAL,
    dynamic_range REAL,
    pbcor INTEGER DEFAULT 0,
    field_name TEXT,
    center_ra_deg REAL,
    center_dec_deg REAL,
    imsize_x INTEGER,
    imsize_y INTEGER,
    cellsize_arcsec REAL,
    freq_ghz REAL,
    bandwidth_mhz REAL,
    integration_sec REAL,
    FOREIGN KEY (ms_path) REFERENCES ms_index(path)
);
CREATE INDEX idx_images_ms_path ON images(ms_path);
CREATE INDEX idx_images_type ON images(type);
CREATE INDEX idx_images_created ON images(created_at);
CREATE INDEX idx_images_field ON images(field_name);
CREATE TABLE photometry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    image_path TEXT NOT NULL,
    source_id TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    nvss_flux_mjy REAL,
    peak_jyb REAL NOT NULL,
    peak_err_jyb REAL,
    snr REAL,
    measured_at REAL NOT NULL,
    mjd REAL,
    sep_from_center_deg REAL,
    flags INTEGER DEFAULT 0,
    FOREIGN KEY (image_path) REFERENCES images(path)
);
CREATE INDEX idx_photometry_image ON photometry(image_path);
CREATE INDEX idx_photometry_source ON photometry(source_id);
CREATE INDEX idx_photometry_mjd ON photometry(mjd);
CREATE INDEX idx_photometry_source_mjd ON photometry(source_id, mjd);
CREATE TABLE variability_stats (
    source_id TEXT PRIMARY KEY,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    nvss_flux_mjy REAL,
    n_obs INTEGER DEFAULT 0,
    mean_flux_mjy REAL,
    std_flux_mjy REAL,
    min_flux_mjy REAL,
    max_flux_mjy REAL,
    chi2_nu REAL,
    sigma_deviation REAL,
    last_measured_at REAL,
    last_mjd REAL,
    updated_at REAL NOT NULL
);
CREATE INDEX idx_variability_chi2 ON variability_stats(chi2_nu);
CREATE INDEX idx_variability_sigma ON variability_stats(sigma_deviation);
CREATE INDEX idx_variability_last_mjd ON variability_stats(last_mjd);
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
CREATE INDEX idx_ese_flagged ON ese_candidates(flagged_at);
CREATE TABLE mosaics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at REAL NOT NULL,
    start_mjd REAL NOT NULL,
    end_mjd REAL NOT NULL,
    integration_sec REAL,
    n_images INTEGER,
    center_ra_deg REAL,
    center_dec_deg REAL,
    dec_min_deg REAL,
    dec_max_deg REAL,
    noise_jy REAL,
    beam_major_arcsec REAL,
    beam_minor_arcsec REAL,
    beam_pa_deg REAL,
    n_sources INTEGER,
    thumbnail_path TEXT
);
CREATE INDEX idx_mosaics_created ON mosaics(created_at);
CREATE INDEX idx_mosaics_mjd ON mosaics(start_mjd, end_mjd);
CREATE TABLE qa_artifacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    type TEXT,
    category TEXT,
    created_at REAL NOT NULL,
    UNIQUE(group_id, name)
);
CREATE INDEX idx_qa_group ON qa_artifacts(group_id);
CREATE INDEX idx_qa_created ON qa_artifacts(created_at);
CREATE TABLE pointing_history (
    timestamp REAL PRIMARY KEY,
    mjd REAL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    alt_deg REAL,
    az_deg REAL,
    lst_hours REAL,
    field_name TEXT
);
CREATE INDEX idx_pointing_mjd ON pointing_history(mjd);
CREATE INDEX idx_pointing_dec ON pointing_history(dec_deg);
CREATE TABLE alert_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT NOT NULL,
    alert_type TEXT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    sent_at REAL NOT NULL,
    channel TEXT,
    success INTEGER DEFAULT 1,
    error_msg TEXT
);
CREATE INDEX idx_alert_source ON alert_history(source_id);
CREATE INDEX idx_alert_sent ON alert_history(sent_at);
CREATE INDEX idx_alert_type ON alert_history(alert_type);
INSERT INTO ms_index (path, mid_mjd, status) VALUES ('/stage/ms/2025-10-02T06:00:00.ms', 60950.25, 'ok'), ('/stage/ms/2025-10-02T12:00:00.ms', 60950.5, 'ok'), ('/stage/ms/no-times.ms', NULL, NULL), (NULL, 60952.0, '');
INSERT INTO images (id, path, ms_path, created_at, type) VALUES
    (1, '/stage/images/a.fits', '/stage/ms/2025-10-02T06:00:00.ms', 1759390000, 'image'),
    (2, '/stage/images/b.fits', '/stage/ms/2025-10-02T12:00:00.ms', '2025-10-02T12:06:00', 'sideways'),
    (5, '/stage/images/orphan''s é.fits', '/stage/ms/gone.ms', 1759410002, 'dirty'),
    (7, '/stage/images/no-times.fits', '/stage/ms/no-times.ms', 1759410003, 'dirty');
INSERT INTO photometry (id, image_path, source_id, ra_deg, dec_deg, peak_jyb, measured_at, mjd) VALUES
    (1, '/stage/images/a.fits', 'NVSS J123400.0+420000', 188.5, 42, 0.1, 1764000000, NULL),
    (2, '/stage/images/b.fits', 'NVSS J123400.0+420000', 188.5, 42, 0.1, 1764000001, NULL),
    (4, '/stage/images/nobody.fits', '', 0, 0, 1, 1764000003, NULL),
    (5, '/stage/images/orphan''s é.fits', 'x', 0, 0, 1, 1764000004, NULL),
    (6, '/stage/images/a.fits', 'NVSS J123400.0+420000', 188.5, 42, 0.1, 1764000005, 60000),
    (7, '/stage/images/no-times.fits', 'x', 0, 0, 1, 1764000006, NULL);
INSERT INTO variability_stats (source_id, ra_deg, dec_deg, updated_at) VALUES ('NVSS J123400.0+420000', 188.5, 42, 1764000010), (NULL, 0, 0, 0);
INSERT INTO ese_candidates (source_id, flagged_at, significance, flag_type) VALUES ('NVSS J123400.0+420000', 1764000020, 3.5, 'auto'), ('nobody', 0, -1, '');
INSERT INTO mosaics (path, name, created_at, start_mjd, end_mjd) VALUES ('/stage/mosaics/m1.fits', 'm1', 1759420000, 60950.25, 60950.5);
INSERT INTO qa_artifacts (group_id, name, path, type, created_at) VALUES ('2025-10-02T06:00:00', 'amplitude.png', '/stage/qa/amplitude.png', 'drawing', 1759390000);
INSERT INTO pointing_history (timestamp, ra_deg, dec_deg) VALUES (1759384800, 188.5, 42), (60950.25, 188.5, 42);
INSERT INTO alert_history (source_id, alert_type, severity, message, sent_at) VALUES ('', 'ese_candidate', 'loud', 'it''s é', '2025-11-24 16:00:40');
