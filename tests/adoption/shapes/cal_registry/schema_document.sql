-- The schema document's tables, as a file made from it in October 2025 holds them.
CREATE TABLE caltables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    set_name TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    table_type TEXT NOT NULL,
    order_index INTEGER NOT NULL,
    valid_start_mjd REAL NOT NULL,
    valid_end_mjd REAL NOT NULL,
    created_at REAL NOT NULL,
    active INTEGER DEFAULT 1
);
CREATE INDEX idx_caltables_set ON caltables(set_name);
CREATE INDEX idx_caltables_valid ON caltables(valid_start_mjd, valid_end_mjd);
CREATE INDEX idx_caltables_active ON caltables(active);
INSERT INTO caltables (set_name, path, table_type, order_index, valid_start_mjd, valid_end_mjd, created_at, active) VALUES
    ('bp_3c286_60238', '/stage/cal/a_kcal', 'K', 0, 60950, 60951, 1759384800, 1),
    ('bp_3c286_60238', '/stage/cal/a_bpcal', 'BP', 1, 60951, 60950, '2025-10-02T06:00:00', 0),
    ('', 'l''é', 'Q', -1, -1e300, 1e300, 0, NULL);
