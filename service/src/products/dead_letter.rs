//! Operations that failed and wait for somebody to care.

use almanac_entity::{
    JsonText, UnixTime,
    products::{DeadLetterStatus, dead_letter},
};
use dead_letter::Column::{
    Component, CreatedAt, Id, ResolutionNote, ResolvedAt, RetryCount, Status,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, SimpleExpr},
};

use crate::{Error, Filter, Order, Repository, Result, Writable};

/// An operation that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDeadLetter {
    /// The part of the pipeline that failed.
    pub component: String,
    /// What it was doing.
    pub operation: String,
    /// Kind of the error.
    pub error_type: String,
    /// Text of the error.
    pub error_message: Option<String>,
    /// What is needed to try again.
    pub context: Option<JsonText>,
}

/// How many failures there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeadLetterStats {
    /// By what became of them: all four in their order, then what else an old file holds.
    pub by_status: Vec<(DeadLetterStatus, u64)>,
    /// By component, in alphabetical order.
    pub by_component: Vec<(String, u64)>,
}

impl<C: ConnectionTrait> Repository<'_, C, dead_letter::Entity> {
    /// The failures that wait, of a component or of all, oldest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn pending(
        &self,
        component: Option<&str>,
        limit: u64,
    ) -> Result<Vec<dead_letter::Model>> {
        // The database's default where an old file says nothing.
        let waits = Filter::Any(vec![
            Filter::eq(Status, DeadLetterStatus::Pending),
            Filter::Null(Status, true),
        ]);
        let component = component.map(|component| Filter::eq(Component, component));
        let filter = Filter::All(std::iter::once(waits).chain(component).collect());
        self.slice(&filter, &[Order::asc(CreatedAt)], limit, 0).await
    }

    /// How many failures there are by status and by component. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn stats(&self) -> Result<DeadLetterStats> {
        use DeadLetterStatus::{Failed, Pending, Resolved, Retrying};
        let select = dead_letter::Entity::find()
            .select_only()
            .column(Status)
            .column(Component)
            .expr(Id.count())
            .group_by(Status)
            .group_by(Component)
            .order_by_asc(Component)
            .order_by_asc(Status);
        let counts: Vec<(Option<DeadLetterStatus>, String, i64)> =
            select.into_tuple().all(self.connection).await?;
        let mut stats = DeadLetterStats {
            by_status: [Pending, Retrying, Resolved, Failed].map(|status| (status, 0)).to_vec(),
            by_component: Vec::new(),
        };
        for (status, component, count) in counts {
            let count = count.unsigned_abs();
            super::add(&mut stats.by_status, status.unwrap_or(Pending), count);
            super::add(&mut stats.by_component, component, count);
        }
        Ok(stats)
    }
}

impl<C: Writable> Repository<'_, C, dead_letter::Entity> {
    /// Writes down a failure, which waits from `now` on.
    ///
    /// # Errors
    /// The component, the operation or the kind of error is blank, or the engine fails.
    pub async fn add(&self, new: NewDeadLetter, now: UnixTime) -> Result<dead_letter::Model> {
        let named = [
            ("component", &new.component),
            ("operation", &new.operation),
            ("error_type", &new.error_type),
        ];
        if let Some((argument, _)) = named.into_iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(Error::invalid(argument, "it is blank"));
        }
        self.insert(dead_letter::ActiveModel {
            component: Set(new.component),
            operation: Set(new.operation),
            error_type: Set(new.error_type),
            error_message: Set(new.error_message),
            context_json: Set(new.context),
            created_at: Set(now),
            retry_count: Set(Some(0)),
            status: Set(Some(DeadLetterStatus::Pending)),
            ..Default::default()
        })
        .await
    }

    /// Marks a failure as being tried again, which counts.
    ///
    /// # Errors
    /// There is no such failure, or the engine fails.
    pub async fn mark_retrying(&self, id: i64) -> Result<dead_letter::Model> {
        let retries = SimpleExpr::from(Func::coalesce([Expr::col(RetryCount), 0.into()])).add(1);
        let nothing = Expr::val(Option::<f64>::None);
        self.mark(
            id,
            DeadLetterStatus::Retrying,
            [
                (RetryCount, retries),
                (ResolvedAt, nothing),
                (ResolutionNote, Expr::val(Option::<String>::None)),
            ],
        )
        .await
    }

    /// Marks a failure as settled at `now`, and how.
    ///
    /// # Errors
    /// There is no such failure, or the engine fails.
    pub async fn mark_resolved(
        &self,
        id: i64,
        note: Option<&str>,
        now: UnixTime,
    ) -> Result<dead_letter::Model> {
        self.mark(
            id,
            DeadLetterStatus::Resolved,
            [(ResolvedAt, Expr::val(now)), (ResolutionNote, Expr::val(note))],
        )
        .await
    }

    /// Marks a failure as given up, and why.
    ///
    /// # Errors
    /// There is no such failure, or the engine fails.
    pub async fn mark_failed(&self, id: i64, note: Option<&str>) -> Result<dead_letter::Model> {
        self.mark(id, DeadLetterStatus::Failed, [(ResolutionNote, Expr::val(note))]).await
    }

    /// Removes a failure, which is not known any more then.
    ///
    /// # Errors
    /// There is no such failure, or the engine fails.
    pub async fn remove(&self, id: i64) -> Result<()> {
        if self.delete(id).await? { Ok(()) } else { Err(no_dead_letter(id)) }
    }

    async fn mark(
        &self,
        id: i64,
        status: DeadLetterStatus,
        set: impl IntoIterator<Item = (dead_letter::Column, SimpleExpr)>,
    ) -> Result<dead_letter::Model> {
        let status = std::iter::once((Status, Expr::val(status)));
        match self.update_where(&Filter::eq(Id, id), status.chain(set)).await? {
            0 => Err(no_dead_letter(id)),
            _ => self.get(id).await,
        }
    }
}

fn no_dead_letter(id: i64) -> Error {
    Error::not_found(format!("dead letter {id}"))
}
