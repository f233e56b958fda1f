//! How complete observation groups are.

use almanac_entity::{hdf5::hdf5_file, ingest::subband_file};
use almanac_service::statistics::{self, TimeRange};
use async_graphql::{Object, SimpleObject};

use crate::graphql::{
    context::{Context, ContextExt},
    error::Result,
};

/// How complete observation groups are.
#[derive(Debug)]
pub struct GroupCompleteness {
    range: TimeRange,
    by_hour: bool,
}

impl GroupCompleteness {
    /// Over this time, by hour or by day.
    pub(super) const fn over(range: TimeRange, by_hour: bool) -> Self {
        Self { range, by_hour }
    }
}

/// How complete observation groups are. Days without groups are left out.
#[Object]
impl GroupCompleteness {
    /// Of the groups in the index of raw files.
    async fn indexed(&self, ctx: &Context<'_>) -> Result<Option<Vec<Completeness>>> {
        let (range, by_hour) = (self.range, self.by_hour);
        let cells =
            read!(ctx, hdf5_file::Entity, |files| files.completeness(range, by_hour).await)?;
        Ok(Some(cells.into_iter().map(Into::into).collect()))
    }

    /// Of the groups in the ingest queue.
    async fn ingested(&self, ctx: &Context<'_>) -> Result<Option<Vec<Completeness>>> {
        let (range, by_hour) = (self.range, self.by_hour);
        let cells =
            read!(ctx, subband_file::Entity, |files| files.completeness(range, by_hour).await)?;
        Ok(Some(cells.into_iter().map(Into::into).collect()))
    }
}

/// How complete the groups of a day are, or of an hour of it.
#[derive(Debug, SimpleObject)]
pub struct Completeness {
    /// The day of observation, `YYYY-MM-DD`, UTC.
    day: String,
    /// The hour of the day, where hours were asked for.
    hour: Option<u8>,
    /// Groups of 16 subbands.
    complete: u64,
    /// Groups of 12 to 15 subbands, which are still of use.
    incomplete: u64,
    /// Groups of fewer.
    fragments: u64,
    /// Subbands of all of them.
    subbands: u64,
}

impl From<statistics::Completeness> for Completeness {
    fn from(cell: statistics::Completeness) -> Self {
        let statistics::Completeness { day, hour, complete, incomplete, fragments, subbands } =
            cell;
        Self { day, hour, complete, incomplete, fragments, subbands }
    }
}
