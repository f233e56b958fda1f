-- Shape A, 2025-10-09: a plain key, paths that may repeat, measurement sets that may be gone.
CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    ms_path TEXT NOT NULL,
    created_at REAL NOT NULL,
    type TEXT NOT NULL,
    beam_major_arcsec REAL,
    noise_jy REAL,
    pbcor INTEGER DEFAULT 0
);
CREATE INDEX idx_images_ms_path ON images(ms_path);
INSERT INTO images VALUES (1, '/stage/images/a.fits', '/stage/ms/2025-10-02T06:00:00.ms', 1759390000, 'image', 12.5, 0.0003, 0);
INSERT INTO images VALUES (2, '/stage/images/b.fits', '/stage/ms/2025-10-02T12:00:00.ms', 1759410000.25, 'pbcor', 13, 1, 1);
INSERT INTO images VALUES (3, '/stage/images/twice.fits', '/stage/ms/2025-10-02T12:00:00.ms', 1759410002, 'dirty', NULL, NULL, NULL);
INSERT INTO images VALUES (4, '/stage/images/twice.fits', '/stage/ms/2025-10-02T06:00:00.ms', 1759410001, 'dirty', NULL, NULL, 0);
INSERT INTO images VALUES (5, '/stage/images/orphan''s é.fits', '/stage/ms/gone.ms', '2025-10-02T12:06:00.250000', 'sideways', -1e30, NULL, 5);
INSERT INTO images VALUES (7, '/stage/images/no-times.fits', '/stage/ms/no-times.ms', '2025-10-02 12:06:00', '2', 'not a number', NULL, 'False');
INSERT INTO images VALUES (9223372036854775807, '', '', -1, '', NULL, 1e308, 0.5);
