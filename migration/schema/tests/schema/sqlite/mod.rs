//! On SQLite.

mod cases;
