//! Data products: their way from staging to publication, what relates them, and their tags.

mod criteria;
mod journal;
mod mover;
mod product;
mod publish;
mod relationship;
mod roots;
mod tag;

pub use criteria::{Criteria, Obstacle};
pub use product::Registration;
pub use publish::{PublishOutcome, Publisher};
pub use relationship::Lineage;
pub use roots::PublicationRoots;
