//! How the world asks: one GraphQL graph over the services, and the HTTP around it.

pub mod document;
pub mod graphql;
pub mod http;

pub use graphql::{
    DatabaseRevisions, Graph, MigrationStatus, graph, informed_graph, live_graph, sdl,
};
