//! On SQLite.

mod cases;
mod plans;
mod properties;
