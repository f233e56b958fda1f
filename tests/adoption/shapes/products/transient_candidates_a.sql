-- Shape A, 2025-11-19, the products module's.
CREATE TABLE transient_candidates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    image_path TEXT NOT NULL,
    ms_path TEXT NOT NULL,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    peak_mjy REAL NOT NULL,
    rms_mjy REAL NOT NULL,
    snr REAL NOT NULL,
    timestamp_mjd REAL,
    detected_at REAL NOT NULL
);
CREATE INDEX idx_transient_ms_path ON transient_candidates(ms_path);
INSERT INTO transient_candidates VALUES (1, '/stage/images/a.fits', '/stage/ms/2025-10-02T06:00:00.ms', 188.5, 42, 12.5, 0.5, 25, 60950.25, 1764000050);
INSERT INTO transient_candidates VALUES (4, '', '', -1, 91, 1e300, 0, -1, NULL, '2025-11-24T16:00:50');
