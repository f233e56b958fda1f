//! What the pipeline does with its databases: sessions, repositories and domain logic.
//!
//! [`Sessions`] opens what is asked for; a [`Repository`] gives every table its verbs, and the modules
//! named after the databases add the questions that are peculiar to a table. Nothing here knows of HTTP
//! or GraphQL.

mod aggregate;
mod batch;
mod budget;
mod cell;
mod change;
mod confined;
mod cursor;
mod data_roots;
mod decimal;
mod error;
mod filter;
mod page;
mod record;
mod repository;
mod row;
mod session;
mod state_machine;
mod validate;
mod work;

pub mod access;
pub mod astrid;
pub mod cal_registry;
pub mod calibration;
pub mod calibrators;
pub mod catalogues;
pub mod data_registry;
pub mod hdf5;
pub mod import;
pub mod ingest;
pub mod live;
pub mod master_sources;
pub mod products;
pub mod provenance;
pub mod sky;
pub mod statistics;

pub use batch::Key;
pub use budget::Budget;
pub use cursor::Cursor;
pub use data_roots::DataRoots;
pub use error::{Error, Result};
pub use filter::{Comparison, Filter, Pattern};
pub use page::{Direction, Order, Page, PageRequest};
pub use record::Caller;
pub use repository::Repository;
pub use row::Row;
pub use session::{Pool, Reader, Sessions, Transaction, Writable, Writer};
pub use state_machine::StateMachine;
pub use work::Work;
