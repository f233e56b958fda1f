//! Which databases Almanac keeps, where each one is, and how a connection to it is opened.
//!
//! This crate stands below both the entities and the migrations: a revision must not see an entity,
//! yet the migrators and the sessions have to find the same file and set the same PRAGMAs.

mod address;
mod name;
mod places;

#[cfg(feature = "connect")]
mod connect;

pub use address::{Address, AddressError, Environment, Location, Origin};
#[cfg(feature = "connect")]
pub use connect::{
    Mode, OpenError, Patience, connect, connect_file, connect_with, sqlite_file_tables,
};
pub use name::{Database, UnknownDatabase};
pub use places::Places;
