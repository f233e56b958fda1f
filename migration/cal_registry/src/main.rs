//! What `sea-orm-cli migrate -d migration/cal_registry` runs.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    migration_support::main(|| Ok(migration_cal_registry::revisions())).await
}
