//! Where the rows of a table lie on the sky.

use sea_orm::{EntityTrait, IdenStatic, Iterable};

/// The columns that say where a row is, ICRS, degrees, and the one that is found by it.
#[derive(Clone, Copy, Debug)]
pub struct Position<C> {
    /// Right ascension.
    pub ra: C,
    /// Declination.
    pub dec: C,
    /// The HEALPix cell of both, nested, of order 29. It follows from them, and is null until somebody has
    /// worked it out.
    pub cell: C,
}

/// What such columns are called. Of a measurement set it is where the telescope pointed that counts, not the
/// phase centre: every measurement set has that.
const NAMES: [(&str, &str); 4] = [
    ("pointing_ra_deg", "pointing_dec_deg"),
    ("center_ra_deg", "center_dec_deg"),
    ("ra_deg", "dec_deg"),
    ("ra", "dec"),
];

/// Where the rows of a table lie; none where the table has no column `healpix`.
pub fn position<E: EntityTrait>() -> Option<Position<E::Column>> {
    let column = |name: &str| E::Column::iter().find(|column| column.as_str() == name);
    let cell = column("healpix")?;
    NAMES.iter().find_map(|(ra, dec)| Some(Position { ra: column(ra)?, dec: column(dec)?, cell }))
}
