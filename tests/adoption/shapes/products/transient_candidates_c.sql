-- Shape C: made as B, the follow-up added since.
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
ALTER TABLE transient_candidates ADD COLUMN follow_up_status TEXT;
ALTER TABLE transient_candidates ADD COLUMN classified_by TEXT;
ALTER TABLE transient_candidates ADD COLUMN classified_at REAL;
INSERT INTO transient_candidates VALUES (1, 'DSA_TRANSIENT_J123400+420000', 188.5, 42, 'fading', 12.5, 25, 0.5, 25, 'NVSS', 1764000050, NULL, 'real', 0.5, 1764000051, NULL, 'declined', 'somebody', '2025-11-25T00:00:00');
