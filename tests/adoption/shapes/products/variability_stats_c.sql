-- Shape C, 2025-11-26: one stage's own, with times as text. The last three rows lack what a row needs.
CREATE TABLE variability_stats (
    source_id TEXT PRIMARY KEY,
    ra_deg REAL,
    dec_deg REAL,
    n_epochs INTEGER DEFAULT 0,
    mean_flux_mjy REAL,
    std_flux_mjy REAL,
    eta REAL,
    v REAL,
    last_measured_at TEXT,
    updated_at TEXT
);
INSERT INTO variability_stats VALUES ('NVSS J123400.0+420000', 188.5, 42, 2, 100.5, 0.5, 1.25, 0.005, '2025-11-24T16:00:05.250000', '2025-11-24T16:00:10+00:00');
INSERT INTO variability_stats VALUES ('l''astre é', 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, '2025-11-24 18:00:10.5+02:00');
INSERT INTO variability_stats VALUES ('nowhere', NULL, 42, 2, NULL, NULL, 1, 1, NULL, '2025-11-24T16:00:10');
INSERT INTO variability_stats VALUES ('never', 1, 1, 2, NULL, NULL, 1, 1, NULL, NULL);
INSERT INTO variability_stats VALUES ('once', 1, 1, 2, NULL, NULL, 1, 1, NULL, 'once upon a time');
