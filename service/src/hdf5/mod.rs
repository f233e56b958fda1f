//! The index of raw subband files: what lies in the directories, and which files are one observation.
//!
//! Names and sizes are all that is read of a file. What only the inside of an HDF5 file tells, its
//! coordinates, comes from a [`HeaderReader`] that the caller gives, so that nothing here needs an HDF5
//! library.

mod cluster;
mod file_name;
mod index;
mod observation;
mod scan;
mod storage;

pub use cluster::{ACCEPTABLE_SUBBANDS, Completeness, SubbandCluster, SubbandFile, cluster};
pub use file_name::{SUBBANDS, SubbandFileName};
pub use index::{Header, HeaderReader, IndexReport, no_headers};
pub use observation::{CompleteGroup, DateCount, DeclinationCount, IndexStats, ObservationQuery};
pub use scan::{DirectoryScan, FileError, FoundFile};
pub use storage::StorageReport;
