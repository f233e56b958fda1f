-- The other name of 2025-12-01 to 12-04, with the columns of the first.
CREATE TABLE calibration_tables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    set_name TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    table_type TEXT NOT NULL,
    order_index INTEGER,
    cal_field TEXT,
    refant TEXT,
    created_at REAL NOT NULL,
    valid_start_mjd REAL,
    valid_end_mjd REAL,
    status TEXT NOT NULL DEFAULT 'active',
    notes TEXT,
    source_ms_path TEXT,
    solver_command TEXT,
    solver_version TEXT,
    solver_params TEXT,
    quality_metrics TEXT
);
CREATE INDEX idx_caltables_path ON calibration_tables(path);
INSERT INTO calibration_tables (id, set_name, path, table_type, order_index, created_at, status) VALUES
    (7, 'bp_3c286', '/stage/cal/z_kcal', 'K', 10, 1764547200, 'active'),
    (8, 'bp_3c286', '/stage/cal/a_bacal', 'BA', NULL, '2025-12-01 00:00:00', 'failed'),
    (9, 'bp_3c286', 'l''é_gacal', 'GA', -4, 0, 'odd');
