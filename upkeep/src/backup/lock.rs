//! One run at a time.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::{Error, Result};

/// Keeps others away as long as it lives. A process that is just being started has this one's files open until its
/// program begins, so that to close the file would not do: it is unlocked.
pub(super) struct Lock(File);

impl Lock {
    /// Locks `file`, which lies at `path`, for work in `place`; `holders` are those who may have it already.
    pub(super) fn take(file: File, path: &Path, place: &Path, holders: &str) -> Result<Self> {
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::InUse {
                place: place.display().to_string(),
                holders: holders.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(Error::file("lock", path)(error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Nobody can be told; it ends with the process at the latest.
        let _ = self.0.unlock();
    }
}
