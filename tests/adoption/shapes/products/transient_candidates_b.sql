-- Shape B, 2025-11-19, the detection module's: a foreign key to a table that was never there.
CREATE TABLE transient_candidates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_name TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    detection_type TEXT NOT NULL,
    flux_obs_mjy REAL NOT NULL,
    flux_baseline_mjy REAL,
    flux_ratio REAL,
    significance_sigma REAL NOT NULL,
    baseline_catalog TEXT,
    detected_at REAL NOT NULL,
    mosaic_id INTEGER,
    classification TEXT,
    variability_index REAL,
    last_updated REAL NOT NULL,
    notes TEXT,
    FOREIGN KEY (mosaic_id) REFERENCES products(id)
);
CREATE INDEX idx_transients_type ON transient_candidates(detection_type, significance_sigma DESC);
CREATE INDEX idx_transients_coords ON transient_candidates(ra_deg, dec_deg);
INSERT INTO transient_candidates VALUES (1, 'DSA_TRANSIENT_J123400+420000', 188.5, 42, 'new', 12.5, NULL, NULL, 25, 'NVSS', 1764000050, NULL, 'real', 0.5, 1764000051, 'it''s new');
INSERT INTO transient_candidates VALUES (2, '', 0, 0, 'exploding', -1, 5, -0.2, 6, NULL, '2025-11-24 16:00:50', NULL, 'maybe?', NULL, '2025-11-24 16:00:51', NULL);
