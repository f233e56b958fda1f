//! What `sea-orm-cli migrate -d migration/hdf5` runs.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    migration_support::main(|| Ok(migration_hdf5::revisions())).await
}
