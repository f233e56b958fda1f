//! Reference sources: which serve photometry, and what they had to meet.

use almanac_entity::{
    UnixTime,
    master_sources::{build_meta, source},
};
use sea_orm::ConnectionTrait;

use super::{CatalogView, ConeSearch, NearSource};
use crate::{Error, Filter, Repository, Result};

/// With fewer references nothing can be said of an image.
const ENOUGH: usize = 3;
/// Facts about a build that are read.
const FACTS: u64 = 1_000;

/// Which reference sources are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceSearch {
    /// Right ascension of the field's centre, degrees.
    pub ra_deg: f64,
    /// Declination of the field's centre, degrees.
    pub dec_deg: f64,
    /// How far from the centre, degrees.
    pub fov_deg: f64,
    /// The least signal-to-noise ratio in NVSS.
    pub min_snr: f64,
    /// How many at the most.
    pub max: usize,
    /// Whether only those that are neither resolved nor confused serve.
    pub compact: bool,
}

impl ReferenceSearch {
    /// What is usual: up to 20 compact sources of 50 times the noise within 1.5°.
    pub fn new(ra_deg: f64, dec_deg: f64) -> Self {
        Self { ra_deg, dec_deg, fov_deg: 1.5, min_snr: 50.0, max: 20, compact: true }
    }
}

/// What a source has to meet to be in the views of references.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceThresholds {
    /// The least signal-to-noise ratio of good references.
    pub good_snr_min: f64,
    /// The least spectral index of good references.
    pub alpha_min: f64,
    /// The greatest spectral index of good references.
    pub alpha_max: f64,
    /// The least signal-to-noise ratio of final references.
    pub final_snr_min: f64,
    /// Whether the catalogue says so itself; otherwise these are the usual ones.
    pub is_recorded: bool,
    /// When the catalogue was built, as it says.
    pub build_time_iso: Option<String>,
}

/// The thresholds of the views that a new database gets.
pub(super) const USUAL: [(&str, f64); 4] = [
    ("goodref_snr_min", 7.0),
    ("goodref_alpha_min", -1.5),
    ("goodref_alpha_max", 0.5),
    ("finalref_snr_min", 10.0),
];

impl<C: ConnectionTrait> Repository<'_, C, source::Entity> {
    /// The reference sources of a field, the highest signal-to-noise ratio first: final references, or
    /// where fewer than three meet what is asked, sources of the whole catalogue that do.
    ///
    /// # Errors
    /// An argument is out of range, or the engine fails.
    pub async fn references(&self, search: &ReferenceSearch) -> Result<Vec<NearSource>> {
        if !search.min_snr.is_finite() {
            let message = format!("{} is not a finite number", search.min_snr);
            return Err(Error::invalid("min_snr", message));
        }
        for view in [CatalogView::FinalReferences, CatalogView::Sources] {
            let cone = ConeSearch {
                ra_deg: search.ra_deg,
                dec_deg: search.dec_deg,
                radius_deg: search.fov_deg,
                view,
                min_flux_jy: None,
                limit: usize::MAX,
            };
            let mut found = self.cone(&cone).await?;
            found.retain(|near| is_reference(&near.source, search));
            found.truncate(search.max);
            if found.len() >= ENOUGH || view == CatalogView::Sources {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// What a source has to meet to be in the views of references, as the catalogue records it.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn thresholds(&self) -> Result<ReferenceThresholds> {
        let facts = self.on::<build_meta::Entity>();
        let facts = facts.slice(&Filter::default(), &[], FACTS, 0).await?;
        let fact = |key: &str| {
            let mut facts = facts.iter();
            facts.find(|fact| fact.key == key).and_then(|fact| fact.value.clone())
        };
        let recorded = USUAL.map(|(key, _)| fact(key)?.trim().parse::<f64>().ok());
        let [good_snr_min, alpha_min, alpha_max, final_snr_min] =
            std::array::from_fn(|index| recorded[index].unwrap_or(USUAL[index].1));
        Ok(ReferenceThresholds {
            good_snr_min,
            alpha_min,
            alpha_max,
            final_snr_min,
            is_recorded: recorded.iter().all(Option::is_some),
            build_time_iso: fact("build_time_iso"),
        })
    }
}

fn is_reference(source: &source::Model, search: &ReferenceSearch) -> bool {
    let is_compact = source.resolved_flag != Some(true) && source.confusion_flag != Some(true);
    source.snr_nvss.is_some_and(|snr| snr >= search.min_snr) && (is_compact || !search.compact)
}

/// An instant as the catalogue records it.
pub(super) fn iso(now: UnixTime) -> String {
    let time = now.date_time();
    time.map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}
