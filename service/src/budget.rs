//! How many statements one request may run.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sea_orm::DbErr;

tokio::task_local! {
    static CURRENT: Budget;
}

/// What an error says that stands for a budget that is spent; [`Error`](crate::Error) reads it.
pub(crate) const SPENT: &str = "the budget of statements is spent";

/// A number of SQL statements, over all databases. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Budget {
    limit: u64,
    spent: Arc<AtomicU64>,
}

impl Budget {
    /// A budget of `limit` statements.
    pub fn new(limit: u64) -> Self {
        Self { limit, spent: Arc::default() }
    }

    /// Does `work` on this budget: what it runs in this task beyond the limit fails with
    /// [`Error::TooManyStatements`](crate::Error::TooManyStatements). Outside of any budget there is no limit.
    pub async fn scope<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// How many statements have run on it.
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed).min(self.limit)
    }

    /// Counts a statement that is about to run.
    pub(crate) fn spend() -> Result<(), DbErr> {
        let is_over = |budget: &Self| budget.spent.fetch_add(1, Ordering::Relaxed) >= budget.limit;
        match CURRENT.try_with(is_over) {
            Ok(true) => Err(DbErr::Custom(SPENT.to_owned())),
            Ok(false) | Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_budget_is_spent_statement_by_statement() {
        let budget = Budget::new(2);
        let work =
            async { [Budget::spend().is_ok(), Budget::spend().is_ok(), Budget::spend().is_ok()] };
        assert_eq!(budget.scope(work).await, [true, true, false]);
        assert_eq!(budget.spent(), 2);
        assert!(Budget::spend().is_ok(), "outside there is no limit");
    }
}
