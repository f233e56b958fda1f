//! Files and the disks that they are on.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use almanac_database::Address;

use super::Finding;
use crate::{
    files::{beside, is_writable, space},
    holders,
};

/// Bytes of a log that its database's writers would have put away long ago.
const LONG_LOG: u64 = 32 << 20;
/// The bits of a mode.
const OWNER_WRITES: u32 = 0o200;
const OTHERS_WRITE: u32 = 0o002;

/// Databases and folders that their pipeline cannot write, or that everybody can.
pub fn permissions(addresses: &[Address], state: &Path) -> Vec<Finding> {
    let mut paths: Vec<PathBuf> = vec![state.to_owned()];
    for file in addresses.iter().filter_map(|address| address.location.file()) {
        paths.extend(file.parent().map(Path::to_owned));
        paths.push(file.to_owned());
    }
    paths.sort();
    paths.dedup();
    let mut findings = Vec::new();
    for path in paths {
        let Ok(facts) = fs::metadata(&path) else { continue };
        let (mode, shown) = (facts.permissions().mode(), path.display().to_string());
        if mode & OWNER_WRITES == 0 || !is_writable(&path) {
            let remedy = if mode & OWNER_WRITES == 0 {
                format!("`chmod u+w {shown}`")
            } else {
                format!("`chown $(id -un) {shown}`, or run it as its owner")
            };
            findings.push(Finding::new(&shown, "it cannot be written", remedy));
        }
        if mode & OTHERS_WRITE != 0 {
            let remedy = format!("`chmod o-w {shown}`");
            findings.push(Finding::new(&shown, "everybody on this machine can write it", remedy));
        }
    }
    findings
}

/// Long write-ahead logs that nobody has open, so that nobody puts them away.
pub fn logs(addresses: &[Address]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for address in addresses {
        let Some(file) = address.location.file() else { continue };
        let length = size(&beside(file, "", "-wal"));
        if length > LONG_LOG && holders(file).is_empty() {
            let problem = format!("a crash left {length} bytes in its write-ahead log");
            let remedy = "`almanac state checkpoint` puts them into the file";
            findings.push(Finding::new(&address.database, problem, remedy));
        }
    }
    findings
}

/// Whether a backup of all databases finds room in the folder of backups.
pub fn room(addresses: &[Address], backups: &Path) -> Option<Finding> {
    let files = addresses.iter().filter_map(|address| address.location.file());
    let needed: u64 = files.map(|file| size(file) + size(&beside(file, "", "-wal"))).sum();
    let there = backups.ancestors().find(|path| path.exists())?;
    let free = space(there).ok()?;
    (free < needed).then(|| {
        let problem =
            format!("a backup of all databases takes {needed} bytes, and {free} are free");
        let remedy =
            "`almanac backup prune --keep 3` deletes old backups; else it takes a larger disk";
        Finding::new(&there.display(), problem, remedy)
    })
}

fn size(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |facts| facts.len())
}
