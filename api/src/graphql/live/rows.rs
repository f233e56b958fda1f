//! Streams of rows.

use std::sync::Arc;

use almanac_entity::cal_registry::caltable;
use almanac_service::{
    Row,
    live::{Batch, Change, Followed, Follower},
};
use futures::{StreamExt, stream};

use super::{CalibrationSetChangedEvent, Events};
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
    loader::Siblings,
    object::Object,
};

/// An event of one row.
pub(super) trait RowEvent: Send + 'static {
    type Row: Followed;

    fn new(position: String, row: Object<Self::Row>) -> Self;
}

/// Changes that were found together, and their rows.
type Together<E> = (Arc<Batch<E>>, Arc<Siblings<E>>);

/// The changes of a table as one subscriber sees them. Rows that were found together are siblings: what
/// one of them asks for is looked up for all.
struct Rows<E: Followed> {
    follower: Follower<E>,
    batch: Option<Together<E>>,
    /// A change that was taken to see whether it belongs to the event before it.
    next: Option<Change<E>>,
    failed: bool,
}

impl<E: Followed> Rows<E> {
    async fn follow(ctx: &Context<'_>, since: Option<&str>) -> Result<Self> {
        ctx.access().check_read::<E>().map_err(|error| graph_error(&error))?;
        let follower = ctx.live().follow(since).await.map_err(|error| graph_error(&error))?;
        Ok(Self { follower, batch: None, next: None, failed: false })
    }

    /// The next change. After an error there is none: the client comes back with its position.
    async fn next(&mut self) -> Option<Result<Change<E>>> {
        if let Some(change) = self.next.take() {
            return Some(Ok(change));
        }
        if self.failed {
            return None;
        }
        let change = self.follower.next().await?;
        self.failed = change.is_err();
        Some(change.map_err(|error| graph_error(&error)))
    }

    fn object(&mut self, change: &Change<E>) -> Object<E> {
        let siblings = match &self.batch {
            Some((batch, siblings)) if Arc::ptr_eq(batch, &change.batch) => siblings.clone(),
            _ => {
                let siblings = Arc::new(Siblings::new(change.batch.rows().to_vec()));
                self.batch = Some((change.batch.clone(), siblings.clone()));
                siblings
            }
        };
        Object::new(siblings, change.index)
    }
}

/// The events of a table's rows.
pub(super) async fn follow<T: RowEvent>(
    ctx: &Context<'_>,
    since: Option<String>,
) -> Result<Events<T>> {
    follow_where(ctx, since, |_| true).await
}

/// The events of those rows of a table that are wanted as they are now; others are passed over.
pub(super) async fn follow_where<T: RowEvent>(
    ctx: &Context<'_>,
    since: Option<String>,
    is_wanted: impl Fn(&Row<T::Row>) -> bool + Send + Sync + 'static,
) -> Result<Events<T>> {
    let rows = Rows::<T::Row>::follow(ctx, since.as_deref()).await?;
    let events = stream::unfold((rows, is_wanted), |(mut rows, is_wanted)| async move {
        loop {
            let event = match rows.next().await? {
                Ok(change) if !is_wanted(change.row()) => continue,
                Ok(change) => Ok(T::new(change.position(), rows.object(&change))),
                Err(error) => Err(error),
            };
            return Some((event, (rows, is_wanted)));
        }
    });
    Ok(events.boxed())
}

/// The events of calibration tables: tables of one set that were found next to each other are one event.
pub(super) async fn follow_sets(
    ctx: &Context<'_>,
    since: Option<String>,
) -> Result<Events<CalibrationSetChangedEvent>> {
    let rows = Rows::<caltable::Entity>::follow(ctx, since.as_deref()).await?;
    let events = stream::unfold(rows, |mut rows| async move {
        let first = match rows.next().await? {
            Ok(change) => change,
            Err(error) => return Some((Err(error), rows)),
        };
        let set_name = set_of(&first).to_owned();
        let (batch, mut position) = (first.batch.clone(), first.position());
        let mut tables = vec![rows.object(&first)];
        for index in first.index + 1..batch.rows().len() {
            let change = Change { batch: batch.clone(), index };
            if set_of(&change) != set_name {
                break;
            }
            // It is the one that comes next, so nothing is waited for.
            match rows.next().await? {
                Ok(change) if Arc::ptr_eq(&change.batch, &batch) && change.index == index => {
                    position = change.position();
                    tables.push(rows.object(&change));
                }
                Ok(change) => {
                    rows.next = Some(change);
                    break;
                }
                Err(error) => return Some((Err(error), rows)),
            }
        }
        Some((Ok(CalibrationSetChangedEvent { position, set_name, tables }), rows))
    });
    Ok(events.boxed())
}

fn set_of(change: &Change<caltable::Entity>) -> &str {
    change.row().text(caltable::Column::SetName).unwrap_or_default()
}
