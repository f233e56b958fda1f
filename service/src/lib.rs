//! What the pipeline does with its databases: sessions, repositories and domain logic.
//!
//! [`Sessions`] opens what is asked for; a [`Repository`] gives every table its verbs, and the modules
//! named after the databases add the questions that are peculiar to a table. Nothing here knows of HTTP
//! or GraphQL.

mod batch;
mod change;
mod cursor;
mod error;
mod filter;
mod page;
mod record;
mod repository;
mod row;
mod session;
mod sky;
mod validate;
mod work;

pub mod access;
pub mod astrid;
pub mod cal_registry;
pub mod import;
pub mod ingest;
pub mod master_sources;
pub mod products;

pub use batch::Key;
pub use cursor::Cursor;
pub use error::{Error, Result};
pub use filter::{Comparison, Filter, Pattern};
pub use page::{Direction, Order, Page, PageRequest};
pub use repository::Repository;
pub use row::Row;
pub use session::{Reader, Sessions, Transaction, Writable, Writer};
pub use work::Work;
