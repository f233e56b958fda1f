//! Changes that keep the ingest queue moving.

use almanac_entity::ingest::ingest_group;
use almanac_service::ingest::{CollectingTimeout, Merge};
use async_graphql::{InputObject, SimpleObject};

use crate::graphql::hdf5::{FileError, scan};

/// Which groups are put together.
#[derive(Debug, InputObject)]
pub struct ConsolidateIngestGroupsInput {
    /// Seconds that groups of one observation start after the first of them at the most; 60 unless said.
    tolerance_sec: Option<f64>,
}

/// Observation groups that turned out to be one observation.
#[derive(Debug, SimpleObject)]
pub struct IngestMerge {
    /// The earliest of them, which remains.
    group_id: String,
    /// The others, which are gone.
    merged: Vec<String>,
    /// Files that lost their place to an older record of the same subband.
    dropped: Vec<String>,
}

impl From<Merge> for IngestMerge {
    fn from(merge: Merge) -> Self {
        Self { group_id: merge.group_id, merged: merge.merged, dropped: merge.dropped }
    }
}

/// Observation groups that were put together.
#[derive(Debug, SimpleObject)]
pub struct ConsolidateIngestGroupsPayload {
    /// What was put together.
    merges: Vec<IngestMerge>,
}

/// How long subbands are waited for.
#[derive(Debug, InputObject)]
pub struct ExpireCollectingGroupsInput {
    /// Minutes without a new subband; 10 unless said.
    quiet_minutes: Option<f64>,
    /// Subbands with which a group is ready all the same; 12 unless said.
    min_subbands: Option<i32>,
}

/// What became of groups that were waited for too long.
#[derive(Debug, SimpleObject)]
pub struct ExpireCollectingGroupsPayload {
    /// Groups with enough subbands, which are pending now.
    pending: Vec<String>,
    /// Groups with too few, which have failed.
    failed: Vec<String>,
}

/// How long a group may be in progress without a sign of life.
#[derive(Debug, InputObject)]
pub struct FailStaleIngestGroupsInput {
    /// Hours without a change.
    hours: f64,
}

/// Groups that nobody worked on any more.
#[derive(Debug, SimpleObject)]
pub struct FailStaleIngestGroupsPayload {
    /// The groups, which have failed.
    failed: Vec<String>,
}

/// A directory of subband files.
#[derive(Debug, InputObject)]
pub struct BootstrapIngestInput {
    /// Its absolute path, below one of the directories that this server may look into.
    directory: String,
    /// How many files at the most.
    max_files: Option<i32>,
}

/// What the files of a directory came to.
#[derive(Debug, SimpleObject)]
pub struct BootstrapIngestPayload {
    /// Subband files found.
    scanned: u64,
    /// Files recorded.
    recorded: u64,
    /// Files that were known before.
    known: u64,
    /// Files whose place in their group another file holds.
    taken: Vec<String>,
    /// The first hundred files that could not be used.
    errors: Vec<FileError>,
}

mutations! {
    /// Changes that keep the ingest queue moving.
    IngestUpkeepMutations {
        /// Puts groups together that are one observation: those that wait and start within a minute of
        /// the first of them.
        ConsolidateIngestGroups: consolidate_ingest_groups(input: ConsolidateIngestGroupsInput, work)
            -> ConsolidateIngestGroupsPayload
        {
            let groups = work.table::<ingest_group::Entity>().await?;
            let tolerance = input.tolerance_sec.unwrap_or(60.0);
            let merges = groups.consolidate(tolerance, work.now()).await?.into_iter();
            Ok(ConsolidateIngestGroupsPayload { merges: merges.map(IngestMerge::from).collect() })
        }

        /// Ends the wait for groups that got no new subband for some time: with enough subbands they are
        /// pending, with fewer they have failed.
        ExpireCollectingGroups: expire_collecting_groups(input: ExpireCollectingGroupsInput, work)
            -> ExpireCollectingGroupsPayload
        {
            let usual = CollectingTimeout::default();
            let least = input.min_subbands.map(|least| {
                u64::try_from(least).map_err(|_| {
                    almanac_service::Error::invalid("minSubbands", "it is a number of subbands")
                })
            });
            let timeout = CollectingTimeout {
                quiet_sec: input.quiet_minutes.map_or(usual.quiet_sec, |minutes| minutes * 60.0),
                min_subbands: least.transpose()?.unwrap_or(usual.min_subbands),
            };
            let groups = work.table::<ingest_group::Entity>().await?;
            let expired = groups.expire_collecting(timeout, work.now()).await?;
            Ok(ExpireCollectingGroupsPayload { pending: expired.pending, failed: expired.failed })
        }

        /// Fails the groups that are in progress and have not changed for some hours.
        FailStaleIngestGroups: fail_stale_ingest_groups(input: FailStaleIngestGroupsInput, work)
            -> FailStaleIngestGroupsPayload
        {
            let groups = work.table::<ingest_group::Entity>().await?;
            let failed = groups.fail_stale(input.hours, work.now()).await?;
            Ok(FailStaleIngestGroupsPayload { failed })
        }

        /// Records the subband files of a directory and those below it.
        BootstrapIngest: bootstrap_ingest(input: BootstrapIngestInput, work) -> BootstrapIngestPayload {
            let scan = scan(work, &input.directory, input.max_files).await?;
            let groups = work.table::<ingest_group::Entity>().await?;
            let report = groups.bootstrap(&scan, work.now()).await?;
            Ok(BootstrapIngestPayload {
                scanned: report.scanned,
                recorded: report.recorded,
                known: report.known,
                taken: report.taken,
                errors: report.errors.into_iter().map(FileError::from).collect(),
            })
        }
    }
}
