//! What the tests of both engines share.

pub(crate) mod case;
pub(crate) mod memory;
// The workspace's own way to find a server.
#[allow(dead_code, reason = "it serves other tests too")]
#[path = "../../../../../tests/support/postgres.rs"]
mod postgres;
pub(crate) mod property;
pub(crate) mod random;
pub(crate) mod server;
pub(crate) mod way;
