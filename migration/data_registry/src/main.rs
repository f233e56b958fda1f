//! What `sea-orm-cli migrate -d migration/data_registry` runs.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    migration_support::main(|| Ok(migration_data_registry::revisions())).await
}
