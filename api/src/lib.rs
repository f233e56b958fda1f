//! How the world asks: one GraphQL graph over the services, and the HTTP around it.

pub mod document;
pub mod graphql;
pub mod http;

pub use graphql::{Graph, graph, live_graph, sdl};
