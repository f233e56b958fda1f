//! On SQLite.

mod cases;
mod properties;
