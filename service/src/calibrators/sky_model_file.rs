//! Sky models as files: what stands in them, where they may be, and how they are placed and removed.

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use almanac_entity::UnixTime;

use crate::{Error, Result};

/// Lines with a fault that are named; the others are only counted.
const NAMED_FAULTS: usize = 20;

/// A source of a sky model that is to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelSource {
    /// Its name; `UNKNOWN` unless said.
    pub name: Option<String>,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, Jy; 0 in the file where it is unknown.
    pub flux_jy: Option<f64>,
    /// Catalogue it comes from.
    pub catalog_source: Option<String>,
    /// Its designation in that catalogue.
    pub catalog_id: Option<String>,
}

impl ModelSource {
    /// Its name, whether it was given one or not.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or("UNKNOWN")
    }
}

/// A sky model as its file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SkyModelFile {
    /// Its sources, in their order.
    pub sources: Vec<FileSource>,
    /// The first lines that could not be read, each by its number.
    pub faults: Vec<String>,
    /// How many those are.
    pub fault_count: u64,
}

/// A source of a sky model as its file has it: blanks of its name are underscores there.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSource {
    /// Its name.
    pub name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, Jy.
    pub flux_jy: f64,
}

impl SkyModelFile {
    /// The sum of the flux densities, Jy.
    pub fn total_flux_jy(&self) -> f64 {
        self.sources.iter().map(|source| source.flux_jy).sum()
    }
}

/// The text of a sky model.
pub(super) fn render(
    field_id: &str,
    sources: &[ModelSource],
    notes: Option<&str>,
    now: UnixTime,
) -> String {
    let created = now.date_time().map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    let mut text = format!(
        "# Skymodel for field {field_id}\n# Format: name ra_deg dec_deg flux_jy\n# Created: {}\n",
        created.unwrap_or_default()
    );
    if let Some(notes) = notes.map(str::trim).filter(|notes| !notes.is_empty()) {
        let one_line: Vec<_> = notes.split(['\n', '\r']).collect();
        // Writing into a string cannot fail.
        let _ = writeln!(text, "# Notes: {}", one_line.join(" "));
    }
    text.push('\n');
    for source in sources {
        let name: Vec<_> = source.name().split_whitespace().collect();
        let _ = writeln!(
            text,
            "{} {:.10} {:.10} {:.10}",
            name.join("_"),
            source.ra_deg,
            source.dec_deg,
            source.flux_jy.unwrap_or(0.0)
        );
    }
    text
}

/// Reads the text of a sky model; comments and blank lines are passed over, and bad lines are named.
pub fn parse_sky_model(text: &str) -> SkyModelFile {
    let mut file = SkyModelFile::default();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match source(line) {
            Ok(source) => file.sources.push(source),
            Err(message) => {
                file.fault_count += 1;
                if file.faults.len() < NAMED_FAULTS {
                    file.faults.push(format!("line {}: {message}", index + 1));
                }
            }
        }
    }
    file
}

fn source(line: &str) -> std::result::Result<FileSource, String> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [name, ra, dec, flux] = words[..] else {
        return Err(format!("it has {} words instead of a name and three numbers", words.len()));
    };
    let number = |word: &str| {
        let number = word.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| format!("{word:?} is no number"))
    };
    let (ra_deg, dec_deg) = (number(ra)?, number(dec)?);
    if !(0.0..=360.0).contains(&ra_deg) || !(-90.0..=90.0).contains(&dec_deg) {
        return Err(format!("{ra}° and {dec}° are no position"));
    }
    Ok(FileSource { name: name.to_owned(), ra_deg, dec_deg, flux_jy: number(flux)? })
}

/// Checks that a field's name can be that of a file.
pub(super) fn check_field(field_id: &str) -> Result<()> {
    let refused = field_id.trim().is_empty()
        || field_id.len() > 200
        || field_id.starts_with('.')
        || field_id.contains("..")
        || field_id.chars().any(|c| matches!(c, '/' | '\\') || c.is_control());
    if refused {
        let message = "it is blank or too long, begins with a point, or has a slash or `..`";
        return Err(Error::invalid("field_id", message));
    }
    Ok(())
}

/// The file of a field's sky model: the usual one, or the one wished for, which must lie in the folder of
/// the sky models.
///
/// # Errors
/// The field's name cannot be that of a file, or the path leads out of the folder.
pub(super) fn place(folder: &Path, field_id: &str, wish: Option<&str>) -> Result<PathBuf> {
    check_field(field_id)?;
    match wish {
        None => Ok(folder.join(format!("{field_id}.skymodel"))),
        Some(path) => confined(folder, path),
    }
}

/// A path in the folder of the sky models.
///
/// # Errors
/// It leads out of the folder, or names no file.
pub(super) fn confined(folder: &Path, path: &str) -> Result<PathBuf> {
    crate::confined::confined(folder, path, "the folder of the sky models")
}

/// Reads the sky model at `path`, which must lie in the folder of the sky models.
///
/// # Errors
/// It leads out of the folder, there is no such file, or it is not text.
pub fn read_sky_model(folder: &Path, path: &str) -> Result<SkyModelFile> {
    let path = confined(folder, path)?;
    match fs::read_to_string(&path) {
        Ok(text) => Ok(parse_sky_model(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::not_found("file of this sky model"))
        }
        Err(error) => Err(Error::invalid("path", format!("the file cannot be read: {error}"))),
    }
}

/// A file that was placed or put aside together with rows of a database: it stays so once the rows are
/// committed ([`keep`](Self::keep)), and is undone when it is dropped before.
#[derive(Debug)]
#[must_use = "dropped, it is undone"]
pub struct FileChange {
    path: PathBuf,
    /// What was there before.
    aside: Option<PathBuf>,
    is_settled: bool,
}

impl FileChange {
    /// Writes a file, beside its place first. One that was there is put aside.
    pub(super) fn write(path: &Path, text: &str) -> Result<Self> {
        let unwritable =
            |error: io::Error| Error::invalid("path", format!("it cannot be written: {error}"));
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder).map_err(unwritable)?;
        let unfinished = beside(path, "new");
        let aside = path.is_file().then(|| beside(path, "old"));
        let written = fs::write(&unfinished, text)
            .and_then(|()| aside.as_ref().map_or(Ok(()), |aside| fs::hard_link(path, aside)))
            .and_then(|()| fs::rename(&unfinished, path));
        match written {
            Ok(()) => Ok(Self { path: path.to_owned(), aside, is_settled: false }),
            Err(error) => {
                // Whichever of them is there.
                let _ = fs::remove_file(&unfinished);
                let _ = aside.map(fs::remove_file);
                Err(unwritable(error))
            }
        }
    }

    /// Removes a file, by putting it aside first; none where there is no file.
    pub(super) fn remove(path: &Path) -> Result<Option<Self>> {
        if !path.is_file() {
            return Ok(None);
        }
        let aside = beside(path, "old");
        fs::rename(path, &aside)
            .map_err(|error| Error::invalid("path", format!("it cannot be removed: {error}")))?;
        Ok(Some(Self { path: path.to_owned(), aside: Some(aside), is_settled: false }))
    }

    /// Makes it last.
    pub fn keep(mut self) {
        self.is_settled = true;
        if let Some(aside) = &self.aside {
            log_failure(fs::remove_file(aside), aside);
        }
    }
}

impl Drop for FileChange {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        let undone = match &self.aside {
            Some(aside) => fs::rename(aside, &self.path),
            None => fs::remove_file(&self.path),
        };
        log_failure(undone, &self.path);
    }
}

fn log_failure(outcome: io::Result<()>, path: &Path) {
    if let Err(error) = outcome {
        tracing::warn!(%error, path = %path.display(), "a file stays behind");
    }
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.{what}", uuid::Uuid::now_v7().simple()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, ra_deg: f64, flux_jy: Option<f64>) -> ModelSource {
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        ModelSource { name, ra_deg, dec_deg: -1.5, flux_jy, ..ModelSource::default() }
    }

    #[test]
    fn a_file_reads_back() {
        let sources =
            [source("NVSS J133108.3+303033", 202.784_5, Some(14.9)), source("", 0.1, None)];
        let text = render("field_1", &sources, Some("two\nlines"), UnixTime(1_735_689_600.0));
        assert_eq!(
            text,
            "# Skymodel for field field_1\n\
             # Format: name ra_deg dec_deg flux_jy\n\
             # Created: 2025-01-01T00:00:00Z\n\
             # Notes: two lines\n\
             \n\
             NVSS_J133108.3+303033 202.7845000000 -1.5000000000 14.9000000000\n\
             UNKNOWN 0.1000000000 -1.5000000000 0.0000000000\n"
        );
        let file = parse_sky_model(&format!("{text}short 1 2\nfar 400 0 1\n"));
        assert_eq!((file.sources.len(), file.fault_count), (2, 2));
        assert!(file.faults[0].starts_with("line 8: "), "{:?}", file.faults);
        assert!((file.total_flux_jy() - 14.9).abs() < 1e-12);
    }

    #[test]
    fn a_field_names_a_file_of_the_folder() {
        let folder = Path::new("/nowhere/skymodels");
        assert_eq!(place(folder, "f1", None).unwrap(), folder.join("f1.skymodel"));
        for bad in ["", " ", "a/b", "..", "a..b", "a\\b", "a\nb", ".a"] {
            assert!(place(folder, bad, None).is_err(), "{bad}");
        }
    }
}
