-- Shape B: made as A, five columns added since.
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
ALTER TABLE photometry ADD COLUMN source_id TEXT;
ALTER TABLE photometry ADD COLUMN snr REAL;
ALTER TABLE photometry ADD COLUMN mjd REAL;
ALTER TABLE photometry ADD COLUMN sep_from_center_deg REAL;
ALTER TABLE photometry ADD COLUMN flags INTEGER DEFAULT 0;
CREATE INDEX idx_photometry_image ON photometry(image_path);
CREATE INDEX idx_photometry_source_id ON photometry(source_id);
INSERT INTO photometry VALUES (1, '/stage/images/a.fits', 188.5, 42.0, 100, 0.1, 0.001, 1764000000, 'NVSS J123400.0+420000', 100, NULL, 0.5, 0);
INSERT INTO photometry VALUES (2, '/stage/images/b.fits', 188.5, 42.0, 100000, 0.1, NULL, 1764000001, 'J1884348', NULL, NULL, NULL, NULL);
INSERT INTO photometry VALUES (3, '/stage/images/twice.fits', 359.999, -42.0, NULL, -0.1, NULL, 1764000002, NULL, -3, NULL, NULL, 'bad');
INSERT INTO photometry VALUES (4, '/stage/images/nobody.fits', 0, 0, NULL, 1, NULL, 1764000003, '', NULL, NULL, NULL, 2.5);
INSERT INTO photometry VALUES (5, '/stage/images/orphan''s é.fits', 0, 0, NULL, 1, NULL, 1764000004, 'NVSS J1''é', NULL, NULL, NULL, -1);
INSERT INTO photometry VALUES (6, '/stage/images/a.fits', 188.5, 42.0, 100, 0.1, 0.001, 1764000005, 'NVSS J123400.0+420000', 100, 60000, 0.5, 0);
INSERT INTO photometry VALUES (7, '/stage/images/no-times.fits', 0, 0, NULL, 1, NULL, 1764000006, 'x', NULL, NULL, NULL, 9223372036854775807);
