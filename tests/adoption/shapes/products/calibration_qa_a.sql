-- The first shape: a job and an instant are required, spectral windows are not told apart.
CREATE TABLE calibration_qa (
    id INTEGER PRIMARY KEY,
    ms_path TEXT NOT NULL,
    job_id INTEGER NOT NULL,
    k_metrics TEXT,
    bp_metrics TEXT,
    g_metrics TEXT,
    overall_quality TEXT,
    flags_total REAL,
    timestamp REAL NOT NULL
);
INSERT INTO calibration_qa VALUES (1, '/stage/ms/2025-10-02T06:00:00.ms', 1, '{''snr'': nan}', NULL, '[]', 'excellent', 0.05, 1759390000);
INSERT INTO calibration_qa VALUES (2, '', -1, 'None', '', NULL, 'so-so', 5, '2025-10-02T07:26:40');
CREATE TABLE image_qa (
    id INTEGER PRIMARY KEY,
    ms_path TEXT NOT NULL,
    job_id INTEGER NOT NULL,
    image_path TEXT NOT NULL,
    rms_noise REAL,
    peak_flux REAL,
    dynamic_range REAL,
    beam_major REAL,
    beam_minor REAL,
    beam_pa REAL,
    num_sources INTEGER,
    thumbnail_path TEXT,
    overall_quality TEXT,
    timestamp REAL NOT NULL
);
INSERT INTO image_qa VALUES (1, '/stage/ms/2025-10-02T06:00:00.ms', 1, '/stage/images/a.fits', 0.0003, 1, 3000, 12.5, 11, -45, 12.5, NULL, 'é', 1759390000);
