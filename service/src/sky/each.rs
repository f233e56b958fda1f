//! What lies around each of many directions, by a number of statements that does not grow with theirs.

use std::collections::HashMap;

use almanac_entity::{Position, Table, position};
use sea_orm::{
    ConnectionTrait, QueryFilter, QueryTrait,
    sea_query::{Expr, SelectStatement, UnionType},
};

use super::{
    ARCSEC_OF_A_DEGREE, Cone, Near,
    cell::{ROUGH, degrees},
    distance,
    sql::covering,
};
use crate::{
    Error, Filter, Key, Repository, Result, Row,
    repository::select_columns,
    row::{self, Columns},
};

/// Cones of one statement: the ranges of their cells stand in its text, and SQLite takes at most 500 united
/// selects.
const CONES: usize = 250;
/// Rows that one statement reads at the most.
const MOST: usize = 50_000;
/// Wide cones are looked at from inside, beginning with this radius, degrees: around most of the rows what is
/// near enough fills the list, and the rest need not be read.
const FIRST: f64 = 30.0 / 3_600.0;
/// How often a cone is looked at, each time with a larger radius, the last time with its own.
const LOOKS: usize = 6;
/// How many times the radius is taken at the least where nothing was found.
const LEAP: f64 = 6.0;

/// A cone, which of those that were asked for it is, and how much of its radius is looked at.
struct Asked {
    index: usize,
    cone: Cone,
    part: f64,
}

impl Asked {
    fn new((index, cone): (usize, Cone)) -> Self {
        Self { index, cone, part: (FIRST / cone.radius_deg()).min(1.0) }
    }

    /// With the radius in which twice as many rows are to be expected as are wanted, after one in which fewer
    /// were `found`.
    fn widened(self, found: usize, wanted: usize) -> Self {
        let count = |rows: usize| f64::from(u32::try_from(rows).unwrap_or(u32::MAX));
        let growth = match found {
            0 => (4.0 * count(wanted)).sqrt().max(LEAP),
            _ => (2.0 * count(wanted) / count(found)).sqrt(),
        };
        Self { part: (self.part * growth).min(1.0), ..self }
    }
}

impl<E: Table> Row<E> {
    /// Where the row lies, right ascension and declination in degrees; none where it was not asked for or is
    /// not known.
    pub fn place(&self) -> Option<(f64, f64)> {
        let Position { ra, dec, .. } = position::<E>()?;
        let at = |column| self.value(column).and_then(degrees);
        at(ra).zip(at(dec))
    }
}

impl<C: ConnectionTrait, E: Table> Repository<'_, C, E> {
    /// For each cone the rows in it that `filter` lets through, nearest first and by their primary key; at
    /// most `limit` for each. Cones that are the same are looked at once. Around 250 cones it takes a
    /// statement, up to six where they are wider than 30″, and more only where one would have to read more
    /// than 50,000 rows.
    ///
    /// # Errors
    /// The rows of the table have no position, more than 50,000 of them lie around one direction, or the
    /// engine fails.
    pub async fn list_near_each(
        &self,
        cones: &[Cone],
        filter: &Filter<E>,
        limit: usize,
        columns: &[E::Column],
    ) -> Result<Vec<Vec<Near<Row<E>>>>> {
        let Position { ra, dec, .. } = position::<E>()
            .ok_or_else(|| Error::invalid("position", format!("{} has none", E::NAME)))?;
        let wanted: Vec<E::Column> =
            columns.iter().copied().chain(key_columns::<E>()).chain([ra, dec]).collect();
        let columns = row::columns::<E>(&wanted);
        if limit == 0 {
            return Ok(vec![Vec::new(); cones.len()]);
        }
        let (distinct, places) = distinct(cones);
        let mut found: Vec<Vec<Near<Row<E>>>> = vec![Vec::new(); distinct.len()];
        let mut asked: Vec<Asked> = distinct.into_iter().enumerate().map(Asked::new).collect();
        for look in 1..=LOOKS {
            if look == LOOKS {
                for asked in &mut asked {
                    asked.part = 1.0;
                }
            }
            let mut near = self.around(&asked, filter, &columns).await?;
            let mut left = Vec::new();
            for asked in asked {
                let near = near.remove(&asked.index).unwrap_or_default();
                if asked.part >= 1.0 || near.len() >= limit {
                    found[asked.index] = nearest(near, limit);
                } else {
                    left.push(asked.widened(near.len(), limit));
                }
            }
            asked = left;
        }
        Ok(places.into_iter().map(|place| found[place].clone()).collect())
    }

    /// All rows in the cones, by the number of the cone.
    async fn around(
        &self,
        asked: &[Asked],
        filter: &Filter<E>,
        columns: &Columns<E>,
    ) -> Result<HashMap<usize, Vec<Near<Row<E>>>>> {
        let cones: Vec<(usize, Cone)> =
            asked.iter().map(|asked| (asked.index, asked.cone.narrowed(asked.part))).collect();
        let mut near: HashMap<usize, Vec<Near<Row<E>>>> = HashMap::with_capacity(cones.len());
        let mut chunks: Vec<&[(usize, Cone)]> = cones.chunks(CONES).collect();
        while let Some(chunk) = chunks.pop() {
            let Some(select) = united(chunk, filter, columns) else { continue };
            let rows = self.connection.query_all(&select).await?;
            if rows.len() > MOST {
                if chunk.len() == 1 {
                    let message = format!(
                        "more than {MOST} rows lie around one position; ask for a smaller radius"
                    );
                    return Err(Error::invalid("radiusArcsec", message));
                }
                let (first, last) = chunk.split_at(chunk.len() / 2);
                chunks.extend([first, last]);
                continue;
            }
            for result in rows {
                let row = Row::<E>::read(&result, columns)?;
                let place: i64 = result.try_get_by_index(columns.len())?;
                let cone = usize::try_from(place).ok().and_then(|place| chunk.get(place));
                let Some(((index, cone), (ra, dec))) = cone.zip(row.place()) else { continue };
                if let Some(haversine) = cone.haversine_within(ra, dec) {
                    let separation_arcsec = distance(haversine) * ARCSEC_OF_A_DEGREE;
                    let row = row.measured(haversine);
                    near.entry(*index).or_default().push(Near { row, separation_arcsec });
                }
            }
        }
        Ok(near)
    }
}

/// The cones but for those that are there already, and for each of all where it stands among them.
fn distinct(cones: &[Cone]) -> (Vec<Cone>, Vec<usize>) {
    let mut distinct = Vec::new();
    let mut known = HashMap::with_capacity(cones.len());
    let places = cones.iter().map(|cone| {
        let bits = [cone.ra_deg(), cone.dec_deg(), cone.radius_deg()].map(f64::to_bits);
        *known.entry(bits).or_insert_with(|| {
            distinct.push(*cone);
            distinct.len() - 1
        })
    });
    let places = places.collect();
    (distinct, places)
}

/// One row more than may be read of those in the cells of the cones, each with the place of its cone.
fn united<E: Table>(
    cones: &[(usize, Cone)],
    filter: &Filter<E>,
    columns: &Columns<E>,
) -> Option<SelectStatement> {
    let selects = cones.iter().zip(0_i64..).map(|((_, cone), place)| {
        let mut select = select_columns::<E>(columns)
            .filter(covering::<E>(cone, ROUGH))
            .filter(filter.condition());
        QueryTrait::query(&mut select).expr_as(Expr::val(place), "place").to_owned()
    });
    let mut united = selects.reduce(|mut united, select| {
        united.union(UnionType::All, select);
        united
    })?;
    united.limit(MOST as u64 + 1);
    Some(united)
}

/// The nearest, those that are equally near by their primary key.
fn nearest<E: Table>(mut near: Vec<Near<Row<E>>>, limit: usize) -> Vec<Near<Row<E>>> {
    let key =
        |row: &Row<E>| key_columns::<E>().map(|key| row.key(key)).collect::<Vec<Option<Key>>>();
    let distance = |near: &Near<Row<E>>| near.row.haversine().unwrap_or(f64::INFINITY);
    near.sort_by(|a, b| {
        distance(a).total_cmp(&distance(b)).then_with(|| key(&a.row).cmp(&key(&b.row)))
    });
    near.truncate(limit);
    near
}

fn key_columns<E: Table>() -> impl Iterator<Item = E::Column> {
    use sea_orm::{Iterable, PrimaryKeyToColumn};
    E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column)
}
