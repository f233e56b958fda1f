//! Where a row came from, and what was made of it: a graph over several databases.
//!
//! An edge leads from a child to its parent: from an image to its measurement set, from a measurement set
//! to the calibration tables that were applied to it. Ends in another database are soft: a row that is
//! not there is shown as missing, and a database that is down costs its own edges alone.

mod cycle;
mod edge;
mod follow;
mod groups;
mod node;
mod reach;
mod tiles;
mod walk;

pub use edge::{Edge, EdgeKind, Heading};
pub use node::{Node, NodeKey, NodeKind, NodeState};
pub use reach::Notice;
pub(crate) use tiles::{Tile, TilesOfMosaics, mosaics_of_members};
pub use walk::{Limits, Walk, ancestors, descendants, locate, walk};
