//! A source looked up by its name.

use almanac_entity::{
    Database,
    calibrators::{CalibratorStatus, bandpass_calibrator, vla_calibrator},
};

use super::{
    Catalogue, CatalogueQuery, UnifiedSource,
    query::query_sources,
    unified::{of_bandpass, of_list, unified, warning},
};
use crate::{Error, Filter, Repository, Result, Sessions, sky::parse_position};

/// A name's coordinates are good to this, degrees.
const REACH_DEG: f64 = 0.05;
/// Surveys that are asked for the sources named after them, in this order.
const SURVEYS: [Catalogue; 3] = [Catalogue::Nvss, Catalogue::First, Catalogue::Racs];

/// What is known of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceInfo {
    /// Its entry.
    pub source: UnifiedSource,
    /// Lowest declination for which it calibrates the bandpass, degrees.
    pub dec_range_min: Option<f64>,
    /// Highest declination for which it calibrates the bandpass, degrees.
    pub dec_range_max: Option<f64>,
    /// Whether it is in use as a bandpass calibrator.
    pub status: Option<CalibratorStatus>,
    /// Remarks.
    pub notes: Option<String>,
    /// Catalogues that could not be asked, and why.
    pub warnings: Vec<String>,
}

/// The source of a name, in one catalogue or in all: a calibrator of exactly that name, in use or not;
/// else, where the name is a survey's and holds coordinates, the survey's source nearest to them within
/// 0.05°.
///
/// # Errors
/// The name is blank, or what was asked for cannot be read.
pub async fn source_info(
    sessions: &Sessions,
    name: &str,
    catalogue: Option<Catalogue>,
) -> Result<Option<SourceInfo>> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "it is blank"));
    }
    let wanted = |other: Catalogue| catalogue.is_none_or(|catalogue| catalogue == other);
    let mut warnings = Vec::new();
    if wanted(Catalogue::Vla) {
        match of_calibrators(sessions, name).await {
            Ok(Some(info)) => return Ok(Some(info)),
            Ok(None) => {}
            Err(error) if catalogue.is_some() => return Err(error),
            Err(error) => warnings.push(warning(Catalogue::Vla, &error)),
        }
    }
    let surveys = catalogue.map_or(SURVEYS.to_vec(), |catalogue| vec![catalogue]);
    for survey in surveys.into_iter().filter(|survey| survey.survey().is_some()) {
        let Some((ra_deg, dec_deg)) = coordinates(name, survey) else { continue };
        let search = CatalogueQuery::new(survey, ra_deg, dec_deg, REACH_DEG);
        let answer = match query_sources(sessions, &search).await {
            Ok(answer) => answer,
            Err(error) if catalogue.is_some() => return Err(error),
            Err(error) => {
                warnings.push(warning(survey, &error));
                continue;
            }
        };
        let nearest = answer.sources.into_iter().min_by(|a, b| {
            a.separation_deg.total_cmp(&b.separation_deg).then_with(|| a.id.cmp(&b.id))
        });
        if let Some(nearest) = nearest {
            return Ok(Some(SourceInfo { warnings, ..info(unified(survey, nearest)) }));
        }
    }
    Ok(None)
}

async fn of_calibrators(sessions: &Sessions, name: &str) -> Result<Option<SourceInfo>> {
    let reader = sessions.reader(Database::Calibrators).await?;
    let listed = Repository::<_, vla_calibrator::Entity>::new(&reader);
    let filter = Filter::eq(vla_calibrator::Column::Name, name);
    let entry = listed.slice(&filter, &[], 1, 0).await?.pop();
    let notes = entry.as_ref().and_then(|entry| entry.notes.clone());
    let entry = of_list(&reader, entry.map(|entry| (0.0, entry)).into_iter().collect()).await?;
    let entry = entry.into_iter().next();
    let bandpass = Repository::<_, bandpass_calibrator::Entity>::new(&reader);
    let Some(row) = bandpass.bandpass_calibrator(name).await? else {
        return Ok(entry.map(|entry| SourceInfo { notes, ..info(entry) }));
    };
    let (dec_range_min, dec_range_max) = (row.dec_range_min, row.dec_range_max);
    let (status, notes) = (row.status.clone(), row.notes.clone());
    let source = of_bandpass(row, 0.0, entry.as_ref());
    Ok(Some(SourceInfo { dec_range_min, dec_range_max, status, notes, ..info(source) }))
}

fn info(source: UnifiedSource) -> SourceInfo {
    SourceInfo {
        source,
        dec_range_min: None,
        dec_range_max: None,
        status: None,
        notes: None,
        warnings: Vec::new(),
    }
}

/// The coordinates in a name of a survey: `NVSS_202.784500_30.509200`, `NVSS J133108.3+303033`,
/// `NVSS J13:31:08.3+30:30:33` and such.
fn coordinates(name: &str, survey: Catalogue) -> Option<(f64, f64)> {
    let label = survey.label();
    let prefix = name.get(..label.len()).filter(|prefix| prefix.eq_ignore_ascii_case(label))?;
    let rest = name[prefix.len()..].trim_start_matches([' ', '_']);
    let spaced = rest.replace('_', " ");
    if let Ok(position) = parse_position(&spaced) {
        return Some(position);
    }
    // With separators the two halves stand apart only by the sign of the second.
    let digits = spaced.strip_prefix('J')?;
    let (ra, dec) = digits.split_at(digits.find(['+', '-'])?);
    parse_position(&format!("{ra} {dec}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_where_sources_are() {
        let near = |name, (ra, dec): (f64, f64)| {
            let (read_ra, read_dec) = coordinates(name, Catalogue::Nvss).unwrap();
            assert!((read_ra - ra).abs() < 1e-6 && (read_dec - dec).abs() < 1e-6, "{name}");
        };
        near("NVSS_202.784500_30.509200", (202.7845, 30.5092));
        near("NVSS_202.784500_-30.509200", (202.7845, -30.5092));
        let seconds =
            |whole: f64, minutes: f64, seconds: f64| whole + minutes / 60.0 + seconds / 3_600.0;
        let (ra, dec) = (15.0 * seconds(13.0, 31.0, 8.3), seconds(30.0, 30.0, 33.0));
        near("NVSS J133108.3+303033", (ra, dec));
        near("nvss J133108.3-303033", (ra, -dec));
        near("NVSS J13:31:08.3-30:30:33", (ra, -dec));
        near("NVSS J13 31 08.3 +30 30 33", (ra, dec));
        for name in ["NVSS", "NVSS J", "NVSS 3C286", "FIRST J133108.3+303033", "3C286"] {
            assert_eq!(coordinates(name, Catalogue::Nvss), None, "{name}");
        }
    }
}
