//! Tables of sources as surveys publish them: CSV with a header, each survey with names of its own.

use std::io::Read;

use crate::{Error, Result};

/// Lines with a fault that are named; the others are only counted.
const NAMED_FAULTS: usize = 20;

/// A source of a survey's table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SurveyRow {
    /// The survey's name for it.
    pub name: Option<String>,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, mJy.
    pub flux_mjy: Option<f64>,
    /// Its uncertainty, mJy.
    pub flux_err_mjy: Option<f64>,
    /// Signal-to-noise ratio, where the table tells it.
    pub snr: Option<f64>,
    /// Major axis, deconvolved where the table has that, arcseconds.
    pub major_axis_arcsec: Option<f64>,
    /// Minor axis, arcseconds.
    pub minor_axis_arcsec: Option<f64>,
    /// Position angle, degrees.
    pub position_angle_deg: Option<f64>,
}

/// Lines of a table that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineFaults {
    /// How many.
    pub count: u64,
    /// The first of them, each by its number.
    pub named: Vec<String>,
}

/// Reads a table and shows each of its sources to `see`. The flux density stands in `flux_column`, where it
/// is none that is known; the name of a column of flux densities ends in its unit, `_jy` or `_mjy`.
///
/// # Errors
/// The header lacks a position or `flux_column`, or the file cannot be read.
pub fn read_survey(
    input: impl Read,
    flux_column: Option<&str>,
    mut see: impl FnMut(SurveyRow),
) -> Result<LineFaults> {
    let bad_file = |error: csv::Error| Error::invalid("input", error.to_string());
    let mut lines = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let columns = Columns::of(lines.headers().map_err(bad_file)?, flux_column)?;
    let mut faults = LineFaults::default();
    let mut record = csv::StringRecord::new();
    while lines.read_record(&mut record).map_err(bad_file)? {
        match columns.read(&record) {
            Ok(row) => see(row),
            Err(message) => {
                faults.count += 1;
                if faults.named.len() < NAMED_FAULTS {
                    let line = record.position().map_or(0, csv::Position::line);
                    faults.named.push(format!("line {line}: {message}"));
                }
            }
        }
    }
    Ok(faults)
}

/// Where each fact of a source stands in a line.
struct Columns {
    ra: usize,
    dec: usize,
    name: Option<usize>,
    flux: Option<(usize, Unit)>,
    flux_err: Option<(usize, Unit)>,
    snr: Snr,
    major: Option<usize>,
    minor: Option<usize>,
    angle: Option<usize>,
}

/// Where the signal-to-noise ratio stands.
enum Snr {
    Unknown,
    Given(usize),
    /// A peak, and the noise around it, both in one unit.
    PeakAndNoise(usize, usize),
}

/// The unit of a flux density.
#[derive(Clone, Copy)]
enum Unit {
    Jy,
    Mjy,
}

/// Names under which surveys publish what a source is, the best first.
const NAMES: [&str; 6] = ["name", "nvss_id", "first_id", "component_name", "source_name", "uuid"];
const FLUXES: [&str; 9] = [
    "flux_mjy",
    "flux_jy",
    "s_int_jy",
    "int_mjy",
    "total_flux_mjy",
    "int_flux_jy",
    "s14_mjy",
    "s14_jy",
    "s_nvss_jy",
];
const FLUX_ERRORS: [&str; 6] =
    ["flux_err_mjy", "e_flux_mjy", "e_total_flux_mjy", "e_int_flux_jy", "e_s14_mjy", "e_s14_jy"];
const SNRS: [&str; 3] = ["snr", "snr_nvss", "s_n"];
const PEAKS_AND_NOISES: [(&str, &str); 4] = [
    ("peak_jyb", "i_rms_jyb"),
    ("peak_mjyb", "rms_mjyb"),
    ("peak_flux_mjyb", "isl_rms_mjyb"),
    ("peak_flux_jyb", "local_rms_jyb"),
];
const MAJORS: [&str; 3] = ["dc_maj_arcsec", "maj_arcsec", "major_axis"];
const MINORS: [&str; 3] = ["dc_min_arcsec", "min_arcsec", "minor_axis"];
const ANGLES: [&str; 3] = ["dc_pa_deg", "pa_deg", "position_angle"];

impl Columns {
    fn of(header: &csv::StringRecord, flux_column: Option<&str>) -> Result<Self> {
        let at = |name: &str| header.iter().position(|cell| cell.trim() == name);
        let first = |names: &[&str]| names.iter().find_map(|name| at(name));
        let required = |names: &[&str]| {
            let message = || format!("there is no column {}", names.join(" or "));
            first(names).ok_or_else(|| Error::invalid("header", message()))
        };
        let with_unit =
            |names: &[&str]| names.iter().find_map(|name| Some((at(name)?, unit(name)?)));
        let flux = match flux_column {
            None => with_unit(&FLUXES),
            Some(name) => Some(with_unit(&[name]).ok_or_else(|| {
                let message =
                    format!("there is no column {name:?}, or it ends in neither _jy nor _mjy");
                Error::invalid("flux_column", message)
            })?),
        };
        let peak_and_noise = PEAKS_AND_NOISES
            .iter()
            .find_map(|(peak, noise)| Some(Snr::PeakAndNoise(at(peak)?, at(noise)?)));
        Ok(Self {
            ra: required(&["ra_deg", "ra"])?,
            dec: required(&["dec_deg", "dec"])?,
            name: first(&NAMES),
            flux,
            flux_err: with_unit(&FLUX_ERRORS),
            snr: first(&SNRS).map(Snr::Given).or(peak_and_noise).unwrap_or(Snr::Unknown),
            major: first(&MAJORS),
            minor: first(&MINORS),
            angle: first(&ANGLES),
        })
    }

    fn read(&self, record: &csv::StringRecord) -> std::result::Result<SurveyRow, String> {
        let number = |index: usize| number(record.get(index).unwrap_or_default());
        let optional = |index: Option<usize>| index.map_or(Ok(None), number);
        let flux = |column: Option<(usize, Unit)>| match column {
            None => Ok(None),
            Some((index, Unit::Mjy)) => number(index),
            Some((index, Unit::Jy)) => Ok(number(index)?.map(|jy| {
                // By way of its decimal digits where it can be, so that 0.0381 Jy is 38.1 mJy.
                let text = record.get(index).unwrap_or_default().trim();
                format!("{text}e3").parse().unwrap_or(jy * 1000.0)
            })),
        };
        let ra_deg = number(self.ra)?.ok_or("it has no right ascension")?;
        let dec_deg = number(self.dec)?.ok_or("it has no declination")?;
        if !(0.0..360.0).contains(&ra_deg) || !(-90.0..=90.0).contains(&dec_deg) {
            return Err(format!("{ra_deg}° and {dec_deg}° are no position"));
        }
        let name = self.name.and_then(|index| record.get(index)).map(str::trim);
        let snr = match self.snr {
            Snr::Unknown => None,
            Snr::Given(index) => number(index)?,
            Snr::PeakAndNoise(peak, noise) => number(peak)?
                .zip(number(noise)?.filter(|noise| *noise > 0.0))
                .map(|(peak, noise)| peak / noise),
        };
        Ok(SurveyRow {
            name: name.filter(|name| !name.is_empty()).map(str::to_owned),
            ra_deg,
            dec_deg,
            flux_mjy: flux(self.flux)?,
            flux_err_mjy: flux(self.flux_err)?,
            snr,
            major_axis_arcsec: optional(self.major)?,
            minor_axis_arcsec: optional(self.minor)?,
            position_angle_deg: optional(self.angle)?,
        })
    }
}

/// The number of a cell; none where the cell is empty.
fn number(text: &str) -> std::result::Result<Option<f64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.map(Some).ok_or_else(|| format!("{text:?} is no number"))
}

/// The unit that the name of a column ends in.
fn unit(name: &str) -> Option<Unit> {
    if name.ends_with("_mjy") {
        Some(Unit::Mjy)
    } else if name.ends_with("_jy") {
        Some(Unit::Jy)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_the_names_that_surveys_use() {
        let table = "nvss_id,ra_deg,dec_deg,peak_jyb,s_int_jy,maj_arcsec,i_rms_jyb\n\
                     NVSS J1,10.5,-3,0.02,0.0381,45,0.0004\n\
                     NVSS J2,10.5,x,0.02,0.0381,45,0.0004\n\
                     ,0,90,,,,\n";
        let mut rows = Vec::new();
        let faults = read_survey(table.as_bytes(), None, |row| rows.push(row)).unwrap();
        assert_eq!(faults.named, ["line 3: \"x\" is no number"]);
        assert_eq!((rows[0].flux_mjy, rows[0].name.as_deref()), (Some(38.1), Some("NVSS J1")));
        assert!((rows[0].snr.unwrap() - 50.0).abs() < 1e-9);
        assert_eq!(rows[1], SurveyRow { ra_deg: 0.0, dec_deg: 90.0, ..SurveyRow::default() });
        let refused = read_survey(&b"ra_deg,flux_mjy\n"[..], None, |_| ()).unwrap_err();
        assert!(refused.to_string().contains("dec_deg"), "{refused}");
        assert!(read_survey(table.as_bytes(), Some("maj_arcsec"), |_| ()).is_err());
    }
}
