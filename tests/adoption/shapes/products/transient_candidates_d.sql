-- Shape D, 2025-11-26: the union of all, with nothing required but the key.
CREATE TABLE transient_candidates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT,
    source_name TEXT,
    image_path TEXT,
    ms_path TEXT,
    ra_deg REAL,
    dec_deg REAL,
    detection_type TEXT,
    flux_obs_mjy REAL,
    flux_baseline_mjy REAL,
    flux_ratio REAL,
    significance_sigma REAL,
    baseline_catalog TEXT,
    peak_mjy REAL,
    rms_mjy REAL,
    snr REAL,
    timestamp_mjd REAL,
    detected_at REAL,
    mosaic_id INTEGER,
    classification TEXT,
    classified_by TEXT,
    classified_at REAL,
    follow_up_status TEXT,
    variability_index REAL,
    priority TEXT DEFAULT 'normal',
    n_detections INTEGER DEFAULT 0,
    last_updated REAL,
    notes TEXT,
    FOREIGN KEY (mosaic_id) REFERENCES mosaics(id)
);
INSERT INTO transient_candidates (id, source_id, ra_deg, dec_deg, detection_type, detected_at, mosaic_id) VALUES (1, 'NVSS J123400.0+420000', 188.5, 42, 'variable', 1764000050, 1);
INSERT INTO transient_candidates (id, source_name, ra_deg, dec_deg, detected_at, priority) VALUES (2, 'é', 1, 2, 1764000051, 'whenever');
