-- Shape A, 2025-10-13, the mosaic tool's: no path, no times; tiles as JSON, Python, numbers or lines.
CREATE TABLE mosaics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    created_at REAL NOT NULL,
    status TEXT NOT NULL,
    method TEXT,
    tiles TEXT NOT NULL,
    output_path TEXT
);
INSERT INTO mosaics VALUES (1, 'json', 1759420000, 'completed', 'mean', '["/stage/images/a.fits", "/stage/images/b.fits"]', '/stage/mosaics/m1.fits');
INSERT INTO mosaics VALUES (2, 'python''s é', '2025-10-02T16:00:00', 'built?', NULL, '[''/stage/images/a.fits'']', '/stage/mosaics/m2.fits');
INSERT INTO mosaics VALUES (3, 'nowhere', 1759420002, 'planned', 'mean', '["/stage/images/a.fits"]', NULL);
INSERT INTO mosaics VALUES (4, 'of nothing', 1759420003, 'completed', 'mean', '["/stage/images/nobody.fits"]', '/stage/mosaics/m4.fits');
INSERT INTO mosaics VALUES (5, 'numbers', 1759420004, 'completed', 'mean', '[1, 2]', '/stage/mosaics/m5.fits');
INSERT INTO mosaics VALUES (6, 'again', 1759420005, 'completed', 'mean', '["/stage/images/a.fits"]', '/stage/mosaics/m1.fits');
INSERT INTO mosaics VALUES (7, 'no tiles', 1759420006, 'failed', '', '', '/stage/mosaics/m7.fits');
