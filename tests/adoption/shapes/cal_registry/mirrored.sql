-- Both tables, each the other's mirror by triggers; the mirror's notes went their own way.
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
CREATE TABLE calibration_tables (
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
INSERT INTO caltables VALUES (1, 'bp_3c286', '/stage/cal/a_kcal', 'K', 10, NULL, NULL, 1764547200, NULL, NULL, 'active', 'ours'), (2, 'bp_3c286', '/stage/cal/a_bpcal', 'BP', 30, NULL, NULL, 1764547200, NULL, NULL, 'retired', 'it''s ours');
INSERT INTO calibration_tables VALUES (1, 'bp_3c286', '/stage/cal/a_kcal', 'K', 10, NULL, NULL, 1764547200, NULL, NULL, 'active', 'theirs'), (2, 'bp_3c286', '/stage/cal/a_bpcal', 'BP', 30, NULL, NULL, 1764547200, NULL, NULL, 'retired', 'it''s theirs');
CREATE TRIGGER caltables_insert AFTER INSERT ON caltables BEGIN
    INSERT OR REPLACE INTO calibration_tables VALUES (NEW.id, NEW.set_name, NEW.path, NEW.table_type, NEW.order_index, NEW.cal_field, NEW.refant, NEW.created_at, NEW.valid_start_mjd, NEW.valid_end_mjd, NEW.status, NEW.notes);
END;
CREATE TRIGGER caltables_update AFTER UPDATE ON caltables BEGIN
    UPDATE calibration_tables SET status = NEW.status, notes = NEW.notes WHERE path = NEW.path;
END;
CREATE TRIGGER caltables_delete AFTER DELETE ON caltables BEGIN
    DELETE FROM calibration_tables WHERE path = OLD.path;
END;
