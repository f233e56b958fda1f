-- Shape D, 2025-11-19: C with the mosaic tool's columns.
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
CREATE INDEX idx_mosaics_mjd ON mosaics(start_mjd, end_mjd);
ALTER TABLE mosaics ADD COLUMN status TEXT;
ALTER TABLE mosaics ADD COLUMN method TEXT;
ALTER TABLE mosaics ADD COLUMN tiles TEXT;
ALTER TABLE mosaics ADD COLUMN output_path TEXT;
ALTER TABLE mosaics ADD COLUMN validation_issues TEXT;
ALTER TABLE mosaics ADD COLUMN metrics_path TEXT;
INSERT INTO mosaics (id, path, name, created_at, start_mjd, end_mjd, status, method, tiles, output_path) VALUES
    (1, '/stage/mosaics/m1.fits', 'm1', 1759420000, 60950.25, 60950.5, 'completed', 'pbweighted', '[''/stage/images/a.fits'', None]', '/stage/mosaics/m1.fits'),
    (2, '/stage/mosaics/m2.fits', 'm2', 1759420000, 60950.25, 60950.5, 'half built', NULL, 'a.fits, b.fits', NULL);
