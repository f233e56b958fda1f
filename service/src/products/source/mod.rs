//! The sources that were measured: photometry, statistics and watch list put together.

mod detail;
mod listing;
mod search;

pub use detail::{ContributingImage, SourceDetail, SourceQuality};
pub use listing::SourceListing;
pub use search::{SourceHit, SourceOrder, SourceSearch};

use sea_orm::ConnectionTrait;

/// The sources of the products, seen through one session.
#[derive(Debug)]
pub struct SourceRepository<'c, C> {
    connection: &'c C,
}

impl<'c, C: ConnectionTrait> SourceRepository<'c, C> {
    /// The sources, through `connection`.
    pub fn new(connection: &'c C) -> Self {
        Self { connection }
    }
}
