//! Calibrators for a field, and for a declination.

use almanac_entity::{
    Database,
    calibrators::{bandpass_calibrator, vla_calibrator, vla_flux},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::{Catalogue, UnifiedQuery, UnifiedSource, query_unified};
use crate::{
    Comparison, Error, Filter, Repository, Result, Sessions, calibrators::Band, sky::separation,
};

/// Gain calibrators of a field.
const GAINS: usize = 10;
/// A source this near to the bandpass calibrator is that, degrees.
const SAME_PLACE_DEG: f64 = 5.0 / 3_600.0;
/// Calibrators of one list.
const LISTED: u64 = 100_000;

/// For which field calibrators are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldQuery {
    /// Right ascension of the field, degrees.
    pub ra_deg: f64,
    /// Declination of the field, degrees.
    pub dec_deg: f64,
    /// How far gain calibrators may be, degrees.
    pub radius_deg: f64,
    /// The least flux density of gain calibrators, Jy.
    pub min_flux_jy: f64,
    /// Whether a bandpass calibrator is wanted.
    pub prefer_bandpass: bool,
}

impl FieldQuery {
    /// What is usual: gain calibrators of 1 Jy within 0.1°, and a bandpass calibrator.
    pub fn new(ra_deg: f64, dec_deg: f64) -> Self {
        Self { ra_deg, dec_deg, radius_deg: 0.1, min_flux_jy: 1.0, prefer_bandpass: true }
    }
}

/// The calibrators of a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldCalibrators {
    /// The one for the bandpass: of those in use at the declination the one registered last.
    pub bandpass: Option<bandpass_calibrator::Model>,
    /// Those for the gains, the brightest first, at most ten.
    pub gains: Vec<UnifiedSource>,
    /// Catalogues that could not answer, and why.
    pub warnings: Vec<String>,
}

/// The calibrators for a field.
///
/// # Errors
/// An argument is out of range, or the calibrators cannot be read.
pub async fn calibrators_for_field(
    sessions: &Sessions,
    query: &FieldQuery,
) -> Result<FieldCalibrators> {
    let search = UnifiedQuery {
        min_flux_jy: Some(query.min_flux_jy),
        ..UnifiedQuery::new(query.ra_deg, query.dec_deg, query.radius_deg)
    };
    let answer = query_unified(sessions, &search).await?;
    let bandpass = if query.prefer_bandpass {
        let reader = sessions.reader(Database::Calibrators).await?;
        let table = Repository::<_, bandpass_calibrator::Entity>::new(&reader);
        table.bandpass_calibrator_at(query.dec_deg).await?
    } else {
        None
    };
    let is_bandpass = |source: &UnifiedSource| {
        bandpass.as_ref().is_some_and(|bandpass| {
            let distance =
                separation(bandpass.ra_deg, bandpass.dec_deg, source.ra_deg, source.dec_deg);
            source.source_name == bandpass.calibrator_name || distance <= SAME_PLACE_DEG
        })
    };
    let mut gains = answer.sources;
    gains.retain(|source| !is_bandpass(source));
    gains.truncate(GAINS);
    Ok(FieldCalibrators { bandpass, gains, warnings: answer.warnings })
}

/// A calibrator of the VLA's list near a declination.
#[derive(Clone, Debug, PartialEq)]
pub struct DecCalibrator {
    /// Its name.
    pub name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density in the band asked for, Jy.
    pub flux_jy: f64,
    /// Frequency of the flux density, GHz.
    pub freq_ghz: f64,
    /// How good a calibrator it is in that band, as far as that is known.
    pub quality: Option<String>,
    /// Distance in declination, degrees.
    pub separation_deg: f64,
}

/// The VLA's calibrators of at least `min_flux_jy` in a band whose declination is no further than
/// `max_separation_deg` from `dec_deg`, the brightest first. They are those of the catalogue file of the
/// VLA's calibrators if there is one, else of the list that was taken over.
///
/// # Errors
/// An argument is out of range, or neither can be read.
pub async fn calibrators_by_dec(
    sessions: &Sessions,
    dec_deg: f64,
    max_separation_deg: f64,
    min_flux_jy: f64,
    band: Band,
    limit: usize,
) -> Result<Vec<DecCalibrator>> {
    if !(-90.0..=90.0).contains(&dec_deg) {
        return Err(Error::invalid("dec_deg", format!("{dec_deg}° is not in [-90, 90]")));
    }
    if !(0.0..=180.0).contains(&max_separation_deg) {
        let message = format!("{max_separation_deg}° is not from 0 to 180");
        return Err(Error::invalid("max_separation_deg", message));
    }
    if !min_flux_jy.is_finite() {
        let message = format!("{min_flux_jy} is not a finite number");
        return Err(Error::invalid("min_flux_jy", message));
    }
    let dec_range = (dec_deg - max_separation_deg, dec_deg + max_separation_deg);
    let files = sessions.catalogue_files().list().unwrap_or_default();
    let file = files.into_iter().find(|(catalogue, _)| *catalogue == Catalogue::Vla);
    let mut found = match file {
        Some((_, path)) => {
            let file = sessions.catalogue_files().file(&path).await?;
            of_file(&file.connection, dec_range, min_flux_jy, band).await?
        }
        None => of_list(sessions, dec_range, min_flux_jy, band).await?,
    };
    for calibrator in &mut found {
        calibrator.separation_deg = (calibrator.dec_deg - dec_deg).abs();
    }
    found.sort_by(|a, b| {
        let brighter = b.flux_jy.total_cmp(&a.flux_jy);
        brighter.then_with(|| a.name.cmp(&b.name))
    });
    found.truncate(limit);
    Ok(found)
}

async fn of_list(
    sessions: &Sessions,
    (south, north): (f64, f64),
    min_flux_jy: f64,
    band: Band,
) -> Result<Vec<DecCalibrator>> {
    use vla_calibrator::Column::DecDeg;
    let reader = sessions.reader(Database::Calibrators).await?;
    let calibrators = Repository::<_, vla_calibrator::Entity>::new(&reader);
    let filter = Filter::Compare(DecDeg, Comparison::Gte, south.into()).and(Filter::Compare(
        DecDeg,
        Comparison::Lte,
        north.into(),
    ));
    let calibrators = calibrators.slice(&filter, &[], LISTED, 0).await?;
    let ids: Vec<i64> = calibrators.iter().map(|calibrator| calibrator.id).collect();
    let fluxes = Repository::<_, vla_flux::Entity>::new(&reader).of_calibrators(&ids).await?;
    let found = calibrators.into_iter().filter_map(|calibrator| {
        let of_band = |flux: &&vla_flux::Model| {
            (flux.frequency_ghz / band.freq_ghz() - 1.0).abs() < 1e-6 && flux.flux_jy >= min_flux_jy
        };
        let flux = fluxes.get(&calibrator.id)?.iter().find(of_band)?;
        let code = calibrator.code_20_cm.filter(|_| band == Band::L);
        Some(DecCalibrator {
            name: calibrator.name,
            ra_deg: calibrator.ra_deg,
            dec_deg: calibrator.dec_deg,
            flux_jy: flux.flux_jy,
            freq_ghz: flux.frequency_ghz,
            quality: code.map(|code| code.as_str().to_owned()),
            separation_deg: 0.0,
        })
    });
    Ok(found.collect())
}

/// Of the catalogue file, whose `fluxes` name their band or, in its older form, only their frequency.
async fn of_file(
    file: &DatabaseConnection,
    (south, north): (f64, f64),
    min_flux_jy: f64,
    band: Band,
) -> Result<Vec<DecCalibrator>> {
    let columns = "SELECT name, '' FROM pragma_table_info('fluxes')";
    let columns = super::file::texts(file, columns).await?;
    let has = |name: &str| columns.iter().any(|(column, _)| column == name);
    if !has("flux_jy") || !has("freq_hz") {
        let message = "the file of the VLA's calibrators has no table `fluxes` of a known form";
        return Err(Error::invalid("vla_calibrators", message));
    }
    let quality = if has("quality_codes") { "f.quality_codes" } else { "NULL" };
    let of_band = if has("band") {
        "(f.band IN (?, ?) OR (f.freq_hz IS NOT NULL AND ABS(f.freq_hz / ? - 1) < 0.15))"
    } else {
        "(f.name NOT IN (?, ?) AND ABS(f.freq_hz / ? - 1) < 0.15)"
    };
    let sql = format!(
        "SELECT c.name, c.ra_deg, c.dec_deg, f.flux_jy, f.freq_hz, {quality} \
         FROM calibrators c JOIN fluxes f ON f.name = c.name \
         WHERE {of_band} AND c.dec_deg BETWEEN ? AND ? AND f.flux_jy >= ?"
    );
    let freq_ghz = band.freq_ghz();
    let values = [
        band.wavelength().into(),
        band.letter().into(),
        (freq_ghz * 1e9).into(),
        south.into(),
        north.into(),
        min_flux_jy.into(),
    ];
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
    let mut found = Vec::new();
    for row in file.query_all_raw(statement).await? {
        let freq_hz: Option<f64> = row.try_get_by_index(4)?;
        found.push(DecCalibrator {
            name: row.try_get_by_index(0)?,
            ra_deg: row.try_get_by_index(1)?,
            dec_deg: row.try_get_by_index(2)?,
            flux_jy: row.try_get_by_index(3)?,
            freq_ghz: freq_hz.map_or(freq_ghz, |hz| hz / 1e9),
            quality: row.try_get_by_index(5)?,
            separation_deg: 0.0,
        });
    }
    Ok(found)
}
