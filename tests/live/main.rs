//! What changes is told as it changes, whoever writes it, and to whoever comes back.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;

mod astrid;
mod clients;
mod elsewhere;
mod events;
mod feeds;
mod races;
mod server;
mod sockets;
mod subscriptions;
