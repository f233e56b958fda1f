//! What `sea-orm-cli migrate -d migration/master_sources` runs.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    migration_support::main(|| Ok(migration_master_sources::revisions())).await
}
