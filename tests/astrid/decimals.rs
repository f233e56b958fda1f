//! Decimals are the same numbers on both engines.

use almanac_database::Database;
use almanac_service::Error;
use rand::{RngExt, SeedableRng, rngs::ChaCha12Rng};
use sea_orm::{Value, prelude::Decimal};

use crate::{
    design::{Column, Table, design},
    rows::{Maker, of},
    support::{Engine, TestDatabase, engines},
};

engines!(ast_m_08_decimals_are_the_same_everywhere);

/// Numbers of each column that are drawn by chance, and as many that have to be rounded.
const DRAWN: usize = 100;

/// A column of decimals, and what it may hold: whole numbers of its smallest step.
struct Range<'a> {
    column: &'a Column,
    scale: u32,
    least: i64,
    most: i64,
}

impl<'a> Range<'a> {
    /// Of a column: as many digits as it has, and no more than the table's checks let through.
    fn of(column: &'a Column, table: &Table) -> Option<Self> {
        let (precision, scale) = column.digits()?;
        let most = 10_i64.pow(precision) - 1;
        let mut range = Self { column, scale, least: -most, most };
        for condition in table.checks.iter().flat_map(|check| check.1.split(" AND ")) {
            let [name, sign, bound] = condition.split(' ').collect::<Vec<_>>()[..] else {
                continue;
            };
            let Ok(bound) = bound.parse::<i64>() else { continue };
            let bound = bound * 10_i64.pow(scale);
            match sign {
                _ if name.trim_matches('"') != column.name => {}
                ">=" => range.least = bound,
                ">" => range.least = bound + 1,
                _ => range.most = bound,
            }
        }
        Some(range)
    }

    fn decimal(&self, steps: i64) -> Decimal {
        Decimal::new(steps, self.scale)
    }
}

async fn ast_m_08_decimals_are_the_same_everywhere(engine: Engine) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let writer = test.writer().await;
    let mut maker = Maker::new(&writer).await;
    let mut chance = ChaCha12Rng::seed_from_u64(8);
    let mut columns = 0;
    for table in &design().tables {
        let ranges = table.columns.iter().filter_map(|column| Range::of(column, table));
        let ranges: Vec<_> = ranges.collect();
        if ranges.is_empty() {
            continue;
        }
        columns += ranges.len();
        let rows = of(table.name);
        let mut row = rows.insert(&writer, &maker.cells(table.name).await).await.unwrap();
        // All columns of the table at a time.
        for turn in 0..2 * DRAWN + 2 {
            let mut wanted = Vec::new();
            for range in &ranges {
                let steps = match turn {
                    0 => range.least,
                    1 => range.most,
                    _ => chance.random_range(range.least..=range.most),
                };
                // Half a step is rounded away from zero, where there is room for it.
                let half = Decimal::new(if steps < 0 { -5 } else { 5 }, range.scale + 1);
                let room = steps.abs() < range.most - 1 && steps > range.least + 1 && turn % 2 == 0;
                let (written, held) = if room {
                    let held = steps + if steps < 0 { -1 } else { 1 };
                    (range.decimal(steps) + half, range.decimal(held))
                } else {
                    (range.decimal(steps), range.decimal(steps))
                };
                row.insert(maker.column(table.name, range.column.name), written.into());
                wanted.push(held);
            }
            row = rows.update(&writer, &row).await.unwrap();
            for (range, wanted) in ranges.iter().zip(wanted) {
                let held = &row[range.column.name];
                let Value::Decimal(Some(held)) = held else { panic!("{held:?}") };
                assert_eq!(*held, wanted, "{}.{}", table.name, range.column.name);
            }
        }
        for range in &ranges {
            let (precision, scale) = range.column.digits().unwrap();
            let (column, whole) = (range.column.name, precision - scale);
            // One more than fits, and what would be that when it is rounded.
            let beyond = Decimal::new(10_i64.pow(whole), 0);
            for number in [beyond, -beyond, beyond - Decimal::new(5, scale + 1)] {
                let mut cells = row.clone();
                cells.insert(maker.column(table.name, column), number.into());
                let error = rows.update(&writer, &cells).await.unwrap_err();
                let Error::Invalid { argument, message, .. } = error else { panic!("{error:?}") };
                let said = format!("{number} has more than {whole} digits before the point");
                assert_eq!((&*argument, message), (column, said));
            }
        }
    }
    assert_eq!(columns, 34, "columns of decimals");
}
