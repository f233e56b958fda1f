-- Alerts, and the light curves and astrometry that refer to a table that was never there.
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
    frequency_ghz REAL NOT NULL,
    mosaic_id INTEGER,
    image_path TEXT,
    measured_at REAL NOT NULL,
    FOREIGN KEY (candidate_id) REFERENCES transient_candidates(id),
    FOREIGN KEY (mosaic_id) REFERENCES products(id)
);
CREATE TABLE astrometric_solutions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mosaic_id INTEGER NOT NULL,
    reference_catalog TEXT NOT NULL,
    n_matches INTEGER NOT NULL,
    ra_offset_mas REAL NOT NULL,
    dec_offset_mas REAL NOT NULL,
    ra_offset_err_mas REAL NOT NULL,
    dec_offset_err_mas REAL NOT NULL,
    rms_residual_mas REAL NOT NULL,
    applied BOOLEAN DEFAULT 0,
    computed_at REAL NOT NULL,
    applied_at REAL,
    notes TEXT,
    FOREIGN KEY (mosaic_id) REFERENCES products(id)
);
INSERT INTO transient_alerts VALUES (1, 1, 'HIGH', 'it''s bright', 1764000060, 0, NULL, NULL, NULL, NULL);
INSERT INTO transient_alerts VALUES (2, 99, 'ABSURD', '', '2025-11-24T16:01:00', 'no', NULL, 'é', '', NULL);
INSERT INTO transient_lightcurves VALUES (1, 1, 60950.25, 12.5, 0.5, 1.4, NULL, '/stage/images/a.fits', 1764000070);
INSERT INTO transient_lightcurves VALUES (2, 1, 60950.5, -1, NULL, 1.4, 99, NULL, '2025-11-24T16:01:10.5');
INSERT INTO astrometric_solutions VALUES (1, 99, 'FIRST', 12, -1.5, 2, 0.1, 0.1, 5, 0, 1764000080, NULL, NULL);
