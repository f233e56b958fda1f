//! Entries of several catalogues that are one source.

use std::collections::HashMap;

use super::UnifiedSource;
use crate::sky::separation;

/// Puts entries within `radius_deg` of each other under the one whose catalogue stands first (VLA, NVSS,
/// FIRST, RACS, …), each under the nearest. Entries of one catalogue stay apart: that catalogue has seen
/// that they are two.
pub(super) fn merge(mut entries: Vec<UnifiedSource>, radius_deg: f64) -> Vec<UnifiedSource> {
    entries.sort_by(|a, b| {
        let brighter = b.flux_jy.unwrap_or_default().total_cmp(&a.flux_jy.unwrap_or_default());
        a.catalogue
            .cmp(&b.catalogue)
            .then(brighter)
            .then(a.separation_deg.total_cmp(&b.separation_deg))
            .then_with(|| a.source_name.cmp(&b.source_name))
    });
    let mut merged: Vec<UnifiedSource> = Vec::with_capacity(entries.len());
    // Those that others may be put under, by bands of declination as wide as the radius.
    let mut bands: HashMap<i64, Vec<usize>> = HashMap::new();
    for entry in entries {
        let band = band(entry.dec_deg, radius_deg);
        let near = (band - 1..=band + 1).filter_map(|band| bands.get(&band)).flatten();
        let nearest = near
            .filter(|index| merged[**index].catalogue != entry.catalogue)
            .map(|index| {
                let first = &merged[*index];
                let distance = separation(first.ra_deg, first.dec_deg, entry.ra_deg, entry.dec_deg);
                (distance, *index)
            })
            .filter(|(distance, _)| *distance <= radius_deg)
            .min_by(|(a, i), (b, j)| a.total_cmp(b).then(i.cmp(j)));
        if let Some((_, index)) = nearest {
            merged[index].matches.push(entry);
        } else {
            bands.entry(band).or_default().push(merged.len());
            merged.push(entry);
        }
    }
    merged
}

#[expect(clippy::cast_possible_truncation, reason = "a sphere has fewer bands than that")]
fn band(dec_deg: f64, width_deg: f64) -> i64 {
    (dec_deg / width_deg).floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogues::Catalogue;

    fn entry(catalogue: Catalogue, ra_deg: f64, dec_deg: f64, flux_jy: f64) -> UnifiedSource {
        UnifiedSource {
            source_name: format!("{catalogue} {ra_deg} {dec_deg}"),
            ra_deg,
            dec_deg,
            flux_jy: Some(flux_jy),
            catalogue,
            catalogue_id: None,
            flux_freq_ghz: None,
            separation_deg: 0.0,
            matches: Vec::new(),
        }
    }

    #[test]
    fn entries_go_under_the_first_catalogue() {
        use Catalogue::{First, Nvss, Racs, Vla};
        let arcsec = 1.0 / 3_600.0;
        let entries = vec![
            entry(Racs, 0.0, 10.0, 3.0),
            entry(First, 359.999_9, 10.0, 1.0),
            entry(First, 0.000_5, 10.0, 2.0),
            entry(Nvss, 0.0, 10.0 + arcsec, 4.0),
            entry(Nvss, 20.0, -5.0, 5.0),
            entry(Vla, 20.0, -5.0 + 3.0 * arcsec, 0.1),
            entry(First, 40.0, 0.0, 1.0),
            entry(First, 40.0, 2.0 * arcsec, 0.5),
        ];
        let merged = merge(entries, 4.0 * arcsec);
        let shown: Vec<_> = merged
            .iter()
            .map(|source| (source.catalogue, source.matches.iter().map(|m| m.catalogue).collect()))
            .collect::<Vec<(_, Vec<_>)>>();
        assert_eq!(
            shown,
            [(Vla, vec![Nvss]), (Nvss, vec![First, First, Racs]), (First, vec![]), (First, vec![]),]
        );
    }
}
