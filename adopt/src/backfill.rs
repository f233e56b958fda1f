//! The few values that are filled in where there is none, from others of the same file.

use almanac_database::Database;
use migration_schema::{Engine, Schema};
use sea_orm::DatabaseTransaction;

use crate::{Result, report::Backfill, sql::execute};

/// What is filled into a column.
struct Filling {
    table: &'static str,
    column: &'static str,
    /// The column that it comes from: one that was just added says nothing.
    from: (&'static str, &'static str),
    /// The value; NULL where there is none.
    value: &'static str,
    /// Whether a column that was just added is filled in every row: what it has then is only its default.
    over_default: bool,
}

const INGESTED: [Filling; 1] = [Filling {
    table: "hdf5_file_index",
    column: "subband_num",
    from: ("hdf5_file_index", "subband_code"),
    value: "CASE WHEN subband_code GLOB 'sb[0-9][0-9]' THEN CAST(substr(subband_code, 3) AS INTEGER) END",
    over_default: false,
}];

const REGISTERED: [Filling; 2] = [
    Filling {
        table: "caltables",
        column: "active",
        from: ("caltables", "status"),
        value: "CASE WHEN status IS NOT NULL THEN status = 'active' END",
        over_default: true,
    },
    Filling {
        table: "caltables",
        column: "status",
        from: ("caltables", "active"),
        value: "CASE WHEN active IS NOT NULL THEN CASE WHEN active THEN 'active' ELSE 'retired' END END",
        over_default: true,
    },
];

/// The epoch of a measurement is that of the observation, never the instant of its processing.
const MEASURED: [Filling; 1] = [Filling {
    table: "photometry",
    column: "mjd",
    from: ("ms_index", "mid_mjd"),
    value: "(SELECT ms.mid_mjd FROM images AS image JOIN ms_index AS ms ON ms.path = image.ms_path \
            WHERE image.path = photometry.image_path AND typeof(ms.mid_mjd) IN ('real', 'integer') \
            ORDER BY image.created_at DESC, image.id DESC LIMIT 1)",
    over_default: false,
}];

/// Fills in what can be. `before` is the file as it was.
pub(crate) async fn backfill(
    transaction: &DatabaseTransaction,
    database: Database,
    before: &Schema,
) -> Result<Vec<Backfill>> {
    let fillings: &[Filling] = match database {
        Database::Hdf5 => &INGESTED,
        Database::CalRegistry => &REGISTERED,
        Database::Products => &MEASURED,
        _ => &[],
    };
    let mut done = Vec::new();
    for filling in fillings {
        let Filling { table, column, from, value, .. } = filling;
        let had = |table: &str, column: &str| {
            before.table(table).is_some_and(|was| was.column(Engine::Sqlite, column).is_some())
        };
        if before.table(table).is_none() || !had(from.0, from.1) {
            continue;
        }
        let every = filling.over_default && !had(table, column);
        let which = if every { String::new() } else { format!("{column} IS NULL AND ") };
        let fill =
            format!("UPDATE {table} SET {column} = {value} WHERE {which}({value}) IS NOT NULL");
        let rows = execute(transaction, &fill).await?;
        if rows > 0 {
            done.push(Backfill { table: (*table).to_owned(), column: (*column).to_owned(), rows });
        }
    }
    Ok(done)
}
