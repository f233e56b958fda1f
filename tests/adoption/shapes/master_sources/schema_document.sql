-- The schema document's tables, as a file made from it in October 2025 holds them.
CREATE TABLE sources (
    source_id TEXT PRIMARY KEY,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    s_nvss REAL,
    snr_nvss REAL,
    s_vlass REAL,
    alpha REAL,
    resolved_flag INTEGER DEFAULT 0,
    confusion_flag INTEGER DEFAULT 0,
    first_size_maj_arcsec REAL,
    first_size_min_arcsec REAL,
    first_size_pa_deg REAL
);
CREATE INDEX idx_sources_ra_dec ON sources(ra_deg, dec_deg);
CREATE INDEX idx_sources_flux ON sources(s_nvss);
CREATE INDEX idx_sources_alpha ON sources(alpha);
CREATE VIEW good_references AS
SELECT * FROM sources
WHERE s_nvss IS NOT NULL
  AND snr_nvss >= 7.0
  AND (alpha BETWEEN -1.5 AND 0.5 OR alpha IS NULL)
  AND resolved_flag = 0
  AND confusion_flag = 0;
CREATE VIEW final_references AS
SELECT * FROM good_references
WHERE snr_nvss >= 10.0;
INSERT INTO sources (source_id, ra_deg, dec_deg, s_nvss, snr_nvss, alpha, resolved_flag) VALUES
    ('NVSS J123456.7+420312', 188.73625, 42.0533, 0.25, 55, -0.7, 0), ('l''é', 0, -90, NULL, NULL, NULL, NULL), (NULL, 1, 1, 1, 20, 'steep', 0);
