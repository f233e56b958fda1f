-- Shape A, 2025-10-29: no source, no epoch.
CREATE TABLE photometry (
    id INTEGER PRIMARY KEY,
    image_path TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    nvss_flux_mjy REAL,
    peak_jyb REAL NOT NULL,
    peak_err_jyb REAL,
    measured_at REAL NOT NULL
);
CREATE INDEX idx_photometry_image ON photometry(image_path);
INSERT INTO photometry VALUES (1, '/stage/images/a.fits', 188.5, 42.0, 100, 0.1, 0.001, 1764000000);
INSERT INTO photometry VALUES (2, '/stage/images/b.fits', 188.5, 42.0, 100000, 0.1, NULL, '2025-11-24T16:00:00');
INSERT INTO photometry VALUES (3, '/stage/images/twice.fits', 359.999, -42.0, NULL, -0.1, NULL, 1764000002);
INSERT INTO photometry VALUES (4, '/stage/images/nobody.fits', 0, 0, NULL, 1, NULL, 1764000003);
INSERT INTO photometry VALUES (5, '/stage/images/orphan''s é.fits', 0, 0, NULL, 1e300, NULL, 1764000004);
INSERT INTO photometry VALUES (7, '/stage/images/no-times.fits', 0, 0, NULL, 1, NULL, 1764000006);
