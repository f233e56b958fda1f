-- A shape of other files: alerts by name.
CREATE TABLE alert_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_name TEXT NOT NULL,
    severity TEXT,
    message TEXT,
    triggered_at REAL NOT NULL,
    resolved_at REAL
);
INSERT INTO alert_history VALUES (1, 'disk full', 'critical', '/data is at 99 %', 1764000040, NULL);
