-- Shape A, 2025-10-09: windows may be open, and nothing says active but the status.
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
INSERT INTO caltables VALUES (1, 'bp_3c286', '/stage/cal/a_kcal', 'K', 10, '3C286', 'pad103', 1759384800, 60950, 60951, 'active', NULL);
INSERT INTO caltables VALUES (2, 'bp_3c286', '/stage/cal/a_bpcal', 'BP', 30, '3C286', '103', 1759384800, NULL, NULL, 'retired', 'it''s old');
INSERT INTO caltables VALUES (3, 'bp_3c286', '/stage/cal/a_gpcal', 'GP', 50, NULL, NULL, '2025-10-02T06:00:00', 60951, 60950, 'expired', 'é');
INSERT INTO caltables VALUES (5, '', '', 'FLUX', -1, '', '', 0, NULL, 1e300, '', x'00');
