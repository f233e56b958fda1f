//! A small sample survey to look at.

use std::{collections::BTreeMap, future::Future, pin::Pin};

use almanac_database::{Address, Database};
use almanac_entity::{Table, UnixTime, Visitor, visit_all};
use almanac_service::{Filter, Repository, Sessions};

use crate::{
    support::{Engine, TestDatabase},
    survey::{Summary, Survey, fill},
};

/// The new year of 2026.
const NOW: UnixTime = UnixTime(1_767_225_600.0);

/// Eight databases with a sample survey in them.
pub(crate) struct Sample {
    pub(crate) sessions: Sessions,
    pub(crate) survey: Survey,
    pub(crate) summary: Summary,
    _databases: Vec<TestDatabase>,
}

impl Sample {
    /// A sample survey of a twentieth of the usual size.
    pub(crate) async fn small(engine: Engine) -> Self {
        Self::of(engine, 0.05, 7).await
    }

    /// A sample survey of this size and seed.
    pub(crate) async fn of(engine: Engine, scale: f64, seed: u64) -> Self {
        Self::of_survey(engine, Survey { scale, seed, now: NOW }).await
    }

    /// This very sample survey.
    pub(crate) async fn of_survey(engine: Engine, survey: Survey) -> Self {
        let mut databases = Vec::new();
        for database in Database::ALL {
            databases.push(TestDatabase::migrated(database, engine).await);
        }
        let addresses: Vec<Address> = databases.iter().map(|test| test.address().clone()).collect();
        let sessions = Sessions::new(addresses);
        let mut reports = 0;
        let summary = fill(&sessions, &survey, |_, done, total| {
            assert!(done <= total, "{done} of {total}");
            reports += 1;
        });
        let summary = summary.await.expect("a sample survey is written");
        assert!(reports > 8, "every database reports");
        Self { sessions, survey, summary, _databases: databases }
    }

    /// Rows of every table and view.
    pub(crate) async fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counting = Counting { sessions: self.sessions.clone(), tables: Vec::new() };
        visit_all(&mut counting);
        let mut counts = BTreeMap::new();
        for (name, count) in counting.tables {
            counts.insert(name, count.await);
        }
        counts
    }
}

type Count = Pin<Box<dyn Future<Output = u64>>>;

struct Counting {
    sessions: Sessions,
    tables: Vec<(&'static str, Count)>,
}

impl Visitor for Counting {
    fn visit<T: Table>(&mut self) {
        let sessions = self.sessions.clone();
        let count = async move {
            let reader = sessions.reader(T::DATABASE).await.expect("the database opens");
            let count = Repository::<_, T>::new(&reader).count(&Filter::default()).await;
            count.expect("rows are counted")
        };
        self.tables.push((T::NAME, Box::pin(count)));
    }
}
