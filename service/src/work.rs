//! Work: changes that somebody makes, in one or several databases, recorded as they are made.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use almanac_entity::{Database, Table, UnixTime};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use tokio::sync::OnceCell;

use crate::{
    Error, Repository, Result, Sessions, Transaction,
    access::{Operation, Principal},
    calibrators::FileChange,
    record::{Caller, Record},
};

/// A unit of work of somebody: a transaction in each database that it touches. Dropped without
/// [`commit`](Self::commit), nothing has changed.
#[derive(Debug)]
pub struct Work {
    sessions: Sessions,
    record: Arc<Record>,
    transactions: [OnceCell<Box<Transaction>>; Database::ALL.len()],
    /// Dropped with the work unless that is committed.
    files: Mutex<Vec<FileChange>>,
    /// What the work that this is a part of had written into AstrID's audit log before.
    audited_before: usize,
}

impl Sessions {
    /// Begins work of `principal`. Nothing is locked until the first table is asked for. `caller` goes
    /// into the logs.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated) for nobody, and
    /// [`Error::Forbidden`](crate::Error::Forbidden) for a role that the operation does not suffice.
    pub fn work(
        &self,
        principal: Option<&Principal>,
        operation: Operation,
        caller: impl Into<Caller>,
        now: UnixTime,
    ) -> Result<Work> {
        let principal = Principal::check(principal, operation.least_role(), &operation.name())?;
        let record = Record {
            principal: principal.clone(),
            operation,
            caller: caller.into(),
            change_set: Uuid::now_v7(),
            now,
            phase: OnceLock::new(),
            touched: Default::default(),
            audited: Mutex::default(),
        };
        Ok(Work {
            sessions: self.clone(),
            record: Arc::new(record),
            transactions: std::array::from_fn(|_| OnceCell::new()),
            files: Mutex::default(),
            audited_before: 0,
        })
    }
}

impl Work {
    /// A table, in this work's transaction on its database.
    ///
    /// # Errors
    /// The database is not there, or stays locked for longer than the busy timeout, or
    /// [`Error::PhaseNotApplied`](crate::Error::PhaseNotApplied).
    pub async fn table<E: Table>(&self) -> Result<Repository<'_, Transaction, E>> {
        self.sessions.require_phase_of::<E>()?;
        Ok(Repository::new(self.transaction(E::DATABASE).await?))
    }

    /// This work's transaction on a database, begun when it is first asked for.
    ///
    /// # Errors
    /// As [`table`](Self::table).
    pub async fn transaction(&self, database: Database) -> Result<&Transaction> {
        let begin = async || -> Result<_> {
            let transaction = self.sessions.begin(database).await?;
            if database == Database::Astrid {
                let phase = self.sessions.phase(&transaction).await?;
                let _ = self.record.phase.set(phase);
            }
            Ok(Box::new(transaction.recorded(self.record.clone())))
        };
        let transaction = self.transactions[database as usize].get_or_try_init(begin).await?;
        Ok(transaction.as_ref())
    }

    /// Lets a change of a file last if the work does, and be undone otherwise.
    pub fn with_file(&self, change: FileChange) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }

    /// Another part of this work with transactions of its own, for what has to last before the rest is
    /// done. Its changes bear the same change set.
    #[must_use]
    pub fn part(&self) -> Self {
        Self {
            sessions: self.sessions.clone(),
            record: self.record.clone(),
            transactions: std::array::from_fn(|_| OnceCell::new()),
            files: Mutex::default(),
            audited_before: self.record.audited().len(),
        }
    }

    /// The sessions, for reading what is not being changed.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The instant of the work.
    pub fn now(&self) -> UnixTime {
        self.record.now
    }

    /// The instant of the work as rows of AstrID hold it.
    ///
    /// # Errors
    /// It is no instant.
    pub fn instant(&self) -> Result<DateTimeUtc> {
        self.record.now.date_time().ok_or_else(|| Error::invalid("now", "it is no instant"))
    }

    /// Who works.
    pub fn principal(&self) -> &Principal {
        &self.record.principal
    }

    /// The id that all changes of this work bear in the change logs.
    pub fn change_set(&self) -> Uuid {
        self.record.change_set
    }

    /// The keys of the rows that it wrote into AstrID's audit log, in their order.
    pub fn audit_record_ids(&self) -> Vec<Uuid> {
        self.record.audited()
    }

    /// Undoes its changes and gives its locks back. Dropped, it does so too, but nobody knows when.
    pub async fn undo(self) {
        for transaction in self.transactions.into_iter().filter_map(OnceCell::into_inner) {
            // A connection that broke has undone them already.
            let _ = transaction.rollback().await;
        }
        self.record.forget_audited(self.audited_before);
    }

    /// Makes its changes last, one database after the other.
    ///
    /// # Errors
    /// An engine refuses. The databases committed before it keep their changes, which all bear the same
    /// change set, and say which ones were to have them; the others have none.
    pub async fn commit(self) -> Result<()> {
        let touched = self.record.touched();
        if touched.len() > 1 {
            for database in &touched {
                if let Some(transaction) = self.transactions[*database as usize].get() {
                    self.record.announce(transaction.as_ref(), &touched).await?;
                }
            }
        }
        for transaction in self.transactions {
            if let Some(transaction) = transaction.into_inner() {
                transaction.commit().await?;
            }
        }
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.into_iter().for_each(FileChange::keep);
        Ok(())
    }
}
