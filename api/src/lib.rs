//! How the world asks: one GraphQL graph over the services, and the HTTP around it.

pub mod graphql;

pub use graphql::{Graph, graph, sdl};
