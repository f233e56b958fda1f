//! Names of runs: what ties a job to the measurement set it works on.

use almanac_entity::products::{job, ms_index};
use chrono::NaiveDateTime;
use sea_orm::ConnectionTrait;

use crate::{Error, Filter, Order, Pattern, Repository, Result};

/// How a run's name spells an instant.
const FORM: &str = "%Y-%m-%d-%H%M%S";
/// What stands between a run's name and the instant at which it was run again.
const RERUN: &str = "_rerun_";
/// Measurement sets looked at for one name, at the most.
const CANDIDATES: u64 = 10_000;
/// Measurement sets that an error lists, at the most.
const LISTED: usize = 10;

/// What a run's name stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Run {
    /// A job; of several of one name, the newest.
    Job(Box<job::Model>),
    /// A measurement set that no job was recorded for.
    MeasurementSet(Box<ms_index::Model>),
}

/// The name of the run that works on a measurement set: `job-YYYY-MM-DD-HHMMSS` where its file name holds
/// an instant, else `job-` and the file's name without its ending. None without a measurement set.
pub fn run_id_of(ms_path: &str) -> Option<String> {
    let stem = stem(ms_path);
    if stem.is_empty() {
        return None;
    }
    Some(match instant_of(stem) {
        Some(instant) => format!("job-{}", instant.format(FORM)),
        None => format!("job-{stem}"),
    })
}

/// The name of a run that repeats another at an instant, in whole seconds.
pub(super) fn rerun_id(run_id: &str, now: almanac_entity::UnixTime) -> String {
    let base = run_id.split_once(RERUN).map_or(run_id, |(base, _)| base);
    format!("{base}{RERUN}{:.0}", now.0.floor())
}

/// The instant that a measurement set's file name holds.
pub(super) fn instant_of_path(path: &str) -> Option<NaiveDateTime> {
    instant_of(stem(path))
}

/// A file's name without its directories and without `.ms`.
fn stem(path: &str) -> &str {
    let path = path.trim().trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".ms").unwrap_or(name)
}

/// The first instant that stands in a name, to the second: a date and a time of day with or without marks
/// between their parts, such as `2025-10-02T00:12:30` or `20251002_001230`.
fn instant_of(name: &str) -> Option<NaiveDateTime> {
    let bytes = name.as_bytes();
    let mut starts = (0..bytes.len()).filter(|start| {
        bytes[*start].is_ascii_digit() && (*start == 0 || !bytes[start - 1].is_ascii_digit())
    });
    starts.find_map(|start| instant_at(&bytes[start..]))
}

fn instant_at(bytes: &[u8]) -> Option<NaiveDateTime> {
    let mut digits = String::with_capacity(14);
    let mut was_mark = true;
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                digits.push(char::from(*byte));
                was_mark = false;
            }
            b'-' | b':' | b'_' | b'T' | b' '
                if !was_mark && digits.len() >= 4 && digits.len().is_multiple_of(2) =>
            {
                was_mark = true;
            }
            _ => return None,
        }
        if digits.len() == 14 {
            let goes_on = bytes.get(index + 1).is_some_and(u8::is_ascii_digit);
            return (!goes_on)
                .then(|| NaiveDateTime::parse_from_str(&digits, "%Y%m%d%H%M%S").ok())?;
        }
    }
    None
}

impl<C: ConnectionTrait> Repository<'_, C, job::Entity> {
    /// What a run's name stands for: the job that bears it, else the measurement set that it is made from,
    /// or the newest job on that.
    ///
    /// # Errors
    /// Several measurement sets have the name's instant to the second, or the engine fails.
    pub async fn find_by_run_id(&self, run_id: &str) -> Result<Option<Run>> {
        if let Some(job) = self.newest(&Filter::eq(job::Column::RunId, run_id)).await? {
            return Ok(Some(Run::Job(Box::new(job))));
        }
        let mut found = self.measurement_sets_of(run_id).await?;
        let Some(measurement_set) = found.pop() else { return Ok(None) };
        if !found.is_empty() {
            found.push(measurement_set);
            return Err(ambiguous(run_id, &found));
        }
        let on_it = Filter::eq(job::Column::MsPath, measurement_set.path.as_str())
            .and(Filter::Null(job::Column::RunId, true));
        Ok(Some(match self.newest(&on_it).await? {
            Some(job) => Run::Job(Box::new(job)),
            None => Run::MeasurementSet(Box::new(measurement_set)),
        }))
    }

    async fn newest(&self, filter: &Filter<job::Entity>) -> Result<Option<job::Model>> {
        Ok(self.slice(filter, &[Order::desc(job::Column::CreatedAt)], 1, 0).await?.pop())
    }

    /// The measurement sets that a run's name can be made from, by path.
    async fn measurement_sets_of(&self, run_id: &str) -> Result<Vec<ms_index::Model>> {
        use ms_index::Column::Path;
        let Some(name) = run_id.strip_prefix("job-").filter(|name| !name.is_empty()) else {
            return Ok(Vec::new());
        };
        let like = |text: String| Filter::Like(Path, Pattern::Contains, text);
        let instant = NaiveDateTime::parse_from_str(name, FORM).ok();
        let filter = match instant {
            Some(instant) => Filter::Any(
                ["%Y-%m-%d", "%Y_%m_%d", "%Y%m%d"]
                    .map(|form| like(instant.format(form).to_string()))
                    .to_vec(),
            ),
            None => like(name.to_owned()),
        };
        let sets = Repository::<_, ms_index::Entity>::new(self.connection);
        let mut found = sets.slice(&filter, &[Order::asc(Path)], CANDIDATES, 0).await?;
        found.retain(|set| match instant {
            Some(instant) => instant_of_path(&set.path) == Some(instant),
            None => stem(&set.path) == name || set.path.ends_with(&format!("/{name}")),
        });
        Ok(found)
    }
}

fn ambiguous(run_id: &str, sets: &[ms_index::Model]) -> Error {
    let mut paths: Vec<&str> = sets.iter().map(|set| set.path.as_str()).collect();
    paths.sort_unstable();
    let more = match paths.len().checked_sub(LISTED) {
        Some(more @ 1..) => format!(" and {more} more"),
        _ => String::new(),
    };
    paths.truncate(LISTED);
    let message = format!(
        "{run_id} may be any of {}{more}; ask for the measurement set by its path",
        paths.join(", ")
    );
    Error::invalid("run_id", message)
}

#[cfg(test)]
mod tests {
    use almanac_entity::UnixTime;

    use super::*;

    #[test]
    fn a_run_is_named_by_the_instant_in_the_file_name() {
        for path in [
            "/data/ms/2025-10-02/2025-10-02T00:12:30.ms",
            "/data/ms/2025-10-02_00-12-30.ms/",
            "20251002T001230_sb.ms",
            "/stage/0834_20251002_001230.ms",
            "/stage/2025-10-02T00:12:30.999.ms",
        ] {
            assert_eq!(run_id_of(path).as_deref(), Some("job-2025-10-02-001230"), "{path}");
        }
        assert_eq!(run_id_of("/data/ms/3C286.ms").as_deref(), Some("job-3C286"));
        assert_eq!(run_id_of("2025-13-02T00:12:30.ms").as_deref(), Some("job-2025-13-02T00:12:30"));
        assert_eq!(run_id_of(""), None);
    }

    #[test]
    fn a_run_that_is_repeated_again_keeps_its_first_name() {
        let again = rerun_id("job-2025-10-02-001230", UnixTime(1_760_000_000.7));
        assert_eq!(again, "job-2025-10-02-001230_rerun_1760000000");
        assert_eq!(rerun_id(&again, UnixTime(5.0)), "job-2025-10-02-001230_rerun_5");
    }
}
