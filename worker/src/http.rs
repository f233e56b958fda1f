//! The client of HTTP.

use std::time::Duration;

/// How long somebody may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client of HTTP that waits 20 seconds for an answer and follows no redirection.
///
/// # Errors
/// The machine's certificates cannot be read.
pub fn client() -> reqwest::Result<reqwest::Client> {
    // The first one stays; both are the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("almanac/", env!("CARGO_PKG_VERSION")))
        .build()
}
