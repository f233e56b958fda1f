//! A session that is opened once, when it is first asked for.

use std::time::Instant;

use tokio::sync::{Mutex, RwLock};

use crate::{Error, Result};

/// A session, once it was asked for. One database that is long in opening keeps nobody from the others.
pub(super) struct Slot<S> {
    pub(super) session: RwLock<Option<S>>,
    /// Held while it is opened, so that it is opened once; and when it was last found locked.
    opening: Mutex<Option<Instant>>,
}

impl<S> Default for Slot<S> {
    fn default() -> Self {
        Self { session: RwLock::new(None), opening: Mutex::new(None) }
    }
}

impl<S: Clone> Slot<S> {
    /// The session, opened by `open` if nobody has. Who waited while others found the database locked does not
    /// wait for it again.
    pub(super) async fn get(&self, open: impl Future<Output = Result<S>>) -> Result<S> {
        if let Some(session) = &*self.session.read().await {
            return Ok(session.clone());
        }
        let asked = Instant::now();
        let mut locked = self.opening.lock().await;
        if let Some(session) = &*self.session.read().await {
            return Ok(session.clone());
        }
        if locked.is_some_and(|locked| locked > asked) {
            return Err(Error::Busy);
        }
        let session = open.await.inspect_err(|error| {
            if matches!(error, Error::Busy) {
                *locked = Some(Instant::now());
            }
        })?;
        Ok(self.session.write().await.insert(session).clone())
    }

    pub(super) async fn take(&self) -> Option<S> {
        let _opening = self.opening.lock().await;
        self.session.write().await.take()
    }
}
