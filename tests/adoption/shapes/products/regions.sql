-- Regions refer to a column of images that is not unique, which no statement on them survives under enforcement.
CREATE TABLE regions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    coordinates TEXT NOT NULL,
    image_path TEXT NOT NULL,
    created_at REAL NOT NULL,
    created_by TEXT,
    updated_at REAL,
    FOREIGN KEY (image_path) REFERENCES images(path)
);
CREATE INDEX idx_regions_image ON regions(image_path);
INSERT INTO regions VALUES (1, 'l''anneau é', 'circle', '{''r'': 5}', '/stage/images/a.fits', 1764000090, NULL, NULL);
INSERT INTO regions VALUES (2, '', 'blob', '[]', '/stage/images/nobody.fits', '2025-11-24', NULL, NULL);
CREATE TABLE cross_matches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT NOT NULL,
    catalog_type TEXT NOT NULL,
    separation_arcsec REAL NOT NULL,
    match_method TEXT DEFAULT 'basic',
    created_at REAL NOT NULL,
    FOREIGN KEY (source_id) REFERENCES variability_stats(source_id),
    UNIQUE(source_id, catalog_type)
);
INSERT INTO cross_matches VALUES (1, 'nobody', 'nvss', 0.5, 'basic', 1764000091);
