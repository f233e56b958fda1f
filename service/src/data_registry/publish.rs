//! Publication: files go from staging to where they are published, and the registry says so.
//!
//! A row becomes `publishing` in a transaction of its own, with the move written down beside the files;
//! then the files move; then the row becomes `published`, or goes back to `staging`. Wherever the process
//! dies, the next attempt at the product, or [`Publisher::recover`], finds out from the files what was
//! done.

use std::{io, path::Path, sync::Arc};

use almanac_entity::{
    Database,
    data_registry::{DataQaStatus, DataStatus, DataValidationStatus, PublishMode, data_product},
};
use sea_orm::ActiveValue::Set;

use super::{
    PublicationRoots,
    criteria::{Criteria, MOST_ATTEMPTS},
    journal::{Intent, Turn},
    mover::{self, Interrupted},
    roots::free_name,
};
use crate::{Error, Filter, Order, Repository, Result, Transaction, Work};

/// Characters of an error in the registry at the most.
const ERROR_LENGTH: usize = 500;
/// Targets tried where others keep taking them.
const TARGETS: usize = 5;

/// What came of an attempt to publish a product.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishOutcome {
    /// The product afterwards.
    pub product: data_product::Model,
    /// Whether it was published.
    pub published: bool,
    /// What stands in the way of automatic publication, where it was left alone for that.
    pub criteria: Option<Criteria>,
}

/// Publishes products on somebody's behalf.
#[derive(Debug)]
pub struct Publisher<'w> {
    roots: Arc<PublicationRoots>,
    work: &'w Work,
}

impl<'w> Publisher<'w> {
    /// Publishes below `roots`, in parts of `work`.
    pub fn new(roots: PublicationRoots, work: &'w Work) -> Self {
        Self { roots: Arc::new(roots), work }
    }

    /// Makes a product final, and publishes it if its criteria hold.
    ///
    /// # Errors
    /// As `finalize` of the registry; that the publication failed is in the outcome.
    pub async fn finalize(
        &self,
        data_id: &str,
        qa_status: Option<DataQaStatus>,
        validation_status: Option<DataValidationStatus>,
    ) -> Result<PublishOutcome> {
        let work = self.work.part();
        let products = work.table::<data_product::Entity>().await?;
        let product = products.finalize(data_id, qa_status, validation_status).await?;
        work.commit().await?;
        let criteria = Criteria::of(&product);
        let waits = product.status == DataStatus::Staging
            && product.publish_attempts.unwrap_or_default() < MOST_ATTEMPTS;
        if criteria.eligible() && waits {
            return self.auto(data_id).await;
        }
        let published = product.status == DataStatus::Published;
        Ok(PublishOutcome { product, published, criteria: Some(criteria) })
    }

    /// Publishes a product automatically.
    ///
    /// # Errors
    /// There is no such product, it is not staged, its criteria do not hold, or three attempts failed.
    pub async fn auto(&self, data_id: &str) -> Result<PublishOutcome> {
        self.publish(data_id, PublishMode::Auto, None).await
    }

    /// Publishes a product whatever its criteria, under the usual name or another below the root, and
    /// starts to count attempts anew.
    ///
    /// # Errors
    /// There is no such product, it is published already, or `target` lies outside the root.
    pub async fn manual(&self, data_id: &str, target: Option<&str>) -> Result<PublishOutcome> {
        self.publish(data_id, PublishMode::Manual, target).await
    }

    /// Finishes or takes back the publication of a product whose process died: it waits for one that
    /// still runs. A product that is not being published stays as it is.
    ///
    /// # Errors
    /// There is no such product, or the files cannot be read.
    pub async fn recover(&self, data_id: &str) -> Result<PublishOutcome> {
        let product = self.product(data_id).await?;
        let turn = self.turn(product.id).await.map_err(|error| self.out_of_order(&error))?;
        let product = self.resume(turn, data_id, true).await?.1;
        let published = product.status == DataStatus::Published;
        Ok(PublishOutcome { product, published, criteria: None })
    }

    /// The same for every product that is being published, at most `limit`.
    ///
    /// # Errors
    /// As [`recover`](Self::recover).
    pub async fn recover_all(&self, limit: u64) -> Result<Vec<PublishOutcome>> {
        let reader = self.work.sessions().reader(Database::DataRegistry).await?;
        let products = Repository::<_, data_product::Entity>::new(&reader);
        let filter = Filter::eq(data_product::Column::Status, DataStatus::Publishing);
        let order = [Order::asc(data_product::Column::Id)];
        let stuck = products.slice(&filter, &order, limit, 0).await?;
        let mut outcomes = Vec::with_capacity(stuck.len());
        for product in stuck {
            outcomes.push(self.recover(&product.data_id).await?);
        }
        Ok(outcomes)
    }

    async fn publish(
        &self,
        data_id: &str,
        mode: PublishMode,
        target: Option<&str>,
    ) -> Result<PublishOutcome> {
        let wished = target.map(|target| self.roots.wished(target)).transpose()?;
        let product = self.product(data_id).await?;
        let turn = match self.turn(product.id).await {
            Ok(turn) => turn,
            Err(error) => {
                may_be_published(&product, &mode)?;
                return self.staged_still(data_id, &mode, &error).await;
            }
        };
        let (mut turn, product) = self.resume(turn, data_id, false).await?;
        may_be_published(&product, &mode)?;

        let mut error = None;
        for _ in 0..TARGETS {
            let work = self.work.part();
            let products = work.table::<data_product::Entity>().await?;
            let product = products.locked(data_id).await?;
            may_be_published(&product, &mode)?;
            let roots = self.roots.clone();
            let (now, wished, mode_of_intent) = (work.now(), wished.clone(), mode.clone());
            let id = product.id;
            let prepared = on_a_thread(move || {
                let source = roots.staged(&product.stage_path)?;
                let (directory, name) = match wished {
                    Some((directory, name)) => (roots.made(&directory)?, name),
                    None => {
                        let name = source.file_name().unwrap_or_default().into();
                        (roots.directory(&product.data_type)?, name)
                    }
                };
                let target = free_name(&directory, &name, now)?;
                let intent = Intent { source, target, mode: mode_of_intent };
                turn.write(&product.data_id, &intent)?;
                Ok((turn, intent))
            })
            .await;
            let (held, intent) = match prepared {
                Ok(prepared) => prepared,
                Err(failure) => {
                    // Nothing was begun. The turn is given back with the failure; the row is locked.
                    let product = failed(&products, data_id, &mode, &failure).await?;
                    work.commit().await?;
                    return Ok(PublishOutcome { product, published: false, criteria: None });
                }
            };
            turn = held;
            products
                .update(data_product::ActiveModel {
                    id: Set(id),
                    status: Set(DataStatus::Publishing),
                    ..Default::default()
                })
                .await?;
            work.commit().await?;

            let moving = intent.clone();
            match on_a_thread(move || mover::move_whole(&moving.source, &moving.target)).await {
                Ok(()) => {
                    let product = self.published(data_id, mode, &intent.target).await?;
                    forget(turn).await;
                    return Ok(PublishOutcome { product, published: true, criteria: None });
                }
                Err(failure) => {
                    // What is not whole is cleared away, and what is whole is kept.
                    let left = intent.clone();
                    let state =
                        on_a_thread(move || mover::resume(&left.source, &left.target)).await;
                    if matches!(state, Ok(Interrupted::Done)) {
                        let product = self.published(data_id, mode, &intent.target).await?;
                        forget(turn).await;
                        return Ok(PublishOutcome { product, published: true, criteria: None });
                    }
                    let is_taken = failure.kind() == io::ErrorKind::AlreadyExists;
                    error = Some(failure);
                    if !is_taken {
                        break;
                    }
                    self.staged_again(data_id).await?;
                }
            }
        }
        let error = error.unwrap_or_else(|| io::Error::other("no target was free"));
        let outcome = self.staged_still(data_id, &mode, &error).await;
        forget(turn).await;
        outcome
    }

    /// The product as it is now.
    async fn product(&self, data_id: &str) -> Result<data_product::Model> {
        let reader = self.work.sessions().reader(Database::DataRegistry).await?;
        Repository::<_, data_product::Entity>::new(&reader).get_by_data_id(data_id).await
    }

    async fn turn(&self, product: i64) -> io::Result<Turn> {
        let roots = self.roots.clone();
        on_a_thread(move || Turn::wait(&roots, product)).await
    }

    fn out_of_order(&self, error: &io::Error) -> Error {
        let root = self.roots.products.display();
        Error::Conflict(format!("nothing can be published below {root}: {error}"))
    }

    /// Takes a product back to staging after an attempt that failed.
    async fn staged_still(
        &self,
        data_id: &str,
        mode: &PublishMode,
        error: &io::Error,
    ) -> Result<PublishOutcome> {
        let work = self.work.part();
        let products = work.table::<data_product::Entity>().await?;
        let product = failed(&products, data_id, mode, error).await?;
        work.commit().await?;
        Ok(PublishOutcome { product, published: false, criteria: None })
    }

    /// Brings a product whose publication was interrupted to rest. One that another program says it is
    /// publishing is taken back only when somebody asks for that.
    async fn resume(
        &self,
        turn: Turn,
        data_id: &str,
        whosesoever: bool,
    ) -> Result<(Turn, data_product::Model)> {
        let product = self.product(data_id).await?;
        if product.status != DataStatus::Publishing {
            return Ok((turn, product));
        }
        let name = data_id.to_owned();
        let looked = on_a_thread(move || {
            let intent = turn.read(&name)?;
            let state = match &intent {
                Some(intent) => mover::resume(&intent.source, &intent.target)?,
                None => Interrupted::NotBegun,
            };
            Ok((turn, intent, state))
        });
        let (turn, intent, state) = looked.await.map_err(|error| {
            Error::Conflict(format!("{data_id} is being published, and its files: {error}"))
        })?;
        let product = match (intent, state) {
            (None, _) if !whosesoever => {
                return Err(Error::Conflict(format!(
                    "{data_id} is being published by another program; recover it if that has died"
                )));
            }
            (Some(intent), Interrupted::Done) => {
                self.published(data_id, intent.mode, &intent.target).await?
            }
            (intent, state) => {
                let message = match state {
                    Interrupted::Lost => "interrupted: the file is neither staged nor published",
                    _ => "interrupted",
                };
                let mode = intent.map_or(PublishMode::Auto, |intent| intent.mode);
                self.staged_still(data_id, &mode, &io::Error::other(message)).await?.product
            }
        };
        let turn = on_a_thread(move || turn.forget().map(|()| turn)).await;
        let turn = turn.map_err(|error| Error::Conflict(format!("its journal stays: {error}")))?;
        Ok((turn, product))
    }

    async fn published(
        &self,
        data_id: &str,
        mode: PublishMode,
        target: &Path,
    ) -> Result<data_product::Model> {
        let work = self.work.part();
        let products = work.table::<data_product::Entity>().await?;
        let product = products.locked(data_id).await?;
        let attempts = match mode {
            PublishMode::Manual => 0,
            _ => product.publish_attempts.unwrap_or_default(),
        };
        let product = products
            .update(data_product::ActiveModel {
                id: Set(product.id),
                status: Set(DataStatus::Published),
                published_path: Set(Some(target.to_string_lossy().into_owned())),
                published_at: Set(Some(work.now())),
                publish_mode: Set(Some(mode)),
                publish_attempts: Set(Some(attempts)),
                publish_error: Set(None),
                ..Default::default()
            })
            .await?;
        work.commit().await?;
        Ok(product)
    }

    /// Takes a row back without counting an attempt, to try another name.
    async fn staged_again(&self, data_id: &str) -> Result<()> {
        let work = self.work.part();
        let products = work.table::<data_product::Entity>().await?;
        let product = products.locked(data_id).await?;
        products
            .update(data_product::ActiveModel {
                id: Set(product.id),
                status: Set(DataStatus::Staging),
                ..Default::default()
            })
            .await?;
        work.commit().await
    }
}

/// Refuses what cannot be published now.
fn may_be_published(product: &data_product::Model, mode: &PublishMode) -> Result<()> {
    let data_id = &product.data_id;
    let automatic = *mode == PublishMode::Auto;
    match &product.status {
        DataStatus::Staging => {}
        // Words that other programs write, of products that lie in the staging area.
        DataStatus::Validated | DataStatus::Failed if !automatic => {}
        status => {
            return Err(Error::Conflict(format!("{data_id} is {status}, not in the staging area")));
        }
    }
    if !automatic {
        return Ok(());
    }
    let criteria = Criteria::of(product);
    if !criteria.eligible() {
        let words: Vec<_> = criteria.obstacles.iter().map(|obstacle| obstacle.as_str()).collect();
        return Err(Error::Conflict(format!(
            "{data_id} cannot be published automatically: {}",
            words.join(", ")
        )));
    }
    if product.publish_attempts.unwrap_or_default() >= MOST_ATTEMPTS {
        return Err(Error::Conflict(format!(
            "{MOST_ATTEMPTS} attempts to publish {data_id} failed; publish it by hand"
        )));
    }
    Ok(())
}

/// Takes a row back to staging and counts the attempt.
async fn failed(
    products: &Repository<'_, Transaction, data_product::Entity>,
    data_id: &str,
    mode: &PublishMode,
    error: &io::Error,
) -> Result<data_product::Model> {
    let product = products.locked(data_id).await?;
    let before = match mode {
        PublishMode::Manual => 0,
        _ => product.publish_attempts.unwrap_or_default(),
    };
    let text: String = error.to_string().chars().take(ERROR_LENGTH).collect();
    products
        .update(data_product::ActiveModel {
            id: Set(product.id),
            status: Set(DataStatus::Staging),
            publish_attempts: Set(Some(before.saturating_add(1))),
            publish_error: Set(Some(text)),
            ..Default::default()
        })
        .await
}

/// Forgets the journal of a publication that is at rest. One that stays says nothing any more.
async fn forget(turn: Turn) {
    if let Err(error) = on_a_thread(move || turn.forget()).await {
        tracing::warn!(%error, "the journal of a publication stays");
    }
}

/// Work on files, off the threads that answer requests.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
