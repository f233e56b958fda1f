-- Shape B, 2025-11-10: made as A, eta added since.
CREATE TABLE variability_stats (
    source_id TEXT PRIMARY KEY,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    nvss_flux_mjy REAL,
    n_obs INTEGER DEFAULT 0,
    mean_flux_mjy REAL,
    std_flux_mjy REAL,
    min_flux_mjy REAL,
    max_flux_mjy REAL,
    chi2_nu REAL,
    sigma_deviation REAL,
    last_measured_at REAL,
    last_mjd REAL,
    updated_at REAL NOT NULL
);
CREATE INDEX idx_variability_chi2 ON variability_stats(chi2_nu);
CREATE INDEX idx_variability_sigma ON variability_stats(sigma_deviation);
ALTER TABLE variability_stats ADD COLUMN eta_metric REAL;
INSERT INTO variability_stats VALUES ('NVSS J123400.0+420000', 188.5, 42, 100, 2, 100.5, 0.5, 100, 101, 3.5, 2, 1764000005, 60950.5, 1764000010, 1.25);
INSERT INTO variability_stats (source_id, ra_deg, dec_deg, updated_at, eta_metric) VALUES ('l''astre é', 0, 0, '2025-11-24 16:00:10', 'nan');
INSERT INTO variability_stats (source_id, ra_deg, dec_deg, updated_at) VALUES (NULL, 0, 0, 1), (NULL, 0, 0, 2), ('', 0, 0, 3);
