//! A database of AstrID's, and those who work with it.

#![allow(dead_code, reason = "each area uses a part of it")]

use almanac_database::Database;
use almanac_entity::{
    Table, UnixTime,
    astrid::{audit_record, observation, survey},
};
use almanac_service::{
    Filter, Repository, Sessions, Work, Writer,
    access::{Operation, Principal, Role},
    astrid::{NewObservation, NewSurvey},
};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, Statement, prelude::Uuid};

use crate::support::{Engine, TestDatabase};

/// A database with all phases, empty but for the seed.
pub(crate) struct World {
    pub(crate) test: TestDatabase,
    pub(crate) sessions: Sessions,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let test = TestDatabase::migrated(Database::Astrid, engine).await;
        Self { sessions: test.sessions(), test }
    }

    /// Work of an operator, at an instant.
    pub(crate) fn work(&self, now: DateTime<Utc>) -> Work {
        self.work_of(&Principal::new("ada", Role::Operator), now)
    }

    /// Work of somebody, at an instant.
    pub(crate) fn work_of(&self, who: &Principal, now: DateTime<Utc>) -> Work {
        let operation = Operation::WorkOnAstridJobs;
        self.sessions.work(Some(who), operation, None, UnixTime::from(now)).unwrap()
    }

    /// The session that writes without a record.
    pub(crate) async fn writer(&self) -> Writer {
        self.sessions.writer(Database::Astrid).await.unwrap()
    }

    /// All rows of a table, in the order of their keys.
    pub(crate) async fn rows<E: Table>(&self) -> Vec<E::Model> {
        let writer = self.writer().await;
        let all = Filter::All(Vec::new());
        Repository::<_, E>::new(&writer).slice(&all, &[], 1_000_000, 0).await.unwrap()
    }

    /// How many rows a table has, and for which a condition holds.
    pub(crate) async fn count(&self, of: &str) -> i64 {
        let writer = self.writer().await;
        let sql = format!("SELECT COUNT(*) FROM {of}");
        let statement = Statement::from_string(writer.get_database_backend(), sql);
        let row = writer.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    /// What the audit log has with this action, in its order.
    pub(crate) async fn audit(&self, action: &str) -> Vec<audit_record::Model> {
        let mut rows = self.rows::<audit_record::Entity>().await;
        rows.retain(|row| row.action == action);
        rows.sort_by_key(|row| (row.created_at, row.id));
        rows
    }

    /// A survey that takes data.
    pub(crate) async fn survey(&self, name: &str) -> survey::Model {
        let new = NewSurvey {
            name: name.to_owned(),
            description: None,
            base_url: Some("https://example.org".to_owned()),
            api_endpoint: None,
            is_active: true,
        };
        let work = self.work(now());
        let surveys = work.table::<survey::Entity>().await.unwrap();
        let survey = surveys.create(new, now()).await.unwrap();
        work.commit().await.unwrap();
        survey
    }

    /// An observation just ingested.
    pub(crate) async fn observation(&self, survey_id: Uuid, name: &str) -> observation::Model {
        let work = self.work(now());
        let observations = work.table::<observation::Entity>().await.unwrap();
        let new = exposure(survey_id, name, 150.0, 2.0);
        let observation = observations.ingest(&new, now()).await.unwrap();
        work.commit().await.unwrap();
        observation
    }
}

/// Work of an operator through sessions of their own, as another process has them.
pub(crate) fn work_with(sessions: &Sessions, now: DateTime<Utc>) -> Work {
    let ada = Principal::new("ada", Role::Operator);
    sessions.work(Some(&ada), Operation::WorkOnAstridJobs, None, UnixTime::from(now)).unwrap()
}

/// Whether tests are to run at their full sizes; a tenth otherwise.
pub(crate) fn long() -> bool {
    std::env::var("ALMANAC_LONG").is_ok_and(|value| value == "1")
}

/// The memory that this process holds, bytes; nothing where the system does not say.
pub(crate) fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}

/// A number of things: all of them where tests are to run at their full sizes, else a tenth.
pub(crate) fn sized(all: usize) -> usize {
    if long() { all } else { all / 10 }
}

/// The instant at which tests begin.
pub(crate) fn now() -> DateTime<Utc> {
    "2025-10-02T12:00:00.123456Z".parse().unwrap()
}

/// So many seconds later.
pub(crate) fn after(seconds: i64) -> DateTime<Utc> {
    now() + Duration::seconds(seconds)
}

/// An observation that can be ingested.
pub(crate) fn exposure(survey_id: Uuid, name: &str, ra: f64, dec: f64) -> NewObservation {
    NewObservation {
        survey_id,
        observation_id: name.to_owned(),
        ra,
        dec,
        observation_time: now() - Duration::hours(1),
        filter_band: "g".to_owned(),
        exposure_time: 30.0,
        fits_url: "https://example.org/a.fits".to_owned(),
        pixel_scale: None,
        image_width: None,
        image_height: None,
        airmass: None,
        seeing: None,
    }
}
