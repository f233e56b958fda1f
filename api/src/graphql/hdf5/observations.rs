//! Observations in the index of raw files.

use almanac_entity::hdf5::hdf5_file;
use almanac_service::{
    Repository,
    hdf5::{
        CompleteGroup, Completeness as Complete, ObservationQuery, SubbandCluster,
        SubbandFile as IndexedFile,
    },
};
use async_graphql::{Enum, Object, SimpleObject};

use crate::graphql::{
    BigInt,
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
};

/// Observations of one answer.
const MOST: usize = 2_000;

/// How complete the files of an observation are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Complete")]
pub enum ObservationCompleteness {
    /// All 16 subbands.
    Complete,
    /// 12 to 15 subbands, which are enough.
    Acceptable,
    /// Fewer.
    Fragment,
}

/// A raw file as one of the 16 of an observation.
#[derive(Debug, SimpleObject)]
pub struct ObservationFile {
    /// Its subband, 0 to 15.
    subband: i32,
    /// The file.
    path: String,
    /// Its own timestamp, UTC, as `YYYY-MM-DDTHH:MM:SS`.
    group_id: String,
    /// Its size, bytes.
    size_bytes: Option<BigInt>,
}

impl From<IndexedFile> for ObservationFile {
    fn from(file: IndexedFile) -> Self {
        Self {
            subband: i32::from(file.subband),
            path: file.path,
            group_id: file.group_id,
            size_bytes: file.size_bytes.map(BigInt),
        }
    }
}

/// The raw files of one observation.
#[derive(Debug, SimpleObject)]
pub struct SubbandGroup {
    /// The timestamp of its subband 0, else of its first file, UTC, as `YYYY-MM-DDTHH:MM:SS`.
    group_id: String,
    /// That timestamp, MJD.
    timestamp_mjd: f64,
    /// The timestamp of its first file, MJD.
    first_mjd: f64,
    /// How complete it is.
    completeness: ObservationCompleteness,
    /// How many subbands have a file.
    subbands: u64,
    /// The path of each subband's file, 16 of them; null where there is none.
    slots: Vec<Option<String>>,
    /// The files, by subband.
    files: Vec<ObservationFile>,
    /// Files that lost their place to another of the same subband.
    duplicates: Vec<ObservationFile>,
}

impl From<SubbandCluster> for SubbandGroup {
    fn from(cluster: SubbandCluster) -> Self {
        Self {
            timestamp_mjd: cluster.timestamp_mjd,
            first_mjd: cluster.first_mjd,
            completeness: cluster.completeness().into(),
            subbands: cluster.filled() as u64,
            slots: cluster
                .slots
                .iter()
                .map(|slot| slot.as_ref().map(|file| file.path.clone()))
                .collect(),
            files: cluster.slots.into_iter().flatten().map(ObservationFile::from).collect(),
            duplicates: cluster.duplicates.into_iter().map(ObservationFile::from).collect(),
            group_id: cluster.group_id,
        }
    }
}

/// An observation that has as many subbands as were asked for.
#[derive(Debug, SimpleObject)]
pub struct CompleteSubbandGroup {
    /// The timestamp of its subband 0, else of its first file, UTC, as `YYYY-MM-DDTHH:MM:SS`.
    group_id: String,
    /// The timestamp of its first file, MJD.
    first_mjd: f64,
    /// How many subbands it has.
    subbands: u64,
}

impl From<CompleteGroup> for CompleteSubbandGroup {
    fn from(group: CompleteGroup) -> Self {
        Self { group_id: group.group_id, first_mjd: group.first_mjd, subbands: group.subbands }
    }
}

/// Raw files of one day.
#[derive(Debug, SimpleObject)]
pub struct Hdf5DateCount {
    /// The day, UTC, as `YYYY-MM-DD`.
    date: String,
    /// Number of files.
    files: u64,
}

/// Raw files of subband 0 at one declination.
#[derive(Debug, SimpleObject)]
pub struct Hdf5DeclinationCount {
    /// The declination to the nearest degree; null where no header was read.
    dec_deg: Option<i32>,
    /// Number of files.
    files: u64,
}

/// What the index of raw files holds.
#[derive(Debug, SimpleObject)]
pub struct Hdf5Stats {
    /// Number of files.
    files: u64,
    /// Number of those that are still on disk.
    stored: u64,
    /// Files by day, the earliest first.
    by_date: Vec<Hdf5DateCount>,
    /// Files of subband 0 by declination, the southernmost first.
    by_declination: Vec<Hdf5DeclinationCount>,
}

/// The index of raw files at the root of the graph.
#[derive(Debug, Default)]
pub struct Hdf5Queries;

#[Object]
impl Hdf5Queries {
    /// The observations of a time, each with its raw files, the earliest first: files whose timestamps lie
    /// within a minute are of one observation.
    #[allow(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn subband_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The earliest observation, MJD.")] from_mjd: f64,
        #[graphql(desc = "The latest observation, MJD.")] to_mjd: f64,
        #[graphql(default = 12, desc = "With fewer subbands an observation is left out.")]
        min_subbands: i32,
        #[graphql(
            default = 60.0,
            desc = "How far files are looked for beyond that time, so that an observation at its edge is \
                    whole, seconds."
        )]
        tolerance_sec: f64,
        #[graphql(
            default = 60.0,
            desc = "How far the files of one observation are apart at the most, seconds."
        )]
        cluster_tolerance_sec: f64,
        #[graphql(default = true, desc = "Whether only files count that are still on disk.")]
        only_stored: bool,
    ) -> Result<Option<Vec<SubbandGroup>>> {
        let query = ObservationQuery {
            from_mjd,
            to_mjd,
            tolerance_sec,
            cluster_tolerance_sec,
            only_stored,
            min_subbands: number(min_subbands, "minSubbands")?,
        };
        let read = async {
            let reader = ctx.reader_of::<hdf5_file::Entity>().await?;
            Repository::<_, hdf5_file::Entity>::new(&reader).query_subband_groups(&query).await
        };
        let groups = read.await.map_err(|error| graph_error(&error))?;
        at_most(&groups)?;
        Ok(Some(groups.into_iter().map(SubbandGroup::from).collect()))
    }

    /// The observations of a time with enough subbands on disk, the earliest first.
    async fn complete_subband_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The earliest observation, MJD.")] from_mjd: f64,
        #[graphql(desc = "The latest observation, MJD.")] to_mjd: f64,
        #[graphql(default = 16, desc = "Subbands that are enough.")] required: i32,
        #[graphql(
            default,
            desc = "Whether only files of one and the same timestamp belong together."
        )]
        exact: bool,
    ) -> Result<Option<Vec<CompleteSubbandGroup>>> {
        let required = number(required, "required")?;
        let read = async {
            let reader = ctx.reader_of::<hdf5_file::Entity>().await?;
            let files = Repository::<_, hdf5_file::Entity>::new(&reader);
            files.find_complete_groups(from_mjd, to_mjd, required, exact).await
        };
        let groups = read.await.map_err(|error| graph_error(&error))?;
        at_most(&groups)?;
        Ok(Some(groups.into_iter().map(CompleteSubbandGroup::from).collect()))
    }

    /// How many raw files the index holds, by day and by declination.
    async fn hdf5_stats(&self, ctx: &Context<'_>) -> Result<Option<Hdf5Stats>> {
        let read = async {
            let reader = ctx.reader_of::<hdf5_file::Entity>().await?;
            Repository::<_, hdf5_file::Entity>::new(&reader).stats().await
        };
        let stats = read.await.map_err(|error| graph_error(&error))?;
        let by_date = stats.by_date.into_iter();
        let by_declination = stats.by_declination.into_iter();
        Ok(Some(Hdf5Stats {
            files: stats.files,
            stored: stats.stored,
            by_date: by_date
                .map(|count| Hdf5DateCount { date: count.date, files: count.files })
                .collect(),
            by_declination: by_declination
                .map(|count| Hdf5DeclinationCount { dec_deg: count.dec_deg, files: count.files })
                .collect(),
        }))
    }
}

fn number(number: i32, argument: &str) -> Result<usize> {
    usize::try_from(number)
        .map_err(|_| bad_input(argument, format!("{number} is not a number of subbands")))
}

fn at_most<T>(groups: &[T]) -> Result<()> {
    if groups.len() > MOST {
        let message = format!("{} observations lie before it; ask for less time", groups.len());
        return Err(bad_input("toMjd", message));
    }
    Ok(())
}
