-- Shape B: made as A, thirteen columns added since. The default was written as an identifier.
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
ALTER TABLE images ADD COLUMN format TEXT DEFAULT "fits";
ALTER TABLE images ADD COLUMN beam_minor_arcsec REAL;
ALTER TABLE images ADD COLUMN beam_pa_deg REAL;
ALTER TABLE images ADD COLUMN dynamic_range REAL;
ALTER TABLE images ADD COLUMN field_name TEXT;
ALTER TABLE images ADD COLUMN center_ra_deg REAL;
ALTER TABLE images ADD COLUMN center_dec_deg REAL;
ALTER TABLE images ADD COLUMN imsize_x INTEGER;
ALTER TABLE images ADD COLUMN imsize_y INTEGER;
ALTER TABLE images ADD COLUMN cellsize_arcsec REAL;
ALTER TABLE images ADD COLUMN freq_ghz REAL;
ALTER TABLE images ADD COLUMN bandwidth_mhz REAL;
ALTER TABLE images ADD COLUMN integration_sec REAL;
CREATE INDEX idx_images_field ON images(field_name);
INSERT INTO images (id, path, ms_path, created_at, type, noise_jy, pbcor, format, center_ra_deg, center_dec_deg, imsize_x, imsize_y)
    VALUES (2, '/stage/images/b.fits', '/stage/ms/2025-10-02T12:00:00.ms', 1759410000.25, 'mosaic', 1, 1, 'casa', 0, -90, 4096, 4096.5);
INSERT INTO images (id, path, ms_path, created_at, type) VALUES (3, '/stage/images/twice.fits', '/stage/ms/2025-10-02T12:00:00.ms', 1759410002, 'psf');
INSERT INTO images (id, path, ms_path, created_at, type, format) VALUES (4, '/stage/images/twice.fits', '/stage/ms/2025-10-02T06:00:00.ms', 1759410001, 'psf', NULL);
INSERT INTO images (id, path, ms_path, created_at, type, format, field_name) VALUES (5, '/stage/images/orphan''s é.fits', '/stage/ms/gone.ms', '2025-10-02T12:06:00.250000+00:00', 'sideways', '', x'DEADBEEF');
INSERT INTO images (id, path, ms_path, created_at, type, beam_major_arcsec, center_ra_deg) VALUES (7, '/stage/images/no-times.fits', '/stage/ms/no-times.ms', 1759410003, '3.5', 'J1234+42', '12h34m');
