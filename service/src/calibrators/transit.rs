//! When calibrators cross the meridian, and which observation groups caught them.

use std::collections::HashMap;

use almanac_entity::{
    Database, UnixTime,
    calibrators::{CalibratorStatus, bandpass_calibrator},
    hdf5::hdf5_file,
    products::calibrator_transit,
};
use calibrator_transit::Column::{CalibratorName, HasData, TransitMjd};
use sea_orm::{ActiveModelTrait, ConnectionTrait, IntoActiveModel};

use super::sidereal::{transits, turned_deg};
use crate::{
    Comparison, Error, Filter, Order, Repository, Result, Work, Writable, sky::separation,
};

/// Longitude of the telescope, degrees, east.
pub const TELESCOPE_LONGITUDE_DEG: f64 = -118.2817;
/// Days for which transits are kept up to date.
pub const TRANSIT_DAYS: f64 = 60.0;
/// Days that one call computes at the most.
const MAX_DAYS: f64 = 400.0;
/// A group this near to a transit can have caught it, minutes.
const NEAR_MINUTES: f64 = 30.0;
/// A group that points this near to a calibrator's declination looks at it, degrees.
const NEAR_DEC_DEG: f64 = 2.5;
/// Less of the primary beam than this holds no data of use.
const LEAST_RESPONSE: f64 = 0.3;
/// Duration of an observation group, seconds.
const GROUP_SECONDS: f64 = 309.0;
/// Diameter of a dish, metres, and the wavelength that it is held against.
const DISH_M: f64 = 4.65;
const WAVELENGTH_M: f64 = 0.299_792_458 / super::TELESCOPE_FREQ_GHZ;
const MINUTES_OF_A_DAY: f64 = 1_440.0;
const SECONDS_OF_A_DAY: f64 = 86_400.0;
/// Groups that one call looks at.
const GROUPS: u64 = 1_000_000;

/// An observation group and where it pointed.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedGroup {
    /// The group.
    pub group_id: String,
    /// Middle of its observation, MJD.
    pub mid_mjd: f64,
    /// Declination it pointed at, degrees.
    pub dec_deg: f64,
}

/// What became of the transits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransitReport {
    /// Calibrators whose transits were computed.
    pub calibrators: u64,
    /// Transits of them within the time.
    pub transits: u64,
    /// Those that were not known.
    pub inserted: u64,
    /// Those that a group caught.
    pub with_data: u64,
    /// Those that were known of a position that the calibrator has no more, and are gone.
    pub removed: u64,
}

/// Computes the transits of `calibrators`, or of all in use, in the last `days` of `work`, from the groups
/// that the index of raw files has.
///
/// # Errors
/// As [`recompute_transits`](Repository::recompute_transits), or a database cannot be read.
pub async fn recompute_transits(
    work: &Work,
    calibrators: Option<Vec<bandpass_calibrator::Model>>,
    days: f64,
) -> Result<TransitReport> {
    let calibrators = match calibrators {
        Some(calibrators) => calibrators,
        None => {
            let reader = work.sessions().reader(Database::Calibrators).await?;
            let table = Repository::<_, bandpass_calibrator::Entity>::new(&reader);
            table.bandpass_calibrators(None, Some(&CalibratorStatus::Active)).await?
        }
    };
    check_days(days)?;
    let reader = work.sessions().reader(Database::Hdf5).await?;
    let margin = 1.0;
    let (first, last) = (work.now().mjd() - days - margin, work.now().mjd() + margin);
    let files = Repository::<_, hdf5_file::Entity>::new(&reader);
    let groups = files.observed_groups(first, last).await?;
    let transits = work.table::<calibrator_transit::Entity>().await?;
    transits.recompute_transits(&calibrators, &groups, days, work.now()).await
}

fn check_days(days: f64) -> Result<()> {
    if days > 0.0 && days <= MAX_DAYS {
        return Ok(());
    }
    Err(Error::invalid("days", format!("{days} is not above 0 and at most {MAX_DAYS}")))
}

impl<C: ConnectionTrait> Repository<'_, C, hdf5_file::Entity> {
    /// The groups observed between two times, MJD, with where they pointed, in the order of time.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn observed_groups(&self, from_mjd: f64, to_mjd: f64) -> Result<Vec<ObservedGroup>> {
        use hdf5_file::Column::{DecDeg, GroupId, SubbandNum, TimestampMjd};
        let filter = Filter::eq(SubbandNum, 0)
            .and(Filter::Null(DecDeg, false))
            .and(Filter::Compare(TimestampMjd, Comparison::Gte, from_mjd.into()))
            .and(Filter::Compare(TimestampMjd, Comparison::Lte, to_mjd.into()));
        let order = [Order::asc(TimestampMjd), Order::asc(GroupId)];
        let files = self.slice(&filter, &order, GROUPS, 0).await?;
        let group = |file: hdf5_file::Model| {
            Some(ObservedGroup {
                group_id: file.group_id,
                mid_mjd: file.timestamp_mjd + GROUP_SECONDS / 2.0 / SECONDS_OF_A_DAY,
                dec_deg: file.dec_deg?,
            })
        };
        Ok(files.into_iter().filter_map(group).collect())
    }
}

impl<C: ConnectionTrait> Repository<'_, C, calibrator_transit::Entity> {
    /// The transits of a calibrator, or of all; only those with data or without, if said; the last first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn transits(
        &self,
        name: Option<&str>,
        has_data: Option<bool>,
        limit: u64,
    ) -> Result<Vec<calibrator_transit::Model>> {
        let mut filter = name.map_or_else(Filter::default, |name| Filter::eq(CalibratorName, name));
        if let Some(has_data) = has_data {
            filter = filter.and(Filter::eq(HasData, has_data));
        }
        self.slice(&filter, &[Order::desc(TransitMjd)], limit, 0).await
    }
}

impl<C: Writable> Repository<'_, C, calibrator_transit::Entity> {
    /// Computes the transits of `calibrators` in the last `days` before `now`, and finds for each the
    /// nearest of `groups` that looked at it. A transit that is known keeps when it was computed first.
    /// The statements belong in one transaction.
    ///
    /// # Errors
    /// `days` is out of range, or the engine fails.
    pub async fn recompute_transits(
        &self,
        calibrators: &[bandpass_calibrator::Model],
        groups: &[ObservedGroup],
        days: f64,
        now: UnixTime,
    ) -> Result<TransitReport> {
        check_days(days)?;
        let (first, last) = (now.mjd() - days, now.mjd());
        let mut groups = groups.to_vec();
        groups.sort_by(|a, b| a.mid_mjd.total_cmp(&b.mid_mjd));
        let mut report =
            TransitReport { calibrators: calibrators.len() as u64, ..TransitReport::default() };
        let mut new = Vec::new();
        for calibrator in calibrators {
            let of_calibrator = Filter::eq(CalibratorName, calibrator.calibrator_name.as_str())
                .and(Filter::Compare(TransitMjd, Comparison::Gte, first.into()))
                .and(Filter::Compare(TransitMjd, Comparison::Lte, last.into()));
            let known = self.slice(&of_calibrator, &[], GROUPS, 0).await?;
            let mut known: HashMap<u64, calibrator_transit::Model> =
                known.into_iter().map(|row| (row.transit_mjd.to_bits(), row)).collect();
            let position = (calibrator.ra_deg, calibrator.dec_deg);
            for mjd in transits(position, TELESCOPE_LONGITUDE_DEG, first, last) {
                let row = transit(calibrator, mjd, &groups, now);
                report.transits += 1;
                report.with_data += u64::from(row.has_data);
                match known.remove(&mjd.to_bits()) {
                    None => new.push(row),
                    Some(before) => {
                        let row = calibrator_transit::Model {
                            calculated_at: before.calculated_at,
                            ..row
                        };
                        self.update(row.into_active_model().reset_all()).await?;
                    }
                }
            }
            for gone in known.into_values() {
                let key = (gone.calibrator_name, gone.transit_mjd);
                report.removed += u64::from(self.delete(key).await?);
            }
        }
        let rows = new.into_iter().map(|row| row.into_active_model().reset_all());
        report.inserted = self.insert_many(rows).await? as u64;
        Ok(report)
    }
}

fn transit(
    calibrator: &bandpass_calibrator::Model,
    mjd: f64,
    groups: &[ObservedGroup],
    now: UnixTime,
) -> calibrator_transit::Model {
    let minutes = |group: &ObservedGroup| (group.mid_mjd - mjd) * MINUTES_OF_A_DAY;
    let reach = NEAR_MINUTES / MINUTES_OF_A_DAY;
    let from = groups.partition_point(|group| group.mid_mjd < mjd - reach);
    let near = groups[from..].iter().take_while(|group| group.mid_mjd <= mjd + reach);
    let is_at_dec =
        |group: &&ObservedGroup| (group.dec_deg - calibrator.dec_deg).abs() <= NEAR_DEC_DEG;
    let group = near.filter(is_at_dec).min_by(|a, b| {
        minutes(a).abs().total_cmp(&minutes(b).abs()).then_with(|| a.group_id.cmp(&b.group_id))
    });
    let pb_response = group.map(|group| {
        // The group looks at the meridian: what is off it is off by its hour angle.
        let off = turned_deg(group.mid_mjd - mjd);
        primary_beam(separation(off.rem_euclid(360.0), calibrator.dec_deg, 0.0, group.dec_deg))
    });
    calibrator_transit::Model {
        calibrator_name: calibrator.calibrator_name.clone(),
        transit_mjd: mjd,
        transit_iso: iso(mjd),
        has_data: pb_response.is_some_and(|response| response >= LEAST_RESPONSE),
        group_id: group.map(|group| group.group_id.clone()),
        group_mid_iso: group.map(|group| iso(group.mid_mjd)),
        delta_minutes: group.map(minutes),
        pb_response,
        dec_match: group.is_some(),
        calculated_at: now,
        updated_at: now,
    }
}

fn iso(mjd: f64) -> String {
    let time = UnixTime::from_mjd(mjd).date_time();
    time.map(|time| time.format("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default()
}

/// The part of a source's power that the telescope takes in so far off its axis, from 0 to 1: the Airy
/// pattern of one dish.
pub fn primary_beam(off_axis_deg: f64) -> f64 {
    if off_axis_deg.abs() >= 90.0 {
        return 0.0;
    }
    let x = std::f64::consts::PI * DISH_M / WAVELENGTH_M * off_axis_deg.to_radians().sin();
    if x.abs() < 1e-6 { 1.0 } else { (2.0 * bessel_j1(x) / x).powi(2) }
}

/// The Bessel function of the first kind and order: the integral over half a turn of cos(t − x sin t) / π,
/// which the trapezoidal rule gives to the last digits, its integrand being periodic.
fn bessel_j1(x: f64) -> f64 {
    const STEPS: u32 = 256;
    let step = std::f64::consts::TAU / f64::from(STEPS);
    let sum: f64 = (0..STEPS)
        .map(|index| {
            let t = f64::from(index) * step;
            (t - x * t.sin()).cos()
        })
        .sum();
    sum / f64::from(STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beam_is_that_of_a_round_aperture() {
        assert!((bessel_j1(1.0) - 0.440_050_585_744_933_5).abs() < 1e-14);
        assert!((bessel_j1(10.0) - 0.043_472_746_168_861_44).abs() < 1e-13);
        assert!((primary_beam(0.0) - 1.0).abs() < 1e-12);
        // Half the power at 1.0290 λ/D across, nothing at 1.2197 λ/D from the axis.
        let half = (1.028_993_969_962_188 / 2.0 * WAVELENGTH_M / DISH_M).asin().to_degrees();
        assert!((primary_beam(half) - 0.5).abs() < 1e-6, "{}", primary_beam(half));
        let null = (1.219_669_891_266_504_5 * WAVELENGTH_M / DISH_M).asin().to_degrees();
        assert!(primary_beam(null) < 1e-12);
    }
}
