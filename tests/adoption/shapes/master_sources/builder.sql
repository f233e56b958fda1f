-- What the builder wrote: numbered sources, its own thresholds, an allow-list, a snapshot.
CREATE TABLE sources (
    source_id INTEGER PRIMARY KEY,
    ra_deg REAL NOT NULL,
    dec_deg REAL NOT NULL,
    s_nvss REAL,
    snr_nvss REAL,
    s_vlass REAL,
    alpha REAL,
    resolved_flag INTEGER NOT NULL,
    confusion_flag INTEGER NOT NULL
);
CREATE INDEX idx_sources_radec ON sources(ra_deg, dec_deg);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE stable_ids (source_id INTEGER PRIMARY KEY);
INSERT INTO sources VALUES (1, 188.7364, 42.0533, 0.25, 55, 0.1, -0.9, 0, 0);
INSERT INTO sources VALUES (2, 188.736399, 42.0533, 0.25, 90, 0.1, -0.5, 0, 0);
INSERT INTO sources VALUES (3, 0.0, -0.00001, NULL, NULL, NULL, NULL, 1, 1);
INSERT INTO sources VALUES (5, 359.99999, -39.999999, 2, 100, NULL, NULL, 0, 0);
INSERT INTO sources VALUES (9, 188.73639, 42.05331, 1e300, 51, 0.1, 'steep', 0, 7);
INSERT INTO meta VALUES ('goodref_snr_min', '50'), ('finalref_snr_min', '80'), ('build_time_iso', '2025-11-01T00:00:00'), (NULL, 'l''é');
INSERT INTO stable_ids VALUES (1), (2), (404);
CREATE VIEW good_references AS SELECT * FROM sources WHERE snr_nvss > 50 AND alpha >= -1.2 AND alpha <= 0.2 AND resolved_flag = 0 AND confusion_flag = 0;
CREATE VIEW final_references AS SELECT s.* FROM sources s JOIN stable_ids i ON i.source_id = s.source_id WHERE s.snr_nvss > 80 AND s.alpha >= -1.2 AND s.alpha <= 0.2;
CREATE TABLE final_references_table AS SELECT * FROM final_references;
