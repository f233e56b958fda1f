//! The VLA calibrator list as rows.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
};

use almanac_database::Places;
use almanac_entity::{
    UnixTime,
    calibrators::{VlaQualityCode, bandpass_calibrator, vla_calibrator, vla_flux},
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, Value};

use super::{
    flux::{FluxAt, FluxPoint, TELESCOPE_FREQ_GHZ, flux_at},
    vla_list::{Band, VlaEntry, VlaFault, parse_vla_list},
};
use crate::{Error, Filter, Repository, Result, Writable, confined::confined, sky::separation};

/// Entries of one name that lie no further apart than this are one source, degrees.
const SAME_PLACE_DEG: f64 = 5.0 / 3_600.0;
/// The configuration whose baselines are those of the telescope: C.
const CONFIGURATION: usize = 2;
/// The largest list that is read, bytes.
pub const MAX_LIST_BYTES: u64 = 16 << 20;
/// Flux densities that are read at once; a calibrator has a band's each.
const FLUXES: u64 = 1_000_000;
/// Values in one `IN` list.
const LIST: usize = 900;

/// What became of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VlaImport {
    /// Entries that were read.
    pub entries: u64,
    /// Calibrators that are new.
    pub inserted: u64,
    /// Calibrators that were known and have changed.
    pub updated: u64,
    /// Calibrators that were known as they are.
    pub unchanged: u64,
    /// Flux densities that are new.
    pub fluxes_inserted: u64,
    /// Flux densities that were known and have changed.
    pub fluxes_updated: u64,
    /// Flux densities that were known as they are.
    pub fluxes_unchanged: u64,
    /// Bands for which the list has a question mark, nothing or zero.
    pub fluxes_unknown: u64,
    /// Lines that could not be read.
    pub faults: Vec<VlaFault>,
    /// Entries whose name had occurred before, by their lines, and what became of them.
    pub notices: Vec<VlaFault>,
}

/// A calibrator of the list: one entry, or several of one source.
#[derive(Clone, Debug)]
struct Listed {
    ra_deg: f64,
    dec_deg: f64,
    fluxes: BTreeMap<Band, f64>,
    code_20_cm: Option<VlaQualityCode>,
    notes: String,
}

impl<C: Writable> Repository<'_, C, vla_calibrator::Entity> {
    /// Takes over the VLA calibrator list, in the layout in which NRAO publishes it. What is known keeps
    /// its id and its time of registration, so that a list can be taken over again; what is no longer
    /// listed stays.
    ///
    /// The registered flux density is that of the band nearest to the telescope's, and the quality at
    /// 20 cm that in configuration C, whose baselines are the telescope's. Of two sources of one name the
    /// second bears its B1950 name besides. The statements belong in one transaction.
    ///
    /// # Errors
    /// The engine fails. Lines that cannot be read are reported and passed over.
    pub async fn import_vla(&self, text: &str, now: UnixTime) -> Result<VlaImport> {
        let list = parse_vla_list(text);
        let mut import = VlaImport {
            entries: list.entries.len() as u64,
            faults: list.faults,
            ..VlaImport::default()
        };
        let listed = named(list.entries, &mut import);
        let known = self.by_name(listed.keys()).await?;
        let mut new = Vec::new();
        for (name, one) in &listed {
            let (flux_jy, flux_freq_ghz) = one.nearest_flux().unzip();
            let row = vla_calibrator::ActiveModel {
                ra_deg: Set(one.ra_deg),
                dec_deg: Set(one.dec_deg),
                flux_jy: Set(flux_jy),
                flux_freq_ghz: Set(flux_freq_ghz),
                code_20_cm: Set(one.code_20_cm.clone()),
                ..Default::default()
            };
            match known.get(name) {
                None => new.push(vla_calibrator::ActiveModel {
                    name: Set(name.clone()),
                    registered_at: Set(now),
                    notes: Set(Some(one.notes.clone())),
                    ..row
                }),
                Some(known) => {
                    let is_same = known.ra_deg.total_cmp(&one.ra_deg).is_eq()
                        && known.dec_deg.total_cmp(&one.dec_deg).is_eq()
                        && known.flux_jy == flux_jy
                        && known.flux_freq_ghz == flux_freq_ghz
                        && known.code_20_cm == one.code_20_cm;
                    if is_same {
                        import.unchanged += 1;
                    } else {
                        self.update(vla_calibrator::ActiveModel { id: Set(known.id), ..row })
                            .await?;
                        import.updated += 1;
                    }
                }
            }
        }
        import.inserted = self.insert_many(new).await? as u64;
        self.import_fluxes(&listed, &mut import).await?;
        Ok(import)
    }

    async fn import_fluxes(
        &self,
        listed: &BTreeMap<String, Listed>,
        import: &mut VlaImport,
    ) -> Result<()> {
        let fluxes = self.on::<vla_flux::Entity>();
        let ids = self.by_name(listed.keys()).await?;
        let keys: Vec<i64> = ids.values().map(|calibrator| calibrator.id).collect();
        let known = fluxes.of_calibrators(&keys).await?;
        let mut new = Vec::new();
        for (name, one) in listed {
            let Some(id) = ids.get(name).map(|calibrator| calibrator.id) else { continue };
            for (band, flux_jy) in &one.fluxes {
                let frequency_ghz = band.freq_ghz();
                let mut of_calibrator = known.get(&id).into_iter().flatten();
                let known =
                    of_calibrator.find(|flux| flux.frequency_ghz.total_cmp(&frequency_ghz).is_eq());
                match known {
                    None => new.push(vla_flux::ActiveModel {
                        vla_calibrator_id: Set(id),
                        frequency_ghz: Set(frequency_ghz),
                        flux_jy: Set(*flux_jy),
                        ..Default::default()
                    }),
                    Some(known) if known.flux_jy.total_cmp(flux_jy).is_eq() => {
                        import.fluxes_unchanged += 1;
                    }
                    Some(known) => {
                        let row = vla_flux::ActiveModel {
                            id: Set(known.id),
                            flux_jy: Set(*flux_jy),
                            // Those of the flux density that gives way.
                            flux_uncertainty: Set(None),
                            measurement_date: Set(None),
                            ..Default::default()
                        };
                        fluxes.update(row).await?;
                        import.fluxes_updated += 1;
                    }
                }
            }
        }
        import.fluxes_inserted = fluxes.insert_many(new).await? as u64;
        Ok(())
    }
}

impl<C: ConnectionTrait> Repository<'_, C, vla_calibrator::Entity> {
    /// The calibrators of these names.
    async fn by_name(
        &self,
        names: impl Iterator<Item = &String>,
    ) -> Result<HashMap<String, vla_calibrator::Model>> {
        let names: Vec<Value> = names.map(|name| name.as_str().into()).collect();
        let mut found = HashMap::with_capacity(names.len());
        for names in names.chunks(LIST) {
            let filter = Filter::In(vla_calibrator::Column::Name, names.to_vec());
            for calibrator in self.slice(&filter, &[], LIST as u64, 0).await? {
                found.insert(calibrator.name.clone(), calibrator);
            }
        }
        Ok(found)
    }
}

impl<C: ConnectionTrait> Repository<'_, C, vla_flux::Entity> {
    /// The flux densities of these calibrators.
    pub(crate) async fn of_calibrators(
        &self,
        ids: &[i64],
    ) -> Result<HashMap<i64, Vec<vla_flux::Model>>> {
        let mut found: HashMap<i64, Vec<vla_flux::Model>> = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(LIST) {
            let ids = ids.iter().map(|id| (*id).into()).collect();
            let filter = Filter::In(vla_flux::Column::VlaCalibratorId, ids);
            for flux in self.slice(&filter, &[], FLUXES, 0).await? {
                found.entry(flux.vla_calibrator_id).or_default().push(flux);
            }
        }
        Ok(found)
    }
}

impl<C: ConnectionTrait> Repository<'_, C, vla_calibrator::Entity> {
    /// The flux density of a calibrator at a frequency, from its measurements in the VLA's list, else as it
    /// was registered. None where there is no such calibrator, or nothing is known of it there.
    ///
    /// # Errors
    /// `freq_ghz` is no frequency or too far from the measured ones, or the engine fails.
    pub async fn flux_at_frequency(&self, name: &str, freq_ghz: f64) -> Result<Option<FluxAt>> {
        let filter = Filter::eq(vla_calibrator::Column::Name, name);
        let listed = self.slice(&filter, &[], 1, 0).await?.pop();
        let (mut measured, mut registered) = (Vec::new(), None);
        if let Some(listed) = listed {
            let fluxes = self.on::<vla_flux::Entity>().of_calibrators(&[listed.id]).await?;
            measured = points(fluxes.get(&listed.id).map_or(&[], Vec::as_slice));
            registered = listed.flux_jy.map(|flux| (flux, listed.flux_freq_ghz));
        } else {
            let bandpass = self.on::<bandpass_calibrator::Entity>();
            let known = bandpass.bandpass_calibrator(name).await?;
            registered = registered.or(known.and_then(|known| Some((known.flux_jy?, None))));
        }
        flux_at(&measured, registered, freq_ghz)
            .map_err(|error| Error::invalid("freq_ghz", error.to_string()))
    }
}

/// The text of a list in the folder that clients may import from.
///
/// # Errors
/// The path leads out of the folder, or the file is not there, too large or not text.
pub fn read_vla_list(places: &Places, path: &str) -> Result<String> {
    let path = confined(places.imports(), path, "the folder of imports")?;
    let facts = fs::metadata(&path).ok().filter(fs::Metadata::is_file);
    let facts = facts.ok_or_else(|| Error::not_found("such file in the folder of imports"))?;
    if facts.len() > MAX_LIST_BYTES {
        let message = format!("the file is larger than {MAX_LIST_BYTES} bytes");
        return Err(Error::invalid("path", message));
    }
    fs::read_to_string(&path)
        .map_err(|error| Error::invalid("path", format!("the file cannot be read: {error}")))
}

/// Measurements of a calibrator as [`flux_at`](super::flux_at) takes them.
pub fn points(fluxes: &[vla_flux::Model]) -> Vec<FluxPoint> {
    let point = |flux: &vla_flux::Model| FluxPoint {
        freq_ghz: flux.frequency_ghz,
        flux_jy: flux.flux_jy,
        uncertainty_jy: flux.flux_uncertainty,
    };
    fluxes.iter().map(point).collect()
}

/// The calibrators of a list by the names that tell them apart.
fn named(entries: Vec<VlaEntry>, import: &mut VlaImport) -> BTreeMap<String, Listed> {
    let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
    for entry in entries {
        let one = Listed::of(&entry, import);
        let mut name = entry.name.clone();
        if let Some(first) = listed.get(&name)
            && !first.is_at(&one)
        {
            let b1950 = entry.name_b1950.as_deref().unwrap_or("second");
            name = format!("{name} ({b1950})");
        }
        let Some(before) = listed.get_mut(&name) else {
            if name != entry.name {
                let message =
                    format!("another source is {} already; it becomes {name}", entry.name);
                import.notices.push(VlaFault { line: entry.line, message });
            }
            listed.insert(name, one);
            continue;
        };
        let message = format!("{name} is listed before; its bands are added to that");
        import.notices.push(VlaFault { line: entry.line, message });
        before.fluxes.extend(one.fluxes);
        before.code_20_cm = one.code_20_cm.or(before.code_20_cm.take());
    }
    listed
}

impl Listed {
    fn of(entry: &VlaEntry, import: &mut VlaImport) -> Self {
        let mut fluxes = BTreeMap::new();
        let mut code_20_cm = None;
        for band in &entry.bands {
            match band.flux_jy.filter(|flux| *flux > 0.0) {
                Some(flux) => {
                    fluxes.insert(band.band, flux);
                }
                None => import.fluxes_unknown += 1,
            }
            if band.band == Band::L {
                code_20_cm.clone_from(&band.quality[CONFIGURATION]);
            }
        }
        let b1950 = entry.name_b1950.as_ref().map(|name| format!("B1950 {name}"));
        let code = format!("position code {}", entry.position_code);
        let remarks = (!entry.remarks.is_empty()).then(|| entry.remarks.join(" "));
        let notes: Vec<_> = b1950.into_iter().chain([code]).chain(remarks).collect();
        Self {
            ra_deg: entry.ra_deg,
            dec_deg: entry.dec_deg,
            fluxes,
            code_20_cm,
            notes: notes.join("; "),
        }
    }

    fn is_at(&self, other: &Self) -> bool {
        separation(self.ra_deg, self.dec_deg, other.ra_deg, other.dec_deg) <= SAME_PLACE_DEG
    }

    /// The flux density in the band nearest to the telescope's, and its frequency.
    fn nearest_flux(&self) -> Option<(f64, f64)> {
        let distance = |band: &Band| (band.freq_ghz() / TELESCOPE_FREQ_GHZ).ln().abs();
        let fluxes = self.fluxes.iter();
        let nearest = fluxes.min_by(|(a, _), (b, _)| distance(a).total_cmp(&distance(b)));
        nearest.map(|(band, flux)| (*flux, band.freq_ghz()))
    }
}
