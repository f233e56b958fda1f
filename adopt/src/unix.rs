//! Instants that old files hold as text, as SQL that makes Unix seconds of them.

/// SQL for the Unix seconds of `value`: a number is taken as it is, text as ISO 8601 or `YYYY-MM-DD HH:MM:SS`, in UTC
/// where it names no zone, to the microsecond. NULL where it is none of these.
pub(crate) fn unix(value: &str) -> String {
    // Where a zone begins: behind the fraction of the second.
    let zone = format!("replace(trim(ltrim(substr({value}, 20), '.0123456789')), 'UTC', 'Z')");
    let zone = format!(
        "CASE WHEN {zone} GLOB '[+-][0-9][0-9][0-9][0-9]' \
         THEN substr({zone}, 1, 3) || ':' || substr({zone}, 4) ELSE {zone} END"
    );
    let date = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]";
    let time = "[ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]";
    // SQLite's own fractions end at the millisecond.
    let fraction =
        format!("CAST(round(CAST('0' || substr({value}, 20) AS REAL) * 1000000) AS INTEGER)");
    format!(
        "CASE WHEN typeof({value}) IN ('integer', 'real') THEN {value} \
         WHEN {value} GLOB '[0-9]*' AND {value} NOT GLOB '*[^0-9.]*' THEN CAST({value} AS REAL) \
         WHEN {value} GLOB '{date}{time}*' \
         THEN (unixepoch(substr({value}, 1, 19) || ({zone})) * 1000000 + {fraction}) / 1000000.0 \
         WHEN {value} GLOB '{date}*' THEN CAST(unixepoch({value}) AS REAL) END"
    )
}

#[cfg(test)]
mod tests {
    use almanac_entity::UnixTime;
    use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
    use proptest::prelude::*;
    use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

    use super::unix;

    async fn read(connection: &DatabaseConnection, text: &str) -> Option<f64> {
        let select = format!("SELECT {} FROM (SELECT ? AS told)", unix("told"));
        let select = Statement::from_sql_and_values(DbBackend::Sqlite, select, [text.into()]);
        let row = connection.query_one_raw(select).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    #[test]
    fn what_is_no_instant_is_null() {
        runtime().block_on(async {
            let connection = Database::connect("sqlite::memory:").await.unwrap();
            for text in ["", "now", "yesterday", "2025-13-01", "2025-01-01T25:00:00", "12:00"] {
                assert_eq!(read(&connection, text).await, None, "{text}");
            }
            assert_eq!(read(&connection, "1735689600.25").await, Some(1_735_689_600.25));
            assert_eq!(read(&connection, "2025-01-01").await, Some(1_735_689_600.0));
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_spelling_reads_back_to_the_microsecond(
            micros in 0_i64..4_000_000_000_000_000,
            quarters in -48_i32..48,
        ) {
            let instant: DateTime<Utc> = DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros);
            let there = instant.with_timezone(&FixedOffset::east_opt(quarters * 900).unwrap());
            runtime().block_on(async {
                let connection = Database::connect("sqlite::memory:").await.unwrap();
                for text in [
                    instant.format("%Y-%m-%d %H:%M:%S%.6f").to_string(),
                    instant.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
                    instant.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
                    instant.format("%Y-%m-%d %H:%M:%S%.6f UTC").to_string(),
                    there.format("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string(),
                    there.format("%Y-%m-%dT%H:%M:%S%.6f%z").to_string(),
                ] {
                    let found = read(&connection, &text).await;
                    prop_assert_eq!(found, Some(UnixTime::from(instant).0), "{}", text);
                }
                Ok(())
            })?;
        }
    }
}
