-- Shape C, 2025-11-26, which is production's: eighteen columns, no foreign key, a source that may be missing.
CREATE TABLE photometry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT,
    image_path TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    nvss_flux_mjy REAL,
    peak_jyb REAL NOT NULL,
    peak_err_jyb REAL,
    measured_at REAL NOT NULL,
    snr REAL,
    mjd REAL,
    flux_jy REAL,
    flux_err_jy REAL,
    normalized_flux_jy REAL,
    normalized_flux_err_jy REAL,
    mosaic_path TEXT,
    sep_from_center_deg REAL,
    flags INTEGER DEFAULT 0
);
CREATE INDEX idx_photometry_image ON photometry(image_path);
CREATE INDEX idx_photometry_source_mjd ON photometry(source_id, mjd);
INSERT INTO photometry VALUES (1, 'NVSS J123400.0+420000', '/stage/images/a.fits', 188.5, 42.0, 100, 0.1, 0.001, 1764000000, 100, NULL, 0.11, 0.002, 0.11, 0.002, '/stage/mosaics/m1.fits', 0.5, 0);
INSERT INTO photometry VALUES (2, 'NVSS J123400.0+420000', '/stage/images/b.fits', 188.5, 42.0, 100, 0.1, NULL, '2025-11-24 16:00:01.5', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO photometry VALUES (3, NULL, '/stage/images/twice.fits', 359.999, -42.0, NULL, -0.1, NULL, 1764000002, NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, 7);
INSERT INTO photometry VALUES (4, NULL, '/stage/images/nobody.fits', 0, 0, NULL, 1, NULL, 1764000003, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO photometry VALUES (5, 'l''astre é', '/stage/images/orphan''s é.fits', 0, 0, NULL, 1, NULL, 1764000004, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO photometry VALUES (6, 'NVSS J123400.0+420000', '/stage/images/a.fits', 188.5, 42.0, 100, 0.1, 0.001, 1764000005, 100, 60000, NULL, NULL, NULL, NULL, NULL, 0.5, 0);
INSERT INTO photometry VALUES (7, 'x', '/stage/images/no-times.fits', 0, 0, NULL, 1, NULL, 1764000006, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0);
DELETE FROM photometry WHERE id = 4;
INSERT INTO photometry (image_path, ra_deg, dec_deg, peak_jyb, measured_at) VALUES ('/stage/images/nobody.fits', 1, 1, 1, 1764000007);
