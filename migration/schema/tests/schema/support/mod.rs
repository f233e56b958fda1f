//! What the tests of both engines share.

pub(crate) mod case;
pub(crate) mod memory;
