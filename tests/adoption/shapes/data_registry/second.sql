-- 2025-11-11: attempts to publish are counted.
CREATE TABLE data_registry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    data_type TEXT NOT NULL,
    data_id TEXT NOT NULL UNIQUE,
    base_path TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'staging',
    stage_path TEXT NOT NULL,
    published_path TEXT,
    created_at REAL NOT NULL,
    staged_at REAL NOT NULL,
    published_at REAL,
    publish_mode TEXT,
    metadata_json TEXT,
    qa_status TEXT,
    validation_status TEXT,
    finalization_status TEXT DEFAULT 'pending',
    auto_publish_enabled INTEGER DEFAULT 1,
    publish_attempts INTEGER DEFAULT 0,
    publish_error TEXT,
    UNIQUE(data_type, data_id)
);
CREATE TABLE data_relationships (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent_data_id TEXT NOT NULL,
    child_data_id TEXT NOT NULL,
    relationship_type TEXT NOT NULL,
    FOREIGN KEY (parent_data_id) REFERENCES data_registry(data_id),
    FOREIGN KEY (child_data_id) REFERENCES data_registry(data_id),
    UNIQUE(parent_data_id, child_data_id, relationship_type)
);
CREATE TABLE data_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    data_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    FOREIGN KEY (data_id) REFERENCES data_registry(data_id),
    UNIQUE(data_id, tag)
);
INSERT INTO data_registry (id, data_type, data_id, base_path, status, stage_path, created_at, staged_at, publish_mode, metadata_json, qa_status) VALUES
    (1, 'ms', 'ms-1', '/stage', 'published', '/stage/ms-1', 1764000000, 1764000000, 'move', '{''a'': 1, ''b'': None}', 'passed'),
    (3, 'hologram', 'l''é', '', 'validated', '', '2025-11-24T16:00:00', '2025-11-24 16:00:00', NULL, 'nothing', 'shiny');
INSERT INTO data_relationships VALUES (1, 'ms-1', 'l''é', 'produced'), (2, 'ms-1', 'gone', '');
INSERT INTO data_tags VALUES (1, 'ms-1', 'l''étiquette'), (2, 'gone', '');
UPDATE data_registry SET publish_attempts = 2.5, publish_error = 'it''s full' WHERE id = 3;
