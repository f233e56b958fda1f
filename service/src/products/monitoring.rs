//! Sources watched for variability: their registration from CSV, and what is found of them.

use std::io::Read;

use almanac_entity::{
    UnixTime,
    products::{MonitoringPriority, monitoring_source},
};
use monitoring_source::Column::{EseCandidate, Eta, IsVariable, NDetections, Priority, SourceId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};

use super::IN_LIST;
use crate::{
    Comparison, Error, Filter, Order, Repository, Result, Writable,
    import::{Line, Lines, Problem},
};

/// Lines of one file, at the most.
const LINES: usize = 200_000;
/// Problems that are reported; the others are only counted.
const PROBLEMS: usize = 1_000;

/// Which watched sources are wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MonitoringFilter {
    /// Only those that vary.
    pub variable_only: bool,
    /// Only those that are candidates for an extreme scattering event.
    pub ese_only: bool,
    /// The least number of detections.
    pub min_detections: Option<i32>,
    /// Only those watched so closely.
    pub priority: Option<MonitoringPriority>,
}

/// What is known anew of a watched source. What is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MonitoringUpdate {
    /// Number of detections.
    pub n_detections: Option<i32>,
    /// Mean flux density, Jy.
    pub mean_flux_jy: Option<f64>,
    /// Standard deviation of the flux density, Jy.
    pub std_flux_jy: Option<f64>,
    /// η.
    pub eta: Option<f64>,
    /// V.
    pub v_index: Option<f64>,
    /// Chi-square for a constant flux density.
    pub chi_squared: Option<f64>,
    /// Whether it is variable.
    pub is_variable: Option<bool>,
    /// Whether it is a candidate for an extreme scattering event.
    pub ese_candidate: Option<bool>,
    /// When it was detected last.
    pub last_detected_at: Option<UnixTime>,
}

/// What a file of sources to watch brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonitoringRegistration {
    /// Sources that are watched from now on.
    pub added: u64,
    /// Sources that were watched and whose position or priority is another now.
    pub updated: u64,
    /// Sources that were watched just so.
    pub unchanged: u64,
    /// Lines that cannot be a source.
    pub skipped: u64,
    /// The first of these, and what is wrong with them.
    pub problems: Vec<Problem>,
}

impl<C: ConnectionTrait> Repository<'_, C, monitoring_source::Entity> {
    /// The watched sources that `filter` asks for, the most variable by η first; those without η last, the
    /// most often detected first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_watched(
        &self,
        filter: &MonitoringFilter,
        limit: u64,
    ) -> Result<Vec<monitoring_source::Model>> {
        let mut rows = Filter::default();
        if filter.variable_only {
            rows = rows.and(Filter::eq(IsVariable, true));
        }
        if filter.ese_only {
            rows = rows.and(Filter::eq(EseCandidate, true));
        }
        if let Some(least) = filter.min_detections {
            rows = rows.and(Filter::Compare(NDetections, Comparison::Gte, least.into()));
        }
        if let Some(priority) = &filter.priority {
            rows = rows.and(Filter::eq(Priority, priority.as_str()));
        }
        self.slice(&rows, &[Order::desc(Eta), Order::desc(NDetections)], limit, 0).await
    }
}

impl<C: Writable> Repository<'_, C, monitoring_source::Entity> {
    /// Watches the sources of a CSV file with the columns `name`, `ra`, `dec` and perhaps `priority`. A name
    /// that is known takes on the new position, and the priority if there is one. Lines that cannot be a
    /// source are reported and left out; of a name that comes twice, the first line counts. The statements
    /// belong in one transaction.
    ///
    /// # Errors
    /// A column is missing or called twice, the file is too long, or the engine fails.
    pub async fn register_csv(
        &self,
        file: impl Read,
        now: UnixTime,
    ) -> Result<MonitoringRegistration> {
        let mut report = MonitoringRegistration::default();
        let entries = entries(file, &mut report)?;
        let mut known = Vec::new();
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        for chunk in names.chunks(IN_LIST) {
            let select =
                monitoring_source::Entity::find().filter(SourceId.is_in(chunk.iter().copied()));
            known.extend(select.all(self.connection).await?);
        }
        known.sort_by(|a, b| a.source_id.cmp(&b.source_id));
        let (mut added, mut updated) = (Vec::new(), Vec::new());
        for entry in entries {
            match known.binary_search_by(|row| row.source_id.as_str().cmp(&entry.name)) {
                Ok(index) if entry.is(&known[index]) => report.unchanged += 1,
                Ok(index) => updated.push(entry.update(&known[index], now)),
                Err(_) => added.push(entry.row(now)),
            }
        }
        report.added = self.insert_many(added).await? as u64;
        report.updated = self.replace_many(updated, &[SourceId]).await?;
        Ok(report)
    }

    /// Writes what is known anew of a watched source.
    ///
    /// # Errors
    /// The source is not watched, a value is out of range, or the engine fails.
    pub async fn update_variability(
        &self,
        source_id: &str,
        fields: &MonitoringUpdate,
        now: UnixTime,
    ) -> Result<monitoring_source::Model> {
        let known = monitoring_source::Entity::find()
            .filter(SourceId.eq(source_id))
            .one(self.connection)
            .await?;
        let known = known.ok_or_else(|| Error::not_found(format!("watched source {source_id}")))?;
        let first_detected_at = known.first_detected_at.or(fields.last_detected_at);
        self.update(monitoring_source::ActiveModel {
            id: Set(known.id),
            n_detections: Set(fields.n_detections.or(known.n_detections)),
            mean_flux_jy: Set(fields.mean_flux_jy.or(known.mean_flux_jy)),
            std_flux_jy: Set(fields.std_flux_jy.or(known.std_flux_jy)),
            eta: Set(fields.eta.or(known.eta)),
            v_index: Set(fields.v_index.or(known.v_index)),
            chi_squared: Set(fields.chi_squared.or(known.chi_squared)),
            is_variable: Set(fields.is_variable.or(known.is_variable)),
            ese_candidate: Set(fields.ese_candidate.or(known.ese_candidate)),
            first_detected_at: Set(first_detected_at),
            last_detected_at: Set(fields.last_detected_at.or(known.last_detected_at)),
            last_updated: Set(Some(now)),
            ..Default::default()
        })
        .await
    }
}

/// A line of a file of sources to watch.
struct Entry {
    name: String,
    ra_deg: f64,
    dec_deg: f64,
    priority: Option<MonitoringPriority>,
}

impl Entry {
    /// Whether that is what is known already.
    #[expect(clippy::float_cmp, reason = "the same file says exactly the same")]
    fn is(&self, known: &monitoring_source::Model) -> bool {
        self.ra_deg == known.ra_deg
            && self.dec_deg == known.dec_deg
            && self
                .priority
                .as_ref()
                .is_none_or(|priority| known.priority.as_ref() == Some(priority))
    }

    fn row(self, now: UnixTime) -> monitoring_source::ActiveModel {
        monitoring_source::ActiveModel {
            source_id: Set(self.name.clone()),
            name: Set(Some(self.name)),
            ra_deg: Set(self.ra_deg),
            dec_deg: Set(self.dec_deg),
            priority: Set(Some(self.priority.unwrap_or(MonitoringPriority::Normal))),
            last_updated: Set(Some(now)),
            ..Default::default()
        }
    }

    fn update(
        self,
        known: &monitoring_source::Model,
        now: UnixTime,
    ) -> monitoring_source::ActiveModel {
        monitoring_source::ActiveModel {
            id: NotSet,
            priority: Set(self.priority.clone().or_else(|| known.priority.clone())),
            name: Set(known.name.clone().or_else(|| Some(self.name.clone()))),
            ..self.row(now)
        }
    }
}

/// The sources of a file, none twice; what is wrong with the other lines goes into the report.
fn entries(file: impl Read, report: &mut MonitoringRegistration) -> Result<Vec<Entry>> {
    let mut lines = Lines::new(file);
    let header = lines.header()?;
    let column = |names: &[&str]| {
        header.iter().position(|header| names.contains(&header.to_lowercase().as_str()))
    };
    let required = |names: &[&str]| {
        column(names)
            .ok_or_else(|| Error::invalid("line 1", format!("there is no column `{}`", names[0])))
    };
    let columns = Columns {
        name: required(&["name", "source_id"])?,
        ra: required(&["ra", "ra_deg"])?,
        dec: required(&["dec", "dec_deg"])?,
        priority: column(&["priority"]),
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut names = std::collections::HashSet::new();
    let mut read = 0;
    while let Some(line) = lines.next()? {
        read += 1;
        if read > LINES {
            return Err(Error::invalid("csv", format!("the file has more than {LINES} lines")));
        }
        let problem = match columns.entry(&line) {
            Ok(entry) if names.insert(entry.name.clone()) => {
                entries.push(entry);
                continue;
            }
            Ok(entry) => {
                (Some("name".to_owned()), format!("{} stands further up already", entry.name))
            }
            Err(problem) => problem,
        };
        report.skipped += 1;
        if report.problems.len() < PROBLEMS {
            let (column, message) = problem;
            report.problems.push(Problem { line: line.number, column, message });
        }
    }
    Ok(entries)
}

/// Where the cells stand.
struct Columns {
    name: usize,
    ra: usize,
    dec: usize,
    priority: Option<usize>,
}

/// The column at fault, and what is wrong.
type Fault = (Option<String>, String);

impl Columns {
    fn entry(&self, line: &Line<'_>) -> std::result::Result<Entry, Fault> {
        if let Some(fault) = &line.fault {
            return Err((None, fault.clone()));
        }
        let cell = |index: usize, column: &str| -> std::result::Result<&str, Fault> {
            let text = std::str::from_utf8(line.cells.get(index).unwrap_or_default());
            let text = text.map_err(|_| (Some(column.to_owned()), "it is not UTF-8".to_owned()))?;
            Ok(text.trim())
        };
        let angle = |index: usize, column: &str, range: &str, holds: fn(f64) -> bool| {
            let text = cell(index, column)?;
            match text.parse::<f64>() {
                Ok(degrees) if holds(degrees) => Ok(degrees),
                _ => {
                    let message = format!("{text:?} is no number of degrees in {range}");
                    Err((Some(column.to_owned()), message))
                }
            }
        };
        let name = cell(self.name, "name")?.to_owned();
        if name.is_empty() {
            return Err((Some("name".to_owned()), "a source has a name".to_owned()));
        }
        let ra_deg = angle(self.ra, "ra", "[0, 360)", |ra| (0.0..360.0).contains(&ra))?;
        let dec_deg = angle(self.dec, "dec", "[-90, 90]", |dec| (-90.0..=90.0).contains(&dec))?;
        let priority = match self.priority.map(|index| cell(index, "priority")).transpose()? {
            None | Some("") => None,
            Some(word) => match MonitoringPriority::from(word.to_lowercase()) {
                MonitoringPriority::Other(_) => {
                    let message = format!("{word:?} is none of low, normal, high");
                    return Err((Some("priority".to_owned()), message));
                }
                priority => Some(priority),
            },
        };
        Ok(Entry { name, ra_deg, dec_deg, priority })
    }
}
