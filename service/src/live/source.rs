//! How additions and changes of a table are found, which depends on the table and the engine.
//!
//! | what is followed | SQLite | PostgreSQL |
//! | --- | --- | --- |
//! | additions | numbers | numbers, with gaps |
//! | additions and changes | a log of digests | the transactions that wrote the rows |

use std::marker::PhantomData;

use almanac_database::{Address, Location};
use almanac_entity::{Kind, Table, kind};
use sea_orm::{Iterable, PrimaryKeyToColumn, Value};

use super::{
    Followed, Follows,
    log::{Log, LogDetector},
    numbers::{self, NumberDetector},
    position::{Mark, foreign},
    transactions,
};
use crate::{Key, Result, Row, Sessions};

/// The rows between two marks of a topic, as the database holds them now.
pub(crate) struct Pages<E> {
    pub(crate) sessions: Sessions,
    pub(crate) way: Way,
    entity: PhantomData<E>,
}

/// How a topic is followed.
#[derive(Clone)]
pub(crate) enum Way {
    /// Rows have numbers that only grow.
    Numbers { has_gaps: bool },
    /// A log beside the SQLite file says which rows changed in which order.
    Log(Log),
    /// PostgreSQL says which transaction wrote a row.
    Transactions,
}

impl<E> Clone for Pages<E> {
    fn clone(&self) -> Self {
        Self { sessions: self.sessions.clone(), way: self.way.clone(), entity: PhantomData }
    }
}

impl<E: Followed> Pages<E> {
    pub(crate) fn new(sessions: Sessions, address: &Address, log: Option<Log>) -> Self {
        let is_postgres = matches!(address.location, Location::Postgres(_));
        let way = match (E::FOLLOWS, log) {
            (Follows::Additions, _) => Way::Numbers { has_gaps: is_postgres },
            (Follows::Changes, Some(log)) => Way::Log(log),
            (Follows::Changes, None) => Way::Transactions,
        };
        Self { sessions, way, entity: PhantomData }
    }

    /// Rows of `to` that are not of `from`, the first `limit` of them, each with the mark that includes
    /// it. None when there are no more.
    pub(crate) async fn page(
        &self,
        from: &Mark,
        to: &Mark,
        limit: usize,
    ) -> Result<Vec<(Row<E>, Mark)>> {
        if from == to {
            return Ok(Vec::new());
        }
        match (&self.way, from, to) {
            (
                Way::Numbers { .. },
                Mark::Numbers { upto, gaps },
                Mark::Numbers { upto: to, gaps: missing },
            ) => numbers::page(&self.sessions, (*upto, gaps), (*to, missing), limit).await,
            (Way::Log(log), Mark::Log { seq, .. }, Mark::Log { seq: to, .. }) => {
                log.page(&self.sessions, *seq, *to, limit).await
            }
            (Way::Transactions, from, to) => {
                transactions::page(&self.sessions, from, to, limit).await
            }
            _ => Err(foreign()),
        }
    }

    /// Whether `since` can be continued to `now`.
    #[expect(clippy::unused_self, reason = "it is a question to a source")]
    pub(crate) fn accepts(&self, since: &Mark, now: &Mark) -> Result<()> {
        let known = match (since, now) {
            (Mark::Numbers { .. }, Mark::Numbers { .. }) => true,
            (Mark::Log { log, seq }, Mark::Log { log: here, seq: last }) => {
                log == here && seq <= last
            }
            // A database restored from a dump counts its transactions anew.
            (Mark::Transactions { low, .. }, Mark::Transactions { low: last, .. }) => low <= last,
            _ => false,
        };
        if known { Ok(()) } else { Err(foreign()) }
    }
}

/// Finds the mark of the present.
pub(crate) enum Detector<E: Followed> {
    Numbers(NumberDetector<E>),
    Log(LogDetector<E>),
    Transactions(Sessions),
}

impl<E: Followed> Detector<E> {
    pub(crate) fn new(pages: &Pages<E>) -> Self {
        let sessions = pages.sessions.clone();
        match &pages.way {
            Way::Numbers { has_gaps } => Self::Numbers(NumberDetector::new(sessions, *has_gaps)),
            Way::Log(log) => Self::Log(LogDetector::new(sessions, log.clone())),
            Way::Transactions => Self::Transactions(sessions),
        }
    }

    /// The mark of all that the table holds, given that of the last time.
    pub(crate) async fn now(&mut self, before: Option<&Mark>) -> Result<Mark> {
        match self {
            Self::Numbers(detector) => detector.now(before).await,
            Self::Log(detector) => detector.now().await,
            Self::Transactions(sessions) => transactions::now::<E>(sessions).await,
        }
    }
}

/// The primary key's one column.
pub(crate) fn key_column<E: Table>() -> E::Column {
    E::PrimaryKey::iter().next().expect("a table has a primary key").into_column()
}

/// The primary key of a row, as text.
pub(crate) fn key_text<E: Table>(row: &Row<E>) -> String {
    match row.key(key_column::<E>()) {
        Some(Key::Text(text)) => text,
        Some(Key::Int(number)) => number.to_string(),
        Some(Key::Uuid(id)) => id.to_string(),
        None => String::new(),
    }
}

/// The primary key that a text stands for; none where it is of another type.
pub(crate) fn read_key<E: Table>(text: &str) -> Option<Key> {
    match kind(&key_column::<E>()) {
        Kind::BigInt | Kind::Int => text.parse().ok().map(Key::Int),
        Kind::Uuid => text.parse().ok().map(Key::Uuid),
        _ => Some(Key::Text(text.to_owned())),
    }
}

/// The number of a row.
pub(crate) fn number<E: Table>(row: &Row<E>) -> i64 {
    match row.value(key_column::<E>()) {
        Some(Value::BigInt(Some(number))) => *number,
        Some(Value::Int(Some(number))) => i64::from(*number),
        _ => 0,
    }
}

/// All columns of a table.
pub(crate) fn all_columns<E: Table>() -> Vec<E::Column> {
    E::Column::iter().collect()
}
