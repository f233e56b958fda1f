//! What a channel is mapped to.

use std::{fmt, path::PathBuf, str::FromStr};

use reqwest::header::HeaderValue;
use url::Url;

/// Where the alerts of a channel go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// They wait in the database until somebody sees them.
    Dashboard,
    /// Into the log of the worker.
    Log,
    /// Into a folder, a file each.
    Folder(PathBuf),
    /// To a program over HTTP.
    Webhook(WebhookTarget),
}

impl Target {
    /// The same target, which is shown this secret; only webhooks look at it.
    #[must_use]
    pub fn with_secret(self, secret: Secret) -> Self {
        match self {
            Self::Webhook(target) => {
                Self::Webhook(WebhookTarget { secret: Some(secret), ..target })
            }
            other => other,
        }
    }
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is nothing known.
    #[error("it is none of dashboard, log, file:<folder>, http://… and https://…")]
    Unknown,
    /// The folder is missing.
    #[error("file: asks for a folder")]
    NoFolder,
    /// The URL cannot be used. It is not repeated, since it may hold a secret.
    #[error("this is no URL of http or https: {0}")]
    Url(String),
    /// The secret cannot stand in a header.
    #[error("the secret holds characters that no header takes")]
    Secret,
}

impl FromStr for Target {
    type Err = TargetError;

    /// Reads `dashboard`, `log`, `file:` and a folder, or a URL of http or https.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text {
            "dashboard" => return Ok(Self::Dashboard),
            "log" => return Ok(Self::Log),
            _ => {}
        }
        match text.split_once(':') {
            Some(("file", "")) => Err(TargetError::NoFolder),
            Some(("file", folder)) => Ok(Self::Folder(PathBuf::from(folder))),
            Some(("http" | "https", _)) => Ok(Self::Webhook(WebhookTarget::new(text)?)),
            _ => Err(TargetError::Unknown),
        }
    }
}

/// A program that is called over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookTarget {
    url: Url,
    secret: Option<Secret>,
}

impl WebhookTarget {
    /// The program behind a URL of http or https.
    ///
    /// # Errors
    /// It is none.
    pub fn new(url: &str) -> Result<Self, TargetError> {
        let url = Url::parse(url).map_err(|error| TargetError::Url(error.to_string()))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(Self { url, secret: None }),
            scheme => Err(TargetError::Url(format!("its scheme is {scheme}"))),
        }
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// A text in which somebody may have repeated the secret.
    pub(super) fn without_secret(&self, text: &str) -> String {
        match self.secret.as_ref().and_then(Secret::word) {
            Some(secret) => text.replace(secret, "…"),
            None => text.to_owned(),
        }
    }

    pub(super) fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }
}

impl fmt::Debug for WebhookTarget {
    /// Without the path and the rest, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_struct("WebhookTarget")
            .field("host", &host)
            .field("has_secret", &self.secret.is_some())
            .finish()
    }
}

/// What a program is shown so that it knows who calls: `Authorization: Bearer <secret>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(HeaderValue);

impl Secret {
    /// A secret.
    ///
    /// # Errors
    /// It holds characters that no header takes.
    pub fn new(secret: &str) -> Result<Self, TargetError> {
        let mut header =
            HeaderValue::from_str(&format!("Bearer {secret}")).map_err(|_| TargetError::Secret)?;
        // Kept out of what is printed of headers.
        header.set_sensitive(true);
        Ok(Self(header))
    }

    fn word(&self) -> Option<&str> {
        let word = self.0.to_str().ok()?.strip_prefix("Bearer ")?;
        Some(word).filter(|word| !word.is_empty())
    }

    pub(super) fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read() {
        assert_eq!("dashboard".parse(), Ok(Target::Dashboard));
        assert_eq!("log".parse(), Ok(Target::Log));
        assert_eq!("file:/alerts".parse(), Ok(Target::Folder("/alerts".into())));
        let webhook: Target = "https://example.org/hook/s3cret".parse().unwrap();
        let webhook = webhook.with_secret(Secret::new("open sesame").unwrap());
        let shown = format!("{webhook:?}");
        assert!(shown.contains("example.org"), "{shown}");
        assert!(!shown.contains("s3cret") && !shown.contains("sesame"), "{shown}");
        for (text, error) in [
            ("file:", TargetError::NoFolder),
            ("", TargetError::Unknown),
            ("ftp://example.org/", TargetError::Unknown),
            ("https://", TargetError::Url("empty host".to_owned())),
        ] {
            assert_eq!(text.parse::<Target>(), Err(error), "{text:?}");
        }
        assert_eq!(Secret::new("two\nlines"), Err(TargetError::Secret));
    }
}
