//! Schemas are read, compared and changed without one wrong answer, on both engines.

mod postgres;
mod sqlite;
mod support;
