//! Transactions, and what may change rows.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};

use super::{Reader, Writer};
use crate::{Budget, Result, record::Record};

/// A transaction that reads and writes. Dropped without [`commit`](Self::commit), it is undone.
#[derive(Debug)]
pub struct Transaction(DatabaseTransaction, Option<Arc<Record>>);

impl Transaction {
    /// Nobody records what changes.
    pub(super) fn new(transaction: DatabaseTransaction) -> Self {
        Self(transaction, None)
    }

    /// The transaction, its changes being recorded.
    pub(crate) fn recorded(self, record: Arc<Record>) -> Self {
        Self(self.0, Some(record))
    }

    /// Makes its changes last.
    ///
    /// # Errors
    /// The engine refuses; nothing has changed then.
    pub async fn commit(self) -> Result<()> {
        if self.0.get_database_backend() == DbBackend::Postgres {
            // Whoever follows the database looks at once and not at its next turn. The channel is heard
            // when the transaction is over, and not if it fails. A longer name would be refused.
            self.0
                .execute_unprepared(
                    "SELECT pg_notify(left('almanac_' || current_schema(), 63), '')",
                )
                .await?;
        }
        Ok(self.0.commit().await?)
    }

    /// Undoes its changes.
    ///
    /// # Errors
    /// The connection broke; nothing has changed then either.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.0.rollback().await?)
    }
}

/// A session through which rows may be changed.
///
/// The methods of this trait are the business of [`Repository`](crate::Repository), whose verbs write down
/// what changes.
pub trait Writable: ConnectionTrait + sealed::Recorded {}

impl Writable for Writer {}
impl Writable for Transaction {}

pub(crate) mod sealed {
    use super::{Record, Transaction, Writer};

    /// A session that may know who changes rows through it.
    pub trait Recorded {
        #[doc(hidden)]
        #[expect(private_interfaces, reason = "nobody outside can call it")]
        fn record(&self) -> Option<&Record>;

        /// How many of AstrID's phases its database has, where that was looked up.
        #[doc(hidden)]
        fn phase(&self) -> Option<u8> {
            self.record().and_then(|record| record.phase.get().copied())
        }
    }

    impl Recorded for Writer {
        #[expect(private_interfaces, reason = "nobody outside can call it")]
        fn record(&self) -> Option<&Record> {
            None
        }
    }

    impl Recorded for Transaction {
        #[expect(private_interfaces, reason = "nobody outside can call it")]
        fn record(&self) -> Option<&Record> {
            self.1.as_deref()
        }
    }
}

macro_rules! delegate_connection {
    ($($session:ty),+) => {$(
        #[async_trait::async_trait]
        impl ConnectionTrait for $session {
            fn get_database_backend(&self) -> DbBackend {
                self.0.get_database_backend()
            }

            async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
                Budget::spend()?;
                self.0.execute_raw(statement).await
            }

            async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
                Budget::spend()?;
                self.0.execute_unprepared(sql).await
            }

            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> std::result::Result<Option<QueryResult>, DbErr> {
                Budget::spend()?;
                self.0.query_one_raw(statement).await
            }

            async fn query_all_raw(
                &self,
                statement: Statement,
            ) -> std::result::Result<Vec<QueryResult>, DbErr> {
                Budget::spend()?;
                self.0.query_all_raw(statement).await
            }
        }
    )+};
}

delegate_connection!(Reader, Writer, Transaction);
