//! Bandpass calibrators: which is used at which declination, and what they once were.

use almanac_entity::{
    UnixTime,
    calibrators::{
        CalibratorHistoryOrigin, CalibratorStatus, bandpass_calibrator, bandpass_calibrator_history,
    },
};
use bandpass_calibrator::Column::{CalibratorName, DecRangeMax, DecRangeMin, RegisteredAt, Status};
use sea_orm::{ActiveValue::Set, ConnectionTrait};

use super::Registration;
use crate::{Comparison, Error, Filter, Order, Repository, Result, Writable};

/// Calibrators that one call lists at the most.
const LISTED: u64 = 10_000;

/// A bandpass calibrator that is to be registered.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBandpassCalibrator {
    /// Its name.
    pub calibrator_name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Lowest declination for which it is used, degrees; open unless said.
    pub dec_range_min: Option<f64>,
    /// Highest declination for which it is used, degrees; open unless said.
    pub dec_range_max: Option<f64>,
    /// Catalogue it comes from.
    pub source_catalog: Option<String>,
    /// Flux density, Jy.
    pub flux_jy: Option<f64>,
    /// Who or what registers it.
    pub registered_by: Option<String>,
    /// Whether it is in use.
    pub status: CalibratorStatus,
    /// Remarks.
    pub notes: Option<String>,
}

impl NewBandpassCalibrator {
    /// A calibrator in use at every declination.
    pub fn new(calibrator_name: impl Into<String>, ra_deg: f64, dec_deg: f64) -> Self {
        Self {
            calibrator_name: calibrator_name.into(),
            ra_deg,
            dec_deg,
            dec_range_min: None,
            dec_range_max: None,
            source_catalog: None,
            flux_jy: None,
            registered_by: None,
            status: CalibratorStatus::Active,
            notes: None,
        }
    }

    fn check(&self) -> Result<()> {
        check_name("calibrator_name", &self.calibrator_name)?;
        super::check_position(self.ra_deg, self.dec_deg)?;
        super::check_flux("flux_jy", self.flux_jy)?;
        let bounds = [("dec_range_min", self.dec_range_min), ("dec_range_max", self.dec_range_max)];
        for (argument, bound) in bounds {
            if let Some(dec) = bound.filter(|dec| !(-90.0..=90.0).contains(dec)) {
                return Err(Error::invalid(argument, format!("{dec}° is not in [-90, 90]")));
            }
        }
        if let (Some(min), Some(max)) = (self.dec_range_min, self.dec_range_max)
            && min > max
        {
            let message = format!("{min}° lies above dec_range_max, which is {max}°");
            return Err(Error::invalid("dec_range_min", message));
        }
        Ok(())
    }
}

/// A calibrator that took the place of others.
#[derive(Clone, Debug, PartialEq)]
pub struct Superseded {
    /// The calibrator, in use now.
    pub calibrator: bandpass_calibrator::Model,
    /// Those it took the place of, which are not in use any more, by name.
    pub replaced: Vec<bandpass_calibrator::Model>,
}

impl<C: ConnectionTrait> Repository<'_, C, bandpass_calibrator::Entity> {
    /// The calibrators used at a declination (or anywhere) with a status (or any), by name. Both ends of
    /// a range belong to it, and an end that is null is open.
    ///
    /// # Errors
    /// `dec_deg` is out of range, or the engine fails.
    pub async fn bandpass_calibrators(
        &self,
        dec_deg: Option<f64>,
        status: Option<&CalibratorStatus>,
    ) -> Result<Vec<bandpass_calibrator::Model>> {
        let mut filter = status.map_or_else(Filter::default, with_status);
        if let Some(dec) = dec_deg {
            filter = filter.and(overlaps(dec, dec)?);
        }
        self.slice(&filter, &[Order::asc(CalibratorName)], LISTED, 0).await
    }

    /// The calibrator of a name, whatever its status.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn bandpass_calibrator(
        &self,
        name: &str,
    ) -> Result<Option<bandpass_calibrator::Model>> {
        Ok(self.slice(&Filter::eq(CalibratorName, name), &[], 1, 0).await?.pop())
    }

    /// The calibrator in use for a declination: of several the one registered last, then the first by name.
    ///
    /// # Errors
    /// `dec_deg` is out of range, or the engine fails.
    pub async fn bandpass_calibrator_at(
        &self,
        dec_deg: f64,
    ) -> Result<Option<bandpass_calibrator::Model>> {
        let filter = with_status(&CalibratorStatus::Active).and(overlaps(dec_deg, dec_deg)?);
        let order = [Order::desc(RegisteredAt), Order::asc(CalibratorName)];
        Ok(self.slice(&filter, &order, 1, 0).await?.pop())
    }

    /// What the calibrator of a name once was, archived last first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn bandpass_calibrator_history(
        &self,
        name: &str,
        limit: u64,
    ) -> Result<Vec<bandpass_calibrator_history::Model>> {
        use bandpass_calibrator_history::Column::{ArchivedAt, CalibratorName};
        let past = self.on::<bandpass_calibrator_history::Entity>();
        past.slice(&Filter::eq(CalibratorName, name), &[Order::desc(ArchivedAt)], limit, 0).await
    }
}

impl<C: Writable> Repository<'_, C, bandpass_calibrator::Entity> {
    /// Registers a calibrator, or registers it anew: it keeps its id, and what it was goes into the
    /// history. The statements belong in one transaction.
    ///
    /// # Errors
    /// A value is out of range, `dec_range_min` lies above `dec_range_max`, or the engine fails.
    pub async fn register_bandpass_calibrator(
        &self,
        new: NewBandpassCalibrator,
        now: UnixTime,
    ) -> Result<bandpass_calibrator::Model> {
        new.check()?;
        let before = self.locked(&new.calibrator_name).await?;
        let row = bandpass_calibrator::ActiveModel {
            calibrator_name: Set(new.calibrator_name),
            ra_deg: Set(new.ra_deg),
            dec_deg: Set(new.dec_deg),
            dec_range_min: Set(new.dec_range_min),
            dec_range_max: Set(new.dec_range_max),
            source_catalog: Set(new.source_catalog),
            flux_jy: Set(new.flux_jy),
            registered_at: Set(now),
            registered_by: Set(new.registered_by.clone()),
            status: Set(Some(new.status)),
            notes: Set(new.notes),
            ..Default::default()
        };
        let Some(before) = before else { return self.insert(row).await };
        let id = before.id;
        self.archive(before, CalibratorHistoryOrigin::Update, now, new.registered_by).await?;
        self.update(bandpass_calibrator::ActiveModel { id: Set(id), ..row }).await
    }

    /// Registers a calibrator for the declinations up to `tolerance_deg` around its own, and takes every
    /// other one out of use whose range meets these. The statements belong in one transaction.
    ///
    /// # Errors
    /// A value is out of range, or the engine fails.
    pub async fn supersede_bandpass_calibrator(
        &self,
        new: NewBandpassCalibrator,
        tolerance_deg: f64,
        now: UnixTime,
    ) -> Result<Superseded> {
        if !(0.0..=180.0).contains(&tolerance_deg) {
            let message = format!("{tolerance_deg}° is not from 0 to 180");
            return Err(Error::invalid("tolerance_deg", message));
        }
        let min = (new.dec_deg - tolerance_deg).max(-90.0);
        let max = (new.dec_deg + tolerance_deg).min(90.0);
        let new = NewBandpassCalibrator {
            dec_range_min: Some(min),
            dec_range_max: Some(max),
            status: CalibratorStatus::Active,
            ..new
        };
        new.check()?;
        let others = with_status(&CalibratorStatus::Active).and(overlaps(min, max)?).and(
            Filter::Compare(CalibratorName, Comparison::Ne, new.calibrator_name.as_str().into()),
        );
        let others = self.claim(&others, &[Order::asc(CalibratorName)], LISTED).await?;
        let mut replaced = Vec::with_capacity(others.len());
        for other in others {
            let id = other.id;
            let by = new.registered_by.clone();
            self.archive(other, CalibratorHistoryOrigin::Supersede, now, by).await?;
            replaced.push(self.put_status(id, CalibratorStatus::Inactive).await?);
        }
        let calibrator = self.register_bandpass_calibrator(new, now).await?;
        Ok(Superseded { calibrator, replaced })
    }

    /// Puts a calibrator into use or out of it; what it was goes into the history. A status that it has
    /// already changes nothing.
    ///
    /// # Errors
    /// `status` is none of the vocabulary, there is no such calibrator, or the engine fails.
    pub async fn set_bandpass_calibrator_status(
        &self,
        name: &str,
        status: CalibratorStatus,
        by: Option<String>,
        now: UnixTime,
    ) -> Result<bandpass_calibrator::Model> {
        if let CalibratorStatus::Other(word) = &status {
            let message = format!("{word:?} is none of active, inactive, deprecated");
            return Err(Error::invalid("status", message));
        }
        let before = self.locked(name).await?;
        let before =
            before.ok_or_else(|| Error::not_found(format!("bandpass calibrator {name:?}")))?;
        if before.status.as_ref() == Some(&status) {
            return Ok(before);
        }
        let id = before.id;
        self.archive(before, CalibratorHistoryOrigin::Status, now, by).await?;
        self.put_status(id, status).await
    }

    async fn locked(&self, name: &str) -> Result<Option<bandpass_calibrator::Model>> {
        match self.bandpass_calibrator(name).await? {
            None => Ok(None),
            Some(known) => self.lock(known.id).await,
        }
    }

    async fn put_status(
        &self,
        id: i64,
        status: CalibratorStatus,
    ) -> Result<bandpass_calibrator::Model> {
        self.update(bandpass_calibrator::ActiveModel {
            id: Set(id),
            status: Set(Some(status)),
            ..Default::default()
        })
        .await
    }

    /// Puts what a calibrator was into the history.
    pub(super) async fn archive(
        &self,
        past: bandpass_calibrator::Model,
        origin: CalibratorHistoryOrigin,
        now: UnixTime,
        by: Option<String>,
    ) -> Result<()> {
        let row = bandpass_calibrator_history::ActiveModel {
            origin: Set(origin),
            origin_id: Set(None),
            archived_at: Set(now),
            archived_by: Set(by),
            ..Registration::from(past).into()
        };
        self.on::<bandpass_calibrator_history::Entity>().insert(row).await?;
        Ok(())
    }
}

fn with_status(status: &CalibratorStatus) -> Filter<bandpass_calibrator::Entity> {
    Filter::eq(Status, status.clone())
}

/// Calibrators whose range meets the declinations from `min` to `max`.
fn overlaps(min: f64, max: f64) -> Result<Filter<bandpass_calibrator::Entity>> {
    if !(-90.0..=90.0).contains(&min) {
        return Err(Error::invalid("dec_deg", format!("{min}° is not in [-90, 90]")));
    }
    let open_or = |column, comparison, dec: f64| {
        Filter::Any(vec![
            Filter::Null(column, true),
            Filter::Compare(column, comparison, dec.into()),
        ])
    };
    Ok(open_or(DecRangeMin, Comparison::Lte, max).and(open_or(DecRangeMax, Comparison::Gte, min)))
}

pub(super) fn check_name(argument: &str, name: &str) -> Result<()> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(Error::invalid(argument, "it is blank, or has a line break"));
    }
    Ok(())
}
