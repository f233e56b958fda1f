//! What `sea-orm-cli migrate -d migration/products` runs.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    migration_support::main(|| Ok(migration_products::revisions())).await
}
