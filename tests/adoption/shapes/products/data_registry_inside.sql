-- What a set-up script made inside products.
CREATE TABLE data_registry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    data_type TEXT NOT NULL,
    data_id TEXT NOT NULL UNIQUE,
    base_path TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'staging',
    stage_path TEXT NOT NULL,
    created_at REAL NOT NULL,
    staged_at REAL NOT NULL
);
CREATE TABLE data_relationships (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent_data_id TEXT NOT NULL REFERENCES data_registry(data_id),
    child_data_id TEXT NOT NULL REFERENCES data_registry(data_id),
    relationship_type TEXT NOT NULL
);
CREATE TABLE data_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    data_id TEXT NOT NULL REFERENCES data_registry(data_id),
    tag TEXT NOT NULL
);
INSERT INTO data_registry VALUES (1, 'ms', 'ms-1', '/stage', 'staging', '/stage/ms-1', 1764000000, 1764000000);
INSERT INTO data_tags VALUES (1, 'ms-1', 'l''étiquette'), (2, 'gone', '');
