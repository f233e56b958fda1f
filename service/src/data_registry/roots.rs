//! Where data products may be moved from and to.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use almanac_entity::{UnixTime, data_registry::DataType};

use crate::{Error, Result};

/// Where products are published when nothing else is said.
const PRODUCTS: &str = "/data/dsa110-contimg/products";
/// Where they are staged when nothing else is said.
const STAGING: &str = "/stage/dsa110-contimg";
/// Names tried for a target that is taken.
const NAMES: u32 = 1_000;

/// The directories below which data products are staged and published: nothing outside them is moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationRoots {
    /// Where products are staged.
    pub staging: Vec<PathBuf>,
    /// Where they are published.
    pub products: PathBuf,
}

impl Default for PublicationRoots {
    fn default() -> Self {
        Self { staging: vec![STAGING.into()], products: PRODUCTS.into() }
    }
}

impl PublicationRoots {
    /// What `PIPELINE_STAGING_DIRS` (directories separated by colons) and `PIPELINE_PRODUCTS_DIR` say;
    /// the defaults where they are not set.
    pub fn of_process() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// The same, of variables given outright. An empty one counts as unset.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).filter(|value| !value.trim().is_empty());
        let default = Self::default();
        let staging = set("PIPELINE_STAGING_DIRS").map(|value| {
            value.split(':').filter(|path| !path.is_empty()).map(PathBuf::from).collect()
        });
        Self {
            staging: staging.unwrap_or(default.staging),
            products: set("PIPELINE_PRODUCTS_DIR").map_or(default.products, PathBuf::from),
        }
    }

    /// A staged file or directory, as its real path below one of the roots.
    pub(super) fn staged(&self, stage_path: &str) -> io::Result<PathBuf> {
        let path = Path::new(stage_path);
        if fs::symlink_metadata(path)?.file_type().is_symlink() {
            let message = format!("{stage_path} is a symbolic link, which is not moved");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let real = path.canonicalize()?;
        let within = self.staging.iter().filter_map(|root| root.canonicalize().ok());
        let mut within = within.filter(|root| real != *root && real.starts_with(root));
        if within.next().is_none() {
            let message = format!("{stage_path} does not lie below a staging directory");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        Ok(real)
    }

    /// The directory of a type, which is made where it is not there, as its real path.
    pub(super) fn directory(&self, data_type: &DataType) -> io::Result<PathBuf> {
        self.made(&self.products.join(folder(data_type)))
    }

    /// A target that somebody wishes for: the name it is to have below the root, in a directory that is
    /// made where it is not there.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it does not lie below the root.
    pub(super) fn wished(&self, target: &str) -> Result<(PathBuf, PathBuf)> {
        let outside = || {
            let root = self.products.display();
            Error::invalid("target", format!("{target:?} does not lie below {root}"))
        };
        let path = self.products.join(target);
        let below = path.strip_prefix(&self.products).map_err(|_| outside())?;
        if below.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(outside());
        }
        let (Some(name), Some(directory)) = (below.file_name(), path.parent()) else {
            return Err(outside());
        };
        if below.starts_with(JOURNALS) {
            return Err(outside());
        }
        Ok((directory.to_owned(), name.into()))
    }

    /// A directory below the root, which is made where it is not there, as its real path. A link out of
    /// the root is refused before anything is made behind it.
    pub(super) fn made(&self, directory: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.products)?;
        let root = self.products.canonicalize()?;
        let below = directory.strip_prefix(&self.products).unwrap_or(directory);
        let mut real = root.clone();
        for part in below.components() {
            let next = real.join(part);
            match fs::create_dir(&next) {
                Ok(()) => fs::File::open(&real)?.sync_all()?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            real = next.canonicalize()?;
            if !real.starts_with(&root) {
                let message = format!("{} leads out of {}", next.display(), root.display());
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
            }
        }
        Ok(real)
    }
}

/// The directory of journals below the root.
pub(super) const JOURNALS: &str = ".publishing";

/// The directory of a type below the root.
fn folder(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Ms | DataType::RawMs | DataType::CalibMs | DataType::CalibratedMs => "ms",
        DataType::Caltable | DataType::CalibrationTable => "caltables",
        DataType::Image => "images",
        DataType::Mosaic => "mosaics",
        DataType::Catalog => "catalogs",
        DataType::Qa => "qa",
        DataType::Metadata => "metadata",
        DataType::Other(_) => "misc",
    }
}

/// A name in `directory` that nothing has: the wished one, else with the time added to its stem.
pub(super) fn free_name(directory: &Path, name: &Path, now: UnixTime) -> io::Result<PathBuf> {
    let taken = |path: &Path| match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    };
    let wished = directory.join(name);
    if !taken(&wished)? {
        return Ok(wished);
    }
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let (stem, extension) = (text(name.file_stem()), text(name.extension()));
    let extension = if extension.is_empty() { extension } else { format!(".{extension}") };
    let stamp = now
        .date_time()
        .map_or_else(|| now.0.to_string(), |time| time.format("%Y%m%dT%H%M%SZ").to_string());
    for number in 1..NAMES {
        let count = if number == 1 { String::new() } else { format!("-{number}") };
        let path = directory.join(format!("{stem}_{stamp}{count}{extension}"));
        if !taken(&path)? {
            return Ok(path);
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is taken", wished.display())))
}
