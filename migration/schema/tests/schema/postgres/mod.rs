//! On PostgreSQL.

mod cases;
