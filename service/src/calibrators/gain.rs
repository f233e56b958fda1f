//! Gain calibrators: the sources that calibrate the gains of a field.

use almanac_entity::{UnixTime, calibrators::gain_calibrator};
use gain_calibrator::Column::{FieldId, SourceName};
use sea_orm::{ActiveValue::Set, ConnectionTrait};

use super::bandpass::check_name;
use crate::{Filter, Order, Repository, Result, Writable};

/// A gain calibrator that is to be registered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewGainCalibrator {
    /// The field.
    pub field_id: String,
    /// The source.
    pub source_name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, Jy.
    pub flux_jy: Option<f64>,
    /// Catalogue it comes from.
    pub catalog_source: Option<String>,
    /// Its designation in that catalogue.
    pub catalog_id: Option<String>,
    /// File of the sky model it belongs to.
    pub skymodel_path: Option<String>,
    /// Remarks.
    pub notes: Option<String>,
}

impl<C: ConnectionTrait> Repository<'_, C, gain_calibrator::Entity> {
    /// The gain calibrators of a field, by name; without a field those of all, by field and name.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn gain_calibrators(
        &self,
        field_id: Option<&str>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<gain_calibrator::Model>> {
        let filter = field_id.map_or_else(Filter::default, |field| Filter::eq(FieldId, field));
        self.slice(&filter, &[Order::asc(FieldId), Order::asc(SourceName)], limit, offset).await
    }
}

impl<C: Writable> Repository<'_, C, gain_calibrator::Entity> {
    /// Registers a gain calibrator of a field. A source that the field has already keeps its id, when it
    /// was made, and what is not said.
    ///
    /// # Errors
    /// A value is out of range, a name is blank, or the engine fails.
    pub async fn register_gain_calibrator(
        &self,
        new: NewGainCalibrator,
        now: UnixTime,
    ) -> Result<gain_calibrator::Model> {
        check_name("field_id", &new.field_id)?;
        check_name("source_name", &new.source_name)?;
        super::check_position(new.ra_deg, new.dec_deg)?;
        super::check_flux("flux_jy", new.flux_jy)?;
        let same = Filter::eq(FieldId, new.field_id.as_str())
            .and(Filter::eq(SourceName, new.source_name.as_str()));
        let row = gain_calibrator::ActiveModel {
            field_id: Set(new.field_id),
            source_name: Set(new.source_name),
            ra_deg: Set(new.ra_deg),
            dec_deg: Set(new.dec_deg),
            flux_jy: Set(new.flux_jy),
            catalog_source: Set(new.catalog_source),
            catalog_id: Set(new.catalog_id),
            created_at: Set(now),
            skymodel_path: Set(new.skymodel_path),
            notes: Set(new.notes),
            ..Default::default()
        };
        let row = match self.slice(&same, &[], 1, 0).await?.pop() {
            None => row,
            Some(known) => {
                gain_calibrator::ActiveModel { created_at: Set(known.created_at), ..row }
            }
        };
        self.upsert(row, &[FieldId, SourceName]).await
    }
}
