//! Where the old table of bandpass calibrators is, and the database that they go to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use almanac_database::{Address, Database, Environment, Location, Origin};
use almanac_service::calibrators::{OldCalibrators, read_old_calibrators};
use almanac_upkeep::{Untouched, is_writable, space};
use anyhow::{Context, bail};
use clap::Args;

/// Both databases.
#[derive(Args)]
pub(super) struct Places {
    /// The database with the old table, a path or a URL; `products` unless given
    #[arg(long, value_name = "ADDRESS")]
    products_db: Option<String>,
    /// The database that they go to; `calibrators` unless given
    #[arg(long, value_name = "ADDRESS")]
    calibrators_db: Option<String>,
}

impl Places {
    /// The database with the old table.
    pub(super) fn products(&self, environment: &Environment) -> anyhow::Result<Address> {
        address(Database::Products, "--products-db", self.products_db.as_deref(), environment)
    }

    /// The database that they go to.
    pub(super) fn calibrators(&self, environment: &Environment) -> anyhow::Result<Address> {
        let given = self.calibrators_db.as_deref();
        address(Database::Calibrators, "--calibrators-db", given, environment)
    }
}

fn address(
    database: Database,
    argument: &'static str,
    given: Option<&str>,
    environment: &Environment,
) -> anyhow::Result<Address> {
    let Some(given) = given else { return Ok(environment.address(database)?) };
    let location = match Location::parse(given).context(argument)? {
        Location::File(path) => Location::File(std::path::absolute(path)?),
        other => other,
    };
    Ok(Address::new(database, location, Origin::Argument(argument)))
}

/// Reads the old table without a trace.
pub(super) async fn old_calibrators(products: &Address) -> anyhow::Result<OldCalibrators> {
    if let Some(file) = products.location.file()
        && !file.is_file()
    {
        bail!(
            "--products-db: there is no file {} (from {}); name the one with the old table",
            file.display(),
            products.origin
        );
    }
    let database = Untouched::open(products).await.context("--products-db")?;
    let read = read_old_calibrators(database.connection()).await;
    database.close().await?;
    read.with_context(|| format!("--products-db: {products}"))
}

/// Refuses one database as both.
pub(super) fn refuse_same(products: &Address, calibrators: &Address) -> anyhow::Result<()> {
    let file = |address: &Address| -> Option<PathBuf> {
        address.location.file().and_then(|file| file.canonicalize().ok())
    };
    if file(products).is_some() && file(products) == file(calibrators) {
        bail!("--products-db: it is the file of the calibrators themselves; name another one");
    }
    Ok(())
}

/// Refuses where the copies and the rows would not fit, or cannot be written.
pub(super) fn refuse_no_room(
    products: &Address,
    calibrators: &Address,
    backup: Option<&Path>,
) -> anyhow::Result<()> {
    let size = |address: &Address| {
        let file = address.location.file().and_then(|file| fs::metadata(file).ok());
        file.map_or(0, |file| file.len())
    };
    let needed = 2 * (size(products) + size(calibrators));
    let folder = calibrators.location.file().and_then(Path::parent);
    let places = [("--calibrators-db", folder), ("--backup-dir", backup)];
    for (argument, folder) in places {
        let Some(folder) = folder else { continue };
        let there = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
        if !is_writable(there) {
            bail!("{argument}: {} cannot be written", there.display());
        }
        let free = space(there)?;
        if free < needed {
            bail!("{argument}: {needed} bytes are needed at {}, {free} are free", there.display());
        }
    }
    Ok(())
}
