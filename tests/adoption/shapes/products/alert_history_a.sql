-- The schema document's.
CREATE TABLE alert_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT NOT NULL,
    alert_type TEXT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    sent_at REAL NOT NULL,
    channel TEXT,
    success INTEGER DEFAULT 1,
    error_msg TEXT
);
CREATE INDEX idx_alert_sent ON alert_history(sent_at);
INSERT INTO alert_history VALUES (1, 'NVSS J123400.0+420000', 'ese_candidate', 'warning', 'it''s brighter: 3.5σ', 1764000040, '#ese-alerts', 1, NULL);
INSERT INTO alert_history VALUES (2, '', 'nonsense', 'loud', '', '2025-11-24T16:00:40', NULL, NULL, 'timeout');
