//! Which file serves a search, and the files that are open.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use almanac_database::Places;
use tokio::sync::Mutex;

use super::{
    Catalogue,
    file::{CatalogueFile, STRIP_HALF_WIDTH_DEG, Stamp},
};
use crate::{Error, Result, sky::Cone};

/// Files that stay open.
const OPEN_FILES: usize = 16;

/// Catalogue files, the last used of which stay open.
#[derive(Debug)]
pub(crate) struct CatalogueFiles {
    places: Option<Places>,
    /// The last used one last.
    open: Mutex<Vec<(Stamp, Arc<CatalogueFile>)>>,
}

impl CatalogueFiles {
    pub(crate) fn new(places: Option<Places>) -> Self {
        Self { places, open: Mutex::default() }
    }

    pub(crate) fn places(&self) -> Result<&Places> {
        self.places.as_ref().ok_or_else(|| Error::not_found("state directory of these sessions"))
    }

    /// Closes every file.
    pub(crate) async fn reset(&self) {
        for (_, file) in self.open.lock().await.drain(..) {
            // Whoever still reads it keeps it until they are done.
            if let Some(file) = Arc::into_inner(file)
                && let Err(error) = file.connection.close().await
            {
                tracing::warn!(%error, "a catalogue file did not close cleanly");
            }
        }
    }

    /// The file at `path`, open for reading. One that was replaced is opened anew.
    pub(crate) async fn file(&self, path: &Path) -> Result<Arc<CatalogueFile>> {
        let stamp = Stamp::of(path).ok_or_else(|| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Error::not_found(format!("catalogue file {name}"))
        })?;
        let mut open = self.open.lock().await;
        if let Some(index) = open.iter().position(|(_, file)| file.path() == path) {
            let (known, file) = open.remove(index);
            if known == stamp {
                open.push((known, file.clone()));
                return Ok(file);
            }
        }
        let file = Arc::new(CatalogueFile::open(path).await?);
        if open.len() >= OPEN_FILES {
            open.remove(0);
        }
        open.push((stamp, file.clone()));
        Ok(file)
    }

    /// The file to search `cone` in: the one of the survey's variable, else the strip named after the
    /// declination nearest to `dec_strip` that holds what the survey has of the cone, else the file of the
    /// whole sky.
    ///
    /// # Errors
    /// There is no such file; the error says what to build.
    pub(crate) async fn choose(
        &self,
        catalogue: Catalogue,
        cone: &Cone,
        dec_strip: f64,
    ) -> Result<Arc<CatalogueFile>> {
        let places = self.places()?;
        if let Some(path) = places.catalogue_file(catalogue.key()) {
            return self.file(path).await;
        }
        let (south, north) = needed(catalogue, cone);
        for (named, path) in strips(places.catalogues(), catalogue, dec_strip) {
            let file = match self.file(&path).await {
                Ok(file) => file,
                Err(error) => {
                    let path = path.display();
                    tracing::warn!(%error, %path, "a catalogue file is passed over");
                    continue;
                }
            };
            let (first, last) = file.dec_range(named);
            if first <= south && last >= north {
                return Ok(file);
            }
        }
        for path in whole_sky(places.catalogues(), catalogue) {
            if path.is_file() {
                return self.file(&path).await;
            }
        }
        Err(Error::not_found(format!(
            "{catalogue} catalogue of the declinations {south:.2}° to {north:.2}°; `almanac catalog build {} FILE.csv --dec {dec_strip:.1}` makes one",
            catalogue.key(),
        )))
    }

    /// Every catalogue file there is, with its catalogue, by name.
    pub(crate) fn list(&self) -> Result<Vec<(Catalogue, PathBuf)>> {
        let places = self.places()?;
        let mut files = Vec::new();
        for catalogue in Catalogue::ALL {
            let of_variable = places.catalogue_file(catalogue.key()).map(Path::to_owned);
            let strips = strips_by_name(places.catalogues(), catalogue);
            let whole = whole_sky(places.catalogues(), catalogue);
            let all = of_variable.into_iter().chain(strips.into_iter().map(|(_, path)| path));
            let there = all.chain(whole).filter(|path| path.is_file());
            files.extend(there.map(|path| (catalogue, path)));
        }
        files.sort();
        files.dedup();
        Ok(files)
    }
}

/// The declinations of `cone` that the survey covers.
fn needed(catalogue: Catalogue, cone: &Cone) -> (f64, f64) {
    let (south, north) = dec_extent(cone);
    catalogue
        .survey()
        .map_or((south, north), |survey| (south.max(survey.dec_min), north.min(survey.dec_max)))
}

/// The declinations of `cone`.
pub(crate) fn dec_extent(cone: &Cone) -> (f64, f64) {
    let (dec, radius) = (cone.dec_deg(), cone.radius_deg());
    ((dec - radius).max(-90.0), (dec + radius).min(90.0))
}

/// The name of a survey's strip around `dec`, such as `nvss_dec+54.6.sqlite3`.
pub fn strip_name(catalogue: Catalogue, dec: f64) -> String {
    // Rounded first, so that there is no strip of -0.0.
    let tenths = (dec * 10.0).round() / 10.0 + 0.0;
    format!("{}_dec{tenths:+.1}.sqlite3", catalogue.key())
}

/// The strips that can hold a search at `dec`, the nearest first, with the declinations they are named
/// after.
fn strips(folder: &Path, catalogue: Catalogue, dec: f64) -> Vec<(f64, PathBuf)> {
    let mut strips = strips_by_name(folder, catalogue);
    strips.retain(|(named, _)| (named - dec).abs() <= STRIP_HALF_WIDTH_DEG);
    strips.sort_by(|(a, _), (b, _)| (a - dec).abs().total_cmp(&(b - dec).abs()));
    strips
}

fn strips_by_name(folder: &Path, catalogue: Catalogue) -> Vec<(f64, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut strips: Vec<(f64, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let stem = name.strip_suffix(".sqlite3")?;
            let (key, dec) = stem.split_once("_dec")?;
            let dec: f64 = dec.parse().ok()?;
            let is_ours = catalogue.keys().contains(&key) && (-90.0..=90.0).contains(&dec);
            is_ours.then(|| (dec, entry.path()))
        })
        .collect();
    strips.sort_by(|(_, a), (_, b)| a.cmp(b));
    strips
}

fn whole_sky(folder: &Path, catalogue: Catalogue) -> Vec<PathBuf> {
    let names: Vec<String> = match catalogue {
        Catalogue::Vla => vec!["vla_calibrators.sqlite3".to_owned()],
        Catalogue::Atnf => vec!["atnf_pulsars.sqlite3".to_owned()],
        Catalogue::Master => Vec::new(),
        _ => catalogue.keys().iter().map(|key| format!("{key}_full.sqlite3")).collect(),
    };
    names.into_iter().map(|name| folder.join(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_are_named_to_a_tenth_of_a_degree() {
        assert_eq!(strip_name(Catalogue::Nvss, 54.57), "nvss_dec+54.6.sqlite3");
        assert_eq!(strip_name(Catalogue::Racs, -18.0), "racs_dec-18.0.sqlite3");
        assert_eq!(strip_name(Catalogue::First, -0.01), "first_dec+0.0.sqlite3");
    }
}
