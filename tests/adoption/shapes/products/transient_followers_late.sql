-- As canonical: alerts, light curves that refer to mosaics, astrometry that may be of an image.
CREATE TABLE transient_alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    candidate_id INTEGER NOT NULL,
    alert_level TEXT NOT NULL,
    alert_message TEXT NOT NULL,
    created_at REAL NOT NULL,
    acknowledged BOOLEAN DEFAULT 0,
    acknowledged_at REAL,
    acknowledged_by TEXT,
    follow_up_status TEXT,
    notes TEXT,
    FOREIGN KEY (candidate_id) REFERENCES transient_candidates(id)
);
CREATE TABLE transient_lightcurves (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    candidate_id INTEGER NOT NULL,
    mjd REAL NOT NULL,
    flux_mjy REAL NOT NULL,
    flux_err_mjy REAL,
    frequency_ghz REAL,
    mosaic_id INTEGER,
    image_path TEXT,
    measured_at REAL NOT NULL,
    FOREIGN KEY (candidate_id) REFERENCES transient_candidates(id),
    FOREIGN KEY (mosaic_id) REFERENCES mosaics(id)
);
CREATE TABLE astrometric_solutions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mosaic_id INTEGER,
    image_path TEXT,
    reference_catalog TEXT NOT NULL,
    n_matches INTEGER NOT NULL,
    ra_offset_mas REAL NOT NULL,
    dec_offset_mas REAL NOT NULL,
    applied BOOLEAN DEFAULT 0,
    computed_at REAL NOT NULL,
    FOREIGN KEY (mosaic_id) REFERENCES mosaics(id)
);
INSERT INTO transient_alerts VALUES (1, 1, 'MEDIUM', 'look', 1764000060, 1, '2025-11-24 16:10:00', 'somebody', 'scheduled', NULL);
INSERT INTO transient_lightcurves VALUES (1, 1, 60950.25, 12.5, NULL, NULL, 1, NULL, 1764000070);
INSERT INTO astrometric_solutions VALUES (1, NULL, '/stage/images/a.fits', 'FIRST', 12, -1.5, 2, 0, 1764000080);
