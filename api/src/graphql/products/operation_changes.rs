//! Changes to pointings, alerts and places for files.

use almanac_entity::{
    UnixTime, hdf5, ingest,
    products::{AlertType, Severity, alert, pointing, storage_location},
};
use almanac_service::products::{AlertOutcome, NewAlert, NewPointing, StoragePlace};
use async_graphql::{Enum, ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::{Alert, Pointing, StorageLocation};
use crate::graphql::{Word, mutation::big_id};

/// Pointings taken over at once.
const MERGED: u64 = 100_000;

/// Where the telescope pointed.
#[derive(Debug, InputObject)]
pub struct LogPointingInput {
    /// When.
    timestamp: DateTime<Utc>,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Elevation, degrees.
    alt_deg: Option<f64>,
    /// Azimuth, degrees.
    az_deg: Option<f64>,
    /// Local sidereal time, hours.
    lst_hours: Option<f64>,
    /// Field observed.
    field_name: Option<String>,
}

/// A pointing that was logged.
#[derive(Debug, SimpleObject)]
pub struct LogPointingPayload {
    /// The pointing.
    pointing: Pointing,
}

/// A database that logs pointings of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PointingLog {
    /// The ingest queue's.
    Ingest,
    /// The one of the index of raw files.
    #[graphql(name = "HDF5")]
    Hdf5,
}

/// Pointings to be taken over from another database.
#[derive(Debug, InputObject)]
pub struct MergePointingsInput {
    /// The database.
    from: PointingLog,
    /// Only pointings behind this time.
    after: Option<DateTime<Utc>>,
}

/// Pointings that were taken over.
#[derive(Debug, SimpleObject)]
pub struct MergePointingsPayload {
    /// How many were read.
    read: usize,
    /// How many of them were new.
    merged: usize,
    /// The time of the last one read, from which to go on where 100,000 were read.
    last: Option<DateTime<Utc>>,
}

/// An alert, and how its delivery went.
#[derive(Debug, InputObject)]
pub struct SendAlertInput {
    /// What it is about: a source, or the name of a calibrator or service.
    source_id: String,
    /// What gave rise to it.
    alert_type: Word<AlertType>,
    /// How serious it is.
    severity: Word<Severity>,
    /// Its text.
    message: String,
    /// Where it is sent, such as `#ese-alerts`.
    channel: Option<String>,
    /// Why it could not be delivered; left out where it was.
    error: Option<String>,
}

/// What became of an alert.
#[derive(Debug, SimpleObject)]
pub struct SendAlertPayload {
    /// Whether it was suppressed: the source had one within the hour before, and nothing was written.
    suppressed: bool,
    /// The alert; where it was suppressed, the one before it.
    alert: Alert,
}

/// A place for files.
#[derive(Debug, InputObject)]
pub struct StorageLocationInput {
    /// What is kept there, such as `ms_files`, `images` or `hdf5_incoming`.
    location_type: String,
    /// The directory or file, an absolute path.
    base_path: String,
    /// What it is for.
    description: Option<String>,
    /// Remarks.
    notes: Option<String>,
}

impl From<StorageLocationInput> for StoragePlace {
    fn from(input: StorageLocationInput) -> Self {
        Self {
            location_type: input.location_type,
            base_path: input.base_path,
            description: input.description,
            notes: input.notes,
        }
    }
}

/// A place for files to be taken out of use.
#[derive(Debug, InputObject)]
pub struct DeactivateStorageLocationInput {
    /// The place: its `rowId`.
    storage_location_id: ID,
}

/// A place for files that was changed.
#[derive(Debug, SimpleObject)]
pub struct StorageLocationPayload {
    /// The place.
    storage_location: StorageLocation,
}

/// The places of a configuration.
#[derive(Debug, InputObject)]
pub struct SeedStorageLocationsInput {
    /// The places.
    places: Vec<StorageLocationInput>,
}

/// Places that were written.
#[derive(Debug, SimpleObject)]
pub struct SeedStorageLocationsPayload {
    /// How many: none where there were places already.
    seeded: usize,
}

mutations! {
    /// Changes to pointings, alerts and places for files.
    OperationMutations {
        /// Logs where the telescope pointed; a pointing of the same time is replaced.
        LogPointing: log_pointing(input: LogPointingInput, work) -> LogPointingPayload {
            let new = NewPointing {
                timestamp: input.timestamp.into(),
                ra_deg: input.ra_deg,
                dec_deg: input.dec_deg,
                alt_deg: input.alt_deg,
                az_deg: input.az_deg,
                lst_hours: input.lst_hours,
                field_name: input.field_name,
            };
            let row = work.table::<pointing::Entity>().await?.log(new).await?;
            Ok(LogPointingPayload { pointing: Pointing::of(&row) })
        }

        /// Takes over the pointings that another database logged and that are not logged here, at most
        /// 100,000 at once.
        MergePointings: merge_pointings(input: MergePointingsInput, work) -> MergePointingsPayload {
            let after = input.after.map_or(UnixTime(0.0), UnixTime::from);
            let others = match input.from {
                PointingLog::Ingest => {
                    work.table::<ingest::pointing::Entity>().await?.positions(after, MERGED).await?
                }
                PointingLog::Hdf5 => {
                    work.table::<hdf5::pointing::Entity>().await?.positions(after, MERGED).await?
                }
            };
            if others.is_empty() {
                let what = "pointing behind that time in that database";
                return Err(almanac_service::Error::not_found(what));
            }
            let merged = work.table::<pointing::Entity>().await?.merge(&others).await?;
            let last = others.last().map(|(at, ..)| almanac_service::products::instant(*at));
            let last = last.and_then(UnixTime::date_time);
            Ok(MergePointingsPayload { read: others.len(), merged, last })
        }

        /// Writes down that an alert was sent, or could not be delivered; not where its source had one
        /// within the hour before: then it is not to be sent.
        SendAlert: send_alert(input: SendAlertInput, work) -> SendAlertPayload {
            let new = NewAlert {
                source_id: input.source_id,
                alert_type: input.alert_type.0,
                severity: input.severity.0,
                message: input.message,
                channel: input.channel,
            };
            let outcome = input.error.map_or(Ok(()), Err);
            let alerts = work.table::<alert::Entity>().await?;
            Ok(match alerts.send(new, work.now(), outcome).await? {
                AlertOutcome::Sent(row) => {
                    SendAlertPayload { suppressed: false, alert: Alert::of(&row) }
                }
                AlertOutcome::Suppressed(row) => {
                    SendAlertPayload { suppressed: true, alert: Alert::of(&row) }
                }
            })
        }

        /// Takes a place for files into use.
        RegisterStorageLocation: register_storage_location(input: StorageLocationInput, work)
            -> StorageLocationPayload
        {
            let places = work.table::<storage_location::Entity>().await?;
            let row = places.register(input.into(), work.now()).await?;
            Ok(StorageLocationPayload { storage_location: StorageLocation::of(&row) })
        }

        /// Takes a place for files out of use; its files stay.
        DeactivateStorageLocation: deactivate_storage_location(
            input: DeactivateStorageLocationInput, work
        ) -> StorageLocationPayload
        {
            let id = big_id(&input.storage_location_id, "storageLocationId")?;
            let row = work.table::<storage_location::Entity>().await?.deactivate(id).await?;
            Ok(StorageLocationPayload { storage_location: StorageLocation::of(&row) })
        }

        /// Writes the places of a configuration where there are none yet.
        SeedStorageLocations: seed_storage_locations(input: SeedStorageLocationsInput, work)
            -> SeedStorageLocationsPayload
        {
            let places = input.places.into_iter().map(Into::into).collect();
            let table = work.table::<storage_location::Entity>().await?;
            Ok(SeedStorageLocationsPayload { seeded: table.seed(places, work.now()).await? })
        }
    }
}
