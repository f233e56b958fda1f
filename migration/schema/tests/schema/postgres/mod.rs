//! On PostgreSQL.

mod cases;
mod plans;
mod properties;
