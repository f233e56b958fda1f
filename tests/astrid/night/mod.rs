//! The rows of a night, made up by chance that repeats itself: the same ones each time, on both engines.

mod images;
mod review;

use std::{env, ops::RangeInclusive};

use almanac_entity::Table;
use chrono::{DateTime, TimeDelta, Utc};
use rand::{SeedableRng, rngs::ChaCha12Rng};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseConnection, IdenStatic,
    Iterable, TransactionTrait,
    prelude::{Decimal, Uuid},
    sea_query::{Expr, Query},
};

use crate::support::{Schema, TestDatabase};

/// Rows of one statement.
const ROWS: usize = 500;

/// How many rows of what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) observations: u32,
    /// How many of them come as far as a difference image.
    pub(crate) images: u32,
    pub(crate) candidates_per_image: u32,
    pub(crate) detections_per_image: u32,
}

/// Enough for logic.
pub(crate) const UNIT: Size =
    Size { observations: 100, images: 10, candidates_per_image: 256, detections_per_image: 3 };

/// Enough for a backup to have something to hold.
pub(crate) const SMALL: Size = Size { candidates_per_image: 20, ..UNIT };

/// A night of the telescope where `ALMANAC_LONG` asks for it, else the twentieth part of one.
pub(crate) fn night() -> Size {
    let whole = Size { observations: 1_000, images: 945, ..UNIT };
    if env::var("ALMANAC_LONG").is_ok_and(|value| value == "1") {
        return whole;
    }
    Size { observations: whole.observations / 20, images: whole.images / 20, ..whole }
}

/// Fills the tables of these phases, as far as they are there, in one transaction.
pub(crate) async fn fill(connection: &DatabaseConnection, size: Size, phases: RangeInclusive<u8>) {
    let schema = Schema::read(connection).await;
    let transaction = connection.begin().await.unwrap();
    let mut night = Night {
        schema: &schema,
        connection: &transaction,
        size,
        chance: ChaCha12Rng::seed_from_u64(1_054),
    };
    for phase in phases {
        match phase {
            1 => night.core().await,
            2 => night.pipeline().await,
            3 => night.learning().await,
            _ => night.curation().await,
        }
    }
    transaction.commit().await.unwrap();
}

/// A database at its newest revision with a night in it.
pub(crate) async fn filled(engine: crate::support::Engine, size: Size) -> TestDatabase {
    let test = TestDatabase::migrated(almanac_database::Database::Astrid, engine).await;
    let connection = test.connection().await;
    fill(&connection, size, 1..=4).await;
    connection.close().await.unwrap();
    test
}

/// When the night begins.
fn begin() -> DateTime<Utc> {
    "2025-10-01T02:00:00.000001Z".parse().unwrap()
}

fn at(seconds: u32) -> DateTime<Utc> {
    begin() + TimeDelta::seconds(seconds.into())
}

/// The key of the row of that number in a table.
fn id(table: u8, number: u32) -> Uuid {
    let milliseconds = begin().timestamp_millis().unsigned_abs() + u64::from(number);
    let [a, b, c, d] = number.to_be_bytes();
    let chance = [table, 0, 0, 0, 0, table, a, b, c, d];
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &chance).into_uuid()
}

/// A survey of the night's own, beside those that the revisions bring.
pub(crate) fn own_survey() -> Uuid {
    id(1, 0)
}

pub(crate) fn observation_id(number: u32) -> Uuid {
    id(2, number)
}

fn decimal(number: f64, scale: u32) -> Decimal {
    Decimal::from_f64_retain(number).unwrap().round_dp(scale)
}

fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap()
}

struct Night<'a, C> {
    schema: &'a Schema,
    connection: &'a C,
    size: Size,
    chance: ChaCha12Rng,
}

impl<C: ConnectionTrait> Night<'_, C> {
    /// Inserts rows that set the same columns; those that the table does not have yet are left out.
    async fn insert<E: Table>(&self, rows: Vec<E::ActiveModel>) {
        let entity = E::default();
        let (Some(table), Some(first)) =
            (self.schema.tables.get(entity.table_name()), rows.first())
        else {
            return;
        };
        let columns: Vec<E::Column> = E::Column::iter()
            .filter(|column| matches!(first.get(*column), ActiveValue::Set(_)))
            .filter(|column| table.columns.iter().any(|made| made.name == column.as_str()))
            .collect();
        for rows in rows.chunks(ROWS) {
            let mut insert = Query::insert();
            insert.into_table(entity.table_ref()).columns(columns.iter().copied());
            for row in rows {
                let cells = columns.iter().map(|column| {
                    column.save_as(Expr::val(row.get(*column).into_value().unwrap()))
                });
                insert.values_panic(cells);
            }
            self.connection.execute(&insert).await.unwrap();
        }
    }
}
