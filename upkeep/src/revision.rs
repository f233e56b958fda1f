//! Which revision a database is at, on any connection.

use almanac_database::Database;
use almanac_migration::revisions;
use sea_orm::ConnectionTrait;

use crate::Result;

/// The newest revision that the books of a database name, a later program's before all; none where it has no
/// books.
pub(crate) async fn revision<C: ConnectionTrait>(
    connection: &C,
    database: Database,
) -> Result<Option<String>> {
    let revisions = revisions(database);
    let applied = revisions.names(connection).await?;
    // In the order in which they are applied, which is not that of their names.
    let known = revisions.all();
    let later = applied.iter().rfind(|name| !known.contains(name));
    Ok(later.or_else(|| known.iter().rfind(|name| applied.contains(name))).cloned())
}
