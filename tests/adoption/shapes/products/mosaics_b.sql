-- Shape B: made as A, the validation added since.
CREATE TABLE mosaics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    created_at REAL NOT NULL,
    status TEXT NOT NULL,
    method TEXT,
    tiles TEXT NOT NULL,
    output_path TEXT
);
ALTER TABLE mosaics ADD COLUMN validation_issues TEXT;
ALTER TABLE mosaics ADD COLUMN metrics_path TEXT;
INSERT INTO mosaics VALUES (1, 'json', 1759420000, 'completed', 'weighted', '["/stage/images/a.fits", "/stage/images/b.fits"]', '/stage/mosaics/m1.fits', '{''astrometry'': None}', '/stage/mosaics/m1.json');
INSERT INTO mosaics VALUES (3, 'nowhere', 1759420002, 'planned', 'mean', '["/stage/images/a.fits"]', NULL, NULL, NULL);
INSERT INTO mosaics VALUES (4, 'of no time', 1759420003, 'completed', 'mean', '["/stage/images/no-times.fits"]', '/stage/mosaics/m4.fits', '[]', '');
