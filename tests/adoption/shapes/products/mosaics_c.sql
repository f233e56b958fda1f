-- Shape C: the schema document's, which is production's.
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
INSERT INTO mosaics VALUES (1, '/stage/mosaics/m1.fits', '2025-10-02_hourly_6-12UTC', 1759420000, 60950.25, 60950.5, 600, 2, 188.5, 42, 41, 43, 0.0001, 12.5, 11, -90, 250, NULL);
INSERT INTO mosaics (id, path, name, created_at, start_mjd, end_mjd, n_images) VALUES (7, 'l''autre é.fits', '', '2025-10-02 16:00:00', 60951, 60950, 3.5);
