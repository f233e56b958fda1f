-- Shape B, 2025-11-13: made as A, the provenance added since.
CREATE TABLE caltables (
    id INTEGER PRIMARY KEY,
    set_name TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    table_type TEXT NOT NULL,
    order_index INTEGER NOT NULL,
    cal_field TEXT,
    refant TEXT,
    created_at REAL NOT NULL,
    valid_start_mjd REAL,
    valid_end_mjd REAL,
    status TEXT NOT NULL,
    notes TEXT
);
CREATE INDEX idx_caltables_set ON caltables(set_name);
CREATE INDEX idx_own_valid ON caltables(valid_start_mjd, valid_end_mjd);
ALTER TABLE caltables ADD COLUMN source_ms_path TEXT;
ALTER TABLE caltables ADD COLUMN solver_command TEXT;
ALTER TABLE caltables ADD COLUMN solver_version TEXT;
ALTER TABLE caltables ADD COLUMN solver_params TEXT;
ALTER TABLE caltables ADD COLUMN quality_metrics TEXT;
INSERT INTO caltables VALUES (1, 'bp_3c286', '/stage/cal/a_kcal', 'K', 10, '3C286', 'pad103', 1759384800, 60950, 60951, 'active', NULL, '/stage/ms/gone.ms', 'gaincal(...)', '6.6', '{''combine'': ''scan'', ''minsnr'': 3.0}', '{''snr_mean'': nan, ''n_antennas'': 63}');
INSERT INTO caltables VALUES (2, 'bp_3c286', '/stage/cal/a_bpcal', 'BP', 30, '3C286', '103', 1759384800, NULL, NULL, 'failed', NULL, NULL, NULL, NULL, NULL, 'None');
