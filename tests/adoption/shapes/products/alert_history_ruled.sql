-- Another shape of other files: alerts by rule.
CREATE TABLE alert_history (
    id TEXT PRIMARY KEY,
    rule_name TEXT NOT NULL,
    fired_at TEXT NOT NULL,
    payload TEXT
);
INSERT INTO alert_history VALUES ('7f3e', 'noise', '2025-11-24T16:00:40', '{''level'': 3}');
INSERT INTO alert_history VALUES (NULL, '', '', NULL);
