//! On PostgreSQL.

mod cases;
mod properties;
