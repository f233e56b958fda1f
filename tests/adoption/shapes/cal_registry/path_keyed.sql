-- A shape of 2025-12-01: the path is the key, the order is not stored.
CREATE TABLE caltables (
    path TEXT PRIMARY KEY,
    table_type TEXT NOT NULL,
    set_name TEXT,
    cal_field TEXT,
    refant TEXT,
    created_at REAL NOT NULL,
    valid_start_mjd REAL,
    valid_end_mjd REAL,
    status TEXT DEFAULT 'active',
    notes TEXT,
    source_ms_path TEXT
);
INSERT INTO caltables VALUES ('/stage/cal/z_kcal', 'K', 'bp_3c286', '3C286', NULL, 1764547200, 60950, 60951, 'active', NULL, NULL);
INSERT INTO caltables VALUES ('/stage/cal/a_bpcal', 'BP', 'bp_3c286', '3C286', NULL, 1764547200, NULL, NULL, 'retired', 'it''s é', NULL);
INSERT INTO caltables VALUES ('/stage/cal/m_gcal', 'G', 'bp_3c286', NULL, NULL, '2025-12-01T00:00:00', NULL, NULL, 'active', NULL, NULL);
INSERT INTO caltables VALUES ('/stage/cal/n_2gcal', '2G', 'bp_3c286', NULL, NULL, 1764547200, NULL, NULL, 'who knows', NULL, NULL);
INSERT INTO caltables VALUES ('/stage/cal/o_flux.cal', 'FLUX', NULL, NULL, NULL, 1764547200, NULL, NULL, 'active', NULL, NULL);
INSERT INTO caltables VALUES (NULL, 'GA', 'bp_3c286', NULL, NULL, 1764547200, NULL, NULL, 'active', NULL, NULL);
