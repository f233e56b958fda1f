-- A table of ours by name, of somebody else by content.
CREATE TABLE ms_index (path TEXT PRIMARY KEY, start_mjd REAL, end_mjd REAL, mid_mjd REAL, processed_at REAL, status TEXT);
CREATE TABLE images (pixels BLOB, colour TEXT, camera TEXT);
INSERT INTO images VALUES (x'00', 'blue', 'mine');
