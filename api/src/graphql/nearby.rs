//! Relations by position: what lies around a row, looked up for all of its siblings at once.

use std::{borrow::Cow, sync::Arc};

use almanac_entity::{Table, astrid::detection, master_sources::source, products::ese_candidate};
use almanac_service::{
    Filter, Reader, Repository, Result as ServiceResult, Row,
    sky::{Cone, Near},
};
use async_graphql::{SimpleObject, TypeName};

use super::{
    connection::selected_columns,
    context::{Context, ContextExt},
    error::{Result, bad_input},
    loader::Siblings,
    object::{Object, Shown},
    read::limit as limit_of,
};

/// The widest that it is looked, arcseconds.
const WIDEST: f64 = 3_600.0;
/// Rows around one row at the most.
const MOST: u64 = 100;
const ARCSEC_OF_A_DEGREE: f64 = 3_600.0;

/// A row that lies near another one.
#[derive(Debug, SimpleObject)]
#[graphql(name_type)]
pub struct Nearby<E: Shown> {
    /// The row.
    row: Object<E>,
    /// Great-circle distance from the other one, arcseconds.
    separation_arcsec: f64,
}

impl<E: Shown> TypeName for Nearby<E> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("Nearby{}", E::NAME))
    }
}

/// What lies around the rows of a table.
type Around<E> = Vec<Vec<Near<Row<E>>>>;
/// Right ascension and declination, degrees; none where nobody knows them.
type Place = Option<(f64, f64)>;

/// A table whose rows lie somewhere on the sky.
pub(crate) trait Placed: Shown {
    /// Where each of these rows lies.
    fn places(
        ctx: &Context<'_>,
        rows: &Siblings<Self>,
    ) -> impl Future<Output = ServiceResult<Vec<Place>>> + Send;

    /// What lies in each of these cones, nearest first.
    fn around(
        reader: &Reader,
        cones: &[Cone],
        limit: usize,
        columns: &[Self::Column],
    ) -> impl Future<Output = ServiceResult<Around<Self>>> + Send;
}

/// Tables of which the rows say themselves where they lie.
macro_rules! placed {
    ($($module:ident),+) => {
        $(impl Placed for $module::Entity {
            async fn places(_: &Context<'_>, rows: &Siblings<Self>) -> ServiceResult<Vec<Place>> {
                Ok(rows.rows.iter().map(Row::place).collect())
            }

            async fn around(
                reader: &Reader,
                cones: &[Cone],
                limit: usize,
                columns: &[Self::Column],
            ) -> ServiceResult<Around<Self>> {
                let table = Repository::<_, Self>::new(reader);
                table.list_near_each(cones, &Filter::default(), limit, columns).await
            }
        })+
    };
}

placed!(detection, source);

/// A candidate lies where its source does.
impl Placed for ese_candidate::Entity {
    async fn places(ctx: &Context<'_>, rows: &Siblings<Self>) -> ServiceResult<Vec<Place>> {
        let reader = ctx.reader_of::<Self>().await?;
        let column = ese_candidate::Column::SourceId;
        let places =
            Repository::<_, Self>::new(&reader).places_of_sources(&rows.keys(column)).await?;
        let place = |row: &Row<Self>| places.get(&row.key(column)?).copied();
        Ok(rows.rows.iter().map(place).collect())
    }

    async fn around(
        reader: &Reader,
        cones: &[Cone],
        limit: usize,
        columns: &[Self::Column],
    ) -> ServiceResult<Around<Self>> {
        let table = Repository::<_, Self>::new(reader);
        table.list_by_source_near_each(cones, limit, columns).await
    }
}

/// The rows around each of several siblings.
#[derive(Debug)]
struct Found<T: Table> {
    siblings: Arc<Siblings<T>>,
    /// For each sibling the places of its rows, and how far they are; none where it lies nowhere.
    by_sibling: Vec<Option<Vec<(usize, f64)>>>,
}

impl<T: Table> Found<T> {
    fn new(of_sibling: Vec<Option<usize>>, around: &Around<T>) -> Self {
        let mut rows = Vec::new();
        let places: Vec<Vec<(usize, f64)>> = around
            .iter()
            .map(|near| {
                let first = rows.len();
                rows.extend(near.iter().map(|near| near.row.clone()));
                let distances = near.iter().map(|near| near.separation_arcsec);
                (first..).zip(distances).collect()
            })
            .collect();
        let by_sibling = of_sibling.into_iter().map(|cone| Some(places[cone?].clone())).collect();
        Self { siblings: Arc::new(Siblings::new(rows)), by_sibling }
    }
}

/// The rows of `T` around an object, nearest first; none where nobody knows where it lies.
pub(crate) async fn nearby<E: Placed, T: Placed>(
    object: &Object<E>,
    ctx: &Context<'_>,
    radius_arcsec: f64,
    limit: i32,
) -> Result<Option<Vec<Nearby<T>>>> {
    if !(radius_arcsec > 0.0 && radius_arcsec <= WIDEST) {
        let message = format!("{radius_arcsec}″ is not above 0 and at most {WIDEST}");
        return Err(bad_input("radiusArcsec", message));
    }
    let limit = usize::try_from(limit_of(limit, MOST)?).unwrap_or(usize::MAX);
    let field = ctx.field();
    let rows = field.selection_set().filter(|part| part.name() == "row");
    let columns =
        selected_columns::<T>(rows.flat_map(|row| row.selection_set().collect::<Vec<_>>()));
    let siblings = object.siblings();
    let edge = format!("near {} {radius_arcsec} {limit} {columns:?}", T::NAME);
    let look_up = async {
        let reader = ctx.reader_of::<T>().await?;
        let mut cones = Vec::new();
        let mut of_sibling = Vec::with_capacity(siblings.rows.len());
        for place in E::places(ctx, siblings).await? {
            // What lies off the sphere lies nowhere.
            let cone = place
                .and_then(|(ra, dec)| Cone::new(ra, dec, radius_arcsec / ARCSEC_OF_A_DEGREE).ok());
            of_sibling.push(cone.map(|cone| {
                cones.push(cone);
                cones.len() - 1
            }));
        }
        let around = T::around(&reader, &cones, limit, &columns).await?;
        Ok(Arc::new(Found::new(of_sibling, &around)))
    };
    let found: Arc<Found<T>> = siblings.once(edge, Box::pin(look_up)).await?;
    let near = found.by_sibling.get(object.index()).and_then(Option::as_ref);
    let shown = |(index, separation_arcsec): &(usize, f64)| Nearby {
        row: Object::new(found.siblings.clone(), *index),
        separation_arcsec: *separation_arcsec,
    };
    Ok(near.map(|near| near.iter().map(shown).collect()))
}
