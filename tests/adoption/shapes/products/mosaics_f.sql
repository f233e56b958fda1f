-- Shape F, 2025-12-02: products of plans, and the plans with their time ranges.
CREATE TABLE mosaic_plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE NOT NULL,
    tier TEXT NOT NULL CHECK (tier IN ('quicklook', 'science', 'deep')),
    start_time INTEGER NOT NULL,
    end_time INTEGER NOT NULL,
    image_ids TEXT NOT NULL,
    n_images INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    status TEXT DEFAULT 'pending'
);
CREATE INDEX idx_mosaic_plans_tier ON mosaic_plans(tier);
CREATE TABLE mosaics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    plan_id INTEGER NOT NULL REFERENCES mosaic_plans(id),
    path TEXT UNIQUE NOT NULL,
    tier TEXT NOT NULL,
    n_images INTEGER NOT NULL,
    median_rms_jy REAL,
    effective_noise_jy REAL,
    coverage_sq_deg REAL,
    qa_status TEXT CHECK (qa_status IN ('PASS', 'WARN', 'FAIL')),
    qa_details TEXT,
    created_at INTEGER NOT NULL
);
CREATE INDEX idx_mosaics_tier ON mosaics(tier);
CREATE INDEX idx_mosaics_created ON mosaics(created_at);
CREATE INDEX idx_mosaics_plan ON mosaics(plan_id);
INSERT INTO mosaic_plans VALUES (1, '2025-10-02_hourly', 'science', 1759363200, 1759406400, '[1, 2]', 2, 1759420000, 'completed');
INSERT INTO mosaics VALUES (1, 1, '/stage/mosaics/m1.fits', 'science', 2, 0.0003, 0.0002, 12, 'PASS', '{''passed'': True}', 1759420000);
INSERT INTO mosaics VALUES (2, 99, '/stage/mosaics/m2.fits', 'deep', 2, NULL, NULL, NULL, NULL, NULL, 1759420001);
